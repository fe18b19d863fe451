"""Every kind of page, at both widths, by the rules of axe-core; and the keyboard, which the rules do not cover."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from app.kernel import business_clock
from app.kernel.clock import SystemClock
from app.scenarios.player import OBSERVER
from tests.browser.conftest import PHONE, WIDE, Site, Visit, serving
from tests.support.standing import Standing, play

AXE = (Path(__file__).parents[2] / "app/assets/node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")
FOUND = """() => axe.run(document, {resultTypes: ['violations']}).then(({violations}) =>
  violations.map(({id, nodes}) => `${id}: ${nodes.map(({html}) => html.slice(0, 200)).join(' ')}`))"""

# Where the field with the focus stands: its line, then its place in it. None outside the fields.
PLACE = """() => {
  const part = document.activeElement.closest('[data-field]')?.parentElement;
  return part ? [part.closest('.form-line').getBoundingClientRect().top + scrollY, part.getBoundingClientRect().left]
    : null;
}"""
# Whether what has the focus lies in the form, is marked as such, and is covered by the bar with the buttons. None at
# the end of the page.
SEEN = """() => {
  const element = document.activeElement;
  const style = getComputedStyle(element);
  const box = element.getBoundingClientRect();
  const bar = document.querySelector('.form-actions').getBoundingClientRect();
  return element === document.body ? null : {
    inForm: element.closest('[data-field]') !== null,
    marked: style.outlineStyle !== 'none' || style.boxShadow !== 'none',
    covered: !element.closest('.form-actions') && box.top < bar.bottom && box.bottom > bar.top,
  };
}"""

FORMS = {
    ("fresh", "declare-scope"): "jtj-jb",
    ("accepting", "accept-application"): "dsj-sunmin",
    ("reviewing", "submit-review-report"): "ps-fanqiang",
    ("tendering", "organise-tender"): "jyzx-zhoujie",
    ("inspecting", "inspect-finance"): "czj-wangfang",
    ("testing", "test-software"): "pc-baixue",
}
PAGES = {
    "": ["/login"],
    "jtj-jb": [
        *(f"/inbox/{view}" for view in ("open", "mine", "done", "started")),
        *("/projects/", "/projects/?q=没有这个", "/projects/new", "/messages/", "/password", "/nowhere"),
    ],
    "dsj-sunmin": [
        *("/inbox/open", "/inbox/done", "/processes/", "/processes/application", "/messages/"),
        *("/plans/", "/plans/PLAN-2027-1"),
        *("/clauses/", "/clauses/3.1-5", "/clauses/?q=没有这样的话", "/clauses/scenarios/"),
        *("/clauses/scenarios/channel-closed", "/processes/application?clause=3.1-5"),
        *("/processes/tables/thresholds", "/processes/forms/submit-application?clause=3.1-4"),
    ],
    "guanli": [
        "/admin/",
        *(f"/admin/{name}" for name in ("incidents", "clock", "rules", "calendar", "users", "users/new")),
    ],
    "anquan": ["/admin/organisations", "/admin/users"],
    "liucheng": ["/templates/"],
    "shenji": ["/admin/trail?verify=1"],
}


@dataclass(frozen=True)
class District:
    """A served district at work."""

    site: Site
    standing: Standing

    def task(self, story: str, element: str) -> str:
        """The address of an open task."""
        view = self.site.product.case_views.case_view(OBSERVER, self.standing.cases[story])
        return next(f"/tasks/{task.id}" for task in view.open_tasks if task.element_id == element)

    def records(self, story: str) -> list[str]:
        """Pages of what was done in a case."""
        view = self.site.product.case_views.case_view(OBSERVER, self.standing.cases[story])
        filled = f"/submissions/{view.submissions[-1].id}"
        return [f"/cases/{view.case.id}", f"/projects/{self.standing.codes[story]}", filled, f"{filled}/print"]


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory) -> Iterator[District]:
    directory = tmp_path_factory.mktemp("district")
    # Apart, because V8 keeps no time limits beside the event loop that Playwright runs in this thread.
    with ThreadPoolExecutor(1) as thread:
        standing = thread.submit(play, directory).result()
    with serving(directory, demo=True) as site:
        with site.product.database.write() as uow:
            business_clock.begin_at(uow, standing.at, real=SystemClock().now())
        yield District(site, standing)


Open = Callable[..., Visit]


@pytest.fixture
def visit(district: District, chromium: Browser) -> Iterator[Open]:
    """Opens a browser of a width."""
    contexts: list[BrowserContext] = []

    def open_browser(viewport: dict[str, int] = WIDE) -> Visit:
        context = chromium.new_context(viewport=viewport, locale="zh-CN", timezone_id="Asia/Shanghai")
        context.set_default_timeout(15_000)
        contexts.append(context)
        return Visit(district.site, context)

    yield open_browser
    for context in contexts:
        context.close()


def violations(page: Page) -> list[str]:
    if page.locator("[data-diagram]").count():
        page.locator("[data-diagram]").scroll_into_view_if_needed()
        page.locator(".djs-container svg .djs-shape").first.wait_for()
    page.evaluate(AXE)
    return [f"{page.url}: {found}" for found in page.evaluate(FOUND)]


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("account", PAGES)
def test_no_page_breaks_a_rule(visit: Open, account: str, viewport: dict[str, int]):
    browser = visit(viewport)
    if account:
        browser.sign_in(account)
    assert [words for path in PAGES[account] for words in violations(browser.open(path))] == []


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize(("story", "element"), FORMS)
def test_no_form_breaks_a_rule(visit: Open, district: District, story: str, element: str, viewport: dict[str, int]):
    """As it is found, as it is refused, and as it is printed before it is submitted."""
    browser = visit(viewport)
    browser.sign_in(FORMS[story, element])
    path = district.task(story, element)
    page = browser.open(path)
    found = violations(page)
    page.locator("[data-submit]").click()
    expect(page.locator("#error-summary")).to_be_focused()
    found += violations(page)
    assert found + violations(browser.open(f"{path}/print")) == []


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_no_record_breaks_a_rule(visit: Open, district: District, viewport: dict[str, int]):
    browser = visit(viewport)
    browser.sign_in("dsj-sunmin")
    assert [words for path in district.records("testing") for words in violations(browser.open(path))] == []


def test_tab_goes_through_a_form_in_the_order_it_is_read(visit: Open, district: District):
    """Line by line, from left to right, and then to the buttons."""
    browser = visit()
    browser.sign_in("pc-baixue")
    page = browser.open(district.task("testing", "test-software"))
    page.locator("form[data-form] input:visible").first.focus()
    places: list[tuple[float, float]] = []
    while (place := page.evaluate(PLACE)) is not None:
        places.append((place[0], place[1]))
        page.keyboard.press("Tab")
    assert places == sorted(places)
    assert len(set(places)) == page.locator("form[data-form] [data-field]:visible").count()
    buttons = []
    for _ in range(3):
        buttons.append(page.evaluate("document.activeElement.textContent"))
        page.keyboard.press("Tab")
    assert buttons == ["提交", "暂存", "打印"]


def test_what_has_the_focus_can_be_seen(visit: Open, district: District):
    """It has an outline or a shadow, and the bar with the buttons does not cover it."""
    browser = visit(PHONE)
    browser.sign_in("jtj-jb")
    page = browser.open(district.task("fresh", "declare-scope"))
    page.keyboard.press("Tab")
    in_form = 0
    while (seen := page.evaluate(SEEN)) is not None:
        words = page.evaluate("document.activeElement.outerHTML")[:200]
        assert seen["marked"], words
        assert not seen["covered"], words
        in_form += seen["inForm"]
        page.keyboard.press("Tab")
    assert in_form > 8


def test_an_error_leads_to_its_field(visit: Open, district: District):
    browser = visit(PHONE)
    browser.sign_in("jtj-jb")
    page = browser.open(district.task("fresh", "declare-scope"))
    page.locator("[data-submit]").click()
    summary = page.locator("#error-summary")
    expect(summary).to_be_focused()
    for link in summary.get_by_role("link").all():
        target = page.locator(link.get_attribute("href") or "")
        link.click()
        expect(target).to_be_focused()
        expect(target).to_be_in_viewport()
