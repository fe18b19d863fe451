"""Signing in and out, and the password one signs in with."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta

from app.features.audit import store as audit
from app.features.audit.model import Act, Actor
from app.features.identity import store
from app.features.identity.model import Credentials, Identity, User, password_problem
from app.features.identity.passwords import Passwords
from app.kernel.database import Database, UnitOfWork
from app.kernel.errors import Invalid, Missing, Refused, TooMany

MAX_FAILURES = 5
LOCK = timedelta(minutes=15)
_WRONG = "账号或密码不正确。"


@dataclass(frozen=True)
class Session:
    """A person who is signed in; `stamp` is what the browser keeps to come back with."""

    identity: Identity
    stamp: str
    must_change_password: bool


class SignIn:
    """The use cases of everybody's own account."""

    def __init__(self, database: Database, passwords: Passwords) -> None:
        self._database = database
        self._passwords = passwords

    def authenticate(self, account: str, password: str, ip: str) -> Session:
        """Sign in with account and password.

        Raises Refused for a wrong pair, without telling which of the two is wrong, and TooMany while the account is
        locked: for fifteen minutes after five failures in a row, whether or not such an account exists.
        """
        account = account.strip().lower()[:32]
        with self._database.read() as uow:
            _refuse_while_locked(uow, account)
            known = store.credentials(uow, account)
        # Hashing takes its time on purpose, so no transaction is held open meanwhile.
        right = self._passwords.matches(password, known.password_hash if known else None)
        new_hash = self._passwords.hash(password) if right and known and self._is_outdated(known) else None
        with self._database.write() as uow:
            _refuse_while_locked(uow, account)
            session = _begin(uow, known) if right and known and known.active else None
            if session is None:
                failures = _count_failure(uow, account, known=known, ip=ip)
            else:
                store.forget_failures(uow, account)
                if new_hash:
                    store.rehash_password(uow, session.identity.user_id, new_hash)
                _record(uow, session.identity.acting(), "sign-in", {"ip": ip})
        if session is None:
            raise _wrong(failures)
        return session

    def demo_accounts(self) -> list[User]:
        """The accounts that a demonstration's sign-in page offers; for nothing else."""
        with self._database.read() as uow:
            return [user for user in store.users(uow, limit=200) if user.active]

    def sign_in_without_password(self, account: str) -> Session:
        """Sign in as one of the accounts of a demonstration; for nothing else. Raises Missing."""
        with self._database.write() as uow:
            known = store.credentials(uow, account)
            session = _begin(uow, known) if known and known.active else None
            if session is None:
                raise Missing("没有这个演示账号。")
            _record(uow, session.identity.acting(), "sign-in", {"demo": True})
        return session

    def resume(self, user_id: str, stamp: str) -> Session | None:
        """The session that a browser comes back with, in one statement; None when it has been ended."""
        with self._database.read() as uow:
            found = store.identity_with_stamp(uow, user_id, stamp)
        return Session(found[0], stamp, must_change_password=found[1]) if found else None

    def load(self, user_id: str) -> Identity:
        """An active user by id, in one statement. Raises Missing."""
        with self._database.read() as uow:
            identity = store.identity(uow, user_id)
        if identity is None:
            raise Missing("没有这个用户。")
        return identity

    def sign_out(self, identity: Identity) -> None:
        """End all sessions of this person, so that a copied cookie is worth nothing either."""
        with self._database.write() as uow:
            store.end_sessions(uow, identity.user_id)
            _record(uow, identity.acting(), "sign-out", {})

    def change_password(self, identity: Identity, *, current: str, new: str) -> Session:
        """Change one's own password; every other session ends. Raises Invalid with the field at fault."""
        with self._database.read() as uow:
            known = store.credentials_by_id(uow, identity.user_id)
        if known is None or not self._passwords.matches(current, known.password_hash):
            raise Invalid("密码没有修改。", {"current": "当前密码不正确。"})
        problem = "新密码不能与当前密码相同。" if new == current else password_problem(new, identity.account)
        if problem:
            raise Invalid("密码没有修改。", {"new": problem})
        hashed = self._passwords.hash(new)
        with self._database.write() as uow:
            store.set_password(uow, identity.user_id, hashed, must_change=False)
            _record(uow, identity.acting(), "change-password", {})
            changed = store.credentials_by_id(uow, identity.user_id)
        if changed is None:
            raise Missing("没有这个用户。")
        return Session(identity, changed.session_stamp, must_change_password=False)

    def _is_outdated(self, known: Credentials) -> bool:
        return self._passwords.is_outdated(known.password_hash)


def _refuse_while_locked(uow: UnitOfWork, account: str) -> None:
    until = store.locked_until(uow, account)
    if until and until > uow.now:
        seconds = math.ceil((until - uow.now).total_seconds())
        minutes = math.ceil(seconds / 60)
        raise TooMany(f"登录失败次数过多，账号已暂时锁定，请 {minutes} 分钟后再试。", retry_after=seconds)


def _begin(uow: UnitOfWork, known: Credentials) -> Session | None:
    """A session on the stamp that the account has now; None if the account changed since the password was checked."""
    found = store.identity_with_stamp(uow, known.user_id, known.session_stamp)
    if found is None:
        return None
    store.set_last_login(uow, known.user_id)
    return Session(found[0], known.session_stamp, must_change_password=found[1])


def _count_failure(uow: UnitOfWork, account: str, *, known: Credentials | None, ip: str) -> int:
    failures = store.count_failure(uow, account, within=LOCK)
    if failures >= MAX_FAILURES:
        store.lock_until(uow, account, uow.now + LOCK)
        if known:
            _record(uow, Actor(known.user_id, known.name), "lock-after-failures", {"ip": ip})
    return failures


def _wrong(failures: int) -> Refused | TooMany:
    if failures >= MAX_FAILURES:
        minutes = int(LOCK.total_seconds()) // 60
        message = f"连续 {MAX_FAILURES} 次登录失败，账号已锁定 {minutes} 分钟。"
        return TooMany(message, retry_after=int(LOCK.total_seconds()))
    return Refused(f"{_WRONG}再失败 {MAX_FAILURES - failures} 次将锁定账号。")


def _record(uow: UnitOfWork, actor: Actor, action: str, details: dict[str, object]) -> None:
    audit.append_to_system(uow, Act(actor=actor, action=action, subject=f"user:{actor.user_id}", details=details))
