"""Adjusting the year's plan (3.2-16): the request, its funds, and the approval that alone changes the sums."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from services.amounts import amount, number, plain, shown
from services.checks.answers import money, require, text, within
from services.effects import Effect, SetAmount, SetProject
from services.facts import Facts, Finding, Headers, Inputs, Json, Outcome

# The name of the fact in the register, and of the variable that the decision tables read.
REVIEWED = "reviewed_amount"
_FOLLOWING = {
    "onsite": (
        "3.2-7",
        "调整后投资达到标准，大数据局审核之后，须由工程咨询单位编制调整后的方案，补办现场评审。（3.1-5 3.2-7）",
    ),
    "supervision": ("3.3-7", "调整后投资达到监理标准，批准之后须确定监理单位并备案。（3.3-7）"),
}


def request(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """The reason, the content before and after, and a sum that leaves room for what is contracted and paid.

    What the new sum will ask for besides is said at once, without standing in the way. Results: reviewed_amount, the
    sum that the new one is measured by, and estimate, the new one, which a review is then about (万元).
    """
    labels = {
        "adjustment_grounds": "调整的理由",
        "content_before": "原批准的建设内容",
        "content_after": "调整后的建设内容",
        "adjustment_file": "调整请示及调整后的方案",
    }
    findings = [*require(answers, labels, "3.2-16"), *_sum(answers, facts)]
    if findings:
        return Outcome(findings=tuple(findings))
    sums = {REVIEWED: _reviewed(facts), "estimate": money(answers, "adjusted_amount")}
    variables = {name: number(value) for name, value in sums.items() if value is not None}
    return Outcome(variables, tuple(_following(answers, facts)))


def budget(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """The finance bureau's agreement names a budget within the adjusted sum (3.2-12)."""
    if text(answers, "adjustment_countersign") != "agreed":
        return Outcome()
    limits = [("调整后核定投资", money(answers, "adjusted_amount"))]
    return Outcome(
        findings=tuple(within(answers, "adjusted_budget", "调整后列入预算金额", limits=limits, clause="3.2-12"))
    )


def approval(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """The approval puts the adjusted sums into force; until then, and without it, the old ones hold.

    A contract that was signed meanwhile may ask for more than the adjusted sum: then it has to go back.
    """
    if text(answers, "adjustment_decision") != "approved":
        return Outcome()
    findings = tuple(
        Finding(finding.clause, finding.message, "adjustment_decision") for finding in _sum(answers, facts)
    )
    approved, planned = money(answers, "adjusted_amount"), money(answers, "adjusted_budget")
    if findings or approved is None or planned is None:
        return Outcome(findings=findings)
    consequences = answers.get("adjustment_consequences")
    onsite = isinstance(consequences, Mapping) and consequences.get("onsite") is True
    reviewed = approved if onsite else _reviewed(facts)
    effects: list[Effect] = [SetAmount("approved", approved), SetAmount("budget", planned)]
    if reviewed is not None:
        effects.append(SetProject({REVIEWED: plain(reviewed)}))
    return Outcome(effects=tuple(effects))


def _reviewed(facts: Facts) -> Decimal | None:
    """The last sum that a review has looked at: small steps add up against it (3.2-7 3.2-16)."""
    if facts.project is None:
        return None
    kept = facts.project.details.get(REVIEWED)
    return facts.project.approved if kept is None else amount(kept)


def _sum(answers: Inputs, facts: Facts) -> Iterator[Finding]:
    project = facts.project
    if project is None or project.approved is None:
        yield Finding("3.2-15", "项目没有核定投资，没有可以调整的计划。（3.2-15）", "adjusted_amount")
        return
    missing = list(within(answers, "adjusted_amount", "调整后核定投资", limits=(), clause="3.2-16"))
    yield from missing
    value = None if missing else money(answers, "adjusted_amount")
    for label, least in (("已签订的合同金额", project.contract), ("累计支付", project.paid)):
        if value is not None and least is not None and value < least:
            message = f"调整后核定投资{shown(value)}低于{label}{shown(least)}，不能调整。（3.3-6）"
            yield Finding("3.3-6", message, "adjusted_amount")


def _following(answers: Inputs, facts: Facts) -> Iterator[Finding]:
    before, after = facts.project.approved if facts.project else None, money(answers, "adjusted_amount")
    reviewed = _reviewed(facts)
    if before is None or after is None or reviewed is None:
        return
    asked: dict[str, Json] = {
        "project_approved": number(before),
        "adjusted_amount": number(after),
        REVIEWED: number(reviewed),
        "nature": text(answers, "nature"),
        "as_of": facts.as_of,
    }
    following = facts.decide("adjustment-consequences", asked)
    for name, (clause, message) in _FOLLOWING.items():
        if isinstance(following, dict) and following.get(name) is True:
            yield Finding(clause, message, blocking=False)
