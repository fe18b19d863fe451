"""Tables whose rows a list gives: matched by their key, whatever was posted and however the list has changed."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from app.features.forms.answers import check_answers
from app.features.forms.entries import entries_of, has_given, prefill, read, resume
from app.features.forms.model import FormInvalid
from app.features.forms.schema import parse

CELLS = [
    {"type": "textfield", "key": "code", "label": "编号", "readonly": True},
    {"type": "number", "key": "approved", "label": "核定", "readonly": True},
    {"type": "number", "key": "amount", "label": "金额", "validate": {"required": True}},
    {"type": "textfield", "key": "reason", "label": "理由"},
]
TABLE = {
    "type": "dynamiclist",
    "path": "rows",
    "label": "候选项目",
    "allowAddRemove": False,
    "components": CELLS,
    "properties": {"rows": "candidates", "rowKey": "code"},
}
FORM = parse({"id": "plan", "components": [TABLE]})
ONE, TWO, THREE = (
    {"code": code, "approved": approved, "amount": approved, "reason": ""}
    for code, approved in (("A", 80), ("B", 70.123456), ("C", 60))
)


def lists(*records: dict[str, Any]) -> dict[str, Any]:
    return {"today": "2026-09-01", "candidates": list(records)}


def post(*rows: tuple[str, str]) -> MultiDict[str, str]:
    """A page with these rows: the key of each and its amount."""
    posted: MultiDict[str, str] = MultiDict()
    for index, (code, amount) in enumerate(rows):
        posted.add("rows-row", str(index))
        posted.add(f"rows-{index}-code", code)
        posted.add(f"rows-{index}-amount", amount)
    return posted


def checked(feel, posted: MultiDict[str, str], *records: dict[str, Any]):
    context = lists(*records)
    entries = read(FORM, posted, files={})
    return check_answers(FORM, entries, context=context, feel=feel, given=prefill(FORM, {}, lists=context))


def test_the_list_gives_the_rows_whatever_was_submitted_before():
    before = {"rows": [{"code": "Z", "approved": "1", "amount": "1", "reason": ""}]}
    entries = prefill(FORM, before, lists=lists(ONE, TWO))
    assert [(row["code"], row["approved"], row["amount"]) for row in entries["rows"]] == [
        ("A", "80", "80"),
        ("B", "70.123456", "70.123456"),
    ]
    assert has_given(FORM)


def test_what_was_typed_stays_with_its_record_when_the_list_has_changed(feel):
    answers = checked(feel, post(("A", "75"), ("B", "65")), TWO, THREE, ONE)
    assert [(row["code"], row["amount"]) for row in answers.data["rows"]] == [("B", "65"), ("C", None), ("A", "75")]
    assert answers.errors == {"rows-1-amount": "第 2 行：请填写“金额”"}


def test_a_row_of_no_record_is_dropped_and_what_may_only_be_read_is_the_lists(feel):
    posted = post(("A", "75"), ("Z", "1"))
    posted.add("rows-0-approved", "1")
    answers = checked(feel, posted, ONE)
    assert answers.data["rows"] == [{"code": "A", "approved": "80", "amount": "75", "reason": None}]
    assert answers.errors == {}


def test_a_draft_is_taken_up_row_by_row():
    draft = {"rows": [{"code": "B", "approved": "1", "amount": "65", "reason": "核减"}, {"code": "Z", "amount": "9"}]}
    entries = resume(FORM, draft, files={}, otherwise=prefill(FORM, {}, lists=lists(ONE, TWO)))
    assert [(row["code"], row["approved"], row["amount"], row["reason"]) for row in entries["rows"]] == [
        ("A", "80", "80", ""),
        ("B", "70.123456", "65", "核减"),
    ]


def test_what_was_submitted_is_read_as_it_was():
    data = {"rows": [{"code": "A", "approved": "80", "amount": "75", "reason": None}]}
    assert entries_of(FORM, data)["rows"] == [{"code": "A", "approved": "80", "amount": "75", "reason": ""}]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"properties": {"rows": "candidates"}}, "rowKey"),
        ({"properties": {"rows": "candidates", "rowKey": "amount"}}, "只读"),
        ({"allowAddRemove": True, "components": CELLS[2:]}, "不能增删行"),
    ],
)
def test_a_table_that_follows_a_list_has_a_key_that_may_only_be_read_and_no_buttons(changes, words):
    with pytest.raises(FormInvalid, match=words):
        parse({"id": "plan", "components": [{**TABLE, **changes}]})
