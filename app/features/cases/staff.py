"""What becomes of open tasks, in all cases, when those who do them change."""

from __future__ import annotations

from sqlalchemy import update

from app.features.cases.tables import user_task
from app.kernel.database import UnitOfWork


def end_claims(uow: UnitOfWork, user_id: str, *, queue: str | None = None) -> None:
    """Put what a person has claimed, in one queue or in all, back into its queue."""
    claimed = update(user_task).where(user_task.c.assignee_id == user_id, user_task.c.status == "open")
    if queue is not None:
        claimed = claimed.where(user_task.c.queue == queue)
    uow.connection.execute(claimed.values(assignee_id=None, assignee_name=None, free_in=user_task.c.queue))


def hand_over(uow: UnitOfWork, *, role: str, org_id: str, queue: str) -> None:
    """Give the open tasks of an office's role to the organisation that holds it now.

    Those that nobody had are incidents, and stay so until an administrator retries them.
    """
    uow.connection.execute(
        update(user_task)
        .where(user_task.c.role == role, user_task.c.status == "open", user_task.c.org_id != org_id)
        .values(org_id=org_id, queue=queue, free_in=queue, assignee_id=None, assignee_name=None)
    )
