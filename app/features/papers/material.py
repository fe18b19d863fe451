"""What documents are filled from: a project, its parties and offices, and the latest answers of every form."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

from app.features.forms.model import Form
from app.features.projects.model import Party, Project

FormOf: TypeAlias = Callable[[str, str], Form]
"""The form of a bundle, by the bundle's key and the form's id."""


@dataclass(frozen=True)
class Answered:
    """A form as it was filled in, in the case and the task where that was."""

    form: Form
    data: Mapping[str, Any]
    context: Mapping[str, Any]
    case_id: str
    task_id: str


@dataclass(frozen=True)
class Material:
    """Everything that the sources of placeholders can name. `offices` are names of organisations by role.

    `plan` and `lines` are an annual plan and the projects that are included in it.
    """

    project: Project | None
    parties: Sequence[Party]
    offices: Mapping[str, str]
    answers: Mapping[str, Answered]
    variables: Mapping[str, Any]
    plan: Mapping[str, Any]
    lines: Sequence[Mapping[str, Any]]
    number: str | None
    dated: date | None
