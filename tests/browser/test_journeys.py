"""What people do with the real processes, in a real browser, from signing in to what their colleagues see of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from werkzeug.datastructures import MultiDict

from app.bootstrap import FORMS, PROCESSES
from app.features.forms import entries
from app.features.identity.model import Identity
from app.kernel import business_clock
from app.kernel.clock import ZONE, SystemClock
from app.kernel.ids import new_id
from app.scenarios.files import pdf
from app.scenarios.organisations import settle
from app.scenarios.running import record_basis
from app.worker.loop import Worker
from tests.browser.conftest import PHONE, WIDE, Site, Visit, serving

TODAY = datetime(2026, 10, 12, 9, tzinfo=ZONE)
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
APPLICATION = {
    "letter_number": "峄教字〔2026〕18号",
    "letter_signer": "王建国",
    "letter_date": "2026-10-12",
    "letter_title": "关于申请信息化建设项目的请示",
    "letter_addressee": "峄城区大数据局",
    "need_text": "业务依靠纸质台账，拟建设业务应用系统，实现网上办理和数据共享。",
    "funding_text": "建设周期6个月，资金来源为区级财政资金。",
    "letter_contact": "李梅",
    "letter_phone": "0632-7711234",
    "letter_email": "limei@yicheng.gov.cn",
    "fund_source": "区级财政资金",
    "period_months": "6",
    "period_from": "2027-03-01",
    "period_to": "2027-08-31",
    "leader_name": "王建国",
    "leader_phone": "13963200001",
    "contact_name": "李梅",
    "contact_phone": "13963200002",
    "main_content": "建设受理、审批、统计和共享四个模块，部署在市政务云。",
    "resource_need": "云服务器2台，数据库1套。",
}
CHOICES = {
    "project_types": "application",
    "networks": "gov_extranet",
    "has_past_projects": "no",
    "has_equipment": "yes",
    "has_networks": "no",
    **{f"chapter_{number}": "present" for number in range(1, 10)},
}
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# Answers that tell a person what to mend or that he is too late; the browser notes them in its console.
EXPECTED = re.compile(r"status of (409|422)")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A training system of this module alone, in the weeks before the channel closes."""
    with serving(tmp_path_factory.mktemp("journeys"), demo=True) as site:
        record_basis(site.product, settle(site.product.administration))
        site.product.definitions.deploy_directories(PROCESSES, FORMS)
        with site.product.database.write() as uow:
            business_clock.begin_at(uow, TODAY, real=SystemClock().now())
        yield site


Open = Callable[..., Page]


@pytest.fixture
def person(site: Site, chromium: Browser) -> Iterator[Open]:
    """Signs somebody in in a browser of his own; at the end no page may have complained or gone elsewhere."""
    visits: list[tuple[Visit, BrowserContext]] = []

    def open_browser(account: str, *, viewport: dict[str, int] = WIDE, scripts: bool = True) -> Page:
        context = chromium.new_context(
            viewport=viewport, locale="zh-CN", timezone_id="Asia/Shanghai", java_script_enabled=scripts
        )
        context.set_default_timeout(15_000)
        visits.append((Visit(site, context), context))
        return visits[-1][0].sign_in(account)

    yield open_browser
    for _, context in visits:
        context.close()
    complaints = [words for visit, _ in visits for words in visit.complaints]
    assert [words for words in complaints if not EXPECTED.search(words)] == []


def identity(site: Site, account: str) -> Identity:
    users = site.product.administration.users(None, search=account)
    return site.product.sign_in.load(next(user.id for user in users if user.account == account))


def registered(site: Site, account: str, name: str) -> tuple[str, str]:
    """Register a project as the clerk of a unit; returns the ids of its case and of its first task."""
    clerk = identity(site, account)
    _, case_id = site.product.projects.register(clerk, clerk.memberships[0].org_id, name=name)
    return case_id, open_task(site, clerk, case_id)


def declared(site: Site, account: str, name: str, **answers: str) -> tuple[str, str]:
    """Register a project and declare its scope; returns the ids of its case and of the task that follows, if any."""
    clerk = identity(site, account)
    case_id, task_id = registered(site, account, name)
    posted: MultiDict[str, str] = MultiDict({**SCOPE, **answers})
    site.product.inbox.submit(
        clerk, task_id, lambda form, files: entries.read(form, posted, files=files), submission_key=new_id()
    )
    return case_id, open_task(site, clerk, case_id)


def open_task(site: Site, who: Identity, case_id: str) -> str:
    return site.product.case_views.case_view(who, case_id).open_tasks[0].id


def choose(page: Page, name: str, value: str) -> None:
    page.locator(f'[name="{name}"][value="{value}"]').check()


def declare(page: Page, **changes: str) -> None:
    for name, value in {**SCOPE, **changes}.items():
        if name == "category":
            page.locator("#f-category").select_option(value)
        elif name in {"estimate", "complex_reason"}:
            page.locator(f"#f-{name}").fill(value)
        else:
            choose(page, name, value)


