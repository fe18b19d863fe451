"""Carrying out one command: running tokens until all of them wait, and everything that happens between tokens."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState

from app.engine.activities import PartTask
from app.engine.bundle import Bundle
from app.engine.decisions import evaluate as evaluate_decision
from app.engine.dialect import Element, Scope
from app.engine.events import Boundary, Catch, next_firing
from app.engine.expressions import Feel
from app.engine.model import EngineError, Event, EventKind, Json, OutMessage, Services
from app.engine.nodes import End
from app.engine.tokens import LIVE, Flowing, Token, all_live, descendants, live, together

AUTOMATIC_STEPS: Final = 3000
"""How many steps one command may take by itself before what still runs is taken for an endless loop."""


class FeelOnly:
    """The script engine that the library sees: FEEL through the turn at hand, and no scripts at all."""

    def evaluate(self, task: Token, expression: str, external_context: Any = None) -> Json:
        turn: Turn = task.workflow.top_workflow.turn
        return turn.strictly(expression, task.data)

    def execute(self, task: Token, script: str, external_context: Any = None) -> bool:
        raise EngineError("流程图中的脚本一律不执行，请改用 FEEL 表达式")

    def call_service(self, task: Token, **kwargs: Any) -> bool:
        raise EngineError("服务只能由服务任务调用")


class _Flat:
    """What both kinds of workflow do otherwise than the library: no walks over the tree, so no limit of depth."""

    tasks: dict[Any, Token]
    completed: bool
    data: dict[str, Json]

    def update_waiting_tasks(self) -> None:
        """Only tokens at joins are WAITING; one that fires uses up others."""
        for token in live(self):
            if token.state == TaskState.WAITING and token.id in self.tasks:
                token.task_spec._update(token)

    def _mark_complete(self, task: Token) -> None:
        self.data = task.data
        self.completed = True


class Part(_Flat, BpmnSubWorkflow):
    """The inside of a sub-process or call activity."""


class Case(_Flat, BpmnWorkflow):
    """One case: the process, and in `subprocesses` everything running inside it."""

    def __init__(self, spec: Any, parts: Mapping[str, Any], turn: Turn, *, deserializing: bool = False) -> None:
        self.turn = turn
        self.arrivals = 0
        self.cancelled = False
        super().__init__(spec, parts, script_engine=FeelOnly(), deserializing=deserializing)

    def create_subprocess(self, my_task: Token, spec_name: str) -> Part:
        part = Part(self.subprocess_specs[spec_name], parent_task_id=my_task.id, top_workflow=self)
        self.subprocesses[my_task.id] = part
        return part


class Turn:
    """The surroundings of the commands between a load and a save: the instant, the services, what happened."""

    def __init__(self, *, bundle: Bundle, feel: Feel, now: datetime, services: Services) -> None:
        self.bundle = bundle
        self.now = now
        self.services = services
        self.events: list[Event] = []
        self.messages: list[OutMessage] = []
        self.ready: deque[Token] = deque()
        self._spreading: deque[tuple[Token, str, str | None, Mapping[str, Json]]] = deque()
        self._feel = feel

    # Evaluation.

    def value(self, text: str, context: Mapping[str, Json]) -> Json:
        """FEEL where a missing variable is null."""
        return self._feel.evaluate(text, context, now=self.now)

    def strictly(self, text: str, context: Mapping[str, Json]) -> Json:
        """FEEL where a missing variable is an error."""
        return self._feel.evaluate(text, context, now=self.now, strict=True)

    def condition(self, text: str, context: Mapping[str, Json]) -> bool:
        return self._feel.condition(text, context, now=self.now)

    def decide(self, decision_id: str, context: Mapping[str, Json]) -> Json:
        return evaluate_decision(decision_id, self.bundle.decisions, context, self._feel, self.now)

    def names_in(self, text: str) -> set[str]:
        """The variables that FEEL reads."""
        return self._feel.names_in(text)

    # Running.

    def run(self) -> None:
        """Run tokens until all of them wait. Each failure stays with its token."""
        steps = 0
        while self.ready:
            token = self.ready.popleft()
            if token.state != TaskState.READY or token.id not in token.workflow.tasks:
                continue
            steps += 1
            if steps > AUTOMATIC_STEPS and token.task_spec.element is not None:
                token._set_state(TaskState.STARTED)
                self.fail(token, EngineError(f"自动步骤超过 {AUTOMATIC_STEPS} 步，可能是死循环；请检查流程图后重试"))
                continue
            self._step(token)

    def _step(self, token: Token) -> None:
        token.run()
        thrown = token.internal_data.pop("thrown", None)
        if thrown is not None:
            self._throw_up(token, *thrown)
        while self._spreading:
            self._spread(*self._spreading.popleft())
        part = token.workflow
        if part.completed and part.parent_task_id is not None:
            self._leave(part)

    def _leave(self, part: Flowing) -> None:
        """Hand what a sub-process made to the task that holds it."""
        holder = part.top_workflow.get_task_from_id(part.parent_task_id)
        if holder.state == TaskState.STARTED and "result" not in holder.internal_data:
            spec: PartTask = holder.task_spec
            self.give(holder, spec.brought(holder, part.data))

    def give(self, token: Token, result: Mapping[str, Json]) -> None:
        """What a waiting token waited for has come."""
        token.internal_data["result"] = dict(result)
        self.wake(token)

    def wake(self, token: Token) -> None:
        if token.state == TaskState.STARTED and "failure" not in token.internal_data:
            token._set_state(TaskState.READY)
            self.ready.append(token)

    def fail(self, token: Token, error: Exception) -> None:
        """The token stands still with a failure until it is retried; its thrown error, if any, was not caught."""
        token.internal_data["failure"] = str(error) if isinstance(error, EngineError) else _described(error)
        self._record("failed", token)

    def retry(self, token: Token) -> None:
        token.internal_data.pop("failure", None)
        self.wake(token)

    # Between tokens.

    def fire(self, token: Token, result: Mapping[str, Json]) -> None:
        """An event that a token waits for has happened."""
        memo = token.internal_data
        memo["result"] = dict(result)
        if memo.get("race"):
            rivals = [other for other in live(token.workflow) if other.internal_data.get("race") == memo["race"]]
            self.cancel(other for other in rivals if other is not token)
        if isinstance(token.task_spec, Boundary):
            if token.task_spec.drawn.interrupting:
                self._interrupt(token)
            else:
                self._repeat(token)
        self.wake(token)

    def _interrupt(self, token: Token) -> None:
        """End the activity of a boundary event, whose token goes on with what was done inside so far."""
        guarded = [other for other in live(token.workflow) if other.id.hex == token.internal_data["guards"]]
        if guarded:
            token.data = current(guarded)
        self.cancel(guarded)

    def _repeat(self, token: Token) -> None:
        """Let another token wait for the next time: of a cycle, or of anything but a timer that may come again."""
        memo = token.internal_data
        again: dict[str, Any] = {"guards": memo["guards"], "flow": None}
        if token.task_spec.trigger.kind == "timer":
            following = next_firing(memo, self.now) if "cycle" in memo else None
            if following is None:
                return
            again |= {"due": following[0], "cycle": [memo["cycle"][0], following[1]]}
        sibling = token.parent._add_child(token.task_spec, TaskState.FUTURE)
        sibling.internal_data.update(again)
        sibling.task_spec._update(sibling)

    def end_guards(self, activity: Token) -> None:
        """The activity is over, so its boundary events wait no longer; one that has happened goes on."""
        self.cancel(
            token
            for token in live(activity.workflow)
            if token.internal_data.get("guards") == activity.id.hex and "result" not in token.internal_data
        )

    def spread(self, token: Token, kind: str, name: str | None, payload: Mapping[str, Json]) -> None:
        """Throw a signal or an escalation as soon as the throwing token has gone on."""
        self._spreading.append((token, kind, name, payload))

    def _spread(self, token: Token, kind: str, name: str | None, payload: Mapping[str, Json]) -> None:
        if kind == "escalation":
            catcher = self._catcher(token, kind, name)
            if catcher is not None:
                self.fire(catcher, {"escalationCode": name, **payload})
            return
        for catcher in all_live(token.workflow.top_workflow):
            if _catches(catcher, kind, name):
                self.fire(catcher, payload)

    def _throw_up(self, token: Token, kind: str, code: str | None, message: str) -> None:
        """Hand an error to the nearest boundary event around it; one that nobody catches is a failure."""
        catcher = self._catcher(token, kind, code)
        if catcher is None:
            reason = f"未被捕获的错误“{code}”：{message}" if kind == "error" else message
            self.fail(token, EngineError(reason))
        else:
            self.fire(catcher, {"errorCode": code, "errorMessage": message})

    def _catcher(self, token: Token, kind: str, code: str | None) -> Token | None:
        """The waiting boundary event nearest to a token, going outwards from its own activity."""
        case = token.workflow.top_workflow
        while token is not None:
            guarded = {token.id.hex, token.parent.id.hex} if token.triggered else {token.id.hex}
            events = [other for other in live(token.workflow) if other.internal_data.get("guards") in guarded]
            exact = [event for event in events if _catches(event, kind, code) and event.task_spec.trigger.name]
            found = exact or [event for event in events if _catches(event, kind, code)]
            if found:
                return found[0]
            holder = token.workflow.parent_task_id
            token = None if holder is None else case.get_task_from_id(holder)
        return None

    def gather(self, survivor: Token, others: Iterable[Token]) -> None:
        """Let one token carry what other tokens of its workflow bring, those inside sub-processes included."""
        survivor.data = current([survivor, *others])

    def cancel(self, tokens: Iterable[Token]) -> None:
        """Cancel live tokens with everything below and inside them, innermost first."""
        for token in list(tokens):
            if not token.state & LIVE:
                continue
            part = token.workflow.top_workflow.subprocesses.get(token.id)
            if part is not None:
                self.cancel(live(part))
                part.completed = True
                part.success = False
            self.cancel(child for child in descendants(token) if child.state & LIVE)
            token._set_state(TaskState.CANCELLED)
            self._record("cancelled", token)
            if token.task_spec.guarded:
                self.end_guards(token)

    # History.

    def entered(self, token: Token) -> None:
        case = token.workflow.top_workflow
        case.arrivals += 1
        token.internal_data["at"] = case.arrivals
        self._record("entered", token)

    def completed(self, token: Token) -> None:
        self._record("completed", token, token.internal_data.pop("changes", {}))

    def _record(self, kind: EventKind, token: Token, changes: Mapping[str, Json] | None = None) -> None:
        element: Element | None = token.task_spec.element
        if element is None:
            return
        self.events.append(
            Event(
                kind=kind,
                element_id=element.id,
                process_id=self.process_of(token).id,
                element_type=element.type if element.loop is None or token.triggered else "multiInstanceBody",
                name=element.name,
                task_id=token.id.hex,
                flow_id=token.internal_data.get("flow"),
                properties=element.properties,
                changes=changes or {},
            )
        )

    def process_of(self, token: Token) -> Scope:
        """The process that draws a token's element, also for what lies in an embedded sub-process."""
        return self.bundle.process_of[token.workflow.spec.name]


