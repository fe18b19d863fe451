from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from services.effects import SetAmount
from services.experts import Draw, Expert, Interest
from services.facts import Facts, Outcome
from services.ledger import Exemption, Restriction
from services.registry import TASKS

REPORT = {
    **{f"criterion_{n}": "met" for n in range(1, 10)},
    **{f"criterion_{n}_opinion": "符合" for n in range(1, 10)},
    "review_conclusion": "pass",
    "approved_amount": 99.999999,
    "review_method": "onsite",
}


def fields(check: str, answers: dict, facts: Facts) -> list[str | None]:
    return [finding.field for finding in TASKS[check](answers, {}, facts).findings]


def test_a_complete_report_passes(facts: Callable[..., Facts]) -> None:
    assert fields("check-review-report", REPORT, facts()) == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"criterion_9": None}, "criterion_9"),
        ({"criterion_1_opinion": ""}, "criterion_1_opinion"),
        ({"review_conclusion": None}, "review_conclusion"),
        ({"approved_amount": None}, "approved_amount"),
        ({"approved_amount": 120.000001}, "approved_amount"),
        ({"criterion_4": "not_met"}, "review_conclusion"),
        ({"review_method": "written"}, "review_method"),
    ],
)
def test_a_report_with_a_gap_or_a_contradiction_is_refused(
    facts: Callable[..., Facts], change: dict, field: str
) -> None:
    assert fields("check-review-report", {**REPORT, **change}, facts()) == [field]


UNIT = Interest("申报单位", ("峄城区应急管理局", "区应急管理局"))
POOL = (
    Expert("欧阳静", "枣庄职业学院", "security", ties=("区应急管理局",)),
    Expert("秦怀远", "枣庄学院", "technology"),
)


def row(name: str, employer: str) -> dict[str, str]:
    return {"name": name, "employer": employer, "title": "高级工程师"}


@pytest.mark.parametrize(
    ("expert", "told"),
    [
        (row("张三", "峄城区应急管理局信息中心"), "张三（峄城区应急管理局信息中心）工作单位是申报单位"),
        (row(" 欧阳静", "枣庄职业学院 "), "申报了与申报单位（峄城区应急管理局）的关联"),
        (row("欧阳静", "枣庄职业技术学院"), None),
        (row("秦怀远", "枣庄学院"), None),
    ],
)
def test_who_is_tied_to_the_project_stands_in_no_report(
    facts: Callable[..., Facts], expert: dict[str, str], told: str | None
) -> None:
    known = replace(facts(), interests=(UNIT,), experts=POOL)
    answers = {**REPORT, "experts": [row("柏雪峰", "山东省网络安全测评中心"), expert]}
    found = TASKS["check-review-report"](answers, {}, known).findings
    assert [(each.clause, each.field) for each in found] == ([("3.2-3", "experts")] if told else [])
    assert told is None or told in found[0].message


def test_the_report_of_a_meeting_names_nobody_but_its_last_panel(facts: Callable[..., Facts]) -> None:
    first = Draw(round=1, seed="1", quotas={}, pool=POOL, drawn=POOL)
    known = replace(facts(), draws=(first, replace(first, round=2, seed="2", drawn=POOL[1:])))
    for expert, refused in ((POOL[1], False), (POOL[0], True)):
        answers = {**REPORT, "experts": [row(expert.name, expert.work_unit)]}
        found = TASKS["check-review-report"](answers, {}, known).findings
        assert ["不是抽取并签到的评审专家" in each.message for each in found] == ([True] if refused else [])


def test_a_negative_report_needs_no_amount(facts: Callable[..., Facts]) -> None:
    answers = {**REPORT, "review_conclusion": "fail", "criterion_4": "not_met", "approved_amount": None}
    assert fields("check-review-report", answers, facts()) == []


@pytest.mark.parametrize(
    ("estimate", "method", "allowed"),
    [
        ("99.999999", "written", True),
        ("99.999999", "onsite", True),
        ("100", "written", False),
        ("100", "onsite", True),
    ],
)
def test_from_100_on_the_review_is_on_site(
    facts: Callable[..., Facts], estimate: str, method: str, allowed: bool
) -> None:
    found = fields("check-review-method", {"review_method": method}, facts(estimate=Decimal(estimate)))
    assert (found == []) is allowed


def test_the_opinion_fixes_the_approved_amount(facts: Callable[..., Facts]) -> None:
    outcome = TASKS["check-opinion"]({"review_conclusion": "pass", "approved_amount": "99.999999"}, {}, facts())
    assert outcome.effects == (SetAmount("approved", Decimal("99.999999")),)
    refused = TASKS["check-opinion"]({"review_conclusion": "pass", "approved_amount": 121}, {}, facts())
    assert refused.refused
    assert refused.effects == ()
    assert TASKS["check-opinion"]({"review_conclusion": "fail", "approved_amount": None}, {}, facts()) == Outcome()


