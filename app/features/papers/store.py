"""The tables of documents: their numbers, templates, what was issued, and the scans of it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import fields
from typing import Any, Final

from sqlalchemy import (
    Column,
    Date,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
    case,
    func,
    insert,
    select,
    update,
)

from app.features.documents.model import Attachment
from app.features.documents.store import attachment
from app.features.papers.model import Paper, Scan, Template
from app.kernel.database import UnitOfWork, UtcDateTime, metadata

paper = Table(
    "paper",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("kind", String(50), nullable=False),
    Column("title", String(200), nullable=False),
    Column("case_id", String(32), nullable=False),
    Column("project_id", String(32)),
    Column("occasion", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("number", String(60)),
    Column("dated", Date, nullable=False),
    Column("template_version", Integer, nullable=False),
    Column("template_sha256", String(64), nullable=False),
    Column("attachment_id", String(32), nullable=False),
    Column("name", String(255), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("size", Integer, nullable=False),
    Column("issued_by", String(32), nullable=False),
    Column("issued_by_name", String(100), nullable=False),
    Column("issued_org", String(200), nullable=False),
    Column("issued_at", UtcDateTime, nullable=False),
    UniqueConstraint("kind", "occasion", "version"),
    Index("ix_paper_case", "case_id", "id"),
    Index("ix_paper_project", "project_id", "id"),
)

paper_scan = Table(
    "paper_scan",
    metadata,
    Column("attachment_id", String(32), primary_key=True),
    Column("paper_id", String(32), nullable=False, index=True),
    Column("added_by", String(100), nullable=False),
    Column("added_at", UtcDateTime, nullable=False),
)

paper_number = Table(
    "paper_number",
    metadata,
    Column("series", String(30), nullable=False),
    Column("year", Integer, nullable=False),
    Column("last", Integer, nullable=False),
    PrimaryKeyConstraint("series", "year"),
)

paper_template = Table(
    "paper_template",
    metadata,
    Column("kind", String(50), nullable=False),
    Column("version", Integer, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("size", Integer, nullable=False),
    Column("note", String(200), nullable=False),
    Column("added_by", String(100), nullable=False),
    Column("added_at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("kind", "version"),
)

_OWN: Final = tuple(field.name for field in fields(Paper) if field.name != "scans")
_TEMPLATE: Final = tuple(field.name for field in fields(Template))


def next_number(uow: UnitOfWork, *, series: str, year: int) -> str:
    """The next number of a series in a year, such as 峄数审〔2026〕1号.

    Two at once wait for each other until the unit ends; one that is rolled back leaves no gap.
    """
    of_year = (paper_number.c.series == series, paper_number.c.year == year)
    counted = update(paper_number).where(*of_year).values(last=paper_number.c.last + 1)
    if uow.connection.execute(counted).rowcount == 0:
        uow.insert_if_absent(paper_number, series=series, year=year, last=0)
        uow.connection.execute(counted)
    reached = uow.connection.execute(select(paper_number.c.last).where(*of_year)).scalar_one()
    return f"{series}〔{year}〕{reached}号"


def take_number(uow: UnitOfWork, number: str, *, series: str, occasion: str) -> bool:
    """Take a number that somebody chose, so that the series never gives it again; false if another document has it."""
    counted = re.fullmatch(rf"{re.escape(series)}〔(\d{{4}})〕(\d{{1,6}})号", number)
    if counted:
        year, reached = int(counted[1]), int(counted[2])
        uow.insert_if_absent(paper_number, series=series, year=year, last=0)
        of_year = (paper_number.c.series == series, paper_number.c.year == year)
        # Written even if the number is an old one: whoever takes the same number at once waits here.
        last = case((paper_number.c.last < reached, reached), else_=paper_number.c.last)
        uow.connection.execute(update(paper_number).where(*of_year).values(last=last))
    others = select(paper.c.id).where(paper.c.number == number, paper.c.occasion != occasion).limit(1)
    return uow.connection.execute(others).first() is None


def add(uow: UnitOfWork, issued: Paper) -> None:
    uow.connection.execute(insert(paper).values({name: getattr(issued, name) for name in _OWN}))


def latest_version(uow: UnitOfWork, *, kind: str, occasion: str) -> Paper | None:
    """What was issued last for an occasion."""
    query = select(paper).where(paper.c.kind == kind, paper.c.occasion == occasion)
    row = uow.connection.execute(query.order_by(paper.c.version.desc()).limit(1)).mappings().first()
    return _papers(uow, [row])[0] if row else None


def find(uow: UnitOfWork, paper_id: str) -> Paper | None:
    row = uow.connection.execute(select(paper).where(paper.c.id == paper_id)).mappings().first()
    return _papers(uow, [row])[0] if row else None


def of_cases(uow: UnitOfWork, case_ids: Collection[str]) -> tuple[Paper, ...]:
    """What was issued in cases, the latest first."""
    query = select(paper).where(paper.c.case_id.in_(case_ids)).order_by(paper.c.id.desc())
    return tuple(_papers(uow, uow.connection.execute(query).mappings().all()))


def add_scan(uow: UnitOfWork, *, paper_id: str, scan: Scan) -> None:
    uow.connection.execute(
        insert(paper_scan).values(
            attachment_id=scan.attachment.id, paper_id=paper_id, added_by=scan.added_by, added_at=scan.added_at
        )
    )


def add_template(uow: UnitOfWork, new: Template, content: bytes) -> None:
    values = {name: getattr(new, name) for name in _TEMPLATE}
    uow.connection.execute(insert(paper_template).values(**values, content=content))


def templates(uow: UnitOfWork, kind: str) -> list[Template]:
    """The versions that were uploaded for a kind, the latest first."""
    columns = [paper_template.c[name] for name in _TEMPLATE]
    query = select(*columns).where(paper_template.c.kind == kind).order_by(paper_template.c.version.desc())
    return [Template(**row) for row in uow.connection.execute(query).mappings()]


def latest_template(uow: UnitOfWork, kind: str) -> int:
    """The number of the version in force; 0 where none was uploaded."""
    query = select(func.max(paper_template.c.version)).where(paper_template.c.kind == kind)
    return uow.connection.scalar(query) or 0


def template_content(uow: UnitOfWork, *, kind: str, version: int) -> bytes | None:
    query = select(paper_template.c.content).where(paper_template.c.kind == kind, paper_template.c.version == version)
    return uow.connection.scalar(query)


def _papers(uow: UnitOfWork, rows: Collection[Mapping[Any, Any]]) -> list[Paper]:
    scans = _scans(uow, [row["id"] for row in rows])
    return [Paper(**{name: row[name] for name in _OWN}, scans=scans.get(row["id"], ())) for row in rows]


def _scans(uow: UnitOfWork, paper_ids: Collection[str]) -> Mapping[str, tuple[Scan, ...]]:
    query = (
        select(paper_scan.c.paper_id, paper_scan.c.added_by, paper_scan.c.added_at, *attachment.c)
        .join(attachment, attachment.c.id == paper_scan.c.attachment_id)
        .where(paper_scan.c.paper_id.in_(paper_ids))
        .order_by(paper_scan.c.attachment_id)
    )
    found: dict[str, tuple[Scan, ...]] = {}
    for row in uow.connection.execute(query):
        kept = Attachment(**{column.name: getattr(row, column.name) for column in attachment.c})
        found[row.paper_id] = (*found.get(row.paper_id, ()), Scan(kept, row.added_by, row.added_at))
    return found
