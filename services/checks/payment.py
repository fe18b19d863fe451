"""Payments: never beyond contract, approved sum or budget (3.3-6); acceptance opens the last part of them (3.4-8)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from services.amounts import optional, plain, share, shown
from services.checks.answers import given, money, require, text, within
from services.deadlines import day_of
from services.effects import Effect, RecordPayment, SetAmount
from services.facts import Facts, Finding, Headers, Inputs, Outcome, ProjectFacts

# Kinds of payment, and how people read them. What share each has is for the contract to say.
KINDS = {"advance": "预付款", "progress": "进度款", "final": "尾款及后续资金"}
FINAL = "final"


def request(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """The applicant's request: what for, how much, on what papers."""
    papers = {"payment_grounds": "申请拨付的理由", "payment_request_file": "付款申请、发票和合同约定的付款依据"}
    findings = (*require(answers, papers, "3.3-6"), *_admissible(answers, facts, text(answers, "payment_kind")))
    return Outcome(findings=findings)


def review(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """The finance bureau agrees only to what may be paid as things stand now."""
    if text(answers, "payment_decision") != "approved":
        return Outcome()
    return Outcome(findings=tuple(_at("payment_decision", _admissible(answers, facts, text(answers, "payment_kind")))))


def registration(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """The payment as it was made: other payments may have been made since it was agreed to."""
    return _registered(answers, facts, text(answers, "payment_kind"))


def release(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """The payment that acceptance opens, and the sum in which the project was settled."""
    made = Outcome() if _nothing_left(answers, facts) else _registered(answers, facts, FINAL)
    if not given(answers, "settled_amount"):
        return made
    approved = [("审核意见核定投资", facts.project.approved if facts.project else None)]
    wrong = tuple(within(answers, "settled_amount", "结算金额", limits=approved, clause="3.3-6"))
    if wrong or made.findings:
        return Outcome(findings=(*made.findings, *wrong))
    settled = money(answers, "settled_amount")
    effects: tuple[Effect, ...] = () if settled is None else (SetAmount("settled", settled),)
    return Outcome(effects=(*made.effects, *effects))


def _registered(answers: Inputs, facts: Facts, kind: str) -> Outcome:
    findings = tuple(_admissible(answers, facts, kind))
    value = None if findings else money(answers, "payment_amount")
    if value is None or facts.project is None:
        return Outcome(findings=findings)
    paid_on = _day(answers, facts)
    if paid_on > facts.today:
        message = f"拨付日期{paid_on.isoformat()}还没有到，请在拨付以后登记。（3.3-6）"
        return Outcome(findings=(Finding("3.3-6", message, "payment_on"),))
    payment = RecordPayment(kind, value, paid_on, text(answers, "payment_number"))
    return Outcome(effects=(payment, SetAmount("paid", facts.project.paid + value)))


def _nothing_left(answers: Inputs, facts: Facts) -> bool:
    """Whether the contract was paid in full before, and no payment is asked for."""
    project = facts.project
    return project is not None and project.contract == project.paid and not money(answers, "payment_amount")


def _admissible(answers: Inputs, facts: Facts, kind: str) -> Iterator[Finding]:
    project = facts.project
    if project is None or project.contract is None or project.approved is None:
        yield Finding("3.3-6", "项目没有核定投资或合同价，不能办理拨付。（3.3-6）", "payment_amount")
        return
    if kind not in KINDS:
        yield Finding("3.3-6", "缺少款项类别。（3.3-6）", "payment_kind")
    if kind == FINAL and not project.details.get("accepted_on"):
        message = f"项目还没有通过竣工验收，不予办理{KINDS[FINAL]}拨付。（3.4-8）"
        yield Finding("3.4-8", message, "payment_kind")
    limits = [
        (f"尚可拨付的合同余额（合同价{shown(project.contract)}）", project.contract - project.paid),
        (f"尚可拨付的核定投资余额（核定投资{shown(project.approved)}）", project.approved - project.paid),
    ]
    if project.budget is not None:
        left = project.budget - project.paid
        limits.append((f"尚可拨付的预算余额（列入预算{shown(project.budget)}）", left))
    wrong = tuple(within(answers, "payment_amount", "本次拨付金额", limits=limits, clause="3.3-6"))
    yield from wrong or _before_acceptance(answers, project, facts)


def _before_acceptance(answers: Inputs, project: ProjectFacts, facts: Facts) -> Iterator[Finding]:
    """Until the project is accepted a share of the contract stays back, so that acceptance has something to open."""
    asked = money(answers, "payment_amount")
    if asked is None or project.contract is None or project.details.get("accepted_on"):
        return
    thresholds = facts.decide("thresholds", {"as_of": facts.as_of})
    # The tables that older cases were begun with have no such share.
    percent = optional(thresholds.get("before_acceptance")) if isinstance(thresholds, dict) else None
    if percent is None:
        return
    most = share(project.contract, percent)
    left = max(most - project.paid, Decimal(0))
    if asked > left:
        message = (
            f"竣工验收通过之前，累计支付不超过合同价{shown(project.contract)}的{plain(percent)}%（{shown(most)}），"
            f"验收前尚可拨付{shown(left)}，本次拨付金额{shown(asked)}超出{shown(asked - left)}。（3.4-8）"
        )
        yield Finding("3.4-8", message, "payment_amount")


def _at(key: str, findings: Iterator[Finding]) -> Iterator[Finding]:
    """The findings at the field that whoever decides can change."""
    for finding in findings:
        yield Finding(finding.clause, finding.message, key)


def _day(answers: Inputs, facts: Facts) -> date:
    return day_of(answers["payment_on"]) if given(answers, "payment_on") else facts.today
