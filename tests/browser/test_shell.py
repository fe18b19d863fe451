from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, WIDE, Visit

Open = Callable[..., Visit]

PAGES = ["/inbox/open", "/inbox/done", "/inbox/started", "/projects/", "/processes/", "/messages/", "/password"]
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_every_page_fits_the_screen_and_has_one_heading(visit: Open, viewport: dict[str, int]):
    browser = visit(viewport)
    page = browser.open("/login")
    assert page.evaluate(OVERFLOW) == 0
    browser.sign_in("dsj-sunmin")
    for path in PAGES:
        browser.open(path)
        assert page.evaluate(OVERFLOW) == 0, path
        assert page.locator("h1").count() == 1, path
        assert page.title().endswith(" · 峄程"), path
        assert page.locator("html").get_attribute("lang") == "zh-CN"


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_every_diagram_is_drawn_under_the_strict_policy(visit: Open, viewport: dict[str, int]):
    browser = visit(viewport)
    page = browser.sign_in("dsj-sunmin")
    browser.open("/processes/")
    processes = [link.get_attribute("href") for link in page.locator("a.process-card").all()]
    assert len(processes) > 10
    for process in processes:
        browser.open(process or "")
        expect(page.locator(".djs-container svg .djs-shape").first).to_be_visible()
        expect(page.locator(".bjs-powered-by")).to_be_visible()
        assert page.evaluate(OVERFLOW) == 0, process


def test_the_navigation_tells_where_one_is(visit: Open):
    browser = visit()
    page = browser.sign_in("dsj-sunmin")
    for name, path in [("待办", "/inbox/open"), ("我发起", "/inbox/started"), ("流程图", "/processes/")]:
        page.get_by_role("navigation", name="主导航").get_by_role("link", name=name).click()
        page.wait_for_url(f"**{path}")
        here = page.locator(".site-nav [aria-current=page]")
        expect(here).to_have_count(1)
        expect(here).to_contain_text(name)
    expect(page.get_by_role("navigation", name="主导航").get_by_role("link", name="管理")).to_have_count(0)


def test_the_keyboard_reaches_the_content_first(visit: Open):
    browser = visit()
    browser.sign_in("dsj-sunmin")
    page = browser.open("/messages/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
    expect(page.get_by_role("link", name="跳到正文")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_signing_in_with_a_password_and_out_by_the_menu(visit: Open, site):
    made = site.product.administration.create_user(None, account="newcomer", name="新同事")
    browser = visit(PHONE)
    page = browser.open("/projects/")
    expect(page).to_have_url(f"{site.url}/login?next=/projects/")
    page.get_by_role("textbox", name="账号").fill("newcomer")
    page.get_by_label("密码").fill(made.password)
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page.get_by_role("heading", name="修改密码")).to_be_visible()
    page.get_by_label("当前密码").fill(made.password)
    page.get_by_label("新密码", exact=True).fill("battery staple 8")
    page.get_by_label("再次输入新密码").fill("battery staple 8")
    page.get_by_role("button", name="修改密码").click()
    expect(page.get_by_text("密码已修改")).to_be_visible()
    page.locator(".user-menu summary").click()
    page.get_by_role("button", name="退出登录").click()
    expect(page.get_by_text("您已安全退出")).to_be_visible()
    browser.open("/projects/")
    expect(page.get_by_role("heading", name="登录")).to_be_visible()


def test_pages_work_without_scripts(chromium, site):
    context = chromium.new_context(viewport=PHONE, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site.url}/login")
    page.locator('button[name="account"][value="dsj-sunmin"]').click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.locator(".user-menu summary").click()
    page.get_by_role("button", name="退出登录").click()
    expect(page.get_by_text("您已安全退出")).to_be_visible()
    context.close()


def test_a_finger_moves_a_diagram_sideways_and_the_page_up_and_down(visit: Open):
    browser = visit(PHONE)
    browser.sign_in("dsj-sunmin")
    page = browser.open("/processes/application")
    page.locator("[data-diagram]").scroll_into_view_if_needed()
    page.locator(".djs-shape").first.wait_for()
    page.wait_for_timeout(300)
    box = page.locator("[data-diagram]").bounding_box()
    assert box
    touch = page.context.new_cdp_session(page)
    touch.send("Emulation.setTouchEmulationEnabled", {"enabled": True})

    def places() -> tuple[float, float]:
        drawing = page.locator(".djs-container .viewport")
        left = drawing.evaluate("drawing => drawing.getCTM().e")
        return left, page.evaluate("scrollY")

    def swipe(across: int, down: int) -> None:
        x, y = box["x"] + box["width"] / 2, box["y"] + 200
        touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
        for step in range(1, 11):
            point = {"x": x + across * step / 10, "y": y + down * step / 10}
            touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        page.wait_for_timeout(300)

    left, top = places()
    swipe(-150, 0)
    moved, still = places()
    assert left - moved > 100
    assert still == top
    swipe(0, -150)
    stays, scrolled = places()
    assert stays == moved
    assert scrolled > top


def test_a_diagram_is_coloured_by_clause_from_the_keyboard(visit: Open):
    browser = visit(WIDE)
    browser.sign_in("dsj-sunmin")
    page = browser.open("/processes/application?clause=3.1-5&element=declare-scope")
    lit = page.locator(".diagram-lit[data-element-id]")
    expect(page.locator('.diagram-lit.diagram-chosen[data-element-id="declare-scope"]')).to_be_visible()
    expect(page.locator(".clause-told")).to_have_text(f"{lit.count()} 个环节落实 3.1-5。")
    assert page.locator('.diagram-dim[data-element-id="review-special-case"]').count() == 1
    page.get_by_label("按条款着色").focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowDown")
    expect(page.locator('[data-clause-legend="all"]')).to_be_visible()
    assert "clause=all" in page.url
    assert page.locator(".diagram-dim").count() == 0
    page.keyboard.press("Home")
    expect(page.locator(".diagram-lit")).to_have_count(0)
    assert "clause" not in page.url
