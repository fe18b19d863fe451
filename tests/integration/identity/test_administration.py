from __future__ import annotations

import pytest

from app.features.identity import store
from app.features.identity.administration import Administration
from app.features.identity.model import Identity
from app.features.identity.usecases import SignIn
from app.kernel.database import Database
from app.kernel.errors import Conflict, Invalid, Missing, Refused

NOBODY = Identity(user_id="0" * 32, account="nobody", name="无权者")


def test_a_new_user_with_roles(administration: Administration, sign_in: SignIn, office):
    unit = administration.create_organisation(
        office.system, name="区卫生健康局", short_name="卫健局", kind="applicant", credit_code="91350100m000100y43"
    )
    made = administration.create_user(office.system, account="lihua", name=" 李华 ")
    administration.grant_role(office.security, made.user_id, org_id=unit, role="applicant")
    identity = sign_in.authenticate("lihua", made.password, "127.0.0.1").identity
    assert identity.name == "李华"
    assert identity.queues == (f"applicant@{unit}",)
    assert identity.memberships[0].org_name == "区卫生健康局"
    administration.revoke_role(office.security, made.user_id, org_id=unit, role="applicant")
    assert sign_in.load(made.user_id).memberships == ()


def test_users_are_found_by_account_and_name(administration: Administration, office):
    administration.create_user(office.system, account="lihua", name="李华")
    administration.create_user(office.system, account="lisi", name="李四")
    assert [user.account for user in administration.users(office.system, search="李")] == ["lihua", "lisi"]
    assert [user.account for user in administration.users(office.system, search="HUA")] == ["lihua"]
    assert administration.users(office.system, search="%") == []
    everyone = [user.account for user in administration.users(office.system)]
    assert everyone == ["auditor", "lihua", "lisi", "security", "system"]
    assert [user.account for user in administration.users(office.system, limit=2, offset=1)] == everyone[1:3]


def test_an_authority_role_is_held_by_one_organisation(database: Database, administration: Administration, office):
    other = administration.create_organisation(office.system, name="区财政局", short_name="财政局", kind="authority")
    administration.assign_authority(office.security, "finance", office.bureau)
    administration.assign_authority(office.security, "finance", other)
    with database.read() as uow:
        assert store.holder_of(uow, "finance") == other
        assert store.holder_of(uow, "audit") is None
    assert [org.authority_roles for org in administration.organisations(office.audit)] == [("finance",), ()]
    with pytest.raises(Invalid, match="机关角色"):
        administration.assign_authority(office.security, "applicant", other)


def test_an_authority_role_is_granted_only_where_it_is_held(administration: Administration, sign_in, office):
    user_id = administration.create_user(office.system, account="lihua", name="李华").user_id
    with pytest.raises(Invalid) as refused:
        administration.grant_role(office.security, user_id, org_id=office.bureau, role="finance")
    assert "不承担“财政局经办”" in refused.value.fields["role"]
    administration.assign_authority(office.security, "finance", office.bureau)
    administration.grant_role(office.security, user_id, org_id=office.bureau, role="finance")
    assert sign_in.load(user_id).has("finance", office.bureau)


def test_the_three_duties_are_kept_apart(administration: Administration, office):
    with pytest.raises(Invalid) as refused:
        administration.grant_role(
            office.security, office.system.user_id, org_id=office.bureau, role="security-administrator"
        )
    assert "不同的人" in refused.value.fields["role"]
    with pytest.raises(Refused, match="自己"):
        administration.grant_role(office.security, office.security.user_id, org_id=office.bureau, role="process-owner")
    with pytest.raises(Refused, match="自己"):
        administration.lock_user(office.system, office.system.user_id)


def test_each_act_belongs_to_its_duty(administration: Administration, office):
    bureau, someone = office.bureau, office.audit.user_id
    acts = {
        "organisations": ((), {"system", "security", "audit"}),
        "users": ((), {"system", "security", "audit"}),
        "user": ((someone,), {"system", "security", "audit"}),
        "lock_user": ((office.audit.user_id,), {"system", "security"}),
        "unlock_user": ((office.audit.user_id,), {"system", "security"}),
        "reset_password": ((someone,), {"security"}),
        "assign_authority": (("finance", bureau), {"security"}),
        "audit_trail": ((), {"audit"}),
    }
    people = {"system": office.system, "security": office.security, "audit": office.audit, "nobody": NOBODY}
    for act, (arguments, allowed) in acts.items():
        for duty, person in people.items():
            if duty in allowed and not (act.endswith("lock_user") and person.user_id == arguments[0]):
                getattr(administration, act)(person, *arguments)
            else:
                with pytest.raises(Refused):
                    getattr(administration, act)(person, *arguments)
    for person in (office.security, office.audit, NOBODY):
        with pytest.raises(Refused):
            administration.create_user(person, account="x1", name="某")
        with pytest.raises(Refused):
            administration.create_organisation(person, name="某", short_name="某", kind="applicant")
        with pytest.raises(Refused):
            administration.update_organisation(person, bureau, name="某", short_name="某", kind="applicant")
    for person in (office.system, office.audit, NOBODY):
        with pytest.raises(Refused):
            administration.grant_role(person, someone, org_id=bureau, role="applicant")
        with pytest.raises(Refused):
            administration.revoke_role(person, someone, org_id=bureau, role="audit-administrator")


