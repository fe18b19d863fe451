"""What staff do with a task of their inbox: open its form, keep a draft, add files, submit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, BinaryIO, Final

from app.engine.expressions import Feel
from app.features.cases import access
from app.features.cases import store as cases_store
from app.features.cases.model import Answers, Completed, OpenTask, Submission, Task, TaskPage
from app.features.cases.usecases import Cases
from app.features.cases.views import CaseViews
from app.features.definitions.usecases import DefinitionLibrary
from app.features.documents import store as documents
from app.features.documents.model import Attachment
from app.features.documents.usecases import Attachments
from app.features.forms import store as drafts
from app.features.forms.answers import Answers as Checked
from app.features.forms.answers import check_answers, process_variables
from app.features.forms.entries import Entries, File, beforehand, files_in, has_given, prefill, resume
from app.features.forms.model import Evaluate, Form
from app.features.forms.store import Draft
from app.features.forms.usecases import Drafts
from app.features.identity import store as identity_store
from app.features.identity.model import Identity
from app.features.inbox.known import known
from app.features.inbox.records import records as read_records
from app.features.inbox.surroundings import surroundings
from app.features.projects import store as projects_store
from app.features.projects.model import Project
from app.kernel.database import Database, UnitOfWork
from app.kernel.errors import Invalid

Read = Callable[[Form, Mapping[str, File]], Entries]
"""Takes the entries out of a post, given the form and the files that the person may refer to, by id."""

_BLANK: Final = Form(id="", components=())


@dataclass(frozen=True)
class TaskForm:
    """A task with its form as it stands before anything new is typed.

    `entries` come from the draft, or the one that was left when a deadline took away such a task, else from what was
    submitted before, else from the process; `given` are those of fields that may only be read. `shown` is the outcome
    of checking them: what is hidden, what placeholders say.
    """

    page: TaskPage
    form: Form
    context: Mapping[str, Any]
    entries: Entries
    given: Entries
    files: Mapping[str, File]
    draft: Draft | None
    shown: Checked


class Inbox:
    """The use cases of the inbox."""

    def __init__(
        self,
        database: Database,
        *,
        cases: Cases,
        views: CaseViews,
        library: DefinitionLibrary,
        attachments: Attachments,
        feel: Feel,
    ) -> None:
        self._database = database
        self._cases = cases
        self._views = views
        self._library = library
        self._attachments = attachments
        self._drafts = Drafts(database)
        self._feel = feel

    def open_task(self, identity: Identity, task_id: str) -> TaskForm:
        """A task and its form. Raises Missing, and Refused for whoever it is none of the business of."""
        page = self._views.task_for(identity, task_id)
        with self._database.read() as uow:
            form = self._form(uow, page.bundle_key, page.task.form_id)
            context = _surroundings(uow, form, variables=page.task.variables, project=page.project)
            draft, left = self._drafted(uow, identity, page)
            files = {
                **_files_of(page.previous or {}),
                **_left(uow, identity, page.task),
                **_added(uow, identity, task_id),
            }
            own = beforehand(form, context, self._evaluator(uow.now))
            given = prefill(form, page.previous or {}, page.task.variables, own, lists=context)
            typed = draft or left
            entries = given if typed is None else resume(form, typed.entries, files=files, otherwise=given)
            shown = check_answers(form, entries, context=context, feel=self._evaluator(uow.now), given=given)
            return TaskForm(page, form, context, entries, given, files, draft, shown)

    def _drafted(self, uow: UnitOfWork, identity: Identity, page: TaskPage) -> tuple[Draft | None, Draft | None]:
        """A person's draft of a task; and, where there is none, that of the task which this one came instead of."""
        task = page.task
        if not page.may_work and task.status != "cancelled":
            return None, None
        draft = drafts.find(uow, task_id=task.id, user_id=identity.user_id)
        if draft is not None or task.status == "cancelled":
            return draft, None
        before = cases_store.taken_away(uow, case_id=task.case_id, form_id=task.form_id)
        found = (drafts.find(uow, task_id=task_id, user_id=identity.user_id) for task_id in before)
        return None, next(filter(None, found), None)

    def surroundings_of(self, submission: Submission) -> Mapping[str, Any]:
        """The context that a submitted form is read in: its variables then, its project and lists now."""
        with self._database.read() as uow:
            case = cases_store.by_id(uow, submission.case_id)
            project_id = case[0].project_id if case else None
            project = projects_store.by_id(uow, project_id) if project_id else None
            form = self._form(uow, submission.bundle_key, submission.form_id)
            return _surroundings(uow, form, variables=submission.variables, project=project)

    def evaluator(self) -> Evaluate:
        """FEEL as the forms evaluate it at this moment."""
        with self._database.read() as uow:
            return self._evaluator(uow.now)

    def check(self, task: TaskForm, entries: Entries) -> Checked:
        """What entries amount to in a task's form, without submitting them."""
        with self._database.read() as uow:
            return check_answers(
                task.form, entries, context=task.context, feel=self._evaluator(uow.now), given=task.given
            )

    def submit(self, identity: Identity, task_id: str, read: Read, *, submission_key: str) -> Completed:
        """Check and submit a task's form in one transaction, its files and all.

        `submission_key` names this one submission; repeating it changes nothing. Raises Refused, Conflict, Invalid.
        """

        def fill(uow: UnitOfWork, task: OpenTask) -> Answers:
            return self._fill(uow, identity, task, read)

        return self._cases.complete_with(identity, task_id, fill=fill, submission_key=submission_key)

    def save_draft(self, identity: Identity, task_id: str, read: Read, *, rev: int) -> Draft:
        """Keep what was typed so far over revision `rev` of the draft. Raises Refused, Missing, Conflict, Invalid."""
        task = self.open_task(identity, task_id)
        may = self._may_work(identity, task_id)
        return self._drafts.save(identity, task_id, read(task.form, task.files), rev=rev, may=may)

    def attach(self, identity: Identity, task_id: str, *, name: str, stream: BinaryIO) -> Attachment:
        """Keep a file with the draft of a task. Raises Refused, Missing, TooLarge, Unsupported, Invalid."""
        may = self._may_work(identity, task_id)
        return self._attachments.add(identity, scope=task_id, name=name, stream=stream, may=may)

    def _fill(self, uow: UnitOfWork, identity: Identity, open_task: OpenTask, read: Read) -> Answers:
        task = open_task.task
        form = self._form(uow, open_task.bundle_key, task.form_id)
        previous = cache(lambda: self._previous(uow, task) or {})
        files = _Files(
            lambda: _added(uow, identity, task.id), lambda: _files_of(previous()), lambda: _left(uow, identity, task)
        )
        context = surroundings(
            form,
            variables=task.variables,
            project=open_task.project,
            now=uow.now,
            organisations=open_task.organisations,
            records=lambda name: read_records(uow, name, variables=task.variables),
        ) | known(uow, form, open_task.project, words=False)
        checked = check_answers(
            form,
            read(form, files),
            context=context,
            feel=self._evaluator(uow.now),
            given=prefill(form, previous(), task.variables, lists=context) if has_given(form) else {},
            with_words=False,
        )
        if checked.errors:
            raise Invalid("还有内容需要修改，没有提交。", checked.errors)
        if attached := [str(file["id"]) for file in files_in(checked.data)]:
            documents.keep(uow, attached, case_id=task.case_id)
        return Answers(variables=process_variables(form, checked.data), submission=checked.data)

    def _previous(self, uow: UnitOfWork, task: Task) -> Mapping[str, Any] | None:
        return cases_store.last_answers(uow, case_id=task.case_id, form_id=task.form_id) if task.form_id else None

    def _form(self, uow: UnitOfWork, bundle_key: str, form_id: str | None) -> Form:
        if form_id is None:
            return _BLANK
        self._library.compiled_in(uow, bundle_key)
        return self._library.parsed_form_of_compiled(bundle_key, form_id)

    def _evaluator(self, now: datetime) -> Evaluate:
        return lambda expression, context: self._feel.evaluate(expression, context, now=now)

    def _may_work(self, identity: Identity, task_id: str) -> Callable[[UnitOfWork], None]:
        def may(uow: UnitOfWork) -> None:
            task = cases_store.task(uow, task_id)
            project = projects_store.by_id(uow, task.project_id) if task and task.project_id else None
            access.require_free(access.working(uow, identity, task, project), identity)

        return may


