"""The tables of the register, and the one rule in SQL of who may see which project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Date,
    ForeignKey,
    Index,
    Integer,
    Row,
    Select,
    String,
    Subquery,
    Table,
    Text,
    and_,
    delete,
    exists,
    false,
    func,
    insert,
    literal,
    or_,
    select,
    union_all,
    update,
)

from app.features.identity.model import Identity
from app.features.projects import access
from app.features.projects.model import (
    SHARED_ROLES,
    AmountChange,
    Party,
    Project,
    ProjectFilter,
    RuleBasis,
    ToDecide,
    bigrams,
    normalised,
)
from app.kernel.database import Amount, Json, UnitOfWork, UtcDateTime, metadata
from services.splitting import Sibling

project = Table(
    "project",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("code", String(32), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("org_id", String(32), nullable=False),
    Column("unit", String(200), nullable=False),
    Column("round_year", Integer, nullable=False),
    Column("registered_on", Date, nullable=False),
    Column("stage", String(32), nullable=False),
    Column("status", String(16), nullable=False),
    Column("confidential", Boolean, nullable=False),
    Column("estimate", Amount),
    Column("approved", Amount),
    Column("budget", Amount),
    Column("contract", Amount),
    Column("paid", Amount),
    Column("settled", Amount),
    Column("responsible", String(100)),
    Column("details", Json, nullable=False),
    Column("ruleset", String(100), nullable=False),
    Column("basis", Text),
    Column("created_by", String(32), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("search_text", Text, nullable=False),
    Index("ix_project_org", "org_id", "id"),
    Index("ix_project_round", "round_year", "id"),
    Index("ix_project_stage", "stage", "id"),
    Index("ix_project_status", "status", "id"),
)

project_gram = Table(
    "project_gram",
    metadata,
    Column("gram", String(8), primary_key=True),
    Column("project_id", ForeignKey("project.id"), primary_key=True),
)

project_party = Table(
    "project_party",
    metadata,
    Column("project_id", ForeignKey("project.id"), primary_key=True),
    Column("role", String(50), primary_key=True),
    Column("org_id", String(32), primary_key=True),
    Column("org_name", String(200), nullable=False),
    Column("assigned_at", UtcDateTime, nullable=False),
    Index("ix_project_party_org", "org_id", "role", "project_id"),
)

# Who of the applicant's people may see a confidential project (2-2).
project_reader = Table(
    "project_reader",
    metadata,
    Column("project_id", ForeignKey("project.id"), primary_key=True),
    Column("user_id", String(32), primary_key=True),
    Column("authorised_by", String(32), nullable=False),
    Column("authorised_at", UtcDateTime, nullable=False),
)

# The register holds the amounts in force; here is what they were before (3.2-16).
project_amount_change = Table(
    "project_amount_change",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("project_id", ForeignKey("project.id"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("before", Amount, nullable=False),
    Column("after", Amount, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("by_name", String(100), nullable=False),
    Column("case_id", String(32), nullable=False),
    Index("ix_project_amount_change_project", "project_id", "id"),
)

project_sequence = Table(
    "project_sequence",
    metadata,
    Column("round_year", Integer, primary_key=True),
    Column("last", Integer, nullable=False),
)

rule_basis = Table(
    "rule_basis",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("ruleset", String(100), nullable=False),
    Column("basis", Text, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    Column("decided_by", String(100), nullable=False),
    Column("decided_at", UtcDateTime, nullable=False),
)

_MOST_CANDIDATES = 1000
_MOST_GRAMS = 16

_PROJECT_COLUMNS = [project.c[field.name] for field in fields(Project)]


def next_code(uow: UnitOfWork, *, round_year: int) -> str:
    """The next code of a round, such as YC2027-0001. Two at once wait for each other, so no number comes twice."""
    of_round = project_sequence.c.round_year == round_year
    counted = update(project_sequence).where(of_round).values(last=project_sequence.c.last + 1)
    if uow.connection.execute(counted).rowcount == 0:
        uow.insert_if_absent(project_sequence, round_year=round_year, last=0)
        uow.connection.execute(counted)
    number = uow.connection.execute(select(project_sequence.c.last).where(of_round)).scalar_one()
    return f"YC{round_year}-{number:04d}"


def add(uow: UnitOfWork, new: Project) -> None:
    values = {field.name: getattr(new, field.name) for field in fields(Project)}
    text = _search_text(new.name, new.code, new.unit)
    uow.connection.execute(insert(project).values(**values, search_text=text))
    _index(uow, new.id, text)


def change(uow: UnitOfWork, project_id: str, changes: Mapping[str, Any]) -> None:
    """Write columns of a project; a new name or unit is found by the search at once."""
    if not changes:
        return
    uow.connection.execute(update(project).where(project.c.id == project_id).values(**changes))
    if changes.keys() & {"name", "unit"}:
        row = uow.connection.execute(
            select(project.c.name, project.c.code, project.c.unit).where(project.c.id == project_id)
        ).one()
        text = _search_text(row.name, row.code, row.unit)
        uow.connection.execute(update(project).where(project.c.id == project_id).values(search_text=text))
        uow.connection.execute(delete(project_gram).where(project_gram.c.project_id == project_id))
        _index(uow, project_id, text)


def by_id(uow: UnitOfWork, project_id: str, *, hold: bool = False) -> Project | None:
    """A project; `hold` keeps others from changing it until the unit ends."""
    query = select(*_PROJECT_COLUMNS).where(project.c.id == project_id)
    row = uow.connection.execute(query.with_for_update() if hold else query).one_or_none()
    return None if row is None else _project(row)


def siblings(uow: UnitOfWork, of: Project, *, most: int = 100) -> tuple[Sibling, ...]:
    """The unit's other projects of the same round that are neither over nor confidential, the oldest first."""
    query = (
        select(project.c.code, project.c.name, project.c.stage, project.c.status, project.c.estimate)
        .where(
            project.c.org_id == of.org_id,
            project.c.round_year == of.round_year,
            project.c.id != of.id,
            project.c.status == "running",
            project.c.confidential.is_(False),
        )
        .order_by(project.c.id)
        .limit(most)
    )
    return tuple(Sibling(*row) for row in uow.connection.execute(query))


