"""When people are reminded of a deadline, and who is told when it has passed (3.2-1 3.4-5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from services.deadlines import ZONE

HEAD = "lead"
"""Stands for the head of whoever has the task."""
_AT = time(9)
_ONE_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Rhythm:
    """So many days before the last day people are reminded; `escalate` are the roles told as well when it is over."""

    days: tuple[int, ...] = ()
    escalate: tuple[str, ...] = (HEAD,)

    @classmethod
    def of(cls, row: object) -> Rhythm:
        """From a row of the table `reminders`: `days` is a list of numbers, `escalate` roles with spaces between."""
        if not isinstance(row, dict):
            return cls()
        days = row.get("days")
        numbers = days if isinstance(days, list) else [days]
        whole = tuple(int(number) for number in numbers if isinstance(number, int | float) and number >= 0)
        return cls(whole, tuple(str(row.get("escalate") or "").split()))

    def moments(self, due_at: datetime) -> tuple[datetime, ...]:
        """When to remind of a deadline, at nine in the morning, the first first."""
        if not self.days:
            return ()
        last_day = (due_at - _ONE_INSTANT).astimezone(ZONE).date()
        found = {datetime.combine(last_day - timedelta(days=days), _AT, ZONE) for days in self.days}
        return tuple(sorted(moment for moment in found if moment < due_at))

    def next_notice(
        self, due_at: datetime | None, *, now: datetime, also: Iterable[datetime | None]
    ) -> datetime | None:
        """The next moment after `now` at which there is something to tell: a reminder, or that the deadline is over."""
        moments = [due_at, *also, *(self.moments(due_at) if due_at else ())]
        return min((moment for moment in moments if moment is not None and moment > now), default=None)
