"""The business clock of a training system: an offset to the real time, kept in the database for all processes."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, Column, Connection, Integer, String, Table, insert, select

from app.kernel.clock import as_utc
from app.kernel.columns import UtcDateTime
from app.kernel.errors import Invalid
from app.kernel.schema import metadata

if TYPE_CHECKING:
    from app.kernel.database import UnitOfWork

# Every move is a row of its own: the last one counts, the others tell who moved the clock when.
business_clock = Table(
    "business_clock",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("offset_seconds", BigInteger, nullable=False),
    Column("moved_by", String(32), nullable=False),
    Column("moved_at", UtcDateTime, nullable=False),
)


def offset(connection: Connection) -> timedelta:
    """How far the business time is ahead of the real time."""
    latest = select(business_clock.c.offset_seconds).order_by(business_clock.c.seq.desc()).limit(1)
    return timedelta(seconds=connection.scalar(latest) or 0)


def move_to(uow: UnitOfWork, at: datetime, *, moved_by: str) -> None:
    """Set the business time to `at`; units opened from now on live in it.

    Raises Invalid when it lies in the past: what has become due cannot become undue again.
    """
    target = as_utc(at)
    if target < uow.now:
        raise Invalid("业务时间只能向后调整，不能早于当前业务时间。", {"at": "不能早于当前业务时间"})
    before = offset(uow.connection)
    after = before + (target - uow.now)
    uow.connection.execute(
        insert(business_clock).values(
            offset_seconds=math.ceil(after.total_seconds()), moved_by=moved_by, moved_at=uow.now - before
        )
    )


def begin_at(uow: UnitOfWork, at: datetime, *, real: datetime) -> None:
    """Let a system that was just filled live from `at` on, past or not; `real` is the time by the machine.

    Unlike `move_to` this is no act of a person: it is done once, before anybody has worked with the system.
    """
    seconds = math.ceil((as_utc(at) - as_utc(real)).total_seconds())
    uow.connection.execute(insert(business_clock).values(offset_seconds=seconds, moved_by="", moved_at=as_utc(real)))


def was_set(uow: UnitOfWork) -> bool:
    """Whether this system's time was ever set apart from the real time."""
    return uow.connection.scalar(select(business_clock.c.seq).limit(1)) is not None
