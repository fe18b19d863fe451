"""No page leads its reader to one that he may not open."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.bootstrap import Application
from app.factory import create_app
from app.features.identity.passwords import Passwords
from app.kernel.clock import FrozenClock
from app.kernel.config import Config
from app.scenarios.model import Do, Expectation, Proceed, Scenario, Start, StartBeside
from app.scenarios.player import Player
from app.scenarios.reading import read_usual
from app.scenarios.running import SCENARIOS, report
from tests.support.standing import Standing
from tests.support.world import World

_PAGES = re.compile(r'href="(/(?:tasks|cases|projects|plans|submissions|ledgers|experts|papers)/[^"#]*)')


@pytest.fixture(scope="module")
def world(standing: Standing, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = World(standing, tmp_path_factory.mktemp("links"))
    yield world
    world.close()


def _links(html: str) -> set[str]:
    return {link.replace("&amp;", "&") for link in _PAGES.findall(html)}


@pytest.mark.parametrize(
    "account", ["jtj-jb", "zx-luting", "cj-yaoming", "pc-baixue", "jyzx-zhoujie", "bms-gaofeng", "sdsj-hanmei"]
)
def test_every_link_from_a_task_is_open_to_whoever_has_it(world: World, account: str):
    assert account in world.accounts
    found = {
        link
        for view in ("open", "done", "started")
        for link in _links(world.open(account, "GET", f"/inbox/{view}").get_data(as_text=True))
    }
    beyond = {link for page in found for link in _links(world.open(account, "GET", page).get_data(as_text=True))}
    closed = {link for link in found | beyond if world.open(account, "GET", link).status_code >= 400}
    assert not closed


@pytest.fixture
def approved(standing: Standing, tmp_path: Path) -> Iterator[Application]:
    """The district after the city's authority has approved an application for cloud resources."""
    shutil.copyfile(standing.database, tmp_path / "yicheng.db")
    shutil.copytree(standing.directory / "attachments", tmp_path / "attachments")
    clock = FrozenClock(standing.at)
    config = Config(f"sqlite:///{tmp_path / 'yicheng.db'}", "0123456789abcdef" * 2, tmp_path, demo=True, https=False)
    application = Application(config, clock=clock, passwords=Passwords(quick=True))
    start = Start(standing.at, "区教育和体育局", "区教育inspecting项目", registered=True)
    steps = (StartBeside("cloud-resource"), Proceed("approve-cloud"), Do("approve-cloud"))
    player = Player(application, clock=clock, district=standing.district, usual=read_usual(SCENARIOS / "usual"))
    stories = player.play((Scenario(Path("approved.yaml"), "approved", (), start, steps, Expectation()),))
    player.close()
    assert not any(story.problems for story in stories), report(stories)
    yield application
    application.close()


def test_the_city_sees_what_it_decided_and_no_link_to_the_project(approved: Application):
    client = create_app(product=approved).test_client()
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/login").get_data(as_text=True))
    assert token
    client.post("/login/demo", data={"account": "sdsj-hanmei", "csrf_token": token[1]})
    (task,) = {link for link in _links(client.get("/inbox/done").get_data(as_text=True)) if link.startswith("/tasks/")}
    page = client.get(task).get_data(as_text=True)
    assert "区教育inspecting项目" in page
    (case,) = {link for link in _links(page) if link.startswith("/cases/")}
    for each in _links(page) | _links(client.get(case).get_data(as_text=True)):
        assert client.get(each).status_code == 200, each
