"""What a case waits for, read off its tokens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from app.engine.activities import ServiceTask, UserTask
from app.engine.dialect import Element
from app.engine.model import Failure, JobWait, SubscriptionWait, TimerWait, UserTaskWait
from app.engine.runtime import Case, is_open, is_stuck
from app.engine.tokens import Token, all_live, visible

_Wait = TypeVar("_Wait")


class Waits:
    """All live waits of a case, each kind in order of arrival."""

    def __init__(self, case: Case) -> None:
        self._case = case
        tokens = all_live(case)
        waiting = [token for token in tokens if is_open(token)]
        self.user_tasks = _each(waiting, self._user_task)
        self.jobs = _each(waiting, self._job)
        self.timers = _each(waiting, self._timer)
        self.subscriptions = _each(waiting, self._subscription)
        self.failures = _each(tokens, self._failure)
        if not (self.user_tasks or self.jobs or self.timers or self.subscriptions or self.failures):
            self.failures = tuple(
                self._stuck(token) for token in tokens if is_stuck(token) and not token.internal_data.get("guards")
            )

    def _user_task(self, token: Token) -> UserTaskWait | None:
        if not isinstance(token.task_spec, UserTask):
            return None
        element, human = token.task_spec.drawn, token.internal_data["human"]
        return UserTaskWait(
            **self._place(token, element),
            name=element.name,
            form_id=element.form_id,
            role=element.role or "",
            due_at=_moment(human["due"]),
            remind_at=_moment(human["remind"]),
            priority=human["priority"],
            properties=element.properties,
            clauses=element.clauses,
            variables=visible(token),
        )

    def _job(self, token: Token) -> JobWait | None:
        spec = token.task_spec
        if not isinstance(spec, ServiceTask):
            return None
        return JobWait(
            **self._place(token, spec.drawn),
            name=spec.drawn.name,
            type=spec.drawn.task_type or "",
            retries=token.internal_data["job"]["retries"],
            headers=spec.drawn.headers,
            inputs=spec.named_inputs(token) if spec.drawn.inputs else visible(token),
        )

    def _timer(self, token: Token) -> TimerWait | None:
        due = token.internal_data.get("due")
        if due is None:
            return None
        return TimerWait(**self._place(token, token.task_spec.element), due_at=datetime.fromisoformat(due))

    def _subscription(self, token: Token) -> SubscriptionWait | None:
        memo = token.internal_data
        if "message" not in memo:
            return None
        place = self._place(token, token.task_spec.element)
        return SubscriptionWait(**place, message=memo["message"], correlation_key=memo["key"])

    def _failure(self, token: Token) -> Failure | None:
        message = token.internal_data.get("failure")
        return None if message is None else self._failed(token, message)

    def _stuck(self, token: Token) -> Failure:
        return self._failed(token, "流程停在这里：所等待的其他分支或事件已不可能到来，请检查流程图")

    def _failed(self, token: Token, message: str) -> Failure:
        element: Element = token.task_spec.element
        return Failure(**self._place(token, element), name=element.name, message=message)

    def _place(self, token: Token, element: Element) -> dict[str, Any]:
        process = self._case.turn.process_of(token)
        return {"task_id": token.id.hex, "element_id": element.id, "process_id": process.id}


def _each(tokens: list[Token], read: Callable[[Token], _Wait | None]) -> tuple[_Wait, ...]:
    return tuple(wait for token in tokens if (wait := read(token)) is not None)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
