"""The tables of the audit trail. Nothing here updates or deletes an entry."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any, Final

from sqlalchemy import Column, Index, Integer, PrimaryKeyConstraint, Row, String, Table, insert, select, update

from app.features.audit.model import EMPTY, SYSTEM, Act, Actor, Entry, Head, first_break, link
from app.kernel.columns import Json, UtcDateTime
from app.kernel.database import UnitOfWork
from app.kernel.schema import metadata

_READ_AT_ONCE: Final = 1000

audit_entry = Table(
    "audit_entry",
    metadata,
    Column("scope", String(64), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("actor_id", String(32), nullable=False),
    Column("actor_name", String(100), nullable=False),
    Column("actor_role", String(100), nullable=False),
    Column("action", String(64), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("details", Json, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    PrimaryKeyConstraint("scope", "seq"),
    Index(None, "at"),
    Index(None, "actor_id", "at"),
)

# The head of the system's chain; that of a case is kept in the case's own row, which every act on it locks anyway.
audit_head = Table(
    "audit_head",
    metadata,
    Column("scope", String(64), primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("hash", String(64), nullable=False),
)


def append(uow: UnitOfWork, scope: str, head: Head, act: Act) -> Head:
    """Add an act to the chain that ends in `head` and return its new head, which the caller keeps.

    The caller holds the lock on the chain's owner.
    """
    entry = link(scope, head, at=uow.now, act=act)
    uow.connection.execute(
        insert(audit_entry).values(
            scope=entry.scope,
            seq=entry.seq,
            at=entry.at,
            actor_id=act.actor.user_id,
            actor_name=act.actor.name,
            actor_role=act.actor.role,
            action=act.action,
            subject=act.subject,
            details=dict(act.details),
            previous=entry.previous,
            hash=entry.hash,
        )
    )
    return Head(entry.seq, entry.hash)


def append_to_system(uow: UnitOfWork, act: Act) -> None:
    """Add an act to the system's chain, whose head is kept here and locked until the unit ends."""
    head = _locked_system_head(uow)
    after = append(uow, SYSTEM, head, act)
    kept = update(audit_head).where(audit_head.c.scope == SYSTEM)
    uow.connection.execute(kept.values(seq=after.seq, hash=after.hash))


def system_head(uow: UnitOfWork) -> Head:
    row = uow.connection.execute(
        select(audit_head.c.seq, audit_head.c.hash).where(audit_head.c.scope == SYSTEM)
    ).first()
    return Head(row.seq, row.hash) if row else EMPTY


def entries(uow: UnitOfWork, scope: str, *, after: int = 0, limit: int | None = None) -> list[Entry]:
    """The entries of a chain in their order, from the one that follows number `after`."""
    wanted = select(audit_entry).where(audit_entry.c.scope == scope, audit_entry.c.seq > after)
    return [_entry(row) for row in uow.connection.execute(wanted.order_by(audit_entry.c.seq).limit(limit))]


def latest(uow: UnitOfWork, *, scope: str | None = None, before: int | None = None, limit: int = 50) -> list[Entry]:
    """The newest entries first, of one chain or of all; in one chain, only those with a number below `before`."""
    wanted = select(audit_entry).order_by(audit_entry.c.at.desc(), audit_entry.c.scope, audit_entry.c.seq.desc())
    if scope is not None:
        wanted = wanted.where(audit_entry.c.scope == scope)
    if before is not None:
        wanted = wanted.where(audit_entry.c.seq < before)
    return [_entry(row) for row in uow.connection.execute(wanted.limit(limit))]


def verify(uow: UnitOfWork, scope: str, head: Head) -> int | None:
    """The sequence number at which the chain is broken, or None when it is whole up to `head`."""
    return breaks(uow, {scope: head}, of=scope).get(scope)


def breaks(uow: UnitOfWork, heads: Mapping[str, Head], *, of: str | None = None) -> dict[str, int]:
    """Where the chains are broken, all of them or one: sequence numbers by scope; empty when all are whole.

    `heads` are what the owners of the chains have kept. The entries are read through, never held all at once.
    """
    wanted = select(audit_entry).order_by(audit_entry.c.scope, audit_entry.c.seq)
    if of is not None:
        wanted = wanted.where(audit_entry.c.scope == of)
    rows = uow.connection.execute(wanted.execution_options(yield_per=_READ_AT_ONCE))
    found = {scope: 1 for scope, head in heads.items() if head != EMPTY}
    for scope, chain in groupby(map(_entry, rows), key=lambda entry: entry.scope):
        place = first_break(chain, heads.get(scope, EMPTY))
        found.pop(scope, None)
        if place is not None:
            found[scope] = place
    return found


def _locked_system_head(uow: UnitOfWork) -> Head:
    wanted = select(audit_head.c.seq, audit_head.c.hash).where(audit_head.c.scope == SYSTEM).with_for_update()
    row = uow.connection.execute(wanted).first()
    if row is None:
        uow.insert_if_absent(audit_head, scope=SYSTEM, seq=EMPTY.seq, hash=EMPTY.hash)
        row = uow.connection.execute(wanted).one()
    return Head(row.seq, row.hash)


def _entry(row: Row[Any]) -> Entry:
    return Entry(
        scope=row.scope,
        seq=row.seq,
        at=row.at,
        act=Act(
            actor=Actor(user_id=row.actor_id, name=row.actor_name, role=row.actor_role),
            action=row.action,
            subject=row.subject,
            details=row.details,
        ),
        previous=row.previous,
        hash=row.hash,
    )
