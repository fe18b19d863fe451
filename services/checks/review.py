"""Joint review: method (3.2-7), nine criteria (3.2-2), report (3.2-9), restrictions (3.2-4); budget (3.2-12)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import islice

from services.amounts import number
from services.checks import panel, standing
from services.checks.answers import given, money, require, text, within
from services.effects import SetAmount
from services.facts import Facts, Finding, Headers, Inputs, Outcome

CRITERIA = {
    1: "符合国家、省、市、区电子政务和智慧城市发展总体要求",
    2: "符合有关政策规定及标准规范",
    3: "充分利用已有的基础软硬件设施",
    4: "技术设计和建设方案合理、可行、符合技术发展趋势",
    5: "编制的项目政务信息资源目录合理",
    6: "政务信息资源数据充分共享和综合利用",
    7: "所需云资源需求合理",
    8: "有全面、可行的信息安全解决方案",
    9: "财政投资测算和进度安排合理",
}
# Preconditions that the law may set aside, with the kind of restriction under which the ledger keeps the exemption.
EXEMPTIBLE = {
    "migration_done": ("未按时、按要求完成电子政务基础设施和应用系统迁移整合", "migration-overdue"),
    "sharing_compliant": ("违反政务信息资源共享管理规定", "sharing-violation"),
}
# Preconditions of which the regulation knows no exception.
ABSOLUTE = {
    "sharing_supported": "不支持政务信息资源共享交换平台建设或不按规定提供信息",
    "catalogue_clear": "未明确部门间信息共享需求",
}
RATINGS = {"met": "符合", "mostly_met": "基本符合", "not_met": "不符合"}


def precheck(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """A unit that is restricted, or fails a precondition, is not approved (3.2-4 3.2-6 3.4-9 4-3).

    The ledger is looked up again at this moment. What stands there, and what the clerk finds unmet of 3.2-4, is
    overcome only by an exemption on record there; of 3.2-6 there is none.
    """
    variables = standing.as_variables(facts)
    if text(answers, "precheck_result") != "passed":
        return Outcome(variables=variables)
    if barred := standing.barring(facts):
        named = "；".join(entry.sentence() for entry in barred)
        message = (
            f"单位在限制台账中：{named}。不予审批；确有例外的，由区大数据局负责人先在限制台账登记例外及其依据。"
            f"（{' '.join(dict.fromkeys(entry.clause for entry in barred))}）"
        )
        return Outcome(findings=(Finding(barred[0].clause, message, "precheck_result"),))
    return Outcome(variables=variables, findings=tuple(_unmet(answers, standing.exempted_kinds(facts))))


def _unmet(answers: Inputs, exempted: frozenset[str]) -> Iterator[Finding]:
    for key, sentence in ABSOLUTE.items():
        if text(answers, key) == "no":
            yield Finding("3.2-6", f"{sentence}的，一概不予审批，没有例外。（3.2-6）", "precheck_result")
    for key, (sentence, kind) in EXEMPTIBLE.items():
        if text(answers, key) == "no" and kind not in exempted:
            message = (
                f"{sentence}的，一概不予审批；法律法规明确规定的，由区大数据局负责人先在限制台账批准例外。（3.2-4）"
            )
            yield Finding("3.2-4", message, "precheck_result")


def method(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """An agency without ties to the project (3.2-3); a method above the table's minimum, never below (3.2-7)."""
    agency = text(answers, "review_agency_org")
    tied = {text(answers, "consultant_org"), facts.project.unit_id if facts.project else ""} - {""}
    conflict = (
        [Finding("3.2-3", "评审机构与申报单位、咨询单位有关联，应当回避，请另选。（3.2-3）", "review_agency_org")]
        if agency in tied
        else []
    )
    return Outcome(findings=(*conflict, *_method(answers, facts)))


