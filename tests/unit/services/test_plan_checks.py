from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from services.effects import DecidePlan, DraftPlan, JoinPlan
from services.facts import Facts, Outcome
from services.plan import Candidate, Entry, Strike
from services.registry import TASKS

A = Candidate("YC2026-0001", "数字阅读平台", "区教育和体育局", Decimal("99.999999"))
B = Candidate("YC2026-0002", "低保核对系统", "区民政局", Decimal(80))


def plan_facts(make: Callable[..., Facts], *candidates: Candidate) -> Facts:
    def read(code: str) -> tuple[Candidate, ...]:
        assert code == "PLAN-2026-1"
        return candidates

    return replace(make(), project=None, candidates=read)


def row(candidate: Candidate, **said: Any) -> dict[str, Any]:
    """The row of a candidate as it is proposed, with what is said of it besides."""
    proposed = {"decision": "include", "rank": candidate.code[-1], "amount": str(candidate.approved), "reason": None}
    return {"project_code": candidate.code, "project_name": candidate.name, **proposed, **said}


def drafted(facts: Facts, *rows: Any) -> Outcome:
    return TASKS["check-annual-plan"]({"plan_code": "PLAN-2026-1", "plan_rows": list(rows)}, {}, facts)


def decided(facts: Facts, *rows: Any, decision: str = "approved") -> Outcome:
    answers = {"plan_code": "PLAN-2026-1", "annual_plan_decision": decision, "plan_rows": list(rows)}
    return TASKS["check-annual-plan-decision"](answers, {}, facts)


def problems(outcome: Outcome) -> list[tuple[str | None, str]]:
    return [(finding.field, finding.message) for finding in outcome.findings if finding.blocking]


def test_a_draft_is_kept_in_exact_amounts_and_its_sum_is_told(facts):
    cut = row(B, decision="cut", rank=None, amount=None, reason="可由市平台承担")
    outcome = drafted(plan_facts(facts, A, B), row(A, amount="90.000001", reason="核减"), cut)
    assert problems(outcome) == []
    assert outcome.effects == (
        DraftPlan(
            "PLAN-2026-1",
            (
                Entry(A.code, "include", 1, Decimal("90.000001"), "核减"),
                Entry(B.code, "cut", None, None, "可由市平台承担"),
            ),
        ),
    )
    assert "列入1个项目，资金合计90.000001万元" in outcome.findings[0].message


@pytest.mark.parametrize(
    ("said", "cell", "words"),
    [
        ({"amount": "100"}, "amount", "超过审核意见核定投资99.999999万元，超出0.000001万元"),
        ({"amount": "99.9999991"}, "amount", "最多保留6位小数"),
        ({"amount": None}, "amount", "缺少"),
        ({"amount": "0"}, "amount", "金额为零"),
        ({"amount": "99.999998"}, "reason", "核减的理由"),
        ({"decision": "cut"}, "reason", "写明理由"),
        ({"decision": "cut", "reason": "  "}, "reason", "写明理由"),
        ({"decision": None}, "decision", "是否列入"),
        ({"decision": "maybe"}, "decision", "是否列入"),
        ({"rank": None}, "rank", "从1起的整数"),
        ({"rank": "0"}, "rank", "从1起的整数"),
        ({"rank": "1.5"}, "rank", "从1起的整数"),
        ({"rank": "2"}, "rank", "排序都是2"),
    ],
)
def test_what_is_wrong_with_a_project_is_told_at_its_cell(facts, said, cell, words):
    outcome = drafted(plan_facts(facts, A, B), row(B), row(A, **said))
    assert not outcome.effects
    ((field, message),) = problems(outcome)
    assert field == f"plan_rows-1-{cell}"
    assert words in message
    assert "3.2-11" in message


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([row(A)], ["低保核对系统”（YC2026-0002）应当决定一次，现为0次"]),
        ([row(A), row(B), row(B, rank="3")], ["现为2次"]),
        (
            [row(A), row(B), row(replace(A, code="YC2026-0009"), rank="9")],
            ["YC2026-0009不是本计划的候选项目", "3.2-15"],
        ),
        ([row(A), row(B), {"decision": "cut", "reason": "无"}], ["没有编号"]),
        ([], ["数字阅读平台", "低保核对系统"]),
        (["no row"], ["现为0次"]),
    ],
)
def test_every_candidate_is_decided_once_and_nobody_else_is(facts, rows, words):
    outcome = drafted(plan_facts(facts, A, B), *rows)
    told = "".join(message for _, message in problems(outcome))
    assert not outcome.effects
    assert [word for word in words if word not in told] == []


def test_the_government_strikes_single_projects_with_a_reason(facts):
    known = plan_facts(facts, replace(A, decision="include"), replace(B, decision="include"))
    keep, strike = row(A, keep="keep"), row(B, keep="strike")
    assert problems(decided(known, keep, strike))[0][0] == "plan_rows-1-strike_reason"
    outcome = decided(known, keep, {**strike, "strike_reason": "财力不足"})
    assert outcome.effects == (DecidePlan("PLAN-2026-1", (Strike(B.code, "财力不足"),)),)


def test_what_the_draft_leaves_out_is_not_for_the_government_to_strike(facts):
    known = plan_facts(facts, replace(A, decision="include"), replace(B, decision="cut"))
    struck = row(B, keep="strike", strike_reason="财力不足")
    assert "不是本计划的候选项目" in problems(decided(known, row(A, keep="keep"), struck))[0][1]


def test_a_plan_that_is_returned_changes_nothing(facts):
    struck = row(A, keep="strike", strike_reason="财力不足")
    assert decided(plan_facts(facts, A), struck, decision="returned") == Outcome()


def test_a_project_joins_the_plan_of_its_round(facts):
    assert TASKS["join-plan"]({}, {}, facts()).effects == (JoinPlan(2026),)


@pytest.mark.parametrize(("changes", "clause"), [({"approved": None}, "3.2-5"), ({"confidential": True}, "3.1-6")])
def test_a_project_without_approval_or_a_confidential_one_does_not_join(facts, changes, clause):
    outcome = TASKS["join-plan"]({}, {}, facts(**changes))
    assert [finding.clause for finding in outcome.findings] == [clause]
    assert outcome.refused
    assert not outcome.effects


def test_a_budget_is_that_of_the_year_of_the_plan(facts):
    answers = {"budget_amount": 80, "plan_amount": 80.5}
    ((field, message),) = problems(TASKS["check-budget"]({**answers, "budget_year": 2029}, {}, facts()))
    assert (field, "应当列入2026年度预算" in message) == ("budget_year", True)
    assert problems(TASKS["check-budget"]({**answers, "budget_year": 2026}, {}, facts())) == []


def test_a_budget_stays_within_what_the_plan_gives(facts):
    def budget(amount: str) -> list[tuple[str | None, str]]:
        return problems(TASKS["check-budget"]({"budget_amount": amount, "plan_amount": 80.5}, {}, facts()))

    assert budget("80.5") == []
    ((field, message),) = budget("80.500001")
    assert field == "budget_amount"
    assert "超过列入计划金额80.5万元" in message
    assert "核定投资" in budget("100")[0][1]
