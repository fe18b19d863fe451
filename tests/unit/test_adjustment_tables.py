"""What an adjustment of the plan asks for, at the boundaries of the tables (3.1-5 3.2-7 3.2-16 3.3-7)."""

from __future__ import annotations

from datetime import datetime

import pytest

from app.bootstrap import PROCESSES
from app.engine.decisions import evaluate, parse_decisions
from app.engine.expressions import Feel
from app.engine.model import Resource
from app.kernel.clock import ZONE

NOW = datetime(2026, 3, 2, 9, tzinfo=ZONE)
NOTHING = (False, False, False)


@pytest.mark.parametrize(
    ("reviewed", "before", "after", "asked"),
    [
        (99, 99, 99.999999, NOTHING),
        (99, 99, 100, (True, True, False)),
        (80, 99.999999, 100, (True, True, False)),
        (100, 100, 199.999999, NOTHING),
        (100, 100, 200, (True, True, True)),
        # Several steps below the standard add up.
        (100, 150, 199.999999, NOTHING),
        (100, 199.999999, 200, (True, True, True)),
        (99, 99, 600, (True, True, True)),
        (150, 150, 200, (False, False, True)),
        # Less money asks for no new review, whatever it was before.
        (150, 300, 290, NOTHING),
        (80, 120, 110, NOTHING),
    ],
)
def test_a_raise_asks_for_what_a_new_project_of_its_size_would(
    reviewed: float, before: float, after: float, asked: tuple[bool, bool, bool]
) -> None:
    path = PROCESSES / "decisions" / "amounts.dmn"
    tables = {decision.id: decision for decision in parse_decisions(Resource("amounts.dmn", path.read_bytes()))}
    sums = {"reviewed_amount": reviewed, "project_approved": before, "adjusted_amount": after}
    context = {**sums, "nature": "engineering", "as_of": "2025-09-15"}
    feel = Feel()
    try:
        consultant = evaluate("adjustment-consultant", tables, context, feel, NOW)
        following = evaluate("adjustment-consequences", tables, context, feel, NOW)
    finally:
        feel.close()
    assert isinstance(following, dict)
    assert (consultant, following["onsite"], following["supervision"]) == asked
