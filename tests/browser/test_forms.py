from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.conftest import PHONE, WIDE, Site, Visit, serving
from tests.support.filling import PASSWORD, PDF, begin, prepare

PLAN = {"name": "建设方案（终稿）.pdf", "mimeType": "application/pdf", "buffer": PDF}
SAVED = re.compile(r"已自动保存 \d\d:\d\d")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with serving(tmp_path_factory.mktemp("desk"), demo=False) as site:
        apart(prepare, site.product)
        yield site


def apart(do: Callable[..., str], *arguments: object) -> str:
    """Call in a thread of its own: V8 keeps no time limits beside the event loop that Playwright runs in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(do, *arguments).result()


@pytest.fixture
def open_form(desk: Site, chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Signs in and opens the form of a new task; no page may complain of anything it does not expect."""
    visits: list[Visit] = []
    contexts = []
    task_id = apart(begin, desk.product)

    def open_page(viewport: dict[str, int] = WIDE, *, scripts: bool = True) -> Page:
        context = chromium.new_context(viewport=viewport, locale="zh-CN", java_script_enabled=scripts)
        context.set_default_timeout(10_000)
        contexts.append(context)
        visits.append(Visit(desk, context))
        page = visits[-1].open("/login")
        page.fill("[name=account]", "lihua")
        page.fill("[name=password]", PASSWORD)
        page.locator("main form button").click()
        return visits[-1].open(f"/tasks/{task_id}")

    yield open_page
    for context in contexts:
        context.close()
    expected = re.compile(r"40\d|41\d|422|ERR_FAILED|ERR_INTERNET_DISCONNECTED")
    assert [words for visit in visits for words in visit.complaints if not expected.search(words)] == []


def fill_in(page: Page) -> None:
    page.fill("#f-title", "智慧档案馆")
    page.fill("#f-estimate", "１２３.４")
    page.get_by_label("没有").check()
    page.fill("[name=items-0-name]", "服务器")
    page.fill("[name=items-0-price]", "3.5")


def attach(page: Page, *files: dict[str, object]) -> None:
    page.locator("#f-plans").set_input_files(list(files))


def add_row(page: Page) -> None:
    page.locator("[data-rows=items]").get_by_role("button", name="增加一行").click()


def state(page: Page):
    return page.locator("[data-draft-state]")


def test_conditions_and_sums_follow_what_is_typed(open_form):
    page = open_form()
    reason, total = page.locator("#f-reason"), page.locator("[data-key=total]")
    expect(reason).to_be_hidden()
    page.get_by_label("有", exact=True).check()
    expect(reason).to_be_visible()
    expect(page.get_by_label("第 1 行 事项")).to_be_visible()
    page.get_by_label("没有").check()
    expect(reason).to_be_hidden()
    page.fill("[name=items-0-price]", "1,000.1")
    add_row(page)
    page.fill("[name=items-1-price]", "０.2")
    expect(total).to_have_text("1,000.3")
    expect(page.locator("[data-rows=items] tr[data-row]").nth(1).locator("output")).to_have_text("0.4")
    add_row(page)
    expect(total).to_have_text("1,000.3")


def test_rows_are_added_and_deleted_in_place(open_form):
    page = open_form()
    page.fill("[name=items-0-name]", "服务器")
    add_row(page)
    expect(page.locator("[name=items-1-name]")).to_be_focused()
    page.fill("[name=items-1-name]", "交换机")
    expect(page.get_by_label("第 2 行 名称")).to_have_value("交换机")
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.get_by_role("button", name="删除 第 1 行").first.click()
    expect(page.locator("[data-rows=items] tbody tr[data-row]")).to_have_count(2)
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="删除 第 1 行").first.click()
    expect(page.get_by_label("第 1 行 名称")).to_have_value("交换机")
    expect(state(page)).to_have_text(SAVED)
    page.reload()
    expect(page.get_by_label("第 1 行 名称")).to_have_value("交换机")


def test_characters_are_counted_as_the_server_counts_them(open_form):
    page = open_form()
    page.get_by_label("有", exact=True).check()
    page.fill("#f-reason", "𠮷" * 249 + "\n" + "二")
    expect(page.locator("#f-reason-c")).to_have_text("超出 1 字，最多 250 字")


def test_the_draft_saves_itself_and_comes_back(open_form):
    page = open_form()
    page.fill("#f-title", "自动保存的名称")
    expect(state(page)).to_have_text(SAVED)
    page.fill("#f-title", "又改了的名称")
    page.get_by_role("button", name="暂存").last.click()
    expect(state(page)).to_have_text(SAVED)
    page.reload()
    expect(page.locator("#f-title")).to_have_value("又改了的名称")


def test_a_draft_survives_a_broken_connection(open_form):
    page = open_form()
    page.context.set_offline(True)
    page.fill("#f-title", "断网时写的")
    expect(state(page)).to_have_text("网络不通，尚未保存，将自动重试")
    page.context.set_offline(False)
    expect(state(page)).to_have_text(SAVED)
    page.reload()
    expect(page.locator("#f-title")).to_have_value("断网时写的")


