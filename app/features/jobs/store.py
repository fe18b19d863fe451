"""The `job` table. A row exists as long as the job is wanted: the case's history tells of done and abandoned ones."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Column, Index, Integer, Row, String, Table, Text, delete, insert, select, update

from app.features.jobs.model import LEASE, Job, pause_after
from app.kernel.database import Json, UnitOfWork, UtcDateTime, metadata

job = Table(
    "job",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("case_id", String(32), nullable=False, index=True),
    Column("task_id", String(64), nullable=False),
    Column("type", String(100), nullable=False),
    Column("name", String(255), nullable=False),
    Column("headers", Json, nullable=False),
    Column("inputs", Json, nullable=False),
    Column("retries", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("next_at", UtcDateTime, nullable=False),
    Column("lease", String(32)),
    Column("last_error", Text),
    Index("ix_job_next", "next_at", "id"),
)


def add(uow: UnitOfWork, jobs: Sequence[Job]) -> None:
    if jobs:
        uow.connection.execute(
            insert(job),
            [
                {
                    "id": new.id,
                    "case_id": new.case_id,
                    "task_id": new.task_id,
                    "type": new.type,
                    "name": new.name,
                    "headers": dict(new.headers),
                    "inputs": dict(new.inputs),
                    "retries": new.retries,
                    "attempts": new.attempts,
                    "created_at": uow.now,
                    "next_at": new.next_at,
                }
                for new in jobs
            ],
        )


def remove(uow: UnitOfWork, ids: Collection[str]) -> None:
    if ids:
        uow.connection.execute(delete(job).where(job.c.id.in_(ids)))


def has_due(uow: UnitOfWork) -> bool:
    return uow.connection.execute(select(job.c.id).where(job.c.next_at <= uow.now).limit(1)).first() is not None


def lease_due(uow: UnitOfWork) -> Job | None:
    """Take the job that has been due longest, for as long as `LEASE`.

    A lease that ran out belongs to a worker that died: `next_at` is then past again, and the job is taken anew.
    """
    due = (
        select(job)
        .where(job.c.next_at <= uow.now)
        .order_by(job.c.next_at, job.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = uow.connection.execute(due).one_or_none()
    if row is None:
        return None
    token = uow.ids()
    uow.connection.execute(update(job).where(job.c.id == row.id).values(lease=token, next_at=uow.now + LEASE))
    return _job(row, lease=token)


def held(uow: UnitOfWork, *, job_id: str, lease: str) -> bool:
    """Whether this lease still stands, so that the result of the work may be written."""
    query = select(job.c.id).where(job.c.id == job_id, job.c.lease == lease)
    return uow.connection.execute(query).one_or_none() is not None


def postpone(uow: UnitOfWork, failed: Job, *, error: str) -> None:
    """Count a failed attempt and let the job rest before the next one."""
    attempts = failed.attempts + 1
    uow.connection.execute(
        update(job)
        .where(job.c.id == failed.id, job.c.lease == failed.lease)
        .values(attempts=attempts, next_at=uow.now + pause_after(attempts), lease=None, last_error=error)
    )


def _job(row: Row[Any], *, lease: str | None) -> Job:
    return Job(
        id=row.id,
        case_id=row.case_id,
        task_id=row.task_id,
        type=row.type,
        name=row.name,
        headers=row.headers,
        inputs=row.inputs,
        retries=row.retries,
        attempts=row.attempts,
        next_at=row.next_at,
        lease=lease,
    )
