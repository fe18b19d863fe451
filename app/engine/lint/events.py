"""Events: which trigger may stand where, and who catches what is thrown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from app.engine.dialect import Element
from app.engine.lint.draft import Draft, Part, Rule
from app.engine.model import Finding

ALLOWED: Final = {
    "intermediateCatchEvent": frozenset({"message", "timer", "signal"}),
    "intermediateThrowEvent": frozenset({"none", "message", "signal", "escalation"}),
    "endEvent": frozenset({"none", "message", "signal", "escalation", "error", "cancel", "terminate"}),
    "boundaryEvent": frozenset({"message", "timer", "signal", "escalation", "error", "cancel"}),
}
WORDS: Final = {
    "none": "没有说明等待什么",
    "message": "消息",
    "timer": "定时",
    "signal": "信号",
    "escalation": "升级",
    "error": "错误",
    "cancel": "取消",
    "terminate": "终止",
}
INSTEAD: Final = {
    "intermediateCatchEvent": "请改画为消息、定时或信号捕获事件",
    "intermediateThrowEvent": "请改画为消息、信号或升级抛出事件，错误和终止只能画成结束事件",
    "endEvent": "请改画为普通、消息、信号、升级、错误或终止结束事件",
    "boundaryEvent": "请改画为消息、定时、信号、升级或错误边界事件",
}


def misplaced_triggers(draft: Draft) -> Iterator[Finding]:
    for part, event in draft.elements(*ALLOWED):
        kind = event.trigger.kind if event.trigger else "none"
        # The triggers that the dialect does not know at all are reported where they are read.
        if kind not in WORDS or kind in ALLOWED[event.type]:
            continue
        fault = WORDS["none"] if kind == "none" else f"不能用于{WORDS[kind]}"
        yield part.find(event, f"{fault}；{INSTEAD[event.type]}")


def uninterrupting_errors(draft: Draft) -> Iterator[Finding]:
    for part, event in draft.elements("boundaryEvent"):
        kind = event.trigger.kind if event.trigger else "none"
        if kind in {"error", "cancel"} and not event.interrupting:
            yield part.find(event, f"捕获{WORDS[kind]}时必然中断所在的活动；请改画为中断的（实线）边界事件")


def event_subprocesses(draft: Draft) -> Iterator[Finding]:
    for part, element in draft.elements("subProcess", "transaction"):
        if part.node(element).get("triggeredByEvent") == "true":
            yield part.find(element, "是事件子流程，不能运行；请改画为普通子流程，把触发它的事件画成边界事件")


def cancelled_transactions(draft: Draft) -> Iterator[Finding]:
    for part, event in draft.elements("endEvent", "boundaryEvent"):
        if event.trigger is None or event.trigger.kind != "cancel":
            continue
        around = part.holder if event.type == "endEvent" else part.elements.get(event.attached_to or "")
        if around is None or around.type != "transaction":
            yield part.find(event, "只能画在事务子流程中或事务子流程的边界上；请改画为错误事件，或把子流程改为事务")
        elif event.type == "endEvent" and part.outer and not _catches(part.outer, around, "cancel", None):
            yield part.find(event, f"取消后无处可去；请在事务子流程“{around.label}”上画取消边界事件")


def uncaught_errors(draft: Draft) -> Iterator[Finding]:
    """An error that no boundary event around it catches would leave the case standing."""
    yield from _uncaught(draft, "error", "抛出的错误", "请在外层子流程或调用活动上画错误边界事件，或改画为普通结束事件")


def uncaught_escalations(draft: Draft) -> Iterator[Finding]:
    for finding in _uncaught(draft, "escalation", "发出的升级", "请在外层子流程或调用活动上画升级边界事件"):
        yield Finding(finding.file, finding.element_id, finding.element_name, finding.message, "warning")


def correlation_keys(draft: Draft) -> Iterator[Finding]:
    for part, element in draft.elements():
        trigger = element.trigger
        if trigger is None or trigger.kind != "message" or not trigger.name or element.type == "startEvent":
            continue
        if not trigger.expression:
            yield part.find(
                element, f"的消息“{trigger.name}”没有关联键，不知道是哪个事项的；请填写关联键，例如 =project_code"
            )


def lone_messages(draft: Draft) -> Iterator[Finding]:
    """A message that only one side of the bundle knows is most often a name misspelt."""
    thrown: dict[str, tuple[Part, Element]] = {}
    caught: dict[str, tuple[Part, Element]] = {}
    for part, element in draft.elements():
        trigger = element.trigger
        if trigger is not None and trigger.kind == "message" and trigger.name:
            throws = element.type in {"intermediateThrowEvent", "endEvent", "sendTask"}
            (thrown if throws else caught).setdefault(trigger.name, (part, element))
    for name in thrown.keys() - caught.keys():
        part, element = thrown[name]
        yield part.find(element, f"发出的消息“{name}”没有任何流程接收；请核对消息名称", "warning")


def _uncaught(draft: Draft, kind: str, what: str, instead: str) -> Iterator[Finding]:
    for part, event in draft.elements("endEvent", "intermediateThrowEvent"):
        trigger = event.trigger
        if trigger is None or trigger.kind != kind:
            continue
        if not _is_caught(draft, part, kind, trigger.name, frozenset()):
            yield part.find(event, f"{what}“{trigger.name or '（无代码）'}”没有人捕获；{instead}")


def _is_caught(draft: Draft, part: Part, kind: str, code: str | None, seen: frozenset[str]) -> bool:
    """Whether a boundary event around the part catches the code: its sub-process, or any that calls its process."""
    if part.holder is not None and part.outer is not None:
        return _catches(part.outer, part.holder, kind, code) or _is_caught(draft, part.outer, kind, code, seen)
    if part.process.id in seen:
        return False
    return any(
        _catches(caller, call, kind, code) or _is_caught(draft, caller, kind, code, seen | {part.process.id})
        for caller, call in draft.elements("callActivity")
        if call.called_process == part.process.id
    )


def _catches(part: Part, activity: Element, kind: str, code: str | None) -> bool:
    triggers = [boundary.trigger for boundary in part.boundaries(activity.id)]
    return any(trigger and trigger.kind == kind and trigger.name in {None, code} for trigger in triggers)


RULES: Final[tuple[Rule, ...]] = (
    misplaced_triggers,
    uninterrupting_errors,
    event_subprocesses,
    cancelled_transactions,
    uncaught_errors,
    uncaught_escalations,
    correlation_keys,
    lone_messages,
)
