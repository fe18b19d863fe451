"""What the administrators of a new installation do on its pages before anybody can work."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from app.bootstrap import Application
from app.features.audit.store import audit_entry
from tests.web.conftest import PASSWORD, Browser


@pytest.fixture
def bureau(product: Application) -> str:
    """The id of a bureau in which the three administrators and somebody else have their accounts."""
    make = product.administration
    org_id = make.create_organisation(None, name="区大数据局", short_name="大数据局", kind="authority")
    for account, role in (("guanli", "administrator"), ("anquan", "security-administrator"), ("baiyu", None)):
        made = make.create_user(None, account=account, name=account, password=PASSWORD)
        if role:
            make.grant_role(None, made.user_id, org_id=org_id, role=role)
    return org_id


def test_an_office_gets_its_duties_and_its_people(browser: Browser, product: Application, bureau: str):
    browser.sign_in("anquan")
    page = "/admin/organisations"
    assert "指定机关职责" in browser.get(page).text
    assert browser.post("/admin/organisations/authority", page=page, role="nothing", org_id=bureau).status_code == 302
    assert "没有这个机关角色" in browser.get(page).text
    browser.post("/admin/organisations/authority", page=page, role="data-bureau", org_id=bureau)
    (org,) = product.administration.organisations(None)
    assert org.authority_roles == ("data-bureau",)
    (baiyu,) = product.administration.users(None, search="baiyu")
    browser.post(f"/admin/users/{baiyu.id}/grant", page=page, role="data-bureau", org_id=bureau)
    assert product.sign_in.load(baiyu.id).has("data-bureau", bureau)


def test_only_the_security_administrator_says_who_holds_an_office(browser: Browser, product: Application, bureau: str):
    browser.sign_in("guanli")
    page = "/admin/organisations"
    assert "指定机关职责" not in browser.get(page).text
    answer = browser.post("/admin/organisations/authority", page=page, role="data-bureau", org_id=bureau)
    assert answer.status_code == 403
    (org,) = product.administration.organisations(None)
    assert org.authority_roles == ()


def test_the_audit_administrator_has_the_trail_checked(browser: Browser, product: Application, bureau: str):
    made = product.administration.create_user(None, account="shenji", name="审计", password=PASSWORD)
    product.administration.grant_role(None, made.user_id, org_id=bureau, role="audit-administrator")
    browser.sign_in("shenji")
    assert "全部日志完整" not in browser.get("/admin/trail").text
    assert "全部日志完整" in browser.get("/admin/trail?verify=1").text
    with product.database.write() as uow:
        uow.connection.execute(update(audit_entry).where(audit_entry.c.seq == 3).values(actor_name="别人"))
    assert "系统日志第 3 条" in browser.get("/admin/trail?verify=1").text
