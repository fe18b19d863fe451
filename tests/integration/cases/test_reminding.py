"""Reminders before a deadline and reports after it, as the table says, beside what the diagram says itself."""

from __future__ import annotations

from datetime import datetime

from app.engine.model import Resource
from app.kernel.clock import ZONE, FrozenClock
from tests.support.district import District
from tests.support.drawing import line, user

TABLE = Resource(
    "reminders.dmn",
    b"""<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="r" name="r" namespace="r">
  <decision id="reminders" name="reminders"><decisionTable id="t" hitPolicy="FIRST">
    <input id="i"><inputExpression id="e" typeRef="string"><text>task</text></inputExpression></input>
    <output id="d" name="days"/><output id="w" name="escalate" typeRef="string"/>
    <rule id="a"><inputEntry id="a1"><text>"draft"</text></inputEntry>
      <outputEntry id="a2"><text>[5, 1]</text></outputEntry>
      <outputEntry id="a3"><text>"lead data-bureau-lead"</text></outputEntry></rule>
    <rule id="b"><inputEntry id="b1"><text>-</text></inputEntry>
      <outputEntry id="b2"><text>[]</text></outputEntry><outputEntry id="b3"><text>""</text></outputEntry></rule>
  </decisionTable></decision></definitions>""",
)
DUE = "2026-03-20T00:00:00+08:00"


def at(day, hour=9):
    return datetime(2026, 3, day, hour, tzinfo=ZONE)


def told(district: District, person: str) -> list[str]:
    return [each.title.partition("：")[0] for each in district.notifications.latest(district.people[person])][::-1]


def test_reminders_in_their_rhythm_and_a_report_to_the_heads(district: District, clock: FrozenClock) -> None:
    district.deploy(line("apply", {"draft": user("applicant", due="=due")}), TABLE)
    district.start("apply", due=DUE)
    for day, notices in ((13, 0), (14, 1), (17, 0), (18, 1), (19, 0), (20, 1), (25, 0)):
        clock.move_to(at(day))
        assert district.worker.run_once().notices == notices, day
    assert told(district, "xue") == ["即将到期", "即将到期", "已逾期"]
    assert told(district, "xin") == ["已逾期"]
    assert told(district, "bei") == ["已逾期"]
    assert told(district, "bai") == []


def test_a_row_may_report_to_nobody(district: District, clock: FrozenClock) -> None:
    district.deploy(line("apply", {"other": user("applicant", due="=due")}), TABLE)
    district.start("apply", due=DUE)
    clock.move_to(at(25))
    assert district.worker.run_once().notices == 1
    assert (told(district, "xue"), told(district, "xin")) == (["已逾期"], [])
