"""Decisions: cells that cannot be read, decisions that are not there, inputs that no rule or two rules match.

Gaps and overlaps are looked for by trying values: the numbers, dates and texts that the cells name and, for numbers and
dates, those beside and between them. What is found is certain to happen for the values named; what is not found may
still be there.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from app.engine.decisions import TYPES, Decision, Input, Table, allowed_values, in_order
from app.engine.expressions import Column, FeelError
from app.engine.lint.draft import Draft, Rule
from app.engine.model import EngineError, Finding, Json, Severity

MOST_COMBINATIONS: Final = 5000
SINGLE: Final = frozenset({"UNIQUE", "FIRST", "PRIORITY", "ANY"})
# Trying a table needs an instant only for cells that ask for today, and those are not tried.
ANY_TIME: Final = datetime(2000, 1, 1, tzinfo=UTC)
_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?")
_TEXT: Final = re.compile(r'"([^"\\]*)"')
_DATE: Final = re.compile(r'"(\d{4}-\d\d-\d\d)"')


def identities(draft: Draft) -> Iterator[Finding]:
    first: dict[str, Decision] = {}
    for decision in draft.decisions:
        if decision.id in first:
            yield _find(decision, f"的 id {decision.id} 与 {first[decision.id].file} 中的决策重复；请改名")
        first.setdefault(decision.id, decision)


def requirements(draft: Draft) -> Iterator[Finding]:
    known = {decision.id: decision for decision in draft.decisions}
    for decision in draft.decisions:
        try:
            in_order(decision.id, known)
        except EngineError as error:
            yield _find(decision, f"的依赖有误：{error}；请在决策图上改正连线")


def cells(draft: Draft) -> Iterator[Finding]:
    names = {other.id: other.variable for other in draft.decisions}
    for decision in draft.decisions:
        known = {names[required] for required in decision.requires if required in names}
        for where, text, unary in _texts(decision):
            check = draft.feel.check_unary if unary else draft.feel.check
            try:
                check(text, known=known)
            except FeelError as error:
                yield _find(decision, f"{where}写错了：{error}；请改正")


def _texts(decision: Decision) -> Iterator[tuple[str, str, bool]]:
    """Every expression of a decision: where it stands, its text, and whether it is a set of unary tests."""
    table = decision.logic
    if isinstance(table, str):
        yield "的表达式", table, False
        return
    for column in table.inputs:
        yield f"的输入列“{column.label}”", column.expression, False
        if column.allowed is not None:
            yield f"的输入列“{column.label}”的允许值", column.allowed, True
    for output in table.outputs:
        if output.allowed is not None:
            yield f"的输出列“{output.label}”的允许值", output.allowed, True
        if output.default is not None:
            yield f"的输出列“{output.label}”的默认值", output.default, False
    for rule in table.rules:
        for test in rule.tests:
            yield f"的规则 {rule.number} ", test, True
        for result in rule.results:
            yield f"的规则 {rule.number} ", result, False


def priorities(draft: Draft) -> Iterator[Finding]:
    for decision in draft.decisions:
        table = decision.logic
        if isinstance(table, str) or table.hit_policy not in {"PRIORITY", "OUTPUT ORDER"}:
            continue
        if all(output.allowed is None for output in table.outputs):
            yield _find(
                decision, f"按优先级取结果（{table.hit_policy}），却没有列出优先次序；请在输出列填写允许值，高者在前"
            )
        for output in table.outputs:
            try:
                allowed_values(output.allowed or "null", draft.feel, ANY_TIME)
            except FeelError:
                yield _find(decision, f"的输出列“{output.label}”的允许值无法排出优先次序；请逐个列出，高者在前")


def empty_tables(draft: Draft) -> Iterator[Finding]:
    for decision in draft.decisions:
        if isinstance(decision.logic, Table) and not decision.logic.rules:
            yield _find(decision, "没有规则；请至少写一条")


def coverage(draft: Draft) -> Iterator[Finding]:
    """Two rules that match the same values under UNIQUE; values that no rule matches where one result is wanted."""
    for decision in draft.decisions:
        table = decision.logic
        if not isinstance(table, Table) or not table.inputs or table.hit_policy not in SINGLE:
            continue
        try:
            trials = [_trial(draft, table, index) for index in range(len(table.inputs))]
        except (FeelError, ValueError):
            # A cell or a date that cannot be read: `cells` reports the first, evaluating the table the second.
            continue
        if any(trial is None for trial in trials):
            continue
        yield from _compare(decision, table, [trial for trial in trials if trial is not None])


@dataclass(frozen=True)
class _Trial:
    """The values tried in one column, and for each the rules whose cell it passes."""

    values: Sequence[Json]
    rules: Sequence[frozenset[int]]


def _compare(decision: Decision, table: Table, trials: Sequence[_Trial]) -> Iterator[Finding]:
    size = 1
    for trial in trials:
        size *= len(trial.values)
    if not 0 < size <= MOST_COMBINATIONS:
        return
    gap = overlap = False
    for choice in itertools.product(*(range(len(trial.values)) for trial in trials)):
        matching = frozenset.intersection(*(trial.rules[index] for trial, index in zip(trials, choice, strict=True)))
        shown = "，".join(
            f"{column.label} = {trial.values[index]}"
            for column, trial, index in zip(table.inputs, trials, choice, strict=True)
        )
        if len(matching) > 1 and table.hit_policy == "UNIQUE" and not overlap:
            overlap = True
            numbers = "、".join(str(number) for number in sorted(matching))
            message = f"的命中策略为“唯一”，但 {shown} 时规则 {numbers} 同时符合；请修改规则，使其互不重叠"
            yield _find(decision, message, "warning")
        if not matching and not gap and all(output.default is None for output in table.outputs):
            gap = True
            yield _find(decision, f"在 {shown} 时没有规则符合；请补充规则或默认输出", "warning")


def _trial(draft: Draft, table: Table, index: int) -> _Trial | None:
    """None for a column whose cells depend on anything but the value itself."""
    column = table.inputs[index]
    tests = [rule.tests[index] for rule in table.rules]
    texts = [*tests, column.allowed or "-"]
    if any(draft.feel.names_in_unary(test) or "()" in test for test in texts):
        return None
    values = _samples(column, texts)
    if not values:
        return None
    context = {f"sample{number}": value for number, value in enumerate(values)}
    columns = [Column(name, column.type, texts) for name in context]
    tested = draft.feel.columns(columns, context, now=ANY_TIME)
    kept = [(value, found) for value, found in zip(values, tested, strict=True) if found.passed[-1]]
    if any(found.fault is not None for _, found in kept):
        return None
    numbers = [rule.number for rule in table.rules]
    return _Trial(
        [value for value, _ in kept],
        [
            frozenset(number for number, passed in zip(numbers, found.passed, strict=False) if passed)
            for _, found in kept
        ],
    )


def _samples(column: Input, texts: Sequence[str]) -> list[Json]:
    together = " ".join(texts)
    kind = TYPES.get(column.type or "")
    if kind == "boolean":
        return [True, False]
    if kind == "number":
        return list(_numbers(sorted({float(number) for number in _NUMBER.findall(together)})))
    if kind == "date":
        return list(_dates(sorted({date.fromisoformat(day) for day in _DATE.findall(together)})))
    return list(dict.fromkeys(_TEXT.findall(together))) if kind == "string" else []


def _numbers(limits: Sequence[float]) -> Iterator[float]:
    """The limits, the middles between them, and one beyond each end; below zero only where the cells go there."""
    if limits:
        yield limits[0] / 2 if limits[0] > 0 else limits[0]
        yield limits[-1] + 1
    yield from limits
    yield from ((low + high) / 2 for low, high in itertools.pairwise(limits))


def _dates(limits: Sequence[date]) -> Iterator[str]:
    """The limits and the days around them, but for the day before the first: tables begin to hold some day."""
    for number, limit in enumerate(limits):
        if number:
            yield (limit - timedelta(days=1)).isoformat()
        yield limit.isoformat()
        yield (limit + timedelta(days=1)).isoformat()


def _find(decision: Decision, message: str, severity: Severity = "error") -> Finding:
    return Finding(decision.file, decision.id, decision.name, f"决策“{decision.name}”{message}", severity)


RULES: Final[tuple[Rule, ...]] = (identities, requirements, cells, priorities, empty_tables, coverage)
