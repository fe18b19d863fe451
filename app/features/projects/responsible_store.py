"""Everybody who ever answered for a project (3.2-13 3.3-5)."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import Column, ForeignKey, Index, String, Table, Text, insert, select

from app.kernel.database import UnitOfWork, UtcDateTime, metadata

# Nothing here is ever changed or removed; the register holds who answers now.
project_responsible = Table(
    "project_responsible",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("project_id", ForeignKey("project.id"), nullable=False),
    Column("name", String(100), nullable=False),
    Column("phone", String(40), nullable=False),
    Column("reason", Text, nullable=False),
    Column("by_name", String(100), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_project_responsible_project", "project_id", "id"),
)


@dataclass(frozen=True)
class Responsible:
    """Somebody who answered for a project from `at` on; `reason` says why he took over, "" for the first."""

    name: str
    phone: str
    reason: str
    by_name: str
    at: datetime


def enter(uow: UnitOfWork, project_id: str, entered: Responsible) -> None:
    uow.connection.execute(insert(project_responsible).values(id=uow.ids(), project_id=project_id, **vars(entered)))


def history(uow: UnitOfWork, project_id: str) -> tuple[Responsible, ...]:
    """The latest first."""
    columns = [project_responsible.c[each.name] for each in fields(Responsible)]
    query = select(*columns).where(project_responsible.c.project_id == project_id)
    rows = uow.connection.execute(query.order_by(project_responsible.c.id.desc()))
    return tuple(Responsible(**row) for row in rows.mappings())
