"""What stands against the applicant's unit: shown on entry, checked at review; and projects split to stay small.

3.2-4 3.4-9 4-3 for the restrictions, 3.1-5 3.2-7 for the splitting.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from services import ledger
from services.amounts import AmountInvalid, amount, shown
from services.facts import Facts, Finding, Headers, Inputs, Json, Outcome
from services.ledger import Restriction
from services.splitting import by_likeness, total_if_split


def restrictions(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """Looks the applicant's unit up in the ledger. What it finds decides a gateway, so it does not stop the task."""
    entries = barring(facts)
    findings = tuple(Finding(entry.clause, entry.sentence(), blocking=False) for entry in entries)
    return Outcome(variables=as_variables(facts), findings=findings)


def barring(facts: Facts) -> tuple[Restriction, ...]:
    """The entries that bar this project as it stands now, exemptions honoured."""
    return ledger.barring(facts.restrictions, day=facts.today, round_year=_round_year(facts), project=_code(facts))


def exempted_kinds(facts: Facts) -> frozenset[str]:
    """The kinds of restriction that would bar this project, but for an exemption on record."""
    found = ledger.exempted(facts.restrictions, day=facts.today, round_year=_round_year(facts), project=_code(facts))
    return frozenset(entry.kind for entry, _ in found)


def as_variables(facts: Facts) -> dict[str, Json]:
    """What the process keeps of the look-up: whether the project is barred or to be reduced, and in words why."""
    barred, reduced = barring(facts), ledger.reducing(facts.restrictions, round_year=_round_year(facts))
    return {
        "restricted": "yes" if barred else "no",
        "restriction_text": "；".join(entry.sentence() for entry in barred),
        "reduced": "yes" if reduced else "no",
        "reduction_text": "；".join(entry.sentence() for entry in reduced),
    }


def warnings(facts: Facts) -> Iterator[Finding]:
    """What an applicant is told in time: the review will refuse the project unless the restriction is gone by then."""
    for entry in barring(facts):
        yield Finding(
            entry.clause,
            f"提醒：本单位在限制台账中，评审时不予审批，除非届时已解除或经批准例外。{entry.sentence()}",
            blocking=False,
        )


def split_warnings(facts: Facts) -> Iterator[Finding]:
    """What an applicant is told of projects that together reach a threshold; it does not stop him."""
    total = suspected_total(facts)
    if total is not None and facts.project is not None:
        named = "、".join(f"{each.name}（{each.code}）" for each in by_likeness(facts.project.name, facts.siblings)[:5])
        yield Finding(
            "3.1-5",
            f"提醒：本单位本年度申报的项目单个均低于标准，合计{shown(total)}，达到委托咨询和现场评审标准：{named}。"
            "属于同一项目的应当合并申报，是否拆分由区大数据局受理时认定。（3.1-5 3.2-7）",
            blocking=False,
        )


def suspected_total(facts: Facts) -> Decimal | None:
    """The sum of the unit's small projects of the round, if together they reach the consultant's threshold."""
    if facts.project is None or not facts.siblings:
        return None
    thresholds = facts.decide("thresholds", {"as_of": facts.as_of})
    if not isinstance(thresholds, dict):
        raise AmountInvalid("金额标准表中没有可用的标准：consultant。")
    return total_if_split(facts.project.estimate, facts.siblings, threshold=amount(thresholds.get("consultant")))


def _round_year(facts: Facts) -> int:
    return facts.project.round_year if facts.project else facts.today.year


def _code(facts: Facts) -> str | None:
    return facts.project.code if facts.project else None
