"""Lists of tasks, cases and incidents. Each costs what its page costs, however many rows there are behind it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, literal, or_, select, tuple_, union_all

from app.features.cases.model import (
    COUNT_CAP,
    CaseSummary,
    Incident,
    Task,
    TaskSummary,
    TimelineEntry,
)
from app.features.cases.store import as_task
from app.features.cases.tables import case, case_event, case_party, incident, user_task
from app.features.identity.model import Identity
from app.features.projects.access import SEES_OPEN_PROJECTS
from app.features.projects.model import normalised
from app.features.projects.store import project, visible_to
from app.kernel.database import UnitOfWork, UtcDateTime

_TASK_FIELDS = (
    "id",
    "case_id",
    "name",
    "role",
    "status",
    "priority",
    "created_at",
    "due_at",
    "remind_at",
    "assignee_id",
    "assignee_name",
    "done_at",
    "project_id",
)
_SUMMARY = [
    *(user_task.c[name] for name in _TASK_FIELDS),
    user_task.c.sort_at,
    select(case.c.business_key).where(case.c.id == user_task.c.case_id).scalar_subquery().label("business_key"),
    project.c.code.label("project_code"),
    project.c.name.label("project_name"),
    project.c.unit,
    project.c.stage,
]

Place = tuple[datetime, str]
"""Where a list goes on: behind the row with this time and this id."""


def claimed(
    uow: UnitOfWork, identity: Identity, *, limit: int, after: Place | None = None, text: str = ""
) -> list[tuple[TaskSummary, Place]]:
    """The open tasks that this person has claimed, the most urgent first."""
    mine = [user_task.c.assignee_id == identity.user_id, user_task.c.status == "open"]
    return merged(
        uow,
        [page([*mine, *shown_to(identity), *named(normalised(text).split())], limit=limit, after=after)],
        limit=limit,
    )


def done_by(
    uow: UnitOfWork, identity: Identity, *, limit: int, after: Place | None = None, text: str = ""
) -> list[tuple[TaskSummary, Place]]:
    """The tasks that this person has completed, the latest first."""
    query = (
        _joined()
        .where(user_task.c.done_by == identity.user_id, *shown_to(identity), *named(normalised(text).split()))
        .order_by(user_task.c.done_at.desc(), user_task.c.id.desc())
        .limit(limit)
    )
    if after is not None:
        query = query.where(tuple_(user_task.c.done_at, user_task.c.id) < _bound(after))
    return [(_summary(row), (row.done_at, row.id)) for row in uow.connection.execute(query)]


def started_by(
    uow: UnitOfWork, identity: Identity, *, limit: int, after: str | None = None, text: str = ""
) -> list[CaseSummary]:
    """The cases that this person has started, the newest first, from behind the one with the id `after`."""
    words = [project.c.search_text.contains(word, autoescape=True) for word in normalised(text).split()]
    query = _cases().where(case.c.started_by == identity.user_id, *words, *shown_to(identity))
    query = query.order_by(case.c.id.desc()).limit(limit)
    if after is not None:
        query = query.where(case.c.id < after)
    return [CaseSummary(**row) for row in uow.connection.execute(query).mappings()]


def all_cases(
    uow: UnitOfWork, identity: Identity, *, status: str | None, limit: int, after: str | None
) -> list[CaseSummary]:
    """The cases this person may know of, the newest first."""
    query = _cases().where(may_see(identity)).order_by(case.c.id.desc()).limit(limit)
    if status is not None:
        query = query.where(case.c.status == status)
    if after is not None:
        query = query.where(case.c.id < after)
    return [CaseSummary(**row) for row in uow.connection.execute(query).mappings()]


def cases_of_project(uow: UnitOfWork, project_id: str) -> list[CaseSummary]:
    """The cases of a project, the newest first; the caller has seen to it that the project may be seen."""
    query = _cases().where(case.c.project_id == project_id).order_by(case.c.id.desc())
    return [CaseSummary(**row) for row in uow.connection.execute(query).mappings()]


def count_claimed(uow: UnitOfWork, identity: Identity) -> int:
    """How many open tasks this person has claimed, counted no further than `COUNT_CAP`."""
    mine = (
        select(user_task.c.id)
        .select_from(user_task.outerjoin(project, project.c.id == user_task.c.project_id))
        .where(user_task.c.assignee_id == identity.user_id, user_task.c.status == "open", *shown_to(identity))
        .limit(COUNT_CAP)
        .subquery()
    )
    return uow.connection.scalar(select(func.count()).select_from(mine)) or 0


def open_tasks(uow: UnitOfWork, case_ids: Collection[str]) -> tuple[Task, ...]:
    """What waits for people in any of the cases, the most urgent first."""
    query = select(user_task).where(user_task.c.case_id.in_(case_ids), user_task.c.status == "open")
    return tuple(as_task(row) for row in uow.connection.execute(query.order_by(user_task.c.sort_at, user_task.c.id)))


def timeline(uow: UnitOfWork, case_id: str) -> tuple[TimelineEntry, ...]:
    """The whole history of a case in its order."""
    return timelines(uow, [case_id])[case_id]


def timelines(uow: UnitOfWork, case_ids: Collection[str]) -> Mapping[str, tuple[TimelineEntry, ...]]:
    """The whole history of each of the cases, in its order."""
    columns = [case_event.c[each.name] for each in fields(TimelineEntry) if each.name != "clauses"]
    query = select(case_event.c.case_id, *columns).where(case_event.c.case_id.in_(case_ids))
    happened: dict[str, list[TimelineEntry]] = {case_id: [] for case_id in case_ids}
    for case_id, *entry in uow.connection.execute(query.order_by(case_event.c.case_id, case_event.c.seq)):
        happened[case_id].append(TimelineEntry(*entry))
    return {case_id: tuple(entries) for case_id, entries in happened.items()}


def incidents_of_case(uow: UnitOfWork, case_id: str) -> tuple[Incident, ...]:
    """All incidents of a case, open and resolved, the latest first."""
    query = _incidents().where(incident.c.case_id == case_id).order_by(incident.c.id.desc())
    return tuple(Incident(**row) for row in uow.connection.execute(query).mappings())


def open_incidents(uow: UnitOfWork, identity: Identity, *, limit: int, after: str | None = None) -> list[Incident]:
    """The open incidents that this person is to repair, the latest first."""
    query = _incidents().where(incident.c.resolved_at.is_(None), steered_by(identity)).order_by(incident.c.id.desc())
    if after is not None:
        query = query.where(incident.c.id < after)
    return [Incident(**row) for row in uow.connection.execute(query.limit(limit)).mappings()]


def steered_incident(uow: UnitOfWork, identity: Identity, incident_id: str) -> Incident | None:
    """An incident, open or resolved, if it is this person who is to repair it."""
    query = _incidents().where(incident.c.id == incident_id, steered_by(identity))
    row = uow.connection.execute(query).mappings().one_or_none()
    return None if row is None else Incident(**row)


def steered_by(identity: Identity) -> ColumnElement[bool]:
    """The condition, on a joined `project`, that this person repairs its cases: `access.steward` in SQL."""
    secret = project.c.confidential.is_(True)
    mine = [secret] if identity.has("secrecy-office") else []
    if identity.has("administrator"):
        mine.append(project.c.confidential.is_not(True))
    return or_(false(), *mine)


def is_running(uow: UnitOfWork, project_id: str, process_id: str) -> bool:
    """Whether a case of the process is under way for a project."""
    query = select(case.c.id).where(
        case.c.project_id == project_id, case.c.process_id == process_id, case.c.status == "running"
    )
    return uow.connection.execute(query.limit(1)).one_or_none() is not None


def is_visible(uow: UnitOfWork, identity: Identity, case_id: str) -> bool:
    return bool(visible(uow, identity, [case_id]))


def visible(uow: UnitOfWork, identity: Identity, case_ids: Collection[str]) -> list[str]:
    """Those of the cases that this person may know of, in the same order."""
    query = (
        select(case.c.id)
        .select_from(case.outerjoin(project, project.c.id == case.c.project_id))
        .where(case.c.id.in_(case_ids), may_see(identity))
    )
    seen = set(uow.connection.scalars(query))
    return [case_id for case_id in case_ids if case_id in seen]


def may_see(identity: Identity) -> ColumnElement[bool]:
    """The condition, on `case` joined with its `project`, under which this person may know of a case.

    Its project is visible to him; or, unless that is confidential, he takes part: as a party, with a task of a queue
    of his, or because he started it. Administrators see every case that is not confidential, the
    bureaus, the district government and the auditors those that belong to no single project.
    """
    parties = [
        and_(case_party.c.org_id == member.org_id, case_party.c.role == member.role) for member in identity.memberships
    ]
    takes_part = [
        exists().where(case_party.c.case_id == case.c.id, or_(false(), *parties)),
        exists().where(user_task.c.case_id == case.c.id, user_task.c.queue.in_(list(identity.queues))),
        case.c.started_by == identity.user_id,
    ]
    if identity.has("administrator"):
        takes_part.append(case.c.id.is_not(None))
    if identity.roles & SEES_OPEN_PROJECTS:
        takes_part.append(case.c.project_id.is_(None))
    return or_(visible_to(identity), and_(project.c.confidential.is_not(True), or_(*takes_part)))


def shown_to(identity: Identity) -> list[ColumnElement[bool]]:
    """Tasks and cases of one's own queues are shown, unless their project is confidential and one is not authorised."""
    return [or_(project.c.confidential.is_not(True), visible_to(identity))]


