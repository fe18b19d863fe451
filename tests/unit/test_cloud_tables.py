"""The tables of 附件5 at their boundaries: utilisation that is too low, and who approves a change."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest

from app.bootstrap import PROCESSES
from app.engine.decisions import Decision, evaluate, parse_decisions
from app.engine.expressions import Feel
from app.engine.model import Resource
from app.kernel.clock import ZONE

NOW = datetime(2026, 3, 2, 9, tzinfo=ZONE)


@pytest.fixture(scope="module")
def feel() -> Iterator[Feel]:
    feel = Feel()
    yield feel
    feel.close()


@pytest.fixture(scope="module")
def tables() -> dict[str, Decision]:
    path = PROCESSES / "decisions" / "cloud.dmn"
    return {decision.id: decision for decision in parse_decisions(Resource("cloud.dmn", path.read_bytes()))}


@pytest.mark.parametrize(
    ("used", "low"),
    [
        ((20, 30, 60), []),
        ((19.99, 30, 60), ["cpu"]),
        ((20, 29.99, 60), ["memory"]),
        ((20, 30, 59.99), ["storage"]),
        ((0, 0, 0), ["cpu", "memory", "storage"]),
        ((100, 100, 100), []),
    ],
)
def test_one_resource_below_its_threshold_is_enough_and_the_threshold_itself_is_not_below(
    feel: Feel, tables: dict[str, Decision], used: tuple[float, float, float], low: list[str]
) -> None:
    context = dict(zip(("cloud_cpu_usage", "cloud_memory_usage", "cloud_storage_usage"), used, strict=True))
    assert evaluate("cloud-usage", tables, {**context, "as_of": "2025-09-15"}, feel, now=NOW) == low


@pytest.mark.parametrize(
    ("kind", "stage", "city"),
    [
        ("change", "实施", True),
        ("change", "初步验收", False),
        ("change", "绩效评估", False),
        ("stop", "实施", False),
        ("settled", "实施", False),
    ],
)
def test_a_change_while_the_project_is_built_goes_to_the_city(
    feel: Feel, tables: dict[str, Decision], kind: str, stage: str, city: bool
) -> None:
    context = {"cloud_change_kind": kind, "project_stage": stage, "as_of": "2025-09-15"}
    assert evaluate("cloud-change-approval", tables, context, feel, now=NOW) is city
