"""What the register and the ledgers know of a unit, for the forms that mention it (3.1-8 3.1-9 3.2-4 4-2 附2-2)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from app.features.forms.expressions import expressions
from app.features.forms.model import Form
from app.features.identity.model import PARTY_ROLES
from app.features.ledgers import store as ledgers
from app.features.ledgers import systems_store
from app.features.ledgers.model import COMMON_SYSTEMS, LOCATIONS, MIGRATION_WAYS
from app.features.projects import store as projects
from app.features.projects.model import STATUS_LABELS, Project
from app.kernel.clock import local
from app.kernel.database import UnitOfWork
from services.ledger import KINDS, REDUCING, Restriction
from services.splitting import by_likeness

_WORD: Final = re.compile(r"[A-Za-z_]\w*")
_MOST: Final = 200
_YEARS: Final = 5
"""附2 asks for the projects of the last three to five years."""


def known(uow: UnitOfWork, form: Form, project: Project | None, *, words: bool = True) -> dict[str, Any]:
    """The lists that the form mentions by their name, each read once; empty where there is no project.

    Without `words` those that only its texts and tables mention are not read.
    """
    said = (expression for _, expression in expressions(form, words=words))
    wanted = {word for expression in said for word in _WORD.findall(expression)} & LISTS.keys()
    return {name: LISTS[name](uow, project) if project else [] for name in wanted}


def _restrictions(uow: UnitOfWork, project: Project) -> list[dict[str, Any]]:
    """What is in force against the unit today, or bears on the projects of this round."""
    today = local(uow.now).date()
    return [
        {
            "kind": KINDS.get(entry.kind, entry.kind),
            "reason": entry.reason,
            "clause": entry.clause,
            "since": entry.since.isoformat(),
            "until": entry.until.isoformat() if entry.until else "解除为止",
            "effect": _effect(entry, project),
            "exemption": exemption.sentence() if (exemption := entry.exemption_of(project.code)) else "",
        }
        for entry in ledgers.restrictions(uow, project.org_id)
        if entry.in_force(today) or entry.bars(day=today, round_year=project.round_year)
    ]


def _effect(entry: Restriction, project: Project) -> str:
    """What an entry means for the project."""
    if entry.exemption_of(project.code) is not None:
        return "已准予例外"
    if entry.kind in REDUCING:
        return "压缩安排"
    if entry.bars(day=entry.since, round_year=project.round_year):
        return "不予审批"
    return "不影响本年度项目"


def _systems(uow: UnitOfWork, project: Project) -> list[dict[str, Any]]:
    today = local(uow.now).date()
    wanted = systems_store.SystemFilter(org_id=project.org_id)
    return [
        {
            "name": system.name,
            "built_year": system.built_year,
            "location": LOCATIONS.get(system.location, ""),
            "migration": system.migration(today),
            "plan": f"{MIGRATION_WAYS[system.migration_way]}，{system.migration_due}前"
            if system.migration_way in MIGRATION_WAYS
            else "",
            "common": COMMON_SYSTEMS.get(system.common, ""),
            "connected": "" if not system.common else (system.connection or "是") if system.connected else "未互联互通",
        }
        for system in systems_store.search(uow, wanted, among=None, today=today, limit=_MOST)
        if not system.retired
    ]


def _equipment(uow: UnitOfWork, project: Project) -> list[dict[str, Any]]:
    return [
        {
            "name": row.name,
            "quantity": row.quantity,
            "configuration": row.configuration,
            "year": row.year,
            "usage": row.usage,
        }
        for row in systems_store.equipment_of(uow, project.org_id)
    ]


def _networks(uow: UnitOfWork, project: Project) -> list[dict[str, Any]]:
    return [
        {
            "network": row.network,
            "bandwidth": row.bandwidth,
            "operator": row.operator,
            "yearly_fee": float(row.yearly_fee),
        }
        for row in systems_store.networks_of(uow, project.org_id)
    ]


def _past_projects(uow: UnitOfWork, project: Project) -> list[dict[str, Any]]:
    """The unit's projects of the last five years, from the register and from what it says of its systems."""
    today = local(uow.now).date()
    first = project.round_year - _YEARS
    wanted = systems_store.SystemFilter(org_id=project.org_id)
    built = [
        {
            "name": system.name,
            "network": system.network,
            "investment": None if system.cost is None else float(system.cost),
            "year": system.built_year,
            "usage": "已停用" if system.retired else system.usage,
        }
        for system in systems_store.search(uow, wanted, among=None, today=today, limit=_MOST)
        if system.built_year >= first
    ]
    names = {row["name"] for row in built}
    registered = [
        {
            "name": past.name,
            "network": None,
            "investment": None if past.contract is None else float(past.contract),
            "year": past.round_year,
            "usage": STATUS_LABELS[past.status] if past.status != "running" else f"正在{past.stage}",
        }
        for past in projects.built_by(uow, project, first_year=first, most=_MOST)
        if past.name not in names
    ]
    return [*registered, *built]


def _round_projects(uow: UnitOfWork, project: Project) -> list[dict[str, Any]]:
    """The unit's other projects of the round, those with similar names first (3.1-5 3.2-7)."""
    return [
        {
            "code": other.code,
            "name": other.name,
            "stage": other.stage,
            "estimate": None if other.estimate is None else float(other.estimate),
        }
        for other in by_likeness(project.name, projects.siblings(uow, project))
    ]


def _ratings(uow: UnitOfWork, _project: Project) -> list[dict[str, Any]]:
    return [
        {
            "name": found.name,
            "role": PARTY_ROLES.get(found.role, found.role),
            "mean": float(found.mean),
            "count": found.count,
        }
        for found in ledgers.standings(uow, limit=_MOST)
    ]


LISTS: Final[Mapping[str, Callable[[UnitOfWork, Project], list[dict[str, Any]]]]] = {
    "unit_restrictions": _restrictions,
    "unit_systems": _systems,
    "unit_equipment": _equipment,
    "unit_lines": _networks,
    "unit_projects": _past_projects,
    "round_projects": _round_projects,
    "supplier_ratings": _ratings,
}
"""What a form may mention, and who reads it."""
