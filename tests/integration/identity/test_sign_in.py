from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event

from app.features.audit import store as audit
from app.features.audit.model import SYSTEM
from app.features.identity import store
from app.features.identity.administration import Administration
from app.features.identity.passwords import Passwords
from app.features.identity.usecases import SignIn
from app.kernel.clock import FrozenClock
from app.kernel.database import Database
from app.kernel.errors import Invalid, Missing, Refused, TooMany

PASSWORD = "correct horse 9"
IP = "127.0.0.1"


@pytest.fixture(autouse=True)
def user_id(administration: Administration) -> str:
    return administration.create_user(None, account="lihua", name="李华", password=PASSWORD).user_id


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection, _cursor, statement, *_rest) -> None:
        if not statement.startswith(("PRAGMA", "BEGIN")):
            seen.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield seen
    event.remove(database.engine, "before_cursor_execute", note)


def fail(sign_in: SignIn, account: str, times: int) -> None:
    for _ in range(times):
        with pytest.raises((Refused, TooMany)):
            sign_in.authenticate(account, "wrong", IP)


def test_the_right_password_signs_in(sign_in: SignIn, user_id: str):
    session = sign_in.authenticate(" LiHua ", PASSWORD, IP)
    assert session.identity.user_id == user_id
    assert session.identity.name == "李华"
    assert not session.must_change_password
    assert sign_in.resume(user_id, session.stamp) == session


def test_a_session_is_resumed_in_one_statement(sign_in: SignIn, database: Database, office, administration, user_id):
    administration.grant_role(None, user_id, org_id=office.bureau, role="applicant")
    administration.grant_role(None, user_id, org_id=office.bureau, role="process-owner")
    stamp = sign_in.authenticate("lihua", PASSWORD, IP).stamp
    with statements(database) as seen:
        session = sign_in.resume(user_id, stamp)
    assert session.identity.roles == {"applicant", "process-owner"}
    assert len(seen) == 1


def test_a_wrong_password_and_an_unknown_account_are_answered_alike(sign_in: SignIn):
    with pytest.raises(Refused) as wrong:
        sign_in.authenticate("lihua", "wrong", IP)
    with pytest.raises(Refused) as unknown:
        sign_in.authenticate("nobody", "wrong", IP)
    assert wrong.value.message == unknown.value.message == "账号或密码不正确。再失败 4 次将锁定账号。"


@pytest.mark.parametrize("account", ["lihua", "nobody"])
def test_five_failures_lock_the_account_for_fifteen_minutes(sign_in: SignIn, clock: FrozenClock, account: str):
    fail(sign_in, account, 4)
    with pytest.raises(TooMany, match="锁定 15 分钟"):
        sign_in.authenticate(account, "wrong", IP)
    clock.advance(timedelta(minutes=14, seconds=30))
    with pytest.raises(TooMany, match="1 分钟后再试") as refused:
        sign_in.authenticate(account, PASSWORD, IP)
    assert refused.value.retry_after <= 31


def test_the_lock_ends(sign_in: SignIn, clock: FrozenClock):
    fail(sign_in, "lihua", 5)
    clock.advance(timedelta(minutes=15, seconds=1))
    assert sign_in.authenticate("lihua", PASSWORD, IP).identity.account == "lihua"
    with pytest.raises(Refused, match="再失败 4 次"):
        sign_in.authenticate("lihua", "wrong", IP)


def test_success_forgets_the_failures_before_it(sign_in: SignIn):
    for _ in range(3):
        fail(sign_in, "lihua", 4)
        sign_in.authenticate("lihua", PASSWORD, IP)


def test_failures_long_ago_do_not_count(sign_in: SignIn, clock: FrozenClock):
    fail(sign_in, "lihua", 4)
    clock.advance(timedelta(minutes=16))
    with pytest.raises(Refused, match="再失败 4 次"):
        sign_in.authenticate("lihua", "wrong", IP)


def test_a_locked_account_is_out_and_stays_out(sign_in: SignIn, administration: Administration, user_id: str):
    session = sign_in.authenticate("lihua", PASSWORD, IP)
    administration.lock_user(None, user_id)
    assert sign_in.resume(user_id, session.stamp) is None
    with pytest.raises(Refused, match="不正确"):
        sign_in.authenticate("lihua", PASSWORD, IP)
    with pytest.raises(Missing):
        sign_in.load(user_id)
    administration.unlock_user(None, user_id)
    assert sign_in.resume(user_id, session.stamp) is None
    assert sign_in.authenticate("lihua", PASSWORD, IP)


def test_signing_out_ends_every_session(sign_in: SignIn, user_id: str):
    desk, phone = (sign_in.authenticate("lihua", PASSWORD, IP) for _ in range(2))
    sign_in.sign_out(desk.identity)
    assert sign_in.resume(user_id, desk.stamp) is None
    assert sign_in.resume(user_id, phone.stamp) is None


def test_a_changed_password_ends_the_other_sessions(sign_in: SignIn, user_id: str):
    here, elsewhere = (sign_in.authenticate("lihua", PASSWORD, IP) for _ in range(2))
    changed = sign_in.change_password(here.identity, current=PASSWORD, new="battery staple 8")
    assert sign_in.resume(user_id, changed.stamp) is not None
    assert sign_in.resume(user_id, elsewhere.stamp) is None
    fail(sign_in, "lihua", 1)
    assert sign_in.authenticate("lihua", "battery staple 8", IP)


@pytest.mark.parametrize(
    ("current", "new", "field"),
    [
        ("wrong", "battery staple 8", "current"),
        (PASSWORD, PASSWORD, "new"),
        (PASSWORD, "short", "new"),
        (PASSWORD, "lihua-2026-x", "new"),
    ],
)
def test_a_password_is_not_changed_to_a_bad_one(sign_in: SignIn, *, current: str, new: str, field: str):
    identity = sign_in.authenticate("lihua", PASSWORD, IP).identity
    with pytest.raises(Invalid) as refused:
        sign_in.change_password(identity, current=current, new=new)
    assert set(refused.value.fields) == {field}
    assert sign_in.authenticate("lihua", PASSWORD, IP)


def test_an_initial_password_has_to_be_changed(sign_in: SignIn, administration: Administration):
    made = administration.create_user(None, account="wangwu", name="王五")
    session = sign_in.authenticate("wangwu", made.password, IP)
    assert session.must_change_password
    changed = sign_in.change_password(session.identity, current=made.password, new="battery staple 8")
    resumed = sign_in.resume(made.user_id, changed.stamp)
    assert resumed is not None
    assert not resumed.must_change_password


def test_a_hash_of_weaker_days_is_renewed_at_sign_in(database: Database, sign_in: SignIn):
    stronger = Passwords()
    SignIn(database, stronger).authenticate("lihua", PASSWORD, IP)
    with database.read() as uow:
        assert not stronger.is_outdated(store.credentials(uow, "lihua").password_hash)
    assert sign_in.authenticate("lihua", PASSWORD, IP)


def test_signing_in_is_in_the_audit_trail(database: Database, sign_in: SignIn, user_id: str):
    sign_in.sign_out(sign_in.authenticate("lihua", PASSWORD, IP).identity)
    fail(sign_in, "lihua", 5)
    with database.read() as uow:
        acts = [entry.act for entry in audit.latest(uow, scope=SYSTEM, limit=3)]
        assert audit.verify(uow, SYSTEM, audit.system_head(uow)) is None
    assert [act.action for act in acts] == ["lock-after-failures", "sign-out", "sign-in"]
    assert {act.actor.user_id for act in acts} == {user_id}
