"""A year's notice is published: provisional deadlines of running cases are counted again, nothing else changes."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from app.engine.model import Resource
from app.kernel.clock import ZONE, FrozenClock
from app.kernel.errors import Refused
from tests.support.district import District
from tests.support.drawing import deadline, drawing, end, service, start, user

PERIODS = Resource(
    "periods.dmn",
    b"""<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="p" name="p" namespace="p">
  <decision id="statutory-periods" name="periods"><decisionTable id="t" hitPolicy="FIRST">
    <input id="i"><inputExpression id="e" typeRef="string"><text>key</text></inputExpression></input>
    <output id="k" name="kind" typeRef="string"/><output id="v" name="value" typeRef="number"/>
    <rule id="r"><inputEntry id="a"><text>"acceptance-work"</text></inputEntry>
      <outputEntry id="b"><text>"working-days"</text></outputEntry>
      <outputEntry id="c"><text>20</text></outputEntry></rule>
    <rule id="s"><inputEntry id="f"><text>-</text></inputEntry>
      <outputEntry id="g"><text>"days"</text></outputEntry><outputEntry id="h"><text>30</text></outputEntry></rule>
  </decisionTable></decision></definitions>""",
)
ACCEPTANCE = drawing(
    "acceptance",
    {
        "begin": start(),
        "count": service("set-deadline", period="acceptance-work", result="final_due"),
        "other": service("set-deadline", period="trial", result="trial_due"),
        "hold": user(
            "applicant",
            due="=final_due",
            remind='=string(date(final_due_last_day) - duration("P5D")) + "T09:00:00+08:00"',
        ),
        "late": deadline("hold", "=final_due"),
        "instead": user("applicant", due="=trial_due"),
        "held": end(),
        "ended": end(),
    },
    ["begin -> count", "count -> other", "other -> hold", "hold -> held", "late -> instead", "instead -> ended"],
)
# Its reminder can be reckoned for one date only.
BRITTLE = drawing(
    "brittle",
    {
        "begin": start(),
        "count": service("set-deadline", period="acceptance-work", result="final_due"),
        "keep": user(
            "applicant", due="=final_due", remind='=if final_due_last_day = "2027-01-11" then final_due else 5'
        ),
        "kept": end(),
    },
    ["begin -> count", "count -> keep", "keep -> kept"],
)
PEOPLE = ("xue", "xiao", "bai")
NEW_YEAR = {date(2027, 1, 1): "元旦", date(2027, 1, 4): "元旦", date(2027, 1, 5): "元旦"}
MAKE_UP = {date(2027, 1, 9): "元旦"}


@pytest.fixture
def running(district: District, clock: FrozenClock) -> str:
    """A case whose twenty working days began on 2026-12-14 and reach into 2027, which nobody has published."""
    district.calendar.seed()
    clock.move_to(datetime(2026, 12, 14, 10, tzinfo=ZONE))
    district.deploy(ACCEPTANCE, PERIODS)
    return district.start("acceptance")


def publish(district: District, off=NEW_YEAR, make_up=MAKE_UP) -> None:
    admin = district.people["admin"]
    district.calendar.publish_year(admin, 2027, notice_no="国办发明电〔2026〕7号", off=off, make_up=make_up)


def at(year, month, day, hour=0):
    return datetime(year, month, day, hour, tzinfo=ZONE)


def test_deadline_reminder_timer_and_variables_move_together(district: District, running: str) -> None:
    task = district.task("xue")
    # Monday to Friday: 1 January is counted as a working day until it is known to be none.
    assert task.due_at == at(2027, 1, 12)
    assert district.cases.provisional_deadlines(district.people["admin"]).provisional == 1
    publish(district)
    assert district.cases.provisional_deadlines(district.people["admin"]).waiting == 1
    assert district.worker.run_once().recounts == 1
    # Three days off, one Saturday worked: two days later.
    moved = district.task("xue")
    assert (moved.due_at, moved.remind_at) == (at(2027, 1, 14), at(2027, 1, 8, 9))
    view = district.views.case_view(district.people["xue"], running)
    assert view.variables["final_due"] == view.open_tasks[0].variables["final_due"] == "2027-01-14T00:00:00+08:00"
    assert view.variables["final_due_provisional"] is False
    assert view.variables["trial_due"] == "2027-01-14T00:00:00+08:00"
    (entry,) = [each for each in view.timeline if each.kind == "recounted"]
    assert "2027年节假日安排公布" in entry.note
    assert "由 2027-01-11 24:00 改为 2027-01-13 24:00" in entry.note
    standing = district.cases.provisional_deadlines(district.people["admin"])
    assert (standing.provisional, standing.waiting) == (0, 0)
    assert district.worker.run_once().total == 0


def test_the_people_of_the_task_are_told(district: District, running: str) -> None:
    publish(district)
    district.worker.run_once()
    titles = {person: [n.title for n in district.notifications.latest(district.people[person])] for person in PEOPLE}
    assert titles == {"xue": ["期限调整：hold 节点"], "xiao": ["期限调整：hold 节点"], "bai": []}


def test_the_timer_fires_at_the_new_time(district: District, running: str, clock: FrozenClock) -> None:
    publish(district)
    district.worker.run_once()
    clock.move_to(at(2027, 1, 13, 23))
    district.worker.run_once()
    assert district.task("xue").name == "hold 节点"
    clock.move_to(at(2027, 1, 14))
    district.worker.run_once()
    assert district.task("xue").name == "instead 节点"


def test_a_timer_that_has_fired_stays_fired(district: District, running: str, clock: FrozenClock) -> None:
    clock.move_to(at(2027, 1, 12))
    district.worker.run_once()
    publish(district)
    district.worker.run_once()
    task = district.task("xue")
    assert (task.name, task.due_at) == ("instead 节点", at(2027, 1, 14))
    assert district.views.case_view(district.people["xue"], running).variables["final_due_last_day"] == "2027-01-13"


def test_a_timer_that_is_due_fires_before_the_deadline_moves(
    district: District, running: str, clock: FrozenClock
) -> None:
    """The worker was down over the deadline; the notice comes too late for it."""
    clock.move_to(at(2027, 1, 12, 8))
    publish(district)
    district.work.recount_one_case()
    assert district.task("xue").name == "instead 节点"


def test_who_was_reminded_is_reminded_of_the_new_deadline_too(
    district: District, running: str, clock: FrozenClock
) -> None:
    clock.move_to(at(2027, 1, 6, 10))
    assert district.worker.run_once().notices == 1
    publish(district)
    district.worker.run_once()
    clock.move_to(at(2027, 1, 8, 10))
    assert district.worker.run_once().notices == 1
    titles = [n.title for n in district.notifications.latest(district.people["xue"])]
    assert titles == ["即将到期：hold 节点", "期限调整：hold 节点", "即将到期：hold 节点"]


def test_a_notice_that_moves_no_date_leaves_no_trace_in_history(district: District, running: str) -> None:
    publish(district, off={date(2027, 10, 1): "国庆节"}, make_up={})
    assert district.worker.run_once().recounts == 1
    view = district.views.case_view(district.people["xue"], running)
    assert district.task("xue").due_at == at(2027, 1, 12)
    assert view.variables["final_due_provisional"] is False
    assert [each for each in view.timeline if each.kind == "recounted"] == []
    assert district.notifications.latest(district.people["xue"]) == []


def test_another_year_leaves_it_provisional(district: District, running: str) -> None:
    admin = district.people["admin"]
    district.calendar.publish_year(admin, 2028, notice_no="某号", off={date(2028, 1, 3): "元旦"}, make_up={})
    assert district.worker.run_once().recounts == 1
    assert district.worker.run_once().recounts == 0
    standing = district.cases.provisional_deadlines(admin)
    assert (standing.provisional, standing.waiting) == (1, 0)
    publish(district)
    assert district.worker.run_once().recounts == 1
    assert district.task("xue").due_at == at(2027, 1, 14)


def test_what_fails_rests_and_others_have_their_turn(district: District, clock: FrozenClock) -> None:
    district.calendar.seed()
    clock.move_to(at(2026, 12, 14, 10))
    district.deploy(ACCEPTANCE, BRITTLE, PERIODS)
    district.start("brittle")
    district.start("acceptance")
    publish(district)
    assert district.worker.run_once().recounts == 2
    assert {task.name: task.due_at for task in district.tasks("xue")} == {
        "hold 节点": at(2027, 1, 14),
        "keep 节点": at(2027, 1, 12),
    }


def test_only_an_administrator_reads_the_numbers(district: District) -> None:
    with pytest.raises(Refused):
        district.cases.provisional_deadlines(district.people["bai"])
