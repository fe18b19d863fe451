"""What stands in the file beyond the flow: extension attributes, the picture, the names of the processes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from lxml import etree

from app.engine.dialect import ACTIVITIES, EVENTS, RUNNABLE
from app.engine.lint.draft import Draft, Drawing, Rule
from app.engine.model import Finding, Severity
from app.engine.parsing import BPMN, ZEEBE

BPMNDI: Final = "http://www.omg.org/spec/BPMN/20100524/DI"
CAMUNDA_7: Final = "http://camunda.org/schema/1.0/bpmn"
USER: Final = frozenset({"userTask"})
SERVICE: Final = frozenset({"serviceTask", "sendTask"})
MAPPED: Final = ACTIVITIES | EVENTS
# Our extension elements: where they may stand, and the attributes they may have. None: anywhere.
EXTENSIONS: Final[Mapping[str, tuple[frozenset[str] | None, frozenset[str]]]] = {
    "userTask": (USER, frozenset()),
    "formDefinition": (USER, frozenset({"formId", "bindingType"})),
    "assignmentDefinition": (USER, frozenset({"candidateGroups"})),
    "taskSchedule": (USER, frozenset({"dueDate", "followUpDate"})),
    "priorityDefinition": (USER, frozenset({"priority"})),
    "taskDefinition": (SERVICE, frozenset({"type", "retries"})),
    "taskHeaders": (SERVICE, frozenset()),
    "header": (None, frozenset({"id", "key", "value"})),
    "ioMapping": (MAPPED, frozenset()),
    "input": (None, frozenset({"source", "target"})),
    "output": (None, frozenset({"source", "target"})),
    "calledDecision": (frozenset({"businessRuleTask"}), frozenset({"decisionId", "resultVariable", "bindingType"})),
    "script": (frozenset({"scriptTask"}), frozenset({"expression", "resultVariable"})),
    "calledElement": (
        frozenset({"callActivity"}),
        frozenset({"processId", "propagateAllChildVariables", "propagateAllParentVariables", "bindingType"}),
    ),
    "subscription": (frozenset({"message"}), frozenset({"correlationKey"})),
    "loopCharacteristics": (
        frozenset({"multiInstanceLoopCharacteristics"}),
        frozenset({"inputCollection", "inputElement", "outputCollection", "outputElement"}),
    ),
    "properties": (None, frozenset()),
    "property": (None, frozenset({"id", "name", "value"})),
}
# What a start event says about who may start its process beside the life of a project.
STARTER: Final = frozenset(
    {
        *("starter", "starter-label", "starter-stages", "starter-takes"),
        *("starter-several", "starter-ended", "starter-needs"),
    }
)
PROPERTIES: Final = frozenset({"clause", "stage", "check", "milestone", "outcome", "held-by", "keep"}) | STARTER


def unknown_extensions(draft: Draft) -> Iterator[Finding]:
    """An attribute that nothing reads would mislead whoever set it."""
    for drawing in draft.drawings:
        for node in drawing.nodes.values():
            if node.tag != f"{{{BPMN}}}extensionElements":
                yield from _foreign_attributes(drawing, node)
        for extensions in drawing.root.iter(f"{{{BPMN}}}extensionElements"):
            owner = extensions.getparent()
            if owner is not None:
                for extension in extensions.iterdescendants(tag=etree.Element):
                    yield from _extension(drawing, owner, extension)


def _foreign_attributes(drawing: Drawing, node: etree._Element) -> Iterator[Finding]:
    for attribute in node.attrib:
        name = etree.QName(attribute)
        if name.namespace == CAMUNDA_7:
            yield _find(
                drawing, node, f"用了 Camunda 7 的属性 {name.localname}，不起作用；请用 Camunda 8 的属性重新填写"
            )
        elif name.namespace == ZEEBE and not name.localname.startswith("modelerTemplate"):
            yield _find(drawing, node, f"有不认识的属性 zeebe:{name.localname}，不起作用；请删去")


def _extension(drawing: Drawing, owner: etree._Element, extension: etree._Element) -> Iterator[Finding]:
    name = etree.QName(extension)
    if name.namespace == CAMUNDA_7:
        yield _find(drawing, owner, f"用了 Camunda 7 的扩展 {name.localname}，不起作用；请用 Camunda 8 的属性重新填写")
        return
    if name.namespace != ZEEBE:
        return
    places, attributes = EXTENSIONS.get(name.localname, (frozenset(), frozenset()))
    if name.localname not in EXTENSIONS:
        yield _find(drawing, owner, f"有不支持的扩展 zeebe:{name.localname}；请删去，改用表单、服务任务或边界事件表达")
        return
    if places is not None and etree.QName(owner).localname not in places:
        yield _find(drawing, owner, f"不能带扩展 zeebe:{name.localname}，不起作用；请删去，或改画为相应的任务")
    for attribute, value in extension.attrib.items():
        key = etree.QName(attribute)
        if not key.namespace and key.localname not in attributes:
            yield _find(drawing, owner, f"的 zeebe:{name.localname} 有不支持的属性 {key.localname}，不起作用；请删去")
        elif key.localname.startswith("propagateAll") and value == "false":
            message = f"把 {key.localname} 设为否，而变量总是全部带入、带回；请去掉这项设置，或用输出映射"
            yield _find(drawing, owner, message)


def unknown_properties(draft: Draft) -> Iterator[Finding]:
    """Beside a `check`, any property may stand: the check reads them all."""
    for part, element in draft.elements():
        if "check" in element.properties:
            continue
        for name in element.properties.keys() - PROPERTIES:
            yield part.find(
                element, f"的扩展属性“{name}”不起作用；请核对名称，可用 {'、'.join(sorted(PROPERTIES))}", "warning"
            )


def compensation(draft: Draft) -> Iterator[Finding]:
    for part, element in draft.elements(*ACTIVITIES):
        if part.node(element).get("isForCompensation") == "true":
            yield part.find(element, "是补偿活动，不会执行；请把撤销的工作画成普通任务，用网关或边界事件引到它")


def processes(draft: Draft) -> Iterator[Finding]:
    first: dict[str, Drawing] = {}
    for drawing in draft.drawings:
        if not drawing.processes:
            message = "文件中没有可执行的流程；请在属性面板中勾选“可执行”（isExecutable）"
            yield Finding(drawing.file, None, None, message)
        for process in drawing.processes:
            node = drawing.nodes.get(process.id)
            if process.id in first:
                message = f"流程“{process.name}”的 id {process.id} 与 {first[process.id].file} 中的流程重复；请改名"
                yield Finding(drawing.file, process.id, process.name, message)
            first.setdefault(process.id, drawing)
            if node is None or not node.get("name"):
                yield Finding(drawing.file, process.id, None, f"流程 {process.id} 没有名称；请写上名称", "warning")


def picture(draft: Draft) -> Iterator[Finding]:
    """A diagram runs without its picture, but nobody could follow a case on it."""
    for drawing in draft.drawings:
        drawn = {
            node.get("bpmnElement") for node in drawing.root.iter(f"{{{BPMNDI}}}BPMNShape", f"{{{BPMNDI}}}BPMNEdge")
        }
        if not drawn:
            message = "文件没有图形信息，页面上无法显示流程图；请在建模工具中画出并保存"
            yield Finding(drawing.file, None, None, message, "warning")
            continue
        for node in drawing.root.iter(*(f"{{{BPMN}}}{tag}" for tag in (*sorted(RUNNABLE), "sequenceFlow"))):
            if node.get("id") not in drawn:
                yield _find(drawing, node, "没有画在图上；请在建模工具中补画或删去", "warning")


def _find(drawing: Drawing, node: etree._Element, message: str, severity: Severity = "error") -> Finding:
    name = " ".join((node.get("name") or "").split())
    identified: etree._Element | None = node
    while identified is not None and not identified.get("id"):
        identified = identified.getparent()
    owner = node if name or identified is None else identified
    label = " ".join((owner.get("name") or owner.get("id") or "").split())
    return Finding(
        drawing.file,
        None if identified is None else identified.get("id"),
        " ".join((owner.get("name") or "").split()) or None,
        f"“{label}”{message}",
        severity,
    )


RULES: Final[tuple[Rule, ...]] = (
    unknown_extensions,
    unknown_properties,
    compensation,
    processes,
    picture,
)
