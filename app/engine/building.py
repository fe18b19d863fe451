"""From a process as drawn to specs that run.

The library's own parser is not used: it reads no extensions, drops flows without an id, takes elements called
`End` for its own, calls itself once a node and refuses long diagrams.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from app.engine.activities import Activity, PartTask, RuleTask, ScriptTask, ServiceTask, UserTask
from app.engine.dialect import SUBPROCESSES, Element, Flow, Scope
from app.engine.events import Boundary, Catch, StartEvent, Terminate, Throw
from app.engine.gateways import EventGateway, ExclusiveGateway, InclusiveGateway, ParallelGateway
from app.engine.loops import LoopBody
from app.engine.model import Finding
from app.engine.nodes import Guard, Node, ProcessSpec, spec_name

_SPECS: dict[str, type[Node]] = {
    "startEvent": StartEvent,
    "endEvent": Throw,
    "intermediateThrowEvent": Throw,
    "intermediateCatchEvent": Catch,
    "boundaryEvent": Boundary,
    "receiveTask": Catch,
    "userTask": UserTask,
    "serviceTask": ServiceTask,
    "businessRuleTask": RuleTask,
    "scriptTask": ScriptTask,
    "exclusiveGateway": ExclusiveGateway,
    "parallelGateway": ParallelGateway,
    "inclusiveGateway": InclusiveGateway,
    "eventBasedGateway": EventGateway,
}


def build(processes: Iterable[Scope]) -> tuple[dict[str, ProcessSpec], dict[str, Scope], list[Finding]]:
    """The specs of all processes and embedded sub-processes by name, the process that drew each, and findings."""
    specs: dict[str, ProcessSpec] = {}
    process_of: dict[str, Scope] = {}
    findings: list[Finding] = []
    drawn = {process.id: process for process in processes}
    for process in drawn.values():
        for name, scope in _scopes(process):
            builder = _Builder(name, scope)
            specs[name] = builder.spec
            process_of[name] = process
            findings.extend(builder.findings)
    findings.extend(_call_findings(drawn))
    return specs, process_of, findings


def _scopes(process: Scope) -> Iterator[tuple[str, Scope]]:
    pending = [(process.id, process)]
    while pending:
        name, scope = pending.pop()
        yield name, scope
        pending.extend((f"{name}/{e.id}", e.content) for e in scope.elements if e.content is not None)


class _Builder:
    """Builds the spec of one scope; what cannot be built is collected in `findings`."""

    def __init__(self, name: str, scope: Scope) -> None:
        self.spec = ProcessSpec(name, scope.file)
        self.findings: list[Finding] = []
        self._scope = scope
        self._elements = {element.id: element for element in scope.elements}
        self._entries: dict[str, Node] = {}
        self._exits: dict[str, Node] = {}
        if len(self._elements) < len(scope.elements):
            self._find(None, "有重复的元素 id，请用建模工具重新保存流程图")
            return
        for element in scope.elements:
            self._place(element)
        self._guard()
        self._connect()
        self._finish()

    def _place(self, element: Element) -> None:
        name = spec_name(element.id)
        node: Node
        if element.loop is None:
            node = self._node(name, element)
        else:
            node = LoopBody(self.spec, name, element, element.loop)
            self._node(node.instance, element)
        self._entries[element.id] = self._exits[element.id] = node

    def _node(self, name: str, element: Element) -> Node:
        if element.type in SUBPROCESSES:
            return PartTask(self.spec, name, element, f"{self.spec.name}/{element.id}")
        if element.type == "callActivity":
            return PartTask(self.spec, name, element, element.called_process or "")
        if element.trigger is not None and element.trigger.kind == "terminate":
            return Terminate(self.spec, name, element)
        if element.type == "sendTask":
            kind: type[Activity] = ServiceTask if element.task_type else Throw
            return kind(self.spec, name, element)
        return _SPECS[element.type](self.spec, name, element)

    def _guard(self) -> None:
        """Put a guard before every activity that has boundary events."""
        for activity_id in dict.fromkeys(element.attached_to for element in self._scope.elements):
            if activity_id is None:
                continue
            activity = self._entries.get(activity_id)
            if activity is None:
                self._find(None, f"边界事件依附的活动 {activity_id} 不存在，请把边界事件重新放到活动上")
                continue
            guard = Guard(self.spec, f"{activity.name} [guarded]")
            activity.guarded = True
            events = [self._exits[each.id] for each in self._scope.elements if each.attached_to == activity_id]
            for node in (*events, activity):
                guard.lead_to(_undrawn(guard, node), node)
            self._entries[activity_id] = guard

    def _connect(self) -> None:
        for element in self._scope.elements:
            if element.type == "startEvent":
                start = self._entries[element.id]
                self.spec.start.lead_to(_undrawn(self.spec.start, start), start)
        for flow in self._scope.flows:
            source, target = self._exits.get(flow.source), self._entries.get(flow.target)
            if source is None or target is None:
                missing = flow.source if source is None else flow.target
                self._find(None, f"顺序流 {flow.id} 的一端 {missing or '（空）'} 不存在，请重新连线")
            else:
                source.lead_to(flow, target)

    def _finish(self) -> None:
        """A token that has nowhere to go on ends; what is only known when all is drawn is learned."""
        if not self.spec.start.leaving:
            self._find(None, f"“{self._scope.name}”没有开始事件，请画一个开始事件")
        for node in self._exits.values():
            if not node.leaving:
                node.lead_to(_undrawn(node, self.spec.end), self.spec.end)
        for node in self._exits.values():
            if isinstance(node, InclusiveGateway):
                node.learn_sources()
            elif isinstance(node, ParallelGateway):
                self._check_join(node)

    def _check_join(self, join: ParallelGateway) -> None:
        """A flow into a parallel join that only starts behind the join could never bring the first token."""
        reached = _reachable(self.spec.start, but=join)
        for flow, source in join.entering:
            if source not in reached and source != join.name:
                element = self._elements.get(flow.source)
                self._find(
                    join.element,
                    f"并行网关“{join.element.label if join.element else join.name}”在等待"
                    f"“{element.label if element else flow.source}”，而后者要在网关通过之后才会开始，流程会停住；"
                    "请在并行网关之前另画一个排他网关接住退回的连线",
                )

    def _find(self, element: Element | None, message: str) -> None:
        self.findings.append(
            Finding(self._scope.file, element.id if element else None, element.label if element else None, message)
        )


def _undrawn(source: Node, target: Node) -> Flow:
    """A connection of our own between specs; no diagram shows it."""
    return Flow("", source.name, target.element.id if target.element else target.name, None)


def _reachable(start: Node, *, but: Node) -> set[str]:
    specs = start._wf_spec.task_specs
    reached: set[str] = set()
    pending = [start.name]
    while pending:
        name = pending.pop()
        if name not in reached and name != but.name:
            reached.add(name)
            pending.extend(target for _, target in specs[name].leaving)
    return reached


def _call_findings(processes: Mapping[str, Scope]) -> Iterator[Finding]:
    """Calls of processes that the bundle lacks, and calls that end where they began."""
    calls = {
        process.id: [element for element, _ in process.all_elements() if element.type == "callActivity"]
        for process in processes.values()
    }
    for process in processes.values():
        for element in calls[process.id]:
            called = element.called_process
            if called not in processes:
                message = f"调用活动“{element.label}”调用的流程 {called or '（空）'} 不在本次部署中，请选择已有的流程"
                yield Finding(process.file, element.id, element.label, message)
            elif process.id in _called_from(element, calls):
                message = f"调用活动“{element.label}”最终又调用了自己所在的流程，永远不会结束；请改画为循环"
                yield Finding(process.file, element.id, element.label, message)


def _called_from(element: Element, calls: Mapping[str, list[Element]]) -> set[str]:
    """The processes that a call activity calls, those that they call, and so on."""
    reached: set[str] = set()
    pending = [element]
    while pending:
        called = pending.pop().called_process or ""
        if called not in reached:
            reached.add(called)
            pending.extend(calls.get(called, []))
    return reached
