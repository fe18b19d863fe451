from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from services.effects import RecordPayment, SetAmount
from services.facts import Facts
from services.registry import TASKS

FILE = [{"id": "a1", "name": "发票.pdf", "size": 900}]
ACCEPTED = {"accepted_on": "2026-03-01"}
REQUEST = {"payment_kind": "progress", "payment_grounds": "完成过半", "payment_request_file": FILE}


def fields(check: str, answers: dict, facts: Facts) -> list[str | None]:
    return [finding.field for finding in TASKS[check](answers, {}, facts).findings]


@pytest.mark.parametrize("check", ["check-payment-request", "check-payment-made"])
def test_payments_reach_the_contract_and_no_fen_further(facts: Callable[..., Facts], check: str) -> None:
    half_paid = facts(paid=Decimal(50), details=ACCEPTED)
    assert fields(check, {**REQUEST, "payment_amount": "48.5"}, half_paid) == []
    (finding,) = TASKS[check]({**REQUEST, "payment_amount": "48.500001"}, {}, half_paid).findings
    assert (finding.clause, finding.field) == ("3.3-6", "payment_amount")
    assert "尚可拨付的合同余额（合同价98.5万元）48.5万元，超出0.000001万元" in finding.message


def test_nor_beyond_the_approved_sum_where_that_is_less(facts: Callable[..., Facts]) -> None:
    adjusted = facts(approved=Decimal(60), paid=Decimal(50), details=ACCEPTED)
    (finding,) = TASKS["check-payment-request"]({**REQUEST, "payment_amount": "10.000001"}, {}, adjusted).findings
    assert "尚可拨付的核定投资余额（核定投资60万元）10万元" in finding.message


def test_nor_beyond_the_recorded_budget(facts: Callable[..., Facts]) -> None:
    cut = facts(budget=Decimal(60), paid=Decimal(50), details=ACCEPTED)
    assert fields("check-payment-request", {**REQUEST, "payment_amount": "10"}, cut) == []
    (finding,) = TASKS["check-payment-request"]({**REQUEST, "payment_amount": "10.000001"}, {}, cut).findings
    assert "尚可拨付的预算余额（列入预算60万元）10万元" in finding.message


def test_a_request_says_what_for_and_on_what_papers(facts: Callable[..., Facts]) -> None:
    assert fields("check-payment-request", {"payment_amount": 1}, facts()) == [
        "payment_grounds",
        "payment_request_file",
        "payment_kind",
    ]


def test_nothing_is_paid_without_a_contract(facts: Callable[..., Facts]) -> None:
    for missing in ("contract", "approved"):
        assert fields("check-payment", {"payment_amount": 1}, facts(**{missing: None})) == ["payment_amount"]


def test_the_last_payment_waits_for_acceptance(facts: Callable[..., Facts]) -> None:
    last = {**REQUEST, "payment_kind": "final", "payment_amount": 1}
    (finding,) = TASKS["check-payment-request"](last, {}, facts()).findings
    assert (finding.clause, finding.field) == ("3.4-8", "payment_kind")
    assert fields("check-payment-request", last, facts(details=ACCEPTED)) == []


@pytest.mark.parametrize("check", ["check-payment-request", "check-payment-made"])
def test_a_fifth_of_the_contract_stays_back_until_acceptance(facts: Callable[..., Facts], check: str) -> None:
    """80 % of 98.500001 is 78.8000008: rounded down, for a payment beyond the share may not be made."""
    half_paid = facts(contract=Decimal("98.500001"), paid=Decimal(50))
    assert fields(check, {**REQUEST, "payment_amount": "28.8"}, half_paid) == []
    (finding,) = TASKS[check]({**REQUEST, "payment_amount": "28.800001"}, {}, half_paid).findings
    assert (finding.clause, finding.field) == ("3.4-8", "payment_amount")
    assert "的80%（78.8万元），验收前尚可拨付28.8万元，本次拨付金额28.800001万元超出0.000001万元" in finding.message


def test_who_was_paid_more_before_the_share_was_set_waits_for_acceptance(facts: Callable[..., Facts]) -> None:
    (finding,) = TASKS["check-payment-request"]({**REQUEST, "payment_amount": 1}, {}, facts(paid=Decimal(90))).findings
    assert "验收前尚可拨付0万元，本次拨付金额1万元超出1万元" in finding.message


def test_cases_begun_under_tables_without_the_share_go_on_as_they_were(facts: Callable[..., Facts]) -> None:
    before = replace(facts(paid=Decimal(90)), decide=lambda _decision, _inputs: {"supervision": 200})
    assert fields("check-payment-request", {**REQUEST, "payment_amount": 1}, before) == []


def test_finance_agrees_only_to_what_may_be_paid(facts: Callable[..., Facts]) -> None:
    over = {**REQUEST, "payment_amount": 99, "payment_decision": "approved"}
    assert fields("check-payment-decision", over, facts()) == ["payment_decision"]
    assert fields("check-payment-decision", {**over, "payment_amount": 79}, facts()) == ["payment_decision"]
    assert fields("check-payment-decision", {**over, "payment_amount": 78.8}, facts()) == []
    assert fields("check-payment-decision", {**over, "payment_decision": "refused"}, facts()) == []


def test_a_payment_is_entered_with_its_voucher(facts: Callable[..., Facts]) -> None:
    made = {"payment_kind": "advance", "payment_amount": 10, "payment_on": "2026-02-27", "payment_number": "PZ-1"}
    outcome = TASKS["check-payment-made"](made, {}, facts(paid=Decimal(5)))
    assert outcome.effects == (
        RecordPayment("advance", Decimal(10), date(2026, 2, 27), "PZ-1"),
        SetAmount("paid", Decimal(15)),
    )
    assert fields("check-payment-made", {**made, "payment_on": "2026-03-03"}, facts()) == ["payment_on"]


def test_release_pays_the_rest_and_settles(facts: Callable[..., Facts]) -> None:
    half_paid = facts(paid=Decimal(50), details=ACCEPTED)
    outcome = TASKS["check-payment"]({"payment_amount": "48.5", "settled_amount": "98.5"}, {}, half_paid)
    assert outcome.effects == (
        RecordPayment("final", Decimal("48.5"), date(2026, 3, 2), ""),
        SetAmount("paid", Decimal("98.5")),
        SetAmount("settled", Decimal("98.5")),
    )
    assert fields("check-payment", {"payment_amount": 1, "settled_amount": 100}, half_paid) == ["settled_amount"]


def test_what_was_paid_in_full_is_only_settled(facts: Callable[..., Facts]) -> None:
    paid = facts(paid=Decimal("98.5"), details=ACCEPTED)
    outcome = TASKS["check-payment"]({"payment_amount": 0, "settled_amount": "98.5"}, {}, paid)
    assert (outcome.findings, outcome.effects) == ((), (SetAmount("settled", Decimal("98.5")),))
    assert fields("check-payment", {"payment_amount": 0}, facts(details=ACCEPTED)) == ["payment_amount"]