def built_by(uow: UnitOfWork, of: Project, *, first_year: int, most: int) -> list[Project]:
    """The unit's other projects since a year that came to a contract and are not confidential, the newest first."""
    query = (
        select(*_PROJECT_COLUMNS)
        .where(
            project.c.org_id == of.org_id,
            project.c.id != of.id,
            project.c.round_year.between(first_year, of.round_year),
            project.c.contract.is_not(None),
            project.c.confidential.is_(False),
        )
        .order_by(project.c.id.desc())
        .limit(most)
    )
    return [_project(row) for row in uow.connection.execute(query)]


def is_secrecy_code_given(uow: UnitOfWork, code: str, *, but: str) -> bool:
    """Whether a classified project other than `but` goes by this code (3.1-6). There are never many of them."""
    query = select(project.c.details).where(project.c.confidential.is_(True), project.c.id != but)
    return any(details.get("secrecy_code") == code for details in uow.connection.scalars(query))


def lock(uow: UnitOfWork, project_id: str) -> None:
    """Keep others from changing the project until the unit ends."""
    uow.connection.execute(select(project.c.id).where(project.c.id == project_id).with_for_update())


def id_of_code(uow: UnitOfWork, code: str) -> str | None:
    return uow.connection.scalar(select(project.c.id).where(project.c.code == code))


def of_code(uow: UnitOfWork, code: str) -> Project | None:
    project_id = id_of_code(uow, code)
    return None if project_id is None else by_id(uow, project_id)


def visible(uow: UnitOfWork, identity: Identity, project_id: str) -> Project | None:
    """The project, if this person may know of it."""
    query = select(*_PROJECT_COLUMNS).where(project.c.id == project_id, visible_to(identity))
    row = uow.connection.execute(query).one_or_none()
    return None if row is None else _project(row)


def visible_of_code(uow: UnitOfWork, identity: Identity, code: str) -> Project | None:
    """The project of this code, if this person may know of it."""
    project_id = id_of_code(uow, code)
    return None if project_id is None else visible(uow, identity, project_id)


def search(
    uow: UnitOfWork,
    identity: Identity,
    wanted: ProjectFilter,
    *,
    limit: int,
    after: str | None,
    among: Select[tuple[str]] | None = None,
) -> list[Project]:
    """The newest first; `among` selects the ids of the only ones that are meant."""
    query = select(*_PROJECT_COLUMNS).where(visible_to(identity), *_conditions(wanted))
    if among is not None:
        query = query.where(project.c.id.in_(among))
    if after is not None:
        query = query.where(project.c.id < after)
    rows = uow.connection.execute(query.order_by(project.c.id.desc()).limit(limit))
    return [_project(row) for row in rows]


