"""The base of all our task specs, and the ones that no diagram draws: start, end and the guard of boundary events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.specs.bpmn_task_spec import BpmnTaskSpec
from SpiffWorkflow.util.task import TaskState

from app.engine.dialect import Element, Flow
from app.engine.model import BpmnError
from app.engine.tokens import LIVE, Token, arrival, live, together

if TYPE_CHECKING:
    from app.engine.runtime import Turn

RESERVED = frozenset({"Start", "End", "Root"})
"""Names that the library gives a meaning of its own; an element drawn with such an id gets another spec name."""


def spec_name(element_id: str) -> str:
    """The name of an element's spec. The brackets cannot occur in an XML id, so nothing collides."""
    return f"{element_id} [drawn]" if element_id in RESERVED else element_id


class ProcessSpec(BpmnProcessSpec):
    """A process, or the inside of an embedded sub-process, ready to run; never changed once built."""

    def __init__(self, name: str, file: str) -> None:
        super().__init__(name=name, filename=file)
        self.task_specs.clear()
        self.start = Start(self, "Start")
        self.end = End(self, "End")


class Node(BpmnTaskSpec):
    """One element. A token arrives (`_update_hook`), runs (`_run_hook`: True when done, None to wait), completes.

    Nothing that can fail is evaluated outside `_run_hook`; what fails there becomes the failure of this token
    alone. The tokens behind a node are made when it completes, never predicted.
    """

    def __init__(self, process: ProcessSpec, name: str, element: Element | None = None) -> None:
        super().__init__(process, name)
        self.element = element
        self.bpmn_id = element.id if element else None
        self.bpmn_name = element.name if element else None
        self.entering: list[tuple[Flow, str]] = []
        self.leaving: list[tuple[Flow, str]] = []
        self.guarded = False

    def lead_to(self, flow: Flow, target: Node) -> None:
        """Draw a sequence flow from this node."""
        self.connect(target)
        self.leaving.append((flow, target.name))
        target.entering.append((flow, self.name))

    def test(self) -> None:
        """The library checks each task's wiring whenever it runs; the builder has done so once."""

    def _predict_hook(self, my_task: Token) -> None:
        """Predict nothing."""

    def _update_hook(self, my_task: Token) -> bool:
        self._arrive(my_task)
        return True

    def _arrive(self, my_task: Token) -> None:
        if my_task.parent is not None:
            my_task.data = dict(my_task.parent.data)
        turn(my_task).entered(my_task)

    def _on_ready(self, my_task: Token) -> None:
        turn(my_task).ready.append(my_task)

    def _run(self, my_task: Token) -> bool | None:
        """The library's entry; whatever goes wrong stays with this token."""
        memo = my_task.internal_data
        try:
            return self._run_hook(my_task)
        except BpmnError as error:
            memo["thrown"] = ["error", error.code, error.message]
        except Exception as error:  # noqa: BLE001 - other branches must go on, whatever a service raises
            turn(my_task).fail(my_task, error)
        return None

    def _run_hook(self, my_task: Token) -> bool | None:
        return True

    def taken(self, my_task: Token) -> list[tuple[Flow, str]]:
        """The flows that a token leaves by."""
        return self.leaving

    def _on_complete(self, my_task: Token) -> None:
        turn(my_task).completed(my_task)
        if self.guarded:
            turn(my_task).end_guards(my_task)
        children = []
        for flow, target in self.taken(my_task):
            child = my_task._add_child(self._wf_spec.task_specs[target], TaskState.FUTURE)
            child.internal_data["flow"] = flow.id or None
            children.append(child)
        self._prepare(my_task, children)
        for child in children:
            child.task_spec._update(child)
        if my_task.triggered:
            turn(my_task).wake(my_task.parent)
        my_task.workflow._task_completed_notify(my_task)

    def _prepare(self, my_task: Token, children: list[Token]) -> None:
        """Give the new tokens what they need to know before they arrive."""


class Start(Node):
    """The root of every workflow; leads to the start event that was chosen, or to the one without a trigger."""

    def taken(self, my_task: Token) -> list[tuple[Flow, str]]:
        chosen = my_task.internal_data.get("start")
        if chosen is not None:
            return [way for way in self.leaving if way[0].target == chosen]
        plain = [way for way in self.leaving if self._wf_spec.task_specs[way[1]].element.trigger.kind == "none"]
        return (plain or self.leaving)[:1]


class End(Node):
    """Where all tokens end. The workflow is complete when every live token has arrived here."""

    def _update_hook(self, my_task: Token) -> bool:
        if my_task.state != TaskState.WAITING:
            self._arrive(my_task)
            my_task._set_state(TaskState.WAITING)
        tokens = live(my_task.workflow)
        if any(token.task_spec is not self for token in tokens):
            return False
        survive(tokens)
        return False


class Guard(Node):
    """Stands before an activity with boundary events, and sets them waiting before it begins."""

    def _prepare(self, my_task: Token, children: list[Token]) -> None:
        *events, activity = children
        activity.internal_data.update({key: my_task.internal_data.get(key) for key in ("flow", "race")})
        for event in events:
            event.internal_data.update(guards=activity.id.hex, flow=None)


def survive(tokens: list[Token]) -> None:
    """Let the last of several waiting tokens go on with what all of them bring; the others are used up."""
    ordered = sorted(tokens, key=arrival)
    survivor = ordered[-1]
    survivor.data = together(ordered)
    for token in ordered[:-1]:
        token.workflow._remove_task(token.id)
    survivor._ready()


def turn(my_task: Token) -> Turn:
    """The surroundings of the command being carried out."""
    found: Any = my_task.workflow.top_workflow.turn
    return found  # type: ignore[no-any-return]


def is_live(my_task: Token) -> bool:
    return bool(my_task.state & LIVE)
