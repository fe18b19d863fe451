"""A copy of the district at work, with everybody signed in: requests of any person, and what they change."""

from __future__ import annotations

import hashlib
import re
import shutil
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import event
from werkzeug.test import TestResponse

from app.bootstrap import Application
from app.factory import create_app
from app.features.cases.model import CaseView
from app.features.identity.model import Identity
from app.features.identity.passwords import Passwords
from app.kernel.clock import FrozenClock
from app.kernel.config import Config
from app.scenarios.player import OBSERVER
from app.web.security import limiter
from tests.support.standing import PEOPLE, Standing

NOBODY = ""
_COOKIE = "yicheng"
_TRAIL = frozenset({"audit_entry", "audit_head"})
_WRITE = re.compile(r"(?:INSERT INTO|UPDATE|DELETE FROM) \"?(\w+)")


class World:
    """The system as it stands. Every request stands for itself: cookies are those of the sign-in, whatever came after.

    Forms need no token here unless `tokens` says so; `restore` brings back the state after the sign-ins.
    """

    def __init__(self, standing: Standing, directory: Path, *, tokens: bool = False) -> None:
        self.standing = standing
        self._live, self._saved = directory / "yicheng.db", directory / "saved.db"
        shutil.copyfile(standing.database, self._live)
        shutil.copytree(standing.directory / "attachments", directory / "attachments")
        config = Config(f"sqlite:///{self._live}", "0123456789abcdef" * 2, directory, demo=True, https=False)
        self.product = Application(config, clock=FrozenClock(standing.at), passwords=Passwords(quick=True))
        self._written: set[str] = set()
        event.listen(self.product.database.engine, "before_cursor_execute", self._note)
        event.listen(self.product.database.engine, "connect", _hasten)
        self.flask = create_app(product=self.product)
        self.flask.config["WTF_CSRF_ENABLED"] = False
        with self.flask.app_context():
            limiter.reset()
        limiter.enabled = False
        self._cookies = {account: self._signed_in(account) for account in sorted(PEOPLE)}
        self.flask.config["WTF_CSRF_ENABLED"] = tokens
        self._watch = sqlite3.connect(self._live)
        _copy(self._live, self._saved)
        self._seen = self._version()
        self._at_first = self._state()

    def close(self) -> None:
        limiter.enabled = True
        self._watch.close()
        self.product.close()

    @property
    def accounts(self) -> list[str]:
        return list(self._cookies)

    def open(self, account: str, method: str, path: str, **options: Any) -> TestResponse:
        """A request of somebody, or of nobody who is signed in."""
        client = self.flask.test_client()
        if account != NOBODY:
            client.set_cookie(_COOKIE, self._cookies[account])
        return client.open(path, method=method, **options)

    def identity(self, account: str) -> Identity:
        return self.product.sign_in.load(self.standing.district.user_ids[account])

    def case(self, story: str) -> CaseView:
        return self.product.case_views.case_view(OBSERVER, self.standing.cases[story])

    def task(self, story: str, element: str) -> str:
        """The id of the open task of an element."""
        return next(task.id for task in self.case(story).open_tasks if task.element_id == element)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self._watch.execute(query).fetchall()

    def written(self) -> set[str]:
        """The tables that were written to, since this was asked last, other than the audit trail with its refusals."""
        version = self._version()
        written = self._written - _TRAIL if version != self._seen else set()
        self._written.clear()
        self._seen = version
        return written

    def changed(self) -> set[str]:
        """The tables that are no longer as they were after the sign-ins, by their content."""
        now = self._state()
        return {name for name, digest in self._at_first.items() if now[name] != digest}

    def restore(self) -> None:
        _copy(self._saved, self._live)
        self.written()

    def _note(self, _connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if found := _WRITE.match(statement):
            self._written.add(found[1])

    def _version(self) -> int:
        """Another number as soon as anything was committed."""
        return int(self._watch.execute("PRAGMA data_version").fetchone()[0])

    def _state(self) -> Mapping[str, str]:
        names = [row[0] for row in self._watch.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: self._digest(name) for name in names if name not in _TRAIL}

    def _digest(self, table: str) -> str:
        rows = self._watch.execute(f'SELECT * FROM "{table}" ORDER BY rowid')
        return hashlib.sha256(repr(rows.fetchall()).encode()).hexdigest()

    def _signed_in(self, account: str) -> str:
        client = self.flask.test_client()
        answer = client.post("/login/demo", data={"account": account})
        cookie = client.get_cookie(_COOKIE)
        assert answer.status_code == 302
        assert cookie is not None
        return cookie.value


def _hasten(connection: sqlite3.Connection, _entry: object) -> None:
    # What a test writes need not survive a power cut.
    connection.execute("PRAGMA synchronous=OFF")


def _copy(source: Path, target: Path) -> None:
    saved, live = sqlite3.connect(source), sqlite3.connect(target)
    saved.backup(live)
    saved.close()
    live.close()
