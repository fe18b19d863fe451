from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.bootstrap import Application
from app.factory import create_app
from app.features.identity.passwords import Passwords
from app.kernel.clock import FrozenClock
from app.kernel.config import Config
from app.web.security import limiter
from tests.support.standing import Standing, play

PASSWORD = "correct horse 9"
SECRET = "0123456789abcdef0123456789abcdef"


class Browser:
    """A browser without scripts: keeps cookies, and sends a form with the token of the page it stands on."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, path: str, **options):
        return self.client.get(path, **options)

    def post(self, path: str, *, page: str = "/login", **fields: str):
        """Send fields to `path`, as the form on `page` would."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.client.get(page).get_data(as_text=True))
        return self.client.post(path, data={"csrf_token": found[1] if found else "", **fields})

    def sign_in(self, account: str, password: str = PASSWORD):
        return self.post("/login", account=account, password=password)


@pytest.fixture(scope="session")
def passwords() -> Passwords:
    return Passwords(quick=True)


@pytest.fixture(scope="session")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Standing:
    """The district at work, played once; tests copy it."""
    return play(tmp_path_factory.mktemp("standing"))


@pytest.fixture
def config(database_url: str, tmp_path: Path) -> Config:
    return Config(database_url=database_url, secret_key=SECRET, data_dir=tmp_path, https=False)


@pytest.fixture
def product(config: Config, clock: FrozenClock, passwords: Passwords) -> Iterator[Application]:
    product = Application(config, clock=clock, passwords=passwords)
    yield product
    product.close()


@pytest.fixture
def flask(product: Application) -> Flask:
    flask = create_app(product=product)
    # The limiter is one for the process, and a test must not be slowed down by those before it.
    with flask.app_context():
        limiter.reset()
    return flask


@pytest.fixture
def browser(flask: Flask) -> Browser:
    return Browser(flask.test_client())


@pytest.fixture
def lihua(product: Application) -> str:
    """The id of a user who is allowed to sign in, and nothing more."""
    made = product.administration.create_user(None, account="lihua", name="李华", password="correct horse 9")
    return made.user_id
