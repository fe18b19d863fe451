from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from app.features.forms.answers import check_answers, process_variables
from app.features.forms.entries import button, entries_of, files_in, prefill, read, resume
from app.features.forms.schema import parse

CONTEXT = {
    "today": "2026-09-01",
    "project": {"name": "智慧档案馆", "approved": 500},
    "special_reason": "上一轮填写的理由",
    "consultants": [{"value": "c1", "label": "甲咨询公司"}, {"value": "c2", "label": "乙咨询公司"}],
}
FILE = {"id": "f1", "name": "建设方案.pdf", "size": 1234}
SCHEMA = {
    "id": "declare",
    "components": [
        {"type": "textfield", "key": "title", "label": "项目名称", "validate": {"required": True, "maxLength": 10}},
        {
            "type": "number",
            "key": "estimate",
            "label": "投资概算",
            "decimalDigits": 2,
            "validate": {"required": True, "min": 0, "max": "=project.approved"},
            "appearance": {"suffixAdorner": "万元"},
        },
        {
            "type": "radio",
            "key": "special",
            "label": "特殊情况",
            "values": [{"label": "有", "value": "yes"}, {"label": "无", "value": "no"}],
        },
        {
            "type": "group",
            "label": "说明",
            "conditional": {"hide": '=special != "yes"'},
            "components": [
                {"type": "textfield", "key": "special_reason", "label": "理由", "validate": {"required": True}},
                {"type": "textarea", "key": "special_detail", "label": "详情", "validate": {"minLength": 4}},
            ],
        },
        {"type": "select", "key": "consultant", "label": "咨询单位", "valuesKey": "consultants"},
        {
            "type": "checklist",
            "key": "basis",
            "label": "依据",
            "values": [{"label": "会议纪要", "value": "minutes"}, {"label": "文件", "value": "paper"}],
        },
        {"type": "datetime", "subtype": "date", "key": "start", "dateLabel": "开始日期", "disallowPassedDates": True},
        {"type": "checkbox", "key": "promise", "label": "承诺属实", "validate": {"required": True}},
        {
            "type": "dynamiclist",
            "path": "items",
            "label": "设备",
            "defaultRepetitions": 1,
            "properties": {"minRows": "1", "maxRows": "3"},
            "components": [
                {"type": "textfield", "key": "name", "label": "名称", "validate": {"required": True}},
                {"type": "number", "key": "quantity", "label": "数量", "decimalDigits": 0},
                {"type": "number", "key": "price", "label": "单价", "validate": {"required": True}},
                {
                    "type": "expression",
                    "key": "sum",
                    "expression": "=this.quantity * this.price",
                    "properties": {"label": "小计"},
                },
                {
                    "type": "textfield",
                    "key": "remark",
                    "label": "备注",
                    "conditional": {"hide": "=this.price = null or this.price < 10"},
                },
            ],
        },
        {"type": "expression", "key": "total", "expression": "=sum(items.sum)"},
        {"type": "filepicker", "key": "plan", "label": "建设方案", "accept": ".pdf", "validate": {"required": True}},
        {"type": "textfield", "key": "project_name", "label": "所属项目", "readonly": True},
        {"type": "text", "text": "合计 {{total}} 万元"},
    ],
}
FORM = parse(SCHEMA)
GOOD = {
    "title": "智慧档案馆",
    "estimate": "１２３．４５",
    "special": "no",
    "consultant": "c2",
    "basis": ["minutes"],
    "start": "2026年9月5日",
    "promise": "on",
    "items-row": ["0", "1"],
    "items-0-name": "服务器",
    "items-0-quantity": "3",
    "items-0-price": "0.1",
    "items-1-name": "交换机",
    "items-1-quantity": "1",
    "items-1-price": "12.5",
    "items-1-remark": "千兆",
    "plan": "f1",
    "project_name": "冒名的项目",
    "unknown": "不该有",
}
GIVEN = prefill(FORM, {"project_name": "智慧档案馆"})


