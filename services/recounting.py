"""Counting provisional deadlines again, once more years of the working calendar are published (3.4-5)."""

from __future__ import annotations

from collections.abc import Callable

from services.facts import Headers, Inputs, Json, Outcome

_MARK = "_provisional"


def provisional(variables: Inputs) -> tuple[str, ...]:
    """The variables x that `set-deadline` has counted provisionally, in order."""
    return tuple(sorted(name.removesuffix(_MARK) for name, value in variables.items() if _is_mark(name, value)))


def recounted(variables: Inputs, set_deadline: Callable[[Inputs, Headers], Outcome]) -> dict[str, Json]:
    """What the provisional deadlines among these variables are by the calendar as it is now.

    One whose beginning is not on record stays as it is.
    """
    changes: dict[str, Json] = {}
    for name in provisional(variables):
        start, period = variables.get(f"{name}_from"), variables.get(f"{name}_period")
        if start is not None and isinstance(period, str):
            changes.update(set_deadline({"from": start}, {"period": period, "result": name}).variables)
    return changes


def _is_mark(name: str, value: Json) -> bool:
    return value is True and name.endswith(_MARK)
