"""Gateways. Tokens wait at a join until it fires and are used up then, so rounds of a loop cannot be mixed up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from SpiffWorkflow.util.task import TaskState

from app.engine.dialect import Element, Flow
from app.engine.model import EngineError
from app.engine.nodes import Node, ProcessSpec, survive, turn
from app.engine.tokens import Token, live


class NoWay(EngineError):
    """No condition of a gateway is true, and it has no default flow."""

    def __init__(self) -> None:
        super().__init__("没有一个出口条件成立，也没有默认出口；请检查变量，或在流程图上补一条默认流")


class Choice(Node):
    """A node whose token leaves by the flows it chose while it ran."""

    def taken(self, my_task: Token) -> list[tuple[Flow, str]]:
        chosen = my_task.internal_data.pop("taken")
        return [way for way in self.leaving if way[0].id in chosen]

    def _conditional(self) -> list[Flow]:
        return [flow for flow, _ in self.leaving if flow.id != self._default]

    @property
    def _default(self) -> str | None:
        element = cast("Element", self.element)
        if element.default_flow is None and len(self.leaving) == 1 and self.leaving[0][0].condition is None:
            return self.leaving[0][0].id
        return element.default_flow

    def _holds(self, my_task: Token, flow: Flow) -> bool:
        return turn(my_task).condition(flow.condition or "", my_task.data)


class ExclusiveGateway(Choice):
    """The first flow, in the order drawn, whose condition is true; else the default flow."""

    def _run_hook(self, my_task: Token) -> bool:
        way = next((flow.id for flow in self._conditional() if self._holds(my_task, flow)), self._default)
        if way is None:
            raise NoWay
        my_task.internal_data["taken"] = [way]
        return True


class Join(Node):
    """A node where tokens wait for others, in the state WAITING, until `may_fire` lets one of each flow go on."""

    def _update_hook(self, my_task: Token) -> bool:
        if my_task.state != TaskState.WAITING:
            self._arrive(my_task)
            my_task._set_state(TaskState.WAITING)
        waiting = self.first_of_each_flow(my_task)
        if waiting and self.may_fire(my_task, waiting):
            survive(list(waiting.values()))
        return False

    def first_of_each_flow(self, my_task: Token) -> dict[str, Token]:
        """The token that has waited longest at each incoming flow."""
        first: dict[str, Token] = {}
        for token in live(my_task.workflow):
            if token.task_spec is self and token.state == TaskState.WAITING:
                first.setdefault(token.internal_data["flow"], token)
        return first

    def may_fire(self, my_task: Token, waiting: Mapping[str, Token]) -> bool:
        raise NotImplementedError


class ParallelGateway(Join):
    """Fires when a token waits at every incoming flow, and uses up one of each."""

    def may_fire(self, my_task: Token, waiting: Mapping[str, Token]) -> bool:
        return len(waiting) == len(self.entering)


class InclusiveGateway(Choice, Join):
    """Fires when no token elsewhere can still reach an empty incoming flow; leaves by every flow that holds.

    The standard would not wait for a token that might as well reach a flow that has one already. We wait for it:
    the reviewer who sends the work back would otherwise be overtaken by the branch that has finished.
    """

    def __init__(self, process: ProcessSpec, name: str, element: Element) -> None:
        super().__init__(process, name, element)
        self._sources: dict[str, frozenset[str]] = {}

    def learn_sources(self) -> None:
        """Note, once all flows are drawn, from which nodes each incoming flow can be reached but through here."""
        for flow, source in self.entering:
            reached: set[str] = set()
            pending = [source]
            while pending:
                name = pending.pop()
                if name not in reached and name != self.name:
                    reached.add(name)
                    pending.extend(before for _, before in self._wf_spec.task_specs[name].entering)
            self._sources[flow.id] = frozenset(reached)

    def may_fire(self, my_task: Token, waiting: Mapping[str, Token]) -> bool:
        awaited = frozenset[str]().union(*(names for flow, names in self._sources.items() if flow not in waiting))
        return not any(token.task_spec.name in awaited for token in live(my_task.workflow))

    def _run_hook(self, my_task: Token) -> bool:
        ways: list[str | None] = [flow.id for flow in self._conditional() if self._holds(my_task, flow)]
        default = self._default
        if not ways and default is None:
            raise NoWay
        my_task.internal_data["taken"] = ways or [default]
        return True


class EventGateway(Node):
    """Sets all events behind it waiting; the first to happen ends the others."""

    def _prepare(self, my_task: Token, children: list[Token]) -> None:
        for child in children:
            child.internal_data["race"] = str(my_task.id)
