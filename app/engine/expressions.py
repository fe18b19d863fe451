"""FEEL, the one expression language of diagrams, decision tables and forms.

Expressions are evaluated by feelin in V8, apart from Python: they have no side effects, and a time and a memory
limit end whatever runs away. What holds beyond the standard, for those who write expressions:

- A leading "=" is allowed, as diagrams write it.
- Dates and times are those of Asia/Shanghai; `now()` and `today()` are the instant the caller passes, never the
  machine's clock. Dates, times and durations leave as ISO 8601 text (`2027-03-01`, `2027-03-01T10:00:00+08:00`,
  `P30D`). Text stored in a variable becomes a date again by `date(x)`, `date and time(x)` or `time(x)`.
- Values of two types are never compared: `"5" > 3`, and a date with a date and time, give null with a warning.
- Numbers are doubles, rounded to the 15 digits they hold after every operation, so that amounts with up to six
  decimals add up, and their differences too.
- Further functions: `working days after(date, n)`, the n-th working day after a day, from the calendar given to
  `set_working_days`; `is defined(x)`; `get or else(x, y)`.

Null follows the standard in `evaluate`: a missing variable is null, and so is what cannot be computed. Where that
would hide a mistake, `evaluate(…, strict=True)` turns every warning into a FeelError, and `condition` besides
demands true or false. A variable that may be missing is tested with `x = null`, `is defined(x)` or
`get or else(x, y)`, none of which warns.
"""

from __future__ import annotations

import asyncio
import json
import os
import threading
import weakref
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from py_mini_racer import JSEvalException, JSOOMException, JSTimeoutException, MiniRacer

from app.engine.model import EngineError, Json

SCRIPT: Final = Path(__file__).parents[1] / "assets" / "dist" / "feelin.js"
LONGEST_EXPRESSION: Final = 10_000
TYPE_NAMES: Final = {
    "nil": "空值",
    "boolean": "是/否",
    "number": "数字",
    "string": "文字",
    "date": "日期",
    "time": "时刻",
    "date time": "日期时间",
    "duration": "时长",
    "months": "按年月计的时长",
    "days": "按日时计的时长",
    "list": "列表",
    "context": "对象",
    "range": "区间",
    "function": "函数",
}
_WORDS: Final = {
    "NO_VARIABLE_FOUND": "没有变量 {}",
    "NO_CONTEXT_ENTRY_FOUND": "没有属性 {}",
    "NO_PROPERTY_FOUND": "没有属性 {}",
    "DIVISION_BY_ZERO": "“{}”的除数为零",
    "NO_FUNCTION_FOUND": "“{}”调用的不是函数",
    "FUNCTION_INVOCATION_FAILURE": "函数调用“{}”的参数不对",
}
_ABSENT: Final = frozenset({"NO_VARIABLE_FOUND", "NO_CONTEXT_ENTRY_FOUND", "NO_PROPERTY_FOUND"})
_Kind: TypeAlias = Literal["expression", "unary"]


class FeelError(EngineError):
    """An expression that cannot be read or evaluated; `reason` is the message without the quoted expression."""

    def __init__(self, expression: str, reason: str) -> None:
        shown = expression if len(expression) <= 200 else f"{expression[:200]}…"  # noqa: PLR2004 - for reading
        super().__init__(f"表达式“{shown}”：{reason}")
        self.expression = expression
        self.reason = reason


@dataclass(frozen=True)
class Column:
    """One input of a decision table: an expression, its DMN type (None: any), and unary tests of its value."""

    expression: str
    type: str | None
    tests: Sequence[str]


@dataclass(frozen=True)
class Tested:
    """The value of a Column as JSON, the FEEL type it has (a key of TYPE_NAMES), and which tests it passes.

    `fault` says why a test had no answer, mostly because it asks for another type.
    """

    value: Json
    type: str
    passed: tuple[bool, ...]
    fault: FeelError | None


