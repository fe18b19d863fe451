"""The table of attachments."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Column, Index, Integer, Row, String, Table, delete, insert, select, update

from app.features.documents.model import Attachment
from app.kernel.database import UnitOfWork, UtcDateTime, metadata

attachment = Table(
    "attachment",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("sha256", String(64), nullable=False, index=True),
    Column("size", Integer, nullable=False),
    Column("name", String(255), nullable=False),
    Column("content_type", String(100), nullable=False),
    Column("scope", String(64), nullable=False),
    Column("uploaded_by", String(32), nullable=False),
    Column("uploaded_at", UtcDateTime, nullable=False),
    Column("case_id", String(32)),
    Index("ix_attachment_scope", "scope", "uploaded_by"),
    Index("ix_attachment_case", "case_id", "uploaded_at"),
)


def add(uow: UnitOfWork, added: Attachment) -> None:
    uow.connection.execute(
        insert(attachment).values({column.name: getattr(added, column.name) for column in attachment.c})
    )


def find(uow: UnitOfWork, attachment_id: str) -> Attachment | None:
    row = uow.connection.execute(select(attachment).where(attachment.c.id == attachment_id)).first()
    return _attachment(row) if row else None


def of_draft(uow: UnitOfWork, *, scope: str, user_id: str) -> list[Attachment]:
    """What a person has added to a task and not submitted, in the order of adding."""
    rows = uow.connection.execute(
        select(attachment)
        .where(attachment.c.scope == scope, attachment.c.uploaded_by == user_id, attachment.c.case_id.is_(None))
        .order_by(attachment.c.id)
    )
    return [_attachment(row) for row in rows]


def of_cases(uow: UnitOfWork, case_ids: Collection[str]) -> list[Attachment]:
    """What cases keep, in the order of adding."""
    rows = uow.connection.execute(
        select(attachment).where(attachment.c.case_id.in_(case_ids)).order_by(attachment.c.uploaded_at, attachment.c.id)
    )
    return [_attachment(row) for row in rows]


def keep(uow: UnitOfWork, ids: Collection[str], *, case_id: str) -> None:
    """Give attachments to a case for good; those that a case has already stay where they are."""
    uow.connection.execute(
        update(attachment).where(attachment.c.id.in_(ids), attachment.c.case_id.is_(None)).values(case_id=case_id)
    )


def unclaimed(uow: UnitOfWork, *, before: datetime) -> Sequence[str]:
    """The ids of what was added before that time and is no case's."""
    found = select(attachment.c.id).where(attachment.c.case_id.is_(None), attachment.c.uploaded_at < before)
    return uow.connection.scalars(found).all()


def remove(uow: UnitOfWork, ids: Collection[str]) -> None:
    """Remove attachments, except those that a case has got meanwhile."""
    uow.connection.execute(delete(attachment).where(attachment.c.id.in_(ids), attachment.c.case_id.is_(None)))


def is_content_used(uow: UnitOfWork, sha256: str) -> bool:
    return uow.connection.scalar(select(attachment.c.id).where(attachment.c.sha256 == sha256).limit(1)) is not None


def _attachment(row: Row[tuple[object, ...]]) -> Attachment:
    return Attachment(**row._mapping)  # noqa: SLF001  (SQLAlchemy's documented way to a row as a mapping)
