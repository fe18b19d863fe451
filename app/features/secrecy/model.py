"""The ledger of classified projects: what the offices that supervise them have on record (3.1-6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from app.features.projects.access import SEES_CONFIDENTIAL_PROJECTS
from app.features.projects.model import Project

READERS: Final = SEES_CONFIDENTIAL_PROJECTS
OFFICES: Final = {"secrecy": "保密安全室", "funds": "财政局"}
"""Who supervises, by the property `prefix` of the task in which an inspection is entered."""


@dataclass(frozen=True)
class Confirmation:
    """The secrecy office has confirmed that a project is classified, and given it its code."""

    submission_id: str
    code: str
    file_number: str
    confirmed_on: date
    by_name: str


@dataclass(frozen=True)
class Inspection:
    """An inspection by an office of `OFFICES`; `closed` ends its supervision of the project."""

    submission_id: str
    office: str
    checked_on: date
    finding: str
    problem: bool
    measures: str
    closed: bool
    by_name: str
    entered_at: datetime

    @property
    def office_label(self) -> str:
        return OFFICES.get(self.office, self.office)


@dataclass(frozen=True)
class Classified:
    """A confidential project in the ledger; the latest inspection comes first."""

    project: Project
    confirmation: Confirmation | None
    inspections: tuple[Inspection, ...]

    @property
    def state(self) -> str:
        if self.project.status != "running":
            return "监督办结" if self.confirmation else self.project.status_label
        return "监督管理中" if self.confirmation else "待审查确认"


@dataclass(frozen=True)
class Page:
    """A page of the ledger; `after` continues behind its last entry, None at the end."""

    entries: tuple[Classified, ...]
    after: str | None
