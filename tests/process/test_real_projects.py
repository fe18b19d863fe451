"""Published projects, odd names, amounts with six decimals and all, go through as applications."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from app.demo.records import Record, records
from app.kernel.clock import ZONE
from app.scenarios.model import Do, Expectation, Proceed, Scenario, Start
from app.scenarios.running import Stage, report

RECORDS = records()
AT = datetime(2025, 9, 1, 9, tzinfo=ZONE)
THRESHOLD = 100


def application(record: Record) -> Scenario:
    """The record as a project of the district, up to the review, or to its early end."""
    answers = {
        "nature": record.nature,
        "category": record.category,
        "estimate": record.amount,
        "purchase_only": "yes" if record.purchase_only else "no",
        "main_content": "；".join(record.contents),
    }
    scope = {key: value for key, value in answers.items() if key != "main_content"}
    if record.negative_items:
        scope |= {
            "negative_hit": "yes",
            "negative_items": list(record.negative_items),
            "special_reason": "已有设施不能共用，须单独建设。",
        }
    rest = Proceed("precheck-review", {"submit-application": {"main_content": answers["main_content"]}})
    return Scenario(
        path=Path(record.id),
        name=record.name,
        clauses=(),
        start=Start(AT, unit="区教育和体育局", project=record.name),
        steps=(Do("declare-scope", scope, at=AT + timedelta(hours=1)), *(() if record.purchase_only else (rest,))),
        expect=expectation(record),
    )


def expectation(record: Record) -> Expectation:
    amounts = {"estimate": record.amount}
    if record.purchase_only:
        passed = frozenset({"end-not-applicable"})
        return Expectation(status="completed", passed=passed, not_passed=frozenset({"end-accepted"}), amounts=amounts)
    ways = {"review-special-case": bool(record.negative_items), "consultant-selection": record.amount >= THRESHOLD}
    return Expectation(
        status="running",
        stage="审核",
        tasks=frozenset({"precheck-review"}),
        passed=frozenset({"end-accepted", *(way for way, taken in ways.items() if taken)}),
        not_passed=frozenset(way for way, taken in ways.items() if not taken),
        amounts=amounts,
    )


def test_the_records_are_varied() -> None:
    assert len(RECORDS) >= 12
    assert len({record.name for record in RECORDS}) == len(RECORDS)
    assert {record.nature for record in RECORDS} == {"engineering", "service"}
    assert any(record.amount < THRESHOLD for record in RECORDS)
    assert any(record.negative_items for record in RECORDS)
    assert any(record.purchase_only for record in RECORDS)


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.id)
def test_a_real_project_is_applied_for(stage: Stage, record: Record) -> None:
    story = stage.run(application(record))
    assert not story.problems, report([story])
    assert story.project is not None
    assert story.project.name == record.name
