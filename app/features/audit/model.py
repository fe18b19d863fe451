"""The audit trail: who did what, as what, and when, in chains in which nothing can be changed or left out unnoticed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.kernel.clock import as_utc

SYSTEM = "system"
"""The chain of what belongs to no case: signing in, users, organisations, deployments."""


@dataclass(frozen=True)
class Actor:
    """Who acts, and as what: a role at an organisation (`role`, such as "finance@<org id>"), or "" for himself."""

    user_id: str
    name: str
    role: str = ""


AUTOMATIC = Actor(user_id="", name="系统")
"""The system itself: timers, jobs, and the command line."""


@dataclass(frozen=True)
class Act:
    """What was done, as a kebab-case verb (`complete-task`), to what (`user_task:<id>`), with the facts that matter."""

    actor: Actor
    action: str
    subject: str
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Head:
    """The end of a chain: the number of its entries and the hash of the last one."""

    seq: int = 0
    hash: str = ""


EMPTY = Head()


@dataclass(frozen=True)
class Entry:
    """One link: an act, its place in the chain of `scope`, and the hash over both and the link before."""

    scope: str
    seq: int
    at: datetime
    act: Act
    previous: str
    hash: str


def link(scope: str, head: Head, *, at: datetime, act: Act) -> Entry:
    """The entry that follows `head`."""
    entry = Entry(scope=scope, seq=head.seq + 1, at=as_utc(at), act=act, previous=head.hash, hash="")
    return Entry(**{**vars(entry), "hash": _hash(entry)})


def first_break(entries: Iterable[Entry], head: Head) -> int | None:
    """The sequence number of the first entry that was changed, removed or added, or None when the chain is whole.

    `head` is what the chain's owner has kept: with it a cut-off end is found too.
    """
    reached = EMPTY
    for entry in entries:
        if (entry.seq, entry.previous, entry.hash) != (reached.seq + 1, reached.hash, _hash(entry)):
            return reached.seq + 1
        reached = Head(entry.seq, entry.hash)
    return None if reached == head else min(reached.seq, head.seq) + 1


def _hash(entry: Entry) -> str:
    act = entry.act
    facts = [
        entry.scope,
        entry.seq,
        entry.at.isoformat(timespec="microseconds"),
        [act.actor.user_id, act.actor.name, act.actor.role],
        act.action,
        act.subject,
        act.details,
        entry.previous,
    ]
    written = json.dumps(facts, ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(written.encode()).hexdigest()
