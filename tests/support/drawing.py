"""Small diagrams for tests, drawn from a few words: nodes by id, flows as "from -> to" or "from -> to: =condition"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count, pairwise
from xml.sax.saxutils import escape, quoteattr

from app.engine.model import Resource

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'id="{id}-definitions" targetNamespace="http://bpmn.io/schema/bpmn">'
)

ANY_FORM = "any-form"


class Node:
    """A node: `tag` and attributes, what stands inside, and messages it needs outside the process."""

    def __init__(
        self, tag: str, inside: str = "", *, attributes: str = "", extensions: str = "", outside: str = ""
    ) -> None:
        self.tag = tag
        self.inside = inside
        self.attributes = attributes
        self.extensions = extensions
        self.outside = outside

    def xml(self, node_id: str) -> str:
        extensions = f"<bpmn:extensionElements>{self.extensions}</bpmn:extensionElements>" if self.extensions else ""
        return (
            f'<bpmn:{self.tag} id="{node_id}" name="{node_id} 节点" {self.attributes}>'
            f"{extensions}{self.inside}</bpmn:{self.tag}>"
        )


def start(properties: Mapping[str, str] | None = None, *, message: str | None = None) -> Node:
    return Node(
        "startEvent",
        _message(message) if message else "",
        extensions=_properties(properties or {}),
        outside=_declared(message, ""),
    )


def end(**properties: str) -> Node:
    return Node("endEvent", extensions=_properties(properties))


def user(
    role: str, *, form: str = ANY_FORM, due: str | None = None, remind: str | None = None, **properties: str
) -> Node:
    schedule = "".join(
        f" {name}={quoteattr(value)}" for name, value in (("dueDate", due), ("followUpDate", remind)) if value
    )
    parts = [
        "<zeebe:userTask/>",
        f'<zeebe:formDefinition formId="{form}"/>',
        f'<zeebe:assignmentDefinition candidateGroups="{role}"/>',
    ]
    if schedule:
        parts.append(f"<zeebe:taskSchedule{schedule}/>")
    return Node("userTask", extensions="".join(parts) + _properties(properties))


def service(task_type: str, *, inputs: Mapping[str, str] | None = None, retries: int = 3, **headers: str) -> Node:
    written = "".join(f"<zeebe:header key={quoteattr(k)} value={quoteattr(v)}/>" for k, v in headers.items())
    return Node(
        "serviceTask",
        extensions=f'<zeebe:taskDefinition type="{task_type}" retries="{retries}"/>'
        f"<zeebe:taskHeaders>{written}</zeebe:taskHeaders>{_inputs(inputs)}",
    )


def call(process_id: str, **properties: str) -> Node:
    return Node(
        "callActivity",
        extensions=f'<zeebe:calledElement processId="{process_id}" propagateAllChildVariables="true"/>'
        + _properties(properties),
    )


def fork() -> Node:
    return Node("parallelGateway")


def choice(*, default: str) -> Node:
    """`default` is the node that the default flow leads to."""
    return Node("exclusiveGateway", attributes=f"default-to={quoteattr(default)}")


def deadline(on: str, due: str, *, interrupting: bool = True) -> Node:
    return Node(
        "boundaryEvent",
        f'<bpmn:timerEventDefinition><bpmn:timeDate xsi:type="bpmn:tFormalExpression">{escape(due)}'
        "</bpmn:timeDate></bpmn:timerEventDefinition>",
        attributes=f'attachedToRef="{on}" cancelActivity="{str(interrupting).lower()}"',
    )


def wait(duration: str) -> Node:
    return Node(
        "intermediateCatchEvent",
        '<bpmn:timerEventDefinition><bpmn:timeDuration xsi:type="bpmn:tFormalExpression">'
        f"{escape(duration)}</bpmn:timeDuration></bpmn:timerEventDefinition>",
    )


def catch(message: str, key: str) -> Node:
    return Node("intermediateCatchEvent", _message(message), outside=_declared(message, key))


def throw(message: str, key: str, *, inputs: Mapping[str, str] | None = None, **properties: str) -> Node:
    """`inputs` are what the message carries."""
    return Node(
        "intermediateThrowEvent",
        _message(message),
        extensions=_inputs(inputs) + _properties(properties),
        outside=_declared(message, key),
    )


def drawing(process_id: str, nodes: Mapping[str, Node], flows: Sequence[str]) -> Resource:
    """A diagram as the file `<process_id>.bpmn`."""
    body: list[str] = []
    ids: dict[tuple[str, str], str] = {}
    for number, flow in zip(count(1), flows, strict=False):
        ends, _, condition = flow.partition(":")
        source, target = (each.strip() for each in ends.split("->"))
        flow_id = ids[source, target] = f"flow-{number}"
        inside = (
            f'<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">{escape(condition.strip())}'
            "</bpmn:conditionExpression>"
            if condition
            else ""
        )
        body.append(
            f'<bpmn:sequenceFlow id="{flow_id}" sourceRef="{source}" targetRef="{target}">{inside}</bpmn:sequenceFlow>'
        )
    for node_id, node in nodes.items():
        xml = node.xml(node_id)
        if 'default-to="' in xml:
            target = xml.split('default-to="')[1].split('"')[0]
            xml = xml.replace(f'default-to="{target}"', f'default="{ids[node_id, target]}"')
        body.append(xml)
    outside = "".join(dict.fromkeys(node.outside for node in nodes.values()))
    text = (
        _HEAD.format(id=process_id)
        + f'<bpmn:process id="{process_id}" name="{process_id} 流程" isExecutable="true">{"".join(body)}</bpmn:process>'
        + outside
        + "</bpmn:definitions>"
    )
    return Resource(f"{process_id}.bpmn", text.encode())


def line(process_id: str, nodes: Mapping[str, Node]) -> Resource:
    """A diagram whose nodes follow each other in the order given, between a start and an end."""
    names = ["begin", *nodes, "finish"]
    flows = [f"{first} -> {second}" for first, second in pairwise(names)]
    return drawing(process_id, {"begin": start(), **nodes, "finish": end()}, flows)


def _properties(properties: Mapping[str, str]) -> str:
    written = "".join(f"<zeebe:property name={quoteattr(k)} value={quoteattr(v)}/>" for k, v in properties.items())
    return f"<zeebe:properties>{written}</zeebe:properties>" if written else ""


def _inputs(inputs: Mapping[str, str] | None) -> str:
    mapped = "".join(f"<zeebe:input source={quoteattr(v)} target={quoteattr(k)}/>" for k, v in (inputs or {}).items())
    return f"<zeebe:ioMapping>{mapped}</zeebe:ioMapping>" if mapped else ""


def _message(name: str) -> str:
    return f'<bpmn:messageEventDefinition messageRef="message-{name}"/>'


def _declared(name: str | None, key: str) -> str:
    if name is None:
        return ""
    subscription = (
        f"<bpmn:extensionElements><zeebe:subscription correlationKey={quoteattr(key)}/></bpmn:extensionElements>"
        if key
        else ""
    )
    return f'<bpmn:message id="message-{name}" name="{name}">{subscription}</bpmn:message>'
