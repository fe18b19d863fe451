"""What people do with cases and their tasks. Each verb is one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from sqlalchemy.exc import IntegrityError

from app.engine.model import DataInvalid, TaskNotWaiting
from app.features.audit import store as audit
from app.features.audit.model import AUTOMATIC, Act
from app.features.cases import access, beside, held, queries, recounting, store
from app.features.cases.model import BY_SYSTEM, Answers, By, Completed, Incident, OpenTask, Submission, Task
from app.features.cases.recounting import Standing
from app.features.cases.step import CaseStep, Tools
from app.features.cases.store import Signature
from app.features.identity import store as identity_store
from app.features.identity.model import PARTY_ROLES, Identity
from app.features.projects import store as projects
from app.features.projects.model import Project
from app.features.projects.usecases import LIFECYCLE
from app.kernel.clock import local
from app.kernel.database import Database, UnitOfWork
from app.kernel.errors import Conflict, Invalid, Missing, Refused
from services.facts import Outcome

_NO_INCIDENT = "没有这个异常。"

Fill = Callable[[UnitOfWork, OpenTask], Answers]
"""Checks a form against the task as it is now, within the completing transaction; raises Invalid to refuse."""


class Cases:
    """The use cases of people: starting, claiming, completing, steering."""

    def __init__(self, database: Database, tools: Tools) -> None:
        self._database = database
        self._tools = tools

    def start_lifecycle(
        self, uow: UnitOfWork, identity: Identity, *, project: Project, variables: Mapping[str, Any]
    ) -> str:
        """Start the process of a new project in the unit that registers it; returns the id of the case."""
        by = access.by(identity, "applicant", project.org_id)
        return self.start_in(uow, LIFECYCLE, variables=variables, by=by, business_key=project.code, project=project)

    def start_beside(self, identity: Identity, project_id: str, process_id: str) -> str:
        """Start a process that stands beside a project's life cycle; returns the id of its case.

        Its start event says who may, and in which stages (see `beside`).

        Raises:
            Missing: no such project that this person may know of, or no such process.
            Refused: this person does not have the role in this project.
            Conflict: the project is over, at another stage, or has one of the kind under way.
        """
        with (
            self._recording_refusals(identity, f"project:{project_id}", "start-beside"),
            self._database.write() as uow,
        ):
            # Two who start the same at once come one after the other.
            projects.lock(uow, project_id)
            project = projects.visible(uow, identity, project_id)
            if project is None:
                raise Missing("没有这个项目，或者您无权查看。")
            bundles = self._tools.bundles
            offer = beside.offered(bundles.compiled_in(uow, bundles.current_in(uow)), process_id)
            org_id = beside.starter(uow, identity, offer, project)
            beside.require_startable(uow, offer, project, org_id=org_id)
            return self.start_in(
                uow,
                process_id,
                variables=beside.start_variables(uow, offer, project),
                by=access.by(identity, offer.role, org_id),
                business_key=project.code,
                project=project,
                parties=beside.own_parties(offer, org_id),
            )

    def start_in(
        self,
        uow: UnitOfWork,
        process_id: str,
        *,
        variables: Mapping[str, Any],
        by: By,
        business_key: str,
        project: Project | None = None,
        parties: Mapping[str, str] | None = None,
    ) -> str:
        """Start a process of the current bundle within a unit of work; returns the id of the case."""
        step = CaseStep.starting(
            self._tools,
            uow,
            process_id=process_id,
            variables=variables,
            by=by,
            business_key=business_key,
            project=project,
            parties=parties,
        )
        details = {"process": process_id, "bundle": step.case.bundle_key}
        step.save(Act(by.actor, "start-case", f"case:{step.case.id}", details), Signature(by))
        return step.case.id

    def claim(self, identity: Identity, task_id: str) -> Task:
        """Take a task for oneself. Raises Refused, or Conflict when somebody else was quicker."""
        with self._recording_refusals(identity, f"user_task:{task_id}", "claim-task"), self._database.write() as uow:
            step, task = self._open(uow, identity, task_id)
            access.require_free(task, identity)
            if task.assignee_id == identity.user_id:
                return task
            store.assign(uow, task.id, user_id=identity.user_id, name=identity.name)
            self._note(uow, step, task, kind="claimed", by=access.by_task(identity, task, step.context.project))
            return replace(task, assignee_id=identity.user_id, assignee_name=identity.name)

    def release(self, identity: Identity, task_id: str) -> Task:
        """Put a task back into its queue: one's own, or, as whoever may reassign it, that of somebody else."""
        with self._recording_refusals(identity, f"user_task:{task_id}", "release-task"), self._database.write() as uow:
            step, task = self._open(uow, identity, task_id, reassigning=True)
            if task.assignee_id is None:
                return task
            store.assign(uow, task.id, user_id=None, name=None)
            self._note(uow, step, task, kind="released", by=access.by_task(identity, task, step.context.project))
            return replace(task, assignee_id=None, assignee_name=None)

    def reassign(self, identity: Identity, task_id: str, *, user_id: str, reason: str = "") -> Task:
        """Give a task to a colleague who serves the same queue.

        Whoever has claimed it may, the head of the role at its organisation, and the project's steward. Raises
        Refused, Conflict, and Invalid when the colleague does not serve the queue.
        """
        with self._recording_refusals(identity, f"user_task:{task_id}", "reassign-task"), self._database.write() as uow:
            step, task = self._open(uow, identity, task_id, reassigning=True)
            people = identity_store.identities_at(uow, task.role, task.org_id or "")
            colleague = next((person for person in people if person.user_id == user_id), None)
            if colleague is None or not access.may_know(step.context.project, uow, colleague):
                raise Invalid("任务没有转办。", {"user_id": "请选择同一单位、同一岗位的人员。"})
            store.assign(uow, task.id, user_id=colleague.user_id, name=colleague.name)
            words = f"转由{colleague.name}办理" + (f"：{reason.strip()}" if reason.strip() else "")
            by = access.by_task(identity, task, step.context.project)
            self._note(uow, step, task, kind="reassigned", by=by, words=words)
            return replace(task, assignee_id=colleague.user_id, assignee_name=colleague.name)

    def complete_task(
        self,
        identity: Identity,
        task_id: str,
        *,
        answers: Mapping[str, Any],
        submission: Mapping[str, Any],
        submission_key: str,
    ) -> Completed:
        """Complete a task with a form that was checked before; see `complete_with`."""
        accepted = Answers(variables=answers, submission=submission)
        return self.complete_with(identity, task_id, fill=lambda _uow, _task: accepted, submission_key=submission_key)

    def complete_with(self, identity: Identity, task_id: str, *, fill: Fill, submission_key: str) -> Completed:
        """Complete a task with what `fill` makes of it, and let the case go on until it waits again.

        `submission_key` names this one submission: repeating it gives the first result and changes nothing. Timers
        that are due by now fire first.

        Raises:
            Refused: this person does not serve the task's queue.
            Conflict: it was completed, claimed by somebody else, or taken away by a deadline; as `Held`, a measure
                against the project stops it.
            Invalid: the answers are refused, by `fill` or by the check of the diagram; `fields` says why.
        """
        with self._recording_refusals(identity, f"user_task:{task_id}", "complete-task"):
            with self._database.write() as uow:
                result = self._complete(uow, identity, task_id, fill=fill, submission_key=submission_key)
            # The timers that came first are kept, although the completion came too late.
            if isinstance(result, Conflict):
                raise result
            return result

    def _complete(
        self, uow: UnitOfWork, identity: Identity, task_id: str, *, fill: Fill, submission_key: str
    ) -> Completed | Conflict:
        step, task = CaseStep.of_task(self._tools, uow, task_id)
        if held.bears_on_others(task):
            step.context.hold_project()
        access.working(uow, identity, task, step.context.project)
        if task.submission_key == submission_key and task.done_by == identity.user_id:
            first = store.submission_id_of_key(uow, submission_key) or ""
            return Completed(task.id, task.case_id, first, repeated=True)
        if step.fire_due_timers():
            step.save(Act(AUTOMATIC, "fire-timers", f"case:{step.case.id}"), Signature(BY_SYSTEM))
            step, task = CaseStep.of_task(self._tools, uow, task_id)
            try:
                access.require_free(task, identity)
            except Conflict as late:
                return late
        access.require_free(task, identity)
        held.require_free(uow, task)
        context = step.context
        answers = fill(uow, OpenTask(task, step.case.bundle_key, context.project, lambda: context.directory))
        outcome = _checked(step, task, answers)
        step.context.apply(outcome.effects)
        by = access.by_task(identity, task, context.project)
        submission = _submission(uow, step, task, answers=answers, by=by, key=submission_key)
        try:
            step.instance.complete(task.id, {**answers.variables, **outcome.variables})
        except TaskNotWaiting as gone:
            raise Conflict("这项任务已经不在办理中，请刷新页面查看最新进展。") from gone
        except DataInvalid as invalid:
            raise Invalid(str(invalid)) from invalid
        try:
            store.add_submission(uow, submission)
        except IntegrityError as used:
            raise Conflict("这份填报已经用于另一项任务，请重新打开任务页面再提交。") from used
        details = {"element": task.element_id, "process": task.process_id, "submission": submission.id}
        act = Act(by.actor, "complete-task", f"user_task:{task.id}", details)
        step.save(act, Signature(by, task.id, submission.id), done=task, key=submission_key)
        notices = tuple(finding.message for finding in outcome.findings if not finding.blocking)
        return Completed(task.id, task.case_id, submission.id, notices)

    def retry_incident(
        self, identity: Identity, incident_id: str, *, corrections: Mapping[str, Any] | None = None
    ) -> None:
        """Try again what failed, after its cause was mended; only the project's steward may.

        `corrections` replace variables of the failed task first, and are recorded. Raises Refused, Missing, Invalid,
        and Conflict when it was resolved already or its cause still stands.
        """
        with self._database.write() as uow:
            found = _steered(uow, identity, incident_id)
            step = CaseStep.of_case(self._tools, uow, found.case_id)
            if (found.task_id, found.kind) not in step.live.incidents:
                raise Conflict("这个异常已经处理过了。")
            if found.kind == "unassigned":
                if step.context.organisation_of(step.live.tasks[found.task_id]) is None:
                    raise Conflict(found.message)
            else:
                step.renew_incident(found.task_id)
                _retry(step, found.task_id, corrections or {})
            by = By(identity.acting(access.steward(step.context.project)))
            details = {"element": found.element_id, "message": found.message, "corrections": dict(corrections or {})}
            step.save(Act(by.actor, "retry-incident", f"incident:{incident_id}", details), Signature(by))

    def assign_party(self, identity: Identity, case_id: str, *, role: str, org_id: str) -> None:
        """Let an organisation take a party's role in a case; its open tasks become that organisation's.

        Only the project's steward may. Raises Refused, Missing, Invalid.
        """
        access.require_steward(identity)
        with self._database.write() as uow:
            step = CaseStep.of_case(self._tools, uow, case_id)
            if not identity.has(access.steward(step.context.project)):
                raise Missing("没有这件事项，或者您无权办理。")
            if role not in PARTY_ROLES:
                raise Invalid("没有指定单位。", {"role": "请选择参与单位的角色。"})
            if org_id not in step.context.organisations:
                raise Invalid("没有指定单位。", {"org_id": "没有这个单位。"})
            step.context.assign(role, org_id)
            by = By(identity.acting(access.steward(step.context.project)))
            act = Act(by.actor, "assign-party", f"case:{case_id}", {"role": role, "org": org_id})
            step.save(act, Signature(by))

    def assign_missing_party(self, identity: Identity, incident_id: str, *, org_id: str) -> None:
        """Name the organisation for a task that nobody can do; its incident is over with that.

        Only the project's steward may. Raises Refused, Missing, Conflict, Invalid.
        """
        with self._database.read() as uow:
            found = _steered(uow, identity, incident_id)
            task = store.task(uow, found.task_id)
        if task is None:
            raise Missing(_NO_INCIDENT)
        if found.kind != "unassigned" or found.resolved_at is not None:
            raise Conflict("这个异常已经处理过了，或者不是缺少单位。")
        self.assign_party(identity, found.case_id, role=task.role, org_id=org_id)

    def provisional_deadlines(self, identity: Identity) -> Standing:
        """How many deadlines of running cases are provisional, and how many of these wait to be counted again.

        For administrators: a number, and nothing of the cases; confidential projects are not counted (2-2). Raises
        Refused.
        """
        if not identity.has("administrator"):
            raise Refused("只有系统管理员可以这样操作。")
        with self._database.read() as uow:
            return recounting.standing(uow, self._tools.calendar(uow).edition)

    def _open(
        self, uow: UnitOfWork, identity: Identity, task_id: str, *, reassigning: bool = False
    ) -> tuple[CaseStep, Task]:
        """An open task in its locked case, if this person may work on it, or give it to others."""
        step, task = CaseStep.of_task(self._tools, uow, task_id)
        allowed = access.reassigning if reassigning else access.working
        allowed(uow, identity, task, step.context.project)
        access.require_open(task)
        return step, task

    def _note(
        self, uow: UnitOfWork, step: CaseStep, task: Task, *, kind: str, by: By, words: str | None = None
    ) -> None:
        """Write down, in history and audit trail, an act that leaves the process where it is."""
        act = Act(by.actor, f"{kind}-task", f"user_task:{task.id}", {"words": words} if words else {})
        head = audit.append(uow, f"case:{step.case.id}", step.case.head, act)
        store.add_note(uow, step.case, kind=kind, about=task, by=by, words=words)
        store.note(uow, replace(step.case, head=head, event_seq=step.case.event_seq + 1))

    @contextmanager
    def _recording_refusals(self, identity: Identity, subject: str, action: str) -> Iterator[None]:
        """Whoever reaches for what is not his, or for what a measure has stopped, leaves a trace (3.3-2 3.3-11)."""
        try:
            yield
        except (Refused, held.Held) as refused:
            with self._database.write() as uow:
                kind, why = ("held", {"why": refused.message}) if isinstance(refused, held.Held) else ("refused", {})
                act = Act(identity.acting(), kind, subject, {"action": action, **why})
                audit.append_to_system(uow, act)
            raise


