"""The calendar as administrators keep it: years whose State Council notice is known, and their exceptional days."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, Literal, TypeAlias

from services.calendar import WorkingCalendar

Status: TypeAlias = Literal["seeded", "published"]
STATUS_LABELS: Final[Mapping[Status, str]] = {"seeded": "随系统提供", "published": "管理员发布"}

# How far beyond the last known year diagrams may count working days (Monday to Friday, provisionally).
_YEARS_AHEAD = 2
_SATURDAY = 5


@dataclass(frozen=True)
class CalendarYear:
    """A year whose notice is known. `off` and `make_up` map days to the holiday they belong to.

    `notice_no` is the number of the notice, "" for a year that came with the system.
    """

    year: int
    status: Status
    notice_no: str
    published_at: datetime
    off: Mapping[date, str] = field(default_factory=dict)
    make_up: Mapping[date, str] = field(default_factory=dict)

    @property
    def status_label(self) -> str:
        return STATUS_LABELS[self.status]


def working_calendar(years: Iterable[CalendarYear], *, edition: str = "") -> WorkingCalendar:
    known = list(years)
    return WorkingCalendar(
        published=frozenset(year.year for year in known),
        days_off=frozenset(day for year in known for day in year.off),
        make_up=frozenset(day for year in known for day in year.make_up),
        edition=edition,
    )


def working_dates(calendar: WorkingCalendar) -> list[str]:
    """All working days from the first known year to a while beyond the last, as ISO dates, without a gap."""
    if not calendar.published:
        return []
    years = range(min(calendar.published), max(calendar.published) + 1 + _YEARS_AHEAD)
    return [day.isoformat() for day in calendar.working_dates(years)]


def problems(*, year: int, notice_no: str, off: Iterable[date], make_up: Iterable[date]) -> dict[str, str]:
    """What is wrong with a notice, by field of its form; empty when it can be published."""
    days_off, worked = set(off), set(make_up)
    found: dict[str, str] = {}
    if not notice_no.strip():
        found["notice_no"] = "请填写放假安排通知的文号。"
    if not days_off:
        found["off"] = "请填写放假日期。"
    if outside := sorted(day.isoformat() for day in days_off | worked if day.year != year):
        found["off"] = f"日期不在{year}年：{'、'.join(outside)}。"
    if both := sorted(day.isoformat() for day in days_off & worked):
        found["make_up"] = f"同一天不能既放假又上班：{'、'.join(both)}。"
    elif weekdays := sorted(day.isoformat() for day in worked if day.weekday() < _SATURDAY):
        found["make_up"] = f"调休上班只能在周六、周日：{'、'.join(weekdays)}。"
    return found
