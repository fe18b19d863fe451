from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, event, func, insert, select, update
from sqlalchemy.exc import DBAPIError, StatementError

from app.kernel import business_clock
from app.kernel.clock import ZONE, FrozenClock
from app.kernel.database import Amount, Database, Json, UtcDateTime
from app.kernel.errors import Busy, Invalid

sample = Table(
    "kernel_sample",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("at", UtcDateTime),
    Column("amount", Amount),
    Column("data", Json),
    Column("word", String(20)),
)


@pytest.fixture(autouse=True)
def _sample_table(database: Database) -> Iterator[None]:
    sample.create(database.engine)
    yield
    sample.drop(database.engine)


def stored(database: Database, **values: object):
    with database.write() as uow:
        uow.connection.execute(insert(sample).values(id=1, **values))
    with database.read() as uow:
        return uow.connection.execute(select(sample)).one()


def test_a_time_comes_back_as_the_same_instant_in_utc(database: Database):
    row = stored(database, at=datetime(2026, 3, 2, 0, 30, 0, 123456, tzinfo=ZONE))
    assert row.at == datetime(2026, 3, 1, 16, 30, 0, 123456, tzinfo=UTC)
    assert row.at.tzinfo is UTC


def test_a_time_without_zone_is_refused(database: Database):
    with pytest.raises(StatementError, match="naive"):
        stored(database, at=datetime(2026, 3, 2))  # noqa: DTZ001 - this is what is refused


def test_times_compare_in_sql(database: Database):
    stored(database, at=datetime(2026, 3, 2, 9, tzinfo=ZONE))
    with database.read() as uow:
        due = select(sample.c.id).where(sample.c.at <= uow.now)
        assert uow.connection.scalars(due).all() == [1]
        late = select(sample.c.id).where(sample.c.at <= uow.now - timedelta(microseconds=1))
        assert uow.connection.scalars(late).all() == []


@pytest.mark.parametrize("amount", ["0", "0.000001", "99.999999", "-3.5", "999999999999.999999"])
def test_an_amount_is_exact(database: Database, amount: str):
    row = stored(database, amount=Decimal(amount))
    assert isinstance(row.amount, Decimal)
    assert str(row.amount) == f"{Decimal(amount):.6f}"


def test_amounts_add_up_and_compare_in_sql(database: Database):
    with database.write() as uow:
        parts = [{"id": n, "amount": Decimal("0.1")} for n in range(1, 11)]
        uow.connection.execute(insert(sample), parts)
    with database.read() as uow:
        assert uow.connection.scalar(select(func.sum(sample.c.amount))) == Decimal(1)
        assert uow.connection.scalar(select(func.count()).where(sample.c.amount >= Decimal("0.1"))) == 10


def test_an_amount_is_no_float_and_is_never_rounded(database: Database):
    with pytest.raises(StatementError, match="Decimal"):
        stored(database, amount=0.1)
    with pytest.raises(StatementError, match="decimals"):
        stored(database, amount=Decimal("0.0000001"))


def test_json_comes_back_equal(database: Database):
    value = {"名称": "一体化平台", "n": [1, 2.5, None, True], "zero": "\x00"}
    assert stored(database, data=value).data == value


def test_json_refuses_nan(database: Database):
    with pytest.raises(StatementError):
        stored(database, data={"n": float("nan")})


def test_an_exception_undoes_the_whole_unit(database: Database):
    class BrokenOffError(Exception):
        pass

    def half_done() -> None:
        with database.write() as uow:
            uow.connection.execute(insert(sample).values(id=1))
            raise BrokenOffError

    with pytest.raises(BrokenOffError):
        half_done()
    with database.read() as uow:
        assert uow.connection.scalar(select(func.count()).select_from(sample)) == 0


def test_a_reading_unit_cannot_write(database: Database):
    with pytest.raises(DBAPIError, match=r"(?i)read.?only"), database.read() as uow:
        uow.connection.execute(insert(sample).values(id=1))
    # The connection is as good as new for the next unit.
    assert stored(database, word="写").word == "写"


def test_a_reading_unit_sees_one_state_throughout(database: Database):
    stored(database, word="before")
    with database.read() as uow:
        assert uow.connection.scalar(select(sample.c.word)) == "before"
        _in_thread(lambda: _set_word(database, "after"))
        assert uow.connection.scalar(select(sample.c.word)) == "before"
    with database.read() as uow:
        assert uow.connection.scalar(select(sample.c.word)) == "after"


def test_a_unit_inside_a_unit_is_a_mistake(database: Database):
    with database.write(), pytest.raises(RuntimeError, match="pass it on"), database.write():
        pass
    with database.read(), pytest.raises(RuntimeError, match="pass it on"), database.read():
        pass
    with database.write():
        pass


