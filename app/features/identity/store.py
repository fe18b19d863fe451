"""The tables of organisations, users and memberships."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Row,
    String,
    Table,
    delete,
    insert,
    or_,
    select,
    update,
)

from app.features.identity.model import Credentials, Identity, Membership, Organisation, User
from app.kernel.columns import UtcDateTime
from app.kernel.database import UnitOfWork
from app.kernel.schema import metadata

organisation = Table(
    "organisation",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(100), nullable=False, unique=True),
    Column("short_name", String(40), nullable=False),
    Column("kind", String(32), nullable=False, index=True),
    Column("credit_code", String(18), nullable=False),
)

# The role is the key: an office's role is held by one organisation.
authority = Table(
    "authority",
    metadata,
    Column("role", String(32), primary_key=True),
    Column("org_id", String(32), ForeignKey("organisation.id"), nullable=False, index=True),
)

user_account = Table(
    "user_account",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("account", String(32), nullable=False, unique=True),
    Column("name", String(100), nullable=False),
    Column("password_hash", String(200), nullable=False),
    Column("must_change_password", Boolean, nullable=False),
    Column("active", Boolean, nullable=False),
    # Sessions carry a copy of it: a new stamp ends them all.
    Column("session_stamp", String(32), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("last_login_at", UtcDateTime),
)

membership = Table(
    "membership",
    metadata,
    Column("user_id", String(32), ForeignKey("user_account.id"), nullable=False),
    Column("org_id", String(32), ForeignKey("organisation.id"), nullable=False),
    Column("role", String(32), nullable=False),
    PrimaryKeyConstraint("user_id", "org_id", "role"),
    Index(None, "org_id", "role"),
)

# By the name that was typed, whether or not there is such an account: a lock must not tell which exist.
login_failure = Table(
    "login_failure",
    metadata,
    Column("account", String(32), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", UtcDateTime, nullable=False, index=True),
    Column("locked_until", UtcDateTime),
)


# --- organisations ---------------------------------------------------------------------------------------------------


def organisations(uow: UnitOfWork, *, kind: str | None = None, ids: Iterable[str] | None = None) -> list[Organisation]:
    """Organisations by name: all, those of a kind, or those with the ids; in one statement."""
    wanted = (
        select(organisation, authority.c.role)
        .outerjoin(authority, authority.c.org_id == organisation.c.id)
        .order_by(organisation.c.name, authority.c.role)
    )
    if kind is not None:
        wanted = wanted.where(organisation.c.kind == kind)
    if ids is not None:
        wanted = wanted.where(organisation.c.id.in_(list(ids)))
    by_id: dict[str, list[Row[Any]]] = {}
    for row in uow.connection.execute(wanted):
        by_id.setdefault(row.id, []).append(row)
    return [
        Organisation(
            id=rows[0].id,
            name=rows[0].name,
            short_name=rows[0].short_name,
            kind=rows[0].kind,
            credit_code=rows[0].credit_code,
            authority_roles=tuple(row.role for row in rows if row.role),
        )
        for rows in by_id.values()
    ]


def organisation_by_id(uow: UnitOfWork, org_id: str) -> Organisation | None:
    return next(iter(organisations(uow, ids=[org_id])), None)


def holder_of(uow: UnitOfWork, role: str) -> str | None:
    """The id of the organisation that holds an authority role."""
    return uow.connection.scalar(select(authority.c.org_id).where(authority.c.role == role))


def add_organisation(uow: UnitOfWork, org: Organisation) -> None:
    uow.connection.execute(
        insert(organisation).values(
            id=org.id, name=org.name, short_name=org.short_name, kind=org.kind, credit_code=org.credit_code
        )
    )
    for role in org.authority_roles:
        set_holder(uow, role, org.id)


def update_organisation(uow: UnitOfWork, org: Organisation) -> None:
    changed = update(organisation).where(organisation.c.id == org.id)
    uow.connection.execute(
        changed.values(name=org.name, short_name=org.short_name, kind=org.kind, credit_code=org.credit_code)
    )


def is_name_taken(uow: UnitOfWork, name: str, *, except_id: str = "") -> bool:
    taken = select(organisation.c.id).where(organisation.c.name == name, organisation.c.id != except_id)
    return uow.connection.scalar(taken) is not None


def set_holder(uow: UnitOfWork, role: str, org_id: str) -> None:
    """Let this organisation hold the authority role from now on."""
    uow.connection.execute(delete(authority).where(authority.c.role == role))
    uow.connection.execute(insert(authority).values(role=role, org_id=org_id))


# --- users -----------------------------------------------------------------------------------------------------------


def identity(uow: UnitOfWork, user_id: str) -> Identity | None:
    """An active user with all memberships, in one statement."""
    found = _identities(uow, user_account.c.id == user_id, user_account.c.active)
    return found[0][0] if found else None


def identity_with_stamp(uow: UnitOfWork, user_id: str, stamp: str) -> tuple[Identity, bool] | None:
    """An active user whose session stamp is still this one, and whether the password has to be changed first."""
    found = _identities(uow, user_account.c.id == user_id, user_account.c.session_stamp == stamp, user_account.c.active)
    return found[0] if found else None


def authority_of(uow: UnitOfWork, role: str) -> str | None:
    """The organisation that holds an office's role."""
    return uow.connection.scalar(select(authority.c.org_id).where(authority.c.role == role))


