"""The tables of the experts. A draw is written once and never changed."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    Integer,
    Row,
    String,
    Table,
    UniqueConstraint,
    func,
    insert,
    select,
    update,
)
from sqlalchemy import exists as sql_exists

from app.features.experts.model import Drawn, Listed, as_draw, as_record
from app.kernel.database import Json, UnitOfWork, UtcDateTime, metadata
from services.experts import Draw, Expert

expert = Table(
    "expert",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(30), nullable=False),
    Column("work_unit", String(100), nullable=False),
    Column("field", String(32), nullable=False),
    Column("phone", String(30), nullable=False),
    Column("ties", Json, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("changed_by", String(100), nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    UniqueConstraint("name", "work_unit"),
    Index("ix_expert_field", "field", "name"),
)

# Append-only. `digest` is the fingerprint of the pool at the time.
expert_draw = Table(
    "expert_draw",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("case_id", String(32), nullable=False),
    Column("project_id", String(32)),
    Column("round", Integer, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("by_name", String(100), nullable=False),
    Column("seed", String(64), nullable=False, unique=True),
    Column("digest", String(64), nullable=False),
    Column("record", Json, nullable=False),
    UniqueConstraint("case_id", "round"),
)


def pool(uow: UnitOfWork) -> tuple[Expert, ...]:
    """The experts who may be asked at all."""
    return tuple(_listed(row).expert for row in uow.connection.execute(select(expert).where(expert.c.active)))


def listed(uow: UnitOfWork, *, field: str | None = None) -> list[Listed]:
    """All experts by field and name."""
    query = select(expert).order_by(expert.c.field, expert.c.name, expert.c.id)
    if field is not None:
        query = query.where(expert.c.field == field)
    return [_listed(row) for row in uow.connection.execute(query)]


def by_id(uow: UnitOfWork, expert_id: str) -> Listed | None:
    row = uow.connection.execute(select(expert).where(expert.c.id == expert_id)).one_or_none()
    return None if row is None else _listed(row)


def is_taken(uow: UnitOfWork, named: Expert, *, but: str | None = None) -> bool:
    """Whether another expert of this name and work unit is in the pool."""
    same = (expert.c.name == named.name, expert.c.work_unit == named.work_unit, expert.c.id != (but or ""))
    return bool(uow.connection.scalar(select(sql_exists().where(*same))))


def put(uow: UnitOfWork, known: Listed) -> None:
    """Add an expert, or write him anew."""
    values = {
        "name": known.expert.name,
        "work_unit": known.expert.work_unit,
        "field": known.expert.field,
        "phone": known.expert.phone,
        "ties": list(known.expert.ties),
        "active": known.active,
        "changed_by": known.changed_by,
        "changed_at": known.changed_at,
    }
    changed = uow.connection.execute(update(expert).where(expert.c.id == known.id).values(**values))
    if changed.rowcount == 0:
        uow.connection.execute(insert(expert).values(id=known.id, **values))


def record(uow: UnitOfWork, draw: Draw, *, case_id: str, project_id: str | None, by_name: str) -> None:
    uow.connection.execute(
        insert(expert_draw).values(
            id=uow.ids(),
            case_id=case_id,
            project_id=project_id,
            round=draw.round,
            at=uow.now,
            by_name=by_name,
            seed=draw.seed,
            digest=draw.digest,
            record=as_record(draw),
        )
    )


def draws(uow: UnitOfWork, case_id: str) -> tuple[Drawn, ...]:
    """The draws for a case in their order."""
    query = select(expert_draw).where(expert_draw.c.case_id == case_id).order_by(expert_draw.c.round)
    return tuple(Drawn(row.at, row.by_name, as_draw(row.record)) for row in uow.connection.execute(query))


def draw_of_seed(uow: UnitOfWork, seed: str) -> Draw | None:
    found = uow.connection.execute(select(expert_draw.c.record).where(expert_draw.c.seed == seed)).one_or_none()
    return None if found is None else as_draw(found.record)


def count_draws(uow: UnitOfWork, case_id: str) -> int:
    query = select(func.count()).select_from(expert_draw).where(expert_draw.c.case_id == case_id)
    return uow.connection.scalar(query) or 0


def _listed(row: Row[tuple[object, ...]]) -> Listed:
    known = Expert(row.name, row.work_unit, row.field, row.phone, tuple(row.ties))
    return Listed(row.id, known, row.active, row.changed_by, row.changed_at)
