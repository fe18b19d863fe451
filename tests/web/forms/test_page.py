from __future__ import annotations

from io import BytesIO

import pytest
from lxml import html

from tests.support.filling import PDF

LONG = "关于峄城区“一网统管”城市运行管理服务平台（二期）及配套感知设备建设项目" * 5


def open_pdf():
    return BytesIO(PDF)


def tree(page: str):
    """The page as a browser has it: what stands in templates is no part of it."""
    found = html.fromstring(page)
    for template in found.xpath("//template"):
        template.drop_tree()
    return found


def labels_of(control, page) -> str:
    found = page.xpath(f'//label[@for="{control.get("id")}"]')
    return "".join(label.text_content() for label in found).strip()


def error_of(page, name: str) -> str:
    """The error that a control is described by."""
    (control, *_) = page.xpath(f'//*[@name="{name}" and not(@type="hidden")]')
    described = control.get("aria-describedby") or control.xpath("ancestor::fieldset[1]")[0].get("aria-describedby")
    assert "true" in (control.get("aria-invalid"), control.xpath("string(ancestor::fieldset[1]/@aria-invalid)"))
    texts = [page.get_element_by_id(part).text_content() for part in described.split()]
    return next(text for text in texts if text.startswith("错误："))


def test_every_control_has_a_label_and_every_reference_leads_somewhere(desk):
    page = tree(desk.post(_add="items", title="", special="yes").get_data(as_text=True))
    form = page.xpath("//form[@data-form]")[0]
    for control in form.xpath(".//input[not(@type='hidden')] | .//select | .//textarea"):
        assert labels_of(control, page), html.tostring(control)
    ids = [element.get("id") for element in page.xpath("//*[@id]")]
    assert len(ids) == len(set(ids))
    referred = " ".join(page.xpath("//@aria-describedby | //@aria-labelledby | //label/@for")).split()
    assert set(referred) <= set(ids)


def test_the_form_says_what_it_knows_and_escapes_it(desk):
    page = tree(desk.get())
    assert page.xpath("//h2")[0].text_content() == "申报说明"
    assert page.xpath('//strong[contains(., "智慧")]')[0].text_content() == "智慧<档案馆>"
    assert page.xpath('//div[@data-field="project_name"]')[0].text_content().split() == ["所属项目", "智慧<档案馆>"]
    assert [cell.text_content() for cell in page.xpath("//td[text()='旧项目']/../td")] == ["旧项目", "1,234.5"]
    assert not page.xpath("//form[@data-form]//*[@style or @onclick]")
    assert page.xpath("//button[@data-submit]")[0].text_content() == "报送"


def test_required_fields_say_so_in_words(desk):
    page = tree(desk.get())
    assert labels_of(page.get_element_by_id("f-title"), page) == "项目名称*（必填）"
    assert page.get_element_by_id("f-title").get("aria-required") == "true"
    assert labels_of(page.get_element_by_id("f-start"), page) == "开工日期"


def test_errors_are_listed_in_order_and_lead_to_their_fields(desk):
    response = desk.post(title="", estimate="一百", special="yes", reason="")
    assert response.status_code == 422
    page = tree(response.get_data(as_text=True))
    summary = page.get_element_by_id("error-summary")
    links = summary.xpath(".//a")
    assert [link.text_content() for link in links] == [
        "请填写“项目名称”",
        "“投资概算”请填写数字，例如 1234.5",
        "请填写“特殊情况说明”",
        "请上传“建设方案”",
    ]
    for link in links:
        target = page.get_element_by_id(link.get("href").removeprefix("#"))
        assert target.tag in {"input", "textarea"}
    assert page.xpath("//title")[0].text.startswith("错误：")
    assert error_of(page, "title") == "错误：请填写“项目名称”"
    assert error_of(page, "estimate") == "错误：“投资概算”请填写数字，例如 1234.5"
    assert page.get_element_by_id("f-estimate").get("value") == "一百"


def test_choices_lead_to_the_first_of_them(desk):
    page = tree(desk.post(title="名称").get_data(as_text=True))
    link = page.xpath('//div[@id="error-summary"]//a[contains(., "特殊情况")]')[0]
    assert page.get_element_by_id(link.get("href").removeprefix("#")).get("type") == "radio"
    assert error_of(page, "special") == "错误：请选择“是否有特殊情况”"


def test_a_hidden_field_shows_when_its_condition_is_met(desk):
    page = tree(desk.get())
    assert page.xpath('//div[@data-part="reason"]/@hidden')
    page = tree(desk.post(special="yes", _refresh="1").get_data(as_text=True))
    assert not page.xpath('//div[@data-part="reason"]/@hidden')
    assert not page.xpath('//div[@id="error-summary"]')


