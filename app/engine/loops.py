"""Multi-instance: one instance of an activity for each item of a list, all at once or one after the other."""

from __future__ import annotations

from collections.abc import Mapping

from SpiffWorkflow.util.task import TaskState

from app.engine.data import difference, merged
from app.engine.dialect import Element, Loop, expression
from app.engine.model import EngineError, Json
from app.engine.nodes import Node, ProcessSpec, is_live, turn
from app.engine.tokens import Token, visible

LARGEST_LOOP = 1000


class LoopInvalid(EngineError):
    """What a loop should run over is no list, or too long a one."""


class LoopBody(Node):
    """Stands where the activity was drawn, and makes an instance of it for each item.

    Each instance sees its item as the input element and its number, from 1, as `loopCounter`. With an output
    collection only the output elements leave the loop, in the order of the items; without one the changes of the
    instances are merged like those of parallel branches. A completion condition ends the remaining instances; it
    sees the variables of the instance that has just completed, and `numberOfInstances`,
    `numberOfActiveInstances`, `numberOfCompletedInstances`.
    """

    def __init__(self, process: ProcessSpec, name: str, element: Element, loop: Loop) -> None:
        super().__init__(process, name, element)
        self._loop = loop
        self.instance = f"{name} [each]"

    def _run_hook(self, my_task: Token) -> bool | None:
        memo = my_task.internal_data
        if "items" not in memo:
            memo["items"] = self._items(my_task)
            memo.update(outputs=[None] * len(memo["items"]), collected=[], spawned=0)
            self._spawn(my_task)
        ended = self._collect(my_task)
        if not ended and len(memo["collected"]) < len(memo["items"]):
            self._spawn(my_task)
            return None
        self._leave(my_task)
        return True

    def _items(self, my_task: Token) -> list[Json]:
        loop = self._loop
        if loop.collection is None:
            number = turn(my_task).strictly(expression(loop.cardinality or ""), visible(my_task))
            if isinstance(number, bool) or not isinstance(number, int | float) or int(number) != number:
                raise LoopInvalid(f"循环次数“{loop.cardinality}”的结果应为整数，实际是 {number}")
            if not 0 <= number <= LARGEST_LOOP:
                raise LoopInvalid(f"循环次数应在 0 到 {LARGEST_LOOP} 之间，实际是 {number}")
            return list(range(1, int(number) + 1))
        items = turn(my_task).strictly(loop.collection, visible(my_task))
        if not isinstance(items, list):
            raise LoopInvalid(f"多实例集合“{loop.collection}”的结果应为列表")
        if len(items) > LARGEST_LOOP:
            raise LoopInvalid(f"多实例集合“{loop.collection}”有 {len(items)} 项，最多 {LARGEST_LOOP} 项")
        return items

    def _spawn(self, my_task: Token) -> None:
        """Make the next instance of a sequential loop when the last is done, or all of a parallel one."""
        memo = my_task.internal_data
        if self._loop.sequential and memo["spawned"] > len(memo["collected"]):
            return
        until = memo["spawned"] + 1 if self._loop.sequential else len(memo["items"])
        for index in range(memo["spawned"], min(until, len(memo["items"]))):
            child = my_task._add_child(self._wf_spec.task_specs[self.instance], TaskState.FUTURE)
            child.triggered = True
            local = {"loopCounter": index + 1}
            if self._loop.element:
                local[self._loop.element] = memo["items"][index]
            child.internal_data.update(index=index, local=local)
            memo["spawned"] = index + 1
            child.task_spec._update(child)

    def _collect(self, my_task: Token) -> bool:
        """Take over what instances have completed since; True when the completion condition ends the loop."""
        memo = my_task.internal_data
        for child in sorted(my_task.children, key=lambda child: int(child.internal_data["index"])):
            index = child.internal_data["index"]
            if child.state != TaskState.COMPLETED or index in memo["collected"]:
                continue
            value = self._output(my_task, child)
            ended = self._is_ended_by(my_task, child)
            memo["outputs"][index] = value
            memo["collected"].append(index)
            self._carry(my_task, child)
            if ended:
                turn(my_task).cancel([other for other in my_task.children if is_live(other)])
                return True
        return False

    def _output(self, my_task: Token, child: Token) -> Json:
        element = self._loop.output_element
        return turn(my_task).value(element, {**my_task.data, **visible(child)}) if element else None

    def _carry(self, my_task: Token, child: Token) -> None:
        """Without an output collection, instances change variables; a sequential one starts where the last ended."""
        if self._loop.output_collection:
            return
        memo = my_task.internal_data
        if self._loop.sequential:
            memo["before"] = memo.get("before", my_task.data)
            my_task.data = dict(child.data)
        else:
            memo["carried"] = merged(my_task.data, [memo.get("carried", my_task.data), child.data])

    def _is_ended_by(self, my_task: Token, child: Token) -> bool:
        condition = self._loop.completion_condition
        if condition is None:
            return False
        memo = my_task.internal_data
        counts: Mapping[str, Json] = {
            "numberOfInstances": len(memo["items"]),
            "numberOfActiveInstances": memo["spawned"] - len(memo["collected"]) - 1,
            "numberOfCompletedInstances": len(memo["collected"]) + 1,
        }
        return turn(my_task).condition(condition, {**my_task.data, **visible(child), **counts})

    def _leave(self, my_task: Token) -> None:
        memo = my_task.internal_data
        before = memo.pop("before", my_task.data)
        data = memo.pop("carried", my_task.data)
        if self._loop.output_collection:
            data = {**data, self._loop.output_collection: memo["outputs"]}
        my_task.data = data
        memo["changes"] = difference(before, data) if self._loop.output_collection else {}
        for key in ("items", "outputs", "collected", "spawned"):
            del memo[key]
