"""The tables of the annual plans and their projects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    Row,
    Select,
    String,
    Table,
    Text,
    UniqueConstraint,
    and_,
    func,
    insert,
    select,
    update,
)

from app.features.identity.model import Identity
from app.features.plans.model import Change, Line, Plan, PlanStatus, code_of
from app.features.projects.access import APPLICANT_ROLES, SEES_OPEN_PROJECTS
from app.features.projects.model import STATUS_LABELS, Project
from app.features.projects.store import project, project_amount_change, visible_to
from app.kernel.database import Amount, UnitOfWork, UtcDateTime, metadata
from services.plan import Candidate, Entry, Strike

plan = Table(
    "plan",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("round_year", Integer, nullable=False),
    Column("batch", Integer, nullable=False),
    Column("status", String(16), nullable=False),
    Column("case_id", String(32)),
    Column("created_at", UtcDateTime, nullable=False),
    Column("issued_at", UtcDateTime),
    UniqueConstraint("round_year", "batch"),
)

plan_item = Table(
    "plan_item",
    metadata,
    Column("plan_id", ForeignKey("plan.id"), primary_key=True),
    Column("project_id", String(32), primary_key=True),
    Column("approved", Amount, nullable=False),
    Column("decision", String(16)),
    Column("rank", Integer),
    Column("amount", Amount),
    Column("reason", Text, nullable=False),
    Column("struck", Boolean, nullable=False),
    Column("joined_at", UtcDateTime, nullable=False),
    Index("ix_plan_item_project", "project_id"),
)

# Append-only: what each person decided of each project.
plan_change = Table(
    "plan_change",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("plan_id", ForeignKey("plan.id"), nullable=False),
    Column("project_id", String(32), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("by_name", String(100), nullable=False),
    Column("decision", String(16), nullable=False),
    Column("rank", Integer),
    Column("amount", Amount),
    Column("reason", Text, nullable=False),
    Column("struck", Boolean, nullable=False),
    Index("ix_plan_change_plan", "plan_id", "at"),
)

_PLAN = [plan.c[field.name] for field in fields(Plan)]
# A project that has left, or that has become confidential meanwhile, is nobody's candidate any more.
_STANDING = (project.c.status == "running", project.c.confidential.is_(False))
# What is included by rank, then what nobody has decided, then what is left out.
_ORDER = (
    (plan_item.c.decision == "cut").is_(True),
    plan_item.c.rank.is_(None),
    plan_item.c.rank,
    plan_item.c.joined_at,
    project.c.code,
)


@dataclass(frozen=True)
class Told:
    """What one project is told of the plan that was issued."""

    project_code: str
    included: bool
    amount: Decimal | None
    rank: int | None
    reason: str


def join(uow: UnitOfWork, candidate: Project, *, round_year: int) -> Plan | None:
    """Make a project a candidate of the earliest plan of its round that is being drafted.

    If there is none, a new batch begins: then, and only then, it is returned.
    """
    begun = None
    found = _drafting(uow, round_year)
    while found is None:
        batch = 1 + (uow.connection.scalar(select(func.max(plan.c.batch)).where(plan.c.round_year == round_year)) or 0)
        begun = Plan(code_of(round_year, batch), round_year, batch, "drafting", None, uow.now, None)
        if not uow.insert_if_absent(plan, **vars(begun)):
            begun = None
        found = _drafting(uow, round_year)
    uow.insert_if_absent(
        plan_item,
        plan_id=found.id,
        project_id=candidate.id,
        approved=candidate.approved,
        decision=None,
        rank=None,
        amount=None,
        reason="",
        struck=False,
        joined_at=uow.now,
    )
    return begun


def _drafting(uow: UnitOfWork, round_year: int) -> Plan | None:
    """The earliest plan of a round that takes in candidates; it cannot be submitted before this unit ends."""
    query = select(*_PLAN).where(plan.c.round_year == round_year, plan.c.status == "drafting").order_by(plan.c.batch)
    return _plan(uow.connection.execute(query.limit(1).with_for_update()).one_or_none())


def by_id(uow: UnitOfWork, plan_id: str) -> Plan | None:
    return _plan(uow.connection.execute(select(*_PLAN).where(plan.c.id == plan_id)).one_or_none())


def set_status(uow: UnitOfWork, plan_id: str, status: PlanStatus, **more: Any) -> None:
    uow.connection.execute(update(plan).where(plan.c.id == plan_id).values(status=status, **more))


def candidates(uow: UnitOfWork, plan_id: str) -> tuple[Candidate, ...]:
    """The projects that a plan has to decide on now. Nobody joins it before this unit ends."""
    uow.connection.execute(select(plan.c.id).where(plan.c.id == plan_id).with_for_update())
    columns = (project.c.code, project.c.name, project.c.unit, project.c.approved, plan_item.c.decision)
    rows = uow.connection.execute(_items(*columns).where(plan_item.c.plan_id == plan_id, *_STANDING).order_by(*_ORDER))
    return tuple(Candidate(row.code, row.name, row.unit, row.approved, row.decision) for row in rows)


def standing(uow: UnitOfWork, plan_id: str) -> list[tuple[Line, str]]:
    """What a plan's forms show: the lines of its candidates, each with the id of the applicant's unit."""
    query = _lines().add_columns(project.c.org_id).where(plan_item.c.plan_id == plan_id, *_STANDING).order_by(*_ORDER)
    return [(_line(row), row.org_id) for row in uow.connection.execute(query)]


def write_draft(uow: UnitOfWork, plan_id: str, entries: Sequence[Entry], *, by_name: str) -> None:
    ids = _ids(uow, plan_id)
    for entry in entries:
        said = {"decision": entry.decision, "rank": entry.rank, "amount": entry.amount, "reason": entry.reason}
        _decide(uow, plan_id, ids[entry.code], {**said, "struck": False}, by_name=by_name)


def write_strikes(uow: UnitOfWork, plan_id: str, strikes: Sequence[Strike], *, by_name: str) -> None:
    """Strike projects; their amount and rank in the draft stay on record among the changes."""
    ids = _ids(uow, plan_id)
    for strike in strikes:
        said = {"decision": "cut", "rank": None, "amount": None, "reason": strike.reason, "struck": True}
        _decide(uow, plan_id, ids[strike.code], said, by_name=by_name)


def _decide(uow: UnitOfWork, plan_id: str, project_id: str, said: dict[str, Any], *, by_name: str) -> None:
    """Write what was decided of a project, and who decided it if it differs from what stood there."""
    item = (plan_item.c.plan_id == plan_id, plan_item.c.project_id == project_id)
    before = uow.connection.execute(select(*(plan_item.c[key] for key in said)).where(*item)).mappings().one()
    if dict(before) == said:
        return
    uow.connection.execute(update(plan_item).where(*item).values(**said))
    uow.connection.execute(
        insert(plan_change).values(
            id=uow.ids(), plan_id=plan_id, project_id=project_id, at=uow.now, by_name=by_name, **said
        )
    )


def decided(uow: UnitOfWork, plan_id: str) -> list[Told]:
    """What the projects that are still there are told of a plan."""
    columns = (project.c.code, plan_item.c.decision, plan_item.c.amount, plan_item.c.rank, plan_item.c.reason)
    rows = uow.connection.execute(_items(*columns).where(plan_item.c.plan_id == plan_id, *_STANDING).order_by(*_ORDER))
    return [Told(row.code, row.decision == "include", row.amount, row.rank, row.reason) for row in rows]


def cases_of_project(uow: UnitOfWork, project_id: str) -> list[str]:
    """The cases of the plans in which a project is or was a candidate, the first first."""
    query = select(plan.c.case_id).join(plan_item, plan_item.c.plan_id == plan.c.id)
    query = query.where(plan_item.c.project_id == project_id, plan.c.case_id.is_not(None))
    return list(uow.connection.scalars(query.order_by(plan_item.c.joined_at)))


def of_project(uow: UnitOfWork, project_id: str, identity: Identity) -> list[Plan]:
    """The plans in which a project is or was a candidate, the first first, for whoever may read its line."""
    query = select(*_PLAN).join(plan_item, plan_item.c.plan_id == plan.c.id)
    query = query.join(project, project.c.id == plan_item.c.project_id)
    query = query.where(plan_item.c.project_id == project_id, shown_to(identity)).order_by(plan_item.c.joined_at)
    return [found for row in uow.connection.execute(query) if (found := _plan(row)) is not None]


def plans(uow: UnitOfWork, identity: Identity) -> list[Plan]:
    """The plans with a line that this person may see, the latest round and batch first."""
    having = select(plan_item.c.plan_id).join(project, project.c.id == plan_item.c.project_id).where(shown_to(identity))
    query = select(*_PLAN).where(plan.c.id.in_(having)).order_by(plan.c.round_year.desc(), plan.c.batch.desc())
    return [found for row in uow.connection.execute(query) if (found := _plan(row)) is not None]


def shown_to(identity: Identity) -> ColumnElement[bool]:
    """The condition on `project` under which a person reads its line.

    He may know of it, and reads whole plans or works for its unit.
    """
    if identity.roles & SEES_OPEN_PROJECTS:
        return visible_to(identity)
    units = {member.org_id for member in identity.memberships if member.role in APPLICANT_ROLES}
    return and_(visible_to(identity), project.c.org_id.in_(units))


def lines(uow: UnitOfWork, plan_id: str, identity: Identity) -> tuple[Line, ...]:
    """The lines of a plan that this person may see."""
    query = _lines().where(plan_item.c.plan_id == plan_id, shown_to(identity)).order_by(*_ORDER)
    return tuple(_line(row) for row in uow.connection.execute(query))


def changes(uow: UnitOfWork, plan_id: str, identity: Identity) -> tuple[Change, ...]:
    """Who decided what in a plan, the latest first, of the projects that this person may know of."""
    columns = [plan_change.c[each.name] for each in fields(Change) if each.name != "project_name"]
    query = (
        select(project.c.name.label("project_name"), *columns)
        .join(project, project.c.id == plan_change.c.project_id)
        .where(plan_change.c.plan_id == plan_id, visible_to(identity))
        .order_by(plan_change.c.at.desc(), plan_change.c.id.desc())
    )
    return tuple(Change(**row) for row in uow.connection.execute(query).mappings())


def _ids(uow: UnitOfWork, plan_id: str) -> dict[str, str]:
    query = _items(project.c.code, project.c.id).where(plan_item.c.plan_id == plan_id)
    return {row.code: row.id for row in uow.connection.execute(query)}


def _items(*columns: ColumnElement[Any]) -> Select[Any]:
    return select(*columns).select_from(plan_item.join(project, project.c.id == plan_item.c.project_id))


def _lines() -> Select[Any]:
    """Items with their projects, and with how often an approved amount was adjusted after the plan was issued."""
    later = (
        select(func.count())
        .where(
            project_amount_change.c.project_id == plan_item.c.project_id,
            project_amount_change.c.kind == "approved",
            project_amount_change.c.at >= plan.c.issued_at,
        )
        .scalar_subquery()
    )
    own = ("approved", "decision", "rank", "amount", "reason", "struck")
    of_project = ("stage", "status", "budget", "unit")
    joined = plan_item.join(project, project.c.id == plan_item.c.project_id).join(
        plan, plan.c.id == plan_item.c.plan_id
    )
    return select(
        *(plan_item.c[name] for name in own),
        *(project.c[name] for name in of_project),
        project.c.code,
        project.c.name,
        project.c.approved.label("approved_now"),
        later.label("adjustments"),
    ).select_from(joined)


def _line(row: Row[Any]) -> Line:
    return Line(
        project_code=row.code,
        project_name=row.name,
        unit=row.unit,
        stage=row.stage,
        status_label=STATUS_LABELS[row.status],
        approved=row.approved,
        decision=row.decision,
        rank=row.rank,
        amount=row.amount,
        reason=row.reason,
        struck=row.struck,
        adjusted=row.approved_now if row.adjustments else None,
        budget=row.budget,
    )


def _plan(row: Row[Any] | None) -> Plan | None:
    return None if row is None else Plan(**row._mapping)  # noqa: SLF001 - the public name begins with an underscore
