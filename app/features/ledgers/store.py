"""The ledgers that outlive a project: restrictions of units (3.2-4 3.4-9 4-3) and ratings of suppliers (4-2)."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import Column, Date, Index, String, Table, Text, insert, select

from app.kernel.database import Amount, UnitOfWork, UtcDateTime, metadata
from services.effects import AddLedgerEntry
from services.ledger import Restriction

restriction = Table(
    "restriction",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("org_id", String(32), nullable=False),
    Column("project_id", String(32)),
    Column("kind", String(32), nullable=False),
    Column("reason", Text, nullable=False),
    Column("clause", String(32), nullable=False),
    Column("since", Date, nullable=False),
    Column("until", Date),
    Column("lifted_on", Date),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_restriction_org", "org_id", "since"),
)

rating = Table(
    "rating",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("org_id", String(32), nullable=False),
    Column("project_id", String(32), nullable=False),
    Column("role", String(32), nullable=False),
    Column("score", Amount, nullable=False),
    Column("comment", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_rating_org", "org_id", "created_at"),
)


def add_restriction(uow: UnitOfWork, entry: AddLedgerEntry, *, org_id: str, project_id: str | None) -> None:
    uow.connection.execute(
        insert(restriction).values(
            id=uow.ids(),
            org_id=org_id,
            project_id=project_id,
            kind=entry.kind,
            reason=entry.reason,
            clause=entry.clause,
            since=entry.since,
            until=entry.until,
            created_at=uow.now,
        )
    )


def restrictions(uow: UnitOfWork, org_id: str) -> tuple[Restriction, ...]:
    """All entries of a unit, in force or not, the oldest first."""
    query = select(restriction).where(restriction.c.org_id == org_id).order_by(restriction.c.since, restriction.c.id)
    return tuple(
        Restriction(
            org_id=row.org_id,
            kind=row.kind,
            reason=row.reason,
            clause=row.clause,
            since=row.since,
            until=row.until,
            lifted_on=row.lifted_on,
        )
        for row in uow.connection.execute(query)
    )


def add_rating(uow: UnitOfWork, *, org_id: str, project_id: str, role: str, score: Decimal, comment: str) -> None:
    uow.connection.execute(
        insert(rating).values(
            id=uow.ids(),
            org_id=org_id,
            project_id=project_id,
            role=role,
            score=score,
            comment=comment,
            created_at=uow.now,
        )
    )