def confidential(uow: UnitOfWork, identity: Identity, *, limit: int, after: str | None) -> list[Project]:
    """The confidential projects that this person may know of, the newest first."""
    query = select(*_PROJECT_COLUMNS).where(project.c.confidential.is_(True), visible_to(identity))
    if after is not None:
        query = query.where(project.c.id < after)
    return [_project(row) for row in uow.connection.execute(query.order_by(project.c.id.desc()).limit(limit))]


def ids_with(uow: UnitOfWork, word: str, *, most: int) -> list[str] | None:
    """The projects in whose name, code or unit a normalised word occurs; None when there may be more than `most`.

    The rarest two characters of the word find them: so a word of one character is as good as common.
    """
    grams = sorted(bigrams(word))[:_MOST_GRAMS]
    if not grams:
        return None
    counts = [(row.projects, row.gram) for row in uow.connection.execute(union_all(*map(_counted, grams)))]
    count, rarest = min(counts)
    if count > _MOST_CANDIDATES:
        return None
    candidates = _holding(rarest)
    found = (
        select(project.c.id)
        .join(candidates, candidates.c.project_id == project.c.id)
        .where(project.c.search_text.contains(word, autoescape=True))
        .limit(most + 1)
    )
    ids = list(uow.connection.scalars(found))
    return ids if len(ids) <= most else None


def _counted(gram: str) -> Select[Any]:
    """A gram with the number of its projects, counted no further than it matters."""
    counted = select(func.count()).select_from(_holding(gram)).scalar_subquery()
    return select(literal(gram).label("gram"), counted.label("projects"))


def _holding(gram: str) -> Subquery:
    """The projects with a gram. Its limit keeps the database from looking for them in another way."""
    return select(project_gram.c.project_id).where(project_gram.c.gram == gram).limit(_MOST_CANDIDATES + 1).subquery()


def visible_to(identity: Identity) -> ColumnElement[bool]:
    """The condition on `project` under which this person may know of it.

    Open projects: the authorities of the regulation and the administrators see all (2-1 to 2-4), the trading center
    those that have come to procurement (2-5), everybody else those in which an organisation of theirs takes part.
    Confidential projects: only the secrecy office, the finance bureau, and people of the applicant who were
    authorised by name (2-2).
    """
    own = [(member.org_id, member.role) for member in identity.memberships]
    units = {org_id for org_id, role in own if role in access.APPLICANT_ROLES}
    mine: list[ColumnElement[bool]] = [project.c.org_id.in_(units)] if units else []
    open_to: list[ColumnElement[bool]] = []
    if identity.roles & access.SEES_OPEN_PROJECTS:
        open_to.append(project.c.id.is_not(None))
    else:
        open_to += mine
        if identity.roles & access.SEES_PROCURED_PROJECTS:
            open_to.append(project.c.stage.in_(access.PROCURED_STAGES))
        if own:
            open_to.append(_takes_part(own))
    secret: list[ColumnElement[bool]] = []
    if identity.roles & access.SEES_CONFIDENTIAL_PROJECTS:
        secret.append(project.c.id.is_not(None))
    elif mine:
        reads = exists().where(
            project_reader.c.project_id == project.c.id, project_reader.c.user_id == identity.user_id
        )
        secret.append(and_(*mine, reads))
    return or_(
        and_(project.c.confidential.is_(False), or_(false(), *open_to)),
        and_(project.c.confidential.is_(True), or_(false(), *secret)),
    )


def _takes_part(memberships: Sequence[tuple[str, str]]) -> ColumnElement[bool]:
    pairs = [and_(project_party.c.org_id == org_id, project_party.c.role == role) for org_id, role in memberships]
    return exists().where(project_party.c.project_id == project.c.id, or_(*pairs))


