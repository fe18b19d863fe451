from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from services.effects import SetAmount, SetProject
from services.facts import Facts, Json
from services.registry import TASKS

FILE = [{"id": "a1", "name": "请示.pdf", "size": 900}]
REQUEST = {
    "adjustment_grounds": "标准变化",
    "content_before": "三个模块",
    "content_after": "四个模块",
    "adjusted_amount": "99.999999",
    "adjustment_file": FILE,
    "nature": "engineering",
}
APPROVAL = {"adjustment_decision": "approved", "adjusted_amount": 130, "adjusted_budget": "120.5"}


@pytest.fixture
def adjusting(facts: Callable[..., Facts]) -> Callable[..., Facts]:
    def make(*, onsite: bool = False, supervision: bool = False, **project: object) -> Facts:
        def decide(decision: str, inputs: object) -> Json:
            assert decision == "adjustment-consequences"
            assert inputs == {
                "project_approved": 99.999999,
                "adjusted_amount": 250,
                "reviewed_amount": 99.999999,
                "nature": "engineering",
                "as_of": "2025-09-15",
            }
            return {"onsite": onsite, "supervision": supervision}

        return replace(facts(**project), decide=decide)

    return make


def fields(check: str, answers: dict, facts: Facts) -> list[str | None]:
    return [finding.field for finding in TASKS[check](answers, {}, facts).findings]


@pytest.mark.parametrize("key", ["adjustment_grounds", "content_before", "content_after", "adjustment_file"])
def test_a_request_says_why_and_what(facts: Callable[..., Facts], key: str) -> None:
    assert fields("check-adjustment", {**REQUEST, key: ""}, facts()) == [key]


@pytest.mark.parametrize("amount", ["98.499999", 0, "", "viel"])
def test_a_sum_covers_what_is_contracted(facts: Callable[..., Facts], amount: object) -> None:
    assert fields("check-adjustment", {**REQUEST, "adjusted_amount": amount}, facts()) == ["adjusted_amount"]


def test_a_sum_covers_what_is_paid(facts: Callable[..., Facts]) -> None:
    known = facts(contract=None, paid=Decimal(50))
    assert fields("check-adjustment", {**REQUEST, "adjusted_amount": "49.999999"}, known) == ["adjusted_amount"]


def test_a_project_without_an_approved_sum_has_nothing_to_adjust(facts: Callable[..., Facts]) -> None:
    (finding,) = TASKS["check-adjustment"](REQUEST, {}, facts(approved=None)).findings
    assert finding.clause == "3.2-15"


def test_what_follows_from_a_higher_sum_is_said_and_stands_in_nobodys_way(adjusting: Callable[..., Facts]) -> None:
    answers = {**REQUEST, "adjusted_amount": 250}
    assert TASKS["check-adjustment"](answers, {}, adjusting()).findings == ()
    outcome = TASKS["check-adjustment"](answers, {}, adjusting(onsite=True, supervision=True))
    assert [finding.clause for finding in outcome.findings] == ["3.2-7", "3.3-7"]
    assert not outcome.refused


def test_the_budget_stays_within_the_adjusted_sum(facts: Callable[..., Facts]) -> None:
    agreed = {"adjustment_countersign": "agreed", "adjusted_amount": 90}
    assert fields("check-adjusted-budget", {**agreed, "adjusted_budget": 90}, facts()) == []
    assert fields("check-adjusted-budget", {**agreed, "adjusted_budget": "90.000001"}, facts()) == ["adjusted_budget"]
    assert fields("check-adjusted-budget", agreed, facts()) == ["adjusted_budget"]
    assert fields("check-adjusted-budget", {"adjustment_countersign": "returned"}, facts()) == []


def test_only_an_approval_changes_the_sums(facts: Callable[..., Facts]) -> None:
    outcome = TASKS["check-adjustment-approval"](APPROVAL, {}, facts())
    assert outcome.effects[:2] == (SetAmount("approved", Decimal(130)), SetAmount("budget", Decimal("120.5")))
    for decision in ("returned", "refused"):
        assert (
            TASKS["check-adjustment-approval"]({**APPROVAL, "adjustment_decision": decision}, {}, facts()).effects == ()
        )


def test_a_request_is_measured_by_the_sum_that_was_reviewed_last(adjusting: Callable[..., Facts]) -> None:
    answers = {**REQUEST, "adjusted_amount": 250}
    assert TASKS["check-adjustment"](answers, {}, adjusting()).variables == {
        "reviewed_amount": 99.999999,
        "estimate": 250,
    }
    refused = TASKS["check-adjustment"]({**answers, "content_after": ""}, {}, adjusting())
    assert refused.variables == {}


@pytest.mark.parametrize(
    ("onsite", "kept", "reviewed"),
    [(False, None, "99.999999"), (False, "80.5", "80.5"), (True, "80.5", "130"), (None, "80.5", "80.5")],
)
def test_only_a_review_moves_the_sum_that_later_adjustments_are_measured_by(
    facts: Callable[..., Facts], onsite: bool | None, kept: str | None, reviewed: str
) -> None:
    known = facts(details={} if kept is None else {"reviewed_amount": kept})
    consequences = None if onsite is None else {"onsite": onsite, "supervision": False}
    outcome = TASKS["check-adjustment-approval"]({**APPROVAL, "adjustment_consequences": consequences}, {}, known)
    assert outcome.effects[2:] == (SetProject({"reviewed_amount": reviewed}),)


def test_a_contract_signed_meanwhile_holds_the_approval_back(facts: Callable[..., Facts]) -> None:
    outcome = TASKS["check-adjustment-approval"](APPROVAL, {}, facts(contract=Decimal("130.000001")))
    assert [finding.field for finding in outcome.findings] == ["adjustment_decision"]
    assert outcome.effects == ()


def test_the_register_is_read_as_it_is(facts: Callable[..., Facts]) -> None:
    assert TASKS["read-register"]({}, {}, facts(stage="实施")).variables == {
        "approved_amount": 99.999999,
        "project_stage": "实施",
        "supervised": "no",
    }
    watched = replace(facts(), parties={"supervisor": "org-1"})
    assert TASKS["read-register"]({}, {}, watched).variables["supervised"] == "yes"
    assert TASKS["read-register"]({}, {}, facts(approved=None)).variables["approved_amount"] is None
    assert TASKS["read-register"]({}, {}, replace(facts(), project=None)).refused
