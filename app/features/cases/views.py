"""What people look at: lists of tasks and cases, a task, a case."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime

from app.features.cases import access, held, queries, store, worklist
from app.features.cases.beside import Offer, may_start, offers
from app.features.cases.diagrams import diagrams
from app.features.cases.model import (
    CaseList,
    CaseRecord,
    CaseSummary,
    CaseView,
    Incident,
    Submission,
    Task,
    TaskList,
    TaskPage,
    TaskSummary,
    TimelineEntry,
)
from app.features.cases.queries import Place
from app.features.definitions.usecases import DefinitionLibrary
from app.features.identity import store as identity_store
from app.features.identity.model import Identity, Organisation
from app.features.measures import store as measures
from app.features.projects import store as projects
from app.features.projects.model import Party, Project
from app.kernel.clock import as_utc
from app.kernel.database import Database, UnitOfWork
from app.kernel.errors import Invalid, Missing, Refused
from services.measures import Measure

_NO_CASE = "没有这件事项，或者您无权查看。"
_MAX_PAGE = 100

_Reader = Callable[..., list[tuple[TaskSummary, Place]]]


class CaseViews:
    """The reading use cases. All of them show a person only what that person may know of."""

    def __init__(self, database: Database, library: DefinitionLibrary) -> None:
        self._database = database
        self._library = library

    def open_tasks(self, identity: Identity, *, limit: int = 25, after: str | None = None, text: str = "") -> TaskList:
        """待办: open tasks of one's queues that nobody else has claimed, the most urgent first."""
        return self._tasks(worklist.open_in_queues, identity, limit=limit, after=after, text=text)

    def claimed_tasks(
        self, identity: Identity, *, limit: int = 25, after: str | None = None, text: str = ""
    ) -> TaskList:
        """Open tasks that one has claimed, the most urgent first."""
        return self._tasks(queries.claimed, identity, limit=limit, after=after, text=text)

    def done_tasks(self, identity: Identity, *, limit: int = 25, after: str | None = None, text: str = "") -> TaskList:
        """已办: tasks one has completed, the latest first."""
        return self._tasks(queries.done_by, identity, limit=limit, after=after, text=text)

    def started_cases(
        self, identity: Identity, *, limit: int = 25, after: str | None = None, text: str = ""
    ) -> CaseList:
        """我发起: cases one has started, the newest first."""
        limit = _bounded(limit)
        with self._database.read() as uow:
            return _case_list(queries.started_by(uow, identity, limit=limit + 1, after=after, text=text), limit)

    def cases(
        self, identity: Identity, *, status: str | None = None, limit: int = 25, after: str | None = None
    ) -> CaseList:
        """All cases one may know of, the newest first; `status` is running, completed or cancelled."""
        limit = _bounded(limit)
        with self._database.read() as uow:
            found = queries.all_cases(uow, identity, status=status, limit=limit + 1, after=after)
        return _case_list(found, limit)

    def cases_of_project(self, identity: Identity, project_id: str) -> list[CaseSummary]:
        """The cases of a project, the newest first. Raises Missing."""
        with self._database.read() as uow:
            if projects.visible(uow, identity, project_id) is None:
                raise Missing("没有这个项目，或者您无权查看。")
            return queries.cases_of_project(uow, project_id)

    def records_of_project(self, identity: Identity, project_id: str) -> list[CaseRecord]:
        """What happened in each case of a project, the newest case first. Raises Missing."""
        with self._database.read() as uow:
            if projects.visible(uow, identity, project_id) is None:
                raise Missing("没有这个项目，或者您无权查看。")
            cases = store.of_project(uow, project_id)
            ids = [case.id for case in cases]
            for case in cases:
                self._library.compiled_in(uow, case.bundle_key)
            history, tasks = queries.timelines(uow, ids), queries.open_tasks(uow, ids)
            submissions = store.submissions(uow, ids)
        return [
            CaseRecord(
                case=case,
                timeline=tuple(self._with_clauses(case.bundle_key, entry) for entry in history[case.id]),
                open_tasks=tuple(task for task in tasks if task.case_id == case.id),
                submissions=tuple(each for each in submissions if each.case_id == case.id),
            )
            for case in cases
        ]

    def counts(self, identity: Identity) -> tuple[int, int]:
        """How many tasks are open in one's queues, and how many of them one has claimed; a thousand at most."""
        with self._database.read() as uow:
            return worklist.count_open(uow, identity), queries.count_claimed(uow, identity)

    def task_for(self, identity: Identity, task_id: str) -> TaskPage:
        """A task with what its page needs, for whoever serves its queue, may reassign it, or has completed it.

        Raises Missing, and Refused for everybody else.
        """
        with self._database.read() as uow:
            task = store.task(uow, task_id)
            if task is None:
                raise Missing("没有这项任务，或者您无权办理。")
            project = projects.by_id(uow, task.project_id) if task.project_id else None
            access.require_visible(project, uow, identity)
            own = access.serves(identity, task) or task.done_by == identity.user_id
            if not own and not access.may_reassign(identity, task, project):
                raise Refused("这项任务不属于您的单位和岗位，您不能查看。")
            return self._task_page(uow, identity, task, project)

    def colleagues(self, identity: Identity, task_id: str) -> list[Identity]:
        """To whom one may give a task: the other people who serve its queue. Raises Missing, Refused."""
        page = self.task_for(identity, task_id)
        if not page.may_reassign:
            raise Refused("只有正在办理的人员、其负责人和系统管理员可以转办这项任务。")
        with self._database.read() as uow:
            people = identity_store.identities_at(uow, page.task.role, page.task.org_id or "")
            return [
                person
                for person in people
                if person.user_id != page.task.assignee_id and access.may_know(page.project, uow, person)
            ]

    def case_view(self, identity: Identity, case_id: str) -> CaseView:
        """Everything about a case: what happened, how far its diagrams are, what was submitted. Raises Missing."""
        with self._database.read() as uow:
            known = store.by_id(uow, case_id)
            if known is None or not queries.is_visible(uow, identity, case_id):
                raise Missing(_NO_CASE)
            case, variables = known
            definitions = self._library.compiled_in(uow, case.bundle_key)
            history = queries.timeline(uow, case_id)
            incidents = queries.incidents_of_case(uow, case_id)
            stuck = [(each.process_id, each.element_id) for each in incidents if each.resolved_at is None]
            project = projects.by_id(uow, case.project_id) if case.project_id else None
            return CaseView(
                case=case,
                project=project,
                parties=self._parties(uow, case.project_id),
                timeline=tuple(self._with_clauses(case.bundle_key, entry) for entry in history),
                diagrams=diagrams(definitions, case.process_id, history=history, failed=stuck),
                open_tasks=queries.open_tasks(uow, [case_id]),
                submissions=store.submissions(uow, [case_id]),
                incidents=incidents,
                knows_project=_knows(uow, identity, project),
                variables=variables,
            )

    def waiting(self, identity: Identity, case_ids: Collection[str]) -> tuple[Task, ...]:
        """What waits for people in those of the cases that this person may see."""
        with self._database.read() as uow:
            seen = queries.visible(uow, identity, case_ids)
            return tuple(task for case_id in seen for task in queries.open_tasks(uow, [case_id]))

    def submission(self, identity: Identity, submission_id: str) -> Submission:
        """What was submitted with one completion, for whoever may see its case. Raises Missing."""
        with self._database.read() as uow:
            found = store.submission(uow, submission_id)
            if found is None or not queries.is_visible(uow, identity, found.case_id):
                raise Missing("没有这份填报，或者您无权查看。")
            return found

    def next_task(self, identity: Identity, case_id: str) -> Task | None:
        """The open task of a case that this person may do next, the most urgent one; None if there is none."""
        with self._database.read() as uow:
            open_here = queries.open_tasks(uow, queries.visible(uow, identity, [case_id]))
        return next(
            (
                task
                for task in open_here
                if task.queue in identity.queues and task.assignee_id in {None, identity.user_id}
            ),
            None,
        )

    def latest_submissions(self, identity: Identity, case_id: str, *, limit: int = 20) -> tuple[Submission, ...]:
        """What was submitted last in a case, the latest first, for whoever may see the case. Raises Missing."""
        with self._database.read() as uow:
            if not queries.is_visible(uow, identity, case_id):
                raise Missing(_NO_CASE)
            return store.latest_submissions(uow, case_id, limit=_bounded(limit))

    def measures(self, identity: Identity, project_id: str) -> tuple[Measure, ...]:
        """Everything that was imposed on a project, the oldest first. Raises Missing."""
        with self._database.read() as uow:
            if projects.visible(uow, identity, project_id) is None:
                raise Missing("没有这个项目，或者您无权查看。")
            return measures.of_project(uow, project_id)

    def startable(self, identity: Identity, project_id: str) -> tuple[Offer, ...]:
        """What this person may start for a project as it is now, beside its life cycle."""
        with self._database.read() as uow:
            project = projects.visible(uow, identity, project_id)
            current = self._library.current_if_any(uow)
            if project is None or current is None:
                return ()
            every = offers(self._library.compiled_in(uow, current))
            return tuple(offer for offer in every if may_start(uow, identity, offer, project))

    def may_see_case(self, identity: Identity, case_id: str) -> bool:
        """Whether this person may know of a case, and so of its documents."""
        with self._database.read() as uow:
            return queries.is_visible(uow, identity, case_id)

    def incidents(self, identity: Identity, *, limit: int = 50, after: str | None = None) -> list[Incident]:
        """The open incidents, the latest first: for administrators those in projects that are not confidential.

        Those in confidential projects are for the secrecy office, and for nobody else (2-2). Raises Refused.
        """
        access.require_steward(identity)
        with self._database.read() as uow:
            return queries.open_incidents(uow, identity, limit=_bounded(limit), after=after)

    def party_choices(self, identity: Identity) -> list[Organisation]:
        """All organisations by name, for whoever names the one that a task waits for. Raises Refused."""
        access.require_steward(identity)
        with self._database.read() as uow:
            return identity_store.organisations(uow)

    def _task_page(self, uow: UnitOfWork, identity: Identity, task: Task, project: Project | None) -> TaskPage:
        known = store.by_id(uow, task.case_id)
        if known is None:
            raise Missing(_NO_CASE)
        open_here = task.status == "open" and task.assignee_id in {None, identity.user_id}
        form_id = task.form_id
        return TaskPage(
            task=task,
            bundle_key=known[0].bundle_key,
            project=project,
            parties=self._parties(uow, task.project_id),
            previous=store.last_answers(uow, case_id=task.case_id, form_id=form_id) if form_id else None,
            submission=store.submission_of_task(uow, task.id) if task.status == "done" else None,
            may_work=open_here and access.serves(identity, task),
            may_reassign=task.status == "open" and access.may_reassign(identity, task, project),
            knows_project=_knows(uow, identity, project),
            held=held.holding(uow, task) if task.status == "open" else (),
        )

    def _parties(self, uow: UnitOfWork, project_id: str | None) -> tuple[Party, ...]:
        return projects.parties(uow, project_id) if project_id else ()

    def _with_clauses(self, bundle_key: str, entry: TimelineEntry) -> TimelineEntry:
        process = self._library.compiled(bundle_key).processes.get(entry.process_id)
        element = process.elements.get(entry.element_id) if process else None
        return replace(entry, clauses=element.clauses) if element else entry

    def _tasks(self, read: _Reader, identity: Identity, *, limit: int, after: str | None, text: str) -> TaskList:
        limit = _bounded(limit)
        with self._database.read() as uow:
            found = read(uow, identity, limit=limit + 1, after=_place(after), text=text)
            page = found[:limit]
            standing = measures.standing_of(uow, {task.project_id for task, _ in page if task.project_id})
        more = len(found) > limit
        return TaskList(tuple(task for task, _ in page), _written(page[-1][1]) if more else None, standing)


def _case_list(found: list[CaseSummary], limit: int) -> CaseList:
    page = tuple(found[:limit])
    return CaseList(page, page[-1].id if len(found) > limit else None)


def _knows(uow: UnitOfWork, identity: Identity, project: Project | None) -> bool:
    """Whether the project's own page is open to this person."""
    return project is not None and projects.visible(uow, identity, project.id) is not None


def _bounded(limit: int) -> int:
    return max(1, min(limit, _MAX_PAGE))


def _written(place: Place) -> str:
    return f"{place[0].isoformat()}~{place[1]}"


def _place(written: str | None) -> Place | None:
    if not written:
        return None
    at, _, task_id = written.partition("~")
    try:
        return as_utc(datetime.fromisoformat(at)), task_id
    except (ValueError, OverflowError):
        raise Invalid("列表的翻页位置无效，请从第一页开始。") from None