class _Files(Mapping[str, File]):
    """The files that a person may refer to, by id. Most posts refer to none: each source is read when it is needed."""

    def __init__(self, *sources: Callable[[], Mapping[str, File]]) -> None:
        self._sources = [cache(source) for source in sources]

    def __getitem__(self, file_id: str) -> File:
        for source in self._sources:
            if file_id in source():
                return source()[file_id]
        raise KeyError(file_id)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(file_id for source in self._sources for file_id in source()))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _surroundings(
    uow: UnitOfWork, form: Form, *, variables: Mapping[str, Any], project: Project | None
) -> dict[str, Any]:
    return surroundings(
        form,
        variables=variables,
        project=project,
        now=uow.now,
        organisations=lambda: identity_store.organisations(uow),
        records=lambda name: read_records(uow, name, variables=variables),
    ) | known(uow, form, project)


def _left(uow: UnitOfWork, identity: Identity, task: Task) -> dict[str, File]:
    """What a person had added to the tasks which this one came instead of."""
    before = cases_store.taken_away(uow, case_id=task.case_id, form_id=task.form_id)
    return {file_id: file for task_id in before for file_id, file in _added(uow, identity, task_id).items()}


def _added(uow: UnitOfWork, identity: Identity, task_id: str) -> dict[str, File]:
    """What a person has added to a task and not submitted yet."""
    added = documents.of_draft(uow, scope=task_id, user_id=identity.user_id)
    return {attachment.id: attachment.reference for attachment in added}


def _files_of(submitted: Mapping[str, Any]) -> dict[str, File]:
    return {str(file["id"]): file for file in files_in(submitted)}