@pytest.mark.parametrize(("budget", "allowed"), [("99.999999", True), ("100", False), (0, False), (None, False)])
def test_the_budget_stays_within_the_approved_amount(
    facts: Callable[..., Facts], budget: object, allowed: bool
) -> None:
    outcome = TASKS["check-budget"]({"budget_amount": budget}, {}, facts())
    assert outcome.refused is not allowed
    assert (outcome.effects == (SetAmount("budget", Decimal("99.999999")),)) is allowed
    if budget == "100":
        assert "超出0.000001万元" in outcome.findings[0].message
        assert outcome.findings[0].clause == "3.2-12"


@pytest.mark.parametrize(("amount", "allowed"), [("99.999999", True), ("100", False)])
def test_the_plan_stays_within_the_approved_amount(facts: Callable[..., Facts], amount: str, allowed: bool) -> None:
    assert (fields("check-plan", {"plan_amount": amount}, facts()) == []) is allowed


@pytest.mark.parametrize("tie", [{"review_agency_org": "unit-1"}, {"review_agency_org": "o2", "consultant_org": "o2"}])
def test_an_agency_with_ties_to_the_project_must_not_review_it(facts: Callable[..., Facts], tie: dict) -> None:
    assert fields("check-review-method", tie, facts()) == ["review_agency_org"]
    assert fields("check-review-method", {**tie, "review_agency_org": "o3"}, facts()) == []


@pytest.mark.parametrize(
    ("unmet", "kind"),
    [
        ("migration_done", "migration-overdue"),
        ("sharing_compliant", "sharing-violation"),
        ("sharing_supported", None),
        ("catalogue_clear", None),
    ],
)
def test_only_an_exemption_on_record_overcomes_a_precondition_that_is_not_met(
    facts: Callable[..., Facts], unmet: str, kind: str | None
) -> None:
    answers = {"migration_done": "yes", "precheck_result": "passed", unmet: "no"}
    law = Exemption("《安全生产法》第四条", "法律规定必须建设", "赵磊", date(2026, 1, 2))

    def exempted(*kinds: str) -> Facts:
        since = date(2025, 9, 1)
        entries = (Restriction("unit-1", each, "经督办仍未整改", "3.2-4", since, exemptions=(law,)) for each in kinds)
        return facts(restrictions=tuple(entries))

    every = {"migration-overdue", "sharing-violation"}
    assert fields("check-precheck", answers, facts()) == ["precheck_result"]
    assert fields("check-precheck", answers, exempted(*every - {kind})) == ["precheck_result"]
    assert fields("check-precheck", answers, exempted(*every)) == ([] if kind else ["precheck_result"])
    assert fields("check-precheck", {**answers, "precheck_result": "refused"}, facts()) == []


def test_a_unit_without_restrictions_passes(facts: Callable[..., Facts]) -> None:
    answers = {"migration_done": "yes", "sharing_supported": "yes", "restricted": "no", "precheck_result": "passed"}
    assert fields("check-precheck", answers, facts()) == []


def test_without_a_passed_review_there_is_no_budget(facts: Callable[..., Facts]) -> None:
    (finding,) = TASKS["check-budget"]({"budget_amount": 1}, {}, facts(approved=None)).findings
    assert finding.clause == "3.2-5"


@pytest.mark.parametrize(
    ("kind", "since", "until", "restricted"),
    [
        ("migration-overdue", date(2026, 1, 1), None, "yes"),
        ("no-new-project", date(2025, 6, 1), date(2026, 1, 1), "yes"),  # covers the first day of the round's year
        ("no-new-project", date(2025, 6, 1), date(2025, 12, 31), "no"),
        ("no-new-project", date(2026, 2, 1), date(2027, 12, 31), "no"),  # for the projects of 2027
        ("reduced", date(2026, 1, 1), None, "no"),
        ("no-cloud", date(2026, 1, 1), None, "no"),
    ],
)
def test_the_ledger_of_units_bars_projects(
    facts: Callable[..., Facts], kind: str, since: date, until: date | None, restricted: str
) -> None:
    entry = Restriction("unit-1", kind, "未完成旧系统迁移", "3.2-4", since, until)
    outcome = TASKS["check-restrictions"]({}, {}, facts(restrictions=(entry,)))
    assert outcome.variables["restricted"] == restricted
    assert not outcome.refused
    assert ("未完成旧系统迁移（3.2-4）" in str(outcome.variables["restriction_text"])) is (restricted == "yes")


def test_a_lifted_entry_bars_nothing(facts: Callable[..., Facts]) -> None:
    entry = Restriction("unit-1", "sharing-violation", "x", "3.2-4", date(2025, 1, 1), lifted_on=date(2025, 12, 31))
    assert TASKS["check-restrictions"]({}, {}, facts(restrictions=(entry,))).variables["restricted"] == "no"