class Feel:
    """Evaluates FEEL; one a process, used by any number of threads, started when first needed (so after a fork).

    `time_limit` is in seconds an evaluation, `memory_limit` in bytes of the whole evaluator, which is made anew
    after either limit was met.
    """

    def __init__(
        self, script_path: Path | None = None, *, time_limit: float = 1.0, memory_limit: int = 200_000_000
    ) -> None:
        self._script_path = script_path or SCRIPT
        self._time_limit = time_limit
        self._memory_limit = memory_limit
        self._working_days: list[str] = []
        self._racer: MiniRacer | None = None
        self._lock = threading.Lock()
        self._process = 0

    def set_working_days(self, days: Iterable[str]) -> None:
        """Supply the calendar: ISO dates of all working days known, without a gap from the first to the last."""
        with self._lock:
            self._working_days = sorted(days)
            if self._racer is not None:
                self._racer.call("feel.setWorkingDays", self._working_days)

    def evaluate(self, expression: str, context: Mapping[str, Json], *, now: datetime, strict: bool = False) -> Json:
        """The value as JSON. `strict`: a missing variable or an impossible operation is a FeelError, not null."""
        value, warnings = self._run("expression", _feel(expression), context, now)
        if strict and warnings:
            raise FeelError(expression, warnings[0])
        return value

    def condition(self, expression: str, context: Mapping[str, Json], *, now: datetime) -> bool:
        """True or false; anything else, and any warning, is a FeelError that says why."""
        value, warnings = self._run("expression", _feel(expression), context, now)
        if warnings:
            raise FeelError(expression, warnings[0])
        if not isinstance(value, bool):
            raise FeelError(expression, f"结果应为是或否，实际得到{_shown(value)}")
        return value

    def unary_test(self, expression: str, value: Json, context: Mapping[str, Json], *, now: datetime) -> bool:
        """Whether `value` (in the expression: `?`) passes tests such as `[100..200)`, `"a","b"` or `not(> 5)`.

        A null value passes only tests that ask for null; another type than the tests' is a FeelError.
        """
        passed, warnings = self._run("unary", expression, {**context, "?": value}, now)
        if warnings:
            raise FeelError(expression, warnings[0])
        return passed is True

    def columns(self, columns: Sequence[Column], context: Mapping[str, Json], *, now: datetime) -> list[Tested]:
        """All inputs of a decision table in one go; FeelError for an input or a test that cannot be evaluated.

        As the standard has it, an input that reads a missing variable is null.
        """
        asked = [{"expression": _feel(c.expression), "type": c.type, "tests": list(c.tests)} for c in columns]
        answer = self._call("feel.columns", asked, _json(context), _millis(now), shown=columns[0].expression)
        if "error" in answer:
            self._explain(columns, answer)
        found = []
        for column, result in zip(columns, answer["columns"], strict=True):
            for warning in result["warnings"]:
                if warning["type"] not in _ABSENT:
                    raise FeelError(column.expression, _explained(warning))
            faults = [
                FeelError(test, _explained(warning))
                for test, outcome in zip(column.tests, result["tests"], strict=True)
                for warning in outcome["warnings"]
            ]
            passed = tuple(outcome["passed"] for outcome in result["tests"])
            found.append(Tested(result["value"], result["type"], passed, faults[0] if faults else None))
        return found

    def check(self, expression: str, *, known: Collection[str] = ()) -> None:
        """FeelError when the expression cannot be read; `known` are names that may hold spaces."""
        self._read("expression", _feel(expression), known)

    def check_unary(self, expression: str, *, known: Collection[str] = ()) -> None:
        """The same for unary tests."""
        self._read("unary", expression, known)

    def names_in(self, expression: str, *, known: Collection[str] = ()) -> set[str]:
        """The variables that the expression reads from its context; fields named inside a filter are left out."""
        return self._read("expression", _feel(expression), known)

    def names_in_unary(self, expression: str, *, known: Collection[str] = ()) -> set[str]:
        """The same for unary tests."""
        return self._read("unary", expression, known)

    def close(self) -> None:
        """End the evaluator and its thread; the next use starts it again."""
        with self._lock:
            self._discard()

    def _run(self, kind: _Kind, expression: str, context: Mapping[str, Json], now: datetime) -> tuple[Json, list[str]]:
        answer = self._call("feel.evaluate", kind, expression, _json(context), _millis(now), shown=expression)
        if "error" in answer:
            if not answer["ours"]:
                self._read(kind, expression, ())
            raise FeelError(expression, answer["error"] if answer["ours"] else "无法计算")
        return answer["value"], [_explained(warning) for warning in answer["warnings"]]

    def _read(self, kind: _Kind, expression: str, known: Collection[str]) -> set[str]:
        answer = self._call("feel.read", kind, expression, sorted(known), shown=expression)
        if "error" in answer:
            raise FeelError(expression, answer["error"] if answer.get("ours", True) else "无法理解")
        return set(answer["names"])

    def _explain(self, columns: Sequence[Column], answer: Mapping[str, Any]) -> None:
        """Raise for a table that failed as a whole, naming the cell that cannot be read if there is one."""
        for column in columns:
            self._read("expression", _feel(column.expression), ())
            for test in column.tests:
                self._read("unary", test, ())
        raise FeelError("，".join(c.expression for c in columns), answer["error"] if answer["ours"] else "无法计算")

    def _call(self, function: str, *arguments: Any, shown: str = "") -> Any:
        if len(shown) > LONGEST_EXPRESSION:
            raise FeelError(shown, f"表达式过长，最多 {LONGEST_EXPRESSION} 个字")
        # V8's threads stay behind in a fork, where it would hang sooner or later: rather say so at once.
        if self._racer is not None and self._process != os.getpid():
            raise RuntimeError("FEEL was evaluated before this process was forked: fork first")
        with self._lock:
            try:
                return _outside_event_loops(partial(self._ask, function, *arguments))
            except JSTimeoutException:
                self._discard()
                raise FeelError(shown, f"计算超过 {self._time_limit:g} 秒，已终止") from None
            except JSOOMException:
                self._discard()
                raise FeelError(shown, "计算占用内存过多，已终止") from None
            except JSEvalException as error:
                self._discard()
                raise FeelError(shown, "无法计算") from error

    def _ask(self, function: str, *arguments: Any) -> Any:
        racer = self._racer or self._start()
        return racer.call(function, *arguments, timeout_sec=self._time_limit, max_memory=self._memory_limit)

    def _start(self) -> MiniRacer:
        try:
            script = self._script_path.read_text(encoding="utf-8")
        except FileNotFoundError as error:
            raise RuntimeError(f"{self._script_path} is missing: build the assets first (make assets)") from error
        racer = MiniRacer()
        racer.eval(script)
        racer.call("feel.setWorkingDays", self._working_days)
        self._racer, self._process = racer, os.getpid()
        # Left to the interpreter's own shutdown, the evaluator's thread may keep the process from ending.
        weakref.finalize(self, _close, racer, self._process)
        return racer

    def _discard(self) -> None:
        if self._racer is not None:
            self._racer.close()
            self._racer = None


