from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest

from app.features.cases.tables import timer
from app.kernel.clock import ZONE, FrozenClock
from app.kernel.errors import Conflict
from tests.support.district import District
from tests.support.drawing import Node, catch, deadline, drawing, end, line, service, start, user, wait

CLOSING = drawing(
    "closing",
    {
        "begin": start(),
        "submit": user("applicant", due="=closes_at"),
        "closed": deadline("submit", "=closes_at"),
        "choose": user("applicant"),
        "submitted": end(),
        "chosen": end(),
    },
    ["begin -> submit", "submit -> submitted", "closed -> choose", "choose -> chosen"],
)
CLOSES_AT = "2026-03-10T00:00:00+08:00"


def test_a_timer_that_came_due_while_nobody_looked_fires_once(district: District, clock: FrozenClock) -> None:
    district.deploy(line("pause", {"pause": wait("PT1H"), "after": user("applicant")}))
    case_id = district.start("pause")
    assert district.worker.run_once().timers == 0
    clock.advance(timedelta(days=30))
    assert district.worker.run_once().timers == 1
    assert district.worker.run_once().total == 0
    assert district.task("xue").name == "after 节点"
    timeline = district.views.case_view(district.people["xue"], case_id).timeline
    assert [(each.element_id, each.kind) for each in timeline].count(("pause", "completed")) == 1


def test_a_repeating_timer_waits_for_its_next_time(district: District, clock: FrozenClock) -> None:
    district.deploy(line("pauses", {"one": wait("PT1H"), "two": wait("PT1H"), "after": user("applicant")}))
    district.start("pauses")
    clock.advance(timedelta(hours=1))
    assert district.worker.run_once().timers == 1
    assert district.tasks("xue") == []
    clock.advance(timedelta(hours=1))
    assert district.worker.run_once().timers == 1
    assert district.task("xue").name == "after 节点"


def test_the_last_instant_is_in_time_and_the_next_one_too_late(district: District, clock: FrozenClock) -> None:
    district.deploy(CLOSING)
    district.start("closing", closes_at=CLOSES_AT)
    early, late = district.start("closing", closes_at=CLOSES_AT), None
    tasks = {task.case_id: task.id for task in district.tasks("xue")}
    late = next(case_id for case_id in tasks if case_id != early)

    clock.move_to(datetime(2026, 3, 9, 23, 59, 59, 999999, tzinfo=ZONE))
    xue = district.people["xue"]
    district.cases.complete_task(xue, tasks[early], answers={}, submission={}, submission_key="early")
    assert district.views.case_view(xue, early).case.status == "completed"

    clock.move_to(datetime(2026, 3, 10, tzinfo=ZONE))
    with pytest.raises(Conflict, match="撤销"):
        district.cases.complete_task(xue, tasks[late], answers={}, submission={}, submission_key="late")
    # The deadline itself is kept, although the completion was refused, so the way that is left is open at once.
    assert district.task("xue").name == "choose 节点"
    assert district.worker.run_once().timers == 0


RACE = drawing(
    "race",
    {
        "begin": start(),
        "either": Node("eventBasedGateway"),
        "answered": catch("answer", "=code"),
        "late": wait("PT1H"),
        "accept": user("applicant"),
        "close": user("applicant"),
        "accepted": end(),
        "closed": end(),
    },
    [
        "begin -> either",
        "either -> answered",
        "either -> late",
        "answered -> accept",
        "late -> close",
        "accept -> accepted",
        "close -> closed",
    ],
)


def test_a_message_that_comes_after_the_deadline_is_too_late(district: District, clock: FrozenClock) -> None:
    district.deploy(RACE)
    district.start("race", code="YC-1")
    clock.advance(timedelta(hours=1))
    district.work.receive("answer", correlation_key="YC-1", variables={})
    assert district.work.deliver_one_message()
    assert district.task("xue").name == "close 节点"


def test_a_job_whose_deadline_has_passed_is_not_done_any_more(district: District, clock: FrozenClock) -> None:
    district.deploy(
        drawing(
            "telling",
            {
                "begin": start(),
                "tell": service("notify", template="acceptance-overdue", to="applicant"),
                "late": deadline("tell", "=closes_at"),
                "close": user("applicant"),
                "told": end(),
                "closed": end(),
            },
            ["begin -> tell", "tell -> told", "late -> close", "close -> closed"],
        )
    )
    district.start("telling", closes_at=CLOSES_AT)
    clock.move_to(datetime(2026, 3, 10, tzinfo=ZONE))
    assert district.work.do_one_job()
    assert district.task("xue").name == "close 节点"
    assert district.notifications.latest(district.people["xue"]) == []


