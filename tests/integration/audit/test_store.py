from __future__ import annotations

import threading
from datetime import timedelta

from sqlalchemy import update

from app.features.audit import store
from app.features.audit.model import EMPTY, SYSTEM, Act, Actor
from app.kernel.clock import FrozenClock
from app.kernel.database import Database

CLERK = Actor(user_id="0" * 32, name="李华", role="applicant@o1")


def act(number: int) -> Act:
    return Act(
        actor=CLERK, action="complete-task", subject=f"user_task:{number}", details={"金额": "99.5", "n": [number]}
    )


def test_what_was_appended_comes_back_whole(database: Database, clock: FrozenClock):
    head = EMPTY
    for number in range(3):
        with database.write() as uow:
            head = store.append(uow, "case-1", head, act(number))
        clock.advance(timedelta(minutes=1))
    with database.read() as uow:
        assert [entry.act for entry in store.entries(uow, "case-1")] == [act(0), act(1), act(2)]
        assert [entry.seq for entry in store.entries(uow, "case-1", after=1)] == [2, 3]
        assert [entry.seq for entry in store.latest(uow, scope="case-1", before=3)] == [2, 1]
        assert store.verify(uow, "case-1", head) is None
        assert store.verify(uow, "case-2", EMPTY) is None


def test_a_change_in_the_database_is_found(database: Database):
    with database.write() as uow:
        for number in range(3):
            store.append_to_system(uow, act(number))
    with database.read() as uow:
        assert store.verify(uow, SYSTEM, store.system_head(uow)) is None
    with database.write() as uow:
        tampered = update(store.audit_entry).where(store.audit_entry.c.seq == 2)
        uow.connection.execute(tampered.values(actor_name="王五"))
    with database.read() as uow:
        assert store.verify(uow, SYSTEM, store.system_head(uow)) == 2


def test_acts_at_the_same_time_form_one_chain(database: Database):
    def record() -> None:
        for number in range(10):
            with database.write() as uow:
                store.append_to_system(uow, act(number))

    threads = [threading.Thread(target=record) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as uow:
        assert store.system_head(uow).seq == 40
        assert store.verify(uow, SYSTEM, store.system_head(uow)) is None