def _outside_event_loops(act: Callable[[], Any]) -> Any:
    """Do something that waits for V8, which must not be waited for in a thread that runs an event loop."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return act()
    with ThreadPoolExecutor(1) as aside:
        return aside.submit(act).result()


def _close(racer: MiniRacer, process: int) -> None:
    """End an evaluator in the process that started it; in a fork of that process its thread does not exist."""
    if os.getpid() == process:
        racer.close()


def _feel(expression: str) -> str:
    """The expression without the leading equals sign that diagrams write."""
    return expression.strip().removeprefix("=").strip()


def _json(context: Mapping[str, Json]) -> str:
    try:
        return json.dumps(context, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except ValueError as error:
        raise FeelError("", "变量含有不是有限的数字") from error


def _millis(now: datetime) -> int:
    if now.tzinfo is None:
        raise ValueError("`now` must be aware")
    return int(now.timestamp() * 1000)


def _explained(warning: Mapping[str, Any]) -> str:
    """A warning of the evaluator in the words of the person who wrote the expression."""
    at, kind = warning["at"], warning["type"]
    if kind == "NOT_COMPARABLE":
        # Some things that an expression can name are no values, such as the test `= 5` after another equals sign.
        left, right = (TYPE_NAMES.get(warning[side], "表达式") for side in ("left", "right"))
        hint = "；文字须先用 date(…) 或 date and time(…) 转换" if {"日期", "日期时间"} & {left, right} else ""
        return f"{left}和{right}不能比较{hint}"
    if kind == "INVALID_TYPE":
        return f"{_shown(warning['left'])} {at} {_shown(warning['right'])} 无法计算，类型不符或为空值"
    if kind == "NOT_BOOLEAN":
        return f"此处应为是或否，实际是{TYPE_NAMES[warning['found']]}"
    if kind == "NOT_A_DATE":
        return f"{_shown(warning['found'])}不是有效的日期或时间"
    return _WORDS[kind].format(at)


def _shown(value: Json) -> str:
    if value is None:
        return "空值"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 50 else f"{text[:50]}…"  # noqa: PLR2004 - for reading
