"""One step of one case: locked, commanded, and written, all in the unit of work of its use case."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from app.engine.engine import Engine, Instance
from app.engine.model import Definitions, Event, Failure, OutMessage, Step, UserTaskWait
from app.features.audit import store as audit
from app.features.audit.model import EMPTY, Act
from app.features.cases import beside, leftovers, notices, queries, reminding, store
from app.features.cases.context import CaseContext
from app.features.cases.live import Live
from app.features.cases.live import read as read_live
from app.features.cases.model import END_OF_TIME, By, Case, Task
from app.features.cases.store import Signature
from app.features.definitions.usecases import DefinitionLibrary
from app.features.experts.model import Seed, fresh_seed
from app.features.identity.model import ROLES, queue
from app.features.jobs import store as jobs
from app.features.jobs.model import Job
from app.features.projects import entering
from app.features.projects import store as projects
from app.features.projects.model import Project
from app.features.projects.usecases import LIFECYCLE
from app.kernel.database import UnitOfWork
from app.kernel.errors import Missing
from services.calendar import WorkingCalendar
from services.effects import Beginning, RegisterMaintenance, StartProcess
from services.recounting import provisional
from services.reminders import Rhythm


@dataclass(frozen=True)
class Tools:
    """What every step needs besides its unit of work. `calendar` reads the working days, `seed` makes draws random."""

    engine: Engine
    bundles: DefinitionLibrary
    calendar: Callable[[UnitOfWork], WorkingCalendar]
    seed: Seed = fresh_seed


class CaseStep:
    """A locked case in the hands of one command.

    Give commands to `instance` and call `save` once: it writes what has changed between what the tables say the case
    waits for and what it waits for now.
    """

    def __init__(
        self, tools: Tools, uow: UnitOfWork, case: Case, *, live: Live, definitions: Definitions, state: bytes | None
    ) -> None:
        self.case = case
        self.live = live
        self.definitions = definitions
        self.context = CaseContext(
            uow,
            tools.engine,
            tools.calendar,
            definitions=definitions,
            project_id=case.project_id,
            case_id=case.id,
            live=live,
            seed=tools.seed,
        )
        self._tools = tools
        self._uow = uow
        self._state = state
        self._instance: Instance | None = None
        self._renewed: list[str] = []

    @classmethod
    def of_task(cls, tools: Tools, uow: UnitOfWork, task_id: str) -> tuple[CaseStep, Task]:
        """A task and its case, locked. Raises Missing."""
        locked = store.lock_of_task(uow, task_id)
        if locked is None:
            raise Missing("没有这项任务，或者您无权办理。")
        case, state, task = locked
        return cls._of(tools, uow, case, state), task

    @classmethod
    def of_case(cls, tools: Tools, uow: UnitOfWork, case_id: str) -> CaseStep:
        """A case, locked. Raises Missing."""
        locked = store.lock(uow, case_id)
        if locked is None:
            raise Missing("没有这件事项，或者您无权办理。")
        return cls._of(tools, uow, *locked)

    @classmethod
    def _of(cls, tools: Tools, uow: UnitOfWork, case: Case, state: bytes) -> CaseStep:
        definitions = tools.bundles.compiled_in(uow, case.bundle_key)
        return cls(tools, uow, case, live=read_live(uow, case), definitions=definitions, state=state)

    @classmethod
    def starting(
        cls,
        tools: Tools,
        uow: UnitOfWork,
        *,
        process_id: str,
        variables: Mapping[str, Any],
        by: By,
        business_key: str,
        project: Project | None = None,
        parties: Mapping[str, str] | None = None,
        start_event: str | None = None,
        bundle_key: str | None = None,
    ) -> CaseStep:
        """A new case, begun and not yet saved, of the current bundle unless it is told of which.

        Raises Missing for an unknown process.
        """
        key = bundle_key or tools.bundles.current_in(uow)
        definitions = tools.bundles.compiled_in(uow, key)
        if process_id not in definitions.processes:
            raise Missing(f"流程定义中没有“{process_id}”流程。")
        case = Case(
            id=uow.ids(),
            process_id=process_id,
            bundle_key=key,
            project_id=project.id if project else None,
            business_key=business_key,
            status="running",
            rev=0,
            event_seq=0,
            head=EMPTY,
            started_by=by.actor.user_id or None,
            started_by_name=by.actor.name,
            started_at=uow.now,
            ended_at=None,
        )
        live = read_live(uow, case)
        live.parties.update(parties or {})
        step = cls(tools, uow, case, live=live, definitions=definitions, state=None)
        step._instance = tools.engine.start(
            definitions,
            process_id,
            variables=variables,
            now=uow.now,
            services=step.context.serve,
            start_event=start_event,
        )
        return step

    @property
    def instance(self) -> Instance:
        if self._instance is None:
            state = self._state or b""
            self._instance = self._tools.engine.load(
                self.definitions, state, now=self._uow.now, services=self.context.serve
            )
        return self._instance

    def fire_due_timers(self) -> bool:
        """Let happen first what should have happened before this moment; returns whether anything did."""
        return self.live.due(self._uow.now) and self.instance.fire_timers() > 0

    def renew_incident(self, task_id: str) -> None:
        """Close the incident of a failed task: if it fails again, that is a new incident."""
        incident_id = self.live.incidents.pop((task_id, "failure"), None)
        if incident_id is not None:
            self._renewed.append(incident_id)

    def save(self, act: Act, signature: Signature, *, done: Task | None = None, key: str | None = None) -> Step:
        """Write the step and what was ordered in it; `done` is the task that was completed with submission `key`."""
        step = self.instance.save()
        before = self.case
        self.case = replace(
            before,
            status=step.status,
            rev=before.rev + 1,
            event_seq=before.event_seq + len(step.events),
            head=audit.append(self._uow, f"case:{before.id}", before.head, act),
            ended_at=None if step.status == "running" else self._uow.now,
            counted_under=self._counted_under(step),
        )
        write = store.add if before.rev == 0 else store.save
        write(self._uow, self.case, state=step.state, variables=step.variables)
        if before.rev == 0:
            store.add_parties(self._uow, before.id, self.live.parties)
        if before.rev == 0 and step.events:
            # Whoever starts a case is who did its start event.
            signature = replace(signature, task_id=step.events[0].task_id)
        store.add_events(self._uow, before, step.events, signature=signature)
        self._follow(step)
        self.context.write(before.id, actor=signature.by.actor)
        if self.context.declared_confidential:
            notices.withdraw(self._uow, before.id, self.context.declared_confidential)
        unassigned = self._write_tasks(step, done=done, by=signature.by, key=key)
        leftovers.remove_drafts(self._uow, self.case, done=done)
        self._write_waits(step)
        self._write_incidents(step, unassigned, by=signature.by)
        store.send(self._uow, self._wanted(step.messages), source_case_id=before.id)
        for order in self.context.beginnings:
            self._begin(order, signature.by)
        return step

    def _wanted(self, messages: Sequence[OutMessage]) -> list[OutMessage]:
        """The messages without those that are only for who waits at this moment, where nobody does."""
        if self.case.project_id is not None and not all(message.kept for message in messages):
            # Who is about to wait has read the project as it was before: this comes after him, or he comes after this.
            projects.lock(self._uow, self.case.project_id)
        return [message for message in messages if message.kept or store.is_awaited(self._uow, message)]

    def _begin(self, order: Beginning, by: By) -> None:
        """Let a case of its own begin: of the same bundle beside this project, or the life cycle of a new one."""
        project = projects.by_id(self._uow, self.case.project_id or "")
        if project is None:
            raise Missing("本事项不属于任何项目，不能为它启动流程或登记运维项目。")
        match order:
            case StartProcess(process_id=process_id, variables=taken):
                if queries.is_running(self._uow, project.id, process_id):
                    return  # somebody has started it on the project's page already
                known = {**beside.project_variables(project), **taken}
                self._start(process_id, known, project, by=by, bundle_key=self.case.bundle_key)
            case RegisterMaintenance():
                projects.lock(self._uow, project.id)
                # Whoever decided it enters it; when nobody in particular did, it is of whoever entered the first one.
                person = by.actor.user_id or project.created_by
                entered, variables = entering.enter_maintenance(self._uow, project, by=person)
                self._start(LIFECYCLE, variables, entered, by=by)

    def _start(
        self,
        process_id: str,
        variables: Mapping[str, Any],
        project: Project,
        *,
        by: By,
        bundle_key: str | None = None,
    ) -> None:
        started = CaseStep.starting(
            self._tools,
            self._uow,
            process_id=process_id,
            variables=variables,
            by=by,
            business_key=project.code,
            project=project,
            bundle_key=bundle_key,
        )
        details = {"process": process_id, "bundle": started.case.bundle_key}
        started.save(Act(by.actor, "start-case", f"case:{started.case.id}", details), Signature(by))

    def _counted_under(self, step: Step) -> str | None:
        """Deadlines that were provisional before this step still rest on the calendar of then."""
        if step.status != "running" or not provisional(step.variables):
            return None
        return self.case.counted_under or self.context.calendar.edition

    def _follow(self, step: Step) -> None:
        """Let the project follow its case: the stage it has come to, and how it ended."""
        stages = [stage for event in step.events if (stage := _stage(event))]
        if stages:
            self.context.change_project({"stage": stages[-1]})
        if step.status != "running" and self.case.process_id == LIFECYCLE:
            outcomes = [outcome for event in step.events if (outcome := _outcome(event))]
            self.context.change_project({"status": outcomes[-1] if outcomes else "withdrawn"})

    def _write_tasks(self, step: Step, *, done: Task | None, by: By, key: str | None) -> list[Failure]:
        """Open and close tasks; returns those that nobody can do because their party is not known."""
        waits = {wait.task_id: wait for wait in step.user_tasks}
        gone = self.live.tasks.keys() - waits.keys()
        store.close_tasks(self._uow, cancelled=gone - {done.id} if done else gone, done=done, by=by, key=key)
        self._open_queues(waits)
        new = [wait for task_id, wait in waits.items() if task_id not in self.live.tasks]
        store.add_tasks(self._uow, [self._row(wait) for wait in new])
        known = [wait for task_id, wait in waits.items() if task_id in self.live.unassigned]
        return [_nobody(wait) for wait in (*known, *new) if self.context.organisation_of(wait.role) is None]

    def _open_queues(self, waits: Mapping[str, UserTaskWait]) -> None:
        """Give tasks that go on waiting to the organisation that has their role since this step."""
        going_on = [wait for task_id, wait in waits.items() if task_id in self.live.tasks]
        roles = {wait.role for wait in going_on if wait.role in self.context.assigned}
        roles |= {wait.role for wait in going_on if wait.task_id in self.live.unassigned}
        for role in sorted(roles):
            org_id = self.context.organisation_of(role)
            if org_id is not None:
                store.open_queue(self._uow, case_id=self.case.id, role=role, org_id=org_id, queue=queue(role, org_id))

    def next_notice(self, wait: UserTaskWait) -> datetime | None:
        """When people hear of a task next: its own reminder, one of the table's, or that it is late."""
        now = self._uow.now
        if any(moment is not None and moment <= now for moment in (wait.remind_at, wait.due_at)):
            return now
        rhythm = self._rhythm(wait) if wait.due_at is not None else Rhythm()
        return rhythm.next_notice(wait.due_at, now=now, also=[wait.remind_at])

    def _rhythm(self, wait: UserTaskWait) -> Rhythm:
        return reminding.rhythm(
            self._tools.engine,
            self.definitions,
            process_id=wait.process_id,
            element_id=wait.element_id,
            project=self.context.project,
            now=self._uow.now,
        )

    def _row(self, wait: UserTaskWait) -> dict[str, Any]:
        org_id = self.context.organisation_of(wait.role)
        in_queue = queue(wait.role, org_id) if org_id else None
        return {
            "id": wait.task_id,
            "case_id": self.case.id,
            "project_id": self.case.project_id,
            "process_id": wait.process_id,
            "element_id": wait.element_id,
            "name": wait.name,
            "form_id": wait.form_id,
            "role": wait.role,
            "org_id": org_id,
            "queue": in_queue,
            "free_in": in_queue,
            "priority": wait.priority,
            "properties": dict(wait.properties),
            "clauses": list(wait.clauses),
            "variables": dict(wait.variables),
            "created_at": self._uow.now,
            "due_at": wait.due_at,
            "remind_at": wait.remind_at,
            "sort_at": wait.due_at or END_OF_TIME,
            "notice_at": self.next_notice(wait),
            "status": "open",
        }

    def _write_waits(self, step: Step) -> None:
        live = self.live
        timers = {(wait.task_id, wait.due_at): wait for wait in step.timers}
        store.replace_timers(
            self._uow,
            self.case.id,
            gone=[row for key, row in live.timers.items() if key not in timers],
            new=[wait for key, wait in timers.items() if key not in live.timers],
        )
        catches = {(wait.task_id, wait.message, wait.correlation_key): wait for wait in step.subscriptions}
        store.remove_subscriptions(self._uow, [row for key, row in live.subscriptions.items() if key not in catches])
        store.add_subscriptions(
            self._uow, self.case.id, [wait for key, wait in catches.items() if key not in live.subscriptions]
        )
        calls = {wait.task_id: wait for wait in step.jobs}
        jobs.remove(self._uow, [row for task_id, row in live.jobs.items() if task_id not in calls])
        jobs.add(
            self._uow,
            [
                Job(
                    id=self._uow.ids(),
                    case_id=self.case.id,
                    task_id=wait.task_id,
                    type=wait.type,
                    name=wait.name,
                    headers=wait.headers,
                    inputs=wait.inputs,
                    retries=wait.retries,
                    attempts=0,
                    next_at=self._uow.now,
                    lease=None,
                )
                for task_id, wait in calls.items()
                if task_id not in live.jobs
            ],
        )

    def _write_incidents(self, step: Step, unassigned: list[Failure], *, by: By) -> None:
        standing = {(failure.task_id, "failure"): failure for failure in step.failures}
        standing |= {(failure.task_id, "unassigned"): failure for failure in unassigned}
        open_rows = self.live.incidents
        resolved = [row for key, row in open_rows.items() if key not in standing]
        store.resolve_incidents(self._uow, [*self._renewed, *resolved], by=by)
        new = [(kind, failure) for (task_id, kind), failure in standing.items() if (task_id, kind) not in open_rows]
        store.add_incidents(self._uow, self.case, new)


def _stage(event: Event) -> str | None:
    return event.properties.get("stage") if event.kind == "entered" else None


def _outcome(event: Event) -> str | None:
    """How the project ends at this end event, if its diagram says so."""
    return event.properties.get("outcome") if event.kind == "completed" else None


def _nobody(wait: UserTaskWait) -> Failure:
    message = f"任务“{wait.name}”的承办角色“{ROLES.get(wait.role, wait.role)}”还没有对应的单位，请先为本事项指定单位。"
    return Failure(wait.task_id, wait.element_id, wait.process_id, wait.name, message)
