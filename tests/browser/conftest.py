"""A real server with the district's people and diagrams, and a real Chromium in front of it."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from app.bootstrap import FORMS, PROCESSES, Application
from app.factory import create_app
from app.features.identity.passwords import Passwords
from app.kernel.config import Config
from app.scenarios.organisations import settle
from app.web.security import limiter
from tests.support import tables

WIDE = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}


@dataclass(frozen=True)
class Site:
    """A running demonstration and the use cases behind it."""

    url: str
    product: Application


class _Quiet(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        pass


@contextmanager
def serving(directory: Path, *, demo: bool) -> Iterator[Site]:
    """A server with an empty database in a directory of its own."""
    config = Config(
        database_url=f"sqlite:///{directory / 'yicheng.db'}",
        secret_key="0123456789abcdef0123456789abcdef",
        data_dir=directory,
        demo=demo,
        https=False,
    )
    tables.create_tables(config.database_url)
    product = Application(config, passwords=Passwords(quick=True))
    flask = create_app(product=product)
    limiter.enabled = False
    server = make_server("127.0.0.1", 0, flask, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Site(f"http://127.0.0.1:{server.server_port}", product)
    server.shutdown()
    thread.join()
    server.server_close()
    limiter.enabled = True
    product.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with serving(tmp_path_factory.mktemp("site"), demo=True) as site:
        settle(site.product.administration)
        site.product.definitions.deploy_directories(PROCESSES, FORMS)
        yield site


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    program = os.environ.get("YICHENG_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    assert program, "install chromium, or set YICHENG_CHROMIUM to its path"
    with sync_playwright() as playwright:
        # Its sandbox wants what a container does not give; only our own pages are opened.
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


class Visit:
    """One person's browser. What a page complains about in its console, and what it asks of other hosts, is kept."""

    def __init__(self, site: Site, context: BrowserContext) -> None:
        self.site = site
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._request)

    def open(self, path: str) -> Page:
        self.page.goto(self.site.url + path)
        return self.page

    def sign_in(self, account: str) -> Page:
        """By a click on the account, as the demonstration offers it."""
        self.open("/login")
        self.page.locator(f'button[name="account"][value="{account}"]').click()
        return self.page

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{self.page.url}: {message.text}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.site.url, "data:", "blob:")):
            self.complaints.append(f"{self.page.url} asked for {request.url}")


@pytest.fixture
def visit(site: Site, chromium: Browser) -> Iterator[Callable[..., Visit]]:
    """Opens a browser of a width; at the end of the test no page may have complained."""
    visits: list[tuple[Visit, BrowserContext]] = []

    def open_browser(viewport: dict[str, int] = WIDE) -> Visit:
        context = chromium.new_context(viewport=viewport, locale="zh-CN", timezone_id="Asia/Shanghai")
        context.set_default_timeout(10_000)
        visits.append((Visit(site, context), context))
        return visits[-1][0]

    yield open_browser
    for _, context in visits:
        context.close()
    assert [complaint for one, _ in visits for complaint in one.complaints] == []
