"""The table of measures against projects: what was imposed, by which case, and when it was lifted (3.3-10 3.3-11)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from itertools import groupby
from typing import Any

from sqlalchemy import Column, Index, Row, String, Table, Text, insert, select, update

from app.features.audit.model import Actor
from app.kernel.clock import local
from app.kernel.database import UnitOfWork, UtcDateTime, metadata
from services.effects import ImposeMeasure, LiftMeasure
from services.measures import Measure, meant

project_measure = Table(
    "project_measure",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("project_id", String(32), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("clause", String(32), nullable=False),
    Column("reason", Text, nullable=False),
    Column("case_id", String(32), nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("by_name", String(100), nullable=False),
    Column("lifted_at", UtcDateTime),
    Column("lifted_by", String(100)),
    Column("lifted_why", Text),
    Index("ix_project_measure_project", "project_id", "id"),
)


def impose(uow: UnitOfWork, order: ImposeMeasure, *, project_id: str, case_id: str, actor: Actor) -> None:
    """Impose it, unless this case has imposed the same and it still stands."""
    if any(
        (each.kind, each.clause, each.case_id) == (order.kind, order.clause, case_id) and each.stands
        for each in of_project(uow, project_id)
    ):
        return
    uow.connection.execute(
        insert(project_measure).values(
            id=uow.ids(),
            project_id=project_id,
            kind=order.kind,
            clause=order.clause,
            reason=order.reason,
            case_id=case_id,
            since=uow.now,
            by_name=actor.name,
        )
    )


def lift(uow: UnitOfWork, order: LiftMeasure, *, project_id: str, case_id: str, actor: Actor) -> None:
    for row in uow.connection.execute(_of(project_id)).all():
        if meant(order, _measure(row), case_id):
            lifted = {"lifted_at": uow.now, "lifted_by": actor.name, "lifted_why": order.why}
            uow.connection.execute(update(project_measure).where(project_measure.c.id == row.id).values(**lifted))


def of_project(uow: UnitOfWork, project_id: str) -> tuple[Measure, ...]:
    """Everything that was ever imposed on a project, the oldest first."""
    return tuple(map(_measure, uow.connection.execute(_of(project_id))))


def standing_of(uow: UnitOfWork, project_ids: Collection[str]) -> Mapping[str, tuple[Measure, ...]]:
    """What holds something now, by project; those that nothing holds are left out."""
    if not project_ids:
        return {}
    query = (
        select(project_measure)
        .where(project_measure.c.project_id.in_(project_ids), project_measure.c.lifted_at.is_(None))
        .order_by(project_measure.c.project_id, project_measure.c.id)
    )
    rows = uow.connection.execute(query).all()
    found = {
        project_id: tuple(measure for row in group if (measure := _measure(row)).stands)
        for project_id, group in groupby(rows, key=lambda row: str(row.project_id))
    }
    return {project_id: measures for project_id, measures in found.items() if measures}


def _of(project_id: str) -> Any:
    return select(project_measure).where(project_measure.c.project_id == project_id).order_by(project_measure.c.id)


def _measure(row: Row[Any]) -> Measure:
    found = Measure(
        kind=row.kind,
        clause=row.clause,
        reason=row.reason,
        since=local(row.since),
        case_id=row.case_id,
        by_name=row.by_name,
        lifted_by=row.lifted_by,
        lifted_why=row.lifted_why,
    )
    return found if row.lifted_at is None else replace(found, lifted_at=local(row.lifted_at))
