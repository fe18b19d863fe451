"""Tasks that a measure against their project stops: the diagram says by which, in `held-by` (3.3-11)."""

from __future__ import annotations

from app.features.cases.model import Task
from app.features.measures import store as measures
from app.kernel.database import UnitOfWork
from app.kernel.errors import Conflict
from services.measures import Measure


class Held(Conflict):
    """A measure stands in the way of this act, whoever asks for it."""


def holding(uow: UnitOfWork, task: Task) -> tuple[Measure, ...]:
    """The measures that stop a task now, the oldest first."""
    kinds = task.properties.get("held-by", "").split()
    if not kinds or task.project_id is None:
        return ()
    standing = measures.standing_of(uow, [task.project_id]).get(task.project_id, ())
    return tuple(each for each in standing if each.kind in kinds)


def require_free(uow: UnitOfWork, task: Task) -> None:
    """Raises Held, saying what stands in the way and who can lift it."""
    if standing := holding(uow, task):
        words = "；".join(each.sentence().removesuffix("。") for each in standing)
        raise Held(f"这项任务现在不能办理。{words}")


def bears_on_others(task: Task) -> bool:
    """Whether other cases of the project matter to a task: what it reads of the project must not change meanwhile."""
    return not {"held-by", "check"}.isdisjoint(task.properties)
