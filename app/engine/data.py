"""The data a case carries: JSON, checked on the way in, never changed in place, merged three ways at a join.

Values are shared between tasks instead of copied, so nothing in the engine may modify a value it was given.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from app.engine.model import DataInvalid, Json

LARGEST_INTEGER = 2**53 - 1
"""FEEL counts in doubles: beyond this, two integers become one."""
LARGEST_DOCUMENT = 1_000_000
"""Bytes of JSON that one command may bring in. Long texts and files belong to the submission, not to the engine."""
DEEPEST = 32


def checked(variables: Mapping[str, Any]) -> dict[str, Json]:
    """A private copy of `variables`, or DataInvalid naming the first value that the engine cannot carry."""
    copy = _checked_object(variables, "", 0)
    try:
        size = len(orjson.dumps(copy))
    except (TypeError, orjson.JSONEncodeError) as error:
        raise DataInvalid(f"数据无法保存为 JSON：{error}") from error
    if size > LARGEST_DOCUMENT:
        raise DataInvalid(f"数据过大（{size} 字节），一次最多 {LARGEST_DOCUMENT} 字节，长文本和附件请放在表单提交中")
    return copy


def _checked_object(value: Mapping[Any, Any], path: str, depth: int) -> dict[str, Json]:
    for key in value:
        if type(key) is not str:
            raise DataInvalid(f"变量名必须是文字：{path}{key!r}")
    return {key: _checked(item, f"{path}{key}", depth + 1) for key, item in value.items()}


def _checked(value: Any, path: str, depth: int) -> Json:
    if depth > DEEPEST:
        raise DataInvalid(f"变量“{path}”嵌套过深，最多 {DEEPEST} 层")
    if value is None or type(value) is bool:
        return value
    if type(value) is str:
        return _checked_text(value, path)
    if type(value) is int:
        if abs(value) > LARGEST_INTEGER:
            raise DataInvalid(f"变量“{path}”的整数超出可精确计算的范围")
        return value
    if type(value) is float:
        if not math.isfinite(value):
            raise DataInvalid(f"变量“{path}”不是有限的数")
        return value
    if isinstance(value, Mapping):
        return _checked_object(value, f"{path}.", depth)
    if isinstance(value, list | tuple):
        return [_checked(item, f"{path}[{index}]", depth + 1) for index, item in enumerate(value)]
    raise DataInvalid(f"变量“{path}”的类型 {type(value).__name__} 不能由流程保存，请先转换为文字、数字或真假值")


def _checked_text(value: str, path: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise DataInvalid(f"变量“{path}”含有无效字符") from None
    return value


def same(one: Json, other: Json) -> bool:
    """Whether two values are the same JSON; unlike `==`, true is not 1 and 1 is not 1.0."""
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    if isinstance(one, list | dict):
        return orjson.dumps(one, option=orjson.OPT_SORT_KEYS) == orjson.dumps(other, option=orjson.OPT_SORT_KEYS)
    return one == other


def difference(old: Mapping[str, Json], new: Mapping[str, Json]) -> dict[str, Json]:
    """New and changed variables with their value, removed ones with None."""
    changes: dict[str, Json] = {
        key: value
        for key, value in new.items()
        if key not in old or (old[key] is not value and not same(old[key], value))
    }
    changes.update({key: None for key in old if key not in new})
    return changes


def assigned(data: dict[str, Json], target: str, value: Json) -> dict[str, Json]:
    """`data` with `value` at the dotted path `target`, as output mappings name it; `data` itself stays as it was."""
    head, _, rest = target.partition(".")
    if rest:
        inner = data.get(head)
        value = assigned(inner if isinstance(inner, dict) else {}, rest, value)
    return {**data, head: value}


def merged(base: Mapping[str, Json], branches: Sequence[Mapping[str, Json]]) -> dict[str, Json]:
    """What every branch made of `base`, applied in the order given: (branch - base) on top of the ones before.

    A branch that did not touch a variable cannot undo another branch's change. Where two branches did change
    the same value, the later one wins; objects are merged key by key.
    """
    result = dict(base)
    for branch in branches:
        _apply(result, base, branch)
    return result


def _apply(result: dict[str, Json], base: Mapping[str, Json], branch: Mapping[str, Json]) -> None:
    for key, value in branch.items():
        before = base.get(key)
        if key in base and same(before, value):
            continue
        current = result.get(key)
        if isinstance(value, dict) and isinstance(current, dict):
            inner = dict(current)
            _apply(inner, before if isinstance(before, dict) else {}, value)
            result[key] = inner
        else:
            result[key] = value
    for key in base:
        if key not in branch:
            result.pop(key, None)
