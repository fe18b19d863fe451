from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

import pytest

from services.deadlines import ZONE
from services.effects import AddRating, RecordContract, SetAmount, SetResponsible
from services.facts import Facts
from services.registry import TASKS

FILE = [{"id": "a1", "name": "证书.pdf", "size": 900}]
AWARD = {"tender_result": "awarded", "contractor_org": "org-1", "award_price": 99}
CONTRACT = {
    "contract_price": 98.5,
    "award_price": 99,
    "responsible_person": "褚衍庆",
    "responsible_phone": "0632-7711234",
    "contract_number": "HT-1",
    "contract_signed_on": "2026-02-10",
    "contract_until": "2026-08-10",
}
SUPERVISOR = {
    "supervision_exemption": "no",
    "supervisor_org": "org-1",
    "supervisor_certificate": FILE,
    "supervisor_leader_certificate": FILE,
}
INSPECTION = {f"audit_item_{item}": "ok" for item in range(1, 6)}
TRIAL = {
    "new_software": "yes",
    "trial_from": "2025-11-30",
    "preliminary_on": "2026-02-28",
    "test_result": "passed",
    "risk_level": "medium",
    "preliminary_result": "passed",
    "test_report_file": FILE,
    "risk_report_file": FILE,
    "preliminary_report_file": FILE,
}
SCORES = {
    f"{who}_score_{dimension}": 80
    for who in ("bureau", "finance")
    for dimension in ("progress", "funds", "operation", "effect")
}


def fields(check: str, answers: dict, facts: Facts, headers: dict | None = None) -> list[str | None]:
    return [finding.field for finding in TASKS[check](answers, headers or {}, facts).findings]


def test_an_award_has_a_winner_and_a_failed_tender_nothing(facts: Callable[..., Facts]) -> None:
    assert fields("check-award", AWARD, facts()) == []
    assert fields("check-award", {"tender_result": "failed"}, facts()) == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"award_price": "100"}, "award_price"),
        ({"award_price": None}, "award_price"),
        ({"contractor_org": ""}, "contractor_org"),
    ],
)
def test_an_award_above_the_approved_amount_or_without_winner_is_refused(
    facts: Callable[..., Facts], change: dict, field: str
) -> None:
    assert fields("check-award", {**AWARD, **change}, facts()) == [field]


def test_a_procurement_file_sets_a_limit_within_approved_amount_and_budget(facts: Callable[..., Facts]) -> None:
    limit = {"procurement_limit": "98.4"}
    assert fields("check-procurement-file", limit, facts()) == []
    assert fields("check-procurement-file", limit, facts(budget=Decimal("98.4"))) == []
    (finding,) = TASKS["check-procurement-file"](limit, {}, facts(budget=Decimal("98.3"))).findings
    assert (finding.clause, finding.field) == ("3.3-6", "procurement_limit")
    assert "超过列入预算的资金98.3万元" in finding.message
    assert fields("check-procurement-file", {"procurement_limit": "100"}, facts()) == ["procurement_limit"]
    assert fields("check-procurement-file", {"procurement_limit": None}, facts()) == ["procurement_limit"]


def test_award_and_contract_keep_to_the_recorded_budget_and_the_award_to_its_limit(
    facts: Callable[..., Facts],
) -> None:
    for check, answers in (("check-award", AWARD), ("check-contract", CONTRACT)):
        (finding,) = TASKS[check](answers, {}, facts(budget=Decimal("98.4"))).findings
        assert "超过列入预算的资金98.4万元" in finding.message
        assert fields(check, answers, facts(budget=Decimal(99))) == []
    assert fields("check-award", {**AWARD, "procurement_limit": "98.999999"}, facts()) == ["award_price"]


def test_a_contract_names_its_price_and_the_head_who_answers(facts: Callable[..., Facts]) -> None:
    outcome = TASKS["check-contract"](CONTRACT, {}, facts())
    assert outcome.effects == (
        SetAmount("contract", Decimal("98.5")),
        SetResponsible("褚衍庆", "0632-7711234"),
        RecordContract("HT-1", Decimal("98.5"), date(2026, 2, 10)),
    )


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"contract_price": "99.000001"}, "contract_price"),
        ({"contract_price": "100", "award_price": None}, "contract_price"),
        ({"responsible_person": ""}, "responsible_person"),
    ],
)
def test_a_contract_above_award_or_approved_amount_is_refused(
    facts: Callable[..., Facts], change: dict, field: str
) -> None:
    assert fields("check-contract", {**CONTRACT, **change}, facts()) == [field]


def test_a_supervisor_comes_with_both_certificates(facts: Callable[..., Facts]) -> None:
    assert fields("check-supervisor", SUPERVISOR, facts()) == []
    for key in ("supervisor_org", "supervisor_certificate", "supervisor_leader_certificate"):
        assert fields("check-supervisor", {**SUPERVISOR, key: None}, facts()) == [key]


