from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from services.calendar import WorkingCalendar
from services.deadlines import ZONE, Period, PeriodInvalid, add_months, day_of, deadline, instant, round_year

CALENDAR = WorkingCalendar()


def test_the_application_round_closes_at_the_end_of_october() -> None:
    found = deadline(Period("date-of-year", "10-31"), calendar=CALENDAR, round_year=2026)
    assert found.last_day == date(2025, 10, 31)
    assert found.at.isoformat() == "2025-11-01T00:00:00+08:00"
    assert datetime(2025, 10, 31, 23, 59, 59, 999999, tzinfo=ZONE) < found.at


@pytest.mark.parametrize(
    ("start", "months", "expected"),
    [
        (date(2025, 8, 31), 6, date(2026, 2, 28)),
        (date(2023, 8, 31), 6, date(2024, 2, 29)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2025, 11, 30), 3, date(2026, 2, 28)),
        (date(2025, 12, 15), 1, date(2026, 1, 15)),
        (date(2025, 10, 31), 1, date(2025, 11, 30)),
    ],
)
def test_months_are_calendar_months_that_end_with_the_month(start: date, months: int, expected: date) -> None:
    assert add_months(start, months) == expected
    assert deadline(Period("months", months), calendar=CALENDAR, start=start).last_day == expected


def test_days_are_natural_days() -> None:
    found = deadline(Period("days", 30), calendar=CALENDAR, start=date(2028, 2, 10))
    assert found.last_day == date(2028, 3, 11)
    assert found.at - datetime(2028, 2, 11, tzinfo=ZONE) == timedelta(days=30)


def test_working_days_may_be_provisional() -> None:
    found = deadline(Period("working-days", 20), calendar=CALENDAR, start=date(2030, 1, 4))
    assert (found.last_day, found.provisional) == (date(2030, 2, 1), True)


def test_a_leap_day_in_the_table_of_periods_is_the_end_of_february() -> None:
    period = Period.of({"kind": "date-of-year", "value": "02-29"})
    assert deadline(period, calendar=CALENDAR, round_year=2026).last_day == date(2025, 2, 28)
    assert deadline(period, calendar=CALENDAR, round_year=2029).last_day == date(2028, 2, 29)


@pytest.mark.parametrize(
    "row",
    [
        None,
        {},
        {"kind": "weeks", "value": 2},
        {"kind": "days", "value": 0},
        {"kind": "months", "value": "三"},
        {"kind": "date-of-year", "value": "13-01"},
        {"kind": "date-of-year", "value": "1031"},
    ],
)
def test_an_unusable_row_is_refused(row: object) -> None:
    with pytest.raises(PeriodInvalid):
        Period.of(row)


def test_a_period_needs_what_it_counts_from() -> None:
    with pytest.raises(PeriodInvalid):
        deadline(Period("days", 1), calendar=CALENDAR)
    with pytest.raises(PeriodInvalid):
        deadline(Period("date-of-year", "10-31"), calendar=CALENDAR)


@pytest.mark.parametrize(
    ("registered", "expected"),
    [
        (date(2025, 9, 1), 2026),
        (date(2025, 10, 31), 2026),
        (date(2025, 11, 1), 2027),
        (date(2025, 12, 31), 2027),
        (date(2026, 1, 1), 2027),
    ],
)
def test_the_round_of_a_project(registered: date, expected: int) -> None:
    assert round_year(registered) == expected


def test_dates_of_the_engine_are_read_in_shanghai_time() -> None:
    assert day_of("2025-09-26") == date(2025, 9, 26)
    assert day_of("2025-09-26T16:30:00+00:00") == date(2025, 9, 27)
    assert instant("2025-09-26").isoformat() == "2025-09-26T00:00:00+08:00"
    for wrong in ("2025-09-26T16:30:00", "26.9.2025", None):
        with pytest.raises(PeriodInvalid):
            instant(wrong)
