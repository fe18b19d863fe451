"""The ledgers that outlive a project: restrictions of units (3.2-4 3.4-9 4-3) and ratings of suppliers (4-2)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Date,
    ForeignKey,
    Index,
    Row,
    String,
    Table,
    Text,
    and_,
    func,
    insert,
    or_,
    select,
    update,
)

from app.features.identity.model import Identity
from app.features.identity.store import organisation
from app.features.ledgers.model import Entry, Exempted, Rating, RestrictionFilter, Standing
from app.features.projects.store import project, visible_to
from app.kernel.database import Amount, UnitOfWork, UtcDateTime, metadata
from services.effects import AddLedgerEntry
from services.ledger import Exemption, Restriction

restriction = Table(
    "restriction",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("org_id", String(32), nullable=False),
    Column("project_id", String(32)),
    Column("system_id", String(32)),
    Column("kind", String(32), nullable=False),
    Column("reason", Text, nullable=False),
    Column("clause", String(32), nullable=False),
    Column("evidence", Text, nullable=False, server_default=""),
    Column("document", String(100), nullable=False, server_default=""),
    Column("file_id", String(32)),
    Column("since", Date, nullable=False),
    Column("until", Date),
    Column("lifted_on", Date),
    Column("lifted_by", String(100), nullable=False, server_default=""),
    Column("lift_reason", Text, nullable=False, server_default=""),
    Column("entered_by", String(100), nullable=False, server_default=""),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_restriction_org", "org_id", "since"),
    Index("ix_restriction_system", "system_id"),
    Index("ix_restriction_kind", "kind", "id"),
)

# Nothing here is ever changed or removed: what was granted stays on record.
exemption = Table(
    "exemption",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("restriction_id", ForeignKey("restriction.id"), nullable=False),
    Column("project", String(32)),
    Column("basis", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("granted_by", String(100), nullable=False),
    Column("granted_on", Date, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_exemption_restriction", "restriction_id", "id"),
)

rating = Table(
    "rating",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("org_id", String(32), nullable=False),
    Column("project_id", String(32), nullable=False),
    Column("role", String(32), nullable=False),
    Column("score", Amount, nullable=False),
    Column("comment", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_rating_org", "org_id", "created_at"),
    Index("ix_rating_role", "role", "org_id"),
)

_TENTH = Decimal("0.1")
# The building unit is rated for its project too, but it is no supplier (4-1).
_SUPPLIED = rating.c.role != "applicant"


def add_restriction(
    uow: UnitOfWork,
    entry: AddLedgerEntry,
    *,
    org_id: str,
    project_id: str | None,
    entered_by: str,
    system_id: str | None = None,
    evidence: str = "",
    document: str = "",
    file_id: str | None = None,
) -> str:
    """Enter a restriction of a unit; returns its id."""
    new = uow.ids()
    uow.connection.execute(
        insert(restriction).values(
            id=new,
            org_id=org_id,
            project_id=project_id,
            system_id=system_id,
            kind=entry.kind,
            reason=entry.reason,
            clause=entry.clause,
            evidence=evidence,
            document=document,
            file_id=file_id,
            since=entry.since,
            until=entry.until,
            lifted_by="",
            lift_reason="",
            entered_by=entered_by,
            created_at=uow.now,
        )
    )
    return new


def restrictions(uow: UnitOfWork, org_id: str) -> tuple[Restriction, ...]:
    """All entries of a unit with their exemptions, in force or not, the oldest first."""
    return restrictions_of(uow, [org_id])[org_id]


def restrictions_of(uow: UnitOfWork, org_ids: Collection[str]) -> dict[str, tuple[Restriction, ...]]:
    """The same for several units, by their ids."""
    query = (
        select(restriction, project.c.code.label("project_code"))
        .outerjoin(project, project.c.id == restriction.c.project_id)
        .where(restriction.c.org_id.in_(list(org_ids)))
        .order_by(restriction.c.since, restriction.c.id)
    )
    rows = uow.connection.execute(query).all()
    granted = _exemptions(uow, [row.id for row in rows])
    found: dict[str, list[Restriction]] = {org_id: [] for org_id in org_ids}
    for row in rows:
        found[row.org_id].append(_restriction(row, granted[row.id]))
    return {org_id: tuple(entries) for org_id, entries in found.items()}


def search(
    uow: UnitOfWork,
    wanted: RestrictionFilter,
    *,
    among: Collection[str] | None,
    today: date,
    limit: int,
    after: str | None,
) -> list[Entry]:
    """The newest first; only those of the units `among`, unless it is None."""
    conditions: list[ColumnElement[bool]] = []
    if among is not None:
        conditions.append(restriction.c.org_id.in_(list(among)))
    if wanted.org_id is not None:
        conditions.append(restriction.c.org_id == wanted.org_id)
    if wanted.kind is not None:
        conditions.append(restriction.c.kind == wanted.kind)
    if wanted.in_force:
        conditions.append(_in_force(today))
    if after is not None:
        conditions.append(restriction.c.id < after)
    return _entries(uow, *conditions, limit=limit)


def by_id(uow: UnitOfWork, restriction_id: str) -> Entry | None:
    found = _entries(uow, restriction.c.id == restriction_id, limit=1)
    return found[0] if found else None


def lock(uow: UnitOfWork, restriction_id: str) -> None:
    """Keep others from changing an entry until the unit ends."""
    uow.connection.execute(select(restriction.c.id).where(restriction.c.id == restriction_id).with_for_update())


def lift(uow: UnitOfWork, restriction_id: str, *, on: date, by: str, reason: str) -> None:
    changed = update(restriction).where(restriction.c.id == restriction_id)
    uow.connection.execute(changed.values(lifted_on=on, lifted_by=by, lift_reason=reason))


def of_system(uow: UnitOfWork, system_id: str) -> list[Entry]:
    """The entries that a system brought upon its unit and that have not been lifted."""
    return _entries(uow, restriction.c.system_id == system_id, restriction.c.lifted_on.is_(None), limit=100)


def add_exemption(uow: UnitOfWork, restriction_id: str, granted: Exemption) -> None:
    values = {**vars(granted), "id": uow.ids(), "restriction_id": restriction_id, "created_at": uow.now}
    uow.connection.execute(insert(exemption).values(**values))


def add_rating(uow: UnitOfWork, *, org_id: str, project_id: str, role: str, score: Decimal, comment: str) -> None:
    uow.connection.execute(
        insert(rating).values(
            id=uow.ids(),
            org_id=org_id,
            project_id=project_id,
            role=role,
            score=score,
            comment=comment,
            created_at=uow.now,
        )
    )


def standings(
    uow: UnitOfWork, *, role: str | None = None, word: str = "", limit: int, after: tuple[str, str] | None = None
) -> list[Standing]:
    """Suppliers with the mean of their ratings in each role, by name; `after` is a name and a role to begin behind.

    What was rated in confidential projects counts nowhere (2-2 4-4).
    """
    query = (
        select(
            organisation.c.id,
            organisation.c.name,
            rating.c.role,
            func.sum(rating.c.score).label("total"),
            func.count().label("number"),
        )
        .join(organisation, organisation.c.id == rating.c.org_id)
        .join(project, project.c.id == rating.c.project_id)
        .where(_SUPPLIED, project.c.confidential.is_(False))
        .group_by(organisation.c.id, organisation.c.name, rating.c.role)
        .order_by(organisation.c.name, rating.c.role)
        .limit(limit)
    )
    if role is not None:
        query = query.where(rating.c.role == role)
    if word:
        query = query.where(organisation.c.name.contains(word, autoescape=True))
    if after is not None:
        name, last_role = after
        behind = and_(organisation.c.name == name, rating.c.role > last_role)
        query = query.where(or_(organisation.c.name > name, behind))
    return [
        Standing(row.id, row.name, row.role, _mean(row.total, row.number), row.number)
        for row in uow.connection.execute(query)
    ]


def ratings(
    uow: UnitOfWork, identity: Identity, org_id: str, *, as_unit: bool, limit: int, after: str | None = None
) -> list[Rating]:
    """How an organisation was rated, the newest first, in projects that this person may know of.

    `as_unit`: for the projects it built itself (4-1), else as a supplier (4-2).
    """
    query = (
        select(rating, project.c.name.label("project"), project.c.code.label("project_code"))
        .join(project, project.c.id == rating.c.project_id)
        .where(
            rating.c.org_id == org_id,
            rating.c.role == "applicant" if as_unit else _SUPPLIED,
            project.c.confidential.is_(False),
            visible_to(identity),
        )
        .order_by(rating.c.id.desc())
        .limit(limit)
    )
    if after is not None:
        query = query.where(rating.c.id < after)
    return [
        Rating(
            id=row.id,
            org_id=row.org_id,
            role=row.role,
            project=row.project,
            project_code=row.project_code,
            score=row.score,
            comment=row.comment,
            created_at=row.created_at,
        )
        for row in uow.connection.execute(query)
    ]


def _in_force(day: date) -> ColumnElement[bool]:
    return and_(
        restriction.c.since <= day,
        or_(restriction.c.until.is_(None), restriction.c.until >= day),
        or_(restriction.c.lifted_on.is_(None), restriction.c.lifted_on > day),
    )


def _entries(uow: UnitOfWork, *conditions: ColumnElement[bool], limit: int) -> list[Entry]:
    query = (
        select(restriction, organisation.c.name.label("unit"), project.c.code.label("project_code"))
        .join(organisation, organisation.c.id == restriction.c.org_id)
        .outerjoin(project, project.c.id == restriction.c.project_id)
        .where(*conditions)
        .order_by(restriction.c.id.desc())
        .limit(limit)
    )
    rows = uow.connection.execute(query).all()
    granted = _exemptions(uow, [row.id for row in rows])
    return [_entry(row, granted[row.id]) for row in rows]


def _exemptions(uow: UnitOfWork, restriction_ids: Sequence[str]) -> dict[str, list[Exempted]]:
    """The exemptions of these entries, the oldest first."""
    found: dict[str, list[Exempted]] = defaultdict(list)
    if restriction_ids:
        query = select(exemption).where(exemption.c.restriction_id.in_(restriction_ids)).order_by(exemption.c.id)
        for row in uow.connection.execute(query):
            found[row.restriction_id].append(
                Exempted(row.id, row.project, row.basis, row.reason, row.granted_by, row.granted_on)
            )
    return found


def _restriction(row: Row[Any], granted: Sequence[Exempted]) -> Restriction:
    return Restriction(
        org_id=row.org_id,
        kind=row.kind,
        reason=row.reason,
        clause=row.clause,
        since=row.since,
        until=row.until,
        lifted_on=row.lifted_on,
        project=row.project_code,
        exemptions=tuple(
            Exemption(each.basis, each.reason, each.granted_by, each.granted_on, each.project) for each in granted
        ),
    )


def _entry(row: Row[Any], granted: Sequence[Exempted]) -> Entry:
    return Entry(
        id=row.id,
        org_id=row.org_id,
        unit=row.unit,
        project_id=row.project_id,
        system_id=row.system_id,
        evidence=row.evidence,
        document=row.document,
        file_id=row.file_id,
        entered_by=row.entered_by,
        created_at=row.created_at,
        lifted_by=row.lifted_by,
        lift_reason=row.lift_reason,
        restriction=_restriction(row, granted),
        exemptions=tuple(granted),
    )


def _mean(total: Any, number: int) -> Decimal:
    return (Decimal(total) / number).quantize(_TENTH, ROUND_HALF_UP)


def known_projects(uow: UnitOfWork, identity: Identity, project_ids: Collection[str]) -> dict[str, tuple[str, str]]:
    """Code and name of those of these projects that this person may know of, by id."""
    if not project_ids:
        return {}
    query = select(project.c.id, project.c.code, project.c.name).where(
        project.c.id.in_(list(project_ids)), visible_to(identity)
    )
    return {row.id: (row.code, row.name) for row in uow.connection.execute(query)}
