"""The ledger of government cloud resources as people read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from app.features.projects.access import APPLICANT_ROLES, SEES_OPEN_PROJECTS
from services.cloud import PROVIDER, CloudResource, State

READERS: Final = SEES_OPEN_PROJECTS | APPLICANT_ROLES | {PROVIDER}
"""These read the ledger, each as far as he may know of the projects, a provider what is his own of them."""


@dataclass(frozen=True)
class CloudEntry:
    """A resource with the project that holds it, and the case in which it was allocated."""

    resource: CloudResource
    project_code: str
    project_name: str
    unit: str
    case_id: str


@dataclass(frozen=True)
class CloudFilter:
    """What a search narrows; an absent field narrows nothing."""

    text: str = ""
    state: State | None = None


@dataclass(frozen=True)
class CloudPage:
    """A page of the ledger; `after` continues behind the last entry, None at the end. `providers` are names by id."""

    entries: tuple[CloudEntry, ...]
    providers: dict[str, str]
    after: str | None
