"""Reading the ledger of classified projects. It is made of what was submitted, so that nothing is on record twice."""

from __future__ import annotations

from datetime import date

from app.features.cases import queries
from app.features.cases import store as cases
from app.features.cases.model import Submission
from app.features.definitions.usecases import DefinitionLibrary
from app.features.identity.model import Identity
from app.features.projects.model import Project
from app.features.projects.store import confidential
from app.features.secrecy.model import READERS, Classified, Confirmation, Inspection, Page
from app.kernel.clock import local
from app.kernel.database import Database, UnitOfWork
from app.kernel.errors import Refused

_PAGE = 25


class SecrecyLedger:
    """The use case of those who supervise classified projects, the secrecy office and the finance bureau (3.1-6)."""

    def __init__(self, database: Database, library: DefinitionLibrary) -> None:
        self._database = database
        self._library = library

    def entries(self, identity: Identity, *, after: str | None = None) -> Page:
        """The confidential projects, the newest first. Raises Refused."""
        if not identity.roles & READERS:
            raise Refused("您的岗位没有可以查看的这个台账。")
        with self._database.read() as uow:
            found = confidential(uow, identity, limit=_PAGE + 1, after=after)
            entries = tuple(self._entry(uow, project) for project in found[:_PAGE])
        return Page(entries, found[_PAGE - 1].id if len(found) > _PAGE else None)

    def _entry(self, uow: UnitOfWork, project: Project) -> Classified:
        filed = cases.submissions(uow, [each.id for each in queries.cases_of_project(uow, project.id)])
        confirmed: Confirmation | None = None
        inspections: list[Inspection] = []
        for submission in sorted(filed, key=lambda each: each.submitted_at):
            process = self._library.compiled_in(uow, submission.bundle_key).processes[submission.process_id]
            asked = process.elements[submission.element_id].properties
            if asked.get("check") == "check-classified" and submission.data.get("classified_result") == "confirmed":
                confirmed = _confirmation(submission)
            elif asked.get("check") == "check-classified-supervision":
                inspections.append(_inspection(submission, asked.get("prefix", "")))
        return Classified(project, confirmed, tuple(reversed(inspections)))


def _confirmation(submission: Submission) -> Confirmation:
    said = submission.data
    return Confirmation(
        submission_id=submission.id,
        code=str(said["secrecy_code"]),
        file_number=str(said["secrecy_file_number"]),
        confirmed_on=date.fromisoformat(str(said["secrecy_confirmed_on"])),
        by_name=submission.submitted_by_name,
    )


def _inspection(submission: Submission, prefix: str) -> Inspection:
    said = {key.removeprefix(f"{prefix}_"): value for key, value in submission.data.items()}
    return Inspection(
        submission_id=submission.id,
        office=prefix,
        checked_on=date.fromisoformat(str(said["checked_on"])),
        finding=str(said["finding"]),
        problem=said.get("problem") == "yes",
        measures=str(said.get("measures") or ""),
        closed=said.get("supervision") == "closed",
        by_name=submission.submitted_by_name,
        entered_at=local(submission.submitted_at),
    )
