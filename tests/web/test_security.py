from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest
import structlog
from flask import Flask
from structlog.testing import capture_logs

from app.factory import create_app
from app.kernel import logs
from app.kernel.config import Config
from app.kernel.errors import Busy, Conflict, Invalid, Missing, Refused, TooLarge, TooMany, Unsupported
from app.web.security import LARGEST_FORM
from app.web.sessions import public
from tests.web.conftest import SECRET, Browser

ERRORS = {
    "invalid": Invalid("填写有误，没有保存。", {"name": "请填写名称。"}),
    "refused": Refused("您无权办理。"),
    "missing": Missing("没有这个项目。"),
    "conflict": Conflict("该任务已被他人办理。"),
    "too-large": TooLarge("附件过大。"),
    "unsupported": Unsupported("不支持的文件。"),
    "too-many": TooMany("请稍后。", retry_after=60),
    "busy": Busy("系统正忙。"),
    "bug": ZeroDivisionError("secret detail"),
}


@pytest.fixture
def flask(flask: Flask) -> Flask:
    """The application with a view that raises each error."""

    @public
    def raise_error(name: str) -> str:
        raise ERRORS[name]

    flask.add_url_rule("/raise/<name>", view_func=raise_error)
    return flask


@pytest.mark.parametrize("name", [name for name in ERRORS if name != "bug"])
def test_an_error_is_a_chinese_page_with_its_status(browser: Browser, name: str):
    response = browser.get(f"/raise/{name}")
    assert response.status_code == ERRORS[name].status
    assert ERRORS[name].message in response.text
    assert '<html lang="zh-CN">' in response.text


def test_an_error_is_json_for_a_script(browser: Browser):
    response = browser.get("/raise/invalid", headers={"Accept": "application/json"})
    assert response.status_code == 422
    assert response.json == {"error": "填写有误，没有保存。", "fields": {"name": "请填写名称。"}}
    assert browser.get("/raise/too-many").headers["Retry-After"] == "60"


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_a_bug_gets_a_number_and_tells_nothing_else(browser: Browser, accept: str):
    with capture_logs() as logged:
        response = browser.get("/raise/bug", headers={"Accept": accept})
    assert response.status_code == 500
    assert "secret" not in response.text
    assert "Traceback" not in response.text
    entry = next(line for line in logged if line["event"] == "unexpected error")
    assert entry["incident"] in response.text
    assert isinstance(entry["exc_info"], ZeroDivisionError)
    assert response.headers["Content-Security-Policy"]


def test_an_error_is_told_even_when_the_database_is_gone(browser: Browser, product, lihua: str, monkeypatch):
    browser.sign_in("lihua")
    monkeypatch.setattr(product.database, "engine", None)
    response = browser.get("/password")
    assert response.status_code == 500
    assert '<html lang="zh-CN">' in response.text
    assert "系统出错了" in response.text
    assert "Traceback" not in response.text


def test_pages_of_the_protocol_are_chinese_too(browser: Browser, lihua: str):
    browser.sign_in("lihua")
    missing = browser.get("/no/such/page")
    assert missing.status_code == 404
    assert "没有这个页面" in missing.text
    wrong_method = browser.client.put("/login")
    assert wrong_method.status_code == 405
    assert "GET" in wrong_method.headers["Allow"]


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_form_that_is_too_large_is_refused(browser: Browser, kind: str):
    response = browser.client.post("/login", data={"account": "x" * (LARGEST_FORM + 1)}, content_type=kind)
    assert response.status_code == 413
    assert "超过上限" in response.text


@pytest.mark.parametrize("path", ["/login", "/no/such/page", "/raise/bug", "/raise/missing"])
def test_every_page_has_the_headers(browser: Browser, path: str):
    headers = browser.get(path).headers
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"
    assert "Strict-Transport-Security" not in headers


