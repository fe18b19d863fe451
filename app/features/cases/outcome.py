"""How a project ends, read from the results that its phases left behind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from app.features.projects.model import Status

# The first result that holds decides; a later phase would not have been reached after an earlier refusal.
_RESULTS: Final[tuple[tuple[str, str, Status], ...]] = (
    ("project_sanction", "terminate", "terminated"),
    ("application_result", "rejected", "rejected"),
    ("special_case", "refused", "rejected"),
    ("precheck_result", "refused", "rejected"),
    ("review_conclusion", "fail", "rejected"),
    ("plan_decision", "dropped", "rejected"),
    ("plan_decision", "approved", "finished"),
)


def outcome(variables: Mapping[str, Any]) -> Status:
    """The status of a project whose life cycle has ended; without any result its applicant has withdrawn it."""
    return next((status for name, value, status in _RESULTS if variables.get(name) == value), "withdrawn")