def lock_office(uow: UnitOfWork, role: str) -> None:
    """Let what is done for an office's role go one after the other, until the unit ends."""
    uow.connection.execute(select(authority.c.org_id).where(authority.c.role == role).with_for_update())


def identities_at(uow: UnitOfWork, role: str, org_id: str) -> list[Identity]:
    """The active users who have the role at the organisation."""
    members = select(membership.c.user_id).where(membership.c.role == role, membership.c.org_id == org_id)
    return [person for person, _ in _identities(uow, user_account.c.id.in_(members), user_account.c.active)]


def users(uow: UnitOfWork, *, search: str = "", limit: int = 50, offset: int = 0) -> list[User]:
    """Users by account; `search` matches part of an account or a name."""
    wanted = select(user_account).order_by(user_account.c.account).limit(limit).offset(offset)
    if search:
        wanted = wanted.where(
            or_(
                user_account.c.account.contains(search.lower(), autoescape=True),
                user_account.c.name.contains(search, autoescape=True),
            )
        )
    return _users(uow, uow.connection.execute(wanted).all())


def user(uow: UnitOfWork, user_id: str) -> User | None:
    found = uow.connection.execute(select(user_account).where(user_account.c.id == user_id)).all()
    return next(iter(_users(uow, found)), None)


def names(uow: UnitOfWork, user_ids: Iterable[str]) -> Mapping[str, str]:
    """The names of users, also of those who are no longer active."""
    wanted = select(user_account.c.id, user_account.c.name).where(user_account.c.id.in_(list(user_ids)))
    return {row.id: row.name for row in uow.connection.execute(wanted)}


def credentials(uow: UnitOfWork, account: str) -> Credentials | None:
    return _credentials(uow, user_account.c.account == account)


def credentials_by_id(uow: UnitOfWork, user_id: str) -> Credentials | None:
    return _credentials(uow, user_account.c.id == user_id)


def add_user(
    uow: UnitOfWork, *, user_id: str, account: str, name: str, password_hash: str, must_change_password: bool
) -> None:
    uow.connection.execute(
        insert(user_account).values(
            id=user_id,
            account=account,
            name=name,
            password_hash=password_hash,
            must_change_password=must_change_password,
            active=True,
            session_stamp=uow.ids(),
            created_at=uow.now,
        )
    )


def set_password(uow: UnitOfWork, user_id: str, password_hash: str, *, must_change: bool) -> None:
    """Set the hash and end every session of the user."""
    _change_user(uow, user_id, password_hash=password_hash, must_change_password=must_change, session_stamp=uow.ids())


def rehash_password(uow: UnitOfWork, user_id: str, password_hash: str) -> None:
    _change_user(uow, user_id, password_hash=password_hash)


def set_active(uow: UnitOfWork, user_id: str, *, active: bool) -> None:
    """Lock a user out, or in again; either way every session ends."""
    _change_user(uow, user_id, active=active, session_stamp=uow.ids())


def end_sessions(uow: UnitOfWork, user_id: str) -> None:
    _change_user(uow, user_id, session_stamp=uow.ids())


def set_last_login(uow: UnitOfWork, user_id: str) -> None:
    _change_user(uow, user_id, last_login_at=uow.now)


def lock(uow: UnitOfWork, user_id: str) -> None:
    """Let nobody else change this user's roles until the unit ends."""
    uow.connection.execute(select(user_account.c.id).where(user_account.c.id == user_id).with_for_update())


def add_membership(uow: UnitOfWork, user_id: str, *, org_id: str, role: str) -> None:
    uow.connection.execute(insert(membership).values(user_id=user_id, org_id=org_id, role=role))


