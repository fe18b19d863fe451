"""Reading what a document is filled from, and whether this person may have it made or issue it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

from app.features.cases import queries
from app.features.cases import store as cases
from app.features.cases.model import Case, Submission
from app.features.definitions.usecases import DefinitionLibrary
from app.features.identity import store as identity_store
from app.features.identity.model import AUTHORITY_ROLES, Identity
from app.features.inbox.surroundings import surroundings
from app.features.inbox.usecases import TaskForm
from app.features.papers.material import Answered, Material
from app.features.papers.model import Kind
from app.features.plans import store as plans
from app.features.plans.model import Line, Plan
from app.features.projects import store as projects
from app.features.projects.model import Party, Project
from app.kernel.database import UnitOfWork
from app.kernel.errors import Missing
from services.amounts import total

_NO_CASE: Final = "没有这件事项，或者您无权查看。"


class Surroundings:
    """A case as its documents see it: the project with all its cases, or the case alone where there is no project.

    Everything is read when it is first asked for, within the unit of work.
    """

    def __init__(self, uow: UnitOfWork, library: DefinitionLibrary, case: Case, variables: Mapping[str, Any]) -> None:
        self._uow = uow
        self._library = library
        self.case = case
        self.project: Project | None = projects.by_id(uow, case.project_id) if case.project_id else None
        self.parties: Sequence[Party] = projects.parties(uow, case.project_id) if case.project_id else ()
        self.plan: Plan | None = None if case.project_id else plans.by_id(uow, case.business_key)
        self.variables = variables
        self.case_ids = (
            [each.id for each in queries.cases_of_project(uow, case.project_id)] if case.project_id else [case.id]
        )

    @classmethod
    def of(cls, uow: UnitOfWork, library: DefinitionLibrary, identity: Identity, case_id: str) -> Surroundings:
        """Raises Missing for whoever may not know of the case."""
        known = cases.by_id(uow, case_id)
        if known is None or not queries.is_visible(uow, identity, case_id):
            raise Missing(_NO_CASE)
        return cls(uow, library, *known)

    def latest(self) -> Mapping[str, Submission]:
        """The last submission of every form, those of this very case before all others."""
        return {each.form_id or "": each for each in self._submitted()}

    def acts(self, identity: Identity, roles: Iterable[str]) -> tuple[str, str] | None:
        """In which of the roles, and at which organisation, this person acts for the case; None if in none."""
        for role in roles:
            for org_id in self._organisations(role):
                if identity.has(role, org_id):
                    return role, org_id
        return None

    def material(self, identity: Identity, kind: Kind, *, typed: TaskForm | None) -> Material:
        """What a kind's placeholders can be filled from. What was `typed` comes before what was submitted."""
        wanted = {source.path.partition(".")[0] for source in kind.values.values()} | {kind.form}
        told = on_its_occasion(kind, self._submitted(), typed=typed is not None)
        answers = {form: self._answered(each) for form, each in told.items() if form in wanted}
        if typed is not None:
            task = typed.page.task
            answers[typed.form.id] = Answered(typed.form, typed.shown.data, typed.context, task.case_id, task.id)
        named = {org.id: org.name for org in identity_store.organisations(self._uow, kind="authority")}
        holders = {role: identity_store.holder_of(self._uow, role) for role in AUTHORITY_ROLES}
        lines = self._lines(identity)
        return Material(
            project=self.project,
            parties=self.parties,
            offices={role: named[org_id] for role, org_id in holders.items() if org_id in named},
            answers=answers,
            variables=self.variables,
            plan=_facts(self.plan, lines),
            lines=[_facts_of(line, number) for number, line in enumerate(lines, 1)],
            number=None,
            dated=_dated(kind, answers),
        )

    def _submitted(self) -> list[Submission]:
        """What was filled in, those of this very case last, and the latest last."""
        every = (each for each in cases.submissions(self._uow, self.case_ids) if each.form_id)
        return sorted(every, key=lambda each: (each.case_id == self.case.id, each.id))

    def _lines(self, identity: Identity) -> list[Line]:
        """The projects that are included in the plan, in its order."""
        if self.plan is None:
            return []
        included = (line for line in plans.lines(self._uow, self.plan.id, identity) if line.decision == "include")
        return sorted(included, key=lambda line: (line.rank is None, line.rank, line.project_code))

    def _answered(self, submission: Submission) -> Answered:
        self._library.compiled_in(self._uow, submission.bundle_key)
        form = self._library.parsed_form_of_compiled(submission.bundle_key, submission.form_id or "")
        context = surroundings(
            form,
            variables=submission.variables,
            project=self.project,
            now=self._uow.now,
            organisations=lambda: identity_store.organisations(self._uow),
        )
        return Answered(form, submission.data, context, submission.case_id, submission.task_id)

    def _organisations(self, role: str) -> list[str]:
        if role in AUTHORITY_ROLES:
            holder = identity_store.holder_of(self._uow, role)
            return [holder] if holder else []
        return [party.org_id for party in self.parties if party.role == role]


def on_its_occasion(kind: Kind, submitted: Sequence[Submission], *, typed: bool) -> Mapping[str, Submission]:
    """The last submission of every form, as it was when the kind's own form was submitted.

    So a notice that is issued late tells of the acceptance that failed, not of the one that was passed since. Forms
    that come later are told as they were after that, in the same case. While the own form is being filled in, all
    that was submitted is before it.
    """
    own = None if typed else next((each for each in reversed(submitted) if each.form_id == kind.form), None)
    if kind.form is None or own is None:
        return {each.form_id or "": each for each in submitted if each.form_id not in kind.later}
    return {
        each.form_id or "": each
        for each in submitted
        if (each.id > own.id and each.case_id == own.case_id if each.form_id in kind.later else each.id <= own.id)
    }


def on_day(material: Material, day: date) -> Material:
    """The same material, dated: on the day that was filled in, else on the day given."""
    return material if material.dated else replace(material, dated=day)


def _facts(plan: Plan | None, lines: Sequence[Line]) -> Mapping[str, Any]:
    if plan is None:
        return {}
    amount = total(line.amount for line in lines if line.amount is not None)
    return {"round_year": plan.round_year, "batch": plan.batch, "projects": len(lines), "amount": amount}


def _facts_of(line: Line, number: int) -> Mapping[str, Any]:
    return {**vars(line), "number": number}


def _dated(kind: Kind, answers: Mapping[str, Answered]) -> date | None:
    form, _, field = (kind.date_field or "").partition(".")
    written = answers[form].data.get(field) if form in answers else None
    return date.fromisoformat(str(written)) if written else None
