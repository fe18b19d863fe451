"""Wrong values, wrong files and wrong moments in the forms of tasks: refused in words, and nothing is lost or done."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.kernel.ids import new_id
from app.scenarios.files import pdf
from tests.support.standing import Standing
from tests.support.world import World
from tests.web.test_bad_input import refused

SCOPE = {
    "budget_unit": "yes",
    "fiscal_funds": "yes",
    "purchase_only": "no",
    "classified": "no",
    "superior_funded": "no",
    "nature": "engineering",
    "category": "software",
    "estimate": "80",
    "complex": "no",
    "negative_hit": "no",
}
COMPLETION = {"completed_on": "2026-11-02", "design_changed": "no", "completion_summary": "全部功能建成。"}
DRAFT = {"form_draft"}
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"


@pytest.fixture(scope="module")
def played(standing: Standing, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = World(standing, tmp_path_factory.mktemp("world"))
    yield world
    world.close()


@pytest.fixture
def world(played: World) -> Iterator[World]:
    played.written()
    yield played
    played.restore()


def send(world: World, account: str, task_id: str, fields: dict[str, Any], *, key: str | None = None) -> TestResponse:
    fields = {**fields, "_key": key or new_id(), "_rev": "0"}
    return world.open(account, "POST", f"/tasks/{task_id}", data=fields, content_type="multipart/form-data")


AMOUNTS = (
    *(
        "1e999",
        "1E5",
        "ＮａＮ",
        "NaN",
        "Infinity",
        "-Infinity",
        "-1",
        "－１",
        "-0.01",
        "0",
        "0.000000",
        "0.0000001",
        "0x10",
    ),
    *(
        "1_000",
        "80万",
        "八十",
        "1.2.3",
        "1,2,3.4,5",
        "9" * 400,
        "9" * 40,
        "=80",
        "80; DROP TABLE project",
        "½",
        "٣",
    ),
)


@pytest.mark.parametrize("amount", AMOUNTS)
def test_an_amount_that_is_none_is_refused(world: World, amount: str):
    answer = send(world, "jtj-jb", world.task("fresh", "declare-scope"), {**SCOPE, "estimate": amount})
    text = refused(answer, 422)
    summary = text.partition('id="error-summary"')[2].partition("</ul>")[0]
    assert 'href="#f-estimate"' in summary
    assert world.written() <= DRAFT


@pytest.mark.parametrize("amount", ["１００", " 80 ", "80.123456", "1,000", "0.01", "80.0"])
def test_an_amount_typed_in_another_way_is_understood(world: World, amount: str):
    assert send(world, "jtj-jb", world.task("fresh", "declare-scope"), {**SCOPE, "estimate": amount}).status_code == 302


@pytest.mark.parametrize(
    "wrong",
    [
        {"nature": "nonsense"},
        {"nature": ["x", "engineering"]},
        {"nature": "ENGINEERING"},
        {"category": "' OR '1'='1"},
        {"category": "maintenance"},
        {"classified": "maybe"},
        {"negative_hit": "yes", "negative_items": ["nonsense"], "special_reason": "有"},
        {"negative_hit": "yes", "negative_items": [], "special_reason": "有"},
        {"negative_hit": "yes", "negative_items": ["website"], "special_reason": " \u3000\u200b"},
        {"negative_hit": "yes", "negative_items": ["website"], "special_reason": "长" * 501},
        {"complex": "yes", "complex_reason": "长" * 300_000},
        *({name: ""} for name in SCOPE),
    ],
)
def test_a_value_that_is_not_on_offer_is_refused(world: World, wrong: dict[str, Any]):
    refused(send(world, "jtj-jb", world.task("fresh", "declare-scope"), {**SCOPE, **wrong}), 422)
    assert world.written() <= DRAFT


@pytest.mark.parametrize(
    "day",
    [
        "2026-02-30",
        "2026-13-01",
        "2026-00-10",
        "0000-01-01",
        "99999-01-01",
        "明天",
        "20261102",
        "2026-11-02T25:00",
        "=today()",
    ],
)
def test_a_day_that_does_not_exist_is_refused(world: World, day: str):
    task_id = world.task("inspecting", "report-completion")
    refused(send(world, "jtj-jb", task_id, {**COMPLETION, "completed_on": day}), 422)
    assert world.written() <= DRAFT


def test_what_the_form_does_not_have_is_ignored(world: World):
    """Nobody sets variables of the process, or fields that may only be read, by adding them to a post."""
    more = {
        "application_route": "not_applicable",
        "project_code": "YC2000-0001",
        "approved_amount": "1",
        "__class__": "x",
    }
    task_id = world.task("fresh", "declare-scope")
    assert send(world, "jtj-jb", task_id, {**SCOPE, **more}).status_code == 302
    view = world.case("fresh")
    assert view.submissions[-1].data.keys().isdisjoint(more)
    assert [task.element_id for task in view.open_tasks] == ["submit-application"]
    assert view.project is not None
    assert (view.project.approved, view.project.code) == (None, world.standing.codes["fresh"])


# At the wrong moment


def test_sending_twice_submits_once(world: World):
    task_id, key = world.task("inspecting", "report-completion"), new_id()
    first = send(world, "jtj-jb", task_id, COMPLETION, key=key)
    world.written()
    again = send(world, "jtj-jb", task_id, {**COMPLETION, "completion_summary": "改过的内容"}, key=key)
    assert (first.status_code, again.status_code) == (302, 302)
    assert world.written() == set()
    assert world.case("inspecting").submissions[-1].data["completion_summary"] == "全部功能建成。"
    other = send(world, "jtj-jb", task_id, {**COMPLETION, "completion_summary": "改过的内容"})
    text = refused(other, 409)
    assert "办结" in text
    assert "改过的内容" in text  # to be copied
    assert world.written() <= DRAFT


def test_a_submission_serves_one_task(world: World):
    key = new_id()
    assert send(world, "jtj-jb", world.task("fresh", "declare-scope"), SCOPE, key=key).status_code == 302
    world.written()
    answer = send(world, "jtj-jb", world.task("inspecting", "report-completion"), COMPLETION, key=key)
    assert "已经用于另一项任务" in refused(answer, 409)
    assert world.written() <= DRAFT
    assert "全部功能建成。" in answer.text


@pytest.mark.parametrize("action", ["", "/claim", "/release", "/draft", "/files"])
def test_a_task_that_is_over_takes_nothing_more(world: World, action: str):
    clerk = world.standing.district.user_ids["jtj-jb"]
    done = world.rows(f"SELECT id FROM user_task WHERE done_by = '{clerk}' AND status = 'done'")
    # The channel has closed: what waits to be submitted is taken away.
    cancelled = _late(world)
    for task_id in (done[0][0], cancelled):
        fields = {**SCOPE, "field": "special_files", "file": (BytesIO(pdf("x")), "a.pdf")}
        answer = world.open("jtj-jb", "POST", f"/tasks/{task_id}{action}", data=fields)
        if answer.status_code == 302:
            answer = world.open("jtj-jb", "GET", answer.location)
            assert "办结" in answer.text or "撤销" in answer.text
        else:
            refused(answer, 403, 409, 422)
        assert world.written() == set()


def _late(world: World) -> str:
    """The task of a project that is too late for this year, cancelled."""
    assert send(world, "jtj-jb", world.task("fresh", "declare-scope"), SCOPE).status_code == 302
    task_id = world.task("fresh", "submit-application")
    assert world.product.case_work.fire_timers_of_one_case()
    assert [task.element_id for task in world.case("fresh").open_tasks] == ["choose-next-route"]
    world.written()
    return task_id


def test_a_claimed_task_waits_for_the_one_who_took_it(world: World):
    task_id = world.task("accepting", "accept-application")
    assert world.open("dsj-sunmin", "POST", f"/tasks/{task_id}/claim").status_code == 302
    world.written()
    answer = send(world, "dsj-liuyang", task_id, {"application_result": "accepted", "accept_opinion": "刘洋的意见"})
    text = refused(answer, 409)
    assert "孙敏正在办理" in text
    assert "刘洋的意见" in text
    for action in ("draft", "files"):
        fields = {"accept_opinion": "x", "field": "?", "file": (BytesIO(pdf("x")), "a.pdf")}
        refused(world.open("dsj-liuyang", "POST", f"/tasks/{task_id}/{action}", data=fields), 409, 422)
    assert world.written() == set()


@pytest.mark.parametrize("account", ["wjj-jb", "jtj-fz", "dsj-sunmin", "guanli"])
def test_nobody_else_submits_or_adds_files(world: World, account: str):
    task_id = world.task("fresh", "declare-scope")
    refused(send(world, account, task_id, SCOPE), 403)
    fields = {"field": "special_files", "file": (BytesIO(pdf("x")), "a.pdf")}
    refused(world.open(account, "POST", f"/tasks/{task_id}/files", data=fields), 403)
    refused(send(world, account, task_id, {**SCOPE, "special_files": (BytesIO(pdf("x")), "a.pdf")}), 403)
    assert world.written() == set()
    assert not world.rows("SELECT id FROM attachment WHERE case_id IS NULL")


# Files


def _zip(*names: str) -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return target.getvalue()


REFUSED_FILES = {
    "program": ("安装.exe", b"MZ" + bytes(100), 415),
    "double extension": ("方案.pdf.exe", pdf("x"), 415),
    "program named as a picture": ("照片.jpg", b"MZ" + bytes(100), 415),
    "page named as a document": ("方案.pdf", b"<html><script>alert(1)</script></html>", 415),
    "drawing that runs scripts": ("图.svg", b"<svg onload='alert(1)'/>", 415),
    "picture named as a document": ("图.pdf", PNG, 415),
    "archive named as a document": ("方案.docx", _zip("evil.exe"), 415),
    "broken archive": ("方案.docx", _zip("word/document.xml")[:40], 415),
    "macro": ("方案.docm", _zip("word/document.xml"), 415),
    "no extension": ("方案", pdf("x"), 415),
    "nothing but an extension": (".htaccess", b"x", 415),
    "stream": ("方案.pdf::$DATA", pdf("x"), 415),
    "empty": ("空.pdf", b"", 422),
    "no name": ("", pdf("x"), 422),
    "turned around": ("方案\u202efdp.exe", pdf("x"), 415),
}


@pytest.mark.parametrize("name", REFUSED_FILES)
def test_a_file_that_is_not_accepted_says_why(world: World, name: str):
    filename, content, status = REFUSED_FILES[name]
    path = f"/tasks/{world.task('fresh', 'declare-scope')}/files"
    fields = {"field": "special_files", "file": (BytesIO(content), filename)}
    refused(world.open("jtj-jb", "POST", path, data=fields, headers={"Accept": "application/json"}), status)
    assert world.written() == set()


@pytest.mark.parametrize(
    "filename",
    [
        "../../../etc/方案.pdf",
        "C:\\temp\\方案.pdf",
        "方案\x00.pdf",
        "'><script>.pdf",
        "长" * 300 + ".pdf",
        "a.php.pdf",
        "%2e%2e%2fa.pdf",
        "CON.pdf",
    ],
)
def test_a_hostile_name_of_a_good_file_is_made_harmless(world: World, filename: str):
    path = f"/tasks/{world.task('fresh', 'declare-scope')}/files"
    answer = world.open(
        "jtj-jb",
        "POST",
        path,
        data={"field": "special_files", "file": (BytesIO(pdf("x")), filename)},
        headers={"Accept": "application/json"},
    )
    assert answer.status_code == 201, answer.text
    added = answer.get_json()
    assert not set(added["name"]) & set('/\\\x00\r\n<>"')
    assert len(added["name"].encode()) <= 255
    file = world.open("jtj-jb", "GET", added["url"])
    assert (file.status_code, file.mimetype) == (200, "application/pdf")
    assert "Set-Cookie: a=b" not in str(file.headers)


def test_a_file_in_the_post_itself_is_refused_beside_its_field(world: World):
    fields = {**SCOPE, "negative_hit": "yes", "negative_items": "website", "special_reason": "有"}
    upload = (BytesIO(b"MZ" + bytes(100)), "证明.exe")
    text = refused(
        send(world, "jtj-jb", world.task("fresh", "declare-scope"), {**fields, "special_files": upload}), 422
    )
    assert "证明.exe" in text
    assert world.written() <= DRAFT


def test_the_file_of_another_case_cannot_be_referred_to(world: World):
    (stolen,) = world.rows("SELECT id FROM attachment WHERE case_id IS NOT NULL LIMIT 1")[0]
    fields = {**SCOPE, "negative_hit": "yes", "negative_items": "website", "special_reason": "有"}
    answer = send(world, "jtj-jb", world.task("fresh", "declare-scope"), {**fields, "special_files": stolen})
    assert answer.status_code == 302
    assert world.case("fresh").submissions[-1].data["special_files"] == []
