"""Fixtures for all tests. `--database postgresql` runs those that use `database` on PostgreSQL instead of SQLite."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

import pytest

from app.kernel.clock import ZONE, FrozenClock
from app.kernel.database import Database
from tests.support import postgres, tables

_SERVER_URL = pytest.StashKey[str]()
_SERVER = pytest.StashKey[ExitStack]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=("sqlite", "postgresql"), default="sqlite")


def pytest_configure(config: pytest.Config) -> None:
    """Start one PostgreSQL server for the whole run; the workers of xdist are told its URL."""
    if hasattr(config, "workerinput"):
        config.stash[_SERVER_URL] = config.workerinput.get("postgres_url", "")
    elif config.getoption("--database") == "postgresql" and not config.getoption("collectonly"):
        config.stash[_SERVER] = ExitStack()
        config.stash[_SERVER_URL] = config.stash[_SERVER].enter_context(postgres.server())


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node) -> None:
    node.workerinput["postgres_url"] = node.config.stash.get(_SERVER_URL, "")


def pytest_unconfigure(config: pytest.Config) -> None:
    if _SERVER in config.stash:
        config.stash[_SERVER].close()


@pytest.fixture
def clock() -> FrozenClock:
    """Stands at nine in the morning of an ordinary Monday, a working day, until a test moves it."""
    return FrozenClock(datetime(2026, 3, 2, 9, 0, tzinfo=ZONE))


@pytest.fixture(scope="session")
def postgres_server(request: pytest.FixtureRequest) -> str:
    """The URL of the run's PostgreSQL server; only with `--database postgresql`."""
    return request.config.stash[_SERVER_URL]


@pytest.fixture(scope="session")
def empty_database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """This worker's database with all tables: on SQLite a file to copy, on PostgreSQL one to clean."""
    if request.config.getoption("--database") == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('database') / 'empty.db'}"
        tables.create_tables(url)
        yield url
        return
    worker = getattr(request.config, "workerinput", {}).get("workerid", "main")
    with postgres.fresh_database(request.getfixturevalue("postgres_server"), f"yicheng_{worker}") as url:
        tables.create_tables(url)
        yield url


@pytest.fixture
def database_url(empty_database: str, tmp_path: Path) -> Iterator[str]:
    """The URL of a database with all tables and no rows, for this test alone."""
    if empty_database.startswith("sqlite"):
        copy = tmp_path / "yicheng.db"
        shutil.copyfile(empty_database.removeprefix("sqlite:///"), copy)
        yield f"sqlite:///{copy}"
    else:
        yield empty_database
        tables.delete_all_rows(empty_database)


@pytest.fixture
def database(database_url: str, clock: FrozenClock) -> Iterator[Database]:
    """An empty database that lives at the time of `clock`."""
    database = Database(database_url, clock=clock)
    yield database
    database.close()