def test_bad_input_names_its_field(administration: Administration, office):
    with pytest.raises(Invalid) as refused:
        administration.create_user(office.system, account="Li Hua", name="", password="short")
    assert set(refused.value.fields) == {"account", "name", "password"}
    with pytest.raises(Invalid) as refused:
        administration.create_user(office.system, account="system", name="另一个")
    assert refused.value.fields == {"account": "这个账号已有人使用。"}
    with pytest.raises(Invalid) as refused:
        administration.create_organisation(
            office.system, name="峄城区大数据局", short_name="", kind="club", credit_code="123"
        )
    assert set(refused.value.fields) == {"name", "short_name", "kind", "credit_code"}
    with pytest.raises(Invalid, match="没有这个角色"):
        administration.grant_role(office.security, office.audit.user_id, org_id=office.bureau, role="king")


def test_an_organisation_keeps_its_own_name(administration: Administration, office):
    administration.update_organisation(
        office.system, office.bureau, name="峄城区大数据局", short_name="数据局", kind="authority"
    )
    assert [org.short_name for org in administration.organisations(office.system)] == ["数据局"]


def test_what_is_not_there_is_missing(administration: Administration, office):
    nothing = "f" * 32
    with pytest.raises(Missing, match="用户"):
        administration.user(office.system, nothing)
    with pytest.raises(Missing, match="用户"):
        administration.lock_user(office.system, nothing)
    with pytest.raises(Missing, match="单位"):
        administration.grant_role(office.security, office.audit.user_id, org_id=nothing, role="applicant")
    with pytest.raises(Missing, match="角色"):
        administration.revoke_role(office.security, office.audit.user_id, org_id=office.bureau, role="applicant")


def test_a_role_is_granted_once(administration: Administration, office):
    administration.grant_role(office.security, office.audit.user_id, org_id=office.bureau, role="applicant")
    with pytest.raises(Conflict):
        administration.grant_role(office.security, office.audit.user_id, org_id=office.bureau, role="applicant")


def test_a_reset_password_ends_sessions_and_locks(administration: Administration, sign_in: SignIn, office):
    made = administration.create_user(office.system, account="lihua", name="李华", password="correct horse 9")
    session = sign_in.authenticate("lihua", "correct horse 9", "127.0.0.1")
    for _ in range(5):
        with pytest.raises(Exception, match="锁定"):
            sign_in.authenticate("lihua", "wrong", "127.0.0.1")
    reset = administration.reset_password(office.security, made.user_id)
    assert sign_in.resume(made.user_id, session.stamp) is None
    assert sign_in.authenticate("lihua", reset.password, "127.0.0.1").must_change_password


def test_every_act_is_in_the_audit_trail(administration: Administration, office):
    before = len(administration.audit_trail(office.audit))
    made = administration.create_user(office.system, account="lihua", name="李华")
    administration.grant_role(office.security, made.user_id, org_id=office.bureau, role="applicant")
    administration.lock_user(office.system, made.user_id)
    administration.unlock_user(office.security, made.user_id)
    administration.reset_password(office.security, made.user_id)
    administration.revoke_role(office.security, made.user_id, org_id=office.bureau, role="applicant")
    trail = administration.audit_trail(office.audit)[: len(administration.audit_trail(office.audit)) - before]
    assert [(entry.act.action, entry.act.actor.name) for entry in reversed(trail)] == [
        ("create-user", "system"),
        ("grant-role", "security"),
        ("lock-user", "system"),
        ("unlock-user", "security"),
        ("reset-password", "security"),
        ("revoke-role", "security"),
    ]
    assert {entry.act.subject for entry in trail} == {f"user:{made.user_id}"}
    assert not any(made.password in str(entry.act.details) for entry in trail)