def answered(feel, changes=(), *, without=(), **more):
    posted = {**GOOD, **dict(changes), **more}
    posted = MultiDict({name: value for name, value in posted.items() if name not in without})
    entries = read(FORM, posted, files={"f1": FILE})
    return check_answers(FORM, entries, context=CONTEXT, feel=feel, given=GIVEN)


def test_good_answers_become_canonical_data(feel):
    answers = answered(feel)
    assert answers.errors == {}
    assert answers.data == {
        "title": "智慧档案馆",
        "estimate": "123.45",
        "special": "no",
        "consultant": "c2",
        "basis": ["minutes"],
        "start": "2026-09-05",
        "promise": True,
        "items": [
            {"name": "服务器", "quantity": "3", "price": "0.1", "sum": 0.3},
            {"name": "交换机", "quantity": "1", "price": "12.5", "sum": 12.5, "remark": "千兆"},
        ],
        "total": 12.8,
        "plan": [FILE],
        "project_name": "智慧档案馆",
    }
    assert "items-0-remark" in answers.hidden
    assert files_in(answers.data) == [FILE]


def test_the_process_learns_scalars_and_that_hidden_fields_have_no_answer(feel):
    assert process_variables(FORM, answered(feel).data) == {
        "title": "智慧档案馆",
        "estimate": 123.45,
        "special": "no",
        "special_reason": None,
        "consultant": "c2",
        "basis": ["minutes"],
        "start": "2026-09-05",
        "promise": True,
        "total": 12.8,
        "project_name": "智慧档案馆",
    }


@pytest.mark.parametrize(
    ("changes", "name", "message"),
    [
        ({"title": "　 "}, "title", "请填写“项目名称”"),
        ({"title": "𠮷" * 11}, "title", "“项目名称”不超过 10 字，现在是 11 字"),
        ({"estimate": "一百"}, "estimate", "“投资概算”请填写数字，例如 1234.5"),
        ({"estimate": "1.234"}, "estimate", "“投资概算”最多填写 2 位小数"),
        ({"estimate": "-0.01"}, "estimate", "“投资概算”不能小于 0 万元"),
        ({"estimate": "500.01"}, "estimate", "“投资概算”不能大于 500 万元"),
        ({"estimate": "1234567890123456"}, "estimate", "“投资概算”最多填写 15 位有效数字"),
        ({"special": "maybe"}, "special", "“特殊情况”请从列出的选项中选择"),
        ({"special": "yes", "special_reason": ""}, "special_reason", "请填写“理由”"),
        (
            {"special": "yes", "special_reason": "有", "special_detail": "短"},
            "special_detail",
            "“详情”不少于 4 字，现在是 1 字",
        ),
        ({"consultant": "c3"}, "consultant", "“咨询单位”请从列出的选项中选择"),
        ({"basis": ["minutes", "other"]}, "basis", "“依据”请从列出的选项中选择"),
        ({"start": "2026-02-30"}, "start", "“开始日期”不是有效的日期，请按 2027-03-05 的样子填写"),
        ({"start": "2026-08-31"}, "start", "“开始日期”不能早于今天"),
        ({"items-1-price": ""}, "items-1-price", "第 2 行：请填写“单价”"),
        ({"items-0-quantity": "1.5"}, "items-0-quantity", "第 1 行：“数量”应为整数"),
        ({"plan": "someone-elses-file"}, "plan", "请上传“建设方案”"),
    ],
)
def test_each_wrong_answer_is_named_alone(feel, changes, name, message):
    assert answered(feel, changes).errors == {name: message}


def test_what_is_not_posted_is_missing(feel):
    answers = check_answers(FORM, read(FORM, MultiDict(), files={}), context=CONTEXT, feel=feel)
    assert answers.errors == {
        "title": "请填写“项目名称”",
        "estimate": "请填写“投资概算”",
        "promise": "请勾选“承诺属实”",
        "items": "“设备”至少填写 1 行",
        "plan": "请上传“建设方案”",
    }


