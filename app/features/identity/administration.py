"""What administrators do with organisations, users and roles.

Three separated duties: the system administrator makes accounts and organisations, the security administrator gives
and takes rights, the audit administrator watches both. `identity` is None for the command line, which acts as the
system itself.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from app.features.audit import store as audit
from app.features.audit.model import AUTOMATIC, SYSTEM, Act, Entry
from app.features.identity import store
from app.features.identity.model import (
    AUTHORITY_ROLES,
    DUTY_ROLES,
    ORGANISATION_KINDS,
    ROLES,
    SEPARATED_DUTIES,
    Identity,
    Organisation,
    User,
    account_problem,
    is_credit_code,
    password_problem,
    queue,
)
from app.features.identity.passwords import Passwords, initial_password
from app.kernel.database import Database, UnitOfWork
from app.kernel.errors import Conflict, Invalid, Missing, Refused

_LONGEST_NAME, _LONGEST_SHORT_NAME = 100, 40


@dataclass(frozen=True)
class NewPassword:
    """A user's initial password, shown to the administrator once."""

    user_id: str
    password: str


class OpenTasks(Protocol):
    """What becomes of open tasks when those who do them change. The cases, which have the tasks, supply it."""

    def end_claims(self, uow: UnitOfWork, user_id: str, *, queue: str | None = None) -> None: ...

    def hand_over(self, uow: UnitOfWork, *, role: str, org_id: str, queue: str) -> None: ...


