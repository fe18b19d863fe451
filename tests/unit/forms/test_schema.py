from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.features.forms.expressions import expressions
from app.features.forms.model import Computed, Field, FormInvalid, Group, Kind, Rows, find_field, find_rows
from app.features.forms.schema import parse

FORMS = sorted(Path("forms").glob("*.form"))


def form_of(*components, **more):
    return {"id": "f", "type": "default", "components": list(components), **more}


def text_field(**more):
    return {"type": "textfield", "key": "name", "label": "项目名称", **more}


def problems(*components):
    with pytest.raises(FormInvalid) as caught:
        parse(form_of(*components))
    return caught.value.problems


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_every_form_of_the_regulation_is_accepted(path):
    form = parse(json.loads(path.read_text(encoding="utf-8")))
    assert form.id == path.stem
    assert form.components


def test_components_keep_what_matters():
    form = parse(
        form_of(
            {
                "type": "group",
                "label": "投资",
                "showOutline": True,
                "components": [
                    {
                        "type": "number",
                        "key": "estimate",
                        "label": "投资概算",
                        "decimalDigits": 2,
                        "validate": {"required": True, "min": 0, "max": "=project.approved"},
                        "appearance": {"suffixAdorner": "万元"},
                        "layout": {"row": "r1", "columns": 8},
                        "conditional": {"hide": '=nature = "service"'},
                    }
                ],
            },
            {
                "type": "dynamiclist",
                "path": "devices",
                "label": "设备",
                "defaultRepetitions": 2,
                "properties": {"minRows": "1"},
                "components": [{"type": "textfield", "key": "name", "label": "名称"}],
            },
            {"type": "expression", "key": "total", "expression": "=estimate * 2", "properties": {"label": "合计"}},
            {"type": "button", "action": "submit", "label": "报送"},
        )
    )
    group, rows, total = form.components
    assert isinstance(group, Group)
    assert isinstance(rows, Rows)
    assert (rows.first_rows, rows.min_rows, rows.changeable) == (2, 1, True)
    assert isinstance(total, Computed)
    assert total.label == "合计"
    field = find_field(form, "estimate")
    assert isinstance(field, Field)
    assert (field.kind, field.decimals, field.suffix, field.placement.columns) == (Kind.NUMBER, 2, "万元", 8)
    assert field.limits.max == "project.approved"
    assert field.hide == 'nature = "service"'
    assert find_field(form, "devices-3-name").label == "名称"
    assert find_field(form, "devices-3-price") is None
    assert find_rows(form, "estimate") is None
    assert form.submit_label == "报送"
    assert [where for where, _ in expressions(form)] == ["“投资概算”的隐藏条件", "“投资概算”的限值", "“合计”的算式"]


def test_an_unsupported_component_is_named_with_what_there_is_instead():
    (problem,) = problems({"type": "iframe", "label": "地图"})
    assert problem.startswith("“地图”：组件类型 iframe 不支持；支持的有：")
    assert "单行文本 textfield" in problem
    assert "可增删的明细表 dynamiclist" in problem


@pytest.mark.parametrize(
    ("component", "words"),
    [
        ({"type": "datetime", "subtype": "datetime", "dateLabel": "开会时间", "key": "at"}, "只支持日期 date"),
        (text_field(validate={"max": 3}), "校验 max 不支持"),
        (text_field(validate={"validationType": "url"}), "格式 url 不支持"),
        (text_field(validate={"pattern": "(?=a)"}), "不能用"),
        (text_field(validate={"pattern": "("}), "不能用"),
        (text_field(validate={"maxLength": "很多"}), "maxLength 应是数字"),
        (text_field(key="项目"), "只能用英文字母"),
        (text_field(key="a.b"), "不能带点"),
        (text_field(key="this"), "另有含义"),
        (text_field(label="=name"), "标题不能用表达式"),
        (text_field(label=""), "没有标题"),
        (text_field(conditional={"hide": "kind = 1"}), "以“=”开头"),
        (text_field(layout={"columns": 17}), "1 到 16 列"),
        ({"type": "number", "key": "n", "label": "数量", "decimalDigits": 7}, "小数位数应为 0 到 6"),
        ({"type": "select", "key": "s", "label": "类别"}, "没有选项"),
        ({"type": "radio", "key": "s", "label": "类别", "valuesExpression": "=[1]"}, "选项不能用表达式"),
        ({"type": "radio", "key": "s", "label": "类别", "values": [{"value": "a"}, {"value": "a"}]}, "值相同"),
        ({"type": "radio", "key": "s", "label": "类别", "values": [{"value": 1, "label": "一"}]}, "应是文字"),
        ({"type": "filepicker", "key": "f", "label": "附件", "accept": "image/*"}, "扩展名"),
        ({"type": "group", "label": "组", "path": "g", "components": []}, "分组不能有路径"),
        ({"type": "dynamiclist", "path": "l", "label": "表", "components": []}, "没有要填的项目"),
        ({"type": "dynamiclist", "path": "l", "label": "表", "components": [text_field(readonly=True)]}, "只读项目"),
        ({"type": "dynamiclist", "path": "l", "label": "表", "components": [{"type": "group"}]}, "不能放"),
        ({"type": "table", "label": "表", "dataSource": "=x", "columnsExpression": "=y"}, "逐列列出"),
        ({"type": "expression", "key": "e"}, "没有算式"),
        ({"type": "button", "action": "reset", "label": "重置"}, "只支持“提交”"),
    ],
)
def test_what_would_behave_differently_here_is_refused(component, words):
    assert any(words in problem for problem in problems(component))


def test_all_problems_are_told_at_once():
    assert len(problems(text_field(), text_field(), {"type": "html"}, "?")) == 3


@pytest.mark.parametrize("schema", [None, [], {}, {"components": {}}, "text"])
def test_what_is_no_form_is_refused(schema):
    with pytest.raises(FormInvalid):
        parse(schema)


def test_an_expression_that_cannot_be_read_is_refused_where_it_stands():
    def check(expression):
        if expression.endswith("+"):
            raise ValueError("算式没有写完")

    with pytest.raises(FormInvalid) as caught:
        parse(form_of(text_field(conditional={"hide": "=1 +"})), check_expression=check)
    assert caught.value.problems == ("“项目名称”的隐藏条件写错了：算式没有写完",)


def test_a_form_too_large_to_use_is_refused():
    with pytest.raises(FormInvalid, match="最多 300 个组件"):
        parse(form_of(*({"type": "separator"} for _ in range(301))))
