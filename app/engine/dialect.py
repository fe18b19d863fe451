"""What a diagram says, in our dialect: BPMN elements with `zeebe:` attributes, read into plain records.

Reading judges nothing but what cannot be read at all; what would run wrongly is the lint's business.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from app.engine.model import ElementInfo, Finding, ProcessInfo
from app.engine.parsing import BPMN, ZEEBE

GATEWAYS: Final = frozenset({"exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway"})
SUBPROCESSES: Final = frozenset({"subProcess", "transaction"})
ACTIVITIES: Final = SUBPROCESSES | {
    "userTask",
    "serviceTask",
    "sendTask",
    "receiveTask",
    "businessRuleTask",
    "scriptTask",
    "callActivity",
}
EVENTS: Final = frozenset(
    {"startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent"}
)
RUNNABLE: Final = GATEWAYS | ACTIVITIES | EVENTS
_UNRUNNABLE: Final = {
    "task": "普通任务没有说明由谁办理或做什么，请改画为用户任务、服务任务或脚本任务",
    "manualTask": "手工任务不会出现在待办中，请改画为用户任务并指定办理角色",
    "complexGateway": "不支持复杂网关，请改画为排他、并行或包容网关",
    "adHocSubProcess": "不支持即席子流程，请改画为普通子流程，用网关表明顺序",
}


@dataclass(frozen=True)
class Flow:
    """A sequence flow; `condition` is FEEL without its leading equals sign."""

    id: str
    source: str
    target: str
    condition: str | None


@dataclass(frozen=True)
class Mapping:
    """One input or output of an ioMapping: `source` is evaluated and put at the dotted path `target`."""

    source: str
    target: str


@dataclass(frozen=True)
class Loop:
    """Multi-instance: one instance for each item of `collection`, or `cardinality` of them."""

    sequential: bool
    collection: str | None
    cardinality: str | None
    element: str | None
    output_collection: str | None
    output_element: str | None
    completion_condition: str | None


@dataclass(frozen=True)
class Trigger:
    """What an event waits for or throws.

    `kind` is `none`, `message`, `timer`, `signal`, `error`, `escalation`, `cancel` or `terminate`. `name` is the
    name of the message or signal, or the code of the error or escalation (None catches every code).
    `expression` is the correlation key of a message, or the time of a timer, whose `timer` is `date`,
    `duration` or `cycle`.
    """

    kind: str
    name: str | None = None
    expression: str | None = None
    timer: str | None = None


@dataclass(frozen=True)
class Element:
    """One node. Attributes that its type does not have are empty."""

    id: str
    name: str
    type: str
    lane: str | None
    documentation: str
    properties: dict[str, str]
    inputs: tuple[Mapping, ...] = ()
    outputs: tuple[Mapping, ...] = ()
    loop: Loop | None = None
    form_id: str | None = None
    role: str | None = None
    due: str | None = None
    remind: str | None = None
    priority: str | None = None
    task_type: str | None = None
    retries: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    decision: str | None = None
    script: str | None = None
    result: str | None = None
    called_process: str | None = None
    trigger: Trigger | None = None
    attached_to: str | None = None
    interrupting: bool = True
    default_flow: str | None = None
    content: Scope | None = None

    @property
    def clauses(self) -> tuple[str, ...]:
        return tuple(self.properties.get("clause", "").split())

    @property
    def label(self) -> str:
        return self.name or self.id


@dataclass(frozen=True)
class Scope:
    """A process, or the inside of an embedded sub-process."""

    id: str
    name: str
    file: str
    documentation: str
    elements: tuple[Element, ...]
    flows: tuple[Flow, ...]

    def all_elements(self) -> Iterator[tuple[Element, str | None]]:
        """Every node with the id of the embedded sub-process it lies in, sub-processes before what they hold."""
        pending: list[tuple[Element, str | None]] = [(element, None) for element in reversed(self.elements)]
        while pending:
            element, inside = pending.pop()
            yield element, inside
            if element.content is not None:
                pending.extend((inner, element.id) for inner in reversed(element.content.elements))


def information(process: Scope) -> ProcessInfo:
    """What the rest of the application may know about a process."""
    return ProcessInfo(
        id=process.id,
        name=process.name,
        file=process.file,
        documentation=process.documentation,
        elements={
            element.id: ElementInfo(
                id=element.id,
                name=element.name,
                type=element.type,
                lane=element.lane,
                subprocess=inside,
                documentation=element.documentation,
                properties=element.properties,
                clauses=element.clauses,
                form_id=element.form_id,
                role=element.role,
                task_type=element.task_type,
                called_process=element.called_process,
                called_decision=element.decision,
                attached_to=element.attached_to,
                message=element.trigger.name if element.trigger and element.trigger.kind == "message" else None,
            )
            for element, inside in process.all_elements()
        },
    )


class Reader:
    """Reads one diagram; what cannot be read is collected in `findings`."""

    def __init__(self, root: etree._Element, file: str) -> None:
        self._file = file
        self._root = root
        self.findings: list[Finding] = []
        self._messages = {node.get("id"): node for node in root.iter(_bpmn("message"))}
        self._names = {
            kind: {node.get("id"): node.get(attribute) for node in root.iter(_bpmn(kind))}
            for kind, attribute in (("signal", "name"), ("error", "errorCode"), ("escalation", "escalationCode"))
        }
        self._lanes = {
            (reference.text or "").strip(): _text_of(lane.get("name"))
            for lane in root.iter(_bpmn("lane"))
            for reference in lane.iterchildren(_bpmn("flowNodeRef"))
        }

    def processes(self) -> list[Scope]:
        """The executable processes of the diagram."""
        nodes = self._root.iterchildren(_bpmn("process"))
        return [self._scope(node) for node in nodes if node.get("isExecutable", "true") == "true"]

    def _scope(self, node: etree._Element) -> Scope:
        elements, flows = [], []
        for child in node.iterchildren(tag=etree.Element):
            kind = etree.QName(child).localname if etree.QName(child).namespace == BPMN else ""
            if kind == "sequenceFlow":
                flows.append(child)
            elif kind in _UNRUNNABLE:
                self._find(child, _UNRUNNABLE[kind])
            elif kind in RUNNABLE:
                if child.get("id"):
                    elements.append(self._element(child, kind))
                else:
                    self._find(child, f"{kind} 没有 id，无法运行；请用建模工具重新保存流程图")
        return Scope(
            id=node.get("id") or "",
            name=_text_of(node.get("name")) or node.get("id") or "",
            file=self._file,
            documentation=_documentation(node),
            elements=tuple(elements),
            flows=self._flows(flows),
        )

    def _flows(self, nodes: list[etree._Element]) -> tuple[Flow, ...]:
        """A flow without an id is valid BPMN; it gets one, because history and diagrams speak of flows by id."""
        taken = {node.get("id") for node in nodes}
        flows = []
        for node in nodes:
            source, target = node.get("sourceRef") or "", node.get("targetRef") or ""
            flow_id = node.get("id") or _unused(f"{source}-{target}", taken)
            taken.add(flow_id)
            condition = _content(node, "conditionExpression")
            flows.append(Flow(flow_id, source, target, expression(condition) if condition else None))
        return tuple(flows)

    def _element(self, node: etree._Element, kind: str) -> Element:
        extensions = _Extensions(node)
        return Element(
            id=node.get("id") or "",
            name=_text_of(node.get("name")),
            type=kind,
            lane=self._lanes.get(node.get("id") or ""),
            documentation=_documentation(node),
            properties=extensions.pairs("properties", "property", "name", "value"),
            inputs=extensions.mappings("input"),
            outputs=extensions.mappings("output"),
            loop=self._loop(node),
            form_id=extensions.attribute("formDefinition", "formId"),
            role=extensions.attribute("assignmentDefinition", "candidateGroups"),
            due=extensions.attribute("taskSchedule", "dueDate"),
            remind=extensions.attribute("taskSchedule", "followUpDate"),
            priority=extensions.attribute("priorityDefinition", "priority"),
            task_type=extensions.attribute("taskDefinition", "type"),
            retries=extensions.attribute("taskDefinition", "retries"),
            headers=extensions.pairs("taskHeaders", "header", "key", "value"),
            decision=extensions.attribute("calledDecision", "decisionId"),
            script=extensions.attribute("script", "expression"),
            result=extensions.attribute("calledDecision", "resultVariable")
            or extensions.attribute("script", "resultVariable"),
            called_process=extensions.attribute("calledElement", "processId"),
            trigger=self._trigger(node, kind),
            attached_to=node.get("attachedToRef"),
            interrupting=node.get("cancelActivity", "true") != "false",
            default_flow=node.get("default"),
            content=self._scope(node) if kind in SUBPROCESSES else None,
        )

    def _loop(self, node: etree._Element) -> Loop | None:
        loop = node.find(_bpmn("multiInstanceLoopCharacteristics"))
        if loop is None:
            return None
        extensions = _Extensions(loop)
        return Loop(
            sequential=loop.get("isSequential") == "true",
            collection=extensions.attribute("loopCharacteristics", "inputCollection"),
            cardinality=_content(loop, "loopCardinality"),
            element=extensions.attribute("loopCharacteristics", "inputElement"),
            output_collection=extensions.attribute("loopCharacteristics", "outputCollection"),
            output_element=extensions.attribute("loopCharacteristics", "outputElement"),
            completion_condition=_content(loop, "completionCondition"),
        )

    def _trigger(self, node: etree._Element, kind: str) -> Trigger | None:
        if kind in {"receiveTask", "sendTask"}:
            return self._message(node) if node.get("messageRef") else None
        if kind not in EVENTS:
            return None
        definitions = [child for child in node.iterchildren(tag=etree.Element) if child.tag.endswith("EventDefinition")]
        if len(definitions) > 1:
            self._find(node, "一个事件只能等待或发出一件事，请拆成几个事件")
        if not definitions:
            return Trigger("none")
        return self._defined(node, definitions[0])

    def _defined(self, node: etree._Element, definition: etree._Element) -> Trigger:
        kind = etree.QName(definition).localname.removesuffix("EventDefinition")
        if kind == "message":
            return self._message(definition, node)
        if kind == "timer":
            return self._timer(node, definition)
        if kind in self._names:
            reference = definition.get(f"{kind}Ref")
            return Trigger(kind, self._names[kind].get(reference))
        if kind not in {"terminate", "cancel"}:
            self._find(node, f"不支持事件类型 {kind}，请改画为消息、定时、信号、错误或升级事件")
        return Trigger(kind)

    def _message(self, definition: etree._Element, node: etree._Element | None = None) -> Trigger:
        message = self._messages.get(definition.get("messageRef"))
        name = message.get("name") if message is not None else None
        if message is None or not name:
            self._find(definition if node is None else node, "没有指明消息，请在属性面板中选择或新建消息并命名")
            return Trigger("message")
        return Trigger("message", name, _Extensions(message).attribute("subscription", "correlationKey"))

    def _timer(self, node: etree._Element, definition: etree._Element) -> Trigger:
        for tag, timer in (("timeDate", "date"), ("timeDuration", "duration"), ("timeCycle", "cycle")):
            text = _content(definition, tag)
            if text:
                return Trigger("timer", expression=text, timer=timer)
        self._find(node, "定时事件没有时间，请填写日期、时长或循环")
        return Trigger("timer")

    def _find(self, node: etree._Element, message: str) -> None:
        self.findings.append(Finding(self._file, node.get("id"), _text_of(node.get("name")) or None, message))


class _Extensions:
    """The zeebe extension elements of one node."""

    def __init__(self, node: etree._Element) -> None:
        self._node = node.find(_bpmn("extensionElements"))

    def _child(self, tag: str) -> etree._Element | None:
        return None if self._node is None else self._node.find(_zeebe(tag))

    def attribute(self, tag: str, name: str) -> str | None:
        child = self._child(tag)
        return (child.get(name) or "").strip() or None if child is not None else None

    def pairs(self, tag: str, item: str, key: str, value: str) -> dict[str, str]:
        child = self._child(tag)
        items = () if child is None else child.iterchildren(_zeebe(item))
        return {entry.get(key) or "": entry.get(value) or "" for entry in items}

    def mappings(self, direction: str) -> tuple[Mapping, ...]:
        child = self._child("ioMapping")
        items = () if child is None else child.iterchildren(_zeebe(direction))
        return tuple(Mapping(item.get("source") or "", item.get("target") or "") for item in items)


def is_expression(text: str) -> bool:
    """Whether an attribute is FEEL; without the leading equals sign it is literal text."""
    return text.lstrip().startswith("=")


def expression(text: str) -> str:
    """FEEL without its leading equals sign."""
    return text.strip().removeprefix("=").strip()


def _bpmn(tag: str) -> str:
    return f"{{{BPMN}}}{tag}"


def _zeebe(tag: str) -> str:
    return f"{{{ZEEBE}}}{tag}"


def _content(node: etree._Element, tag: str) -> str | None:
    child = node.find(_bpmn(tag))
    return ("".join(map(str, child.itertext(etree.Element))).strip() or None) if child is not None else None


def _documentation(node: etree._Element) -> str:
    return _content(node, "documentation") or ""


def _text_of(name: str | None) -> str:
    """A name on one line: modelers let people break names where the symbol is narrow."""
    return " ".join((name or "").split())


def _unused(name: str, taken: set[str | None]) -> str:
    candidate, number = name, 2
    while candidate in taken:
        candidate, number = f"{name}-{number}", number + 1
    return candidate
