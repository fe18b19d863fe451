"""The engine: definitions, a state and a command in; the next state and what happened out.

It keeps nothing between calls, opens no file and no connection, and never looks at the system clock.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from app.engine.activities import UserTask
from app.engine.building import build
from app.engine.bundle import Bundle
from app.engine.data import checked
from app.engine.decisions import Decision, parse_decisions
from app.engine.decisions import evaluate as evaluate_decision
from app.engine.dialect import Reader, information
from app.engine.expressions import Feel
from app.engine.lint import Drawing, lint
from app.engine.model import (
    DefinitionInvalid,
    Definitions,
    ElementInfo,
    EngineError,
    Failure,
    Finding,
    Json,
    MessageStart,
    ProcessInfo,
    Resource,
    Services,
    Status,
    Step,
    TaskNotWaiting,
)
from app.engine.parsing import read_diagram
from app.engine.pruning import prune
from app.engine.revising import Revision, revise
from app.engine.runtime import Case, Turn, current, is_open
from app.engine.serializer import dump, load
from app.engine.tokens import Token, all_live, live
from app.engine.waits import Waits

_TIMER_ROUNDS: Final = 100
"""Timers that are due as soon as they are set, in a loop, must not keep a command from ending."""


class Engine:
    """One a process; threads share it."""

    def __init__(self, feel: Feel) -> None:
        self._feel = feel

    def compile(self, resources: Iterable[Resource]) -> Definitions:
        """Diagrams (`.bpmn`), decisions (`.dmn`) and whatever else belongs to the bundle, ready to run.

        DefinitionInvalid with everything that is wrong in any of the files.
        """
        files = sorted(resources, key=lambda resource: resource.path)
        findings: list[Finding] = []
        drawings = _drawings(files, findings)
        processes = [process for drawing in drawings for process in drawing.processes]
        decisions = _decisions(files, findings)
        specs, process_of, unbuildable = build(processes)
        findings.extend(unbuildable)
        findings.extend(lint(drawings, list(decisions.values()), self._feel))
        if any(finding.severity == "error" for finding in findings):
            raise DefinitionInvalid(tuple(findings))
        key = _key(files)
        infos = {process.id: information(process) for process in processes}
        elements = [element for info in infos.values() for element in info.elements.values()]
        return Definitions(
            key=key,
            processes=infos,
            decisions=frozenset(decisions),
            form_ids=_named(elements, "form_id"),
            roles=_named(elements, "role"),
            task_types=_named(elements, "task_type"),
            message_starts=tuple(_message_starts(infos.values())),
            findings=tuple(findings),
            compiled=Bundle(key, specs, process_of, decisions),
        )

    def start(
        self,
        definitions: Definitions,
        process_id: str,
        *,
        variables: Mapping[str, Any],
        now: datetime,
        services: Services,
        start_event: str | None = None,
    ) -> Instance:
        """A new case, run until it waits. `start_event` is the id of a message start event, if that is how."""
        if process_id not in definitions.processes:
            raise EngineError(f"没有流程 {process_id}")
        turn = self._turn(definitions, now, services)
        bundle: Bundle = definitions.compiled
        data = checked(variables)
        case = Case(bundle.specs[process_id], bundle.specs, turn)
        case.task_tree.data = data
        case.task_tree.internal_data["start"] = start_event
        turn.run()
        return Instance(case)

    def load(self, definitions: Definitions, state: bytes, *, now: datetime, services: Services) -> Instance:
        """A case as it was saved; StateInvalid when the state is not one of this bundle."""
        return Instance(load(state, self._turn(definitions, now, services)))

    def decide(self, definitions: Definitions, decision_id: str, context: Mapping[str, Json], *, now: datetime) -> Json:
        """A decision of the bundle by itself, outside any case; EngineError when it is unknown or cannot be taken."""
        bundle: Bundle = definitions.compiled
        return evaluate_decision(decision_id, bundle.decisions, context, self._feel, now)

    def _turn(self, definitions: Definitions, now: datetime, services: Services) -> Turn:
        if now.tzinfo is None:
            raise ValueError("`now` must be aware")
        return Turn(bundle=definitions.compiled, feel=self._feel, now=now, services=services)


class Instance:
    """A case at work: any number of commands, then one `save`. A command that raises has changed nothing."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._turn = case.turn

    def complete(self, task_id: str, variables: Mapping[str, Any]) -> None:
        """Complete a user task with the variables submitted; TaskNotWaiting, DataInvalid."""
        token = self._waiting(task_id)
        if not isinstance(token.task_spec, UserTask):
            raise TaskNotWaiting(task_id)
        self._turn.give(token, checked(variables))
        self._turn.run()

    def complete_job(self, task_id: str, variables: Mapping[str, Any]) -> None:
        """What the service brought that had answered PENDING; TaskNotWaiting, DataInvalid."""
        token = self._job(task_id)
        self._turn.give(token, checked(variables))
        self._turn.run()

    def fail_job(self, task_id: str, message: str) -> None:
        """The job is given up; it becomes a failure, and a retry calls the service again. TaskNotWaiting."""
        self._turn.fail(self._job(task_id), EngineError(message))

    def fire_timers(self) -> int:
        """Fire every timer that is due now, in order of time; how many there were."""
        fired = 0
        for _ in range(_TIMER_ROUNDS):
            due = [token for token in all_live(self._case) if self._is_due(token)]
            if not due:
                break
            for token in sorted(due, key=lambda token: str(token.internal_data["due"])):
                # One timer may have ended what another was attached to.
                if self._is_due(token):
                    self._turn.fire(token, {})
                    self._turn.run()
                    fired += 1
        return fired

    def deliver(self, message: str, correlation_key: str, variables: Mapping[str, Any]) -> bool:
        """Give a message to the one catch that has waited for it longest; False when none waits. DataInvalid."""
        brought = checked(variables)
        for token in all_live(self._case):
            memo = token.internal_data
            if is_open(token) and memo.get("message") == message and memo["key"] == correlation_key:
                self._turn.fire(token, brought)
                self._turn.run()
                return True
        return False

    def retry(self, task_id: str, *, variables: Mapping[str, Any] | None = None) -> None:
        """Run a failed task again, after correcting some of its variables if given; TaskNotWaiting, DataInvalid."""
        token = self._find(task_id)
        if "failure" not in token.internal_data:
            if all(failure.task_id != task_id for failure in self._stuck()):
                raise TaskNotWaiting(task_id)
            return
        if variables:
            token.data = {**token.data, **checked(variables)}
        self._turn.retry(token)
        self._turn.run()

    def revise(self, revision: Revision) -> frozenset[str]:
        """Change variables wherever the case holds them, and the due dates and dated timers reckoned from them.

        `revision` is told the variables as one place holds them and says which of them change. Returns the names of
        those that changed. Raises DataInvalid, EngineError, TimeInvalid.
        """
        return revise(self._case, revision)

    def cancel(self) -> None:
        """End the case at once: everything open is cancelled."""
        if self._case.completed:
            return
        self._turn.cancel(live(self._case))
        self._case.cancelled = True
        self._case.completed = True

    def save(self) -> Step:
        """The state to keep, everything the case waits for, and what happened since the last save."""
        case, turn = self._case, self._turn
        variables = case.data if case.completed else current(live(case))
        prune(case)
        waits = Waits(case)
        step = Step(
            state=dump(case),
            status=self._status(),
            events=tuple(turn.events),
            user_tasks=waits.user_tasks,
            jobs=waits.jobs,
            timers=waits.timers,
            subscriptions=waits.subscriptions,
            failures=waits.failures,
            messages=tuple(turn.messages),
            variables=variables,
        )
        turn.events.clear()
        turn.messages.clear()
        return step

    def _status(self) -> Status:
        if self._case.cancelled:
            return "cancelled"
        return "completed" if self._case.completed else "running"

    def _is_due(self, token: Token) -> bool:
        due = token.internal_data.get("due")
        return due is not None and is_open(token) and datetime.fromisoformat(due) <= self._turn.now

    def _stuck(self) -> tuple[Failure, ...]:
        return Waits(self._case).failures

    def _job(self, task_id: str) -> Token:
        token = self._waiting(task_id)
        if "job" not in token.internal_data:
            raise TaskNotWaiting(task_id)
        return token

    def _waiting(self, task_id: str) -> Token:
        token = self._find(task_id)
        if not is_open(token):
            raise TaskNotWaiting(task_id)
        return token

    def _find(self, task_id: str) -> Token:
        for token in all_live(self._case):
            if token.id.hex == task_id:
                return token
        raise TaskNotWaiting(task_id)


