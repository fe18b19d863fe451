"""What a publication of working days does to running cases: their provisional deadlines are counted again.

Each case remembers the edition of the calendar that its provisional deadlines rest on, so nothing is missed, whoever
was at work while a year was published.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update

from app.engine.model import Json, Step, UserTaskWait
from app.features.audit.model import AUTOMATIC, Act
from app.features.cases import notices, store
from app.features.cases.model import BY_SYSTEM, END_OF_TIME, Task
from app.features.cases.queries import open_tasks
from app.features.cases.step import CaseStep
from app.features.cases.store import Signature
from app.features.cases.tables import case, user_task
from app.features.projects.store import project
from app.kernel.database import UnitOfWork
from services.recounting import provisional, recounted


@dataclass(frozen=True)
class Standing:
    """How many deadlines of running cases are provisional, and how many of these are about to be counted again."""

    provisional: int
    waiting: int


def standing(uow: UnitOfWork, edition: str) -> Standing:
    """Of the projects that are not confidential; `edition` is that of the calendar as it is now."""
    query = (
        select(case.c.variables, case.c.counted_under)
        .outerjoin(project, project.c.id == case.c.project_id)
        .where(case.c.counted_under.is_not(None), project.c.confidential.is_not(True))
    )
    counts = [(len(provisional(row.variables)), row.counted_under) for row in uow.connection.execute(query)]
    return Standing(sum(n for n, _ in counts), sum(n for n, known in counts if known != edition))


def case_to_recount(uow: UnitOfWork, edition: str) -> str | None:
    """A case whose provisional deadlines rest on another edition of the calendar."""
    query = select(case.c.id).where(case.c.counted_under.is_not(None), case.c.counted_under != edition)
    return uow.connection.scalar(query.order_by(case.c.id).limit(1))


def give_up(uow: UnitOfWork, case_id: str, edition: str) -> None:
    """Let a case rest until the next publication."""
    uow.connection.execute(update(case).where(case.c.id == case_id).values(counted_under=edition))


def recount(uow: UnitOfWork, step: CaseStep, *, year: int) -> bool:
    """Count the provisional deadlines of a case again after the publication of `year`; whether any date changed.

    Variables, due dates, reminders and timers that have not fired follow; history says so, and the people of every
    task whose deadline moved are told. Due timers must have fired before.
    """
    before = open_tasks(uow, [step.case.id])
    context = step.context

    def revision(variables: Any) -> dict[str, Json]:
        return recounted(variables, lambda inputs, headers: context.run("set-deadline", inputs, headers))

    changed = step.instance.revise(revision)
    step.case = replace(step.case, counted_under=None)
    names = sorted(name for name in changed if f"{name}_last_day" in changed)
    act = Act(AUTOMATIC, "recount-deadlines", f"case:{step.case.id}", {"year": year, "variables": names})
    saved = step.save(act, Signature(BY_SYSTEM))
    moved = _reschedule(uow, step, before, saved)
    for task, due_at in moved:
        notices.tell_moved(uow, task, due_at=due_at, year=year, project=context.project)
    if names:
        now = {name: saved.variables.get(name) for name in sorted(changed)}
        words = _words(moved, year=year)
        store.add_remark(uow, step.case, kind="recounted", name="工作日历", words=words, changes=now)
        store.note(uow, replace(step.case, event_seq=step.case.event_seq + 1))
    return bool(names)


def _reschedule(uow: UnitOfWork, step: CaseStep, before: tuple[Task, ...], saved: Step) -> list[tuple[Task, datetime]]:
    """Write what open tasks wait until and show now; returns those whose deadline moved, with the new one."""
    waits = {wait.task_id: wait for wait in saved.user_tasks}
    going_on = [(task, waits[task.id]) for task in before if task.id in waits]
    rows = [_row(task, wait, step=step, now=uow.now) for task, wait in going_on]
    if rows:
        values: dict[str, Any] = {name: bindparam(name) for name in rows[0] if name != "moved"}
        uow.connection.execute(update(user_task).where(user_task.c.id == bindparam("moved")).values(**values), rows)
    return [(task, wait.due_at) for task, wait in going_on if wait.due_at is not None and wait.due_at != task.due_at]


def _row(task: Task, wait: UserTaskWait, *, step: CaseStep, now: datetime) -> dict[str, Any]:
    return {
        "moved": task.id,
        "variables": dict(wait.variables),
        "due_at": wait.due_at,
        "remind_at": wait.remind_at,
        "sort_at": wait.due_at or END_OF_TIME,
        "notice_at": _next_notice(task, wait, step=step, now=now),
    }


def _next_notice(task: Task, wait: UserTaskWait, *, step: CaseStep, now: datetime) -> datetime | None:
    """The next reminder; at once if the deadline has moved into the past, never again if it had passed before."""
    if wait.due_at is not None and wait.due_at <= now:
        return now if task.due_at is not None and task.due_at > now else None
    remind_at = wait.remind_at if wait.remind_at is not None and wait.remind_at > now else None
    return step.next_notice(replace(wait, remind_at=remind_at))


def _words(moved: list[tuple[Task, datetime]], *, year: int) -> str:
    occasion = f"{year}年节假日安排公布"
    if not moved:
        return f"{occasion}，暂定期限重新计算。"
    dates = (
        f"“{task.name}”的期限由 {notices.last_moment(task.due_at)} 改为 {notices.last_moment(due_at)}"
        for task, due_at in moved
        if task.due_at is not None
    )
    return f"{occasion}，{'；'.join(dates)}。"