def test_an_exemption_from_supervision_needs_a_reason(facts: Callable[..., Facts]) -> None:
    assert fields("check-supervisor", {"supervision_exemption": "yes"}, facts()) == ["exemption_reason"]
    asked = {"supervision_exemption": "yes", "exemption_reason": "设备均为成品"}
    assert fields("check-supervisor", asked, facts()) == []


def test_an_inspection_covers_all_five_items(facts: Callable[..., Facts]) -> None:
    audit = {"prefix": "audit"}
    assert fields("check-inspection", INSPECTION, facts(), audit) == []
    assert fields("check-inspection", {**INSPECTION, "audit_item_3": None}, facts(), audit) == ["audit_item_3"]
    assert fields("check-inspection", {**INSPECTION, "audit_item_5": "problem"}, facts(), audit) == [
        "audit_item_5_note"
    ]


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({}, []),
        ({"audit_on": "2026-03-03"}, ["audit_on"]),
        ({"audit_conclusion": "problems"}, []),
        ({"audit_conclusion": "problems", "audit_problems": " "}, ["audit_problems"]),
        ({"audit_conclusion": "problems", "audit_reply_by": None}, ["audit_reply_by"]),
        ({"audit_conclusion": "problems", "audit_reply_by": "2026-03-02"}, ["audit_reply_by"]),
        ({"audit_conclusion": "none", "audit_problems": None, "audit_reply_by": None}, []),
    ],
)
def test_an_audit_opinion_says_what_is_to_be_put_right_and_by_when(
    facts: Callable[..., Facts], answers: dict, expected: list[str]
) -> None:
    opinion = {
        "audit_on": "2026-03-02",
        "audit_conclusion": "none",
        "audit_problems": "付款条件不一致",
        "audit_reply_by": "2026-03-03",
    }
    assert fields("check-audit-opinion", {**opinion, **answers}, facts()) == expected


def test_an_inspection_concludes_as_its_inspectors_found(facts: Callable[..., Facts]) -> None:
    check = "check-inspection-conclusion"
    assert fields(check, {**INSPECTION, "inspection_conclusion": "clean"}, facts()) == []
    troubled = {**INSPECTION, "audit_item_2": "problem"}
    assert fields(check, {**troubled, "inspection_conclusion": "clean"}, facts()) == ["inspection_conclusion"]
    assert fields(check, {**troubled, "inspection_conclusion": "rectify"}, facts()) == ["rectify_by"]
    assert fields(check, {**troubled, "inspection_conclusion": "major", "rectify_by": "2026-04-01"}, facts()) == []


@pytest.mark.parametrize(
    ("check", "change", "field"),
    [
        ("check-contract", {"contract_signed_on": "2026-03-03"}, "contract_signed_on"),
        ("check-contract", {"contract_until": "2026-02-09"}, "contract_until"),
        ("check-contract", {"contract_until": None}, "contract_until"),
        ("check-contract", {"contract_until": "明年"}, "contract_until"),
        ("check-construction-start", {"construction_started_on": "2026-02-10"}, None),
        ("check-construction-start", {"construction_started_on": "2026-02-09"}, "construction_started_on"),
        ("check-construction-start", {"construction_started_on": "2026-03-03"}, "construction_started_on"),
        ("check-construction-start", {"planned_completion": "2026-02-28"}, "planned_completion"),
    ],
)
def test_the_days_of_contract_and_building_follow_each_other(
    facts: Callable[..., Facts], check: str, change: dict, field: str | None
) -> None:
    begun = {"construction_started_on": "2026-03-01", "planned_completion": "2026-08-01"}
    assert fields(check, {**CONTRACT, **begun, **change}, facts()) == ([field] if field else [])


@pytest.mark.parametrize(
    ("found", "said", "field"),
    [("yes", "no", ["new_software"]), ("yes", "yes", []), ("no", "no", []), ("no", "yes", []), (None, "no", [])],
)
def test_what_the_bureau_found_of_the_software_stands(
    facts: Callable[..., Facts], found: str | None, said: str, field: list[str]
) -> None:
    answers = {"trial_from": "2026-03-01", "software_found": found, "new_software": said}
    assert fields("check-trial-start", answers, facts(details={"completed_on": "2026-02-27"})) == field


@pytest.mark.parametrize(
    ("at", "long_enough"),
    [
        (datetime(2026, 2, 28, 23, 59, tzinfo=ZONE), False),
        (datetime(2026, 3, 1, 0, 0, tzinfo=ZONE), True),  # three months from 11-30 end with February
    ],
)
def test_new_software_runs_three_months_on_trial(facts: Callable[..., Facts], at: datetime, long_enough: bool) -> None:
    found = TASKS["check-trial"]({**TRIAL, "preliminary_on": f"{at:%Y-%m-%d}"}, {}, facts(at=at)).findings
    assert ([finding.clause for finding in found] == []) is long_enough
    assert all("满3个月" in finding.message for finding in found)


