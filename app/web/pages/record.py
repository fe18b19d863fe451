"""What was done in a case, as its page tells it: the timeline and the files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.bootstrap import Application
from app.features.cases.model import CaseRecord, Submission, TimelineEntry
from app.features.definitions.usecases import DefinitionLibrary
from app.features.forms import fields
from app.features.forms.entries import files_in
from app.features.forms.model import Field, Form, Json, Kind, walk
from app.web.forms.reading import readable

# Elements in which something happens that people want to read about; gateways and start events are on the diagram.
_TOLD: Final = {
    "completed": frozenset(
        {
            "userTask",
            "serviceTask",
            "sendTask",
            "businessRuleTask",
            "boundaryEvent",
            "intermediateCatchEvent",
            "endEvent",
        }
    ),
    "failed": None,
    "claimed": None,
    "released": None,
    "reassigned": None,
    "recounted": None,
}
_PREFIXES: Final = {
    "failed": "故障：",
    "claimed": "领取：",
    "released": "退回岗位：",
    "reassigned": "转办：",
    "recounted": "期限重算：",
}


@dataclass(frozen=True)
class Entry:
    """A line of the timeline. `style` is person, system or failed; `outcome` the decision that was taken, if any."""

    at: datetime
    name: str
    who: str
    style: str
    element_id: str
    outcome: str
    note: str | None
    submission_id: str | None
    clauses: tuple[str, ...]


@dataclass(frozen=True)
class Phase:
    """What happened in one process, the latest first."""

    name: str
    entries: Sequence[Entry]

    @property
    def begins(self) -> datetime:
        return self.entries[-1].at

    @property
    def ends(self) -> datetime:
        return self.entries[0].at


@dataclass(frozen=True)
class Document:
    """A file of the case, and the field in which it was submitted."""

    id: str
    name: str
    size: int
    label: str


@dataclass(frozen=True)
class Documents:
    """The files of one submission."""

    name: str
    submitted_by: str
    submitted_at: datetime
    documents: Sequence[Document]


def timeline_of(product: Application, records: Sequence[CaseRecord]) -> list[Phase]:
    """The history of cases by process; the process in which something happened last comes first."""
    phases: dict[str, list[Entry]] = {}
    for record in records:
        submissions = {each.id: each for each in record.submissions}
        processes = product.definitions.compiled(record.case.bundle_key).processes
        for happened in record.timeline:
            if _is_told(happened):
                entry = _entry(product.definitions, happened, submissions)
                phases.setdefault(processes[happened.process_id].name, []).append(entry)
    told = [Phase(name, sorted(entries, key=lambda entry: entry.at)[::-1]) for name, entries in phases.items()]
    return sorted(told, key=lambda phase: phase.ends, reverse=True)


@dataclass(frozen=True)
class Filed:
    """A submission as a list of them names it: the task it completed, what was decided, and the words on that."""

    submission: Submission
    name: str
    outcome: str
    remarks: Sequence[tuple[str, str]]


def filed(product: Application, submission: Submission) -> Filed:
    element = product.definitions.compiled(submission.bundle_key).element(submission.process_id, submission.element_id)
    outcome = _outcome(product.definitions, submission)
    return Filed(submission, element.name, outcome, _remarks(product.definitions, submission) if outcome else ())


def documents_of(product: Application, record: CaseRecord) -> list[Documents]:
    """The files of a case by submission, the latest first; submissions without files are left out."""
    found = [_documents(product, submission) for submission in reversed(record.submissions)]
    return [bundle for bundle in found if bundle.documents]


def form_of(library: DefinitionLibrary, submission: Submission) -> Form | None:
    return library.parsed_form(submission.bundle_key, submission.form_id) if submission.form_id else None


def _is_told(happened: TimelineEntry) -> bool:
    if happened.kind not in _TOLD:
        return False
    kinds = _TOLD[happened.kind]
    return bool(happened.name) and (kinds is None or happened.element_type in kinds)


def _entry(library: DefinitionLibrary, happened: TimelineEntry, submissions: dict[str, Submission]) -> Entry:
    submission = submissions.get(happened.submission_id or "")
    organisation = f"{happened.actor_org} " if happened.actor_org else ""
    return Entry(
        at=happened.at,
        name=_PREFIXES.get(happened.kind, "") + happened.name,
        who=f"{organisation}{happened.actor_name}" if happened.actor_id else "系统自动",
        style="failed" if happened.kind == "failed" else "person" if happened.actor_id else "system",
        element_id=happened.element_id,
        outcome=_outcome(library, submission) if submission else "",
        note=happened.note,
        submission_id=happened.submission_id,
        clauses=happened.clauses,
    )


def _outcome(library: DefinitionLibrary, submission: Submission) -> str:
    """The decision in a submission, as the form marks it: one choice, or what was found about several points."""
    form = form_of(library, submission)
    decided = (
        _words(part, submission.data[part.key])
        for part in (walk(form.components) if form else ())
        if isinstance(part, Field) and part.outcome and submission.data.get(part.key)
    )
    return "、".join(dict.fromkeys(decided))


def _remarks(library: DefinitionLibrary, submission: Submission) -> list[tuple[str, str]]:
    """The reasons and opinions in a submission: its long texts, with their labels."""
    form = form_of(library, submission)
    texts = (p for p in (walk(form.components) if form else ()) if isinstance(p, Field) and p.kind is Kind.LONG_TEXT)
    return [(part.label, str(submission.data[part.key])) for part in texts if submission.data.get(part.key)]


def _words(part: Field, value: Json) -> str:
    return readable(part, value, options=fields.options(part, {}))


def _documents(product: Application, submission: Submission) -> Documents:
    form = form_of(product.definitions, submission)
    labels = {part.key: part.label for part in walk(form.components) if isinstance(part, Field)} if form else {}
    return Documents(
        name=filed(product, submission).name,
        submitted_by=submission.submitted_by_name,
        submitted_at=submission.submitted_at,
        documents=[
            Document(str(file["id"]), str(file["name"]), int(file["size"]), labels.get(key, ""))
            for key, value in submission.data.items()
            for file in files_in({key: value})
        ],
    )
