"""What stands against a project is said where people work on it, and the register shows its money."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.support.posting import hidden
from tests.support.standing import Standing
from tests.support.world import World

INSPECTORS = {"bureau": "dsj-sunmin", "finance": "czj-wangfang", "audit": "sjj-chentao"}


@pytest.fixture
def world(standing: Standing, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = World(standing, tmp_path_factory.mktemp("world"))
    yield world
    world.close()


def complete(world: World, account: str, element: str, answers: Mapping[str, Any]) -> None:
    """Complete a task of the project that is being inspected, without its form."""
    task_id = world.task("inspecting", element)
    world.product.cases.complete_task(
        world.identity(account), task_id, answers=answers, submission=answers, submission_key=f"key-{task_id}"
    )


@pytest.fixture
def suspended(world: World) -> World:
    """The district government has suspended the project that is being inspected."""
    for who, account in INSPECTORS.items():
        items = {f"{who}_item_{number}": "ok" for number in range(1, 6)}
        found = {"bureau_item_3": "problem", "bureau_item_3_note": "质量不合格"} if who == "bureau" else {}
        complete(world, account, f"inspect-{who}", {**items, **found})
    concluded = {"inspection_conclusion": "major", "rectify_by": "2027-03-01", "inspection_again": "no"}
    complete(world, "dsj-sunmin", "conclude-inspection", concluded)
    sanction = {"project_sanction": "suspend", "sanction_document": "峄政字〔2026〕30号"}
    complete(world, "qzf-xuhui", "approve-sanction", sanction)
    return world


def test_the_project_the_task_and_the_list_say_what_stands(suspended: World):
    page = suspended.open("jtj-jb", "GET", f"/projects/{suspended.standing.codes['inspecting']}").text
    assert "区政府批准暂停项目建设（峄政字〔2026〕30号）" in page
    assert '<h2 id="measures-title">处置措施</h2>' in page
    assert page.count("尚未解除") == 2
    task = suspended.open("jtj-jb", "GET", f"/tasks/{suspended.task('inspecting', 'report-completion')}").text
    assert "暂停建设，现在不能提交" in task
    assert "区政府批准后解除" in task
    assert "暂缓拨付，现在不能提交" not in task
    assert '<span class="badge text-bg-warning">暂停建设</span>' in suspended.open("jtj-jb", "GET", "/inbox/open").text


def test_what_is_submitted_meanwhile_is_refused_and_kept_as_a_draft(suspended: World):
    path = f"/tasks/{suspended.task('inspecting', 'report-completion')}"
    fields = {
        "_key": hidden(suspended.open("jtj-jb", "GET", path).text, "_key"),
        "_submit": "1",
        "completed_on": "2026-08-01",
        "design_changed": "no",
        "completion_summary": "全部建成，等待复工。",
    }
    answer = suspended.open("jtj-jb", "POST", path, data=fields)
    assert answer.status_code == 422
    assert "这项任务现在不能办理。暂停建设：" in answer.text
    assert "全部建成，等待复工。" in suspended.open("jtj-jb", "GET", path).text
    (refused,) = suspended.rows("SELECT details FROM audit_entry WHERE action = 'held'")
    assert "峄政字〔2026〕30号" in refused[0]


def test_lifting_is_offered_where_there_is_something_to_lift(suspended: World):
    codes = suspended.standing.codes
    assert "提出解除处置" in suspended.open("dsj-sunmin", "GET", f"/projects/{codes['inspecting']}").text
    assert "提出解除处置" not in suspended.open("dsj-sunmin", "GET", f"/projects/{codes['testing']}").text


def test_the_ledger_of_contracts_shows_the_project_and_its_page_the_contract(world: World):
    project = world.case("inspecting").project
    assert project is not None
    ledger = world.open("czj-wangfang", "GET", f"/ledgers/payments?q={project.code}").text
    assert project.name in ledger
    assert "1 笔" not in ledger
    page = world.open("jtj-jb", "GET", f"/projects/{project.code}").text
    assert '<h2 id="money-title">合同与支付</h2>' in page
    assert "还没有拨付。" in page
    nothing = world.open("czj-wangfang", "GET", "/ledgers/payments?year=2022").text
    assert "没有符合条件的合同。" in nothing
