"""A provider sends in a list of utilisation: template, upload, look, confirmation (附5-9)."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date

import pytest
from openpyxl import load_workbook
from werkzeug.test import TestResponse

from app.features.cloud import store
from app.features.cloud.lists import LARGEST_FILE
from app.features.projects import store as projects
from app.features.projects.model import Party
from services.cloud import CloudResource, Sizes
from tests.support.standing import Standing
from tests.support.world import World

PROVIDER = "yun-shilei"
PAGE = "/ledgers/cloud/usage"
NUMBER = "YC2027-0001-Y01"
HEADINGS = "云资源编号,统计起始日期,统计截止日期,CPU利用率,内存利用率,存储利用率"


@pytest.fixture(scope="module")
def world(standing: Standing, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = World(standing, tmp_path_factory.mktemp("usage"))
    code, org_id = standing.codes["inspecting"], standing.district.org_ids["枣庄政务云"]
    running = CloudResource(
        NUMBER, "<婚姻登记>", org_id, Sizes(16, 32, 500), state="running", billing_from=date(2026, 1, 1)
    )
    with world.product.database.write() as uow:
        project_id = projects.id_of_code(uow, code)
        assert project_id is not None
        projects.set_party(uow, project_id=project_id, party=Party("cloud-provider", org_id, "枣庄政务云"))
        store.put(uow, running, project_id=project_id, case_id="first")
    yield world
    world.close()


def upload(world: World, content: bytes, *, account: str = PROVIDER) -> TestResponse:
    return world.open(account, "POST", PAGE, data={"file": (io.BytesIO(content), "利用率.csv")})


def written(*lines: str) -> bytes:
    return "\n".join((HEADINGS, *lines)).encode("gbk")


def test_the_template_names_what_is_running(world: World):
    assert "上报利用率清单" in world.open(PROVIDER, "GET", "/ledgers/cloud").get_data(as_text=True)
    assert "已列出 1 项资源" in world.open(PROVIDER, "GET", PAGE).get_data(as_text=True)
    answer = world.open(PROVIDER, "GET", f"{PAGE}/template")
    assert load_workbook(io.BytesIO(answer.data)).active["A2"].value == NUMBER


def test_a_list_is_looked_at_and_then_reported_once(world: World):
    looked = upload(world, written(f"{NUMBER},2026/9/1,2026/9/30,45%,55,70")).get_data(as_text=True)
    assert "确认上报 1 项" in looked
    assert "&lt;婚姻登记&gt;" in looked
    lines = {"lines": written(f"{NUMBER},2026-09-01,2026-09-30,45%,55%,70%").decode("gbk")}
    assert world.open(PROVIDER, "POST", f"{PAGE}/send", data=lines).status_code == 302
    again = world.open(PROVIDER, "POST", f"{PAGE}/send", data=lines)
    assert again.status_code == 422
    assert "已经上报到2026-09-30" in again.get_data(as_text=True)


@pytest.mark.parametrize(
    ("content", "status", "words"),
    [
        (b"", 422, "请选择清单文件"),
        (b"\xd0\xcf\x11\xe0old", 422, "旧版 Excel"),
        (b"x" * (LARGEST_FILE + 1), 413, "不能超过 5 MB"),
        (b"<script>,1", 422, "没有找到表头"),
        (written("YC2027-0009-Y01,2026/10/1,2026/10/31,45,55,70"), 422, "第2行：“YC2027-0009-Y01”不是本单位"),
        (written(f"{NUMBER},2026/10/1,2026/10/31,145,55,70"), 422, "第2行：“CPU利用率”的“145”"),
        (written(f"{NUMBER},2026/10/1,<b>,45,55,70"), 422, "“&lt;b&gt;”不是日期"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(world: World, content: bytes, status: int, words: str):
    answer = upload(world, content)
    assert answer.status_code == status
    assert words in answer.get_data(as_text=True)


@pytest.mark.parametrize("account", ["jtj-jb", "dsj-sunmin", "czj-wangfang", "guanli", "cj-yaoming"])
def test_nobody_else_reports(world: World, account: str):
    world.written()
    assert upload(world, written(), account=account).status_code == 403
    assert world.open(account, "POST", f"{PAGE}/send", data={"lines": "x"}).status_code == 403
    assert world.open(account, "GET", f"{PAGE}/template").status_code == 403
    assert world.written() == set()