class Administration:
    """The use cases of the three administrators.

    Nothing is left with people who can no longer do it: whoever loses his account or a role loses his claims, and an
    office's open tasks go with its role.
    """

    def __init__(self, database: Database, passwords: Passwords, *, tasks: OpenTasks) -> None:
        self._database = database
        self._passwords = passwords
        self._tasks = tasks

    # Organisations

    def organisations(self, identity: Identity | None) -> list[Organisation]:
        """All organisations, by name."""
        _require(identity, *SEPARATED_DUTIES)
        with self._database.read() as uow:
            return store.organisations(uow)

    def create_organisation(
        self, identity: Identity | None, *, name: str, short_name: str, kind: str, credit_code: str = ""
    ) -> str:
        """The id of a new organisation. Raises Invalid."""
        _require(identity, "administrator")
        with self._database.write() as uow:
            org = Organisation(uow.ids(), name.strip(), short_name.strip(), kind, credit_code.strip().upper())
            _check_organisation(uow, org)
            store.add_organisation(uow, org)
            _record(uow, identity, "create-organisation", f"organisation:{org.id}", {"name": org.name, "kind": kind})
        return org.id

    def update_organisation(
        self, identity: Identity | None, org_id: str, *, name: str, short_name: str, kind: str, credit_code: str = ""
    ) -> None:
        """Raises Missing, Invalid."""
        _require(identity, "administrator")
        with self._database.write() as uow:
            before = _organisation(uow, org_id)
            org = Organisation(org_id, name.strip(), short_name.strip(), kind, credit_code.strip().upper())
            _check_organisation(uow, org)
            store.update_organisation(uow, org)
            details = {"before": before.name, "name": org.name, "kind": org.kind}
            _record(uow, identity, "update-organisation", f"organisation:{org_id}", details)

    def assign_authority(self, identity: Identity | None, role: str, org_id: str) -> None:
        """Let an organisation hold an office's role, and do its open tasks, instead of whoever held it.

        The people of the former one lose the role, and with it what they might see. Raises Missing, Invalid.
        """
        _require(identity, "security-administrator")
        if role not in AUTHORITY_ROLES:
            raise Invalid("没有这个机关角色。", {"role": "没有这个机关角色。"})
        with self._database.write() as uow:
            _organisation(uow, org_id)
            before = store.holder_of(uow, role)
            if before == org_id:
                return
            store.set_holder(uow, role, org_id)
            ended = store.end_memberships(uow, org_id=before, role=role) if before else 0
            self._tasks.hand_over(uow, role=role, org_id=org_id, queue=queue(role, org_id))
            details = {"role": role, "before": before, "ended": ended}
            _record(uow, identity, "assign-authority", f"organisation:{org_id}", details)

    # Users

    def users(self, identity: Identity | None, *, search: str = "", limit: int = 50, offset: int = 0) -> list[User]:
        """Users by account; `search` matches part of an account or a name."""
        _require(identity, *SEPARATED_DUTIES)
        with self._database.read() as uow:
            return store.users(uow, search=search.strip(), limit=limit, offset=offset)

    def user(self, identity: Identity | None, user_id: str) -> User:
        """Raises Missing."""
        _require(identity, *SEPARATED_DUTIES)
        with self._database.read() as uow:
            return _user(uow, user_id)

    def create_user(
        self, identity: Identity | None, *, account: str, name: str, password: str | None = None
    ) -> NewPassword:
        """A new account. Raises Invalid.

        Without a password it gets a random one, to be changed at the first sign-in.
        """
        _require(identity, "administrator")
        account, name = account.strip(), name.strip()
        problems = {"account": account_problem(account), "name": _name_problem(name, _LONGEST_NAME, "姓名")}
        if password is not None:
            problems["password"] = password_problem(password, account)
        _raise_invalid("用户没有创建。", problems)
        given = password or initial_password(account)
        hashed = self._passwords.hash(given)
        with self._database.write() as uow:
            if store.credentials(uow, account):
                raise Invalid("用户没有创建。", {"account": "这个账号已有人使用。"})
            user_id = uow.ids()
            store.add_user(
                uow,
                user_id=user_id,
                account=account,
                name=name,
                password_hash=hashed,
                must_change_password=password is None,
            )
            _record(uow, identity, "create-user", f"user:{user_id}", {"account": account})
        return NewPassword(user_id, given)

    def reset_password(self, identity: Identity | None, user_id: str) -> NewPassword:
        """A new random password for someone who lost his; it also ends a lock after failures. Raises Missing."""
        _require(identity, "security-administrator")
        with self._database.write() as uow:
            user = _user(uow, user_id)
            given = initial_password(user.account)
            store.set_password(uow, user_id, self._passwords.hash(given), must_change=True)
            store.forget_failures(uow, user.account)
            _record(uow, identity, "reset-password", f"user:{user_id}")
        return NewPassword(user_id, given)

    def lock_user(self, identity: Identity | None, user_id: str) -> None:
        """Lock an account; whoever is signed in with it is out at once. Raises Missing, Refused for one's own."""
        self._set_active(identity, user_id, active=False)

    def unlock_user(self, identity: Identity | None, user_id: str) -> None:
        """Let a locked account in again, whatever had locked it. Raises Missing, Refused for one's own."""
        self._set_active(identity, user_id, active=True)

    def _set_active(self, identity: Identity | None, user_id: str, *, active: bool) -> None:
        _require(identity, "administrator", "security-administrator")
        _refuse_own(identity, user_id)
        with self._database.write() as uow:
            user = _user(uow, user_id)
            store.set_active(uow, user_id, active=active)
            if not active:
                self._tasks.end_claims(uow, user_id)
            store.forget_failures(uow, user.account)
            _record(uow, identity, "unlock-user" if active else "lock-user", f"user:{user_id}")

    # Roles

    def grant_role(self, identity: Identity | None, user_id: str, *, org_id: str, role: str) -> None:
        """Give a user a role at an organisation.

        Raises Missing, Refused for one's own rights, Invalid when the organisation does not hold the role or the user
        has a duty that must be kept apart, Conflict when he has the role already.
        """
        _require(identity, "security-administrator")
        _refuse_own(identity, user_id)
        with self._database.write() as uow:
            # Two grants at once, each seeing the user without the other, could give him two duties.
            store.lock(uow, user_id)
            user, org = _user(uow, user_id), _organisation(uow, org_id)
            _check_grant(user, org, role)
            store.add_membership(uow, user_id, org_id=org_id, role=role)
            _record(uow, identity, "grant-role", f"user:{user_id}", {"role": role, "org_id": org_id})

    def revoke_role(self, identity: Identity | None, user_id: str, *, org_id: str, role: str) -> None:
        """Take a role from a user. Raises Missing, Refused for one's own rights."""
        _require(identity, "security-administrator")
        _refuse_own(identity, user_id)
        with self._database.write() as uow:
            if not store.remove_membership(uow, user_id, org_id=org_id, role=role):
                raise Missing("该用户没有这个角色。")
            self._tasks.end_claims(uow, user_id, queue=queue(role, org_id))
            _record(uow, identity, "revoke-role", f"user:{user_id}", {"role": role, "org_id": org_id})

    # The trail

    def audit_trail(self, identity: Identity | None, *, before: int | None = None, limit: int = 50) -> list[Entry]:
        """The newest entries of the system's own chain; `before` is the sequence number to page on from."""
        _require(identity, "audit-administrator")
        with self._database.read() as uow:
            return audit.latest(uow, scope=SYSTEM, before=before, limit=limit)

    def names(self, identity: Identity | None, ids: Collection[str]) -> Mapping[str, str]:
        """The names of those of `ids` that belong to users or organisations, to read the audit trail with."""
        _require(identity, "audit-administrator")
        with self._database.read() as uow:
            organisations = store.organisations(uow, ids=ids)
            return {**store.names(uow, ids), **{organisation.id: organisation.name for organisation in organisations}}


