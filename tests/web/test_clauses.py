"""The pages of the clause matrix: what they show, what leads where, and what they show before anything is deployed."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from app.bootstrap import Application
from app.features.clauses.model import Happened, Result
from tests.support.standing import Standing
from tests.support.world import World
from tests.web.conftest import PASSWORD


@pytest.fixture(scope="module")
def world(standing: Standing, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = World(standing, tmp_path_factory.mktemp("clauses"))
    yield world
    world.close()


def page(world: World, path: str) -> str:
    answer = world.open("jtj-jb", "GET", path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_every_clause_stands_in_the_matrix(world: World):
    shown = page(world, "/clauses/")
    assert re.findall(r'<tr id="([^"]+)">', shown) == list(world.product.clauses.clauses)


@pytest.mark.parametrize(
    ("asked", "ids"),
    [
        ("section=三（五）运行维护", ["3.5-1", "3.5-2"]),
        ("kind=记录", ["附5-10"]),
        ("q=20个工作日", ["3.4-5"]),
        ("q=没有这样的话", []),
        ("show=uncarried", []),
    ],
)
def test_the_matrix_can_be_narrowed(world: World, asked: str, ids: list[str]):
    shown = page(world, f"/clauses/?{asked}")
    assert re.findall(r'<tr id="([^"]+)">', shown) == ids
    assert ("没有符合条件的条款" in shown) is (not ids)


def test_links_of_the_matrix_lead_somewhere(world: World):
    links = set(re.findall(r'href="(/(?:clauses|processes)/[^"#]+)', page(world, "/clauses/")))
    kinds = {link.split("/")[1:3][0] + "/" + re.split(r"[/?]", link)[2] for link in links}
    assert {"processes/tables", "processes/forms", "processes/application", "clauses/scenarios"} <= kinds
    for link in sorted(links)[::7]:
        assert world.open("jtj-jb", "GET", link.replace("&amp;", "&")).status_code == 200, link


def test_a_clause_shows_its_text_and_its_reading(world: World):
    shown = page(world, "/clauses/3.4-5")
    assert "自收齐验收材料并符合验收条件之日起20个工作日内完成验收工作" in shown
    assert "调休上班的周末算工作日" in shown
    assert world.open("jtj-jb", "GET", "/clauses/9-9").status_code == 404
    assert world.open("jtj-jb", "GET", "/clauses/scenarios/none").status_code == 404


def test_a_diagram_is_told_which_clause_to_colour(world: World):
    shown = page(world, "/processes/application?clause=3.1-3&element=submit-application")
    assert "<option selected>3.1-3</option>" in shown
    assert 'data-element="submit-application"' in shown
    assert '"submit-application": ["3.1-1"' in shown


def test_a_table_and_a_form_show_what_they_rest_on(world: World):
    assert "峄城区细则2022-03-10起施行：3.1-5" in page(world, "/processes/tables/thresholds")
    shown = page(world, "/processes/forms/declare-scope?clause=1-3")
    assert re.search(r'<tr id="c\d+" class="part-lit">\s*<td[^>]*><span class="">是否属于纯购置', shown)
    for path in ("/processes/tables/none", "/processes/forms/none"):
        assert world.open("jtj-jb", "GET", path).status_code == 404


def test_a_result_is_shown_with_its_story(world: World):
    clauses, key = world.product.clauses, world.product.definitions.current()
    scenario = clauses.scenario(key, "channel-closed").scenario
    assert "没有运行过" in page(world, "/clauses/scenarios/channel-closed")
    lines = (Happened(world.product.now(), "褚晓燕办理“填报适用范围”", ("没有这项任务",)),)
    result = Result(key, scenario.id, scenario.digest, passed=False, ran_at=world.product.now(), lines=lines)
    clauses.record([result])
    shown = page(world, "/clauses/scenarios/channel-closed")
    assert "与预期不符" in shown
    assert "✗ 没有这项任务" in shown
    assert "1 个场景不符" in page(world, "/clauses/?q=3.1-2")
    world.restore()


def test_before_anything_is_deployed(product: Application, browser):
    product.administration.create_user(None, account="first", name="张三", password=PASSWORD)
    browser.sign_in("first")
    assert "还没有部署流程图" in browser.get("/clauses/").get_data(as_text=True)
    for path in ("/clauses/3.1-1", "/clauses/scenarios/", "/clauses/scenarios/channel-closed", "/processes/tables/x"):
        assert browser.get(path).status_code == 404
