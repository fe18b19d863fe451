"""The lists of an annual plan's projects that the rows of its forms follow (3.2-11)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from app.features.ledgers import store as ledgers
from app.features.plans import store as plans
from app.features.plans.model import Line
from app.kernel.clock import local
from app.kernel.database import UnitOfWork
from services import ledger
from services.amounts import number

Record: TypeAlias = dict[str, Any]

LISTS: Final[Mapping[str, Callable[[Line], bool]]] = MappingProxyType(
    {
        "plan_candidates": lambda _line: True,
        "plan_included": lambda line: line.decision == "include",
        "plan_left_out": lambda line: line.decision == "cut",
    }
)
"""Each list by its name: all candidates of the plan, those that its draft includes, and those it leaves out."""


def records(uow: UnitOfWork, name: str, *, variables: Mapping[str, Any]) -> list[Record]:
    """The records of a list, of the plan whose code is the variable `plan_code`, in the plan's order.

    A candidate that nobody has decided on yet is proposed: included at its approved amount, behind the others.
    """
    found = [pair for pair in plans.standing(uow, str(variables.get("plan_code"))) if LISTS[name](pair[0])]
    year = int(variables.get("round_year") or 0)

    @cache
    def standing_of(org_id: str) -> str:
        entries = ledgers.restrictions(uow, org_id)
        barring = ledger.barring(entries, day=local(uow.now).date(), round_year=year) if year else ()
        reducing = [each for each in entries if each.kind in ledger.REDUCING and each.in_force(date(year, 1, 1))]
        return "；".join(entry.sentence() for entry in (*barring, *reducing))

    ranks = _free_ranks([line for line, _ in found])
    return [_record(line, ranks, restrictions=standing_of(org_id)) for line, org_id in found]


def _free_ranks(lines: list[Line]) -> Iterator[int]:
    """The ranks behind those that are taken."""
    last = max((line.rank for line in lines if line.rank is not None), default=0)
    return iter(range(last + 1, last + 1 + len(lines)))


def _record(line: Line, ranks: Iterator[int], *, restrictions: str) -> Record:
    undecided = line.decision is None
    return {
        "project_code": line.project_code,
        "project_name": line.project_name,
        "unit": line.unit,
        "approved_amount": _json(line.approved),
        "restrictions": restrictions or "无",
        "decision": "include" if undecided else line.decision,
        "rank": next(ranks) if undecided else line.rank,
        "amount": _json(line.approved if undecided else line.amount),
        "reason": line.reason,
        "keep": "keep",
        "strike_reason": None,
    }


def _json(amount: Decimal | None) -> int | float | None:
    return None if amount is None else number(amount)