def current(tokens: Iterable[Token]) -> dict[str, Json]:
    """The variables as several tokens of one workflow see them together now, inside sub-processes too."""
    waiting = list(tokens)
    inner: dict[Any, dict[str, Json]] = {}
    for token in waiting:
        part = token.workflow.top_workflow.subprocesses.get(token.id)
        if part is not None:
            data = part.data if part.completed else current(live(part))
            inner[token.id] = {**token.data, **token.task_spec.brought(token, data)}
    return together(waiting, inner)


def is_open(token: Token) -> bool:
    """Whether a token waits for something to come: it has not failed, and nothing has come yet."""
    memo = token.internal_data
    return token.state == TaskState.STARTED and "failure" not in memo and "result" not in memo


def is_stuck(token: Token) -> bool:
    """Whether only other tokens could move this one: it waits at a join, or for something thrown in the case."""
    if token.state == TaskState.WAITING:
        return not isinstance(token.task_spec, End)
    return isinstance(token.task_spec, Catch) and token.task_spec.trigger.kind not in {"message", "timer"}


def _catches(token: Token, kind: str, name: str | None) -> bool:
    if not isinstance(token.task_spec, Catch) or not is_open(token):
        return False
    trigger = token.task_spec.trigger
    return trigger.kind == kind and trigger.name in ({name, None} if kind != "signal" else {name})


def _described(error: Exception) -> str:
    text = str(error)
    return f"{type(error).__name__}：{text}" if text else type(error).__name__
