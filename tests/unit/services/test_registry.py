from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime

import pytest

from services.calendar import WorkingCalendar
from services.deadlines import ZONE
from services.effects import AddLedgerEntry, AssignParty, SetProject
from services.facts import Facts
from services.ledger import Restriction
from services.recounting import provisional, recounted
from services.registry import EXTERNAL, TASKS


def test_external_tasks_are_left_to_the_worker() -> None:
    assert not EXTERNAL & set(TASKS)


@pytest.mark.parametrize(
    ("period", "inputs", "expected"),
    [
        ("application-close", {}, "2025-11-01T00:00:00+08:00"),
        ("application-close", {"round_year": 2027}, "2026-11-01T00:00:00+08:00"),
        ("trial-run", {"from": "2025-11-30"}, "2026-03-01T00:00:00+08:00"),
        ("trial-run", {}, "2026-06-03T00:00:00+08:00"),
        ("acceptance-work", {"from": "2030-01-04T10:00:00+08:00"}, "2030-02-02T00:00:00+08:00"),
    ],
)
def test_set_deadline(facts: Callable[..., Facts], period: str, inputs: dict, expected: str) -> None:
    outcome = TASKS["set-deadline"](inputs, {"period": period, "result": "closes"}, facts())
    assert outcome.findings == ()
    assert outcome.variables["closes"] == expected
    assert outcome.variables["closes_provisional"] is (period == "acceptance-work")
    assert date.fromisoformat(str(outcome.variables["closes_last_day"])) < datetime.fromisoformat(expected).date()
    assert ("closes_from" in outcome.variables) is (period == "acceptance-work")


def test_a_provisional_deadline_is_counted_again_from_its_beginning(facts: Callable[..., Facts]) -> None:
    headers = {"period": "acceptance-work", "result": "closes"}
    known = TASKS["set-deadline"]({"from": "2030-01-04T10:00:00+08:00"}, headers, facts()).variables
    new_year = frozenset(date(2030, 1, day) for day in (7, 8))
    published = WorkingCalendar(frozenset(range(2022, 2031)), days_off=new_year)
    assert provisional({**known, "other_provisional": False, "third_provisional": "yes"}) == ("closes",)

    def count(inputs, headers):
        return TASKS["set-deadline"](inputs, headers, replace(facts(), calendar=published))

    changes = recounted(known, count)
    assert (changes["closes_last_day"], changes["closes_provisional"]) == ("2030-02-05", False)
    assert recounted({**known, **changes}, count) == {}
    assert recounted({"x_provisional": True}, count) == {}


@pytest.mark.parametrize(
    ("inputs", "headers"),
    [
        ({}, {"period": "unknown", "result": "x"}),
        ({}, {"period": "trial-run"}),
        ({"from": "昨天"}, {"period": "trial-run", "result": "x"}),
    ],
)
def test_a_deadline_that_cannot_be_known_is_reported(facts: Callable[..., Facts], inputs: dict, headers: dict) -> None:
    assert TASKS["set-deadline"](inputs, headers, facts()).refused


def test_assign_party_takes_known_organisations_only(facts: Callable[..., Facts]) -> None:
    task = TASKS["assign-party"]
    assert task({"org": "org-1"}, {"role": "consultant"}, facts()).effects == (AssignParty("consultant", "org-1"),)
    assert task({"org": "org-2"}, {"role": "consultant"}, facts()).refused
    assert task({"org": "org-1"}, {}, facts()).refused


def test_a_restriction_lasts_through_the_next_year(facts: Callable[..., Facts]) -> None:
    at = datetime(2028, 2, 29, 12, tzinfo=ZONE)
    headers = {"kind": "no-new-project", "clause": "3.4-9"}
    (entry,) = TASKS["record-restriction"]({"reason": "验收不合格"}, headers, facts(at=at)).effects
    assert entry == AddLedgerEntry(
        "no-new-project", "峄城区中小学数字阅读平台项目：验收不合格", "3.4-9", date(2028, 2, 29), date(2029, 12, 31)
    )
    code = facts().project.code
    known = (Restriction("unit-1", entry.kind, entry.reason, entry.clause, entry.since, entry.until, project=code),)
    again = TASKS["record-restriction"]({"reason": "验收不合格"}, headers, facts(at=at, restrictions=known))
    assert (again.effects, again.refused) == ((), False)
    assert TASKS["record-restriction"]({"kind": "reduced"}, {"clause": "4-3"}, facts()).effects[0].clause == "4-3"
    assert TASKS["record-restriction"]({}, {"kind": "unheard-of"}, facts()).refused


def test_a_restriction_does_not_name_a_confidential_project(facts: Callable[..., Facts]) -> None:
    (entry,) = TASKS["record-restriction"](
        {"kind": "reduced", "reason": "绩效低下"}, {}, facts(confidential=True)
    ).effects
    assert entry.reason == "绩效低下"


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (datetime(2025, 11, 1, tzinfo=ZONE), 2027),
        (datetime(2026, 10, 31, 23, tzinfo=ZONE), 2027),
        (datetime(2026, 11, 1, tzinfo=ZONE), 2028),
    ],
)
def test_the_next_round_is_one_that_is_still_open(facts: Callable[..., Facts], at: datetime, expected: int) -> None:
    outcome = TASKS["next-round"]({"round_year": 2026}, {}, facts(at=at))
    assert outcome.variables == {"round_year": expected, "channel": "yearly"}
    assert outcome.effects == (SetProject({"round_year": expected, "channel": "yearly"}),)
