"""Procurement and contract: no price above what was approved and budgeted (3.3-6), a named head (3.3-5)."""

from __future__ import annotations

from decimal import Decimal

from services.amounts import optional
from services.checks.answers import day_between, money, require, text, within
from services.deadlines import day_of
from services.effects import Effect, RecordContract, SetAmount, SetResponsible
from services.facts import Facts, Headers, Inputs, Json, Outcome


def funds(facts: Facts) -> list[tuple[str, Decimal | None]]:
    """What nothing may cost more than: the approved amount, and the budget as soon as it is recorded (3.2-12 3.3-6)."""
    project = facts.project
    return [("审核意见核定投资", project.approved), ("列入预算的资金", project.budget)] if project else []


def file(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """The procurement file: a price limit within the project's funds, before anybody is asked for an offer."""
    return Outcome(
        findings=tuple(within(answers, "procurement_limit", "采购限价", limits=funds(facts), clause="3.3-6"))
    )


def award(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """The result of the tender: a contractor, and a price within the limits of the procurement, or a failed tender."""
    if text(answers, "tender_result") == "failed":
        return Outcome()
    limits = [*funds(facts), ("采购限价", optional(answers.get("procurement_limit")))]
    findings = (
        *require(answers, {"contractor_org": "中标（成交）的承建单位"}, "3.3-1"),
        *within(answers, "award_price", "中标（成交）价", limits=limits, clause="3.3-6"),
    )
    return Outcome(findings=findings)


def contract(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """The contract: a price within the project's funds and the award, and the head of the building unit."""
    limits = [*funds(facts), ("中标（成交）价", optional(answers.get("award_price")))]
    findings = (
        *within(answers, "contract_price", "合同价", limits=limits, clause="3.3-6"),
        *require(answers, {"responsible_person": "项目建设单位主要负责人"}, "3.3-5"),
        *day_between(answers, "contract_signed_on", "合同签订日期", until=("今天", facts.today), clause="3.2-13"),
        *day_between(answers, "contract_until", "约定完工日期", since=_signed(answers), clause="3.2-13"),
    )
    price = None if findings else money(answers, "contract_price")
    effects: tuple[Effect, ...] = ()
    if price is not None:
        responsible = SetResponsible(text(answers, "responsible_person"), text(answers, "responsible_phone"))
        entered = RecordContract(text(answers, "contract_number"), price, day_of(answers["contract_signed_on"]))
        effects = (SetAmount("contract", price), responsible, entered)
    return Outcome(findings=findings, effects=effects)


def start(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """Building begins when there is a contract, and is entered when it has begun (3.2-13)."""
    today, begun = ("今天", facts.today), ("开工日期", answers.get("construction_started_on"))
    return Outcome(
        findings=(
            *day_between(
                answers, "construction_started_on", "开工日期", since=_signed(answers), until=today, clause="3.2-13"
            ),
            *day_between(answers, "planned_completion", "计划完工日期", since=begun, clause="3.2-13"),
        )
    )


def _signed(answers: Inputs) -> tuple[str, Json]:
    return "合同签订日期", answers.get("contract_signed_on")
