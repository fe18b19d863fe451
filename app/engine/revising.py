"""Changing what a waiting case knows, and with it the moments that were reckoned from that.

A case knows the same thing in many places: in the token of every branch, in the forks that a join will merge against,
inside sub-processes, in what a loop has carried so far. All of them are revised by the same function of what they
hold, so whatever was the same stays the same, and a branch that knows otherwise keeps its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from app.engine import times
from app.engine.activities import UserTask, moment_of
from app.engine.data import checked, difference
from app.engine.dialect import is_expression
from app.engine.events import Catch
from app.engine.model import Json
from app.engine.nodes import turn
from app.engine.runtime import Case, is_open
from app.engine.tokens import Token, workflows

Revision: TypeAlias = Callable[[Mapping[str, Json]], Mapping[str, Json]]
"""From the variables as one place holds them to those that change; a pure function."""

_LOOP_ACCOUNTS = ("before", "carried")


def revise(case: Case, revision: Revision) -> frozenset[str]:
    """The names of the variables that changed; DataInvalid, EngineError or TimeInvalid, and then nothing has changed.

    Due dates, reminders and dated timers whose expression reads a changed variable are settled anew. Durations and
    cycles run from when they began, and what has fired has fired.
    """
    tokens = [token for workflow in workflows(case) for token in workflow.tasks.values()]
    revised = [(token, _applied(token.data, revision), _memo(token, revision)) for token in tokens]
    moments = [_moments(token, data) for token, data, _ in revised]
    changed: set[str] = set()
    for (token, data, memo), settled in zip(revised, moments, strict=True):
        changed |= difference(token.data, data).keys()
        token.data = data
        token.internal_data.update({**memo, **settled})
    return frozenset(changed)


def _applied(data: Mapping[str, Json], revision: Revision) -> dict[str, Json]:
    return {**data, **checked(revision(data))}


def _memo(token: Token, revision: Revision) -> dict[str, Any]:
    """The copies of variables in a token's account: what a loop carries, and what has come but could not go on."""
    memo = token.internal_data
    copies: dict[str, Any] = {name: _applied(memo[name], revision) for name in _LOOP_ACCOUNTS if name in memo}
    if "result" in memo:
        changes = checked(revision({**token.data, **memo["result"]}))
        copies["result"] = {name: changes.get(name, value) for name, value in memo["result"].items()}
    return copies


def _moments(token: Token, data: Mapping[str, Json]) -> dict[str, Any]:
    """What an open token waits until, settled anew where it was reckoned from what changes."""
    if not is_open(token):
        return {}
    names = difference(token.data, data).keys()
    context = {**data, **token.internal_data.get("local", {})}
    spec = token.task_spec
    if isinstance(spec, UserTask) and names:
        return {"human": {**token.internal_data["human"], **_human(token, spec, names, context)}}
    if isinstance(spec, Catch) and spec.trigger.timer == "date" and _reads(token, spec.trigger.expression, names):
        return {"due": times.instant(spec.time_in(token, context)).isoformat()}
    return {}


def _human(token: Token, spec: UserTask, names: Iterable[str], context: Mapping[str, Json]) -> dict[str, str | None]:
    drawn = {"due": (spec.drawn.due, True), "remind": (spec.drawn.remind, False)}
    return {
        key: moment_of(token, text, context, end_of_day=end_of_day)
        for key, (text, end_of_day) in drawn.items()
        if _reads(token, text, names)
    }


def _reads(token: Token, text: str | None, names: Iterable[str]) -> bool:
    return text is not None and is_expression(text) and not turn(token).names_in(text).isdisjoint(names)
