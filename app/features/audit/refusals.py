"""Whoever reaches for what is not his leaves a trace (3.3-2)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from app.features.audit import store
from app.features.audit.model import Act, Actor
from app.kernel.database import Database
from app.kernel.errors import Refused


@contextmanager
def recording_refusals(database: Database, actor: Actor, subject: str, action: str) -> Iterator[None]:
    """Record in a transaction of its own that `action` on `subject` was refused, and let the refusal go on."""
    try:
        yield
    except Refused:
        with database.write() as uow:
            store.append_to_system(uow, Act(actor, "refused", subject, {"action": action}))
        raise
