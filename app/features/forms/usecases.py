"""Drafts: saved while a form is being filled in, by the page itself or with 暂存."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.exc import IntegrityError

from app.features.forms import store
from app.features.forms.entries import Entries
from app.features.forms.store import Draft
from app.features.identity.model import Identity
from app.kernel.clock import local
from app.kernel.database import Database, UnitOfWork
from app.kernel.errors import Conflict, Invalid

MAX_DRAFT = 1_000_000
"""Characters of JSON."""


class Drafts:
    """One draft a person and task. `may(uow)` raises when this person may not work on the task."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def load(self, identity: Identity, task_id: str, *, may: Callable[[UnitOfWork], None]) -> Draft | None:
        with self._database.read() as uow:
            may(uow)
            return store.find(uow, task_id=task_id, user_id=identity.user_id)

    def save(
        self, identity: Identity, task_id: str, entries: Entries, *, rev: int, may: Callable[[UnitOfWork], None]
    ) -> Draft:
        """Save over revision `rev`, 0 where there was no draft.

        Raises Conflict when the draft is at another revision, which another window has saved: neither may undo the
        other's work without the person knowing.
        """
        if len(json.dumps(entries, ensure_ascii=False)) > MAX_DRAFT:
            raise Invalid("填写的内容太长，草稿没有保存。请把大段材料作为附件上传。")
        try:
            with self._database.write() as uow:
                may(uow)
                known = store.find(uow, task_id=task_id, user_id=identity.user_id)
                if (known.rev if known else 0) != rev:
                    raise _elsewhere(known)
                if not store.save(uow, entries, task_id=task_id, user_id=identity.user_id, rev=rev + 1):
                    raise _elsewhere(None)
                return Draft(entries=entries, saved_at=uow.now, rev=rev + 1)
        except IntegrityError as error:
            raise _elsewhere(None) from error


def saved_words(at: datetime, now: datetime) -> str:
    """When a draft was saved, as the page says it: the time, and the day unless it is today."""
    saved, today = local(at), local(now).date()
    return f"{saved:%H:%M}" if saved.date() == today else f"{saved.month}月{saved.day}日 {saved:%H:%M}"


def _elsewhere(draft: Draft | None) -> Conflict:
    when = f"（{local(draft.saved_at):%H:%M}）" if draft else ""
    return Conflict(f"这份草稿已在另一个窗口中保存{when}，这里的内容没有存上。请刷新页面查看最新内容。")
