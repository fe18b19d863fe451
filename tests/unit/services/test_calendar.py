from __future__ import annotations

from datetime import date

import chinese_calendar.constants as published_notices
import pytest

from services.calendar import WorkingCalendar, WorkingDay

YEARS = range(2022, 2027)
STATE_COUNCIL = WorkingCalendar(
    published=frozenset(YEARS),
    days_off=frozenset(day for day in published_notices.holidays if day.year in YEARS),
    make_up=frozenset(day for day in published_notices.workdays if day.year in YEARS),
)


@pytest.mark.parametrize(
    ("start", "count", "expected"),
    [
        (date(2025, 9, 26), 20, date(2025, 10, 30)),  # over the national holiday, with two worked weekends
        (date(2026, 2, 10), 20, date(2026, 3, 16)),  # over the spring festival
        (date(2025, 9, 26), 1, date(2025, 9, 28)),  # a worked Sunday
        (date(2025, 10, 1), 1, date(2025, 10, 9)),  # begun on a holiday
        (date(2025, 12, 31), 1, date(2026, 1, 4)),  # over New Year to a worked Sunday
    ],
)
def test_counts_working_days_from_the_day_after(start: date, count: int, expected: date) -> None:
    assert STATE_COUNCIL.working_days_after(start, count) == WorkingDay(expected, provisional=False)
    assert STATE_COUNCIL.working_days_between(start, expected) == count
    assert STATE_COUNCIL.working_days_between(expected, start) == -count


def test_a_year_without_a_notice_makes_the_answer_provisional() -> None:
    found = STATE_COUNCIL.working_days_after(date(2026, 12, 28), 5)
    assert found == WorkingDay(date(2027, 1, 4), provisional=True)
    assert not STATE_COUNCIL.working_days_after(date(2026, 12, 28), 3).provisional


def test_without_any_notice_monday_to_friday_are_worked() -> None:
    assert WorkingCalendar().working_days_after(date(2030, 1, 4), 1) == WorkingDay(date(2030, 1, 7), provisional=True)


def test_zero_working_days_make_no_sense() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        WorkingCalendar().working_days_after(date(2026, 1, 1), 0)


def test_lists_the_working_dates_of_years_in_order() -> None:
    dates = STATE_COUNCIL.working_dates([2026, 2025])
    assert dates == sorted(dates)
    assert len([day for day in dates if day.year == 2025]) == 248
    assert date(2025, 9, 28) in dates
    assert date(2025, 10, 1) not in dates
    assert date(2025, 9, 27) not in dates
