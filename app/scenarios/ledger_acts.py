"""What a scenario does to the ledgers between two tasks: restrictions of the unit, its systems and their migration."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from app.bootstrap import Application
from app.features.identity.model import Identity
from app.features.ledgers.model import Entry, RestrictionFilter, UnitSystem
from app.features.ledgers.systems import Described
from app.features.ledgers.systems_store import SystemFilter
from app.features.ledgers.usecases import Evidence
from app.features.projects.model import Project

Said: TypeAlias = Mapping[str, Any]
Act: TypeAlias = Callable[[Application, Identity, Project, Said], None]


def _restrict(application: Application, who: Identity, project: Project, said: Said) -> None:
    evidence = Evidence(str(said.get("evidence", "检查记录")), str(said.get("document", "峄数〔2026〕1号")))
    application.ledgers.enter(
        who,
        project.org_id,
        kind=str(said["kind"]),
        reason=str(said["reason"]),
        evidence=evidence,
        until=_day(said.get("until")),
    )


def _lift(application: Application, who: Identity, project: Project, said: Said) -> None:
    application.ledgers.lift(who, _standing(application, project).id, reason=str(said.get("reason", "")))


def _exempt(application: Application, who: Identity, project: Project, said: Said) -> None:
    """For this project only, unless `whole_unit` says otherwise."""
    application.ledgers.exempt(
        who,
        _standing(application, project).id,
        basis=str(said.get("basis", "")),
        reason=str(said.get("reason", "")),
        project_code="" if said.get("whole_unit") else project.code,
    )


def _register_system(application: Application, who: Identity, project: Project, said: Said) -> None:
    cost = said.get("cost")
    connected = said.get("connected")
    described = Described(
        name=str(said["name"]),
        network=str(said.get("network", "gov_extranet")),
        built_year=int(said.get("built_year", 2020)),
        location=str(said.get("location", "own")),
        cost=None if cost is None else Decimal(str(cost)),
        usage=str(said.get("usage", "日常使用")),
        common=str(said.get("common", "")),
        connected=None if connected is None else bool(connected),
        connection=str(said.get("connection", "")),
        migration_way=str(said.get("way", "")),
        migration_due=_day(said.get("due")),
    )
    application.systems.register(who, project.org_id, described)


def _report_migration(application: Application, who: Identity, project: Project, said: Said) -> None:
    system = _system(application, who, project, said)
    note = str(said.get("note", "已迁移至市政务云"))
    application.systems.report(who, system.id, done_on=_day(said.get("done_on")), note=note)


def _confirm_migration(application: Application, who: Identity, project: Project, said: Said) -> None:
    application.systems.confirm(who, _system(application, who, project, said).id)


def _set_migration_due(application: Application, who: Identity, project: Project, said: Said) -> None:
    system = _system(application, who, project, said)
    way, reason = str(said.get("way", system.migration_way)), str(said.get("reason", ""))
    application.systems.set_due(who, system.id, way=way, due=_day(said.get("due")), reason=reason)


ACTS: Final[Mapping[str, tuple[str, Act]]] = MappingProxyType(
    {
        "restrict": ("data-bureau", _restrict),
        "lift": ("data-bureau", _lift),
        "exempt": ("data-bureau-lead", _exempt),
        "register-system": ("applicant", _register_system),
        "report-migration": ("applicant", _report_migration),
        "confirm-migration": ("data-bureau", _confirm_migration),
        "set-migration-due": ("data-bureau", _set_migration_due),
    }
)
"""Each act with the role that does it as a rule."""


def _standing(application: Application, project: Project) -> Entry:
    """The latest restriction in force against the unit. Raises ValueError."""
    found = application.ledgers.standing_against(project.org_id)
    if not found:
        raise ValueError("单位没有生效中的限制")
    return found[0]


def _system(application: Application, who: Identity, project: Project, said: Said) -> UnitSystem:
    """The unit's system of that name. Raises ValueError."""
    found = application.systems.search(who, SystemFilter(org_id=project.org_id), limit=100).systems
    system = next((each for each in found if each.name == said.get("name")), None)
    if system is None:
        raise ValueError(f"单位没有登记“{said.get('name')}”这个系统")
    return system


def restrictions_of(application: Application, watcher: Identity, project: Project) -> tuple[str, ...]:
    """The kinds of restriction in force against the unit, the latest first."""
    wanted = RestrictionFilter(org_id=project.org_id, in_force=True)
    return tuple(each.restriction.kind for each in application.ledgers.search(watcher, wanted, limit=100).entries)


def _day(said: Any) -> date | None:
    if said is None or isinstance(said, date):
        return said
    return date.fromisoformat(str(said))
