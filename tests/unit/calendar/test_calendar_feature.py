from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

import pytest

from app.engine.expressions import Feel
from app.features.calendar.usecases import Calendars
from app.features.identity.model import Identity, Membership
from app.kernel.clock import FrozenClock
from app.kernel.database import Database
from app.kernel.errors import Invalid, Refused

ADMINISTRATOR = Identity("u1", "guanliyuan", "系统管理员", (Membership("o1", "区大数据局", "administrator"),))
CLERK = Identity("u2", "caiwu", "财政局经办", (Membership("o2", "区财政局", "finance"),))
OFF_2027 = {date(2027, 1, 1): "元旦", date(2027, 2, 8): "春节", date(2027, 2, 9): "春节"}


class Told:
    """Keeps what the calendar tells the expressions."""

    def __init__(self) -> None:
        self.days: list[list[str]] = []

    def __call__(self, days: Iterable[str]) -> None:
        self.days.append(list(days))


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def calendars(database: Database, told: Told) -> Calendars:
    calendars = Calendars(database, set_working_days=told)
    calendars.seed()
    return calendars


def test_the_notices_that_came_with_the_system_are_seeded_once(calendars: Calendars, told: Told) -> None:
    assert [year.year for year in calendars.years(CLERK)][:5] == [2022, 2023, 2024, 2025, 2026]
    assert calendars.seed() == []
    assert len(told.days) == 1
    assert "2025-09-28" in told.days[0]
    assert "2025-10-01" not in told.days[0]


def test_the_seeded_calendar_counts_as_the_state_council_does(calendars: Calendars, database: Database) -> None:
    with database.read() as uow:
        calendar = calendars.current(uow)
    assert calendar.working_days_after(date(2025, 9, 26), 20).day == date(2025, 10, 30)
    assert calendar.working_days_after(date(2026, 2, 10), 20).day == date(2026, 3, 16)
    assert not calendar.working_days_after(date(2026, 2, 10), 20).provisional


def test_publishing_a_year_ends_what_was_provisional(
    calendars: Calendars, database: Database, clock: FrozenClock, told: Told
) -> None:
    with database.read() as uow:
        before = calendars.current(uow).working_days_after(date(2027, 2, 5), 1)
    assert (before.day, before.provisional) == (date(2027, 2, 8), True)
    clock.advance(timedelta(days=1))
    calendars.publish_year(ADMINISTRATOR, 2027, notice_no="国办发明电〔2026〕1号", off=OFF_2027, make_up={})
    with database.read() as uow:
        after = calendars.current(uow).working_days_after(date(2027, 2, 5), 1)
    assert (after.day, after.provisional) == (date(2027, 2, 10), False)
    assert "2027-02-08" in told.days[0]
    assert "2027-02-08" not in told.days[-1]
    published = calendars.years(CLERK)[-1]
    assert (published.year, published.status_label, published.off) == (2027, "管理员发布", OFF_2027)


def test_another_process_sees_a_publication(calendars: Calendars, database: Database, clock: FrozenClock) -> None:
    other = Calendars(database, set_working_days=Told())
    other.seed()
    clock.advance(timedelta(days=1))
    calendars.publish_year(ADMINISTRATOR, 2027, notice_no="国办发明电〔2026〕1号", off=OFF_2027, make_up={})
    with database.read() as uow:
        assert date(2027, 2, 9) in other.current(uow).days_off


def test_a_published_year_survives_the_next_start(calendars: Calendars, database: Database) -> None:
    calendars.publish_year(ADMINISTRATOR, 2026, notice_no="更正", off={date(2026, 1, 1): "元旦"}, make_up={})
    assert Calendars(database, set_working_days=Told()).seed() == []
    assert calendars.years(CLERK)[4].notice_no == "更正"


def test_only_administrators_publish(calendars: Calendars) -> None:
    with pytest.raises(Refused):
        calendars.publish_year(CLERK, 2027, notice_no="x", off=OFF_2027, make_up={})


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"notice_no": " "}, "notice_no"),
        ({"off": {}}, "off"),
        ({"off": {date(2026, 12, 31): "元旦"}}, "off"),
        ({"make_up": {date(2027, 1, 1): "元旦"}}, "make_up"),
        ({"make_up": {date(2027, 3, 1): "春节"}}, "make_up"),
    ],
)
def test_a_notice_that_cannot_be_right_is_refused(calendars: Calendars, change: dict, field: str) -> None:
    given = {"notice_no": "国办发明电〔2026〕1号", "off": OFF_2027, "make_up": {date(2027, 2, 13): "春节"}, **change}
    with pytest.raises(Invalid) as refusal:
        calendars.publish_year(ADMINISTRATOR, 2027, **given)
    assert list(refusal.value.fields) == [field]
    assert max(year.year for year in calendars.years(CLERK)) == 2026


def test_diagrams_count_with_the_same_calendar(database: Database, clock: FrozenClock) -> None:
    feel = Feel()
    Calendars(database, set_working_days=feel.set_working_days).seed()
    found = feel.evaluate('=working days after(date("2025-09-26"), 20)', {}, now=clock.now())
    assert found == "2025-10-30"
    feel.close()
