"""DMN decisions: decision tables with every hit policy, literal expressions, and the decisions they require.

All cells are FEEL (see app.engine.expressions). The value of a decision is JSON: of a table with one output the
output itself, with several an object of them by name; COLLECT without aggregation, RULE ORDER and OUTPUT ORDER
give a list of these. An input that reads a missing variable is null, and passes only "-" and tests for null. Where
no rule matches, the default outputs count; without any, a list is empty, and every other policy is an error.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from lxml import etree

from app.engine.expressions import TYPE_NAMES, Column, Feel, FeelError, Tested
from app.engine.model import DefinitionInvalid, EngineError, Finding, Json, Resource
from app.engine.parsing import read_xml

NAMESPACE: Final = re.compile(r"\{https://www\.omg\.org/spec/DMN/20(18|19|21|23)\d{4}/MODEL/\}(\w+)")
HIT_POLICIES: Final = frozenset({"UNIQUE", "FIRST", "PRIORITY", "ANY", "COLLECT", "RULE ORDER", "OUTPUT ORDER"})
AGGREGATIONS: Final = frozenset({"SUM", "MIN", "MAX", "COUNT"})
# The FEEL type that a DMN type name asks for; names that are not here put no restriction.
TYPES: Final = {
    "string": "string",
    "boolean": "boolean",
    "number": "number",
    "integer": "number",
    "long": "number",
    "double": "number",
    "date": "date",
    "time": "time",
    "dateTime": "date time",
    "dayTimeDuration": "duration",
    "yearMonthDuration": "duration",
}
_LISTS: Final = frozenset({"RULE ORDER", "OUTPUT ORDER"})


class DecisionError(EngineError):
    """A decision that has no value for this input; the text is Chinese and names the decision."""

    def __init__(self, decision: Decision, message: str) -> None:
        super().__init__(f"决策“{decision.name}”：{message}")
        self.decision_id = decision.id


@dataclass(frozen=True)
class Input:
    """`allowed` are unary tests that every value but null must pass, None without such."""

    label: str
    expression: str
    type: str | None
    allowed: str | None


@dataclass(frozen=True)
class Output:
    """`allowed` is as of an Input, and besides the order of the priorities; `default` is FEEL."""

    label: str
    name: str
    type: str | None
    allowed: str | None
    default: str | None


@dataclass(frozen=True)
class Rule:
    """One row, `number` counted from 1; `tests` are unary tests and `results` FEEL, one a column.

    `description` is the annotation its author gave it, such as the clause it rests on.
    """

    number: int
    tests: tuple[str, ...]
    results: tuple[str, ...]
    description: str = ""


@dataclass(frozen=True)
class Table:
    hit_policy: str
    aggregation: str | None
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Decision:
    """`variable` is the name under which a decision that requires this one reads its value.

    `requires` are the ids of the required decisions; `logic` is a table or a literal FEEL expression.
    """

    id: str
    name: str
    file: str
    variable: str
    requires: tuple[str, ...]
    logic: Table | str
    description: str = ""


def parse_decisions(resource: Resource) -> list[Decision]:
    """All decisions of a DMN file; DefinitionInvalid with everything in it that cannot be read."""
    root = read_xml(resource)
    if _tag(root) != "definitions":
        message = f"文件不是 DMN 1.2 及以上版本的决策文件（根元素是 {root.tag}），请用建模工具重新导出"
        raise DefinitionInvalid((Finding(resource.path, None, None, message),))
    reader = _Reader(resource.path)
    decisions = [reader.decision(node) for node in _children(root, "decision")]
    if reader.findings:
        raise DefinitionInvalid(tuple(reader.findings))
    return [decision for decision in decisions if decision is not None]


def evaluate(
    decision_id: str, decisions: Mapping[str, Decision], context: Mapping[str, Json], feel: Feel, now: datetime
) -> Json:
    """The value of a decision, that of the required ones computed first; DecisionError or FeelError without one."""
    known: dict[str, Json] = {}
    for decision in in_order(decision_id, decisions):
        required = {decisions[other].variable: known[other] for other in decision.requires}
        known[decision.id] = _Evaluation(decision, {**context, **required}, feel, now).value()
    return known[decision_id]


def in_order(decision_id: str, decisions: Mapping[str, Decision]) -> list[Decision]:
    """The decision and all it requires, each after its own requirements; EngineError for a missing one or a cycle."""
    ordered: dict[str, Decision] = {}
    under_way: list[str] = []

    def visit(identifier: str) -> None:
        if identifier in ordered:
            return
        if identifier not in decisions:
            raise EngineError(f"没有决策“{identifier}”")
        if identifier in under_way:
            raise EngineError(f"决策互相依赖：{' → '.join((*under_way, identifier))}")
        under_way.append(identifier)
        for required in decisions[identifier].requires:
            visit(required)
        under_way.pop()
        ordered[identifier] = decisions[identifier]

    visit(decision_id)
    return list(ordered.values())


def allowed_values(allowed: str, feel: Feel, now: datetime) -> list[Json]:
    """The values that an output lists, in their order; FeelError when it gives ranges or tests instead."""
    values = feel.evaluate(f"[{allowed}]", {}, now=now, strict=True)
    return values if isinstance(values, list) else [values]


class _Evaluation:
    """One decision with one input."""

    def __init__(self, decision: Decision, context: Mapping[str, Json], feel: Feel, now: datetime) -> None:
        self._decision = decision
        self._context = context
        self._feel = feel
        self._now = now

    def value(self) -> Json:
        logic = self._decision.logic
        try:
            return self._feel_value(logic) if isinstance(logic, str) else self._table_value(logic)
        except FeelError as error:
            raise DecisionError(self._decision, str(error)) from error

    def _table_value(self, table: Table) -> Json:
        matching = self._matching(table)
        if not matching:
            return self._no_match(table)
        if table.hit_policy == "UNIQUE" and len(matching) > 1:
            raise self._error(f"命中策略为“唯一”，但规则 {_numbers(matching)} 同时符合；请修改规则，使其互不重叠")
        if table.hit_policy == "FIRST":
            matching = matching[:1]
        found = [[self._result(o, r) for o, r in zip(table.outputs, rule.results, strict=True)] for rule in matching]
        if table.hit_policy == "ANY" and any(_key(values) != _key(found[0]) for values in found):
            raise self._error(f"命中策略为“任意”，但规则 {_numbers(matching)} 同时符合而结果不同；请修改规则")
        if table.hit_policy in {"PRIORITY", "OUTPUT ORDER"}:
            found.sort(key=self._priority(table))
        results = [_named(table, values) for values in found]
        if table.hit_policy == "COLLECT":
            return self._collected(table, results)
        return results if table.hit_policy in _LISTS else results[0]

    def _matching(self, table: Table) -> list[Rule]:
        if not table.inputs:
            return list(table.rules)
        columns = [
            Column(each.expression, each.type, [rule.tests[i] for rule in table.rules] + [each.allowed or "-"])
            for i, each in enumerate(table.inputs)
        ]
        tested = self._feel.columns(columns, self._context, now=self._now)
        for column, found in zip(table.inputs, tested, strict=True):
            self._check_input(column, found)
        return [rule for i, rule in enumerate(table.rules) if all(column.passed[i] for column in tested)]

    def _check_input(self, column: Input, found: Tested) -> None:
        expected = TYPES.get(column.type or "", found.type)
        if found.value is not None and found.type != expected:
            raise self._error(
                f"输入“{column.label}”应为{TYPE_NAMES[expected]}，实际是{TYPE_NAMES[found.type]} {_shown(found.value)}"
            )
        if found.fault is not None:
            raise found.fault
        if found.value is not None and not found.passed[-1]:
            raise self._error(f"输入“{column.label}”的值 {_shown(found.value)} 不在允许的范围（{column.allowed}）内")

    def _no_match(self, table: Table) -> Json:
        if any(output.default is not None for output in table.outputs):
            values = [self._result(output, output.default or "null") for output in table.outputs]
            result = _named(table, values)
            return [result] if table.hit_policy in _LISTS else result
        if table.hit_policy in _LISTS or (table.hit_policy == "COLLECT" and table.aggregation is None):
            return []
        if table.aggregation == "COUNT":
            return 0
        inputs = "，".join(f"{each.label} = {self._input_shown(each)}" for each in table.inputs)
        raise self._error(f"没有一条规则符合（{inputs}）；请补充规则或默认输出")

    def _input_shown(self, column: Input) -> str:
        return _shown(self._feel.evaluate(column.expression, self._context, now=self._now))

    def _result(self, output: Output, expression: str) -> Json:
        value = self._feel_value(expression)
        if value is None:
            return None
        expected = TYPES.get(output.type or "")
        if (expected in {"string", "boolean", "number"} and _json_type(value) != expected) or (
            expected in {"date", "time", "date time", "duration"} and not isinstance(value, str)
        ):
            raise self._error(f"输出“{output.label}”应为{TYPE_NAMES[expected]}，实际得到 {_shown(value)}")
        if output.allowed and not self._feel.unary_test(output.allowed, value, self._context, now=self._now):
            raise self._error(f"输出“{output.label}”的值 {_shown(value)} 不在允许的范围（{output.allowed}）内")
        return value

    def _priority(self, table: Table) -> Any:
        """Sorts results by the order in which the outputs list their allowed values; outputs that list none tie."""
        orders = [
            [_key(value) for value in allowed_values(output.allowed, self._feel, self._now)] if output.allowed else None
            for output in table.outputs
        ]

        def rank(values: Sequence[Json]) -> list[int]:
            keys = [_key(value) for value in values]
            return [
                0 if order is None else order.index(key) if key in order else len(order)
                for order, key in zip(orders, keys, strict=True)
            ]

        return rank

    def _collected(self, table: Table, results: list[Json]) -> Json:
        if table.aggregation is None:
            return results
        if table.aggregation == "COUNT":
            return len(results)
        if any(isinstance(result, bool) or not isinstance(result, int | float) for result in results):
            raise self._error(f"汇总 {table.aggregation} 的结果必须都是数字")
        function = table.aggregation.lower()
        return self._feel.evaluate(f"{function}(values)", {"values": results}, now=self._now, strict=True)

    def _feel_value(self, expression: str) -> Json:
        return self._feel.evaluate(expression, self._context, now=self._now, strict=True)

    def _error(self, message: str) -> DecisionError:
        return DecisionError(self._decision, message)


class _Reader:
    """Reads the decisions of one file; what cannot be read is collected in `findings`."""

    def __init__(self, file: str) -> None:
        self._file = file
        self.findings: list[Finding] = []

    def decision(self, node: etree._Element) -> Decision | None:
        identifier, name = node.get("id") or "", node.get("name") or node.get("id") or ""
        before = len(self.findings)
        logic = self._logic(node)
        if not identifier:
            self._find(node, "决策没有 id，流程无法引用；请用建模工具重新保存")
        if any(True for _ in _children(node, "knowledgeRequirement")):
            self._find(node, "不支持业务知识模型，请把其中的规则写成决策表或表达式")
        if logic is None or len(self.findings) > before:
            return None
        variable = next(_children(node, "variable"), None)
        return Decision(
            id=identifier,
            name=name,
            file=self._file,
            variable=name if variable is None else variable.get("name") or name,
            requires=tuple(
                (required.get("href") or "").rpartition("#")[2]
                for requirement in _children(node, "informationRequirement")
                for required in _children(requirement, "requiredDecision")
            ),
            logic=logic,
            description=_description(node),
        )

    def _logic(self, node: etree._Element) -> Table | str | None:
        for child in node.iterchildren(tag=etree.Element):
            self._check_language(node, child)
            if _tag(child) == "decisionTable":
                return self._table(node, child)
            if _tag(child) == "literalExpression":
                text = _text(child)
                if not text:
                    self._find(node, "表达式是空的")
                return text
        self._find(node, "没有决策表或表达式；不支持其他写法，请改为决策表或 FEEL 表达式")
        return None

    def _table(self, decision: etree._Element, node: etree._Element) -> Table | None:
        before = len(self.findings)
        hit_policy, aggregation = node.get("hitPolicy", "UNIQUE"), node.get("aggregation")
        if hit_policy not in HIT_POLICIES:
            self._find(decision, f"不认识命中策略 {hit_policy}")
        if aggregation and (hit_policy != "COLLECT" or aggregation not in AGGREGATIONS):
            self._find(decision, f"汇总方式 {aggregation} 只能是 SUM、MIN、MAX、COUNT，且只用于命中策略 COLLECT")
        inputs = tuple(self._input(decision, child) for child in _children(node, "input"))
        outputs = tuple(_output(child, i) for i, child in enumerate(_children(node, "output"), 1))
        rules = tuple(self._rule(decision, child, i) for i, child in enumerate(_children(node, "rule"), 1))
        if not outputs:
            self._find(decision, "决策表没有输出列")
        for rule in rules:
            if len(rule.tests) != len(inputs) or len(rule.results) != len(outputs):
                self._find(decision, f"规则 {rule.number} 的格数与列数不符，请用建模工具重新保存")
        if len(outputs) > 1 and len({output.name for output in outputs} - {""}) < len(outputs):
            self._find(decision, "有多个输出列时，每列都要有各不相同的名称")
        return None if len(self.findings) > before else Table(hit_policy, aggregation, inputs, outputs, rules)

    def _input(self, decision: etree._Element, node: etree._Element) -> Input:
        expression = next(_children(node, "inputExpression"), None)
        text = "" if expression is None else _text(expression)
        label = node.get("label") or text or "未命名的输入列"
        if expression is None or not text:
            self._find(decision, f"输入列“{label}”没有表达式")
            return Input(label, "null", None, None)
        self._check_language(decision, expression)
        return Input(label, text, _type(expression), _part(node, "inputValues"))

    def _rule(self, decision: etree._Element, node: etree._Element, number: int) -> Rule:
        for entry in node.iterchildren(tag=etree.Element):
            self._check_language(decision, entry)
        return Rule(
            number,
            tuple(_text(entry) or "-" for entry in _children(node, "inputEntry")),
            tuple(_text(entry) or "null" for entry in _children(node, "outputEntry")),
            _description(node),
        )

    def _check_language(self, decision: etree._Element, node: etree._Element) -> None:
        language = node.get("expressionLanguage")
        if language and not language.lower().rstrip("/").endswith("feel"):
            self._find(decision, f"表达式语言 {language} 不受支持，请改用 FEEL")

    def _find(self, decision: etree._Element, message: str) -> None:
        finding = Finding(self._file, decision.get("id"), decision.get("name"), message)
        if finding not in self.findings:
            self.findings.append(finding)


def _output(node: etree._Element, number: int) -> Output:
    name = node.get("name") or ""
    return Output(
        label=node.get("label") or name or f"第 {number} 列",
        name=name,
        type=_type(node),
        allowed=_part(node, "outputValues"),
        default=_part(node, "defaultOutputEntry"),
    )


def _tag(node: etree._Element) -> str:
    """The DMN name of an element, empty for one of another namespace."""
    match = NAMESPACE.fullmatch(str(node.tag))
    return match[2] if match else ""


def _children(node: etree._Element, tag: str) -> Iterator[etree._Element]:
    return (child for child in node.iterchildren(tag=etree.Element) if _tag(child) == tag)


def _text(node: etree._Element) -> str:
    text = next(_children(node, "text"), None)
    return "" if text is None else (text.text or "").strip()


def _description(node: etree._Element) -> str:
    description = next(_children(node, "description"), None)
    return "" if description is None else (description.text or "").strip()


def _part(node: etree._Element, tag: str) -> str | None:
    part = next(_children(node, tag), None)
    return None if part is None else _text(part) or None


def _type(node: etree._Element) -> str | None:
    """The type name without a prefix such as `feel:`."""
    return (node.get("typeRef") or "").rpartition(":")[2] or None


def _named(table: Table, values: Sequence[Json]) -> Json:
    if len(table.outputs) == 1:
        return values[0]
    return {output.name: value for output, value in zip(table.outputs, values, strict=True)}


def _json_type(value: Json) -> str:
    if isinstance(value, bool):
        return "boolean"
    return "number" if isinstance(value, int | float) else type(value).__name__.replace("str", "string")


def _key(value: Any) -> str:
    """Equal for values that are the same JSON; true is not 1."""
    return json.dumps(value, sort_keys=True)


def _shown(value: Json) -> str:
    return "空值" if value is None else json.dumps(value, ensure_ascii=False)


def _numbers(rules: Iterable[Rule]) -> str:
    return "、".join(str(rule.number) for rule in rules)
