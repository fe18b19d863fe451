from __future__ import annotations

from dataclasses import dataclass

import pytest

from app.features.cases import staff
from app.features.identity.administration import Administration
from app.features.identity.model import Identity
from app.features.identity.passwords import Passwords
from app.features.identity.usecases import SignIn
from app.kernel.database import Database


@dataclass(frozen=True)
class Office:
    """A bureau with its three administrators, who act one after the other."""

    bureau: str
    system: Identity
    security: Identity
    audit: Identity


@pytest.fixture(scope="session")
def passwords() -> Passwords:
    return Passwords(quick=True)


@pytest.fixture
def sign_in(database: Database, passwords: Passwords) -> SignIn:
    return SignIn(database, passwords)


@pytest.fixture
def administration(database: Database, passwords: Passwords) -> Administration:
    return Administration(database, passwords, tasks=staff)


@pytest.fixture
def office(administration: Administration, sign_in: SignIn) -> Office:
    bureau = administration.create_organisation(None, name="峄城区大数据局", short_name="大数据局", kind="authority")

    def person(account: str, role: str) -> Identity:
        made = administration.create_user(None, account=account, name=account, password="correct horse 9")
        administration.grant_role(None, made.user_id, org_id=bureau, role=role)
        return sign_in.load(made.user_id)

    return Office(
        bureau=bureau,
        system=person("system", "administrator"),
        security=person("security", "security-administrator"),
        audit=person("auditor", "audit-administrator"),
    )
