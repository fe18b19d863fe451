"""Every clause of the regulation is carried by what is drawn, and a scenario lists it; nothing cites what is no clause.

That the scenarios hold is what tests/process/test_scenarios.py shows for each of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from app.bootstrap import DOCUMENTS, FORMS, PROCESSES
from app.engine.decisions import parse_decisions
from app.engine.engine import Engine
from app.engine.expressions import Feel
from app.features.clauses.carriers import carriers, ids_in
from app.features.clauses.files import read_clauses, read_readings, read_scenarios
from app.features.clauses.model import KINDS, Carriers
from app.features.definitions.checks import parse_forms
from app.features.definitions.usecases import read_directories
from app.features.papers.kinds import read_kinds
from app.features.papers.model import Kind
from services.citations import CITATIONS
from services.registry import TASKS
from tests.support.citing import cited

CLAUSES = {clause.id: clause for clause in read_clauses(PROCESSES)}
SECTIONS = {"1": 3, "2": 5, "3.1": 10, "3.2": 16, "3.3": 11, "3.4": 9, "3.5": 2, "4": 5}
APPENDICES = {"附1": 1, "附2": 2, "附3": 1, "附4": 7, "附5": 10}


@pytest.fixture(scope="module")
def carried() -> Iterator[Mapping[str, Carriers]]:
    feel = Feel()
    resources = read_directories(PROCESSES, FORMS)
    forms, problems = parse_forms(resources)
    assert problems == []
    tables = [each for file in resources if file.path.endswith(".dmn") for each in parse_decisions(file)]
    yield carriers(Engine(feel).compile(resources), tables, forms)
    feel.close()


def test_the_clauses_are_those_of_the_regulation_in_its_order() -> None:
    expected = [f"{part}-{number}" for part, count in (SECTIONS | APPENDICES).items() for number in range(1, count + 1)]
    assert [clause.id for clause in read_clauses(PROCESSES)] == expected
    assert len(expected) == 82


def test_a_clause_says_everything() -> None:
    for clause in CLAUSES.values():
        assert clause.kind in KINDS
        assert clause.section
        assert clause.point
        assert clause.requires
        assert clause.quote


@pytest.mark.parametrize("clause_id", CLAUSES)
def test_a_clause_is_carried(carried: Mapping[str, Carriers], clause_id: str) -> None:
    kind = CLAUSES[clause_id].kind
    assert carried.get(clause_id, Carriers()).carry(kind), f"nothing carries {clause_id} ({kind})"


@pytest.mark.parametrize("clause_id", CLAUSES)
def test_a_clause_is_proven_by_a_scenario(clause_id: str) -> None:
    assert [each.id for each in read_scenarios(PROCESSES) if clause_id in each.clauses], f"no scenario: {clause_id}"


@pytest.mark.parametrize("kind", read_kinds(DOCUMENTS / "kinds.yaml").values(), ids=lambda kind: kind.id)
def test_a_document_is_issued_in_a_scenario_of_each_of_its_clauses(kind: Kind) -> None:
    issuing = [
        set(each.clauses)
        for each in read_scenarios(PROCESSES)
        if any(step.get("issue") == kind.id and "refused" not in step for step in each.content.get("steps") or ())
    ]
    assert set(kind.clauses) - set().union(*issuing) == set()


def test_nothing_cites_what_is_no_clause(carried: Mapping[str, Carriers]) -> None:
    assert carried.keys() - CLAUSES.keys() == set()
    assert {clause for each in read_scenarios(PROCESSES) for clause in each.clauses} - CLAUSES.keys() == set()
    assert {reading.clause for reading in read_readings(PROCESSES)} - CLAUSES.keys() == set()
    assert {clause for each in CITATIONS.values() for clause in each.clauses} - CLAUSES.keys() == set()


def test_a_reading_has_its_reason() -> None:
    assert [each.clause for each in read_readings(PROCESSES) if not (each.reading and each.reason)] == []


def test_the_clauses_of_a_service_are_those_its_code_cites() -> None:
    """services/citations.py says what the matrix shows; whoever changes a check changes it there."""
    order = list(CLAUSES)
    found = {name: tuple(sorted(cited(task), key=order.index)) for name, task in TASKS.items()}
    declared = {name: citation.clauses for name, citation in CITATIONS.items()}
    assert declared == {name: clauses for name, clauses in found.items() if clauses}


def test_a_date_is_no_clause() -> None:
    assert ids_in("峄城区细则2022-03-10起施行：3.1-5 3.2-7、附4-6（依据3.3-7）") == ["3.1-5", "3.2-7", "附4-6", "3.3-7"]
    assert ids_in("1.5-2.5、3-1.5 2026-10-12 YC2027-0001") == []
