from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from services.deadlines import ZONE
from services.effects import AddLedgerEntry, SetProject
from services.facts import Facts, Outcome
from services.measures import Measure
from services.registry import TASKS

FILE = [{"id": "a1", "name": "延期申请.pdf", "size": 900}]
REQUEST = {"extension_grounds": "接口推迟开放", "extension_file": FILE, "extension_until": "2026-12-31"}
DONE = {"completed_on": "2026-05-15"}
LATE = {"kind": "no-new-project", "clause": "附4-1", "reason": "建成半年内未提出竣工验收申请"}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def suspended(since: str, until: str | None = None) -> Measure:
    return Measure("work", "3.3-11", "", at(since), "case-1", lifted_at=at(until) if until else None)


def due(facts: Facts) -> object:
    return TASKS["acceptance-deadline"]({}, {}, facts).variables["acceptance_due"]


@pytest.mark.parametrize(
    ("day", "field"), [("2026-03-02", []), ("2026-03-03", ["completed_on"]), ("2026-02-01", ["completed_on"])]
)
def test_completion_lies_between_the_start_of_building_and_today(
    facts: Callable[..., Facts], day: str, field: list[str]
) -> None:
    outcome = TASKS["check-completion"]({"construction_started_on": "2026-02-02", "completed_on": day}, {}, facts())
    assert [finding.field for finding in outcome.findings] == field
    assert outcome.effects == (
        () if field else (SetProject({"completed_on": day, "completion_reported_on": "2026-03-02"}),)
    )


def test_a_changed_design_needs_an_adjustment(facts: Callable[..., Facts]) -> None:
    answers = {"completed_on": "2026-03-02", "design_changed": "approved_change"}
    (finding,) = TASKS["check-completion"](answers, {}, facts()).findings
    assert (finding.clause, finding.field) == ("3.3-6", "design_changed")
    assert not TASKS["check-completion"](answers, {}, facts(details={"reviewed_amount": "90"})).refused


def test_acceptance_is_due_half_a_year_after_completion(facts: Callable[..., Facts]) -> None:
    assert due(facts(details=DONE)) == "2026-11-16T00:00:00+08:00"
    assert TASKS["acceptance-deadline"]({}, {}, facts()).refused


@pytest.mark.parametrize(
    ("completed", "opened", "last"),
    [
        ("2026-05-15", "2026-07-15", "2026-11-16"),
        ("2026-05-15", "2026-07-16", "2026-11-17"),
        ("2026-05-15", "2026-11-25", "2027-03-26"),
        # The days by which the unit reported late are its own.
        ("2026-05-10", "2026-11-25", "2027-03-21"),
    ],
)
def test_a_late_inspection_leaves_four_months(
    facts: Callable[..., Facts], completed: str, opened: str, last: str
) -> None:
    reported = {"completed_on": completed, "completion_reported_on": "2026-05-15"}
    assert due(facts(details={**reported, "acceptance_opened_on": opened})) == f"{last}T00:00:00+08:00"
    first = TASKS["acceptance-deadline"]({}, {}, facts(at=at(f"{opened}T09:00"), details=reported))
    assert first.variables["acceptance_due"] == f"{last}T00:00:00+08:00"
    assert first.effects == (SetProject({"acceptance_opened_on": opened}),)


def test_a_grant_and_suspended_days_move_it(facts: Callable[..., Facts]) -> None:
    granted = {**DONE, "acceptance_until": "2026-12-31", "extended_on": "2026-11-10"}
    before, after = suspended("2026-10-01T10:00", "2026-10-11T10:00"), suspended("2026-12-01T10:00", "2026-12-06T09:00")
    now = at("2027-01-01T09:00")
    assert due(facts(at=now, details=granted)) == "2027-01-01T00:00:00+08:00"
    assert due(facts(at=now, details=DONE, measures=(before,))) == "2026-11-26T00:00:00+08:00"
    # The days before the grant are contained in its date.
    assert due(facts(at=now, details=granted, measures=(before,))) == "2027-01-01T00:00:00+08:00"
    assert due(facts(at=now, details=granted, measures=(before, after))) == "2027-01-06T00:00:00+08:00"


