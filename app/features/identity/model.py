"""People, the organisations they work for, and the roles they have there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from app.features.audit.model import Actor

AUTHORITY_ROLES = {
    "data-bureau": "大数据局经办",
    "data-bureau-lead": "大数据局负责人",
    "finance": "财政局经办",
    "finance-lead": "财政局负责人",
    "secrecy-office": "保密安全室",
    "audit": "审计局",
    "trading-center": "公共资源交易中心",
    "district-government": "区政府",
    "city-authority": "市级主管部门",
}
"""Roles of an office: exactly one organisation holds each of them, for every case."""

PARTY_ROLES = {
    "applicant": "申报单位经办",
    "applicant-lead": "申报单位负责人",
    "consultant": "工程咨询单位",
    "review-agency": "评审机构",
    "expert": "评审专家",
    "contractor": "承建单位",
    "supervisor": "监理单位",
    "test-agency": "评测机构",
    "cloud-provider": "云服务单位",
}
"""Roles of a case's parties: each case records which organisation has them."""

DUTY_ROLES = {
    "process-owner": "流程管理员",
    "administrator": "系统管理员",
    "security-administrator": "安全管理员",
    "audit-administrator": "审计管理员",
}
"""Roles of those who run the system rather than the projects."""

SEPARATED_DUTIES = frozenset({"administrator", "security-administrator", "audit-administrator"})
"""Nobody may have two of these: one makes accounts, one gives them rights, one watches both."""

ROLES = AUTHORITY_ROLES | PARTY_ROLES | DUTY_ROLES

ORGANISATION_KINDS = {
    "authority": "主管部门",
    "applicant": "项目单位",
    "consultant": "工程咨询单位",
    "review-agency": "评审机构",
    "contractor": "承建单位",
    "supervisor": "监理单位",
    "test-agency": "评测机构",
    "cloud-provider": "云服务单位",
}


def queue(role: str, org_id: str) -> str:
    """The name of the work queue of a role at an organisation."""
    return f"{role}@{org_id}"


@dataclass(frozen=True)
class Organisation:
    """`authority_roles` are the roles of an office that it holds; `credit_code` is its 统一社会信用代码, or ""."""

    id: str
    name: str
    short_name: str
    kind: str
    credit_code: str = ""
    authority_roles: tuple[str, ...] = ()


@dataclass(frozen=True)
class Membership:
    org_id: str
    org_name: str
    role: str

    @property
    def role_name(self) -> str:
        return ROLES[self.role]


@dataclass(frozen=True)
class Identity:
    """A person who is signed in, with everything that permissions are decided by."""

    user_id: str
    account: str
    name: str
    memberships: tuple[Membership, ...] = ()

    @cached_property
    def roles(self) -> frozenset[str]:
        return frozenset(membership.role for membership in self.memberships)

    @cached_property
    def queues(self) -> tuple[str, ...]:
        """The work queues that this person serves, as `role@org_id`."""
        return tuple(queue(membership.role, membership.org_id) for membership in self.memberships)

    @cached_property
    def org_ids(self) -> frozenset[str]:
        return frozenset(membership.org_id for membership in self.memberships)

    def has(self, role: str, org_id: str | None = None) -> bool:
        """Whether this person has the role, at that organisation or, without one, anywhere."""
        if org_id is None:
            return role in self.roles
        return queue(role, org_id) in self.queues

    def acting(self, role: str = "", org_id: str = "") -> Actor:
        """This person as the audit trail names him, acting in a role at an organisation or for himself."""
        return Actor(user_id=self.user_id, name=self.name, role=queue(role, org_id) if role else "")


@dataclass(frozen=True)
class User:
    """An account as administrators see it."""

    id: str
    account: str
    name: str
    active: bool
    must_change_password: bool
    last_login_at: datetime | None
    memberships: tuple[Membership, ...] = ()


@dataclass(frozen=True)
class Credentials:
    """What a sign-in or a session is checked against."""

    user_id: str
    name: str
    password_hash: str
    session_stamp: str
    active: bool
    must_change_password: bool


_ACCOUNT = re.compile(r"[a-z][a-z0-9._-]{1,31}")
_MIN_PASSWORD, _MAX_PASSWORD = 10, 128


def account_problem(account: str) -> str | None:
    """What is wrong with the name of an account, or None."""
    if _ACCOUNT.fullmatch(account):
        return None
    return "账号须以小写字母开头，由 2 至 32 位小写字母、数字、点、下划线或连字符组成。"


def password_problem(password: str, account: str) -> str | None:
    """What is wrong with a new password, or None."""
    if len(password) < _MIN_PASSWORD:
        return f"密码至少 {_MIN_PASSWORD} 位。"
    if len(password) > _MAX_PASSWORD:
        return f"密码最多 {_MAX_PASSWORD} 位。"
    if account.lower() in password.lower():
        return "密码不能包含账号。"
    kinds = (str.isdigit, str.islower, str.isupper, lambda character: not character.isalnum())
    if sum(any(map(kind, password)) for kind in kinds) < 2:  # noqa: PLR2004 - the sentence below says it
        return "密码须包含数字、小写字母、大写字母、符号中的至少两种。"
    return None


_CREDIT_CODE = re.compile(r"[0-9A-HJ-NPQRTUWXY]{18}")
_CREDIT_DIGITS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def is_credit_code(code: str) -> bool:
    """Whether this is a 统一社会信用代码 whose check character is right (GB 32100-2015)."""
    if not _CREDIT_CODE.fullmatch(code):
        return False
    base = len(_CREDIT_DIGITS)
    weighted = sum(_CREDIT_DIGITS.index(character) * pow(3, place, base) for place, character in enumerate(code[:17]))
    return code[17] == _CREDIT_DIGITS[-weighted % base]
