"""Events: what is waited for, and what is thrown."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.engine import times
from app.engine.activities import Activity
from app.engine.dialect import Element, Trigger, is_expression
from app.engine.model import BpmnError, EngineError, Json, OutMessage
from app.engine.nodes import Node, ProcessSpec, turn
from app.engine.tokens import Token, live, visible


class KeyMissing(EngineError):
    def __init__(self, message: str | None) -> None:
        super().__init__(f"消息“{message}”的关联键为空，无法确定发给哪个事项；请检查关联键表达式中的变量")


class TimerEmpty(EngineError):
    def __init__(self, text: str | None) -> None:
        super().__init__(f"定时“{text}”没有得到时间；请检查其中的变量")


class Catch(Activity):
    """Waits for its trigger: an intermediate event, a receive task, or a start event, which waits for nothing."""

    def __init__(self, process: ProcessSpec, name: str, element: Element) -> None:
        super().__init__(process, name, element)
        self.trigger = element.trigger or Trigger("none")

    def begin(self, my_task: Token) -> Mapping[str, Json] | None:
        memo = my_task.internal_data
        if self.trigger.kind == "message":
            memo["message"], memo["key"] = self.trigger.name, correlation_key(my_task, self.trigger)
        elif self.trigger.kind == "timer":
            self._set_timer(my_task)
        return {} if self.trigger.kind == "none" else None

    def outcome(self, my_task: Token, result: Mapping[str, Json]) -> dict[str, Json]:
        """A timer, signal or error carries values for output mappings only."""
        if self.trigger.kind == "message" or self.drawn.outputs:
            return super().outcome(my_task, result)
        return my_task.data  # type: ignore[no-any-return]

    def _set_timer(self, my_task: Token) -> None:
        memo = my_task.internal_data
        if "due" in memo:
            return
        now, text = turn(my_task).now, self.time_in(my_task, visible(my_task))
        if self.trigger.timer == "date":
            memo["due"] = times.instant(text).isoformat()
        elif self.trigger.timer == "duration":
            memo["due"] = times.duration(text).after(now).isoformat()
        else:
            cycle = times.cycle(text)
            memo["due"] = (cycle.start or cycle.interval.after(now)).isoformat()
            memo["cycle"] = [text, cycle.repetitions]

    def time_in(self, my_task: Token, context: Mapping[str, Json]) -> str:
        """The time of a timer as drawn, evaluated among these variables."""
        text = self.trigger.expression or ""
        value = turn(my_task).strictly(text, context) if is_expression(text) else text
        if not isinstance(value, str) or not value:
            raise TimerEmpty(text)
        return value


class StartEvent(Catch):
    """A start event; the message that started the case has brought its variables already."""

    def begin(self, my_task: Token) -> Mapping[str, Json]:
        return {}

    def finish(self, my_task: Token, result: Mapping[str, Json]) -> None:
        if my_task.workflow.parent_workflow is None:
            my_task.internal_data["changes"] = dict(my_task.data)


class Boundary(Catch):
    """An event attached to an activity, waiting as long as the activity is open."""


class Throw(Activity):
    """An intermediate throw event, an end event, or a send task with a message."""

    def __init__(self, process: ProcessSpec, name: str, element: Element) -> None:
        super().__init__(process, name, element)
        self.trigger = element.trigger or Trigger("none")

    def begin(self, my_task: Token) -> Mapping[str, Json] | None:
        """Throw; errors end the token here, signals and escalations are spread when it has gone on."""
        kind, name = self.trigger.kind, self.trigger.name
        if kind == "message":
            key = correlation_key(my_task, self.trigger)
            kept = self.drawn.properties.get("keep") != "no"
            turn(my_task).messages.append(OutMessage(name or "", key, self.named_inputs(my_task), kept))
        elif kind == "error":
            raise BpmnError(name or "", f"{self.drawn.label}：错误 {name or '（无代码）'}")
        elif kind == "cancel":
            my_task.internal_data["thrown"] = ["cancel", None, f"{self.drawn.label}：事务取消"]
            return None
        elif kind in {"signal", "escalation"}:
            turn(my_task).spread(my_task, kind, name, self.named_inputs(my_task))
        return {}


class Terminate(Node):
    """An end event that ends everything around it; what the other branches brought so far is kept."""

    def _run_hook(self, my_task: Token) -> bool:
        others = [token for token in live(my_task.workflow) if token is not my_task]
        turn(my_task).gather(my_task, others)
        turn(my_task).cancel(others)
        return True


def correlation_key(my_task: Token, trigger: Trigger) -> str:
    """The key of a message as text; numbers and text that look the same are the same key."""
    text = trigger.expression or ""
    value = turn(my_task).strictly(text, visible(my_task)) if is_expression(text) else text
    if value is None or value == "" or isinstance(value, list | dict):
        raise KeyMissing(trigger.name)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value)


def next_firing(memo: Mapping[str, Any], now: datetime) -> tuple[str, int | None] | None:
    """The next due time of a cycle that fires now, and how often it fires still; None when it is over.

    After downtime a cycle fires once for all the times it missed, and goes on in its old rhythm; the missed
    times count as done.
    """
    text, left = memo["cycle"]
    interval = times.cycle(text).interval
    start = due = datetime.fromisoformat(memo["due"])
    passed = 0
    if interval.months == 0:
        passed = max((now - start) // interval.rest, 0) + 1
        due = start + passed * interval.rest
    else:
        while due <= now or passed == 0:
            passed += 1
            due = times.Duration(interval.months * passed, interval.rest * passed).after(start)
    remaining = None if left is None else left - passed
    return None if remaining is not None and remaining <= 0 else (due.isoformat(), remaining)
