from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest

from services.calendar import WorkingCalendar
from services.deadlines import ZONE
from services.facts import Facts, Json, ProjectFacts

PERIODS = {
    "application-close": {"kind": "date-of-year", "value": "10-31"},
    "trial-run": {"kind": "months", "value": 3},
    "completion-to-acceptance": {"kind": "months", "value": 6},
    "acceptance-after-inspection": {"kind": "months", "value": 4},
    "acceptance-extension": {"kind": "months", "value": 6},
    "acceptance-work": {"kind": "working-days", "value": 20},
}


def decide(decision: str, inputs: Mapping[str, Json]) -> Json:
    """The tables the checks ask, as the regulation has them."""
    assert inputs["as_of"] == "2025-09-15"
    if decision == "statutory-periods":
        return PERIODS.get(str(inputs["key"]))
    if decision == "thresholds":
        return {"consultant": 100, "onsite": 100, "supervision": 200, "outline_design": 100, "before_acceptance": 80}
    if decision == "review-method":
        return "onsite" if Decimal(str(inputs["estimate"])) >= 100 else "written"
    raise KeyError(decision)


PROJECT = ProjectFacts(
    code="YC2026-0001",
    name="峄城区中小学数字阅读平台项目",
    round_year=2026,
    registered_on=date(2025, 9, 15),
    unit_id="unit-1",
    unit="区教育和体育局",
    estimate=Decimal(120),
    approved=Decimal("99.999999"),
    contract=Decimal("98.5"),
)


@pytest.fixture
def facts() -> Callable[..., Facts]:
    """Facts on 2026-03-02 for a usual project; keyword arguments change the project or, by name, the facts."""

    def make(
        *,
        at: datetime = datetime(2026, 3, 2, 9, tzinfo=ZONE),
        restrictions: tuple = (),
        siblings: tuple = (),
        measures: tuple = (),
        **project: object,
    ) -> Facts:
        return Facts(
            now=at,
            calendar=WorkingCalendar(),
            decide=decide,
            project=replace(PROJECT, **project),
            restrictions=restrictions,
            siblings=siblings,
            measures=measures,
            organisations={"org-1": "枣庄智云科技有限公司"},
        )

    return make