def test_rows_left_blank_do_not_count(feel):
    answers = answered(feel, {"items-row": ["0", "1", "7"], "items-7-name": "", "items-7-price": " "})
    assert answers.errors == {}
    assert [row["name"] for row in answers.data["items"]] == ["服务器", "交换机"]
    assert len(answers.entries["items"]) == 3


def test_a_hidden_field_does_not_show_through_from_the_process(feel):
    answers = answered(feel, {"special": "no", "special_reason": "仍在浏览器里的字"})
    assert "special_reason" not in answers.data
    assert answers.errors == {}


def test_conditions_that_depend_on_each_other_settle(feel):
    def field(key, hide=None):
        return {"type": "textfield", "key": key, "label": key, "conditional": {"hide": hide} if hide else {}}

    chain = parse({"id": "f", "components": [field("c", "=b = null"), field("b", "=a = null"), field("a")]})
    entries = {"a": "", "b": "有", "c": "有"}
    assert check_answers(chain, entries, context={}, feel=feel).data == {"a": None}
    assert check_answers(chain, {**entries, "a": "有"}, context={}, feel=feel).data == {"a": "有", "b": "有", "c": "有"}
    paradox = parse({"id": "f", "components": [field("a", "=a != null")]})
    assert check_answers(paradox, {"a": "有"}, context={}, feel=feel).errors == {}


def test_an_expression_that_fails_hides_nothing_and_counts_as_nothing(feel):
    form = parse(
        {
            "id": "f",
            "components": [
                {"type": "textfield", "key": "a", "label": "甲", "conditional": {"hide": "=1 +"}},
                {"type": "expression", "key": "b", "expression": "=1 +"},
            ],
        }
    )
    assert check_answers(form, {"a": "字"}, context={}, feel=feel).data == {"a": "字", "b": None}


def test_row_buttons_change_rows_and_keep_what_was_typed():
    posted = MultiDict({**GOOD, "_add": "items"})
    assert button(posted) == "edit"
    assert [row["name"] for row in read(FORM, posted, files={})["items"]] == ["服务器", "交换机", ""]
    posted = MultiDict({**GOOD, "_del": "items-0"})
    assert [row["name"] for row in read(FORM, posted, files={})["items"]] == ["交换机"]
    assert button(MultiDict({"_draft": "1"})) == "draft"
    assert button(MultiDict(GOOD)) == "submit"


def test_no_more_rows_than_allowed():
    posted = MultiDict({"items-row": [str(n) for n in range(50)], "_add": "items"})
    assert len(read(FORM, posted, files={})["items"]) == 3


def test_a_file_can_be_taken_out_or_replaced():
    assert read(FORM, MultiDict({"plan": "f1", "_drop": "plan:f1"}), files={"f1": FILE})["plan"] == []
    newer = {"id": "f2", "name": "新方案.pdf", "size": 1}
    entries = read(FORM, MultiDict({"plan": "f1"}), files={"f1": FILE}, uploads={"plan": [newer]})
    assert entries["plan"] == [newer]


def test_a_refused_file_is_an_error_at_its_field(feel):
    refused = {"name": "木马.exe", "problem": "不接受这种文件"}
    entries = read(FORM, MultiDict(GOOD), files={}, uploads={"plan": [refused]})
    answers = check_answers(FORM, entries, context=CONTEXT, feel=feel, given=GIVEN)
    assert answers.errors == {"plan": "“建设方案”中的文件 木马.exe 没有收下：不接受这种文件"}
    word = {"id": "f2", "name": "方案.docx", "size": 1}
    entries = read(FORM, MultiDict(GOOD), files={}, uploads={"plan": [word]})
    answers = check_answers(FORM, entries, context=CONTEXT, feel=feel, given=GIVEN)
    assert answers.errors == {"plan": "“建设方案”只接受 pdf 文件，“方案.docx”不是"}


