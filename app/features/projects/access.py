"""Which roles may know of which projects (2-1 to 2-5)."""

from __future__ import annotations

from app.features.projects.model import PROCURED_STAGES

__all__ = [
    "APPLICANT_ROLES",
    "PROCURED_STAGES",
    "SEES_CONFIDENTIAL_PROJECTS",
    "SEES_OPEN_PROJECTS",
    "SEES_PROCURED_PROJECTS",
]

APPLICANT_ROLES = frozenset({"applicant", "applicant-lead"})
SEES_OPEN_PROJECTS = frozenset(
    {
        "data-bureau",
        "data-bureau-lead",
        "finance",
        "finance-lead",
        "audit",
        "district-government",
        "administrator",
    }
)
SEES_PROCURED_PROJECTS = frozenset({"trading-center"})
SEES_CONFIDENTIAL_PROJECTS = frozenset({"secrecy-office", "finance", "finance-lead"})
