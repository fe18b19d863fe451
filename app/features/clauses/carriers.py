"""Which elements, rows of tables, parts of forms and checks of a bundle carry each clause."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from app.engine.decisions import Decision, Table
from app.engine.model import Definitions, ElementInfo, ProcessInfo
from app.features.clauses.model import Carriers, Check, Element, Entry, Row
from app.features.forms.model import Component, Form, Rows, title_of, walk
from services.citations import CITATIONS

# An id of a clause in the annotation of a row, and nothing that only looks like one, such as a date.
_ID = re.compile(r"(?<![\w.-])附?\d(?:\.\d)?-\d+(?![\d-]|\.\d)", re.ASCII)


@dataclass
class _Found:
    elements: list[Element] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)


def carriers(
    definitions: Definitions, decisions: Iterable[Decision], forms: Mapping[str, Form]
) -> Mapping[str, Carriers]:
    """By the id of the clause, in the order of the bundle; what cites an id that is no clause is under that id."""
    found: defaultdict[str, _Found] = defaultdict(_Found)
    for process, element in _drawn(definitions):
        for clause in element.clauses:
            found[clause].elements.append(place_of(process, element))
    for decision in decisions:
        for clause, row in _rows(decision):
            found[clause].rows.append(row)
    for clause, entry in _entries(forms.values(), form_names(definitions)):
        found[clause].entries.append(entry)
    for clause, check in _checks(definitions):
        found[clause].checks.append(check)
    return {
        clause: Carriers(tuple(each.elements), tuple(each.rows), tuple(each.entries), tuple(each.checks))
        for clause, each in found.items()
    }


def form_names(definitions: Definitions) -> Mapping[str, str]:
    """What to call each form: the task in which it is filled in."""
    return {
        element.form_id: element.name
        for _, element in reversed(list(_drawn(definitions)))
        if element.form_id is not None
    }


def ids_in(words: str) -> list[str]:
    """The ids of clauses in an annotation, each once."""
    return list(dict.fromkeys(_ID.findall(words)))


def place_of(process: ProcessInfo, element: ElementInfo) -> Element:
    return Element(process.id, process.name, element.id, element.name or element.id, element.type)


def _drawn(definitions: Definitions) -> Iterator[tuple[ProcessInfo, ElementInfo]]:
    return ((process, each) for process in definitions.processes.values() for each in process.elements.values())


def _rows(decision: Decision) -> Iterator[tuple[str, Row]]:
    if not isinstance(decision.logic, Table):
        return
    for rule in decision.logic.rules:
        for clause in ids_in(rule.description):
            yield clause, Row(decision.id, decision.name, rule.number, rule.description)


def _entries(forms: Iterable[Form], names: Mapping[str, str]) -> Iterator[tuple[str, Entry]]:
    for form in forms:
        for component in _parts(form.components):
            for clause in component.clauses:
                yield clause, Entry(form.id, names.get(form.id, form.id), component.id, title_of(component))


def _parts(components: Sequence[Component]) -> Iterator[Component]:
    """Every part of a form, the columns of its lists included."""
    for component in walk(components):
        yield component
        if isinstance(component, Rows):
            yield from component.components


def _checks(definitions: Definitions) -> Iterator[tuple[str, Check]]:
    """The services that are called anywhere in the bundle, by the clauses they cite."""
    callers: defaultdict[str, list[Element]] = defaultdict(list)
    for process, element in _drawn(definitions):
        for type_ in {element.task_type, element.properties.get("check")} - {None}:
            callers[str(type_)].append(place_of(process, element))
    for type_, citation in CITATIONS.items():
        for clause in citation.clauses if type_ in callers else ():
            yield clause, Check(type_, citation.title, tuple(callers[type_]))
