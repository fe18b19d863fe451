"""Working days as the State Council publishes them: holidays moved, some Saturdays and Sundays worked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

_SATURDAY = 5


@dataclass(frozen=True)
class WorkingDay:
    """A day found by counting; provisional when the count went through a year whose notice is not published."""

    day: date
    provisional: bool


@dataclass(frozen=True)
class WorkingCalendar:
    """The published years and what in them differs from Monday to Friday.

    In a year that is not published, Monday to Friday count as working days and the answer says it is provisional.
    `edition` names what was known when the calendar was read; it is another one after every publication.
    """

    published: frozenset[int] = frozenset()
    days_off: frozenset[date] = frozenset()
    make_up: frozenset[date] = frozenset()
    edition: str = ""

    def is_working(self, day: date) -> bool:
        if day in self.make_up:
            return True
        return day.weekday() < _SATURDAY and day not in self.days_off

    def working_days_after(self, day: date, count: int) -> WorkingDay:
        """The `count`-th working day after `day`; counting starts on the day after it.

        Raises:
            ValueError: `count` is below 1.
        """
        if count < 1:
            raise ValueError("count must be at least 1")
        provisional = False
        left = count
        while left:
            day += timedelta(days=1)
            provisional = provisional or day.year not in self.published
            left -= self.is_working(day)
        return WorkingDay(day, provisional)

    def working_days_between(self, first: date, last: date) -> int:
        """How many working days lie after `first`, up to and including `last`; negative when `last` is earlier."""
        if last < first:
            return -self.working_days_between(last, first)
        return sum(self.is_working(day) for day in _days(first + timedelta(days=1), last))

    def working_dates(self, years: Iterable[int]) -> list[date]:
        """Every working day of the years, in order."""
        return [
            day
            for year in sorted(set(years))
            for day in _days(date(year, 1, 1), date(year, 12, 31))
            if self.is_working(day)
        ]


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=offset) for offset in range((last - first).days + 1))
