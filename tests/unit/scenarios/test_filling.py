from __future__ import annotations

from typing import Any

import magic
import pytest

from app.features.forms.answers import check_answers
from app.features.forms.entries import prefill
from app.features.forms.model import Field, Form
from app.features.forms.schema import parse
from app.scenarios.files import named, pdf
from app.scenarios.filling import Clerk

FORM = parse(
    {
        "type": "default",
        "id": "try-out",
        "components": [
            {"type": "textfield", "id": "a", "key": "title", "label": "标题", "validate": {"required": True}},
            {"type": "textfield", "id": "b", "key": "note", "label": "备注"},
            {
                "type": "textfield",
                "id": "c",
                "key": "email",
                "label": "邮箱",
                "validate": {"required": True, "validationType": "email"},
            },
            {"type": "textarea", "id": "d", "key": "reason", "label": "理由", "validate": {"required": True}},
            {
                "type": "number",
                "id": "e",
                "key": "price",
                "label": "金额",
                "validate": {"required": True, "min": 5},
            },
            {
                "type": "radio",
                "id": "f",
                "key": "complex",
                "label": "复杂",
                "validate": {"required": True},
                "values": [{"label": "是", "value": "yes"}, {"label": "否", "value": "no"}],
            },
            {
                "type": "select",
                "id": "g",
                "key": "winner",
                "label": "承建单位",
                "valuesKey": "contractors",
                "validate": {"required": True},
            },
            {
                "type": "checklist",
                "id": "h",
                "key": "kinds",
                "label": "类型",
                "validate": {"required": True},
                "values": [{"label": "网站", "value": "website"}, {"label": "硬件", "value": "hardware"}],
            },
            {"type": "checkbox", "id": "i", "key": "truthful", "label": "属实", "validate": {"required": True}},
            {
                "type": "datetime",
                "subtype": "date",
                "id": "j",
                "key": "day",
                "dateLabel": "日期",
                "validate": {"required": True},
            },
            {"type": "filepicker", "id": "k", "key": "plan", "label": "建设方案", "validate": {"required": True}},
            {
                "type": "dynamiclist",
                "id": "l",
                "path": "experts",
                "label": "专家",
                "isRepeating": True,
                "defaultRepetitions": 1,
                "components": [
                    {"type": "textfield", "id": "m", "key": "name", "label": "姓名", "validate": {"required": True}}
                ],
            },
        ],
    }
)
CONTEXT = {"today": "2025-10-09", "contractors": [{"value": "org-1", "label": "甲"}, {"value": "org-2", "label": "乙"}]}


def attach(field: Field, written: Any) -> dict[str, Any]:
    name, content = named(written, label=field.label)
    return {"id": f"file-{name}", "name": name, "size": len(content)}


def fill(form: Form, **answers: Any) -> dict[str, Any]:
    clerk = Clerk(
        form, context=CONTEXT, names={"乙公司": "org-2"}, evaluate=lambda feel: {"=1+1": 2}[feel], attach=attach
    )
    entries = clerk.fill(offered=prefill(form), answers=answers)
    checked = check_answers(form, entries, context=CONTEXT, feel=lambda _expression, _context: None)
    assert checked.errors == {}
    return checked.data


def test_required_fields_are_filled_so_that_the_real_check_accepts_them() -> None:
    data = fill(FORM)
    assert (data["title"], data["note"], data["price"], data["complex"]) == ("标题", None, "5", "yes")
    assert (data["winner"], data["kinds"], data["day"]) == ("org-1", ["website"], "2025-10-09")
    assert data["plan"][0]["name"] == "建设方案.pdf"
    assert data["experts"] == [{"name": "姓名"}]


def test_answers_are_taken_as_written() -> None:
    data = fill(
        FORM,
        price=99.999999,
        complex=False,
        winner="乙公司",
        kinds=["hardware"],
        plan=["方案.pdf"],
        experts=[{"name": "任兴华"}, {}],
    )
    assert (data["price"], data["complex"], data["winner"], data["kinds"]) == ("99.999999", "no", "org-2", ["hardware"])
    assert data["plan"][0]["name"] == "方案.pdf"
    assert data["experts"] == [{"name": "任兴华"}, {"name": "姓名"}]


def test_an_answer_may_be_worked_out_and_a_field_left_empty() -> None:
    clerk = Clerk(FORM, context=CONTEXT, names={}, evaluate=lambda feel: {"=1+1": 2}[feel], attach=attach)
    entries = clerk.fill(offered={}, answers={"price": "=1+1", "plan": None, "title": None})
    assert (entries["price"], entries["plan"], entries["title"]) == ("2", [], "")


def test_an_answer_without_a_field_is_a_mistake() -> None:
    with pytest.raises(KeyError, match="prise"):
        fill(FORM, prise=1)


def test_made_up_files_are_what_they_say() -> None:
    assert magic.from_buffer(pdf("项目建设方案"), mime=True) == "application/pdf"
    assert named("方案.pdf", label="x")[0] == "方案.pdf"
    name, content = named({"name": "方案.pdf", "kind": "exe"}, label="x")
    assert name == "方案.pdf"
    assert magic.from_buffer(content, mime=True) != "application/pdf"


GIVEN = parse(
    {
        "id": "given",
        "components": [
            {
                "type": "dynamiclist",
                "path": "rows",
                "label": "候选项目",
                "allowAddRemove": False,
                "properties": {"rows": "candidates", "rowKey": "code"},
                "components": [
                    {"type": "textfield", "key": "code", "label": "编号", "readonly": True},
                    {"type": "textfield", "key": "name", "label": "名称", "readonly": True},
                    {"type": "number", "key": "amount", "label": "金额", "validate": {"required": True}},
                ],
            }
        ],
    }
)
CANDIDATES = [{"code": "A", "name": "甲", "amount": 80}, {"code": "B", "name": "乙", "amount": 70}]


@pytest.mark.parametrize("named", ["B", "乙"])
def test_of_rows_that_a_list_gives_only_the_changes_are_written(named: str) -> None:
    clerk = Clerk(GIVEN, context=CONTEXT, names={}, evaluate=lambda feel: feel, attach=attach)
    offered = prefill(GIVEN, lists={"candidates": CANDIDATES})
    entries = clerk.fill(offered=offered, answers={"rows": [{"row": named, "amount": 65}]})
    assert [(row["code"], row["amount"]) for row in entries["rows"]] == [("A", "80"), ("B", "65")]
    assert clerk.fill(offered=offered, answers={}) == offered


def test_a_row_that_the_list_does_not_have_is_a_mistake() -> None:
    clerk = Clerk(GIVEN, context=CONTEXT, names={}, evaluate=lambda feel: feel, attach=attach)
    with pytest.raises(KeyError, match="丙"):
        clerk.fill(
            offered=prefill(GIVEN, lists={"candidates": CANDIDATES}), answers={"rows": [{"row": "丙", "amount": 1}]}
        )