def test_https_is_kept_and_its_cookie_is_secure(product, lihua: str):
    config = Config(**{**vars(product.config), "https": True, "proxies": 1})
    secure = type(product)(config)
    client = create_app(product=secure).test_client()
    response = client.get("/login", headers={"X-Forwarded-Proto": "https", "X-Forwarded-For": "10.0.0.9"})
    assert "max-age=31536000" in response.headers["Strict-Transport-Security"]
    cookie = response.headers["Set-Cookie"]
    assert {"Secure", "HttpOnly", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")}
    secure.close()


def test_assets_are_kept_by_their_content(browser: Browser):
    page = browser.get("/login").text
    address = page.split('rel="stylesheet" href="')[1].split('"')[0]
    path, _, digest = address.partition("?v=")
    assert digest
    assert "immutable" in browser.get(address).headers["Cache-Control"]
    assert browser.get(f"{path}?v=other").headers["Cache-Control"] == "no-cache"
    assert browser.get("/assets/../factory.py").status_code == 404
    assert browser.get("/assets/no-such-file.js").status_code == 404


def test_the_log_names_routes_and_ids_only(browser: Browser, lihua: str):
    with capture_logs() as logged:
        browser.sign_in("lihua")
        browser.get("/raise/missing?name=李华")
    lines = [line for line in logged if line["event"] == "request"]
    assert [(line["method"], line["route"], line["status"]) for line in lines] == [
        ("GET", "/login", 200),
        ("POST", "/login", 302),
        ("GET", "/raise/<name>", 404),
    ]
    assert lines[-1]["user"] == lihua
    assert not any("李华" in str(line) or "lihua" in str(line) for line in lines)


def test_log_lines_are_json(capsys, monkeypatch):
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    logs.configure()
    structlog.get_logger("yicheng").info("某事", route="/login")
    logging.getLogger("app.worker").warning("另一件 %s", "事")
    structlog.reset_defaults()
    ours, standard = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert (ours["event"], ours["route"], ours["level"]) == ("某事", "/login", "info")
    assert (standard["event"], standard["logger"], standard["level"]) == ("另一件 事", "app.worker", "warning")


def test_the_product_does_not_start_without_a_secret(tmp_path: Path):
    data = {"YICHENG_DATA_DIR": str(tmp_path)}
    for secret in ("", "changeme", "0" * 64):
        with pytest.raises(Exception, match="YICHENG_SECRET_KEY"):
            create_app(Config.from_environment({**data, "YICHENG_SECRET_KEY": secret}))
    assert Config.from_environment({**data, "YICHENG_SECRET_KEY": SECRET}).https


def test_a_demonstration_makes_and_keeps_its_secret(tmp_path: Path):
    demo = {"YICHENG_DATA_DIR": str(tmp_path), "YICHENG_DEMO": "1"}
    first, second = (Config.from_environment(demo) for _ in range(2))
    assert first == second
    assert len(first.secret_key) == 64
    assert (tmp_path / "secret-key").stat().st_mode & 0o077 == 0
    assert not first.https


@pytest.mark.parametrize(("name", "value"), [("YICHENG_DEMO", "maybe"), ("YICHENG_PROXIES", "-1")])
def test_an_impossible_setting_is_refused(tmp_path: Path, name: str, value: str):
    given = {"YICHENG_DATA_DIR": str(tmp_path), "YICHENG_SECRET_KEY": SECRET, name: value}
    with pytest.raises(Exception, match=name):
        Config.from_environment(given)


@pytest.mark.parametrize("address", ["/projects/%00", "/cases/%00", "/tasks/a%00b", "/attachments/%00"])
def test_an_address_with_a_nul_leads_nowhere(browser: Browser, lihua: str, address: str):
    browser.sign_in("lihua")
    assert browser.get(address).status_code == 404


@pytest.mark.parametrize("address", ["/projects/?q=a%00b", "/inbox/open?q=%00", "/messages/?after=%00"])
def test_a_nul_in_an_argument_is_as_if_it_were_not_there(browser: Browser, lihua: str, address: str):
    browser.sign_in("lihua")
    assert browser.get(address).status_code == 200


def test_a_nul_in_a_form_is_as_if_it_were_not_there(browser: Browser, lihua: str):
    assert browser.sign_in("li\0hua").headers["Location"] == "/"
