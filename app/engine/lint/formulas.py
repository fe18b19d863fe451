"""FEEL and times, wherever a diagram holds them: each is read once before anything runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from app.engine import times
from app.engine.dialect import Element, expression, is_expression
from app.engine.expressions import FeelError
from app.engine.lint.draft import Draft, Part, Rule
from app.engine.model import Finding
from app.engine.parsing import BPMN


def conditions(draft: Draft) -> Iterator[Finding]:
    for part, element in draft.elements():
        for flow in part.outgoing[element.id]:
            if flow.condition is None:
                continue
            node = part.drawing.nodes.get(flow.id)
            text = None if node is None else node.find(f"{{{BPMN}}}conditionExpression")
            language = "" if text is None else text.get("language") or ""
            name = (node.get("name") if node is not None else None) or flow.id
            if language and "feel" not in language.lower():
                yield part.find(element, f"的出口“{name}”的条件用了 {language}；请改写为 FEEL 表达式")
            else:
                yield from _check(draft, part, element, f"的出口“{name}”的条件", flow.condition)


def attributes(draft: Draft) -> Iterator[Finding]:
    for part, element in draft.elements():
        for where, text in _formulas(element):
            yield from _check(draft, part, element, where, expression(text))
        for where, text in _literals_or_formulas(element):
            if is_expression(text):
                yield from _check(draft, part, element, where, expression(text))


def _formulas(element: Element) -> Iterator[tuple[str, str]]:
    """What must be FEEL, with or without its equals sign."""
    if element.script is not None:
        yield "的脚本", element.script
    for mapping in element.inputs:
        yield f"的输入“{mapping.target}”", mapping.source
    for mapping in element.outputs:
        yield f"的输出“{mapping.target}”", mapping.source
    loop = element.loop
    if loop is not None:
        yield from _given("的输入集合", loop.collection)
        yield from _given("的循环次数", loop.cardinality)
        yield from _given("的输出元素", loop.output_element)
        yield from _given("的完成条件", loop.completion_condition)


def _literals_or_formulas(element: Element) -> Iterator[tuple[str, str]]:
    yield from _given("的办理期限", element.due)
    yield from _given("的提醒时间", element.remind)
    yield from _given("的优先级", element.priority)
    yield from _given("的重试次数", element.retries)
    if element.trigger is not None:
        yield from _given("的关联键" if element.trigger.kind == "message" else "的时间", element.trigger.expression)


def literal_times(draft: Draft) -> Iterator[Finding]:
    for part, element in draft.elements():
        yield from _check_time(part, element, "的办理期限", element.due, times.instant)
        yield from _check_time(part, element, "的提醒时间", element.remind, times.instant)
        trigger = element.trigger
        if trigger is not None and trigger.kind == "timer":
            reading: dict[str | None, Callable[[str], object]] = {
                "date": times.instant,
                "duration": times.duration,
                "cycle": times.cycle,
            }
            if trigger.timer in reading:
                yield from _check_time(part, element, "的时间", trigger.expression, reading[trigger.timer])


def literal_numbers(draft: Draft) -> Iterator[Finding]:
    for part, element in draft.elements():
        for where, text in (("的优先级", element.priority), ("的重试次数", element.retries)):
            if text is not None and not is_expression(text) and not text.isdecimal():
                yield part.find(element, f"{where}“{text}”不是整数；请改为整数")


def _check(draft: Draft, part: Part, element: Element, where: str, text: str) -> Iterator[Finding]:
    try:
        draft.feel.check(text)
    except FeelError as error:
        yield part.find(element, f"{where}写错了：{error}；请改正表达式")


def _check_time(
    part: Part, element: Element, where: str, text: str | None, read: Callable[[str], object]
) -> Iterator[Finding]:
    if text is None or is_expression(text):
        return
    try:
        read(text)
    except times.TimeInvalid as error:
        yield part.find(element, f"{where}写错了：{error}；请改正")


def _given(where: str, text: str | None) -> Iterator[tuple[str, str]]:
    if text is not None:
        yield where, text


RULES: Final[tuple[Rule, ...]] = (conditions, attributes, literal_times, literal_numbers)
