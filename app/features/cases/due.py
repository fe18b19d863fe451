"""Finding what is due, for the worker. Rows that another worker holds are passed over, never waited for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select, update

from app.features.cases.model import Task
from app.features.cases.store import as_task
from app.features.cases.tables import case, message_outbox, subscription, timer, user_task
from app.features.jobs.model import pause_after
from app.features.projects.store import project
from app.kernel.database import UnitOfWork


def has_timer(uow: UnitOfWork) -> bool:
    return _is_any(uow, select(timer.c.id).where(timer.c.next_at <= uow.now))


def has_notice(uow: UnitOfWork) -> bool:
    return _is_any(uow, select(user_task.c.id).where(user_task.c.notice_at <= uow.now))


def has_letter(uow: UnitOfWork, names: Collection[str]) -> bool:
    """Whether there is a message of these names to deliver."""
    if not names:
        return False
    named = select(message_outbox.c.id).where(*_deliverable(uow), message_outbox.c.name.in_(list(names)))
    return _is_any(uow, named)


def has_late_letter(uow: UnitOfWork) -> bool:
    return _is_any(uow, select(message_outbox.c.id).where(*_late(uow)))


def has_case_of_terminated_project(uow: UnitOfWork, *, except_for: Collection[str], outliving: Collection[str]) -> bool:
    return _is_any(uow, _orphans(except_for, outliving))


def case_of_terminated_project(
    uow: UnitOfWork, *, except_for: Collection[str], outliving: Collection[str]
) -> str | None:
    """A running case of a project that was terminated, locked; `outliving` are the processes that go on."""
    query = _orphans(except_for, outliving).order_by(case.c.id).limit(1).with_for_update(of=case, skip_locked=True)
    return uow.connection.scalar(query)


def _orphans(except_for: Collection[str], outliving: Collection[str]) -> Select[tuple[str]]:
    over = select(project.c.id).where(project.c.status == "terminated")
    running = (case.c.status == "running", case.c.id.not_in(except_for), case.c.process_id.not_in(outliving))
    return select(case.c.id).where(*running, case.c.project_id.in_(over))


def case_with_due_timer(uow: UnitOfWork) -> str | None:
    """The case whose timer has been due longest, locked; cases that somebody is working on come later."""
    query = (
        select(case.c.id)
        .join(timer, timer.c.case_id == case.c.id)
        .where(timer.c.next_at <= uow.now)
        .order_by(timer.c.next_at, timer.c.id)
        .limit(1)
        .with_for_update(of=case, skip_locked=True)
    )
    return uow.connection.scalar(query)


def rest_timers(uow: UnitOfWork, case_id: str) -> None:
    """Let the due timers of a case rest, longer each time: firing them failed, and others must have their turn."""
    due = select(timer.c.id, timer.c.attempts).where(timer.c.case_id == case_id, timer.c.next_at <= uow.now)
    for row in uow.connection.execute(due).all():
        attempts = row.attempts + 1
        rested = {"attempts": attempts, "next_at": uow.now + pause_after(attempts)}
        uow.connection.execute(update(timer).where(timer.c.id == row.id).values(**rested))


@dataclass(frozen=True)
class Letter:
    """A message of the outbox and where it goes: to a waiting case, or, without one, to a start of a process."""

    id: str
    name: str
    correlation_key: str
    variables: Mapping[str, Any]
    attempts: int
    case_id: str | None = None


def letter_for_waiting_case(uow: UnitOfWork) -> Letter | None:
    """The oldest message that a case waits for. One that nobody waits for stays, and costs nothing."""
    query = (
        select(message_outbox, subscription.c.case_id)
        .join(
            subscription,
            (subscription.c.name == message_outbox.c.name)
            & (subscription.c.correlation_key == message_outbox.c.correlation_key),
        )
        .where(*_deliverable(uow))
        .order_by(message_outbox.c.id, subscription.c.id)
        .limit(1)
    )
    row = uow.connection.execute(query).one_or_none()
    return None if row is None else _letter(row, case_id=row.case_id)


def letter_for_start(uow: UnitOfWork, names: Collection[str]) -> Letter | None:
    """The oldest message that starts a process, locked."""
    if not names:
        return None
    query = (
        select(message_outbox)
        .where(*_deliverable(uow), message_outbox.c.name.in_(list(names)))
        .order_by(message_outbox.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = uow.connection.execute(query).one_or_none()
    return None if row is None else _letter(row, case_id=None)


def take_letter(uow: UnitOfWork, letter: Letter) -> bool:
    """Count an attempt to deliver a message, which rests before the next; False when somebody else has delivered it."""
    attempts = letter.attempts + 1
    taken = (
        update(message_outbox)
        .where(message_outbox.c.id == letter.id, message_outbox.c.status == "waiting")
        .values(attempts=attempts, next_at=uow.now + pause_after(attempts))
    )
    return uow.connection.execute(taken).rowcount == 1


def mark_delivered(uow: UnitOfWork, letter: Letter, *, case_id: str) -> None:
    """Note to which case a message that was taken has gone."""
    delivered = {"status": "delivered", "delivered_at": uow.now, "delivered_case_id": case_id}
    uow.connection.execute(update(message_outbox).where(message_outbox.c.id == letter.id).values(**delivered))


def expire_letters(uow: UnitOfWork) -> int:
    """Give up messages that nobody has waited for in time; returns how many."""
    return uow.connection.execute(update(message_outbox).where(*_late(uow)).values(status="expired")).rowcount


def task_to_notice(uow: UnitOfWork) -> Task | None:
    """The task whose reminder has been due longest, locked."""
    query = (
        select(user_task)
        .where(user_task.c.notice_at <= uow.now)
        .order_by(user_task.c.notice_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = uow.connection.execute(query).one_or_none()
    return None if row is None else as_task(row)


def set_notice(uow: UnitOfWork, noticed: Task, *, next_notice: Any) -> None:
    uow.connection.execute(update(user_task).where(user_task.c.id == noticed.id).values(notice_at=next_notice))


def _deliverable(uow: UnitOfWork) -> tuple[Any, ...]:
    return (
        message_outbox.c.status == "waiting",
        message_outbox.c.next_at <= uow.now,
        message_outbox.c.expires_at > uow.now,
    )


def _late(uow: UnitOfWork) -> tuple[Any, ...]:
    return (message_outbox.c.status == "waiting", message_outbox.c.expires_at <= uow.now)


def _is_any(uow: UnitOfWork, query: Select[Any]) -> bool:
    return uow.connection.execute(query.limit(1)).first() is not None


def _letter(row: Any, *, case_id: str | None) -> Letter:
    return Letter(row.id, row.name, row.correlation_key, row.variables, row.attempts, case_id)
