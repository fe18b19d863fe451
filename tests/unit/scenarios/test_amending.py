"""A row that changes from a day on: what was registered before keeps the old one (4-5)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from app.bootstrap import FORMS, PROCESSES
from app.engine.decisions import evaluate, parse_decisions
from app.engine.expressions import Feel
from app.engine.model import Resource
from app.features.definitions.usecases import read_directories
from app.scenarios.amending import TableUnclear, amended

FILES = read_directories(PROCESSES, FORMS)
NOW = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
def feel() -> Iterator[Feel]:
    feel = Feel()
    yield feel
    feel.close()


def asked(feel: Feel, files: list[Resource], decision: str, **inputs: object) -> object:
    tables = {each.id: each for file in files if file.path.endswith(".dmn") for each in parse_decisions(file)}
    return evaluate(decision, tables, inputs, feel, NOW)


def test_a_standard_changes_for_those_who_come_later(feel: Feel) -> None:
    changed = amended(FILES, "thresholds", since=date(2026, 1, 1), where={}, values={"onsite": "50"})
    for registered, method in (("2025-12-31", "written"), ("2026-01-01", "onsite")):
        assert asked(feel, changed, "review-method", estimate=60, as_of=registered) == method
    assert asked(feel, FILES, "review-method", estimate=60, as_of="2026-01-01") == "written"


def test_one_row_of_many_changes(feel: Feel) -> None:
    row = {"key": '"trial-run"'}
    changed = amended(FILES, "statutory-periods", since=date(2026, 1, 1), where=row, values={"value": "6"})
    found = [
        asked(feel, changed, "statutory-periods", key=key, as_of=day)["value"]
        for key, day in (("trial-run", "2025-12-31"), ("trial-run", "2026-01-01"), ("acceptance-work", "2026-01-01"))
    ]
    assert found == [3, 6, 20]


def test_it_can_change_again(feel: Feel) -> None:
    once = amended(FILES, "thresholds", since=date(2026, 1, 1), where={}, values={"onsite": "50"})
    twice = amended(once, "thresholds", since=date(2027, 1, 1), where={}, values={"onsite": "200"})
    days = ("2025-12-31", "2026-12-31", "2027-01-01")
    assert [asked(feel, twice, "thresholds", as_of=day)["onsite"] for day in days] == [100, 50, 200]


@pytest.mark.parametrize(
    ("decision", "where", "values"),
    [
        ("no-such-table", {}, {"onsite": "1"}),
        ("thresholds", {}, {"elsewhere": "1"}),
        ("statutory-periods", {"key": '"no-such-row"'}, {"value": "1"}),
        ("application-route", {}, {"application_route": '"normal"'}),
    ],
)
def test_what_is_not_there_is_refused(decision: str, where: dict[str, str], values: dict[str, str]) -> None:
    with pytest.raises(TableUnclear):
        amended(FILES, decision, since=date(2026, 1, 1), where=where, values=values)