def test_several_workers_fire_each_timer_once(district: District, clock: FrozenClock) -> None:
    district.deploy(line("pause", {"pause": wait("PT1H"), "after": user("applicant")}))
    cases = [district.start("pause") for _ in range(6)]
    clock.advance(timedelta(hours=2))
    threads = [threading.Thread(target=district.worker.run_once) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    district.worker.run_once()
    assert {task.case_id for task in district.tasks("xue")} == set(cases)
    for case_id in cases:
        assert district.views.case_view(district.people["xue"], case_id).case.rev == 2


def test_people_are_reminded_once_and_the_head_hears_of_delay(district: District, clock: FrozenClock) -> None:
    district.deploy(line("review", {"review": user("data-bureau", due="=due", remind="=remind")}))
    district.start("review", due="2026-03-20T00:00:00+08:00", remind="2026-03-15T09:00:00+08:00")
    clock.move_to(datetime(2026, 3, 15, 9, tzinfo=ZONE))
    assert district.worker.run_once().notices == 1
    assert district.worker.run_once().notices == 0
    (reminder,) = district.notifications.latest(district.people["bai"])
    assert reminder.title == "即将到期：review 节点"
    assert "2026-03-19 24:00" in reminder.body
    assert district.notifications.latest(district.people["bei"]) == []

    clock.move_to(datetime(2026, 3, 21, tzinfo=ZONE))
    assert district.worker.run_once().notices == 1
    assert district.worker.run_once().notices == 0
    assert [each.title for each in district.notifications.latest(district.people["bai"])] == [
        "已逾期：review 节点",
        "即将到期：review 节点",
    ]
    assert [each.title for each in district.notifications.latest(district.people["bei"])] == ["已逾期：review 节点"]
    assert district.task("bai").name == "review 节点"


def test_reminders_missed_while_nobody_looked_become_one(district: District, clock: FrozenClock) -> None:
    district.deploy(line("apply", {"apply": user("applicant", due="=due", remind="=remind")}))
    district.start("apply", due="2026-03-20T00:00:00+08:00", remind="2026-03-15T09:00:00+08:00")
    clock.move_to(datetime(2026, 4, 1, tzinfo=ZONE))
    district.worker.run_once()
    assert [each.title for each in district.notifications.latest(district.people["xue"])] == ["已逾期：apply 节点"]
    assert [each.title for each in district.notifications.latest(district.people["xin"])] == ["已逾期：apply 节点"]


def test_a_finished_task_reminds_nobody(district: District, clock: FrozenClock) -> None:
    district.deploy(line("apply", {"apply": user("applicant", due="=due")}))
    district.start("apply", due="2026-03-20T00:00:00+08:00")
    district.complete("xue")
    clock.move_to(datetime(2026, 4, 1, tzinfo=ZONE))
    assert district.worker.run_once().notices == 0


def test_timers_that_follow_others_are_the_ones_kept(district: District, clock: FrozenClock) -> None:
    nodes = {
        "begin": start(),
        "first": user("applicant"),
        "late": deadline("first", "=first_due", interrupting=False),
        "later": deadline("first", "=later_due", interrupting=False),
        "second": user("applicant"),
        "closed": deadline("second", "=second_due"),
        "told": end(),
        "told-again": end(),
        "done": end(),
        "shut": end(),
    }
    flows = ["begin -> first", "first -> second", "late -> told", "later -> told-again", "second -> done"]
    district.deploy(drawing("following", nodes, [*flows, "closed -> shut"]))
    dues = {"first_due": "2026-03-05", "later_due": "2026-03-06", "second_due": "2026-04-01"}
    case_id = district.start("following", **{name: f"{day}T00:00:00+08:00" for name, day in dues.items()})

    def waiting() -> list[tuple[str, datetime]]:
        with district.database.read() as uow:
            rows = uow.connection.execute(timer.select().order_by(timer.c.due_at))
            return [(row.element_id, row.due_at) for row in rows]

    assert [element for element, _ in waiting()] == ["late", "later"]
    district.complete("xue")
    assert waiting() == [("closed", datetime(2026, 4, 1, tzinfo=ZONE))]
    clock.move_to(datetime(2026, 3, 31, tzinfo=ZONE))
    assert district.worker.run_once().timers == 0
    clock.move_to(datetime(2026, 4, 1, tzinfo=ZONE))
    assert district.worker.run_once().timers == 1
    assert waiting() == []
    assert district.views.case_view(district.people["xue"], case_id).case.status == "completed"