def test_the_trial_period_does_not_bind_without_new_software_or_when_exempted(facts: Callable[..., Facts]) -> None:
    early = facts(at=datetime(2025, 12, 1, tzinfo=ZONE))
    begun = {**TRIAL, "preliminary_on": "2025-12-01"}
    assert fields("check-trial", {**begun, "new_software": "no", "test_report_file": None}, early) == []
    assert fields("check-trial", {**begun, "trial_exemption": "granted"}, early) == []
    assert fields("check-trial", {**begun, "trial_exemption": "refused"}, early) == ["trial_from"]
    assert fields("check-trial", {**begun, "trial_from": None}, early) == ["trial_from"]
    assert fields("check-trial", {**begun, "trial_from": "昨天"}, early) == ["trial_from", "preliminary_on"]


def test_a_trial_run_begins_after_completion_and_not_in_the_future(facts: Callable[..., Facts]) -> None:
    completed = facts(details={"completed_on": "2025-11-30"})
    for day, wrong in (
        ("2025-11-29", ["trial_from"]),
        ("2025-11-30", []),
        ("2026-03-02", []),
        ("2026-03-03", ["trial_from"]),
        (None, ["trial_from"]),
        ("昨天", ["trial_from"]),
    ):
        assert fields("check-trial-start", {"trial_from": day}, completed) == wrong, day


def test_preliminary_acceptance_is_held_during_the_trial_run_and_not_in_the_future(
    facts: Callable[..., Facts],
) -> None:
    for day, wrong in (("2025-11-29", ["preliminary_on"]), ("2026-03-03", ["preliminary_on"]), ("2026-03-02", [])):
        assert fields("check-trial", {**TRIAL, "preliminary_on": day}, facts()) == wrong, day


def test_what_failed_its_test_or_is_a_high_risk_is_not_accepted(facts: Callable[..., Facts]) -> None:
    for wrong in ({"test_result": "failed"}, {"risk_level": "high"}):
        assert fields("check-trial", {**TRIAL, **wrong}, facts()) == ["preliminary_result"]
        assert fields("check-trial", {**TRIAL, **wrong, "preliminary_result": "failed"}, facts()) == []
    bought = {**TRIAL, "new_software": "no", "test_result": "failed"}
    assert fields("check-trial", bought, facts()) == [], "an older test of what is not newly developed"


@pytest.mark.parametrize("key", ["test_report_file", "risk_report_file", "preliminary_report_file"])
def test_preliminary_acceptance_needs_its_reports(facts: Callable[..., Facts], key: str) -> None:
    assert fields("check-trial", {**TRIAL, key: []}, facts()) == [key]


@pytest.mark.parametrize(
    ("missed", "result", "allowed"),
    [(True, "qualified", False), (True, "unqualified", True), (None, "qualified", True)],
)
def test_an_order_that_was_ignored_is_not_found_fulfilled(
    facts: Callable[..., Facts], missed: bool | None, result: str, allowed: bool
) -> None:
    answers = {"rectification_missed": missed, "recheck_result": result}
    assert fields("check-recheck", answers, facts()) == ([] if allowed else ["recheck_result"])


def test_every_dimension_is_scored_from_0_to_100(facts: Callable[..., Facts]) -> None:
    assert fields("check-performance", SCORES, facts(), {"prefix": "finance"}) == []
    for wrong in (None, "很好", 100.5, -1, "NaN"):
        answers = {**SCORES, "bureau_score_funds": wrong}
        assert fields("check-performance", answers, facts(), {"prefix": "bureau"}) == ["bureau_score_funds"]


def test_the_score_is_the_mean_of_both_authorities(facts: Callable[..., Facts]) -> None:
    outcome = TASKS["score-performance"]({**SCORES, "finance_score_effect": 79}, {}, facts())
    assert outcome.variables == {"performance_score": 79.9}
    assert outcome.effects == (AddRating("applicant", Decimal("79.9"), "项目绩效得分"),)
    assert TASKS["score-performance"]({**SCORES, "finance_score_effect": None}, {}, facts()).refused


def test_suppliers_that_took_part_are_rated(facts: Callable[..., Facts]) -> None:
    answers = {"contractor_score": 88, "contractor_comment": "按期完成", "test_agency_score": "90.5"}
    assert TASKS["check-ratings"](answers, {}, facts()).effects == (
        AddRating("contractor", Decimal(88), "按期完成"),
        AddRating("test-agency", Decimal("90.5"), ""),
    )
    assert fields("check-ratings", {}, facts()) == ["contractor_score"]
    assert fields("check-ratings", {"contractor_score": 101}, facts()) == ["contractor_score"]
