"""What a case waits for and who has which role in it, as the tables have it: what a step is compared with."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    String,
    Table,
    bindparam,
    cast,
    literal_column,
    null,
    select,
    union_all,
)

from app.features.cases.model import Case
from app.features.cases.tables import case_party, incident, subscription, timer, user_task
from app.features.identity.store import authority
from app.features.jobs.store import job
from app.features.projects.store import project_party
from app.kernel.database import UnitOfWork, UtcDateTime

_NOTHING: ColumnElement[Any] = literal_column("NULL")


@dataclass
class Live:
    """The waits and roles of one case.

    `tasks` maps a task to its role, `unassigned` are those whose party is not known. `parties` of the case,
    `project_parties` and `offices` map a role to its organisation; of several in a project that share a role none is
    meant until the case names its own. The others map what identifies a wait to its row.
    """

    tasks: dict[str, str] = field(default_factory=dict)
    unassigned: set[str] = field(default_factory=set)
    timers: dict[tuple[str, datetime], str] = field(default_factory=dict)
    subscriptions: dict[tuple[str, str, str], str] = field(default_factory=dict)
    jobs: dict[str, str] = field(default_factory=dict)
    incidents: dict[tuple[str, str], str] = field(default_factory=dict)
    parties: dict[str, str] = field(default_factory=dict)
    project_parties: dict[str, str] = field(default_factory=dict)
    offices: dict[str, str] = field(default_factory=dict)
    shared: set[str] = field(default_factory=set)

    def due(self, now: datetime) -> bool:
        return any(due_at <= now for _, due_at in self.timers)

    def add(self, row: Row[Any]) -> None:
        """Take up one row of `read`."""
        match row.kind:
            case "timer":
                self.timers[row.key, row.at] = row.id
            case "task":
                self.tasks[row.id] = row.key
                if row.a is None:
                    self.unassigned.add(row.id)
            case "subscription":
                self.subscriptions[row.key, row.a, row.b] = row.id
            case "incident":
                self.incidents[row.key, row.a] = row.id
            case "project-party" if row.key in self.project_parties:
                self.shared.add(row.key)
            case kind:
                by_key = {
                    "job": self.jobs,
                    "party": self.parties,
                    "project-party": self.project_parties,
                    "office": self.offices,
                }
                by_key[kind][row.key] = row.id


def read(uow: UnitOfWork, of: Case) -> Live:
    """Read it all in one statement."""
    found = Live()
    for row in uow.connection.execute(_EVERYTHING, {"case": of.id, "project": of.project_id}):
        found.add(row)
    for role in found.shared:
        del found.project_parties[role]
    return found


def _rows(
    kind: str,
    table: Table,
    *,
    key: ColumnElement[Any],
    a: ColumnElement[Any] = _NOTHING,
    b: ColumnElement[Any] = _NOTHING,
    at: ColumnElement[Any] | None = None,
) -> Select[Any]:
    return _select(kind, table.c.id, key=key, a=a, b=b, at=cast(null(), UtcDateTime) if at is None else at)


def _roles(kind: str, table: Table) -> Select[Any]:
    at: ColumnElement[Any] = cast(null(), UtcDateTime)
    return _select(kind, table.c.org_id, key=table.c.role, a=_NOTHING, b=_NOTHING, at=at)


def _select(
    kind: str,
    row_id: ColumnElement[Any],
    *,
    key: ColumnElement[Any],
    a: ColumnElement[Any],
    b: ColumnElement[Any],
    at: ColumnElement[Any],
) -> Select[Any]:
    return select(
        literal_column(f"'{kind}'").label("kind"),
        row_id.label("id"),
        key.label("key"),
        a.label("a"),
        b.label("b"),
        at.label("at"),
    )


_CASE, _PROJECT = bindparam("case", type_=String), bindparam("project", type_=String)
# Put together once, not with every step.
_EVERYTHING = union_all(
    _rows("timer", timer, key=timer.c.task_id, at=timer.c.due_at).where(timer.c.case_id == _CASE),
    _rows("task", user_task, key=user_task.c.role, a=user_task.c.queue).where(
        user_task.c.case_id == _CASE, user_task.c.status == "open"
    ),
    _rows(
        "subscription",
        subscription,
        key=subscription.c.task_id,
        a=subscription.c.name,
        b=subscription.c.correlation_key,
    ).where(subscription.c.case_id == _CASE),
    _rows("job", job, key=job.c.task_id).where(job.c.case_id == _CASE),
    _rows("incident", incident, key=incident.c.task_id, a=incident.c.kind).where(
        incident.c.case_id == _CASE, incident.c.resolved_at.is_(None)
    ),
    _roles("party", case_party).where(case_party.c.case_id == _CASE),
    _roles("project-party", project_party).where(project_party.c.project_id == _PROJECT),
    _roles("office", authority),
)
