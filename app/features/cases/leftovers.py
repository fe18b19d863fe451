"""Drafts that nobody can submit any more.

A draft outlives the task that a deadline took away as long as its case may come back to the same form: what was typed
is not lost with the round (3.1-1). It ends when the form is submitted, and with the case.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, or_, select

from app.features.cases.model import Case, Task
from app.features.cases.tables import case, user_task
from app.features.forms import store as drafts
from app.kernel.database import UnitOfWork


def remove_drafts(uow: UnitOfWork, stepped: Case, *, done: Task | None) -> None:
    """Remove everybody's drafts that a step of a case has made useless; it has been written."""
    if stepped.status != "running":
        useless: ColumnElement[bool] = user_task.c.case_id == stepped.id
    elif done is not None:
        overtaken = and_(
            user_task.c.case_id == stepped.id,
            user_task.c.form_id == done.form_id,
            user_task.c.status == "cancelled",
        )
        useless = or_(user_task.c.id == done.id, overtaken)
    else:
        return
    drafts.remove(uow, of_tasks=select(user_task.c.id).where(useless))


def sweep(uow: UnitOfWork) -> int:
    """Remove drafts that were saved at the very moment their task ended, and those of before; returns how many."""
    ended = or_(user_task.c.status == "done", case.c.status != "running")
    useless = select(user_task.c.id).join(case, case.c.id == user_task.c.case_id).where(ended)
    return drafts.remove(uow, of_tasks=useless)
