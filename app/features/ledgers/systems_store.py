"""The tables of what units have built: systems, equipment and networks (3.1-8 3.1-9 附2-2)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Date,
    Index,
    Integer,
    Row,
    Select,
    String,
    Table,
    Text,
    and_,
    delete,
    insert,
    select,
    update,
)

from app.features.identity.store import organisation
from app.features.ledgers.model import Equipment, Network, UnitSystem
from app.features.ledgers.store import restriction
from app.kernel.database import Amount, UnitOfWork, UtcDateTime, metadata

unit_system = Table(
    "unit_system",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("org_id", String(32), nullable=False),
    Column("name", String(100), nullable=False),
    Column("network", String(32), nullable=False),
    Column("built_year", Integer, nullable=False),
    Column("cost", Amount),
    Column("usage", String(200), nullable=False),
    Column("location", String(16), nullable=False),
    Column("common", String(16), nullable=False),
    Column("connected", Boolean),
    Column("connection", String(200), nullable=False),
    Column("migration_way", String(16), nullable=False),
    Column("migration_due", Date),
    Column("reported_on", Date),
    Column("report_note", Text, nullable=False),
    Column("confirmed_on", Date),
    Column("confirmed_by", String(100), nullable=False),
    Column("retired", Boolean, nullable=False),
    Column("changed_by", String(100), nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Index("ix_unit_system_org", "org_id", "id"),
    Index("ix_unit_system_due", "migration_due", "id"),
)

unit_equipment = Table(
    "unit_equipment",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("org_id", String(32), nullable=False),
    Column("name", String(100), nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("configuration", String(200), nullable=False),
    Column("year", Integer, nullable=False),
    Column("usage", String(200), nullable=False),
    Index("ix_unit_equipment_org", "org_id", "id"),
)

unit_network = Table(
    "unit_network",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("org_id", String(32), nullable=False),
    Column("network", String(32), nullable=False),
    Column("bandwidth", Integer, nullable=False),
    Column("operator", String(60), nullable=False),
    Column("yearly_fee", Amount, nullable=False),
    Index("ix_unit_network_org", "org_id", "id"),
)


@dataclass(frozen=True)
class SystemFilter:
    """What a search narrows. `overdue`: planned to be migrated by now, and not confirmed."""

    org_id: str | None = None
    overdue: bool = False
    unconfirmed: bool = False
    unconnected: bool = False


def add(uow: UnitOfWork, new: UnitSystem) -> None:
    uow.connection.execute(insert(unit_system).values(**_values(new)))


def change(uow: UnitOfWork, changed: UnitSystem) -> None:
    values = {name: value for name, value in _values(changed).items() if name not in ("id", "org_id")}
    uow.connection.execute(update(unit_system).where(unit_system.c.id == changed.id).values(**values))


def by_id(uow: UnitOfWork, system_id: str, *, lock: bool = False) -> UnitSystem | None:
    if lock:
        uow.connection.execute(select(unit_system.c.id).where(unit_system.c.id == system_id).with_for_update())
    row = uow.connection.execute(_systems().where(unit_system.c.id == system_id)).one_or_none()
    return None if row is None else _system(row)


def search(
    uow: UnitOfWork,
    wanted: SystemFilter,
    *,
    among: Collection[str] | None,
    today: date,
    limit: int,
    after: str | None = None,
) -> list[UnitSystem]:
    """The newest first; only those of the units `among`, unless it is None."""
    conditions: list[ColumnElement[bool]] = []
    if among is not None:
        conditions.append(unit_system.c.org_id.in_(list(among)))
    if wanted.org_id is not None:
        conditions.append(unit_system.c.org_id == wanted.org_id)
    if wanted.overdue:
        conditions.append(_overdue(today))
    if wanted.unconfirmed:
        conditions += [unit_system.c.reported_on.is_not(None), unit_system.c.confirmed_on.is_(None)]
    if wanted.unconnected:
        conditions += [
            unit_system.c.common != "",
            unit_system.c.connected.is_not(True),
            unit_system.c.retired.is_(False),
        ]
    if after is not None:
        conditions.append(unit_system.c.id < after)
    query = _systems().where(*conditions).order_by(unit_system.c.id.desc()).limit(limit)
    return [_system(row) for row in uow.connection.execute(query)]


def next_overdue(uow: UnitOfWork, today: date) -> UnitSystem | None:
    """A system whose migration is overdue, and whose unit has not been entered for that day's passing yet."""
    entered = (
        select(restriction.c.id)
        .where(restriction.c.system_id == unit_system.c.id, restriction.c.since > unit_system.c.migration_due)
        .exists()
    )
    query = _systems().where(_overdue(today), ~entered).order_by(unit_system.c.migration_due, unit_system.c.id).limit(1)
    row = uow.connection.execute(query).one_or_none()
    return None if row is None else _system(row)


def equipment_of(uow: UnitOfWork, org_id: str) -> list[Equipment]:
    rows = uow.connection.execute(
        select(unit_equipment).where(unit_equipment.c.org_id == org_id).order_by(unit_equipment.c.id)
    )
    return [Equipment(**row) for row in rows.mappings()]


def networks_of(uow: UnitOfWork, org_id: str) -> list[Network]:
    rows = uow.connection.execute(
        select(unit_network).where(unit_network.c.org_id == org_id).order_by(unit_network.c.id)
    )
    return [Network(**row) for row in rows.mappings()]


def add_row(uow: UnitOfWork, new: Equipment | Network) -> None:
    table = unit_equipment if isinstance(new, Equipment) else unit_network
    uow.connection.execute(insert(table).values(**vars(new)))


def remove_row(uow: UnitOfWork, org_id: str, row_id: str) -> bool:
    """Remove a row of equipment or of networks; whether there was one."""
    removed = 0
    for table in (unit_equipment, unit_network):
        where = (table.c.id == row_id, table.c.org_id == org_id)
        removed += uow.connection.execute(delete(table).where(*where)).rowcount
    return removed > 0


def _overdue(today: date) -> ColumnElement[bool]:
    return and_(
        unit_system.c.migration_due < today,
        unit_system.c.reported_on.is_(None),
        unit_system.c.confirmed_on.is_(None),
        unit_system.c.retired.is_(False),
        unit_system.c.location != "city-cloud",
    )


def _systems() -> Select[Any]:
    return select(unit_system, organisation.c.name.label("unit")).join(
        organisation, organisation.c.id == unit_system.c.org_id
    )


def _values(system: UnitSystem) -> dict[str, Any]:
    return {field.name: getattr(system, field.name) for field in fields(UnitSystem) if field.name != "unit"}


def _system(row: Row[Any]) -> UnitSystem:
    return UnitSystem(**row._mapping)  # noqa: SLF001 - the public name of a row's mapping begins with an underscore
