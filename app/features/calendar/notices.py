"""The State Council's notices that the library chinesecalendar has carried over, year by year."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from chinese_calendar import constants

from app.features.calendar.model import CalendarYear

FIRST_YEAR: Final = 2022  # the regulation's first year; nothing earlier is ever counted
_NAMES: Final = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "National Day": "国庆节",
    "Mid-autumn Festival": "中秋节",
}


def known(*, at: datetime) -> list[CalendarYear]:
    """The years from the regulation's first that the library covers to their end, dated `at`.

    A year counts only with its National Day, the last holiday of a notice: a December that a neighbour's New Year
    reaches into does not make a year.
    """
    return [
        CalendarYear(
            year=year,
            status="seeded",
            notice_no="",
            published_at=at,
            off=_days(constants.holidays, year),
            make_up=_days(constants.workdays, year),
        )
        for year in sorted({day.year for day in constants.holidays})
        if year >= FIRST_YEAR and constants.holidays.get(date(year, 10, 1))
    ]


def _days(published: dict[date, str], year: int) -> dict[date, str]:
    return {day: _NAMES.get(name, name) for day, name in sorted(published.items()) if day.year == year}