def fill_application(page: Page) -> Locator:
    """Everything but the files and one cell of the table of equipment, which is returned."""
    for name, value in APPLICATION.items():
        page.locator(f"#f-{name}").fill(value)
    for name, value in CHOICES.items():
        choose(page, name, value)
    rows = page.locator('[data-rows="equipment"]')
    expect(rows).to_be_visible()
    if not rows.locator('[name$="-name"]').count():
        rows.get_by_role("button", name="增加一行").click()
    rows.locator('[name$="-name"]').fill("机架服务器")
    rows.locator('[name$="-quantity"]').fill("2")
    rows.locator('[name$="-configuration"]').fill("两路十六核，256G内存")
    rows.locator('[name$="-year"]').fill("2023")
    return rows


def attachment(name: str) -> Any:
    return {"name": name, "mimeType": "application/pdf", "buffer": pdf(name)}


def submit(page: Page) -> None:
    page.locator("[data-submit]").click()


def heading(page: Page, name: str) -> None:
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()


def test_a_project_goes_from_its_registration_to_its_acceptance(person: Open):
    page = person("jtj-jb")
    page.get_by_role("link", name="项目库").click()
    page.get_by_role("link", name="登记新项目").click()
    page.locator("#name").fill("峄城区中小学数字阅读平台项目")
    page.get_by_role("button", name="登记并开始申报").click()
    expect(page.get_by_text("已登记，项目编号 YC2027-")).to_be_visible()
    page.get_by_role("link", name="填报适用范围").first.click()
    heading(page, "填报适用范围")

    reason, items = page.locator("#f-complex_reason"), page.locator('[data-part="negative_items"]')
    expect(reason).to_be_hidden()
    expect(items).to_be_hidden()
    choose(page, "complex", "yes")
    expect(reason).to_be_visible()
    choose(page, "negative_hit", "yes")
    expect(items).to_be_visible()
    declare(page)
    expect(reason).to_be_hidden()
    expect(items).to_be_hidden()
    submit(page)

    heading(page, "提交申报材料")
    rows = fill_application(page)
    page.locator("#f-letter_file").set_input_files(attachment("请示.pdf"))
    page.locator("#f-form_file").set_input_files(attachment("申请表.pdf"))
    expect(page.get_by_role("link", name="申请表.pdf")).to_be_visible()
    submit(page)

    summary = page.locator("#error-summary")
    expect(summary).to_contain_text("处需要修改")
    expect(summary).to_contain_text("项目建设方案")
    expect(summary).to_contain_text("应用情况")
    expect(page.locator("#f-letter_number")).to_have_value(APPLICATION["letter_number"])
    expect(rows.locator('[name$="-name"]')).to_have_value("机架服务器")
    expect(page.get_by_role("link", name="请示.pdf")).to_be_visible()
    rows.locator('[name$="-usage"]').fill("运行学籍系统")
    page.locator("#f-plan_file").set_input_files(attachment("建设方案.pdf"))
    expect(page.get_by_role("link", name="建设方案.pdf")).to_be_visible()
    page.locator("#f-truthful").check()
    submit(page)
    expect(page.get_by_text("已提交。")).to_be_visible()

    bureau = person("dsj-sunmin")
    bureau.get_by_role("link", name="受理审查").first.click()
    heading(bureau, "受理审查")
    expect(bureau.locator(".task-facts")).to_contain_text("峄城区中小学数字阅读平台项目")
    for check in ("complete", "chapters", "shared", "interconnected"):
        choose(bureau, "accept_checks", check)
    choose(bureau, "negative_found", "none")
    choose(bureau, "complex_found", "no")
    choose(bureau, "application_result", "accepted")
    bureau.locator("#f-accept_opinion").fill("三件材料齐全，予以受理。")
    submit(bureau)
    expect(bureau.get_by_text("已提交。")).to_be_visible()
    heading(bureau, "评审前置核查")


def test_what_was_typed_is_there_when_the_page_was_closed(person: Open, site: Site):
    _, task_id = registered(site, "wjj-jb", "疫苗追溯管理项目")
    page = person("wjj-jb")
    page.goto(f"{site.url}/tasks/{task_id}")
    page.locator("#f-estimate").fill("77.5")
    choose(page, "complex", "yes")
    page.locator("#f-complex_reason").fill("接口多，并发高。")
    expect(page.locator("[data-draft-state]")).to_contain_text("已自动保存")
    page.close()

    again = person("wjj-jb")
    again.goto(f"{site.url}/tasks/{task_id}")
    expect(again.locator("#f-estimate")).to_have_value("77.5")
    expect(again.locator("#f-complex_reason")).to_have_value("接口多，并发高。")


