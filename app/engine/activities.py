"""Activities: what is done at a node, by whom, with which variables."""

from __future__ import annotations

from collections.abc import Mapping

from app.engine import times
from app.engine.data import assigned, checked, difference
from app.engine.dialect import Element, is_expression
from app.engine.dialect import Mapping as IoMapping
from app.engine.model import PENDING, EngineError, Json, ServiceCall
from app.engine.nodes import Node, ProcessSpec, turn
from app.engine.tokens import Token, visible

DEFAULT_PRIORITY = 50
DEFAULT_RETRIES = 3


class Activity(Node):
    """A node that begins, perhaps waits, and finishes with the variables that its work brought.

    Input mappings make local variables. With output mappings only what they name leaves the activity, without
    them every variable it brought.
    """

    def __init__(self, process: ProcessSpec, name: str, element: Element) -> None:
        super().__init__(process, name, element)
        self.drawn = element

    def _run_hook(self, my_task: Token) -> bool | None:
        memo = my_task.internal_data
        if "result" not in memo:
            self._take_inputs(my_task)
            result = self.begin(my_task)
            if result is None:
                return None
            memo["result"] = dict(result)
        self.finish(my_task, memo["result"])
        del memo["result"]
        return True

    def begin(self, my_task: Token) -> Mapping[str, Json] | None:
        """Do the work and say what it brought, or None to wait for it."""
        return {}

    def finish(self, my_task: Token, result: Mapping[str, Json]) -> None:
        """Put what the work brought into the token's data."""
        before = my_task.data
        my_task.data = self.outcome(my_task, result)
        my_task.internal_data["changes"] = difference(before, my_task.data)

    def outcome(self, my_task: Token, result: Mapping[str, Json]) -> dict[str, Json]:
        data = dict(my_task.data)
        if not self.drawn.outputs:
            return {**data, **result}
        context = {**visible(my_task), **result}
        for mapping in self.drawn.outputs:
            data = assigned(data, mapping.target, turn(my_task).value(mapping.source, context))
        return data

    def inputs(self, my_task: Token) -> dict[str, Json]:
        """What the input mappings make, and nothing else."""
        context = visible(my_task)
        made: dict[str, Json] = {}
        for mapping in self.drawn.inputs:
            made = assigned(made, mapping.target, turn(my_task).value(mapping.source, context))
        return made

    def _take_inputs(self, my_task: Token) -> None:
        if self.drawn.inputs:
            memo = my_task.internal_data
            memo["local"] = {**memo.get("local", {}), **self.inputs(my_task)}

    def named_inputs(self, my_task: Token) -> dict[str, Json]:
        """The variables that the input mappings named, as they were made when the activity began."""
        local = my_task.internal_data.get("local", {})
        names = {_root(mapping) for mapping in self.drawn.inputs}
        return {name: value for name, value in local.items() if name in names}


class UserTask(Activity):
    """Waits for a person; deadline, reminder and priority are settled when the task is entered."""

    def begin(self, my_task: Token) -> None:
        due, remind, priority = self.drawn.due, self.drawn.remind, self.drawn.priority
        my_task.internal_data["human"] = {
            "due": moment_of(my_task, due, visible(my_task), end_of_day=True),
            "remind": moment_of(my_task, remind, visible(my_task), end_of_day=False),
            "priority": _whole(my_task, priority, DEFAULT_PRIORITY),
        }


class ServiceTask(Activity):
    """Calls a service; one that answers PENDING leaves a job to be done later."""

    def begin(self, my_task: Token) -> Mapping[str, Json] | None:
        memo = my_task.internal_data
        memo.pop("job", None)
        call = ServiceCall(
            type=self.drawn.task_type or "",
            headers=self.drawn.headers,
            inputs=self.named_inputs(my_task) if self.drawn.inputs else visible(my_task),
            task_id=my_task.id.hex,
            element_id=self.drawn.id,
            process_id=turn(my_task).process_of(my_task).id,
            variables=visible(my_task),
        )
        answer = turn(my_task).services(call)
        if answer is PENDING:
            memo["job"] = {"retries": _whole(my_task, self.drawn.retries, DEFAULT_RETRIES)}
            return None
        return checked(answer)


class RuleTask(Activity):
    """Evaluates a decision of the bundle."""

    def begin(self, my_task: Token) -> Mapping[str, Json]:
        value = turn(my_task).decide(self.drawn.decision or "", visible(my_task))
        return {self.drawn.result or "result": value}


class ScriptTask(Activity):
    """Evaluates one FEEL expression. No other script is ever run."""

    def begin(self, my_task: Token) -> Mapping[str, Json]:
        value = turn(my_task).strictly(self.drawn.script or "", visible(my_task))
        return {self.drawn.result or "result": value}


class PartTask(Activity):
    """An embedded sub-process or a call activity: all variables go in, and what changed comes back."""

    def __init__(self, process: ProcessSpec, name: str, element: Element, part: str) -> None:
        super().__init__(process, name, element)
        # The library's name for the spec of what runs inside.
        self.spec = part

    def begin(self, my_task: Token) -> None:
        part = my_task.workflow.top_workflow.create_subprocess(my_task, self.spec)
        part.task_tree.data = dict(visible(my_task))

    def finish(self, my_task: Token, result: Mapping[str, Json]) -> None:
        super().finish(my_task, result)
        if not self.drawn.outputs:
            # The history of the elements inside has told these changes already.
            my_task.internal_data["changes"] = {}

    def brought(self, my_task: Token, data: Mapping[str, Json]) -> dict[str, Json]:
        """What the inside, ended with `data`, changed; variables local to this task stay behind."""
        local = my_task.internal_data.get("local", {})
        changes = difference(visible(my_task), data)
        return {name: value for name, value in changes.items() if name not in local}


def _root(mapping: IoMapping) -> str:
    return mapping.target.partition(".")[0]


def moment_of(my_task: Token, text: str | None, context: Mapping[str, Json], *, end_of_day: bool) -> str | None:
    """An attribute that is literal ISO 8601 or FEEL; null means that there is no such moment."""
    value = _literal_or_feel(my_task, text, context)
    if value is None:
        return None
    if not isinstance(value, str):
        raise times.TimeInvalid(f"“{text}”的结果应为日期时间，实际是 {value}")
    return times.instant(value, end_of_day=end_of_day).isoformat()


def _whole(my_task: Token, text: str | None, default: int) -> int:
    value = _literal_or_feel(my_task, text, visible(my_task))
    if value is None:
        return default
    if isinstance(value, bool | list | dict):
        raise NotWhole(text)
    try:
        number = float(value)
    except ValueError:
        raise NotWhole(text) from None
    if not number.is_integer():
        raise NotWhole(text)
    return int(number)


class NotWhole(EngineError):
    def __init__(self, text: str | None) -> None:
        super().__init__(f"“{text}”的结果应为整数")


def _literal_or_feel(my_task: Token, text: str | None, context: Mapping[str, Json]) -> Json:
    if text is None:
        return None
    return turn(my_task).value(text, context) if is_expression(text) else text
