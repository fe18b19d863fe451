"""The `notification` table: one row for each person told."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields

from sqlalchemy import Column, Index, String, Table, Text, UniqueConstraint, delete, func, insert, select, update

from app.features.notifications.model import Message, Notification
from app.kernel.database import UnitOfWork, UtcDateTime, metadata

notification = Table(
    "notification",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("user_id", String(32), nullable=False),
    Column("key", String(150), nullable=False),
    Column("title", String(255), nullable=False),
    Column("body", Text, nullable=False),
    Column("case_id", String(32)),
    Column("task_id", String(64)),
    Column("created_at", UtcDateTime, nullable=False),
    Column("read_at", UtcDateTime),
    UniqueConstraint("user_id", "key"),
    Index("ix_notification_unread", "user_id", "read_at", "id"),
)

_COLUMNS = [notification.c[field.name] for field in fields(Notification)]


def add(uow: UnitOfWork, message: Message, *, user_ids: Collection[str]) -> int:
    """Tell these people, except those who were told already; returns how many were told."""
    told = set(
        uow.connection.scalars(
            select(notification.c.user_id).where(
                notification.c.key == message.key, notification.c.user_id.in_(list(user_ids))
            )
        )
    )
    rows = [
        {
            "id": uow.ids(),
            "user_id": user_id,
            "key": message.key,
            "title": message.title,
            "body": message.body,
            "case_id": message.case_id,
            "task_id": message.task_id,
            "created_at": uow.now,
        }
        for user_id in sorted(set(user_ids) - told)
    ]
    if rows:
        uow.connection.execute(insert(notification), rows)
    return len(rows)


def told_of(uow: UnitOfWork, case_id: str) -> list[str]:
    """The ids of the people who were told something of a case."""
    told = select(notification.c.user_id).where(notification.c.case_id == case_id).distinct()
    return list(uow.connection.scalars(told))


def withdraw(uow: UnitOfWork, case_id: str, *, user_ids: Collection[str]) -> None:
    """Take back what these people were told of a case."""
    theirs = (notification.c.case_id == case_id, notification.c.user_id.in_(list(user_ids)))
    uow.connection.execute(delete(notification).where(*theirs))


def of_user(uow: UnitOfWork, user_id: str, *, limit: int, after: str | None) -> list[Notification]:
    """A person's notifications, the newest first, from behind the one with the id `after`."""
    query = select(*_COLUMNS).where(notification.c.user_id == user_id)
    if after is not None:
        query = query.where(notification.c.id < after)
    rows = uow.connection.execute(query.order_by(notification.c.id.desc()).limit(limit)).mappings()
    return [Notification(**row) for row in rows]


def by_id(uow: UnitOfWork, user_id: str, notification_id: str) -> Notification | None:
    query = select(*_COLUMNS).where(notification.c.id == notification_id, notification.c.user_id == user_id)
    row = uow.connection.execute(query).mappings().one_or_none()
    return Notification(**row) if row else None


def unread(uow: UnitOfWork, user_id: str, *, cap: int) -> int:
    """How many a person has not read, counted no further than `cap`."""
    capped = (
        select(notification.c.id)
        .where(notification.c.user_id == user_id, notification.c.read_at.is_(None))
        .limit(cap)
        .subquery()
    )
    return uow.connection.scalar(select(func.count()).select_from(capped)) or 0


def mark_read(uow: UnitOfWork, user_id: str, *, ids: Collection[str] | None) -> None:
    """Mark these notifications of a person as read, or all of them."""
    mine = update(notification).where(notification.c.user_id == user_id, notification.c.read_at.is_(None))
    if ids is not None:
        mine = mine.where(notification.c.id.in_(list(ids)))
    uow.connection.execute(mine.values(read_at=uow.now))
