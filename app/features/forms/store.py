"""The table of drafts: what a person has put into a task's form and not submitted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, ColumnElement, Integer, Select, String, Table, delete, insert, select, update

from app.features.forms.entries import Entries, files_in
from app.kernel.database import Json, UnitOfWork, UtcDateTime, metadata

form_draft = Table(
    "form_draft",
    metadata,
    Column("task_id", String(64), primary_key=True),
    Column("user_id", String(32), primary_key=True),
    Column("data", Json, nullable=False),
    Column("saved_at", UtcDateTime, nullable=False),
    Column("rev", Integer, nullable=False),
)


@dataclass(frozen=True)
class Draft:
    """`rev` counts the times it was saved, from 1."""

    entries: Entries
    saved_at: datetime
    rev: int


def find(uow: UnitOfWork, *, task_id: str, user_id: str) -> Draft | None:
    row = uow.connection.execute(
        select(form_draft.c.data, form_draft.c.saved_at, form_draft.c.rev).where(*_key(task_id, user_id))
    ).first()
    return Draft(entries=row.data, saved_at=row.saved_at, rev=row.rev) if row else None


def save(uow: UnitOfWork, entries: Entries, *, task_id: str, user_id: str, rev: int) -> bool:
    """Save as revision `rev`; False when it is not the next one."""
    values = {"data": entries, "saved_at": uow.now, "rev": rev}
    if rev == 1:
        uow.connection.execute(insert(form_draft).values(task_id=task_id, user_id=user_id, **values))
        return True
    before = (*_key(task_id, user_id), form_draft.c.rev == rev - 1)
    return uow.connection.execute(update(form_draft).where(*before).values(values)).rowcount == 1


def remove(uow: UnitOfWork, *, of_tasks: Select[tuple[str]]) -> int:
    """Everybody's drafts of the tasks whose ids are selected; returns how many."""
    return uow.connection.execute(delete(form_draft).where(form_draft.c.task_id.in_(of_tasks))).rowcount


def files_in_use(uow: UnitOfWork) -> set[str]:
    """The ids of the attachments that drafts refer to."""
    return {str(file["id"]) for data in uow.connection.scalars(select(form_draft.c.data)) for file in files_in(data)}


def _key(task_id: str, user_id: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return form_draft.c.task_id == task_id, form_draft.c.user_id == user_id
