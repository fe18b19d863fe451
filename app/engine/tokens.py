"""Tokens: the tasks of a SpiffWorkflow tree, as this engine uses them.

A task exists from the moment a token arrives at its element; nothing is predicted ahead. While a task waits it is
STARTED, and what it waits for stands in its `internal_data`, its memo:

    at         when it arrived, counted in arrivals; the order of everything that needs an order
    flow       the sequence flow it came by
    local      variables that only this task sees (input mappings, the item of a loop)
    due, cycle, message, key, human, job     what it waits for, see the specs
    guards     (boundary event) the id of the activity it is attached to
    race       (after an event gateway) the id of the gateway: the first event to happen ends the others
    result     what it waited for has come: the variables it brings
    thrown     [kind, code, message] of an error that a boundary event may catch
    failure    why it cannot go on; it stays STARTED until it is retried
    changes    the data difference it made, until its completion is recorded
    taken      (gateway) the ids of the flows it chose; `start` (root): the id of the start event that was chosen
    index      (instance of a loop) its place among the items; `items`, `outputs`, `collected`, `spawned`, `before`
               and `carried` (loop) are the loop's own account
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias
from uuid import UUID

from SpiffWorkflow.util.task import TaskState

from app.engine.data import merged
from app.engine.model import Json

Token: TypeAlias = Any
"""A `SpiffWorkflow.task.Task`; the library is untyped."""
Flowing: TypeAlias = Any
"""A workflow of the library: the case itself, or the inside of one of its sub-processes and call activities."""

LIVE: Final = TaskState.FUTURE | TaskState.WAITING | TaskState.READY | TaskState.STARTED


def live(workflow: Flowing) -> list[Token]:
    """The tokens of one workflow that are not finished, in order of arrival."""
    return sorted((task for task in workflow.tasks.values() if task.state & LIVE), key=arrival)


def workflows(case: Flowing) -> Iterator[Flowing]:
    """The case and everything running inside it."""
    yield case
    yield from case.subprocesses.values()


def all_live(case: Flowing) -> list[Token]:
    return sorted(
        (task for flowing in workflows(case) for task in flowing.tasks.values() if task.state & LIVE), key=arrival
    )


def arrival(task: Token) -> int:
    return int(task.internal_data.get("at", 0))


def visible(task: Token) -> dict[str, Json]:
    """The variables that a task sees: the token's data, and over them what is local to it."""
    local = task.internal_data.get("local")
    return {**task.data, **local} if local else task.data


def descendants(task: Token) -> list[Token]:
    """Everything below a task, without recursion: a tree may be thousands deep."""
    found: list[Token] = []
    pending = list(task.children)
    while pending:
        child = pending.pop()
        found.append(child)
        pending.extend(child.children)
    return found


def together(tokens: Iterable[Token], data: Mapping[UUID, Mapping[str, Json]] | None = None) -> dict[str, Json]:
    """The data of several tokens of one workflow merged three ways, each fork against its own state.

    The two tokens that parted last are merged first, against the data of the task where they parted; so a change
    made before that fork is not taken for a change of each branch. Where branches disagree, those that go on count
    for more than those that have ended, and later arrivals for more than earlier ones. `data` replaces the data of
    single tokens.
    """
    replaced = data or {}
    branches = [(_path(token), _rank(token), replaced.get(token.id, token.data)) for token in tokens]
    while len(branches) > 1:
        fork, depth = _last_fork(branches)
        group = [branch for branch in branches if branch[0][depth - 1 : depth] == [fork]]
        group.sort(key=lambda branch: branch[1])
        joined = merged(fork.data, [data for _, _, data in group])
        rest = [branch for branch in branches if branch not in group]
        branches = [*rest, (group[0][0][:depth], group[-1][1], joined)]
    return dict(branches[0][2]) if branches else {}


_Branch: TypeAlias = tuple[list[Token], tuple[bool, int], Mapping[str, Json]]


def _rank(token: Token) -> tuple[bool, int]:
    """Ended branches come first, so that it makes no difference whether they were merged with each other before."""
    return token.task_spec.name != "End", arrival(token)


def _path(task: Token) -> list[Token]:
    path = []
    while task is not None:
        path.append(task)
        task = task.parent
    return path[::-1]


def _common(one: list[Token], other: list[Token]) -> int:
    length = 0
    for left, right in zip(one, other, strict=False):
        if left is not right:
            break
        length += 1
    return length


def _last_fork(branches: list[_Branch]) -> tuple[Token, int]:
    """The task deepest in the tree that two of the branches have in common, and its depth."""
    pairs = ((one[0], other[0]) for index, one in enumerate(branches) for other in branches[index + 1 :])
    depth, path = max(((_common(one, other), one) for one, other in pairs), key=lambda found: found[0])
    return path[depth - 1], depth