def test_writers_that_lock_the_row_lose_no_update(database: Database):
    stored(database, data=0)

    def count_up() -> None:
        for _ in range(20):
            with database.write() as uow:
                value = uow.connection.scalar(select(sample.c.data).with_for_update())
                uow.connection.execute(update(sample).values(data=value + 1))

    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as uow:
        assert uow.connection.scalar(select(sample.c.data)) == 80


def test_of_two_inserts_of_one_key_one_wins(database: Database):
    inserted: list[bool] = []

    def insert_one() -> None:
        with database.write() as uow:
            inserted.append(uow.insert_if_absent(sample, id=1, word="一"))

    threads = [threading.Thread(target=insert_one) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(inserted) == [False] * 5 + [True]


def test_two_who_wait_for_each_other_are_told_to_try_again(database: Database):
    """On PostgreSQL one of them is ended by the deadlock; SQLite lets the second one begin only after the first."""
    with database.write() as uow:
        uow.connection.execute(insert(sample), [{"id": 1}, {"id": 2}])
    both_hold_one = threading.Barrier(1 if database.is_sqlite else 2)
    outcomes: list[str] = []

    def lock(first: int, second: int) -> None:
        try:
            with database.write() as uow:
                uow.connection.execute(update(sample).where(sample.c.id == first).values(word="x"))
                both_hold_one.wait(timeout=10)
                uow.connection.execute(update(sample).where(sample.c.id == second).values(word="y"))
            outcomes.append("done")
        except Busy as busy:
            outcomes.append(busy.message)

    threads = [threading.Thread(target=lock, args=pair) for pair in ((1, 2), (2, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    busy = [outcome for outcome in outcomes if "请稍后重试" in outcome]
    assert (len(outcomes), len(busy)) == ((2, 0) if database.is_sqlite else (2, 1))


def test_a_lock_that_does_not_come_free_is_told_as_busy(database: Database, database_url: str):
    with database.write() as uow:
        uow.connection.execute(insert(sample).values(id=1))
    impatient = Database(database_url)
    if database.is_sqlite:
        event.listen(impatient.engine, "connect", lambda raw, _: raw.execute("PRAGMA busy_timeout=50"))
    else:
        event.listen(impatient.engine, "begin", lambda each: each.exec_driver_sql("SET LOCAL lock_timeout = 50"))
    with database.write() as uow:
        uow.connection.execute(update(sample).values(word="held"))
        told: list[str] = []
        _in_thread(lambda: told.append(_busy_message(impatient)))
    assert "本次操作没有保存" in told[0]
    impatient.close()


def test_a_unit_has_one_instant(database: Database, clock: FrozenClock):
    with database.write() as uow:
        started = uow.now
        clock.advance(timedelta(hours=1))
        assert uow.now == started
        assert started.tzinfo is UTC
    with database.read() as uow:
        assert uow.now == started + timedelta(hours=1)


def test_the_business_clock_shifts_units_in_training_only(database: Database, database_url: str, clock: FrozenClock):
    training = Database(database_url, clock=clock, training=True)
    target = datetime(2026, 12, 1, 8, 30, tzinfo=ZONE)
    with training.write() as uow:
        assert uow.now == clock.now()
        business_clock.move_to(uow, target, moved_by="0" * 32)
    clock.advance(timedelta(minutes=5))
    with training.read() as uow:
        assert uow.now == target + timedelta(minutes=5)
    with training.write() as uow:
        business_clock.move_to(uow, target + timedelta(days=1), moved_by="0" * 32)
    with training.read() as uow:
        assert uow.now == target + timedelta(days=1)
        moves = uow.connection.scalars(select(business_clock.business_clock.c.moved_at)).all()
        assert moves == [clock.now() - timedelta(minutes=5), clock.now()]
    with database.read() as uow:
        assert uow.now == clock.now()
    training.close()


def test_the_business_clock_never_goes_back(database_url: str, clock: FrozenClock):
    training = Database(database_url, clock=clock, training=True)
    with pytest.raises(Invalid, match="只能向后"), training.write() as uow:
        business_clock.move_to(uow, uow.now - timedelta(seconds=1), moved_by="0" * 32)
    training.close()


def _set_word(database: Database, word: str) -> None:
    with database.write() as uow:
        uow.connection.execute(update(sample).values(word=word))


def _busy_message(database: Database) -> str:
    with pytest.raises(Busy) as busy:
        _set_word(database, "other")
    return busy.value.message


def _in_thread(act) -> None:
    thread = threading.Thread(target=act)
    thread.start()
    thread.join()
