"""The ledger of resources on the government cloud (附5-5 to 附5-9)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    Column,
    Date,
    Index,
    Integer,
    Row,
    Select,
    String,
    Table,
    Text,
    bindparam,
    func,
    insert,
    or_,
    select,
    update,
)

from app.features.cloud.model import CloudEntry, CloudFilter
from app.features.identity.model import Identity
from app.features.projects import store as projects
from app.features.projects.model import normalised
from app.kernel.database import Json, UnitOfWork, UtcDateTime, metadata
from services.cloud import MEASURED, CloudResource, Sizes, SpecialPeriod, Usage

cloud_resource = Table(
    "cloud_resource",
    metadata,
    Column("number", String(32), primary_key=True),
    Column("project_id", String(32), nullable=False),
    Column("case_id", String(32), nullable=False),
    Column("provider_id", String(32), nullable=False),
    Column("system", String(100), nullable=False),
    Column("cpu", Integer, nullable=False),
    Column("memory", Integer, nullable=False),
    Column("storage", Integer, nullable=False),
    Column("others", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("billing_from", Date),
    Column("billing_to", Date),
    Column("usage", Json),
    Column("special", Json, nullable=False),
    Column("asked_on", Date),
    Column("changed_at", UtcDateTime, nullable=False),
    Index("ix_cloud_resource_project", "project_id", "number"),
    Index("ix_cloud_resource_provider", "provider_id", "number"),
)


def put(uow: UnitOfWork, resource: CloudResource, *, project_id: str, case_id: str) -> None:
    """The entry of this number becomes this one. `case_id` is kept from its allocation."""
    values = {**_values(resource), "changed_at": uow.now}
    known = update(cloud_resource).where(cloud_resource.c.number == resource.number).values(**values)
    if uow.connection.execute(known).rowcount == 0:
        uow.connection.execute(
            insert(cloud_resource).values(number=resource.number, project_id=project_id, case_id=case_id, **values)
        )


def of_project(uow: UnitOfWork, project_id: str) -> tuple[CloudResource, ...]:
    """All resources of a project, stopped or not, by number."""
    query = select(cloud_resource).where(cloud_resource.c.project_id == project_id).order_by(cloud_resource.c.number)
    return tuple(map(_resource, uow.connection.execute(query)))


def in_use(uow: UnitOfWork, identity: Identity, providers: Collection[str]) -> list[CloudEntry]:
    """What these providers have running for projects that this person may know of, by number."""
    query = _joined().where(
        projects.visible_to(identity),
        cloud_resource.c.provider_id.in_(providers),
        cloud_resource.c.state == "running",
    )
    return _entries(uow, query.order_by(cloud_resource.c.number))


def put_usages(uow: UnitOfWork, usages: Mapping[str, Usage]) -> None:
    """The last utilisation of many resources, by number."""
    if usages:
        change = (
            update(cloud_resource)
            .where(cloud_resource.c.number == bindparam("of"))
            .values(usage=bindparam("used"), changed_at=uow.now)
        )
        rows = [{"of": number, "used": _usage_to_json(usage)} for number, usage in usages.items()]
        uow.connection.execute(change, rows)


def entries(
    uow: UnitOfWork,
    identity: Identity,
    wanted: CloudFilter,
    *,
    limit: int,
    after: str | None,
    of_providers: Collection[str] | None = None,
) -> list[CloudEntry]:
    """The resources of the projects this person may know of, the newest number first; all, or those of providers."""
    register = projects.project
    query = _joined().where(projects.visible_to(identity)).order_by(cloud_resource.c.number.desc()).limit(limit)
    if of_providers is not None:
        query = query.where(cloud_resource.c.provider_id.in_(of_providers))
    if wanted.state:
        query = query.where(cloud_resource.c.state == wanted.state)
    for word in normalised(wanted.text).split():
        searched = (register.c.search_text, func.lower(cloud_resource.c.system), func.lower(cloud_resource.c.number))
        query = query.where(or_(*(column.contains(word, autoescape=True) for column in searched)))
    if after is not None:
        query = query.where(cloud_resource.c.number < after)
    return _entries(uow, query)


def _entries(uow: UnitOfWork, query: Select[Any]) -> list[CloudEntry]:
    return [
        CloudEntry(
            resource=_resource(row),
            project_code=row.project_code,
            project_name=row.project_name,
            unit=row.unit,
            case_id=row.case_id,
        )
        for row in uow.connection.execute(query)
    ]


def _joined() -> Select[Any]:
    register = projects.project
    return select(
        cloud_resource,
        register.c.code.label("project_code"),
        register.c.name.label("project_name"),
        register.c.unit.label("unit"),
    ).join(register, register.c.id == cloud_resource.c.project_id)


def _values(resource: CloudResource) -> dict[str, Any]:
    return {
        "provider_id": resource.provider_id,
        "system": resource.system,
        **{name: getattr(resource.sizes, name) for name in MEASURED},
        "others": resource.others,
        "state": resource.state,
        "billing_from": resource.billing_from,
        "billing_to": resource.billing_to,
        "asked_on": resource.asked_on,
        "usage": _usage_to_json(resource.usage),
        "special": [
            {
                "since": period.since.isoformat(),
                "until": period.until.isoformat(),
                "reason": period.reason,
                "told_on": period.told_on.isoformat(),
            }
            for period in resource.special
        ],
    }


def _usage_to_json(usage: Usage | None) -> Mapping[str, str] | None:
    """Percentages as text, so that they stay exact."""
    if usage is None:
        return None
    measured = {name: str(getattr(usage, name)) for name in MEASURED}
    return {"since": usage.since.isoformat(), "until": usage.until.isoformat(), **measured}


def _resource(row: Row[Any]) -> CloudResource:
    return CloudResource(
        number=row.number,
        system=row.system,
        provider_id=row.provider_id,
        sizes=Sizes(row.cpu, row.memory, row.storage),
        others=row.others,
        state=row.state,
        billing_from=row.billing_from,
        billing_to=row.billing_to,
        usage=_usage(row.usage),
        special=tuple(map(_special, row.special)),
        asked_on=row.asked_on,
    )


def _usage(kept: Mapping[str, str] | None) -> Usage | None:
    if kept is None:
        return None
    cpu, memory, storage = (Decimal(kept[name]) for name in MEASURED)
    return Usage(date.fromisoformat(kept["since"]), date.fromisoformat(kept["until"]), cpu, memory, storage)


def _special(kept: Mapping[str, str]) -> SpecialPeriod:
    since, until, told_on = (date.fromisoformat(kept[name]) for name in ("since", "until", "told_on"))
    return SpecialPeriod(since, until, kept["reason"], told_on)
