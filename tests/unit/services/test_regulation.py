from __future__ import annotations

from datetime import date

import pytest

from services.regulation import RULESETS, Continuation, RulesetLapsed, standing_on

NUMBER = "峄政发〔2022〕1号"


@pytest.mark.parametrize("day", [date(2022, 3, 10), date(2023, 12, 31)])
def test_the_text_is_in_force_on_its_first_and_last_day(day: date) -> None:
    assert standing_on(day).ruleset is RULESETS[0]
    assert standing_on(day).continuation is None


@pytest.mark.parametrize("day", [date(2022, 3, 9), date(2024, 1, 1), date(2026, 10, 12)])
def test_outside_its_dates_nothing_can_be_registered(day: date) -> None:
    with pytest.raises(RulesetLapsed, match="4-5"):
        standing_on(day)


def test_a_decision_to_go_on_serves_from_its_own_day() -> None:
    decision = Continuation(NUMBER, basis="区政府专题会议纪要", decided_by="系统管理员", decided_on=date(2025, 1, 2))
    assert standing_on(date(2025, 1, 2), [decision]).continuation is decision
    with pytest.raises(RulesetLapsed):
        standing_on(date(2025, 1, 1), [decision])
    with pytest.raises(RulesetLapsed):
        standing_on(date(2022, 3, 9), [decision])
