from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from app.features.forms.expressions import placeholders
from app.features.forms.model import Text
from app.web.forms.markdown import render
from app.web.forms.reading import words


def shown(text: str, *values) -> str:
    return str(render(Text(id="c1", text=text), values))


def test_headings_bold_lists_and_paragraphs():
    text = "# 标题\n说明 **要点**\n第二行\n\n- 甲\n- 乙\n\n3. 丙\n4. 丁\n\n### 小标题"
    assert shown(text) == (
        "<h2>标题</h2><p>说明 <strong>要点</strong><br>第二行</p><ul><li>甲</li><li>乙</li></ul>"
        '<ol start="3"><li>丙</li><li>丁</li></ol><h4>小标题</h4>'
    )


def test_values_are_escaped_and_never_read_as_markdown():
    made = shown("项目 {{ name }} 共 {{n}} 万元", "**<b>粗</b>**", 1234567.5)
    assert made == (
        '<p>项目 <span data-feel="name">**&lt;b&gt;粗&lt;/b&gt;**</span> 共 '
        '<span data-feel="n">1,234,567.5</span> 万元</p>'
    )


def test_links_images_and_html_stay_text():
    made = shown("[点我](javascript:alert(1)) ![图](x) <img src=x onerror=alert(1)> 大于 > 小于 <")
    assert html.fragments_fromstring(made)[0].xpath(".//*") == []


def test_a_text_that_is_one_expression():
    assert str(render(Text(id="c1", expression='"甲" + b'), ["甲<乙>"])) == (
        '<p data-feel="&#34;甲&#34; + b">甲&lt;乙&gt;</p>'
    )
    assert str(render(Text(id="c1", expression="b"), [None])) == '<p data-feel="b"></p>'


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "—"),
        ("", "—"),
        ([], "—"),
        (True, "是"),
        (False, "否"),
        (0, "0"),
        (2027, "2027"),
        (12345, "12,345"),
        (1234.5, "1,234.5"),
        (1e-06, "0.000001"),
        (["甲", None, 3], "甲、—、3"),
        ({"label": "甲公司", "value": "c1"}, "甲公司"),
        ({}, "—"),
        ("2027-01-05", "2027-01-05"),
    ],
)
def test_values_in_words(value, text):
    assert words(value) == text


@given(st.text(alphabet="#*-1. {}<>&\"'\n甲\ue000\ue001x", max_size=60), st.text(max_size=10))
def test_no_text_and_no_value_becomes_markup(text, value):
    made = shown(text, *[value] * len(placeholders(text)))
    tags = {element.tag for part in html.fragments_fromstring(f"<div>{made}</div>") for element in part.iter()}
    assert tags <= {"div", "h2", "h3", "h4", "p", "br", "strong", "ul", "ol", "li", "span"}
