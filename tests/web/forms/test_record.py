from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask
from lxml import html

from app.engine.expressions import Feel
from app.features.forms.schema import parse
from app.web.forms.record import record_html
from tests.support.filling import SCHEMA, VARIABLES

DATA = {
    "title": "峄城区“一网统管”城市运行管理服务平台及配套感知设备建设项目",
    "estimate": "1234.5",
    "special": "no",
    "start": "2027-03-05",
    "project_name": "智慧<档案馆>",
    "items": [{"name": "服务器", "price": "3.5", "double": 7}],
    "total": 3.5,
    "plans": [{"id": "f1", "name": "方案.pdf", "size": 2048}],
}


@pytest.fixture(scope="module")
def feel():
    evaluator = Feel()
    now = datetime(2027, 1, 1, tzinfo=UTC)
    yield lambda expression, context: evaluator.evaluate(expression, context, now=now)
    evaluator.close()


def record(feel, data, *, schema=SCHEMA, linked=True):
    flask = Flask("app.web")
    with flask.app_context():
        made = record_html(
            parse(schema),
            data,
            context=VARIABLES,
            feel=feel,
            file_url=(lambda attachment_id: f"/attachments/{attachment_id}") if linked else None,
        )
    return html.fromstring(str(made))


def facts(page) -> dict[str, str]:
    labels = page.xpath("//table[not(contains(@class, 'record-rows'))]//th")
    return {label.text_content(): label.getnext().text_content().strip() for label in labels}


def test_answers_stand_beside_their_labels_in_words(feel):
    page = record(feel, DATA)
    assert facts(page) == {
        "项目名称": DATA["title"],
        "投资概算": "1,234.5 万元",
        "是否有特殊情况": "没有",
        "开工日期": "2027年3月5日",
        "所属项目": "智慧<档案馆>",
        "合计": "3.5 万元",
        "建设方案": "方案.pdf 2 KB",
    }
    assert not page.xpath("//input | //select | //textarea | //button")


def test_rows_and_tables_stay_tables(feel):
    page = record(feel, DATA)
    rows, history = page.xpath("//table[contains(@class, 'record-rows')]")
    assert rows.xpath("caption")[0].text == "设备明细"
    assert [cell.text_content() for cell in rows.xpath(".//thead//th")] == ["序号", "名称", "价格（万元）", "两年合计"]
    assert [cell.text_content().strip() for cell in rows.xpath(".//tbody//td")] == ["1", "服务器", "3.5", "7"]
    assert [cell.text_content().strip() for cell in history.xpath(".//tbody//td")] == ["1", "旧项目", "1,234.5"]


def test_empty_answers_and_lists_say_so(feel):
    page = record(feel, {**DATA, "start": None, "items": [], "plans": [], "total": None})
    assert (facts(page)["开工日期"], facts(page)["建设方案"], facts(page)["合计"]) == ("—", "—", "— 万元")
    assert page.xpath("//table[contains(@class, 'record-rows')]")[0].xpath(".//tbody//td/text()") == ["无"]


def test_files_are_links_on_the_screen_and_names_on_paper(feel):
    assert record(feel, DATA).xpath("//a/@href") == ["/attachments/f1"]
    paper = record(feel, DATA, linked=False)
    assert not paper.xpath("//a")
    assert facts(paper)["建设方案"] == "方案.pdf 2 KB"


def test_a_group_without_answers_leaves_no_heading(feel):
    assert record(feel, {}).xpath("//h2[@class='record-heading']") == []


def test_an_option_that_no_longer_exists_shows_its_value(feel):
    assert facts(record(feel, {**DATA, "special": "perhaps"}))["是否有特殊情况"] == "perhaps"