def named(words: Iterable[str]) -> list[ColumnElement[bool]]:
    """Tasks in whose name or project each of these normalised words occurs."""
    return [
        or_(
            func.lower(user_task.c.name).contains(word, autoescape=True),
            project.c.search_text.contains(word, autoescape=True),
        )
        for word in words
    ]


def page(conditions: Sequence[ColumnElement[bool]], *, limit: int, after: Place | None) -> Select[Any]:
    """Tasks under conditions, the most urgent first, from behind a place."""
    query = _joined().where(*conditions)
    if after is not None:
        query = query.where(tuple_(user_task.c.sort_at, user_task.c.id) > _bound(after))
    return query.order_by(user_task.c.sort_at, user_task.c.id).limit(limit)


def _bound(place: Place) -> ColumnElement[Any]:
    return tuple_(literal(place[0], UtcDateTime), literal(place[1]))


def _joined() -> Select[Any]:
    return select(*_SUMMARY).select_from(user_task.outerjoin(project, project.c.id == user_task.c.project_id))


def merged(uow: UnitOfWork, stretches: Sequence[Select[Any]], *, limit: int) -> list[tuple[TaskSummary, Place]]:
    """The most urgent tasks of several pages, in one statement."""
    # A limit inside a union stands in a subquery: SQLite knows no parentheses there.
    parts = union_all(*(select(stretch.subquery()) for stretch in stretches)).subquery()
    query = select(parts).order_by(parts.c.sort_at, parts.c.id).limit(limit)
    return [(_summary(row), (row.sort_at, row.id)) for row in uow.connection.execute(query)]


def _summary(row: Any) -> TaskSummary:
    return TaskSummary(**{each.name: getattr(row, each.name) for each in fields(TaskSummary)})


def _cases() -> Select[Any]:
    own = ("id", "process_id", "business_key", "status", "started_by_name", "started_at", "ended_at", "project_id")
    return select(
        *(case.c[name] for name in own), project.c.name.label("project_name"), project.c.unit, project.c.stage
    ).select_from(case.outerjoin(project, project.c.id == case.c.project_id))


def _incidents() -> Select[Any]:
    own = [incident.c[each.name] for each in fields(Incident) if each.name != "business_key"]
    joined = incident.join(case, case.c.id == incident.c.case_id).outerjoin(
        project, project.c.id == incident.c.project_id
    )
    return select(*own, case.c.business_key).select_from(joined)