@pytest.mark.parametrize(
    ("now", "change", "field"),
    [
        ("2026-11-15T23:59", {}, None),
        ("2026-11-16T00:00", {}, "extension_until"),
        ("2026-11-10T09:00", {"extension_until": "2026-11-15"}, "extension_until"),
        ("2026-11-10T09:00", {"extension_until": "2026-11-16"}, None),
        ("2026-11-10T09:00", {"extension_until": "2027-05-15"}, None),
        ("2026-11-10T09:00", {"extension_until": "2027-05-16"}, "extension_until"),
        ("2026-11-10T09:00", {"extension_until": None}, "extension_until"),
        ("2026-11-10T09:00", {"extension_file": []}, "extension_file"),
        ("2026-11-10T09:00", {"extension_grounds": " "}, "extension_grounds"),
    ],
)
def test_an_extension_is_asked_for_in_time_and_for_a_while(
    facts: Callable[..., Facts], now: str, change: dict, field: str | None
) -> None:
    outcome = TASKS["check-extension"]({**REQUEST, **change}, {}, facts(at=at(now), details=DONE))
    assert [finding.field for finding in outcome.findings] == ([field] if field else [])
    assert outcome.effects == (() if field else (SetProject({"extension_pending": "yes"}),))


def test_only_a_grant_enters_the_new_day(facts: Callable[..., Facts]) -> None:
    answers = {**REQUEST, "extension_decision": "granted"}
    (effect,) = TASKS["check-extension-decision"](answers, {}, facts(at=at("2026-11-10T09:00"))).effects
    assert effect == SetProject(
        {"extension_pending": None, "acceptance_until": "2026-12-31", "extended_on": "2026-11-10"}
    )
    for decision in ("refused", "returned"):
        answers = {**REQUEST, "extension_decision": decision}
        assert TASKS["check-extension-decision"](answers, {}, facts()).effects == (
            SetProject({"extension_pending": None}),
        )


@pytest.mark.parametrize(
    ("now", "details", "measures", "late"),
    [
        ("2026-11-16T00:00", {}, (), "yes"),
        ("2026-11-15T23:59", {}, (), "no"),
        ("2026-11-16T00:00", {"extension_pending": "yes"}, (), "no"),
        ("2026-12-20T00:00", {}, (suspended("2026-11-01T09:00"),), "no"),
        ("2026-12-20T00:00", {}, (suspended("2026-11-01T09:00", "2026-11-11T09:00"),), "yes"),
        ("2026-11-20T00:00", {}, (suspended("2026-11-01T09:00", "2026-11-11T09:00"),), "no"),
    ],
)
def test_lateness_is_recorded_unless_there_is_an_excuse(
    facts: Callable[..., Facts], now: str, details: dict, measures: tuple, late: str
) -> None:
    outcome = TASKS["record-late-acceptance"](
        {}, LATE, facts(at=at(now), details={**DONE, **details}, measures=measures)
    )
    assert outcome.variables == {"acceptance_late": late}
    assert [type(effect) for effect in outcome.effects] == ([AddLedgerEntry, SetProject] if late == "yes" else [])


def test_lateness_is_recorded_once(facts: Callable[..., Facts]) -> None:
    now, details = at("2027-02-01T09:00"), {**DONE, "acceptance_late_on": "2026-11-16"}
    outcome = TASKS["record-late-acceptance"]({}, LATE, facts(at=now, details=details))
    assert (outcome.variables, outcome.effects) == ({"acceptance_late": "yes"}, ())


def test_the_report_of_an_acceptance_that_is_passed_makes_the_project_accepted(facts: Callable[..., Facts]) -> None:
    outcome = TASKS["check-acceptance-report"]({"acceptance_conclusion": "passed"}, {}, facts())
    assert outcome.effects == (SetProject({"accepted_on": "2026-03-02"}),)


def test_the_report_of_an_acceptance_that_failed_does_not(facts: Callable[..., Facts]) -> None:
    assert TASKS["check-acceptance-report"]({"acceptance_conclusion": "failed"}, {}, facts()) == Outcome()