def _drawings(files: Iterable[Resource], findings: list[Finding]) -> list[Drawing]:
    drawings = []
    taken: dict[str, str] = {}
    for resource in files:
        if not resource.path.endswith(".bpmn"):
            continue
        try:
            root = read_diagram(resource)
        except DefinitionInvalid as error:
            findings.extend(error.findings)
            continue
        reader = Reader(root, resource.path)
        processes = tuple(reader.processes())
        for process in processes:
            other = taken.setdefault(process.id, resource.path)
            if other != resource.path:
                message = f"流程 id {process.id} 已在 {other} 中使用，请改用另一个 id"
                findings.append(Finding(resource.path, process.id, process.name, message))
        findings.extend(reader.findings)
        drawings.append(Drawing(resource.path, root, processes))
    return drawings


def _decisions(files: Iterable[Resource], findings: list[Finding]) -> dict[str, Decision]:
    decisions: dict[str, Decision] = {}
    for resource in files:
        if not resource.path.endswith(".dmn"):
            continue
        try:
            parsed = parse_decisions(resource)
        except DefinitionInvalid as error:
            findings.extend(error.findings)
            continue
        for decision in parsed:
            if decision.id in decisions:
                message = f"决策 id {decision.id} 在多个决策中使用，请改用另一个 id"
                findings.append(Finding(resource.path, decision.id, decision.name, message))
            decisions[decision.id] = decision
    return decisions


def _key(files: Iterable[Resource]) -> str:
    """The SHA-256 of the bundle: of every path and content, so that no two bundles can be confused."""
    digest = hashlib.sha256()
    for resource in files:
        for part in (resource.path.encode(), resource.content):
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
    return digest.hexdigest()


def _named(elements: Iterable[ElementInfo], attribute: str) -> frozenset[str]:
    return frozenset(name for element in elements if (name := getattr(element, attribute)))


def _message_starts(processes: Iterable[ProcessInfo]) -> Iterable[MessageStart]:
    for process in processes:
        for element in process.elements.values():
            if element.type == "startEvent" and element.subprocess is None and element.message:
                yield MessageStart(element.message, process.id, element.id)
