"""Statutory periods to deadlines.

A deadline is the exclusive end of its last day: 00:00 of the day after, Shanghai time.

Periods come from the decision table `statutory-periods` as a kind and a value:

| kind           | value    | the last day is                                                           |
|----------------|----------|---------------------------------------------------------------------------|
| `date-of-year` | "10-31"  | that day of the year before the round's year (3.1-1, 3.2-1, 3.2-11)       |
| `working-days` | 20       | the 20th working day after the event (3.4-5)                              |
| `months`       | 3        | the same day three months later, or that month's last day (3.4-3, 附4-1)  |
| `days`         | 30       | the 30th day after the event (附5-6)                                      |
| `days-before`  | 90       | the 90th day before the event, to remind of it in time (3.5-2)            |
"""

from __future__ import annotations

import calendar as gregorian
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.calendar import WorkingCalendar

ZONE = ZoneInfo("Asia/Shanghai")
KINDS = ("date-of-year", "working-days", "months", "days", "days-before")
_MONTHS_A_YEAR = 12


class PeriodInvalid(ValueError):
    """A row of the table of periods cannot be applied; the message is Chinese and names what is wrong."""


@dataclass(frozen=True)
class Period:
    """One statutory period: `value` is "MM-DD" for a date of the year, else a positive whole number."""

    kind: str
    value: str | int

    @classmethod
    def of(cls, row: object) -> Period:
        """The period in a row of the decision table.

        Raises:
            PeriodInvalid: no row, an unknown kind, or a value that does not fit the kind.
        """
        if not isinstance(row, dict) or row.get("kind") not in KINDS:
            raise PeriodInvalid(f"期限表中没有可用的期限：{row}。")
        kind, value = str(row["kind"]), row.get("value")
        if kind == "date-of-year":
            return cls(kind, _month_and_day(value))
        try:
            count = int(str(value))
        except ValueError:
            raise PeriodInvalid(f"期限的数值应为正整数：{value}。") from None
        if count < 1:
            raise PeriodInvalid(f"期限的数值应为正整数：{value}。")
        return cls(kind, count)


@dataclass(frozen=True)
class Deadline:
    """`last_day` is the last day on which the act is in time; `provisional` as in `WorkingDay`."""

    last_day: date
    provisional: bool = False

    @property
    def at(self) -> datetime:
        """The exclusive end: the first instant that is too late."""
        return end_of(self.last_day)


def end_of(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), ZONE)


def add_months(day: date, months: int) -> date:
    """The same day of the month `months` later, or the last day of that month if it is shorter."""
    index = day.year * _MONTHS_A_YEAR + day.month - 1 + months
    year, month = divmod(index, _MONTHS_A_YEAR)
    month += 1
    return date(year, month, min(day.day, gregorian.monthrange(year, month)[1]))


def deadline(
    period: Period, *, calendar: WorkingCalendar, start: date | None = None, round_year: int | None = None
) -> Deadline:
    """When the period ends that began with an event on `start`, or that belongs to the round of `round_year`.

    Raises:
        PeriodInvalid: the period needs a start or a round year and there is none.
    """
    if period.kind == "date-of-year":
        if round_year is None:
            raise PeriodInvalid("按年度日期计算的期限需要申报年度。")
        month, day = (int(part) for part in str(period.value).split("-"))
        return Deadline(date(round_year - 1, month, min(day, gregorian.monthrange(round_year - 1, month)[1])))
    if start is None:
        raise PeriodInvalid("这一期限需要起算日期。")
    count = int(period.value)
    if period.kind == "working-days":
        found = calendar.working_days_after(start, count)
        return Deadline(found.day, found.provisional)
    if period.kind == "months":
        return Deadline(add_months(start, count))
    return Deadline(start + timedelta(days=-count if period.kind == "days-before" else count))


def round_year(day: date, *, closes: str = "10-31") -> int:
    """The round that a project registered on `day` applies for.

    Until this year's closing day that is next year's round, from then on the one after it (3.1-1).
    """
    month, last = (int(part) for part in _month_and_day(closes).split("-"))
    return day.year + (1 if (day.month, day.day) <= (month, last) else 2)


def instant(value: object) -> datetime:
    """An aware date-time in Shanghai time from ISO text; a bare date means its first instant.

    Raises:
        PeriodInvalid: not a date, or a date-time without a zone.
    """
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        raise PeriodInvalid(f"“{value}”不是日期。") from None
    if found.tzinfo is not None:
        return found.astimezone(ZONE)
    if found.time() != time() or "T" in str(value):
        raise PeriodInvalid(f"“{value}”没有写明时区。")
    return found.replace(tzinfo=ZONE)


def day_of(value: object) -> date:
    """The Shanghai date of an ISO date or date-time. Raises PeriodInvalid like `instant`."""
    return instant(value).date()


def _month_and_day(value: object) -> str:
    text = str(value)
    try:
        month, day = (int(part) for part in text.split("-"))
        date(2000, month, day)  # a leap year, so that 02-29 may be written
    except ValueError:
        raise PeriodInvalid(f"年度日期应写成“月-日”，例如 10-31：{text}。") from None
    return f"{month:02d}-{day:02d}"
