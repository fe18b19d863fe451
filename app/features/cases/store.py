"""Reading and writing one case. The caller holds the lock on it, taken by `lock` or `lock_of_task`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Row,
    bindparam,
    delete,
    exists,
    insert,
    select,
    update,
)

from app.engine.model import Event, Failure, OutMessage, SubscriptionWait, TimerWait
from app.features.audit.model import Head
from app.features.cases.model import MESSAGE_TTL, By, Case, Submission, Task
from app.features.cases.tables import (
    case,
    case_event,
    case_party,
    form_submission,
    incident,
    message_outbox,
    subscription,
    timer,
    user_task,
)
from app.kernel.database import UnitOfWork

_OF_TASK = "task_"
_TASK_COLUMNS = [user_task.c[each.name] for each in fields(Task)]
_LOCKED = (
    select(case, *(column.label(f"{_OF_TASK}{column.name}") for column in _TASK_COLUMNS))
    .select_from(case.join(user_task, user_task.c.case_id == case.c.id))
    .where(user_task.c.id == bindparam("task"))
    .with_for_update()
)


def lock(uow: UnitOfWork, case_id: str) -> tuple[Case, bytes] | None:
    """The case and its state, locked until the unit ends."""
    row = uow.connection.execute(select(case).where(case.c.id == case_id).with_for_update()).one_or_none()
    return None if row is None else (as_case(row), row.state)


def lock_of_task(uow: UnitOfWork, task_id: str) -> tuple[Case, bytes, Task] | None:
    """A task and its case with its state, both locked, the case first as everywhere."""
    row = uow.connection.execute(_LOCKED, {"task": task_id}).one_or_none()
    return None if row is None else (as_case(row), row.state, as_task(row, prefix=_OF_TASK))


def by_id(uow: UnitOfWork, case_id: str) -> tuple[Case, Mapping[str, Any]] | None:
    """The case and its variables, to look at."""
    row = uow.connection.execute(select(case).where(case.c.id == case_id)).one_or_none()
    return None if row is None else (as_case(row), row.variables)


def of_project(uow: UnitOfWork, project_id: str) -> list[Case]:
    """The cases of a project, the newest first; the caller has seen to it that the project may be seen."""
    # State and variables are most of a row, and nobody looks at them here.
    columns = [column for column in case.c if column.name not in {"state", "variables"}]
    query = select(*columns).where(case.c.project_id == project_id).order_by(case.c.id.desc())
    return [as_case(row) for row in uow.connection.execute(query)]


def variables_of_project(uow: UnitOfWork, project_id: str, *, process_id: str) -> Mapping[str, Any]:
    """The variables of a project's latest case of a process; empty if there was none."""
    query = select(case.c.variables).where(case.c.project_id == project_id, case.c.process_id == process_id)
    return uow.connection.scalar(query.order_by(case.c.id.desc()).limit(1)) or {}


# The case itself.


def add(uow: UnitOfWork, new: Case, *, state: bytes, variables: Mapping[str, Any]) -> None:
    uow.connection.execute(
        insert(case).values(
            id=new.id,
            process_id=new.process_id,
            bundle_key=new.bundle_key,
            project_id=new.project_id,
            business_key=new.business_key,
            started_by=new.started_by,
            started_by_name=new.started_by_name,
            started_at=new.started_at,
            **_progress(new, state=state, variables=variables),
        )
    )


def save(uow: UnitOfWork, stepped: Case, *, state: bytes, variables: Mapping[str, Any]) -> None:
    changes = _progress(stepped, state=state, variables=variables)
    uow.connection.execute(update(case).where(case.c.id == stepped.id).values(**changes))


def _progress(stepped: Case, *, state: bytes, variables: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "status": stepped.status,
        "state": state,
        "variables": dict(variables),
        "rev": stepped.rev,
        "event_seq": stepped.event_seq,
        "audit_seq": stepped.head.seq,
        "audit_head": stepped.head.hash,
        "ended_at": stepped.ended_at,
        "counted_under": stepped.counted_under,
    }


def note(uow: UnitOfWork, noted: Case) -> None:
    """Keep the new ends of the history and of the audit chain after an act that left the engine alone."""
    uow.connection.execute(
        update(case)
        .where(case.c.id == noted.id)
        .values(event_seq=noted.event_seq, audit_seq=noted.head.seq, audit_head=noted.head.hash)
    )


