"""A project keeps the version of the rules that it began under (4-5): nothing in the diagrams may read another."""

from __future__ import annotations

from pathlib import Path

from app.engine.dialect import Reader
from app.engine.model import Resource
from app.engine.parsing import read_diagram

DIAGRAMS = sorted((Path(__file__).parents[2] / "processes").glob("*.bpmn"))


def test_every_decision_is_asked_as_of_the_day_of_registration() -> None:
    asked = {}
    for path in DIAGRAMS:
        for process in Reader(read_diagram(Resource(path.name, path.read_bytes())), path.name).processes():
            for element, _ in process.all_elements():
                if element.decision:
                    asked[element.id] = {mapping.target: mapping.source for mapping in element.inputs}.get("as_of")
    assert asked
    assert {element: day for element, day in asked.items() if day != "=registered_on"} == {}
