"""Points and stretches of time as scenarios write them."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

from app.kernel.clock import ZONE, local
from services.calendar import WorkingCalendar
from services.deadlines import add_months

OFFICE_OPENS = time(9)
_MONTHS_A_YEAR = 12
_DURATION = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?")
_WORKING_DAYS = re.compile(r"(\d+) (?:working days?|个工作日)")


class MomentUnclear(ValueError):
    """The text is neither a point nor a stretch of time; the message is Chinese."""


def moment(written: object) -> datetime:
    """A date-time of Shanghai ("2025-09-15 09:30"); a bare date means nine in the morning.

    Raises MomentUnclear.
    """
    if isinstance(written, datetime):
        return written.replace(tzinfo=ZONE) if written.tzinfo is None else written
    text = str(written).strip()
    try:
        if len(text) == len("2025-09-15"):
            return datetime.combine(date.fromisoformat(text), OFFICE_OPENS, ZONE)
        return datetime.fromisoformat(text).replace(tzinfo=ZONE)
    except ValueError:
        raise MomentUnclear(f"“{text}”不是时间，应写成 2025-09-15 或 2025-09-15 09:30。") from None


def is_stretch(written: object) -> bool:
    """Whether this is a duration (P3M, PT4H) or a number of working days, rather than a point of time."""
    text = str(written).strip()
    return bool((_DURATION.fullmatch(text) and text not in ("P", "PT")) or _WORKING_DAYS.fullmatch(text))


def after(start: datetime, written: object, *, calendar: WorkingCalendar) -> datetime:
    """The point that lies a written stretch after `start`, at the same time of day. Raises MomentUnclear."""
    text = str(written).strip()
    here = local(start)
    if counted := _WORKING_DAYS.fullmatch(text):
        day = calendar.working_days_after(here.date(), int(counted[1])).day
        return datetime.combine(day, here.time(), ZONE)
    parts = _DURATION.fullmatch(text)
    if parts is None:
        raise MomentUnclear(f"“{text}”不是时长，应写成 P3M、P10D、PT4H 或 10 working days。")
    years, months, days, hours, minutes = (int(part or 0) for part in parts.groups())
    day = add_months(here.date(), years * _MONTHS_A_YEAR + months) + timedelta(days=days)
    return datetime.combine(day, here.time(), ZONE) + timedelta(hours=hours, minutes=minutes)
