"""Instants, durations and cycles of ISO 8601, reckoned from the `now` that the caller gives.

Dates without a zone are local dates of Asia/Shanghai. A date without a time of day means its beginning for a
timer and a reminder, and its end (24:00) for the due date of a task, as people read "by the 31st".
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from app.kernel.clock import ZONE

_DURATION: Final = re.compile(
    r"(?P<sign>-)?P(?:(?P<weeks>\d+)W|(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<days>\d+)D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?)"
)
_LARGEST_YEARS: Final = 200


class TimeInvalid(ValueError):
    """The text is no time of the kind asked for; the message is Chinese."""


@dataclass(frozen=True)
class Duration:
    """Months are counted in the calendar, the rest is exact."""

    months: int
    rest: timedelta

    def after(self, start: datetime) -> datetime:
        """`start` plus this duration; the 31st of a shorter month becomes its last day."""
        local = start.astimezone(ZONE)
        month = local.year * 12 + local.month - 1 + self.months
        year, month = month // 12, month % 12 + 1
        day = min(local.day, calendar.monthrange(year, month)[1])
        return (local.replace(year=year, month=month, day=day) + self.rest).astimezone(UTC)


@dataclass(frozen=True)
class Cycle:
    """`repetitions` is None when there is no end; `start` is None when the first firing is one interval from now."""

    repetitions: int | None
    start: datetime | None
    interval: Duration


def instant(text: str, *, end_of_day: bool = False) -> datetime:
    """An aware datetime in UTC, from an ISO date or date-time such as `2027-03-01T09:00:00+08:00`."""
    # FEEL writes a zone's name after its offset: 2027-03-01T00:00:00+08:00@Asia/Shanghai, or the name alone.
    stamp = text.strip().partition("@")[0]
    try:
        if len(stamp) == len("2027-03-01"):
            day = date.fromisoformat(stamp) + timedelta(days=1 if end_of_day else 0)
            return datetime.combine(day, time(), ZONE).astimezone(UTC)
        moment = datetime.fromisoformat(stamp)
    except (ValueError, OverflowError) as error:
        raise TimeInvalid(f"“{text}”不是有效的日期时间，应类似 2027-03-01T09:00:00+08:00") from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZONE)).astimezone(UTC)


def duration(text: str) -> Duration:
    """A duration such as `P3M`, `P20D` or `PT72H`."""
    match = _DURATION.fullmatch(text.strip())
    if match is None or text.strip().lstrip("-") in {"P", "PT"}:
        raise TimeInvalid(f"“{text}”不是有效的时长，应类似 P3M、P20D、PT72H")
    parts = {name: float(value) for name, value in match.groupdict().items() if value and name != "sign"}
    months = int(parts.pop("years", 0) * 12 + parts.pop("months", 0))
    try:
        rest = timedelta(**parts)
    except OverflowError as error:
        raise TimeInvalid(f"“{text}”过长") from error
    if months > _LARGEST_YEARS * 12 or rest > timedelta(days=_LARGEST_YEARS * 366):
        raise TimeInvalid(f"“{text}”过长")
    return Duration(-months, -rest) if match["sign"] else Duration(months, rest)


def cycle(text: str) -> Cycle:
    """A repetition such as `R3/PT1H`, `R/P1D` or `R3/2027-01-01T09:00:00+08:00/P1D`."""
    parts = text.strip().split("/")
    count = re.fullmatch(r"R(\d*)", parts[0])
    if count is None or len(parts) not in {2, 3}:
        raise TimeInvalid(f"“{text}”不是有效的循环，应类似 R3/PT1H 或 R/P1D")
    interval = duration(parts[-1])
    if min(interval.months, interval.rest.total_seconds()) < 0 or interval == Duration(0, timedelta()):
        raise TimeInvalid(f"“{text}”的间隔必须大于零")
    return Cycle(
        repetitions=int(count[1]) if count[1] else None,
        start=instant(parts[1]) if len(parts) == 3 else None,  # noqa: PLR2004 - the three parts of a repetition
        interval=interval,
    )
