"""What the engine takes and gives: plain, immutable data, and the errors it raises.

Nothing here knows SpiffWorkflow. Every identifier of a task is a string of 32 hex characters, unique within
its case. Every `variables` mapping holds JSON only, and belongs to its reader: the engine keeps its own copy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, Final, Literal, TypeAlias

Json: TypeAlias = bool | int | float | str | list[Any] | dict[str, Any] | None
Severity: TypeAlias = Literal["error", "warning"]
EventKind: TypeAlias = Literal["entered", "completed", "cancelled", "failed"]
Status: TypeAlias = Literal["running", "completed", "cancelled"]


# Definitions: what a process owner deploys.


@dataclass(frozen=True)
class Resource:
    """One file of a bundle; `path` is relative, such as `application.bpmn` or `decisions/amounts.dmn`."""

    path: str
    content: bytes


@dataclass(frozen=True)
class Finding:
    """Something wrong in a definition. `message` is Chinese: what is wrong, and what to draw instead."""

    file: str
    element_id: str | None
    element_name: str | None
    message: str
    severity: Severity = "error"


@dataclass(frozen=True)
class ElementInfo:
    """One node of a diagram, as its owner drew it. `type` is the BPMN tag, such as `userTask`.

    `clauses` are the ids of the `clause` property, `role` the one candidate group of a user task, `task_type`
    the type of a service or send task, `called_process` and `called_decision` what the element calls,
    `subprocess` the id of the embedded sub-process it lies in, `attached_to` the activity of a boundary event,
    `message` the name of the message it throws or catches.
    """

    id: str
    name: str
    type: str
    lane: str | None = None
    subprocess: str | None = None
    documentation: str = ""
    properties: Mapping[str, str] = field(default_factory=dict)
    clauses: tuple[str, ...] = ()
    form_id: str | None = None
    role: str | None = None
    task_type: str | None = None
    called_process: str | None = None
    called_decision: str | None = None
    attached_to: str | None = None
    message: str | None = None


@dataclass(frozen=True)
class ProcessInfo:
    id: str
    name: str
    file: str
    elements: Mapping[str, ElementInfo]
    documentation: str = ""


@dataclass(frozen=True)
class MessageStart:
    """A message start event: a message of this name starts a case of this process."""

    message: str
    process_id: str
    element_id: str


@dataclass(frozen=True)
class Definitions:
    """A compiled bundle, immutable, so threads share it.

    `key` is the SHA-256 of the resources in hex; `decisions` holds the ids of the bundle's decisions;
    `findings` are the warnings that did not stop the compilation. `compiled` is for the engine alone.
    """

    key: str
    processes: Mapping[str, ProcessInfo]
    decisions: frozenset[str]
    form_ids: frozenset[str]
    roles: frozenset[str]
    task_types: frozenset[str]
    message_starts: tuple[MessageStart, ...]
    findings: tuple[Finding, ...]
    compiled: Any = field(repr=False, compare=False)

    def element(self, process_id: str, element_id: str) -> ElementInfo:
        """Raises KeyError for an id that the bundle does not draw."""
        return self.processes[process_id].elements[element_id]


# Services: what a diagram may call.


@dataclass(frozen=True)
class ServiceCall:
    """One call of a service or send task. `variables` are all variables of the task, to read only."""

    type: str
    headers: Mapping[str, str]
    inputs: Mapping[str, Json]
    task_id: str
    element_id: str
    process_id: str
    variables: Mapping[str, Json]


class Pending(Enum):
    """The answer of a service that will be given later, through `Instance.complete_job`."""

    PENDING = "pending"


PENDING: Final = Pending.PENDING
Services: TypeAlias = Callable[[ServiceCall], Mapping[str, Json] | Pending]


# What a case waits for.


@dataclass(frozen=True)
class UserTaskWait:
    """An open user task. `due_at` and `remind_at` are aware, in UTC; `process_id` is the process that draws it."""

    task_id: str
    element_id: str
    process_id: str
    name: str
    form_id: str | None
    role: str
    due_at: datetime | None
    remind_at: datetime | None
    priority: int
    properties: Mapping[str, str]
    clauses: tuple[str, ...]
    variables: Mapping[str, Json]


@dataclass(frozen=True)
class JobWait:
    """A service call that answered PENDING. `retries` is the number the diagram allows."""

    task_id: str
    element_id: str
    process_id: str
    name: str
    type: str
    retries: int
    headers: Mapping[str, str]
    inputs: Mapping[str, Json]


@dataclass(frozen=True)
class TimerWait:
    task_id: str
    element_id: str
    process_id: str
    due_at: datetime


@dataclass(frozen=True)
class SubscriptionWait:
    """A catch that waits for a message; `correlation_key` was evaluated on entering, as text."""

    task_id: str
    element_id: str
    process_id: str
    message: str
    correlation_key: str


@dataclass(frozen=True)
class Failure:
    """A task that could not run and stands still until `Instance.retry`; `message` is for the administrator."""

    task_id: str
    element_id: str
    process_id: str
    name: str
    message: str


# What a step did.


@dataclass(frozen=True)
class Event:
    """One thing that happened to one element.

    `flow_id` is the sequence flow taken to get here; `changes` is the data difference the element made:
    new and changed variables with their value, removed ones with None.
    """

    kind: EventKind
    element_id: str
    process_id: str
    element_type: str
    name: str
    task_id: str
    flow_id: str | None
    properties: Mapping[str, str]
    changes: Mapping[str, Json]


@dataclass(frozen=True)
class OutMessage:
    """A message on its way; `kept` for whoever comes to wait for it later, or only for who waits at this moment."""

    name: str
    correlation_key: str
    variables: Mapping[str, Json]
    kept: bool = True


@dataclass(frozen=True)
class Step:
    """The case after a save: its state, everything it waits for now, and what happened since the last save."""

    state: bytes
    status: Status
    events: tuple[Event, ...]
    user_tasks: tuple[UserTaskWait, ...]
    jobs: tuple[JobWait, ...]
    timers: tuple[TimerWait, ...]
    subscriptions: tuple[SubscriptionWait, ...]
    failures: tuple[Failure, ...]
    messages: tuple[OutMessage, ...]
    variables: Mapping[str, Json]


# Errors.


class EngineError(Exception):
    """Base of what the engine raises on purpose; the text is Chinese and fit for the user."""


class DefinitionInvalid(EngineError):
    """The bundle cannot be run as drawn; `findings` says why, element by element."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__("；".join(finding.message for finding in findings))
        self.findings = findings


class TaskNotWaiting(EngineError):
    """The task id is unknown, or the task is no longer open."""

    def __init__(self, task_id: str) -> None:
        super().__init__("该任务不存在或已办结")
        self.task_id = task_id


class DataInvalid(EngineError):
    """Data that the engine cannot carry: not JSON, not a finite number, too large."""


class StateInvalid(EngineError):
    """A saved state that this engine cannot read, or that belongs to another bundle."""


class BpmnError(Exception):
    """Raised by a service: the diagram's error boundary event of this code takes over."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(message or code)
        self.code = code
        self.message = message or code