def test_the_second_of_two_is_told_and_keeps_what_he_typed(person: Open, site: Site):
    special = {"negative_hit": "yes", "negative_items": "machine_room", "special_reason": "迁移完成前须保障机房安全。"}
    declared(site, "zrzy-jb", "机房迁移期间的安全保障项目", **special)
    first, second = person("dsj-sunmin"), person("dsj-liuyang")
    for page, opinion in ((first, "同意，一号意见"), (second, "同意，二号意见")):
        page.get_by_role("link", name="认定特殊情况").first.click()
        choose(page, "special_case", "granted")
        page.locator("#f-special_case_opinion").fill(opinion)
    submit(first)
    expect(first.get_by_text("已提交。")).to_be_visible()
    submit(second)
    expect(second.get_by_text("这项任务已由孙敏于")).to_be_visible()
    expect(second.get_by_text("您刚才填写、没有提交的内容")).to_be_visible()
    expect(second.locator(".task-form")).to_contain_text("同意，二号意见")


def test_a_form_is_filled_in_without_scripts(person: Open, site: Site):
    _, task_id = registered(site, "mzj-jb", "社会救助信息平台项目")
    page = person("mzj-jb", scripts=False)
    page.goto(f"{site.url}/tasks/{task_id}")
    choose(page, "complex", "yes")
    page.get_by_role("button", name="更新表单").click()
    expect(page.locator("#f-complex_reason")).to_be_visible()
    declare(page, complex="yes", estimate="很多")
    submit(page)
    summary = page.locator("#error-summary")
    expect(summary).to_contain_text("处需要修改")
    expect(summary).to_contain_text("理由")
    expect(page.locator("#f-estimate")).to_have_value("很多")
    page.locator("#f-estimate").fill("80")
    page.locator("#f-complex_reason").fill("与三个业务系统对接。")
    submit(page)
    heading(page, "编制需求报告")


def test_the_case_shows_how_far_it_is(person: Open, site: Site):
    case_id, _ = declared(site, "nyj-jb", "数字乡村项目")
    page = person("nyj-jb")
    page.goto(f"{site.url}/cases/{case_id}")
    drawing = page.locator(".djs-container svg")
    expect(drawing.locator('.diagram-done[data-element-id="declare-scope"]')).to_be_visible()
    expect(drawing.locator('.diagram-running[data-element-id="submit-application"]')).to_be_visible()
    expect(drawing.locator('.diagram-coming[data-element-id="accept-application"]')).to_be_visible()
    assert drawing.locator(".djs-connection.diagram-taken").count() >= 3
    page.get_by_role("link", name="项目全流程").first.click()
    expect(drawing.locator(".diagram-running").first).to_be_visible()


def test_nothing_hangs_over_the_edge_of_a_phone(person: Open, site: Site):
    case_id, task_id = declared(site, "gsz-jb", "便民服务终端项目名称很长很长很长很长很长很长很长很长很长很长项目")
    view = site.product.case_views.case_view(identity(site, "gsz-jb"), case_id)
    assert view.project
    page = person("gsz-jb", viewport=PHONE)
    paths = [
        *("/inbox/open", "/inbox/mine", "/inbox/done", "/inbox/started", "/messages/", "/processes/", "/password"),
        *("/projects/", "/projects/new", f"/projects/{view.project.code}", f"/cases/{case_id}", f"/tasks/{task_id}"),
        *(f"/submissions/{view.submissions[0].id}", "/processes/application"),
    ]
    for path in paths:
        page.goto(site.url + path)
        assert page.evaluate(OVERFLOW) <= 0, path
    for account, pages in {
        "guanli": ("", "incidents", "clock", "rules", "users", "users/new", "organisations"),
        "shenji": ("trail", "users"),
    }.items():
        page = person(account, viewport=PHONE)
        for path in pages:
            page.goto(f"{site.url}/admin/{path}")
            assert page.evaluate(OVERFLOW) <= 0, path


def test_when_the_channel_closes_the_task_goes_and_nothing_typed_is_lost(person: Open, site: Site):
    _, task_id = declared(site, "yjj-jb", "应急指挥平台项目")
    page = person("yjj-jb")
    page.goto(f"{site.url}/tasks/{task_id}")
    page.locator("#f-letter_number").fill("峄应急字〔2026〕9号")
    page.locator("#f-main_content").fill("建设应急指挥调度模块。")
    expect(page.locator("[data-draft-state]")).to_contain_text("已自动保存")

    administrator = person("guanli")
    administrator.goto(f"{site.url}/admin/clock")
    administrator.get_by_role("button", name="申报截止后（2026-11-01 00:01）").click()
    expect(administrator.get_by_text("业务时钟已拨动")).to_be_visible()
    Worker(site.product.case_work).run_once()

    submit(page)
    expect(page.get_by_text("已随流程变化撤销").first).to_be_visible()
    expect(page.locator(".task-form")).to_contain_text("峄应急字〔2026〕9号")
    page.goto(f"{site.url}/tasks/{task_id}")
    expect(page.locator(".task-form")).to_contain_text("建设应急指挥调度模块。")

    page.goto(f"{site.url}/inbox/open")
    page.get_by_role("link", name="选择后续途径").first.click()
    choose(page, "next_route", "next_round")
    submit(page)
    heading(page, "提交申报材料")
    expect(page.locator("#f-letter_number")).to_have_value("峄应急字〔2026〕9号")
    expect(page.locator("#f-main_content")).to_have_value("建设应急指挥调度模块。")