def test_prefill_takes_the_first_that_knows(feel):
    entries = prefill(FORM, {"estimate": "99.5", "title": None}, {"estimate": 12, "title": "旧名称", "promise": True})
    assert (entries["estimate"], entries["title"], entries["promise"]) == ("99.5", "旧名称", True)
    assert entries["items"] == [{"name": "", "quantity": "", "price": "", "remark": ""}]
    again = prefill(FORM, answered(feel).data)
    assert again["items"][1]["price"] == "12.5"
    assert again["plan"] == [FILE]


def test_a_decision_is_taken_anew(feel):
    choice = [{"label": "通过", "value": "pass"}, {"label": "退回", "value": "return"}]
    component = {"type": "radio", "key": "result", "label": "结论", "values": choice, "properties": {"fresh": "true"}}
    form = parse({"id": "f", "components": [component]})
    assert prefill(form, {"result": "return"}) == {"result": ""}
    assert resume(form, {"result": "return"}, files={}, otherwise={"result": ""}) == {"result": "return"}
    assert entries_of(form, {"result": "return"}) == {"result": "return"}


def test_a_draft_survives_a_changed_form_and_lost_files():
    draft = {"title": "草稿名称", "plan": [FILE, {"id": "gone", "name": "x.pdf", "size": 1}], "old": 1, "items": [7]}
    entries = resume(FORM, draft, files={"f1": FILE}, otherwise=prefill(FORM, {"estimate": 5}))
    assert (entries["title"], entries["estimate"], entries["plan"]) == ("草稿名称", "5", [FILE])
    assert "old" not in entries
    assert entries["items"] == []


def test_typed_text_loses_only_what_no_eye_sees():
    posted = MultiDict({"title": "  甲\x00乙\r\n丙\ud800  ", "special_detail": "一\r\n二"})
    entries = read(FORM, posted, files={})
    assert entries["title"] == "甲乙\n丙"
    assert entries["special_detail"] == "一\n二"


NAMES = st.sampled_from([*GOOD, "_add", "_del", "_drop", "items-9-name", "items--1-name", "items", "items-row-0"])


@given(st.dictionaries(NAMES, st.lists(st.one_of(st.text(max_size=12), st.sampled_from(["0", "1", "f1"])), max_size=3)))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_posted_gives_data_and_named_errors(feel, posted):
    entries = read(FORM, MultiDict(posted), files={"f1": FILE})
    answers = check_answers(FORM, entries, context=CONTEXT, feel=feel, given=GIVEN)
    assert answers.data.keys() <= {"project_name", "total", *entries}
    assert answers.data["project_name"] == "智慧档案馆"
    if not answers.errors:
        once_more = check_answers(FORM, prefill(FORM, answers.data), context=CONTEXT, feel=feel, given=GIVEN)
        assert once_more.data == answers.data


def test_given_rows_are_as_many_as_drawn_and_keep_what_may_only_be_read(feel):
    cells = [
        {"type": "expression", "key": "item", "expression": '=["需求", "方案"][i[1]]', "properties": {"label": "内容"}},
        {"type": "textfield", "key": "basis", "label": "依据", "readonly": True},
        {"type": "textfield", "key": "opinion", "label": "意见", "validate": {"required": True}},
    ]
    rows = {"type": "dynamiclist", "path": "review", "label": "评审", "allowAddRemove": False, "defaultRepetitions": 2}
    form = parse({"id": "f", "components": [{**rows, "components": cells}]})
    known = prefill(form, {"review": [{"basis": "附件一"}, {"basis": "附件二"}]})
    posted = MultiDict(
        {"review-row": ["0", "1", "2"], "review-0-opinion": "符合", "review-1-basis": "冒充", "_add": "review"}
    )
    answers = check_answers(form, read(form, posted, files={}), context={}, feel=feel, given=known)
    assert answers.errors == {"review-1-opinion": "第 2 行：请填写“意见”"}
    assert answers.data["review"] == [
        {"item": "需求", "basis": "附件一", "opinion": "符合"},
        {"item": "方案", "basis": "附件二", "opinion": None},
    ]