def remove_membership(uow: UnitOfWork, user_id: str, *, org_id: str, role: str) -> bool:
    """Whether there was such a membership to remove."""
    gone = delete(membership).where(
        membership.c.user_id == user_id, membership.c.org_id == org_id, membership.c.role == role
    )
    return uow.connection.execute(gone).rowcount > 0


def end_memberships(uow: UnitOfWork, *, org_id: str, role: str) -> int:
    """Take a role from everybody who has it at an organisation; how many had it."""
    gone = delete(membership).where(membership.c.org_id == org_id, membership.c.role == role)
    return uow.connection.execute(gone).rowcount


# --- failed sign-ins -------------------------------------------------------------------------------------------------


def locked_until(uow: UnitOfWork, account: str) -> datetime | None:
    return uow.connection.scalar(select(login_failure.c.locked_until).where(login_failure.c.account == account))


def count_failure(uow: UnitOfWork, account: str, *, within: timedelta) -> int:
    """Count a failed sign-in and return how many there were in a row; older ones than `within` are forgotten."""
    uow.connection.execute(delete(login_failure).where(login_failure.c.last_at < uow.now - within))
    uow.insert_if_absent(login_failure, account=account, failures=0, last_at=uow.now)
    counted = update(login_failure).where(login_failure.c.account == account)
    uow.connection.execute(counted.values(failures=login_failure.c.failures + 1, last_at=uow.now))
    failures = uow.connection.scalar(select(login_failure.c.failures).where(login_failure.c.account == account))
    return failures or 0


def lock_until(uow: UnitOfWork, account: str, until: datetime) -> None:
    locked = update(login_failure).where(login_failure.c.account == account)
    uow.connection.execute(locked.values(failures=0, locked_until=until))


def forget_failures(uow: UnitOfWork, account: str) -> None:
    uow.connection.execute(delete(login_failure).where(login_failure.c.account == account))


# --- rows to values --------------------------------------------------------------------------------------------------


def _identities(uow: UnitOfWork, *conditions: Any) -> list[tuple[Identity, bool]]:
    wanted = (
        select(
            user_account.c.id,
            user_account.c.account,
            user_account.c.name,
            user_account.c.must_change_password,
            membership.c.org_id,
            membership.c.role,
            organisation.c.name.label("org_name"),
        )
        .select_from(user_account)
        .outerjoin(membership, membership.c.user_id == user_account.c.id)
        .outerjoin(organisation, organisation.c.id == membership.c.org_id)
        .where(*conditions)
        .order_by(user_account.c.account, organisation.c.name, membership.c.role)
    )
    by_user: dict[str, list[Row[Any]]] = {}
    for row in uow.connection.execute(wanted):
        by_user.setdefault(row.id, []).append(row)
    return [
        (
            Identity(
                user_id=rows[0].id,
                account=rows[0].account,
                name=rows[0].name,
                memberships=tuple(Membership(row.org_id, row.org_name, row.role) for row in rows if row.role),
            ),
            rows[0].must_change_password,
        )
        for rows in by_user.values()
    ]


def _users(uow: UnitOfWork, rows: Iterable[Row[Any]]) -> list[User]:
    rows = list(rows)
    wanted = (
        select(membership.c.user_id, membership.c.org_id, membership.c.role, organisation.c.name)
        .join(organisation, organisation.c.id == membership.c.org_id)
        .where(membership.c.user_id.in_([row.id for row in rows]))
        .order_by(organisation.c.name, membership.c.role)
    )
    held: dict[str, list[Membership]] = {}
    for row in uow.connection.execute(wanted):
        held.setdefault(row.user_id, []).append(Membership(row.org_id, row.name, row.role))
    return [
        User(
            id=row.id,
            account=row.account,
            name=row.name,
            active=row.active,
            must_change_password=row.must_change_password,
            last_login_at=row.last_login_at,
            memberships=tuple(held.get(row.id, ())),
        )
        for row in rows
    ]


def _credentials(uow: UnitOfWork, condition: Any) -> Credentials | None:
    row = uow.connection.execute(select(user_account).where(condition)).first()
    if row is None:
        return None
    return Credentials(
        user_id=row.id,
        name=row.name,
        password_hash=row.password_hash,
        session_stamp=row.session_stamp,
        active=row.active,
        must_change_password=row.must_change_password,
    )


def _change_user(uow: UnitOfWork, user_id: str, **values: Any) -> None:
    uow.connection.execute(update(user_account).where(user_account.c.id == user_id).values(**values))
