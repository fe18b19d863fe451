"""Procurement and contract: no price above what was approved (3.3-6), a named head who answers (3.3-5)."""

from __future__ import annotations

from services.amounts import optional
from services.checks.answers import given, money, require, text, within
from services.effects import Effect, SetAmount, SetResponsible
from services.facts import Facts, Finding, Headers, Inputs, Outcome


def award(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """The result of the tender: a contractor, and a price within the approved amount, or a failed tender."""
    if text(answers, "tender_result") == "failed":
        return Outcome()
    limits = [("审核意见核定投资", facts.project.approved if facts.project else None)]
    findings = (
        *require(answers, {"contractor_org": "中标（成交）的承建单位"}, "3.3-1"),
        *within(answers, "award_price", "中标（成交）价", limits=limits, clause="3.3-6"),
    )
    return Outcome(findings=findings)


def contract(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """The contract: a price within the approved amount and the award, and the head of the building unit."""
    limits = [
        ("审核意见核定投资", facts.project.approved if facts.project else None),
        ("中标（成交）价", optional(answers.get("award_price"))),
    ]
    findings = (
        *within(answers, "contract_price", "合同价", limits=limits, clause="3.3-6"),
        *require(answers, {"responsible_person": "项目建设单位主要负责人"}, "3.3-5"),
    )
    price = None if findings else money(answers, "contract_price")
    effects: tuple[Effect, ...] = ()
    if price is not None:
        responsible = SetResponsible(text(answers, "responsible_person"), text(answers, "responsible_phone"))
        effects = (SetAmount("contract", price), responsible)
    return Outcome(findings=findings, effects=effects)


def payment(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """A payment: the sum of all payments stays within the contract and the approved amount (3.3-6 3.4-8)."""
    project = facts.project
    if project is None or project.contract is None or project.approved is None:
        return Outcome(
            findings=(Finding("3.3-6", "项目没有核定投资或合同价，不能办理拨付。（3.3-6）", "payment_amount"),)
        )
    limits = [
        ("尚可拨付的合同余额", project.contract - project.paid),
        ("尚可拨付的核定投资余额", project.approved - project.paid),
    ]
    findings = tuple(within(answers, "payment_amount", "本次拨付金额", limits=limits, clause="3.3-6"))
    if given(answers, "settled_amount"):
        approved = [("审核意见核定投资", project.approved)]
        findings += tuple(within(answers, "settled_amount", "结算金额", limits=approved, clause="3.3-6"))
    value, settled = (None, None) if findings else (money(answers, "payment_amount"), money(answers, "settled_amount"))
    effects: list[Effect] = []
    if value is not None:
        effects.append(SetAmount("paid", project.paid + value))
    if settled is not None:
        effects.append(SetAmount("settled", settled))
    return Outcome(findings=findings, effects=tuple(effects))
