"""The tables of the calendar."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Column, Date, ForeignKey, Index, Integer, String, Table, delete, func, insert, select

from app.features.calendar.model import CalendarYear
from app.kernel.database import UnitOfWork, UtcDateTime, metadata

OFF, MAKE_UP = "off", "make_up"

calendar_year = Table(
    "calendar_year",
    metadata,
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("status", String(16), nullable=False),
    Column("notice_no", String(100), nullable=False),
    Column("published_at", UtcDateTime, nullable=False),
)

calendar_day = Table(
    "calendar_day",
    metadata,
    Column("date", Date, primary_key=True),
    Column("year", ForeignKey("calendar_year.year"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("name", String(100), nullable=False),
    Index("ix_calendar_day_year", "year"),
)


def version(uow: UnitOfWork) -> str:
    """Changes whenever a year is published."""
    row = uow.connection.execute(select(func.count(), func.max(calendar_year.c.published_at))).one()
    return f"{row[0]} {row[1]}"


def years(uow: UnitOfWork) -> list[CalendarYear]:
    """All known years with their days, in order."""
    days: dict[int, dict[str, dict[date, str]]] = {}
    for row in uow.connection.execute(select(calendar_day).order_by(calendar_day.c.date)):
        days.setdefault(row.year, {}).setdefault(row.kind, {})[row.date] = row.name
    found = uow.connection.execute(select(calendar_year).order_by(calendar_year.c.year))
    return [
        CalendarYear(
            year=row.year,
            status=row.status,
            notice_no=row.notice_no,
            published_at=row.published_at,
            off=days.get(row.year, {}).get(OFF, {}),
            make_up=days.get(row.year, {}).get(MAKE_UP, {}),
        )
        for row in found
    ]


def known_years(uow: UnitOfWork) -> frozenset[int]:
    return frozenset(uow.connection.scalars(select(calendar_year.c.year)))


def put(uow: UnitOfWork, year: CalendarYear) -> None:
    """Write a year instead of what was known of it."""
    uow.connection.execute(delete(calendar_day).where(calendar_day.c.year == year.year))
    uow.connection.execute(delete(calendar_year).where(calendar_year.c.year == year.year))
    uow.connection.execute(
        insert(calendar_year).values(
            year=year.year, status=year.status, notice_no=year.notice_no, published_at=year.published_at
        )
    )
    rows = [
        {"date": day, "year": year.year, "kind": kind, "name": name}
        for kind, days in ((OFF, year.off), (MAKE_UP, year.make_up))
        for day, name in days.items()
    ]
    if rows:
        uow.connection.execute(insert(calendar_day), rows)
