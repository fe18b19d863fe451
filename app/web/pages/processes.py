"""The deployed diagrams, decision tables and forms, for everybody to read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, Response, render_template, request

from app.engine import decisions
from app.engine.model import Definitions, ElementInfo, ProcessInfo
from app.features.clauses.carriers import form_names
from app.features.definitions.model import Bundle
from app.features.forms.model import Component, Computed, Field, Form, Group, Kind, Rows, Table, Text, walk
from app.kernel.errors import Missing
from app.web.current import identity, product

processes = Blueprint("processes", __name__, url_prefix="/processes")

_FIELD_KINDS: Final = {
    Kind.TEXT: "文字",
    Kind.LONG_TEXT: "长文字",
    Kind.NUMBER: "数字",
    Kind.SELECT: "单选",
    Kind.RADIO: "单选",
    Kind.CHECKBOX: "勾选",
    Kind.CHECKLIST: "多选",
    Kind.TAGLIST: "多选",
    Kind.DATE: "日期",
    Kind.FILES: "附件",
}
_NOT_LISTED = frozenset({"exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway"})


@processes.get("/")
def list_processes() -> str:
    deployed, library = _deployed(), product().definitions
    definitions = library.compiled(deployed.key) if deployed else None
    return render_template(
        "processes/list.html",
        deployed=deployed,
        may_edit_templates=identity().has("process-owner"),
        processes=definitions.processes.values() if definitions else (),
        decisions=library.decisions(deployed.key).values() if deployed else (),
        forms=form_names(definitions) if definitions else {},
    )


@processes.get("/<process_id>")
def show(process_id: str) -> str:
    deployed = _deployed()
    definitions = product().definitions.compiled(deployed.key) if deployed else None
    if deployed is None or definitions is None or process_id not in definitions.processes:
        raise Missing("没有这张流程图。")
    process = definitions.processes[process_id]
    return render_template(
        "processes/show.html",
        key=deployed.key,
        process=process,
        elements=[each for each in process.elements.values() if each.name and each.type not in _NOT_LISTED],
        names={each.id: each.name for each in definitions.processes.values()},
        decisions={each.id: each.name for each in product().definitions.decisions(deployed.key).values()},
        clause=request.args.get("clause", ""),
        element=request.args.get("element", ""),
    )


@processes.get("/tables/<decision_id>")
def show_table(decision_id: str) -> str:
    """A decision as its owner wrote it: the table with its rows, or the expression."""
    deployed = _deployed()
    found = product().definitions.decisions(deployed.key).get(decision_id) if deployed else None
    if deployed is None or found is None:
        raise Missing("没有这张决策表。")
    definitions = product().definitions.compiled(deployed.key)
    used = [(process, element) for process, element in _elements(definitions) if element.called_decision == decision_id]
    table = found.logic if isinstance(found.logic, decisions.Table) else None
    return render_template("processes/table.html", decision=found, table=table, used=used)


@processes.get("/forms/<form_id>")
def show_form(form_id: str) -> str:
    """What a form asks for, with the clauses its parts rest on."""
    deployed = _deployed()
    form = product().definitions.forms(deployed.key).get(form_id) if deployed else None
    if deployed is None or form is None:
        raise Missing("没有这张表单。")
    definitions = product().definitions.compiled(deployed.key)
    used = [(process, element) for process, element in _elements(definitions) if element.form_id == form_id]
    return render_template(
        "processes/form.html",
        form=form,
        name=form_names(definitions).get(form_id, form_id),
        parts=list(_parts(form)),
        used=used,
        clause=request.args.get("clause", ""),
    )


@processes.get("/bundles/<key>/<path:path>")
def source(key: str, path: str) -> Response:
    """A diagram as it was deployed. It never changes, so browsers may keep it."""
    if not path.endswith(".bpmn"):
        raise Missing("没有这张流程图。")
    response = Response(product().definitions.source(key, path), content_type="application/xml; charset=utf-8")
    response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    return response


def _deployed() -> Bundle | None:
    return next((bundle for bundle in product().definitions.bundles() if bundle.current), None)


@dataclass(frozen=True)
class Part:
    """A line of the list of what a form asks for; headings have no `kind`."""

    id: str
    label: str
    kind: str
    note: str
    clauses: tuple[str, ...]
    required: bool = False
    inside: bool = False


def _parts(form: Form) -> Iterator[Part]:
    for part in walk(form.components):
        if isinstance(part, Group):
            yield Part(part.id, part.label, "", part.description, part.clauses)
        elif isinstance(part, Rows):
            yield Part(part.id, part.label, "明细表", part.description, part.clauses, part.min_rows > 0)
            for column in part.components:
                yield from _asked(column, inside=True)
        else:
            yield from _asked(part, inside=False)


def _asked(part: Component, *, inside: bool) -> Iterator[Part]:
    if isinstance(part, Field):
        kind = "只读" if part.read_only else _FIELD_KINDS[part.kind]
        yield Part(part.id, part.label, kind, part.description, part.clauses, part.limits.required, inside)
    elif isinstance(part, Computed | Text | Table) and part.label:
        yield Part(part.id, part.label, "显示", "", part.clauses, inside=inside)


def _elements(definitions: Definitions) -> Iterator[tuple[ProcessInfo, ElementInfo]]:
    """Every element of a bundle, with the process it is drawn in."""
    for process in definitions.processes.values():
        for element in process.elements.values():
            yield process, element
