from __future__ import annotations

import time
from datetime import timedelta

import pytest
from flask import session

from app.factory import create_app
from app.kernel.config import Config
from tests.web.conftest import Browser


def text(response) -> str:
    return response.get_data(as_text=True)


@pytest.mark.parametrize("path", ["/password", "/no/such/page"])
def test_every_page_asks_to_sign_in_first(browser: Browser, path: str):
    response = browser.get(path)
    assert response.status_code == 302
    assert response.location == f"/login?next={path}"


def test_a_script_is_told_to_sign_in(browser: Browser):
    response = browser.get("/password", headers={"Accept": "application/json"})
    assert response.status_code == 401
    assert response.json == {"error": "请先登录。"}


def test_signing_in_leads_where_one_wanted_to_go(browser: Browser, lihua: str):
    wanted = browser.get("/password")
    assert wanted.location == "/login?next=/password"
    page = browser.get(wanted.location)
    assert 'name="next" value="/password"' in text(page)
    response = browser.post("/login", account="lihua", password="correct horse 9", next="/password")
    assert (response.status_code, response.location) == (302, "/password")
    assert "李华" in text(browser.get("/password"))


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "evil", "/a\nb"])
def test_signing_in_leads_nowhere_else(browser: Browser, lihua: str, elsewhere: str):
    response = browser.post("/login", account="lihua", password="correct horse 9", next=elsewhere)
    assert (response.status_code, response.location) == (302, "/")


def test_a_wrong_password_is_refused_on_the_page(browser: Browser, lihua: str):
    response = browser.sign_in("lihua", "wrong")
    assert response.status_code == 403
    assert "账号或密码不正确" in text(response)
    assert 'value="lihua"' in text(response)
    assert "wrong" not in text(response)
    assert browser.get("/password").status_code == 302


def test_a_locked_account_is_told_so(browser: Browser, lihua: str):
    answers = [browser.sign_in("lihua", "wrong").status_code for _ in range(5)]
    assert answers == [403, 403, 403, 403, 429]
    response = browser.sign_in("lihua")
    assert response.status_code == 429
    assert "15 分钟后再试" in text(response)


def test_a_flood_of_sign_ins_from_one_address_is_slowed_down(browser: Browser):
    answers = [browser.sign_in(f"nobody{number}").status_code for number in range(61)]
    assert set(answers[:60]) == {403}
    assert answers[60] == 429


def test_signing_out_ends_the_session_for_a_copied_cookie_too(browser: Browser, flask, lihua: str):
    browser.sign_in("lihua")
    copied = browser.client.get_cookie("yicheng")
    response = browser.post("/logout", page="/password")
    assert response.location == "/login"
    assert "您已安全退出" in text(browser.get("/login"))
    assert browser.get("/password").status_code == 302
    thief = flask.test_client()
    thief.set_cookie("yicheng", copied.value)
    assert thief.get("/password").status_code == 302


def test_a_locked_user_is_out_with_the_next_page(browser: Browser, product, lihua: str):
    browser.sign_in("lihua")
    assert browser.get("/password").status_code == 200
    product.administration.lock_user(None, lihua)
    assert browser.get("/password").status_code == 302


def _age_cookie(monkeypatch: pytest.MonkeyPatch, by: timedelta) -> None:
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + by.total_seconds())


def test_half_an_hour_without_a_page_ends_the_session(browser: Browser, lihua: str, monkeypatch):
    browser.sign_in("lihua")
    _age_cookie(monkeypatch, timedelta(minutes=29))
    assert browser.get("/password").status_code == 200
    _age_cookie(monkeypatch, timedelta(minutes=29))
    assert browser.get("/password").status_code == 200
    _age_cookie(monkeypatch, timedelta(minutes=31))
    assert browser.get("/password").status_code == 302


def test_twelve_hours_end_the_session_however_busy(browser: Browser, flask, lihua: str, monkeypatch):
    browser.sign_in("lihua")
    for _ in range(25):
        assert browser.get("/password").status_code == 200
        _age_cookie(monkeypatch, timedelta(minutes=29))
    assert browser.get("/password").status_code == 302


def test_a_session_begins_afresh(flask, lihua: str):
    with flask.test_client() as client:
        client.get("/login")
        before = session["csrf_token"]
        Browser(client).sign_in("lihua")
        client.get("/password")
        assert session["csrf_token"] != before


def test_an_initial_password_has_to_be_changed_first(browser: Browser, flask, product):
    made = product.administration.create_user(None, account="wangwu", name="王五")
    assert browser.sign_in("wangwu", made.password).status_code == 302
    assert browser.get("/").location == "/password"
    assert "请先设置自己的密码" in text(browser.get("/password"))
    fields = {"current": made.password, "new": "battery staple 8", "again": "battery staple 8"}
    response = browser.post("/password", page="/password", **fields)
    assert (response.status_code, response.location) == (302, "/")
    assert "初始密码" not in text(browser.get("/password"))
    assert Browser(flask.test_client()).sign_in("wangwu", "battery staple 8").location == "/"


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"current": "wrong", "new": "battery staple 8", "again": "battery staple 8"}, "当前密码不正确"),
        ({"current": "correct horse 9", "new": "short", "again": "short"}, "密码至少 10 位"),
        (
            {"current": "correct horse 9", "new": "battery staple 8", "again": "battery staple 9"},
            "两次输入的新密码不一致",
        ),
    ],
)
def test_a_bad_new_password_is_refused_on_the_page(browser: Browser, lihua: str, fields: dict, complaint: str):
    browser.sign_in("lihua")
    response = browser.post("/password", page="/password", **fields)
    assert response.status_code == 422
    assert complaint in text(response)
    assert not any(value in text(response) for value in fields.values())


def test_a_form_without_its_token_is_refused(browser: Browser, lihua: str):
    response = browser.client.post("/login", data={"account": "lihua", "password": "correct horse 9"})
    assert response.status_code == 400
    assert "刷新后重新提交" in text(response)
    assert browser.get("/password").status_code == 302


def test_demo_accounts_are_offered_in_a_demonstration_only(product, clock, passwords, browser: Browser, lihua: str):
    assert "演示账号" not in text(browser.get("/login"))
    refused = browser.post("/login/demo", account="lihua")
    assert refused.status_code == 404
    assert browser.get("/password").status_code == 302

    config = Config(**{**vars(product.config), "demo": True})
    demo_product = type(product)(config, clock=clock, passwords=passwords)
    demo = Browser(create_app(product=demo_product).test_client())
    page = text(demo.get("/login"))
    assert "演示账号" in page
    assert "李华" in page
    assert demo.post("/login/demo", account="nobody").status_code == 404
    assert demo.post("/login/demo", account="lihua").location == "/"
    assert "李华" in text(demo.get("/password"))
    demo_product.close()
