"""Telling people, and what people do with what they were told."""

from __future__ import annotations

from collections.abc import Callable, Collection

from app.features.identity import store as identity_store
from app.features.identity.model import Identity
from app.features.notifications import store
from app.features.notifications.model import Message, Notification
from app.kernel.database import Database, UnitOfWork
from app.kernel.errors import Missing

UNREAD_CAP = 99


def tell(uow: UnitOfWork, message: Message, *, may_know: Callable[[Identity], bool] = lambda _person: True) -> int:
    """Tell everybody who works for the role of the organisation and may know; returns how many were told now.

    Part of its caller's transaction, and harmless to repeat: nobody is told twice of the same occasion.
    """
    people = identity_store.identities_at(uow, message.role, message.org_id)
    return store.add(uow, message, user_ids=[person.user_id for person in people if may_know(person)])


class Notifications:
    """A person's own notifications."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def latest(self, identity: Identity, *, limit: int = 30, after: str | None = None) -> list[Notification]:
        """The newest first; `after` is the id of the last one of the page before."""
        with self._database.read() as uow:
            return store.of_user(uow, identity.user_id, limit=limit, after=after)

    def unread(self, identity: Identity) -> int:
        """How many are unread; `UNREAD_CAP` stands for that many or more."""
        with self._database.read() as uow:
            return store.unread(uow, identity.user_id, cap=UNREAD_CAP)

    def by_id(self, identity: Identity, notification_id: str) -> Notification:
        """One of this person's own. Raises Missing."""
        with self._database.read() as uow:
            found = store.by_id(uow, identity.user_id, notification_id)
        if found is None:
            raise Missing("没有这条消息。")
        return found

    def mark_read(self, identity: Identity, ids: Collection[str] | None = None) -> None:
        """Mark these as read, or all. Ids of other people's notifications change nothing."""
        with self._database.write() as uow:
            store.mark_read(uow, identity.user_id, ids=ids)
