"""Official documents: the kinds there are, and what was issued of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, Literal, TypeAlias

from app.features.documents.model import Attachment

SCAN_TYPES: Final = frozenset({"application/pdf", "application/ofd", "image/jpeg", "image/png"})
NOT_NUMBERED: Final = "　　〔　　〕　　号"
"""What stands for the number as long as there is none: a preview, or a letter that its writer numbers himself."""

Read: TypeAlias = Literal["words", "boxes", "rows", "files", "sum"]


@dataclass(frozen=True)
class Source:
    """Where a placeholder's value comes from: a `path` such as `project.name` or `submit-application.letter_title`.

    `how` it is written: in words, as boxes of which those chosen are ticked, as rows of `columns` (heading to key of
    the row) filled up to `at_least` with empty ones, as the names of files, or as the exact sum of the numbers at
    `paths`. Several choices are written with the `separator` between them; `otherwise` stands where there is nothing.
    """

    path: str
    how: Read = "words"
    columns: Mapping[str, str] | None = None
    at_least: int = 0
    otherwise: str = ""
    separator: str = "、"
    paths: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sheet:
    """How a workbook is laid out.

    Its `heading` has placeholders in braces, `rows` is the placeholder of its table, and the columns `amounts` are
    numbers that are added up.
    """

    heading: str
    rows: str
    amounts: tuple[str, ...]


@dataclass(frozen=True)
class Kind:
    """A kind of document, as forms/documents/kinds.yaml describes it.

    `form` is the form that must have been filled in before there is anything to print, `tasks` the elements on whose
    page it is offered, `issuers` the roles that may issue it; a sample without issuers is for everybody. `series`
    numbers what is issued, by year (峄数审〔2026〕1号); `number_field` is the field of the form that takes the number
    over, `date_field`, such as `issue-opinion.opinion_date`, the document's date. `about` is what it is made of, a
    project or an annual plan. Kinds with a `sheet` are workbooks and have no template to edit. `when` are the answers
    of the form, by field, to which alone the document belongs: no notice to rectify follows a clean inspection.
    Forms that come `later` are printed in it too, such as the bureau's answer to an application, but only as they
    were filled in after it.
    """

    id: str
    title: str
    clauses: tuple[str, ...]
    values: Mapping[str, Source]
    form: str | None = None
    tasks: tuple[str, ...] = ()
    issuers: tuple[str, ...] = ()
    series: str | None = None
    number_field: str | None = None
    date_field: str | None = None
    about: Literal["project", "plan"] = "project"
    sheet: Sheet | None = None
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    later: tuple[str, ...] = ()

    def belongs_to(self, answers: Mapping[str, Any]) -> bool:
        """Whether answers of its form are such that the document follows from them."""
        return all(answers.get(name) in values for name, values in self.when.items())

    @property
    def ending(self) -> str:
        return ".xlsx" if self.sheet else ".docx"

    @property
    def placeholders(self) -> Mapping[str, frozenset[str]]:
        """What a template of this kind may name: placeholders, and the columns of those that are rows."""
        return {name: frozenset(source.columns or ()) for name, source in self.values.items()}


@dataclass(frozen=True)
class Template:
    """A version of a kind's template; number 0 is the one that came with the product."""

    kind: str
    version: int
    sha256: str
    size: int
    note: str
    added_by: str
    added_at: datetime | None


@dataclass(frozen=True)
class Scan:
    """The stamped original of a document, as it was scanned."""

    attachment: Attachment
    added_by: str
    added_at: datetime


@dataclass(frozen=True)
class Paper:
    """A document that was issued. It never changes; issued again for the same `occasion`, it is a new `version`.

    The occasion is the task whose form it was filled from. `number` is None for kinds without a series.
    """

    id: str
    kind: str
    title: str
    case_id: str
    project_id: str | None
    occasion: str
    version: int
    number: str | None
    dated: date
    template_version: int
    template_sha256: str
    attachment_id: str
    name: str
    sha256: str
    size: int
    issued_by: str
    issued_by_name: str
    issued_org: str
    issued_at: datetime
    scans: tuple[Scan, ...] = ()


@dataclass(frozen=True)
class Offer:
    """A document that a person may have made now, of a case, from a task's draft where there is a task.

    `may_issue` says whether he may also issue it.
    """

    kind: Kind
    case_id: str
    task_id: str | None
    may_issue: bool


@dataclass(frozen=True)
class Panel:
    """What a page shows of documents: those that can be made, and those issued, the latest first."""

    offers: Sequence[Offer]
    issued: Sequence[Paper]
    scannable: frozenset[str]


@dataclass(frozen=True)
class Made:
    """A document that was made, not issued: its file name and content."""

    name: str
    content: bytes
