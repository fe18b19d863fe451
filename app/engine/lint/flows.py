"""Sequence flows and gateways: what splits, what joins, what decides, what is never reached."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from app.engine.dialect import GATEWAYS, Element
from app.engine.lint.draft import Draft, Part, Rule
from app.engine.model import Finding

DECIDING: Final = frozenset({"exclusiveGateway", "inclusiveGateway"})


def conditions_away_from_gateways(draft: Draft) -> Iterator[Finding]:
    """A condition counts only behind an exclusive or inclusive gateway; elsewhere it would be passed over."""
    for part, element in draft.elements():
        if element.type in DECIDING:
            continue
        for flow in part.outgoing[element.id]:
            if flow.condition is not None:
                yield part.find(
                    element,
                    f"之后的连线“{_flow_name(part, flow.id)}”带有条件，运行时不会判断；"
                    "请在它后面画一个排他网关，把条件写在网关的出口上",
                )


def implicit_splits(draft: Draft) -> Iterator[Finding]:
    for part, element in draft.elements():
        if element.type not in GATEWAYS and len(part.outgoing[element.id]) > 1:
            yield part.find(
                element,
                f"有 {len(part.outgoing[element.id])} 条出口，没有说明是都走还是选一条；"
                "请在它后面画网关：都走用并行网关，选一条用排他网关",
            )


def undecided_gateways(draft: Draft) -> Iterator[Finding]:
    """Each exit of a deciding gateway has a condition, but for the one default flow."""
    for part, gateway in draft.elements(*DECIDING):
        flows = part.outgoing[gateway.id]
        default = next((flow for flow in flows if flow.id == gateway.default_flow), None)
        if len(flows) == 1 and flows[0].condition is not None:
            yield part.find(gateway, "只有一条出口却带有条件，条件不成立时流程会停住；请去掉条件，或再画一条默认出口")
        if len(flows) < 2:  # noqa: PLR2004 - a gateway with one exit decides nothing
            continue
        if default is None:
            yield part.find(gateway, "没有默认出口，条件都不成立时流程会停住；请把其中一条出口设为默认")
        elif default.condition is not None:
            yield part.find(gateway, "的默认出口又写了条件，条件不会被判断；请去掉这条出口的条件")
        missing = [flow.id for flow in flows if flow is not default and flow.condition is None]
        if missing and (default is not None or len(missing) > 1):
            names = "、".join(f"“{_flow_name(part, flow_id)}”" for flow_id in missing)
            yield part.find(gateway, f"的出口{names}没有条件；请写上条件，或设为默认出口")


def unnamed_questions(draft: Draft) -> Iterator[Finding]:
    """Gateways ask questions and flows answer them: people read a diagram by these names."""
    for part, gateway in draft.elements(*DECIDING):
        flows = part.outgoing[gateway.id]
        if len(flows) < 2:  # noqa: PLR2004
            continue
        if not gateway.name:
            yield part.find(gateway, "没有名称；请写上要判断的问题，例如“材料齐全？”", "warning")
        if any(not part.drawing.nodes[flow.id].get("name") for flow in flows if flow.id in part.drawing.nodes):
            yield part.find(gateway, "有的出口没有名称；请在连线上写出答案，例如“是”“否”", "warning")


def event_gateways(draft: Draft) -> Iterator[Finding]:
    for part, gateway in draft.elements("eventBasedGateway"):
        targets = [part.elements[flow.target] for flow in part.outgoing[gateway.id] if flow.target in part.elements]
        if len(targets) < 2:  # noqa: PLR2004 - a race has two runners
            yield part.find(gateway, "至少要有两个等待的事件；只等一件事时，请直接画中间捕获事件")
        for target in targets:
            if target.type not in {"intermediateCatchEvent", "receiveTask"}:
                yield part.find(gateway, f"之后只能是中间捕获事件或接收任务，不能是“{target.label}”；请改画")
            elif len(part.incoming[target.id]) > 1:
                yield part.find(target, "在事件网关之后，不能再有别的入口；请为另一条路径另画一个事件")


def misplaced_ends(draft: Draft) -> Iterator[Finding]:
    for part, element in draft.elements():
        incoming, outgoing = part.incoming[element.id], part.outgoing[element.id]
        if element.type == "startEvent" and incoming:
            yield part.find(element, "不能有入口；要退回重做，请把连线接到它后面的第一个任务或排他网关")
        if element.type == "boundaryEvent" and incoming:
            yield part.find(element, "不能有入口；请把连线接到任务或网关上")
        if element.type == "endEvent" and outgoing:
            yield part.find(element, "不能有出口；流程还要继续时，请改画为中间事件")
        if element.type != "endEvent" and not outgoing:
            yield part.find(element, "之后没有连线，流程会在这里停下而没有结论；请画一个写明结果的结束事件", "warning")


def unreachable_elements(draft: Draft) -> Iterator[Finding]:
    for part in draft.parts:
        reached = {element.id for element in part.scope.elements if element.type == "startEvent"}
        pending = list(reached)
        while pending:
            current = pending.pop()
            following = [flow.target for flow in part.outgoing.get(current, [])]
            following += [boundary.id for boundary in part.boundaries(current)]
            pending += [target for target in following if target not in reached]
            reached.update(following)
        for element in part.scope.elements:
            if element.id not in reached and not _is_event_subprocess(part, element):
                yield part.find(element, "从开始事件走不到，永远不会执行；请补上连线，或把它删去")


def starts(draft: Draft) -> Iterator[Finding]:
    """A process starts once, by hand or by a message; the inside of a sub-process starts with it."""
    for part in draft.parts:
        if part.holder is not None and _is_event_subprocess(part.outer, part.holder):
            continue
        events = [element for element in part.scope.elements if element.type == "startEvent"]
        kinds = [event.trigger.kind if event.trigger else "none" for event in events]
        for event, kind in zip(events, kinds, strict=True):
            if part.holder is not None and kind != "none":
                yield part.find(event, "在子流程中不能等待消息或时间；请改画为普通开始事件，把等待画在后面")
            elif kind not in {"none", "message"}:
                yield part.find(event, "只能由人或消息启动；请改画为普通或消息开始事件，定时等待画成中间事件")
        if kinds.count("none") > 1:
            yield part.find(events[0], f"等 {kinds.count('none')} 个普通开始事件只会启动一个；请合并为一个开始事件")


def _is_event_subprocess(part: Part | None, element: Element) -> bool:
    return part is not None and part.node(element).get("triggeredByEvent") == "true"


def _flow_name(part: Part, flow_id: str) -> str:
    node = part.drawing.nodes.get(flow_id)
    return (node.get("name") if node is not None else None) or flow_id


RULES: Final[tuple[Rule, ...]] = (
    conditions_away_from_gateways,
    implicit_splits,
    undecided_gateways,
    unnamed_questions,
    event_gateways,
    misplaced_ends,
    unreachable_elements,
    starts,
)
