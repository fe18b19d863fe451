"""How much time is left until a deadline, as staff read it: in working days, in words and in three states."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal, TypeAlias

from app.kernel.clock import local
from services.calendar import WorkingCalendar

State: TypeAlias = Literal["normal", "soon", "overdue"]

SOON: Final = 3
"""A deadline is near when at most so many working days are left."""

_ONE_INSTANT: Final = timedelta(microseconds=1)
# A deadline years away need not be counted day by day: nobody plans by the exact number of its working days.
_FAR: Final = timedelta(days=400)


@dataclass(frozen=True)
class Remaining:
    """`last_day` is the last day that is in time; `words` says how long that is from now."""

    last_day: date
    state: State
    words: str


def remaining(due_at: datetime, *, now: datetime, calendar: WorkingCalendar) -> Remaining:
    """What is left of the time until `due_at`, the exclusive end of the last day."""
    last_day, today = local(due_at - _ONE_INSTANT).date(), local(now).date()
    if now >= due_at:
        late = max(1, calendar.working_days_between(last_day, today)) if today - last_day < _FAR else None
        return Remaining(last_day, "overdue", "已逾期" if late is None else f"已逾期 {late} 个工作日")
    if last_day == today:
        return Remaining(last_day, "soon", "今天截止")
    if last_day - today > _FAR:
        return Remaining(last_day, "normal", f"还有 {(last_day - today).days} 天")
    left = calendar.working_days_between(today, last_day)
    provisional = "（暂按周一至周五计）" if last_day.year not in calendar.published else ""
    return Remaining(last_day, "soon" if left <= SOON else "normal", f"剩余 {left} 个工作日{provisional}")
