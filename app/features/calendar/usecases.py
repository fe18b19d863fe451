"""What is done with the calendar: read it, seed it, publish a year's notice."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import date

from app.features.audit import store as audit
from app.features.audit.model import AUTOMATIC, Act
from app.features.calendar import notices, store
from app.features.calendar.model import CalendarYear, problems, working_calendar, working_dates
from app.features.identity.model import Identity
from app.kernel.database import Database, UnitOfWork
from app.kernel.errors import Invalid, Refused
from services.calendar import WorkingCalendar


class Calendars:
    """`set_working_days` is told all working days, as ISO dates, whenever the calendar has changed."""

    def __init__(self, database: Database, *, set_working_days: Callable[[Iterable[str]], None]) -> None:
        self._database = database
        self._set_working_days = set_working_days
        self._lock = threading.Lock()
        self._version = ""
        self._calendar = WorkingCalendar()

    def current(self, uow: UnitOfWork) -> WorkingCalendar:
        """The calendar as this transaction sees it; read again only after a publication, by whichever process."""
        version = store.version(uow)
        with self._lock:
            if version != self._version:
                self._calendar = working_calendar(store.years(uow), edition=version)
                self._set_working_days(working_dates(self._calendar))
                self._version = version
            return self._calendar

    def seed(self) -> list[int]:
        """Add the notices that came with the system for years nobody has published; the years added.

        To be called when a process starts: it also supplies the working days for the first time.
        """
        with self._database.write() as uow:
            present = store.known_years(uow)
            added = [year for year in notices.known(at=uow.now) if year.year not in present]
            for year in added:
                store.put(uow, year)
            self.current(uow)
        return [year.year for year in added]

    def years(self, identity: Identity) -> list[CalendarYear]:
        """All years whose notice is known. Anyone may see them."""
        with self._database.read() as uow:
            return store.years(uow)

    def publish_year(
        self,
        identity: Identity | None,
        year: int,
        *,
        notice_no: str,
        off: Mapping[date, str],
        make_up: Mapping[date, str],
    ) -> None:
        """Publish the State Council's notice of a year, in the place of what was known of it.

        Deadlines that were counted provisionally are counted again in the background, case by case; others keep
        their date.
        Raises Refused for anyone but an administrator, Invalid.
        """
        if identity is not None and not identity.has("administrator"):
            raise Refused("只有系统管理员可以发布工作日历。")
        found = problems(year=year, notice_no=notice_no, off=off, make_up=make_up)
        if found:
            raise Invalid("工作日历没有发布。", found)
        with self._database.write() as uow:
            store.put(uow, CalendarYear(year, "published", notice_no.strip(), uow.now, dict(off), dict(make_up)))
            act = Act(
                actor=identity.acting() if identity else AUTOMATIC,
                action="publish-calendar-year",
                subject=f"calendar-year:{year}",
                details={"notice_no": notice_no.strip(), "off": len(off), "make_up": len(make_up)},
            )
            audit.append_to_system(uow, act)
        with self._lock:
            self._version = ""  # an instant can hold two publications, so its time alone does not tell them apart
        with self._database.read() as uow:
            self.current(uow)