def test_what_was_typed_last_is_on_the_paper(open_form):
    page = open_form()
    page.fill("#f-title", "打印之前写的")
    page.get_by_role("link", name="打印").click()
    expect(page.get_by_text("草稿，尚未提交")).to_be_visible()
    expect(page.get_by_role("cell", name="打印之前写的")).to_be_visible()
    page.get_by_role("link", name="返回").click()
    expect(page.locator("#f-title")).to_have_value("打印之前写的")


def test_leaving_with_something_unsaved_asks_first(open_form):
    page = open_form()
    page.route("**/draft", lambda route: route.abort())
    page.locator("#f-title").press_sequentially("未保存")
    expect(state(page)).to_have_text("网络不通，尚未保存，将自动重试")
    asked: list[str] = []
    page.once("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.get_by_role("link", name="项目库").click()
    expect(page).to_have_url(re.compile("/projects/"))
    assert asked == ["beforeunload"]


def test_a_second_window_does_not_undo_the_first(open_form):
    first, second = open_form(), open_form()
    first.fill("#f-title", "第一个窗口")
    expect(state(first)).to_have_text(SAVED)
    second.fill("#f-title", "第二个窗口")
    expect(state(second)).to_contain_text("已在另一个窗口中保存")
    second.get_by_role("button", name="暂存").last.click()
    expect(second.get_by_text("如要以这里的内容为准，请再点一次“暂存”。")).to_be_visible()
    expect(second.locator("#f-title")).to_have_value("第二个窗口")


def test_files_upload_at_once_and_outlive_the_page(open_form):
    page = open_form()
    attach(page, PLAN, {**PLAN, "name": "附图.pdf"})
    expect(page.get_by_role("link", name="附图.pdf")).to_be_visible()
    expect(state(page)).to_have_text(SAVED)
    page.reload()
    expect(page.get_by_role("link", name="建设方案（终稿）.pdf")).to_be_visible()
    page.get_by_role("button", name="移除 附图.pdf").click()
    page.locator("[data-submit]").click()
    expect(page.locator("#error-summary")).to_be_focused()
    expect(page.get_by_role("link", name="建设方案（终稿）.pdf")).to_be_visible()
    expect(page.get_by_role("link", name="附图.pdf")).to_have_count(0)


def test_a_failed_upload_says_why_and_can_be_tried_again(open_form):
    page = open_form()
    attach(page, {"name": "网页.pdf", "mimeType": "application/pdf", "buffer": b"<html>"})
    expect(page.get_by_text("“网页.pdf”的内容与扩展名不符")).to_be_visible()
    page.get_by_role("button", name="移除").click()

    def refuse(route: Route) -> None:
        route.abort()

    page.route("**/files", refuse)
    attach(page, PLAN)
    expect(page.get_by_text("网络不通，上传没有成功")).to_be_visible()
    page.unroute("**/files", refuse)
    page.get_by_role("button", name="重试").click()
    expect(page.get_by_role("link", name="建设方案（终稿）.pdf")).to_be_visible()


def test_the_enter_key_submits_nothing(open_form):
    page = open_form()
    fill_in(page)
    page.press("#f-title", "Enter")
    expect(state(page)).to_have_text(SAVED)
    expect(page.locator("#error-summary")).to_have_count(0)


def test_errors_lead_to_their_fields(open_form):
    page = open_form()
    page.locator("[data-submit]").click()
    summary = page.locator("#error-summary")
    expect(summary).to_be_focused()
    summary.get_by_role("link", name="请填写“项目名称”").click()
    expect(page.locator("#f-title")).to_be_focused()


def test_two_clicks_submit_once(open_form, desk):
    page = open_form()
    fill_in(page)
    attach(page, PLAN)
    expect(page.get_by_role("link", name="建设方案（终稿）.pdf")).to_be_visible()
    posts: list[str] = []
    page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    page.locator("[data-submit]").dblclick(no_wait_after=True)
    expect(page.get_by_text("已提交。")).to_be_visible()
    assert len([url for url in posts if not url.endswith(("/draft", "/files"))]) == 1


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_nothing_hangs_over_the_edge(open_form, viewport):
    page = open_form(viewport)
    add_row(page)
    page.locator("[data-submit]").click()
    expect(page.locator("#error-summary")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    edge = page.locator("form[data-form]").bounding_box()
    right = edge["x"] + edge["width"]
    controls = page.locator("form[data-form] :is(input:not([type=hidden]), select, textarea, button)")
    assert all(box["x"] + box["width"] <= right + 1 for control in controls.all() if (box := control.bounding_box()))


def test_without_scripts_a_whole_form_can_be_submitted(open_form):
    page = open_form(PHONE, scripts=False)
    fill_in(page)
    page.get_by_label("有", exact=True).check()
    page.get_by_role("button", name="更新表单").click()
    page.fill("#f-reason", "确有需要")
    add_row(page)
    page.fill("[name=items-1-name]", "交换机")
    page.fill("[name=items-1-price]", "1")
    attach(page, PLAN)
    page.fill("#f-title", "")
    page.locator("[data-submit]").click()
    expect(page.get_by_role("link", name="请填写“项目名称”")).to_be_visible()
    page.fill("#f-title", "智慧档案馆")
    page.locator("[data-submit]").click()
    expect(page.get_by_text("已提交。")).to_be_visible()
