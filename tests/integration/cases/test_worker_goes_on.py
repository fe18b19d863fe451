"""One thing that cannot be done must not keep the worker from everything behind it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import update

from app.features.cases.tables import message_outbox, user_task
from app.kernel.clock import ZONE, FrozenClock
from tests.support.district import District
from tests.support.drawing import catch, drawing, end, line, start, user

ASKED = drawing(
    "cloud-change",
    {"asked": start(message="change-asked"), "handle": user("data-bureau"), "finish": end()},
    ["asked -> handle", "handle -> finish"],
)
WAITING = line("waiting", {"one": catch("one", "=code"), "two": catch("two", "=next"), "after": user("applicant")})
# More than the engine can count with.
TOO_LARGE = 2**60
# The last hours of the year 9999 in UTC are past what a calendar can say in Asia/Shanghai.
UNSPEAKABLE = "9999-12-31T20:00:00Z"


def test_a_message_that_cannot_start_a_case(district: District, clock: FrozenClock) -> None:
    district.deploy(ASKED)
    district.work.receive("change-asked", correlation_key="YC-1", variables={"servers": TOO_LARGE})
    district.work.receive("change-asked", correlation_key="YC-2", variables={"servers": 2})
    district.worker.run_once()
    assert len(district.tasks("bai")) == 1
    # It rests, and is tried again in case somebody has mended what was wrong.
    assert district.worker.run_once().total == 0
    with district.database.write() as uow:
        of_first = update(message_outbox).where(message_outbox.c.correlation_key == "YC-1")
        uow.connection.execute(of_first.values(variables={"servers": 1}))
    clock.advance(timedelta(hours=1))
    assert district.worker.run_once().messages == 1
    assert len(district.tasks("bai")) == 2


def test_a_message_whose_step_the_database_refuses(district: District) -> None:
    """PostgreSQL takes no correlation key of 300 characters; SQLite takes anything."""
    district.deploy(WAITING)
    district.start("waiting", code="YC-1")
    later = district.start("waiting", code="YC-2")
    district.work.receive("one", correlation_key="YC-1", variables={"next": "long" * 75})
    district.work.receive("one", correlation_key="YC-2", variables={"next": "YC-3"})
    district.work.receive("two", correlation_key="YC-3", variables={})
    district.worker.run_once()
    assert district.task("xue").case_id == later


def test_a_reminder_that_cannot_be_put_into_words(district: District, clock: FrozenClock) -> None:
    district.deploy(line("review", {"review": user("data-bureau", due="=due", remind="=remind")}))
    first = district.start("review", due=UNSPEAKABLE, remind="2026-03-09T00:00:00+08:00")
    district.start("review", due="2026-03-20T00:00:00+08:00", remind="2026-03-10T00:00:00+08:00")
    clock.move_to(datetime(2026, 3, 11, 9, tzinfo=ZONE))
    district.worker.run_once()
    assert len(district.notifications.latest(district.people["bai"])) == 1
    assert district.worker.run_once().total == 0
    with district.database.write() as uow:
        of_first = update(user_task).where(user_task.c.case_id == first)
        uow.connection.execute(of_first.values(due_at=datetime(2026, 3, 30, tzinfo=ZONE)))
    clock.advance(timedelta(hours=1))
    assert district.worker.run_once().notices == 1
