from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask

from app.bootstrap import Application
from app.features.identity.model import Identity
from tests.support.filling import PASSWORD, prepare


@dataclass
class Desk:
    """A clerk at the form of his one task, with a browser that runs no scripts."""

    product: Application
    flask: Flask
    task_id: str

    def __post_init__(self) -> None:
        self.client = self.flask.test_client()
        self.sign_in(self.client, "lihua")

    def sign_in(self, client, account: str) -> None:
        token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/login").get_data(as_text=True))
        client.post("/login", data={"csrf_token": token[1], "account": account, "password": PASSWORD})

    @property
    def path(self) -> str:
        return f"/tasks/{self.task_id}"

    @property
    def clerk(self) -> Identity:
        return self.product.sign_in.authenticate("lihua", PASSWORD, "127.0.0.1").identity

    def get(self) -> str:
        return self.client.get(self.path).get_data(as_text=True)

    def post(self, path: str | None = None, *, page: str | None = None, json: bool = False, **fields: Any):
        """Post as the form on `page` would: with its token, its revision of the draft and its submission key."""
        page = page or self.get()
        hidden = {name: hidden_value(page, name) for name in ("csrf_token", "_rev", "_key")}
        headers = {"Accept": "application/json"} if json else {}
        return self.client.post(
            path or self.path, data=hidden | fields, headers=headers, content_type="multipart/form-data"
        )


def hidden_value(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    return found[1] if found else ""


@pytest.fixture
def desk(product: Application, flask: Flask) -> Desk:
    return Desk(product, flask, prepare(product))