def report(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """The agency's report: experts without ties, every criterion judged with an opinion, a conclusion that agrees."""
    findings = [*panel.reviewers(answers, facts), *_criteria(answers), *_method(answers, facts)]
    conclusion = text(answers, "review_conclusion")
    if conclusion not in ("pass", "revise", "fail"):
        findings.append(Finding("3.2-9", "缺少评审结论。（3.2-9）", "review_conclusion"))
    if conclusion == "pass":
        findings += _approved(answers, facts)
        unmet = [n for n in CRITERIA if text(answers, f"criterion_{n}") == "not_met"]
        if unmet:
            named = "、".join(f"第{n}项" for n in unmet)
            findings.append(
                Finding("3.2-2", f"评审内容{named}为不符合，结论不能是通过。（3.2-2）", "review_conclusion")
            )
    return Outcome(findings=tuple(findings))


def opinion(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """A passing opinion fixes the approved amount, by which all later amounts are measured (3.2-10)."""
    if text(answers, "review_conclusion") != "pass":
        return Outcome()
    findings = tuple(_approved(answers, facts))
    approved = None if findings else money(answers, "approved_amount")
    return Outcome(findings=findings, effects=(SetAmount("approved", approved),) if approved is not None else ())


def plan(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """The amount in the year's plan must not exceed the approved amount (3.2-11)."""
    return Outcome(findings=tuple(_planned(answers, facts, key="plan_amount", label="列入计划金额", clause="3.2-11")))


def budget(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """The budget of the next year must not exceed the approved amount, nor what the plan gives (3.2-12)."""
    limits = [("列入计划金额", money(answers, "plan_amount"))]
    found = _planned(answers, facts, key="budget_amount", label="列入预算金额", clause="3.2-12", limits=limits)
    findings = (*found, *_next_year(answers, facts))
    value = None if findings else money(answers, "budget_amount")
    return Outcome(findings=findings, effects=(SetAmount("budget", value),) if value is not None else ())


def _next_year(answers: Inputs, facts: Facts) -> Iterator[Finding]:
    """The budget is that of the year for which the project was applied for."""
    year = facts.project.round_year if facts.project else None
    if year is not None and given(answers, "budget_year") and text(answers, "budget_year") != str(year):
        yield Finding("3.2-12", f"项目列入的是{year}年度建设计划，应当列入{year}年度预算。（3.2-12）", "budget_year")


def _planned(
    answers: Inputs,
    facts: Facts,
    *,
    key: str,
    label: str,
    clause: str,
    limits: Iterable[tuple[str, Decimal | None]] = (),
) -> Iterator[Finding]:
    if facts.project is None or facts.project.approved is None:
        yield Finding("3.2-5", f"项目没有审核通过的核定投资，不予安排：{label}。（3.2-5）", key)
        return
    limits = [("审核意见核定投资", facts.project.approved), *limits]
    # An amount above both limits is wrong once.
    yield from islice(within(answers, key, label, limits=limits, clause=clause), 1)


def _criteria(answers: Inputs) -> Iterator[Finding]:
    for index, title in CRITERIA.items():
        key = f"criterion_{index}"
        if text(answers, key) not in RATINGS:
            yield Finding("3.2-2", f"第{index}项评审内容（{title}）没有结论，缺项不能出具评审报告。（3.2-2）", key)
        yield from require(answers, {f"{key}_opinion": f"第{index}项评审内容（{title}）的意见"}, "3.2-2")


def _method(answers: Inputs, facts: Facts) -> Iterator[Finding]:
    estimate = facts.project.estimate if facts.project else None
    if not given(answers, "review_method") or estimate is None:
        return
    minimum = facts.decide("review-method", {"estimate": number(estimate), "as_of": facts.as_of})
    if minimum == "onsite" and text(answers, "review_method") != "onsite":
        yield Finding("3.2-7", "该项目的总投资须组织现场评审，不能改为书面评审。（3.2-7）", "review_method")


def _approved(answers: Inputs, facts: Facts) -> Iterator[Finding]:
    limits = [("计划投资", facts.project.estimate if facts.project else None)]
    yield from within(answers, "approved_amount", "核定投资", limits=limits, clause="3.2-9")
