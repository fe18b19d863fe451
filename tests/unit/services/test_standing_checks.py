"""What stands against a unit, and projects that were split (3.2-4 3.4-9 4-3 3.1-5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest

from services import ledger
from services.ledger import Exemption, Restriction
from services.registry import TASKS, Facts
from services.splitting import Sibling, by_likeness, likeness, total_if_split
from tests.unit.services.conftest import PROJECT, ZONE

ENTRY = Restriction("unit-1", "sharing-violation", "未按目录提供数据", "3.2-4", date(2026, 1, 5))
FAILED = Restriction(
    "unit-1", "no-new-project", "验收不合格", "3.4-9", date(2025, 6, 1), date(2026, 12, 31), project="YC2024-0007"
)
LAW = Exemption("《中华人民共和国安全生产法》第四条", "省级统一部署", "赵磊", date(2026, 2, 1))
PASSED = {"precheck_result": "passed"}


def said(task: str, answers: dict, facts: Facts) -> list[tuple[str | None, bool]]:
    return [(finding.field, finding.blocking) for finding in TASKS[task](answers, {}, facts).findings]


def test_a_unit_that_is_restricted_after_the_look_up_does_not_pass(facts: Callable[..., Facts]) -> None:
    """The variable still says "no": the ledger of this moment decides."""
    outcome = TASKS["check-precheck"](PASSED | {"restricted": "no"}, {}, facts(restrictions=(ENTRY,)))
    assert outcome.refused
    assert "未按目录提供数据" in outcome.findings[0].message


@pytest.mark.parametrize(
    ("project", "bars"), [(None, False), (PROJECT.code, False), ("YC2026-9999", True)], ids=["unit", "this", "other"]
)
def test_an_exemption_is_honoured_for_what_it_covers(facts: Callable[..., Facts], project: str, bars: bool) -> None:
    exempted = replace(ENTRY, exemptions=(replace(LAW, project=project),))
    outcome = TASKS["check-precheck"](PASSED, {}, facts(restrictions=(exempted,)))
    assert outcome.refused is bars
    shown = ledger.exempted((exempted,), day=date(2026, 3, 2), round_year=2026, project=PROJECT.code)
    assert [each.granted_by for _, each in shown] == ([] if bars else ["赵磊"])
    assert outcome.variables.get("restricted", "yes") == ("yes" if bars else "no")


@pytest.mark.parametrize(("round_year", "bars"), [(2025, False), (2026, True), (2027, False)])
def test_a_failed_acceptance_bars_the_next_year_and_no_longer(
    facts: Callable[..., Facts], round_year: int, bars: bool
) -> None:
    assert TASKS["check-precheck"](PASSED, {}, facts(restrictions=(FAILED,), round_year=round_year)).refused is bars


def test_poor_performance_reduces_and_does_not_bar(facts: Callable[..., Facts]) -> None:
    outcome = TASKS["check-restrictions"]({}, {}, facts(restrictions=(replace(FAILED, kind="reduced"),)))
    assert outcome.variables["restricted"] == "no"
    assert outcome.variables["reduced"] == "yes"
    assert "验收不合格" in str(outcome.variables["reduction_text"])


def test_no_cloud_bars_cloud_resources_until_it_is_lifted() -> None:
    entry = replace(ENTRY, kind="no-cloud")
    assert ledger.barring_cloud((entry, ENTRY), day=date(2026, 3, 2)) == (entry,)
    assert ledger.barring_cloud((replace(entry, lifted_on=date(2026, 3, 2)),), day=date(2026, 3, 2)) == ()


@pytest.mark.parametrize("task", ["check-scope", "check-application"])
def test_an_applicant_learns_of_a_restriction_and_is_not_stopped_by_it(facts: Callable[..., Facts], task: str) -> None:
    free, restricted = (TASKS[task]({}, {}, facts(restrictions=found)).findings for found in ((), (ENTRY,)))
    (added,) = set(restricted) - set(free)
    assert (added.clause, added.blocking) == ("3.2-4", False)


def sibling(name: str, estimate: str | None, code: str = "YC2026-0002") -> Sibling:
    return Sibling(code, name, "申报", "running", None if estimate is None else Decimal(estimate))


@pytest.mark.parametrize(
    ("own", "others", "total"),
    [
        ("60", ["40"], "100"),
        ("60", ["39.999999"], None),
        ("60", [None], None),
        ("60", ["300"], None),
        ("100", ["60"], None),
        ("40", ["30", "30", "500"], "100"),
        ("40", [], None),
    ],
)
def test_parts_below_the_threshold_are_suspected_when_together_they_reach_it(
    own: str, others: list[str | None], total: str | None
) -> None:
    siblings = [sibling("乙", each) for each in others]
    expected = None if total is None else Decimal(total)
    assert total_if_split(Decimal(own), siblings, threshold=Decimal(100)) == expected


def test_similar_names_come_first() -> None:
    alike, other = sibling("智慧校园管理系统（二期）", "40", "B"), sibling("食堂安全监管平台", "40", "A")
    assert by_likeness("智慧校园管理系统（一期）", [other, alike]) == (alike, other)
    assert likeness("智慧校园", "智慧校园") == 1
    assert likeness("项目", "系统") == 0


SPLIT = (sibling("数字阅读平台（二期）", "60"),)


def test_the_applicant_is_warned_of_a_split(facts: Callable[..., Facts]) -> None:
    warned = [
        finding
        for finding in TASKS["check-application"]({}, {}, facts(estimate=Decimal(60), siblings=SPLIT)).findings
        if not finding.blocking
    ]
    assert [finding.clause for finding in warned] == ["3.1-5"]
    assert "120万元" in warned[0].message


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({"application_result": "accepted", "split_finding": "separate"}, "split_reason"),
        ({"application_result": "accepted", "split_finding": "separate", "split_reason": "两栋楼各自独立"}, None),
        ({"application_result": "accepted", "split_finding": "split"}, "application_result"),
        ({"application_result": "returned", "split_finding": "split"}, None),
        ({"application_result": "split", "split_finding": "separate"}, "split_finding"),
        ({"application_result": "split", "split_finding": "split"}, None),
        ({"application_result": "split", "split_finding": "split", "consultant_required": True}, "application_result"),
        ({"application_result": "accepted", "split_finding": "split", "consultant_required": True}, None),
    ],
)
def test_the_bureau_says_what_they_are(facts: Callable[..., Facts], answers: dict, field: str | None) -> None:
    told = facts(estimate=Decimal(60), siblings=SPLIT)
    assert [name for name, _ in said("check-intake", answers, told)] == ([field] if field else [])


def test_a_split_project_goes_the_way_of_the_large_ones(facts: Callable[..., Facts]) -> None:
    answers = {"application_result": "split", "split_finding": "split"}
    told = facts(estimate=Decimal(60), siblings=SPLIT, at=datetime(2026, 11, 3, 9, tzinfo=ZONE))
    assert TASKS["check-intake"](answers, {}, told).variables == {"consultant_required": True}
