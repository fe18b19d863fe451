"""The clause matrix: what carries each clause of the regulation, and which scenarios prove it. Everybody reads it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from flask import Blueprint, render_template, request

from app.features.clauses.model import KINDS, Coverage, Element, Entry, Proven
from app.features.clauses.telling import Teller
from app.features.definitions.model import Bundle
from app.kernel.errors import Missing
from app.web.current import identity, product

clauses = Blueprint("clauses", __name__, url_prefix="/clauses")

SHOWN: Final = {
    "uncarried": "没有落实的",
    "unproven": "没有场景证明的",
    "readings": "有解读的",
}


@dataclass(frozen=True)
class Counts:
    """How many clauses there are, how many something carries, and how many a scenario proves on this version."""

    all: int
    carried: int
    proven: int


@clauses.get("/")
def matrix() -> str:
    deployed = deployed_bundle()
    rows = product().clauses.matrix(deployed.key) if deployed else []
    chosen = [row for row in rows if _is_chosen(row)]
    return render_template(
        "clauses/matrix.html",
        deployed=deployed,
        sections=[(name, list(group)) for name, group in groupby(chosen, key=lambda row: row.clause.section)],
        counts=Counts(len(rows), sum(row.carried for row in rows), sum(row.proven for row in rows)),
        played=_played(product().clauses.scenarios(deployed.key)) if deployed else None,
        all_sections=list(dict.fromkeys(row.clause.section for row in rows)),
        kinds=KINDS,
        shown=SHOWN,
        by_process=by_process,
        by_form=by_form,
        keeps=keeps_processes(),
    )


@clauses.get("/<clause_id>")
def show(clause_id: str) -> str:
    deployed = _required()
    row = product().clauses.clause(deployed.key, clause_id)
    ids = list(product().clauses.clauses)
    place = ids.index(clause_id)
    return render_template(
        "clauses/show.html",
        row=row,
        deployed=deployed,
        before=ids[place - 1] if place else None,
        after=ids[place + 1] if place + 1 < len(ids) else None,
        by_process=by_process,
        by_form=by_form,
        versions=versions(),
    )


@clauses.get("/scenarios/")
def list_scenarios() -> str:
    deployed = _required()
    found = product().clauses.scenarios(deployed.key)
    return render_template(
        "clauses/scenarios.html", deployed=deployed, scenarios=found, played=_played(found), versions=versions()
    )


@clauses.get("/scenarios/<scenario_id>")
def show_scenario(scenario_id: str) -> str:
    deployed = _required()
    found = product().clauses.scenario(deployed.key, scenario_id)
    library = product().definitions
    titles = {kind.id: kind.title for kind in product().paper_kinds.values()}
    teller = Teller(library.compiled(deployed.key), library.forms(deployed.key), titles)
    return render_template(
        "clauses/scenario.html",
        proven=found,
        deployed=deployed,
        steps=teller.tell(found.scenario.content),
        versions=versions(),
        keeps=keeps_processes(),
    )


@dataclass(frozen=True)
class Played:
    """How many scenarios there are, by what is known of them on the version in force."""

    passed: int
    failed: int
    outdated: int
    never: int

    @property
    def all(self) -> int:
        return self.passed + self.failed + self.outdated + self.never


def _played(found: Iterable[Proven]) -> Played:
    proofs = [each.proof for each in found]
    return Played(*(proofs.count(proof) for proof in ("passed", "failed", "outdated", "never")))


def by_process(elements: Iterable[Element]) -> list[tuple[Element, list[Element]]]:
    """Elements under the first of each process; those of one process stand together already."""
    groups = (list(group) for _, group in groupby(elements, key=lambda each: each.process_id))
    return [(group[0], group) for group in groups]


def by_form(entries: Sequence[Entry]) -> list[tuple[Entry, list[Entry]]]:
    """Parts of forms under the first of each form."""
    groups = (list(group) for _, group in groupby(entries, key=lambda each: each.form_id))
    return [(group[0], group) for group in groups]


def keeps_processes() -> bool:
    """Whether commands mean something to the reader."""
    return bool(identity().roles & {"process-owner", "administrator"})


def versions() -> dict[str, int]:
    """The version numbers of the deployed bundles by their keys."""
    return {bundle.key: bundle.version for bundle in product().definitions.bundles()}


def deployed_bundle() -> Bundle | None:
    return next((bundle for bundle in product().definitions.bundles() if bundle.current), None)


def _required() -> Bundle:
    deployed = deployed_bundle()
    if deployed is None:
        raise Missing("还没有部署流程图。")
    return deployed


def _is_chosen(row: Coverage) -> bool:
    asked = {name: request.args.get(name, "").strip() for name in ("section", "kind", "show", "q")}
    clause = row.clause
    return (
        asked["section"] in ("", clause.section)
        and asked["kind"] in ("", clause.kind)
        and not (asked["show"] == "uncarried" and row.carried)
        and not (asked["show"] == "unproven" and row.proven)
        and not (asked["show"] == "readings" and not row.readings)
        and asked["q"] in f"{clause.id} {clause.point} {clause.requires} {clause.quote}"
    )