def _require(identity: Identity | None, *roles: str) -> None:
    if identity is not None and identity.roles.isdisjoint(roles):
        needed = "、".join(ROLES[role] for role in sorted(roles))
        raise Refused(f"只有{needed}可以这样做。")


def _refuse_own(identity: Identity | None, user_id: str) -> None:
    if identity is not None and identity.user_id == user_id:
        raise Refused("不能更改自己的账号状态和角色。")


def _name_problem(name: str, longest: int, label: str) -> str | None:
    if not name:
        return f"请填写{label}。"
    return f"{label}最多 {longest} 字。" if len(name) > longest else None


def _check_organisation(uow: UnitOfWork, org: Organisation) -> None:
    problems = {
        "name": _name_problem(org.name, _LONGEST_NAME, "单位名称"),
        "short_name": _name_problem(org.short_name, _LONGEST_SHORT_NAME, "单位简称"),
        "kind": None if org.kind in ORGANISATION_KINDS else "请选择单位类别。",
        "credit_code": None if not org.credit_code or is_credit_code(org.credit_code) else "统一社会信用代码有误。",
    }
    if store.is_name_taken(uow, org.name, except_id=org.id):
        problems["name"] = "已有同名单位。"
    _raise_invalid("单位没有保存。", problems)


def _check_grant(user: User, org: Organisation, role: str) -> None:
    held = {membership.role for membership in user.memberships}
    if role not in ROLES:
        raise Invalid("没有这个角色。", {"role": "没有这个角色。"})
    if role in AUTHORITY_ROLES and role not in org.authority_roles:
        raise Invalid("角色没有授予。", {"role": f"{org.name}不承担“{ROLES[role]}”。"})
    if role in SEPARATED_DUTIES and held & (SEPARATED_DUTIES - {role}):
        other = DUTY_ROLES[next(iter(held & (SEPARATED_DUTIES - {role})))]
        raise Invalid("角色没有授予。", {"role": f"该用户已是{other},三类管理员须由不同的人担任。"})
    if any((membership.role, membership.org_id) == (role, org.id) for membership in user.memberships):
        raise Conflict("该用户已有这个角色。")


def _organisation(uow: UnitOfWork, org_id: str) -> Organisation:
    org = store.organisation_by_id(uow, org_id)
    if org is None:
        raise Missing("没有这个单位。")
    return org


def _user(uow: UnitOfWork, user_id: str) -> User:
    user = store.user(uow, user_id)
    if user is None:
        raise Missing("没有这个用户。")
    return user


def _raise_invalid(message: str, problems: Mapping[str, str | None]) -> None:
    found = {field: problem for field, problem in problems.items() if problem}
    if found:
        raise Invalid(message, found)


def _record(
    uow: UnitOfWork, identity: Identity | None, action: str, subject: str, details: Mapping[str, Any] | None = None
) -> None:
    actor = identity.acting() if identity else AUTOMATIC
    audit.append_to_system(uow, Act(actor=actor, action=action, subject=subject, details=details or {}))
