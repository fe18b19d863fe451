"""待办: the open tasks of a person's queues. A page costs the same with a thousand of them and with a million.

That takes stretches of an index that hold nothing but what may be shown: of every queue what nobody has claimed, and
what the person has claimed himself. A search first asks what its words could mean, names of tasks or projects, and
then reads only the stretches of those.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, literal, select, union_all

from app.features.cases.model import COUNT_CAP, TaskSummary
from app.features.cases.queries import Place, merged, named, page, shown_to
from app.features.cases.tables import user_task
from app.features.identity.model import Identity
from app.features.projects import store as projects
from app.features.projects.model import normalised
from app.kernel.database import UnitOfWork

# What matches more than this is so common that the first page is soon found by reading the queues in their order.
_MOST_PROJECTS = 500
_MOST_STRETCHES = 50

Conditions = Sequence[ColumnElement[bool]]


def open_in_queues(
    uow: UnitOfWork, identity: Identity, *, limit: int, after: Place | None = None, text: str = ""
) -> list[tuple[TaskSummary, Place]]:
    """Open tasks that this person may take or has taken, the most urgent first.

    Of every stretch `limit` rows at most are read, and the best of them kept. What others have claimed is left out.
    """
    if not identity.queues:
        return []
    words = normalised(text).split()
    stretches = _searched(uow, identity, words) or [[*each, *named(words)] for each in _all(identity)]
    pages = [page([*each, *shown_to(identity)], limit=limit, after=after) for each in stretches]
    return merged(uow, pages, limit=limit)


def count_open(uow: UnitOfWork, identity: Identity) -> int:
    """How many open tasks this person may take or has taken, counted no further than `COUNT_CAP`."""
    if not identity.queues:
        return 0
    # The order keeps the database to the index of each stretch.
    pages = [
        page([*each, *shown_to(identity)], limit=COUNT_CAP, after=None).with_only_columns(user_task.c.id)
        for each in _all(identity)
    ]
    found = union_all(*(select(each.subquery()) for each in pages)).limit(COUNT_CAP).subquery()
    return uow.connection.scalar(select(func.count()).select_from(found)) or 0


def _all(identity: Identity) -> list[Conditions]:
    return [_mine(identity), *([user_task.c.free_in == queue] for queue in _queues(identity))]


def _mine(identity: Identity) -> Conditions:
    return (
        user_task.c.assignee_id == identity.user_id,
        user_task.c.status == "open",
        user_task.c.queue.in_(_queues(identity)),
    )


def _queues(identity: Identity) -> list[str]:
    return sorted(set(identity.queues))


@dataclass(frozen=True)
class _Meaning:
    """What a word can stand for: names of open tasks by queue, and projects."""

    word: str
    names: Mapping[str, Collection[str]]
    project_ids: Collection[str]

    @property
    def breadth(self) -> tuple[int, int]:
        """The less of it, the less there is to read."""
        return sum(map(len, self.names.values())), len(self.project_ids)


def _searched(uow: UnitOfWork, identity: Identity, words: Sequence[str]) -> list[Conditions]:
    """The stretches in which the word with the narrowest meaning occurs; none when every word is common."""
    if not words:
        return []
    names = _open_names(uow, identity)
    meanings = [meaning for word in words if (meaning := _meaning(uow, word, names))]
    narrowest = min(meanings, key=lambda each: each.breadth, default=None)
    if narrowest is None:
        return []
    # What is found by a name is not asked for it again: the database would think it rare, and sort it all.
    others = named(word for word in words if word != narrowest.word)
    by_name = [
        [user_task.c.free_in == queue, user_task.c.name == name, *others]
        for queue, found in narrowest.names.items()
        for name in sorted(found)
    ]
    by_project = [
        user_task.c.project_id.in_(narrowest.project_ids),
        user_task.c.free_in.in_(_queues(identity)),
        user_task.c.name.not_in({name for found in narrowest.names.values() for name in found}),
        *others,
    ]
    return [[*_mine(identity), *named(words)], *by_name, *([by_project] if narrowest.project_ids else [])]


def _meaning(uow: UnitOfWork, word: str, names: Mapping[str, Collection[str]]) -> _Meaning | None:
    """None for a word that occurs in too many places to name them."""
    found = {queue: {name for name in known if word in name.lower()} for queue, known in names.items()}
    if sum(map(len, found.values())) > _MOST_STRETCHES:
        return None
    project_ids = projects.ids_with(uow, word, most=_MOST_PROJECTS)
    return None if project_ids is None else _Meaning(word, found, project_ids)


def _open_names(uow: UnitOfWork, identity: Identity) -> dict[str, list[str]]:
    """The names that unclaimed tasks have in each queue, by leaping through the index from one to the next."""
    name = user_task.c.name

    def first(queue: ColumnElement[str], *conditions: ColumnElement[bool]) -> ColumnElement[str]:
        return select(name).where(user_task.c.free_in == queue, *conditions).order_by(name).limit(1).scalar_subquery()

    starts = [select(literal(queue).label("queue"), first(literal(queue)).label("name")) for queue in _queues(identity)]
    found = select(union_all(*starts).subquery()).cte("found", recursive=True)
    found = found.union_all(
        select(found.c.queue, first(found.c.queue, name > found.c.name)).where(found.c.name.is_not(None))
    )
    names: dict[str, list[str]] = {}
    for row in uow.connection.execute(select(found).where(found.c.name.is_not(None))):
        names.setdefault(row.queue, []).append(row.name)
    return names