def _conditions(wanted: ProjectFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    for column, value in (
        (project.c.stage, wanted.stage),
        (project.c.status, wanted.status),
        (project.c.round_year, wanted.round_year),
        (project.c.org_id, wanted.org_id),
    ):
        if value is not None:
            conditions.append(column == value)
    for word in normalised(wanted.text).split():
        # The bigrams find the candidates through an index, the text itself has the last word.
        conditions += [
            exists().where(project_gram.c.project_id == project.c.id, project_gram.c.gram == gram)
            for gram in sorted(bigrams(word))[:4]
        ]
        conditions.append(project.c.search_text.contains(word, autoescape=True))
    return conditions


def set_party(uow: UnitOfWork, *, project_id: str, party: Party, known: bool = False) -> None:
    """Let an organisation have a role in a project; `known` tells whether one had it before.

    It takes the place of the one before it, or its place beside it where several share the role.
    """
    values = {"org_id": party.org_id, "org_name": party.org_name, "assigned_at": uow.now}
    if party.role in SHARED_ROLES:
        uow.insert_if_absent(project_party, project_id=project_id, role=party.role, **values)
    elif known:
        former = (project_party.c.project_id == project_id, project_party.c.role == party.role)
        uow.connection.execute(update(project_party).where(*former).values(**values))
    else:
        uow.connection.execute(insert(project_party).values(project_id=project_id, role=party.role, **values))


def parties(uow: UnitOfWork, project_id: str) -> tuple[Party, ...]:
    query = select(project_party).where(project_party.c.project_id == project_id).order_by(project_party.c.assigned_at)
    return tuple(Party(row.role, row.org_id, row.org_name) for row in uow.connection.execute(query))


def add_amount_changes(uow: UnitOfWork, project_id: str, changes: Sequence[AmountChange]) -> None:
    if changes:
        rows = [{"id": uow.ids(), "project_id": project_id, **vars(each)} for each in changes]
        uow.connection.execute(insert(project_amount_change), rows)


def amount_changes(uow: UnitOfWork, project_id: str) -> tuple[AmountChange, ...]:
    """The latest first; those of one moment in the order of their kinds."""
    columns = [project_amount_change.c[each.name] for each in fields(AmountChange)]
    query = select(*columns).where(project_amount_change.c.project_id == project_id)
    rows = uow.connection.execute(query.order_by(project_amount_change.c.at.desc(), project_amount_change.c.kind))
    return tuple(AmountChange(**row) for row in rows.mappings())


def authorise_reader(uow: UnitOfWork, *, project_id: str, user_id: str, by: str) -> None:
    where = (project_reader.c.project_id == project_id, project_reader.c.user_id == user_id)
    if uow.connection.execute(select(project_reader.c.user_id).where(*where)).one_or_none() is None:
        uow.connection.execute(
            insert(project_reader).values(
                project_id=project_id, user_id=user_id, authorised_by=by, authorised_at=uow.now
            )
        )


def withdraw_reader(uow: UnitOfWork, *, project_id: str, user_id: str) -> None:
    where = (project_reader.c.project_id == project_id, project_reader.c.user_id == user_id)
    uow.connection.execute(delete(project_reader).where(*where))


def readers(uow: UnitOfWork, project_id: str) -> list[str]:
    """The ids of those who were authorised for a confidential project, the first first."""
    query = select(project_reader.c.user_id).where(project_reader.c.project_id == project_id)
    return list(uow.connection.scalars(query.order_by(project_reader.c.authorised_at, project_reader.c.user_id)))


def decided_by(uow: UnitOfWork, identity: Identity, *, limit: int, after: str | None) -> list[ToDecide]:
    """The confidential projects whose readers this person names, the newest first, and how many each has."""
    units = [member.org_id for member in identity.memberships if member.role == "applicant-lead"]
    count = select(func.count()).where(project_reader.c.project_id == project.c.id).scalar_subquery()
    query = select(project.c.id, project.c.code, project.c.unit, project.c.registered_on, count.label("readers"))
    query = query.where(project.c.confidential.is_(True)).order_by(project.c.id.desc()).limit(limit)
    if not identity.has("secrecy-office"):
        query = query.where(project.c.org_id.in_(units))
    if after is not None:
        query = query.where(project.c.id < after)
    return [ToDecide(**row) for row in uow.connection.execute(query).mappings()]


def add_basis(uow: UnitOfWork, basis: RuleBasis) -> None:
    values = {field.name: getattr(basis, field.name) for field in fields(RuleBasis)}
    uow.connection.execute(insert(rule_basis).values(**values))


def bases(uow: UnitOfWork) -> list[RuleBasis]:
    rows = uow.connection.execute(select(rule_basis).order_by(rule_basis.c.decided_at.desc(), rule_basis.c.id.desc()))
    return [RuleBasis(**row) for row in rows.mappings()]


def bases_on(uow: UnitOfWork, day: date) -> list[RuleBasis]:
    """The decisions that hold on a day, the latest first."""
    return [
        basis for basis in bases(uow) if basis.valid_from <= day and (basis.valid_to is None or day <= basis.valid_to)
    ]


def _search_text(*parts: str) -> str:
    return normalised(" ".join(parts))


def _index(uow: UnitOfWork, project_id: str, text: str) -> None:
    rows = [{"gram": gram, "project_id": project_id} for gram in sorted(bigrams(text))]
    uow.connection.execute(insert(project_gram), rows)


def _project(row: Row[Any]) -> Project:
    return Project(**row._mapping)  # noqa: SLF001 - the public name of a row's mapping begins with an underscore
