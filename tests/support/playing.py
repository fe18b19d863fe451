"""Plays a case of a test's diagrams: every command on a freshly loaded instance, every save a new state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from app.engine.engine import Engine, Instance
from app.engine.model import Definitions, Event, OutMessage, Resource, ServiceCall, Services, Step, UserTaskWait

MORNING = datetime(2027, 3, 1, 1, 0, tzinfo=UTC)
"""Nine o'clock in Shanghai, on a Monday."""


def no_services(call: ServiceCall) -> dict[str, Any]:
    raise AssertionError(f"unexpected call of {call.type}")


class Play:
    """One case; `step` is what the last save gave, `events` and `messages` are those of all saves."""

    def __init__(
        self,
        engine: Engine,
        *resources: Resource,
        process: str = "main",
        now: datetime = MORNING,
        services: Services = no_services,
        start_event: str | None = None,
        definitions: Definitions | None = None,
        **variables: Any,
    ) -> None:
        self.engine = engine
        self.definitions = definitions or engine.compile(resources)
        self.now = now
        self.services = services
        self.events: list[Event] = []
        self.messages: list[OutMessage] = []
        self.save(
            engine.start(
                self.definitions,
                process,
                variables=variables,
                now=now,
                services=self._call,
                start_event=start_event,
            )
        )

    def _call(self, call: ServiceCall) -> Any:
        return self.services(call)

    def load(self) -> Instance:
        return self.engine.load(self.definitions, self.step.state, now=self.now, services=self._call)

    def save(self, instance: Instance) -> Step:
        self.step = instance.save()
        self.events.extend(self.step.events)
        self.messages.extend(self.step.messages)
        return self.step

    def do(self, command: Callable[[Instance], Any]) -> Any:
        instance = self.load()
        answer = command(instance)
        self.save(instance)
        return answer

    def task(self, element_id: str, nth: int = 0) -> UserTaskWait:
        return [task for task in self.step.user_tasks if task.element_id == element_id][nth]

    def complete(self, element_id: str, nth: int = 0, **variables: Any) -> None:
        task_id = self.task(element_id, nth).task_id
        self.do(lambda instance: instance.complete(task_id, variables))

    def deliver(self, message: str, key: str, **variables: Any) -> bool:
        return bool(self.do(lambda instance: instance.deliver(message, key, variables)))

    def advance(self, **duration: float) -> int:
        """Let time pass and fire what is due then."""
        self.now += timedelta(**duration)
        return int(self.do(lambda instance: instance.fire_timers()))

    def retry(self, element_id: str, **variables: Any) -> None:
        failure = next(failure for failure in self.step.failures if failure.element_id == element_id)
        self.do(lambda instance: instance.retry(failure.task_id, variables=variables or None))

    @property
    def open(self) -> list[str]:
        """The elements of the open user tasks, sorted."""
        return sorted(task.element_id for task in self.step.user_tasks)

    @property
    def variables(self) -> Mapping[str, Any]:
        return self.step.variables

    def path(self, kind: str = "completed") -> list[str]:
        """The elements that completed (or entered, failed, …), in order."""
        return [event.element_id for event in self.events if event.kind == kind]
