from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

PUBLIC = {"account.login", "account.submit_login", "account.demo_login", "assets", "health"}


@pytest.fixture
def client(flask: Flask) -> FlaskClient:
    return flask.test_client()


def test_only_these_views_are_open_to_anybody(flask: Flask):
    open_views = {name for name, view in flask.view_functions.items() if getattr(view, "is_public", False)}
    assert open_views == PUBLIC


def test_every_other_address_asks_to_sign_in(flask: Flask, client: FlaskClient):
    flask.config["WTF_CSRF_ENABLED"] = False
    asked = 0
    for rule in flask.url_map.iter_rules():
        if rule.endpoint in PUBLIC:
            continue
        path = rule.rule.replace("<", "").replace(">", "").replace("path:", "")
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            response = client.open(path, method=method)
            assert (response.status_code, response.location.split("?")[0]) == (302, "/login"), f"{method} {path}"
            asked += 1
    assert asked > 20


def test_every_form_needs_its_token(flask: Flask, client: FlaskClient):
    refused = 0
    for rule in flask.url_map.iter_rules():
        path = rule.rule.replace("<", "").replace(">", "").replace("path:", "")
        for method in rule.methods - {"HEAD", "OPTIONS", "GET"}:
            assert client.open(path, method=method).status_code == 400, f"{method} {path}"
            refused += 1
    assert refused > 10


def test_health_tells_whether_the_database_answers(client: FlaskClient, product, monkeypatch):
    assert client.get("/health").json == {"status": "ok"}
    monkeypatch.setattr(product.database, "engine", None)
    assert client.get("/health").status_code == 500
