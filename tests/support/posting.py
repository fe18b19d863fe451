"""A person with a browser that runs no scripts: signing in, and posting the form of a task as its page would."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from app.bootstrap import Application
from app.features.identity import store as identity_store
from app.features.identity.passwords import Passwords

PASSWORD = "correct horse 9"


class Visitor:
    """Signed in for good; its cookies are its own."""

    def __init__(self, flask: Flask, product: Application, user_id: str) -> None:
        with product.database.write() as uow:
            hashed = Passwords(quick=True).hash(PASSWORD)
            identity_store.set_password(uow, user_id, hashed, must_change=False)
        self.identity = product.sign_in.load(user_id)
        self._client = flask.test_client()
        page = self._client.get("/login").text
        fields = {"csrf_token": hidden(page, "csrf_token"), "account": self.identity.account, "password": PASSWORD}
        assert self._client.post("/login", data=fields).status_code == 302

    def get(self, path: str) -> TestResponse:
        return self._client.get(path)

    def post(self, path: str, fields: dict[str, Any]) -> TestResponse:
        return self._client.post(path, data=fields, content_type="multipart/form-data")

    def hidden_of(self, path: str) -> dict[str, str]:
        """What a form's page sends along unseen: the token of the session, and the key of this one submission."""
        page = self.get(path).text
        return {name: hidden(page, name) for name in ("csrf_token", "_rev", "_key")}


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    return found[1] if found else ""
