from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest

from services.calendar import WorkingCalendar
from services.deadlines import ZONE, Period, deadline
from services.effects import RegisterMaintenance, SetAmount, SetProject, StartProcess
from services.facts import Facts
from services.registry import TASKS

FactsOf = Callable[..., Facts]

CONSENT = {
    "consent_result": "granted",
    "not_in_budget": "yes",
    "in_year_reason": "上级部署",
    "consent_leader": "区长",
    "consent_on": "2026-03-01",
    "consent_number": "1号",
    "consent_file": [{"id": "a"}],
}


def fields(task: str, answers: dict, facts: Facts, **headers: str) -> list[str | None]:
    return [finding.field for finding in TASKS[task](answers, headers, facts).findings]


def test_consent_goes_on_record(facts: FactsOf) -> None:
    outcome = TASKS["check-consent"](CONSENT, {}, facts())
    assert outcome.findings == ()
    kept = {"consent_leader": "区长", "consent_on": "2026-03-01", "consent_number": "1号"}
    assert outcome.effects == (SetProject(kept),)


@pytest.mark.parametrize("missing", ["in_year_reason", "consent_leader", "consent_number", "consent_file"])
def test_consent_is_complete(facts: FactsOf, missing: str) -> None:
    assert fields("check-consent", {**CONSENT, missing: None}, facts()) == [missing]


@pytest.mark.parametrize("day", ["2025-12-31", "2026-03-03", "2027-01-01"])
def test_consent_is_of_this_year_and_not_of_the_future(facts: FactsOf, day: str) -> None:
    assert set(fields("check-consent", {**CONSENT, "consent_on": day}, facts())) == {"consent_on"}


def test_what_is_in_the_budget_is_no_addition(facts: FactsOf) -> None:
    assert fields("check-consent", {**CONSENT, "not_in_budget": "no"}, facts()) == ["not_in_budget"]


def test_a_refusal_needs_no_paper(facts: FactsOf) -> None:
    assert TASKS["check-consent"]({"consent_result": "refused"}, {}, facts()).effects == ()


@pytest.mark.parametrize(
    ("allocated", "planned", "refused"),
    [
        ("50", "50", False),
        ("50.000001", "50", True),
        ("99.999999", None, False),
        ("100", None, True),
        (None, "50", True),
    ],
)
def test_allocation_stays_within_what_was_decided(
    facts: FactsOf, allocated: str | None, planned: str | None, refused: bool
) -> None:
    answers = {"allocated_amount": allocated, "plan_amount": planned}
    outcome = TASKS["check-allocation"](answers, {}, facts())
    assert outcome.refused is refused
    assert outcome.effects == (() if refused else (SetAmount("budget", Decimal(allocated or 0)),))


def test_nothing_is_allocated_without_a_review(facts: FactsOf) -> None:
    assert fields("check-allocation", {"allocated_amount": 1}, facts(approved=None)) == ["allocated_amount"]


@pytest.mark.parametrize(
    ("route", "at", "expected"),
    [
        ("in_year", datetime(2025, 11, 1, tzinfo=ZONE), (2025, "in_year")),
        ("next_round", datetime(2025, 11, 1, tzinfo=ZONE), (2027, "yearly")),
        ("next_round", datetime(2027, 1, 1, tzinfo=ZONE), (2028, "yearly")),
    ],
)
def test_a_closed_channel_leads_into_another(
    facts: FactsOf, route: str, at: datetime, expected: tuple[int, str]
) -> None:
    outcome = TASKS["next-round"]({"round_year": 2026, "next_route": route}, {}, facts(at=at))
    assert (outcome.variables["round_year"], outcome.variables["channel"]) == expected
    assert outcome.effects == (SetProject({"round_year": expected[0], "channel": expected[1]}),)


@pytest.mark.parametrize("code", ["专用系统", "FM 03", "fm-03", "F", ""])
def test_a_code_tells_nothing(facts: FactsOf, code: str) -> None:
    answers = {
        "classified_result": "confirmed",
        "secrecy_file_number": "6号",
        "secrecy_confirmed_on": "2026-03-02",
        "secrecy_code": code,
    }
    assert fields("check-classified", answers, facts()) == ["secrecy_code"]
    assert fields("check-classified", {**answers, "secrecy_code": "FM-2026-03"}, facts()) == []


def test_a_code_is_given_to_one_project_only(facts: FactsOf) -> None:
    answers = {
        "classified_result": "confirmed",
        "secrecy_file_number": "6号",
        "secrecy_confirmed_on": "2026-03-02",
        "secrecy_code": "FM-2026-03",
    }
    for given, refused in (("FM-2026-03", ["secrecy_code"]), ("FM-2026-04", [])):
        known = replace(facts(), is_code_given=lambda code, given=given: code == given)
        assert fields("check-classified", answers, known) == refused


def test_supervision_is_not_closed_over_a_problem(facts: FactsOf) -> None:
    entry = {"funds_checked_on": "2026-03-01", "funds_finding": "账目不清", "funds_problem": "yes"}
    closing = {**entry, "funds_supervision": "closed", "funds_measures": "限期说明"}
    assert fields("check-classified-supervision", closing, facts(), prefix="funds") == ["funds_supervision"]
    going_on = {**entry, "funds_supervision": "continue"}
    assert fields("check-classified-supervision", going_on, facts(), prefix="funds") == ["funds_measures"]


def test_a_warranty_is_not_over_before_it_is_registered(facts: FactsOf) -> None:
    answers = {"operation_kind": "application", "operation_person": "王", "warranty_until": "2026-03-01"}
    assert fields("check-operation", answers, facts()) == ["warranty_until"]
    assert fields("check-operation", {**answers, "warranty_until": "2026-03-02"}, facts()) == []


def test_the_reminder_comes_days_before(facts: FactsOf) -> None:
    period = Period.of({"kind": "days-before", "value": 90})
    assert deadline(period, calendar=WorkingCalendar(), start=date(2028, 6, 30)).last_day == date(2028, 4, 1)


def test_a_process_is_ordered_with_what_it_takes(facts: FactsOf) -> None:
    headers = {"process": "operation", "takes": "nature absent"}
    outcome = TASKS["start-process"]({"nature": "service", "other": 1}, headers, facts())
    assert outcome.effects == (StartProcess("operation", {"nature": "service", "absent": None}),)
    assert TASKS["start-process"]({}, {}, facts()).refused
    assert TASKS["register-maintenance"]({}, {}, facts()).effects == (RegisterMaintenance(),)
