"""What surrounds a form: the names that its conditions, texts and option lists may use."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from app.features.forms.model import Component, Field, Form, Rows, walk
from app.features.identity.model import Organisation
from app.features.inbox.records import LISTS
from app.features.projects.model import Project
from app.kernel.clock import local

OPTION_LISTS: Final = {
    "consultants": "consultant",
    "review_agencies": "review-agency",
    "contractors": "contractor",
    "supervisors": "supervisor",
    "test_agencies": "test-agency",
    "cloud_providers": "cloud-provider",
}
"""Lists of organisations that a field may offer (`valuesKey`), by the kind of organisation each holds."""


def surroundings(
    form: Form,
    *,
    variables: Mapping[str, Any],
    project: Project | None,
    now: datetime,
    organisations: Callable[[], Sequence[Organisation]],
    records: Callable[[str], Sequence[Mapping[str, Any]]] = lambda _name: (),
) -> dict[str, Any]:
    """The context of a form: the process variables, `project`, `today`, and the lists that its fields offer.

    `organisations` reads all of them, if such a list is there; `records` reads a list that gives rows, by its name.
    """
    return {
        **variables,
        "project": _facts(project),
        "today": local(now).date().isoformat(),
        **_lists(form, organisations),
        **{name: list(records(name)) for name in _sources(form)},
    }


def _facts(project: Project | None) -> dict[str, Any] | None:
    if project is None:
        return None
    amounts: dict[str, Any] = {kind: None if value is None else float(value) for kind, value in project.amounts.items()}
    named = {"code": project.code, "name": project.name, "unit": project.unit, "round_year": project.round_year}
    return {**named, **amounts, "responsible": project.responsible, "stage": project.stage}


def _lists(form: Form, organisations: Callable[[], Sequence[Organisation]]) -> dict[str, Any]:
    wanted = {field.options_key or "" for field in _fields(form.components)} & OPTION_LISTS.keys()
    if not wanted:
        return {}
    known = organisations()
    return {
        name: [{"value": org.id, "label": org.name} for org in known if org.kind == OPTION_LISTS[name]]
        for name in wanted
    }


def _sources(form: Form) -> set[str]:
    """The lists that give rows of the form."""
    named = {part.source for part in walk(form.components) if isinstance(part, Rows) and part.source}
    return named & LISTS


def _fields(components: tuple[Component, ...]) -> Iterator[Field]:
    for component in walk(components):
        if isinstance(component, Field):
            yield component
        elif isinstance(component, Rows):
            yield from _fields(component.components)
