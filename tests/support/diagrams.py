"""Writes small diagrams for tests: valid by themselves, so that a test shows only what it is about."""

from __future__ import annotations

from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from app.engine.model import Resource

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
NAMESPACES = (
    f'xmlns="{BPMN}" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" '
    'xmlns:camunda="http://camunda.org/schema/1.0/bpmn" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI"'
)
CLAUSE = '<zeebe:properties><zeebe:property name="clause" value="3.2-7"/></zeebe:properties>'


def attributes(**values: str | None) -> str:
    """`called_element="x"` becomes ` calledElement="x"`; None is left out."""
    pairs = ((key.rstrip("_"), value) for key, value in values.items() if value is not None)
    return "".join(f" {_camel(key)}={quoteattr(value)}" for key, value in pairs)


def node(tag: str, id_: str, name: str | None = None, inside: str = "", *, zeebe: str = "", **more: str | None) -> str:
    extensions = f"<extensionElements>{zeebe}</extensionElements>" if zeebe else ""
    return f"<{tag}{attributes(id=id_, name=name, **more)}>{extensions}{inside}</{tag}>"


def start(id_: str = "start", inside: str = "", name: str = "开始") -> str:
    return node("startEvent", id_, name, inside)


def end(id_: str = "end", inside: str = "", name: str = "结束") -> str:
    return node("endEvent", id_, name, inside)


def user(id_: str, name: str | None = "办理", inside: str = "", *, zeebe: str = CLAUSE, **more: str | None) -> str:
    form = '<zeebe:formDefinition formId="form"/><zeebe:assignmentDefinition candidateGroups="finance"/>'
    return node("userTask", id_, name, inside, zeebe=form + zeebe, **more)


def script(id_: str, expression: str, result: str | None, name: str = "计算", *, zeebe: str = "") -> str:
    text = f"<zeebe:script{attributes(expression=expression, result_variable=result)}/>"
    return node("scriptTask", id_, name, zeebe=text + CLAUSE + zeebe)


def gateway(id_: str, kind: str = "exclusive", name: str | None = "同意？", default: str | None = None) -> str:
    return node(f"{kind}Gateway", id_, name, default=default)


def flow(source: str, target: str, condition: str | None = None, *, id_: str | None = None, name: str = "是") -> str:
    inside = "" if condition is None else f"<conditionExpression>{escape(condition)}</conditionExpression>"
    return node("sequenceFlow", id_ or f"{source}-{target}", name, inside, source_ref=source, target_ref=target)


def line(*ids: str) -> str:
    """Flows from each element to the next."""
    return "".join(flow(source, target) for source, target in pairwise(ids))


def event(tag: str, id_: str, definition: str, name: str = "事件", **more: str | None) -> str:
    return node(tag, id_, name, definition, **more)


def timer(kind: str, text: str) -> str:
    return f"<timerEventDefinition><{kind}>{escape(text)}</{kind}></timerEventDefinition>"


def mapping(*outputs: tuple[str, str], inputs: tuple[tuple[str, str], ...] = ()) -> str:
    entries = [f"<zeebe:input{attributes(source=s, target=t)}/>" for s, t in inputs]
    entries += [f"<zeebe:output{attributes(source=s, target=t)}/>" for s, t in outputs]
    return f"<zeebe:ioMapping>{''.join(entries)}</zeebe:ioMapping>"


def process(*parts: str, id_: str = "main", name: str | None = "主流程", **more: str) -> str:
    return node("process", id_, name, "".join(parts), **{"is_executable": "true", **more})


def simple(*middle: str, id_: str = "main") -> str:
    """A process in a straight line; each part is an element whose id is the first in it."""
    ids = [part.split('id="', 1)[1].split('"', 1)[0] for part in middle]
    return process(start(), *middle, end(), line("start", *ids, "end"), id_=id_)


def diagram(*parts: str, path: str = "main.bpmn", picture: bool = True) -> Resource:
    """A file of processes and root elements such as messages, with a picture of everything in it."""
    text = f'<definitions {NAMESPACES} id="definitions">{"".join(parts)}</definitions>'
    root = etree.fromstring(text)
    if picture:
        plane = etree.SubElement(root, "{http://www.omg.org/spec/BPMN/20100524/DI}BPMNPlane")
        for drawn in root.iterfind(".//*[@id]"):
            etree.SubElement(plane, "{http://www.omg.org/spec/BPMN/20100524/DI}BPMNShape", bpmnElement=drawn.get("id"))
    return Resource(path, etree.tostring(root))


def _camel(key: str) -> str:
    head, *rest = key.split("_")
    return head + "".join(word.capitalize() for word in rest)