def test_rows_are_added_and_deleted_without_a_script(desk):
    row = {"items-row": "0", "items-0-name": "服务器", "items-0-price": "3.5"}
    added = desk.post(_add="items", title="名称", **row)
    assert added.status_code == 200
    page = tree(added.get_data(as_text=True))
    assert [
        cell.get("value")
        for cell in page.xpath('//*[@data-rows="items"]//tr[@data-row]//input[contains(@name, "-name")]')
    ] == [
        "服务器",
        "",
    ]
    assert page.get_element_by_id("f-title").get("value") == "名称"
    assert page.xpath('//output[@data-key="total"]')[0].text_content() == "3.5"
    assert page.xpath("//*[@data-rows='items']//tr[@data-row][1]//output")[0].text_content() == "7"
    page = tree(desk.post(_del="items-0", **row).get_data(as_text=True))
    assert not page.xpath("//*[@data-rows='items']//tr[@data-row]")
    assert page.xpath("//p[@data-empty]")[0].get("hidden") is None


def test_the_first_button_of_the_form_does_not_submit(desk):
    form = tree(desk.get()).xpath("//form[@data-form]")[0]
    assert form.xpath(".//button")[0].get("name") == "_draft"


def test_without_a_script_files_come_with_the_form_and_stay(desk):
    sent = {"title": "", "plans": [(open_pdf(), "建设方案（终稿）.pdf"), (open_pdf(), "附图.pdf")]}
    page = tree(desk.post(**sent).get_data(as_text=True))
    kept = page.xpath('//input[@type="hidden" and @name="plans"]')
    assert [item.get("data-name") for item in kept] == ["建设方案（终稿）.pdf", "附图.pdf"]
    assert not page.xpath('//div[@id="error-summary"]//a[contains(., "建设方案")]')
    again = tree(desk.get())
    assert [item.get("value") for item in again.xpath('//input[@name="plans"]/@value/..')] == [
        item.get("value") for item in kept
    ]
    ids = [item.get("value") for item in kept]
    dropped = tree(desk.post(plans=ids, _drop=f"plans:{ids[0]}").get_data(as_text=True))
    assert dropped.xpath('//input[@name="plans"]/@data-name') == ["附图.pdf"]


def test_a_refused_file_is_named_and_the_rest_stays(desk):
    sent = {"_draft": "1", "title": "名称", "plans": [(open_pdf(), "好.pdf"), (open_pdf(), "坏.exe")]}
    response = desk.post(**sent)
    assert response.status_code == 422
    page = tree(response.get_data(as_text=True))
    (message,) = page.xpath('//div[@id="error-summary"]//a/text()')
    assert "坏.exe" in message
    assert page.xpath('//input[@name="plans"]/@data-name') == ["好.pdf"]
    assert page.get_element_by_id("f-title").get("value") == "名称"


def test_the_draft_button_saves_and_says_when(desk):
    page = tree(desk.post(_draft="1", title="草稿名称", estimate="不是数").get_data(as_text=True))
    assert page.xpath('//div[@role="status"]/text()') == ["草稿已保存（09:00）。"]
    page = tree(desk.get())
    assert page.get_element_by_id("f-title").get("value") == "草稿名称"
    assert page.get_element_by_id("f-estimate").get("value") == "不是数"
    assert page.xpath("//p[@data-draft-state]")[0].text_content() == "草稿保存于 09:00"


def test_two_windows_are_told_of_each_other_and_the_second_may_insist(desk):
    first = desk.get()
    desk.post(_draft="1", title="一号窗口", page=first)
    refused = desk.post(_draft="1", title="二号窗口", page=first).get_data(as_text=True)
    assert "已在另一个窗口中保存（09:00）" in refused
    assert tree(refused).get_element_by_id("f-title").get("value") == "二号窗口"
    assert tree(desk.get()).get_element_by_id("f-title").get("value") == "一号窗口"
    desk.post(_draft="1", title="二号窗口", page=refused)
    assert tree(desk.get()).get_element_by_id("f-title").get("value") == "二号窗口"


@pytest.mark.parametrize("text", [LONG, "<script>alert(1)</script>", '" onfocus="alert(1)', "{{ 7 * 7 }}", "\n换行"])
def test_whatever_is_typed_comes_back_as_text(desk, text):
    page = tree(desk.post(title=text, special="yes", reason=text, _refresh="1").get_data(as_text=True))
    assert page.get_element_by_id("f-title").get("value").split() == text.split()
    assert page.get_element_by_id("f-reason").text.strip() == text.strip()
    assert not page.xpath("//form[@data-form]//script")


def test_good_answers_are_submitted_once(desk):
    page = desk.get()
    sent = {
        "title": "智慧档案馆",
        "estimate": "１２３.４",
        "special": "no",
        "items-row": ["0"],
        "items-0-name": "服务器",
        "items-0-price": "3.5",
        "plans": [(open_pdf(), "方案.pdf")],
    }
    assert desk.post(page=page, **sent).status_code == 302
    case_id = desk.product.inbox.open_task(desk.clerk, desk.task_id).page.task.case_id
    (submission,) = desk.product.case_views.case_view(desk.clerk, case_id).submissions
    assert submission.data["estimate"] == "123.4"
    assert submission.data["total"] == 3.5
    assert submission.data["plans"][0]["name"] == "方案.pdf"
    again = desk.post(page=page, **{**sent, "plans": submission.data["plans"][0]["id"]})
    assert again.status_code == 302
    assert len(desk.product.case_views.case_view(desk.clerk, case_id).submissions) == 1
