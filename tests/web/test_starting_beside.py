"""What can be started for a project stands on its page, for whoever may start it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.scenarios.player import OBSERVER
from tests.support.standing import Standing
from tests.support.world import World

BUTTON = "申请调整年度计划"


@pytest.fixture
def world(standing: Standing, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = World(standing, tmp_path_factory.mktemp("world"))
    yield world
    world.close()


def start(world: World, account: str, story: str):
    path = f"/projects/{world.standing.codes[story]}/start"
    return world.open(account, "POST", path, data={"process": "plan-adjustment"}, follow_redirects=True)


def test_a_button_stands_where_it_can_be_pressed(world: World):
    page = f"/projects/{world.standing.codes['inspecting']}"
    assert BUTTON in world.open("jtj-jb", "GET", page).text
    for account in ("jtj-fz", "dsj-sunmin", "czj-wangfang", "qzf-xuhui"):
        assert BUTTON not in world.open(account, "GET", page).text
    # Before procurement there is no plan to adjust.
    assert BUTTON not in world.open("jtj-jb", "GET", f"/projects/{world.standing.codes['approving']}").text


def test_pressing_it_leads_to_the_first_task_and_a_second_time_says_why_not(world: World):
    answer = start(world, "jtj-jb", "inspecting")
    assert '<h1 class="page-title">提出调整申请</h1>' in answer.text
    assert "已发起。" in answer.text
    again = start(world, "jtj-jb", "inspecting")
    assert "正在办理，办结之前不能再次发起" in again.text
    assert BUTTON not in again.text
    assert "年度计划调整</a>（办理中）" in again.text


def test_another_stage_is_refused_in_words(world: World):
    answer = start(world, "jtj-jb", "approving")
    assert "在采购、实施阶段发起，项目现在处于年度计划阶段" in answer.text


def test_what_the_sums_were_before_is_told_on_the_page(world: World):
    start(world, "jtj-jb", "inspecting")
    project = world.case("inspecting").project
    assert project is not None
    before = world.open("jtj-jb", "GET", f"/projects/{project.code}").text
    assert "变更前的金额" not in before
    adjust(world, project.id, amount=250)
    after = world.open("jtj-jb", "GET", f"/projects/{project.code}").text
    assert "变更前的金额" in after
    changes = world.product.projects.page(OBSERVER, project.id).changes
    assert [(change.label, change.after) for change in changes] == [("核定金额", 250), ("列入预算", 240)]
    assert {change.by_name for change in changes} == {"徐辉"}


def adjust(world: World, project_id: str, *, amount: int) -> None:
    """Take the request that is open to its approval, without its forms."""
    views = world.product.case_views
    (case_id,) = (
        each.id for each in views.cases_of_project(OBSERVER, project_id) if each.process_id == "plan-adjustment"
    )
    grounds = {"adjustment_grounds": "标准变化", "content_before": "三个模块", "content_after": "四个模块"}
    for account, answers in (
        (
            "jtj-jb",
            {**grounds, "adjusted_amount": amount, "adjustment_file": [{"id": "a", "name": "a.pdf", "size": 1}]},
        ),
        ("dsj-sunmin", {"adjustment_review": "agreed"}),
        ("czj-wangfang", {"adjustment_countersign": "agreed", "adjusted_budget": amount - 10}),
        ("qzf-xuhui", {"adjustment_decision": "approved"}),
    ):
        (task,) = views.case_view(OBSERVER, case_id).open_tasks
        world.product.cases.complete_task(
            world.identity(account), task.id, answers=answers, submission=answers, submission_key=f"key-{task.id}"
        )