def _checked(step: CaseStep, task: Task, answers: Answers) -> Outcome:
    """Run the check that the diagram names on everything that was filled in (property `check`)."""
    check = task.properties.get("check")
    if check is None:
        return Outcome()
    inputs = {**task.variables, **answers.variables, **answers.submission}
    outcome = step.context.run(check, inputs, task.properties)
    if outcome.refused:
        blocking = [finding for finding in outcome.findings if finding.blocking]
        fields: dict[str, str] = {}
        for finding in blocking:
            if finding.field:
                fields[finding.field] = "".join((fields.get(finding.field, ""), finding.message))
        raise Invalid("\n".join(finding.message for finding in blocking), fields)
    return outcome


def _submission(uow: UnitOfWork, step: CaseStep, task: Task, *, answers: Answers, by: By, key: str) -> Submission:
    return Submission(
        id=uow.ids(),
        case_id=task.case_id,
        task_id=task.id,
        process_id=task.process_id,
        element_id=task.element_id,
        form_id=task.form_id,
        bundle_key=step.case.bundle_key,
        submission_key=key,
        data=dict(answers.submission),
        variables=dict(task.variables),
        submitted_by=by.actor.user_id,
        submitted_by_name=by.actor.name,
        submitted_at=local(uow.now),
    )


def _retry(step: CaseStep, task_id: str, corrections: Mapping[str, Any]) -> None:
    try:
        step.instance.retry(task_id, variables=corrections)
    except DataInvalid as invalid:
        raise Invalid(str(invalid)) from invalid
    except TaskNotWaiting as gone:
        raise Conflict("这个异常已经处理过了。") from gone


def _steered(uow: UnitOfWork, identity: Identity, incident_id: str) -> Incident:
    """An incident, for whoever is to repair it; to everybody else there is none."""
    access.require_steward(identity)
    found = queries.steered_incident(uow, identity, incident_id)
    if found is None:
        raise Missing(_NO_INCIDENT)
    return found
