"""Which clauses the code of a service cites: the ids in its texts, and in those of all that it uses of the services."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import is_dataclass
from types import CodeType, FunctionType, ModuleType
from typing import Any

_ID = re.compile(r"(?<![\w.-])附?\d(?:\.\d)?-\d+(?![\d-]|\.\d)", re.ASCII)


def cited(task: Callable[..., Any]) -> set[str]:
    return {clause for text in _texts(task, seen=set()) for clause in _ID.findall(text)}


def _texts(value: Any, *, seen: set[int]) -> Iterator[str]:
    """Every text that a value holds or a function can use, except what a docstring says."""
    if isinstance(value, str):
        yield value
        return
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, FunctionType):
        if value.__module__.startswith("services."):
            yield from _texts_of_code(value.__code__, value.__globals__, seen=seen)
            for cell in value.__closure__ or ():
                yield from _texts(cell.cell_contents, seen=seen)
    else:
        for part in _parts(value):
            yield from _texts(part, seen=seen)


def _parts(value: Any) -> Iterable[Any]:
    if isinstance(value, Mapping):
        return (*value.keys(), *value.values())
    if isinstance(value, tuple | list | set | frozenset):
        return value
    return vars(value).values() if is_dataclass(value) and not isinstance(value, type) else ()


def _texts_of_code(code: CodeType, scope: Mapping[str, Any], *, seen: set[int]) -> Iterator[str]:
    documented = code.co_consts[0] if code.co_consts and isinstance(code.co_consts[0], str) else None
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _texts_of_code(constant, scope, seen=seen)
        elif constant is not documented:
            yield from _texts(constant, seen=seen)
    for name in code.co_names:
        found = scope.get(name)
        if isinstance(found, ModuleType) and found.__name__.startswith("services."):
            for other in code.co_names:
                yield from _texts(vars(found).get(other), seen=seen)
        else:
            yield from _texts(found, seen=seen)
