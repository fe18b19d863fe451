"""Forgetting what is over, so that the thousandth step costs what the first does.

The history of a case lives in the events of each step; the tree need only hold the live tokens and the forks
where they parted, whose data the next join merges against. Everything else is dropped after each command.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from SpiffWorkflow.util.task import TaskState

from app.engine.nodes import End
from app.engine.runtime import Case
from app.engine.tokens import LIVE, Flowing, Token, arrival, together, workflows


def prune(case: Case) -> None:
    """Leave only live tokens, the forks above them, and the parts that still run."""
    _drop_parts(case)
    for workflow in list(workflows(case)):
        _drop_dead(workflow)
        _splice(workflow)
        while _fold(workflow):
            _splice(workflow)


def _drop_parts(case: Case) -> None:
    """Forget sub-processes whose task is over, and whatever ran inside those."""
    parts = case.subprocesses
    while True:
        holders = {task.id: task for workflow in workflows(case) for task in workflow.tasks.values()}
        over = [key for key in parts if key not in holders or not holders[key].state & LIVE]
        if not over:
            return
        for key in over:
            del parts[key]


def _drop_dead(workflow: Flowing) -> None:
    """Drop every branch that holds no live token; a completed instance that its loop has not collected lives."""
    kept: set[UUID] = {workflow.task_tree.id}
    for task in workflow.tasks.values():
        if task.state & LIVE or _is_uncollected(task):
            ancestor = task
            while ancestor is not None and ancestor.id not in kept:
                kept.add(ancestor.id)
                ancestor = ancestor.parent
    if len(kept) < len(workflow.tasks):
        workflow.tasks = {key: task for key, task in workflow.tasks.items() if key in kept}
        for task in workflow.tasks.values():
            task._children = [child for child in task._children if child in kept]
    workflow.last_task = None


def _is_uncollected(task: Token) -> bool:
    if not task.triggered or task.state != TaskState.COMPLETED:
        return False
    memo = task.parent.internal_data
    return bool(task.parent.state & LIVE) and task.internal_data["index"] not in memo["collected"]


def _splice(workflow: Flowing) -> None:
    """Take out every finished task on the way to a single child: nothing will be merged against it."""
    tasks: dict[UUID, Any] = workflow.tasks
    for task in list(tasks.values()):
        parent = task.parent
        if parent is None or len(task._children) != 1 or task.state & LIVE:
            continue
        child = tasks[task._children[0]]
        child._parent = parent.id
        parent._children[parent._children.index(task.id)] = child.id
        del tasks[task.id]
    root = workflow.task_tree
    if len(root._children) == 1 and not root.state & LIVE:
        root.data = {}


def _fold(workflow: Flowing) -> bool:
    """Make one of several tokens that came to the end from the same fork, as the end itself would do later.

    Without this a reminder that repeats for a year would leave a token at the end every day.
    """
    ended: dict[UUID, list[Token]] = {}
    for task in workflow.tasks.values():
        if task.state == TaskState.WAITING and isinstance(task.task_spec, End):
            ended.setdefault(task._parent, []).append(task)
    folded = False
    for tokens in ended.values():
        if len(tokens) > 1:
            ordered = sorted(tokens, key=arrival)
            ordered[-1].data = together(ordered)
            for token in ordered[:-1]:
                workflow._remove_task(token.id)
            folded = True
    return folded
