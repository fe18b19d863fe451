"""What the rules look at: the diagrams and decisions of a bundle before it is accepted, with their wiring."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from lxml import etree

from app.engine.decisions import Decision
from app.engine.dialect import SUBPROCESSES, Element, Flow, Scope
from app.engine.expressions import Feel
from app.engine.model import Finding, Severity
from app.engine.parsing import BPMN

KINDS: Mapping[str, str] = {
    "userTask": "用户任务",
    "serviceTask": "服务任务",
    "sendTask": "发送任务",
    "receiveTask": "接收任务",
    "businessRuleTask": "业务规则任务",
    "scriptTask": "脚本任务",
    "callActivity": "调用活动",
    "subProcess": "子流程",
    "transaction": "事务子流程",
    "exclusiveGateway": "排他网关",
    "inclusiveGateway": "包容网关",
    "parallelGateway": "并行网关",
    "eventBasedGateway": "事件网关",
    "startEvent": "开始事件",
    "endEvent": "结束事件",
    "intermediateCatchEvent": "中间捕获事件",
    "intermediateThrowEvent": "中间抛出事件",
    "boundaryEvent": "边界事件",
}


@dataclass(frozen=True)
class Drawing:
    """One diagram file: its XML, and the executable processes read from it."""

    file: str
    root: etree._Element
    processes: tuple[Scope, ...]

    @cached_property
    def nodes(self) -> Mapping[str, etree._Element]:
        """The elements of the BPMN model by id, without the picture."""
        return {
            node.get("id", ""): node
            for node in self.root.iter(tag=etree.Element)
            if str(node.tag).startswith(f"{{{BPMN}}}")
        }


@dataclass(frozen=True)
class Part:
    """A process, or the inside of the embedded sub-process `holder`."""

    drawing: Drawing
    process: Scope
    scope: Scope
    holder: Element | None
    outer: Part | None

    @cached_property
    def elements(self) -> Mapping[str, Element]:
        return {element.id: element for element in self.scope.elements}

    @cached_property
    def outgoing(self) -> Mapping[str, list[Flow]]:
        return self._by_end("source")

    @cached_property
    def incoming(self) -> Mapping[str, list[Flow]]:
        return self._by_end("target")

    def _by_end(self, end: str) -> Mapping[str, list[Flow]]:
        flows: dict[str, list[Flow]] = {element.id: [] for element in self.scope.elements}
        for flow in self.scope.flows:
            flows.setdefault(getattr(flow, end), []).append(flow)
        return flows

    def boundaries(self, activity_id: str) -> list[Element]:
        return [element for element in self.scope.elements if element.attached_to == activity_id]

    def node(self, element: Element) -> etree._Element:
        return self.drawing.nodes[element.id]

    def find(self, element: Element, message: str, severity: Severity = "error") -> Finding:
        """A finding about an element; the message goes on after its kind and name."""
        words = f"{KINDS.get(element.type, '元素')}“{element.label}”{message}"
        return Finding(self.drawing.file, element.id, element.name or None, words, severity)


@dataclass(frozen=True)
class Draft:
    drawings: Sequence[Drawing]
    decisions: Sequence[Decision]
    feel: Feel

    @cached_property
    def parts(self) -> Sequence[Part]:
        """All processes and embedded sub-processes, outer ones first."""
        return [
            part
            for drawing in self.drawings
            for process in drawing.processes
            for part in _parts(Part(drawing, process, process, None, None))
        ]

    def elements(self, *types: str) -> Iterator[tuple[Part, Element]]:
        """Every element of these types, or of all, with the part it lies in."""
        for part in self.parts:
            for element in part.scope.elements:
                if not types or element.type in types:
                    yield part, element


Rule = Callable[[Draft], Iterator[Finding]]


def _parts(part: Part) -> Iterator[Part]:
    yield part
    for element in part.scope.elements:
        if element.type in SUBPROCESSES and element.content is not None:
            yield from _parts(Part(part.drawing, part.process, element.content, element, part))