# Tasks of people.


def task(uow: UnitOfWork, task_id: str) -> Task | None:
    row = uow.connection.execute(select(*_TASK_COLUMNS).where(user_task.c.id == task_id)).one_or_none()
    return None if row is None else as_task(row)


def taken_away(uow: UnitOfWork, *, case_id: str, form_id: str | None) -> Sequence[str]:
    """The ids of a case's cancelled tasks with this form, the latest first, if it was not submitted since."""
    same = (user_task.c.case_id == case_id, user_task.c.form_id == form_id, user_task.c.status == "cancelled")
    since = exists().where(
        form_submission.c.case_id == case_id,
        form_submission.c.form_id == form_id,
        form_submission.c.submitted_at >= user_task.c.created_at,
    )
    found = select(user_task.c.id).where(*same, ~since).order_by(user_task.c.created_at.desc(), user_task.c.id)
    return uow.connection.scalars(found).all()


def add_tasks(uow: UnitOfWork, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        uow.connection.execute(insert(user_task), [dict(row) for row in rows])


def close_tasks(uow: UnitOfWork, *, cancelled: Collection[str], done: Task | None, by: By, key: str | None) -> None:
    """Close the task that was done and those that its step took away, in one statement."""
    rows = [_closing(task_id, uow.now, status="cancelled") for task_id in cancelled]
    if done is not None:
        rows.append(_closing(done.id, uow.now, status="done", by=by, key=key))
    if rows:
        uow.connection.execute(
            update(user_task)
            .where(user_task.c.id == bindparam("closed"))
            .values(
                status=bindparam("new_status"),
                done_by=bindparam("by_id"),
                done_by_name=bindparam("by_name"),
                done_at=bindparam("at"),
                submission_key=bindparam("key"),
                free_in=None,
                notice_at=None,
            ),
            rows,
        )


def _closing(
    task_id: str, at: datetime, *, status: str, by: By | None = None, key: str | None = None
) -> dict[str, Any]:
    return {
        "closed": task_id,
        "new_status": status,
        "by_id": by.actor.user_id if by else None,
        "by_name": by.actor.name if by else None,
        "at": at,
        "key": key,
    }


def assign(uow: UnitOfWork, task_id: str, *, user_id: str | None, name: str | None) -> None:
    """Give an open task to somebody, or back to its queue."""
    changes = {"assignee_id": user_id, "assignee_name": name, "free_in": user_task.c.queue if user_id is None else None}
    uow.connection.execute(update(user_task).where(user_task.c.id == task_id).values(**changes))


def open_queue(uow: UnitOfWork, *, case_id: str, role: str, org_id: str, queue: str) -> None:
    """Give the open tasks of a role to the organisation that has it now; a claim of the former one's people ends."""
    uow.connection.execute(
        update(user_task)
        .where(user_task.c.case_id == case_id, user_task.c.role == role, user_task.c.status == "open")
        .values(org_id=org_id, queue=queue, free_in=queue, assignee_id=None, assignee_name=None)
    )


# Waits.


def replace_timers(uow: UnitOfWork, case_id: str, *, gone: Sequence[str], new: Sequence[TimerWait]) -> None:
    """Write new timers in place of those that are gone: often one follows another, and that is one statement."""
    rows = [
        {
            "task_id": wait.task_id,
            "process_id": wait.process_id,
            "element_id": wait.element_id,
            "due_at": wait.due_at,
            "next_at": wait.due_at,
            "attempts": 0,
        }
        for wait in new
    ]
    if taken_over := [{**row, "row": row_id} for row_id, row in zip(gone, rows, strict=False)]:
        values: dict[str, Any] = {name: bindparam(name) for name in rows[0]}
        uow.connection.execute(update(timer).where(timer.c.id == bindparam("row")).values(**values), taken_over)
    if left := gone[len(rows) :]:
        uow.connection.execute(delete(timer).where(timer.c.id.in_(left)))
    if added := rows[len(gone) :]:
        uow.connection.execute(insert(timer), [{**row, "id": uow.ids(), "case_id": case_id} for row in added])


def add_subscriptions(uow: UnitOfWork, case_id: str, waits: Sequence[SubscriptionWait]) -> None:
    if waits:
        uow.connection.execute(
            insert(subscription),
            [
                {
                    "id": uow.ids(),
                    "case_id": case_id,
                    "task_id": wait.task_id,
                    "process_id": wait.process_id,
                    "element_id": wait.element_id,
                    "name": wait.message,
                    "correlation_key": wait.correlation_key,
                }
                for wait in waits
            ],
        )


def remove_subscriptions(uow: UnitOfWork, ids: Collection[str]) -> None:
    if ids:
        uow.connection.execute(delete(subscription).where(subscription.c.id.in_(ids)))


def is_awaited(uow: UnitOfWork, message: OutMessage) -> bool:
    """Whether a case waits for a message now."""
    same = (subscription.c.name == message.name, subscription.c.correlation_key == message.correlation_key)
    return uow.connection.execute(select(subscription.c.id).where(*same).limit(1)).first() is not None


def send(uow: UnitOfWork, messages: Sequence[OutMessage], *, source_case_id: str | None) -> None:
    """Put messages into the outbox; the worker delivers them, or keeps them until somebody waits for them."""
    if messages:
        uow.connection.execute(
            insert(message_outbox),
            [
                {
                    "id": uow.ids(),
                    "name": message.name,
                    "correlation_key": message.correlation_key,
                    "variables": dict(message.variables),
                    "source_case_id": source_case_id,
                    "created_at": uow.now,
                    "next_at": uow.now,
                    "attempts": 0,
                    "expires_at": uow.now + MESSAGE_TTL,
                    "status": "waiting",
                }
                for message in messages
            ],
        )


# What stands still.


def add_incidents(uow: UnitOfWork, of: Case, failures: Sequence[tuple[str, Failure]]) -> None:
    """Open incidents, each of a kind."""
    if failures:
        uow.connection.execute(
            insert(incident),
            [
                {
                    "id": uow.ids(),
                    "case_id": of.id,
                    "project_id": of.project_id,
                    "task_id": failure.task_id,
                    "process_id": failure.process_id,
                    "element_id": failure.element_id,
                    "name": failure.name,
                    "kind": kind,
                    "message": failure.message,
                    "opened_at": uow.now,
                }
                for kind, failure in failures
            ],
        )


def resolve_incidents(uow: UnitOfWork, ids: Collection[str], *, by: By) -> None:
    if ids:
        uow.connection.execute(
            update(incident).where(incident.c.id.in_(ids)).values(resolved_at=uow.now, resolved_by=by.actor.name)
        )


# Parties, submissions, history.


def set_party(uow: UnitOfWork, *, case_id: str, role: str, org_id: str, known: bool) -> None:
    """Let an organisation have a role; `known` tells whether one had it before."""
    if known:
        former = (case_party.c.case_id == case_id, case_party.c.role == role)
        uow.connection.execute(update(case_party).where(*former).values(org_id=org_id, assigned_at=uow.now))
    else:
        add_parties(uow, case_id, {role: org_id})


def add_parties(uow: UnitOfWork, case_id: str, parties: Mapping[str, str]) -> None:
    if parties:
        rows = [
            {"case_id": case_id, "role": role, "org_id": org_id, "assigned_at": uow.now}
            for role, org_id in parties.items()
        ]
        uow.connection.execute(insert(case_party), rows)


def add_submission(uow: UnitOfWork, new: Submission) -> None:
    uow.connection.execute(
        insert(form_submission).values(**{each.name: getattr(new, each.name) for each in fields(new)})
    )


def submission_id_of_key(uow: UnitOfWork, submission_key: str) -> str | None:
    return uow.connection.scalar(select(form_submission.c.id).where(form_submission.c.submission_key == submission_key))


def submission(uow: UnitOfWork, submission_id: str) -> Submission | None:
    query = select(form_submission).where(form_submission.c.id == submission_id)
    row = uow.connection.execute(query).mappings().one_or_none()
    return None if row is None else Submission(**row)


def submission_of_task(uow: UnitOfWork, task_id: str) -> Submission | None:
    query = select(form_submission).where(form_submission.c.task_id == task_id)
    row = uow.connection.execute(query).mappings().one_or_none()
    return None if row is None else Submission(**row)


def submissions(uow: UnitOfWork, case_ids: Collection[str]) -> tuple[Submission, ...]:
    """What was submitted in any of the cases, the latest last."""
    query = select(form_submission).where(form_submission.c.case_id.in_(case_ids)).order_by(form_submission.c.id)
    return tuple(Submission(**row) for row in uow.connection.execute(query).mappings())


def latest_submissions(uow: UnitOfWork, case_id: str, *, limit: int) -> tuple[Submission, ...]:
    """What was submitted last in a case, the latest first."""
    query = (
        select(form_submission)
        .where(form_submission.c.case_id == case_id)
        .order_by(form_submission.c.id.desc())
        .limit(limit)
    )
    return tuple(Submission(**row) for row in uow.connection.execute(query).mappings())


def last_answers(uow: UnitOfWork, *, case_id: str, form_id: str) -> Mapping[str, Any] | None:
    """What was last submitted with a form in a case."""
    query = (
        select(form_submission.c.data)
        .where(form_submission.c.case_id == case_id, form_submission.c.form_id == form_id)
        .order_by(form_submission.c.id.desc())
        .limit(1)
    )
    row = uow.connection.execute(query).one_or_none()
    return None if row is None else row.data


@dataclass(frozen=True)
class Signature:
    """Whose work an event was: of `by`, on one task, with what he submitted."""

    by: By
    task_id: str | None = None
    submission_id: str | None = None


def add_events(uow: UnitOfWork, of: Case, events: Sequence[Event], *, signature: Signature) -> None:
    """Append to the history behind `of.event_seq`. What nobody in particular did is the system's."""
    rows = []
    for seq, event in enumerate(events, start=of.event_seq + 1):
        signed = event.task_id == signature.task_id and event.kind != "entered"
        by = signature.by if signed else None
        rows.append(
            {
                "case_id": of.id,
                "seq": seq,
                "at": uow.now,
                "kind": event.kind,
                "process_id": event.process_id,
                "element_id": event.element_id,
                "element_type": event.element_type,
                "name": event.name,
                "task_id": event.task_id,
                "flow_id": event.flow_id,
                "actor_id": by.actor.user_id if by else None,
                "actor_name": by.actor.name if by else None,
                "actor_org": by.org_name if by else None,
                "submission_id": signature.submission_id if signed else None,
                "note": None,
                "changes": dict(event.changes),
            }
        )
    if rows:
        uow.connection.execute(insert(case_event), rows)


def add_note(uow: UnitOfWork, of: Case, *, kind: str, about: Task, by: By, words: str | None = None) -> None:
    """Append something that people did to a task without completing it, such as claiming it."""
    uow.connection.execute(
        insert(case_event).values(
            case_id=of.id,
            seq=of.event_seq + 1,
            at=uow.now,
            kind=kind,
            process_id=about.process_id,
            element_id=about.element_id,
            element_type="userTask",
            name=about.name,
            task_id=about.id,
            actor_id=by.actor.user_id,
            actor_name=by.actor.name,
            actor_org=by.org_name,
            note=words,
            changes={},
        )
    )


def add_remark(
    uow: UnitOfWork, of: Case, *, kind: str, name: str, words: str, changes: Mapping[str, Any] | None = None
) -> None:
    """Append something that happened to the case as a whole, by itself."""
    uow.connection.execute(
        insert(case_event).values(
            case_id=of.id,
            seq=of.event_seq + 1,
            at=uow.now,
            kind=kind,
            process_id=of.process_id,
            element_id="",
            element_type="",
            name=name,
            note=words,
            changes=dict(changes or {}),
        )
    )


# Rows to data.


def as_case(row: Row[Any]) -> Case:
    return Case(
        id=row.id,
        process_id=row.process_id,
        bundle_key=row.bundle_key,
        project_id=row.project_id,
        business_key=row.business_key,
        status=row.status,
        rev=row.rev,
        event_seq=row.event_seq,
        head=Head(row.audit_seq, row.audit_head),
        started_by=row.started_by,
        started_by_name=row.started_by_name,
        started_at=row.started_at,
        ended_at=row.ended_at,
        counted_under=row.counted_under,
    )


def as_task(row: Row[Any], *, prefix: str = "") -> Task:
    """A task of a row that has at least the columns of `Task`."""
    values = {each.name: getattr(row, prefix + each.name) for each in fields(Task)}
    return Task(**{**values, "clauses": tuple(values["clauses"])})
