"""What placeholders are filled with: exact amounts, boxes, rows, files, and texts that no document breaks on."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from app.bootstrap import DOCUMENTS, FORMS
from app.features.forms.model import Field, walk
from app.features.forms.schema import parse
from app.features.papers import sheets
from app.features.papers.kinds import read_kinds
from app.features.papers.material import Answered, Material
from app.features.papers.model import NOT_NUMBERED
from app.features.papers.rendering import render
from app.features.papers.values import NOT_ASKED, NOT_GIVEN, NOTHING, as_paragraphs, values

KINDS = read_kinds(DOCUMENTS / "kinds.yaml")
AT = datetime(2026, 9, 18, tzinfo=UTC)


def material(form_id: str, data: dict[str, Any], **more: Any) -> Material:
    form = parse(json.loads((FORMS / f"{form_id}.form").read_text()))
    answers = {form_id: Answered(form, data, {}, "case", "task")}
    known: dict[str, Any] = {
        "project": None,
        "parties": (),
        "offices": {},
        "variables": {},
        "plan": {},
        "lines": (),
        "number": None,
        "dated": None,
    }
    return Material(answers=answers, **{**known, **more})


def filled(kind: str, form_id: str, data: dict[str, Any], **more: Any) -> Any:
    return values(KINDS[kind].values, material(form_id, data, **more))


def test_all_options_are_printed_and_those_chosen_are_ticked():
    said = filled("application-form", "submit-application", {"project_types": ["website", "other"], "networks": []})
    assert said["项目类型"] == "☑网站建设类　□硬件建设类　□业务应用系统建设类　☑其他"
    assert said["基于网络"] == "□互联网　□政务外网　□政务专网　□业务专网　□其他"


def test_a_table_with_few_rows_is_filled_up_as_on_paper_and_one_with_many_is_whole():
    row = {"name": "视频会议", "network": "gov_private", "investment": "99.999999", "year": "2023", "usage": "正常"}
    said = filled("application-form", "submit-application", {"past_projects": [row]})["近年项目"]
    printed = {"项目名称": "视频会议", "基于网络": "政务专网", "投资情况": "99.999999", "建设年份": "2023"}
    assert said[0] == {**printed, "应用情况": "正常"}
    assert said[1:] == [dict.fromkeys(said[0], "")] * 2
    assert len(filled("application-form", "submit-application", {"past_projects": [row] * 9})["近年项目"]) == 9


amounts = st.decimals(min_value=0, max_value=9999999, places=6)


@given(amounts, amounts)
def test_the_total_of_the_acceptance_application_is_exactly_what_its_parts_are(fiscal: Decimal, own: Decimal):
    said = filled(
        "acceptance-application", "apply-final", {"fiscal_funding": f"{fiscal:f}", "self_funding": f"{own:f}"}
    )
    assert Decimal(said["资金合计"]) == Decimal(said["财政投资"]) + Decimal(said["自筹资金"]) == fiscal + own
    assert "E" not in said["资金合计"]


def test_there_is_no_total_of_half_a_sum():
    assert filled("acceptance-application", "apply-final", {"fiscal_funding": "3"})["资金合计"] == ""


def test_the_list_of_materials_tells_what_is_there_what_is_missing_and_what_is_not_asked_for():
    contract = {"id": "1", "name": "合同.pdf", "size": 1}
    given_files = {"material_contract": [contract], "material_tender": [], "material_other": []}
    said = filled("acceptance-checklist", "apply-final", given_files)
    assert (said["合同复印件"], said["招标文件"], said["监理意见"]) == ("合同.pdf", NOT_GIVEN, NOT_ASKED)
    assert said["其他材料"] == NOTHING, "what may be left out is not missing"


def test_a_document_without_number_and_day_has_room_for_them():
    said = filled("review-opinion", "issue-opinion", {})
    assert said["发文字号"] == NOT_NUMBERED
    assert said["成文日期"] == "　　　　年　　月　　日"
    issued = filled("review-opinion", "issue-opinion", {}, number="峄数审〔2026〕1号", dated=date(2026, 9, 8))
    assert (issued["发文字号"], issued["成文日期"]) == ("峄数审〔2026〕1号", "2026年9月8日")


@given(st.text(max_size=300))
def test_whatever_people_type_makes_a_document(typed: str):
    said = filled("application-letter", "submit-application", {"need_text": typed, "letter_title": typed})
    template = (DOCUMENTS / "application-letter.docx").read_bytes()
    assert render(template, said, title="请示", at=AT)


def test_lines_become_paragraphs():
    assert as_paragraphs("一、甲\r\n\n 二、乙\x0b\x00\n") == "一、甲\a二、乙"


@pytest.mark.parametrize(("key", "limit"), [("need_text", 250), ("funding_text", 150), ("main_content", 500)])
def test_the_form_keeps_the_lengths_of_the_attachments(key: str, limit: int):
    form = parse(json.loads((FORMS / "submit-application.form").read_text()))
    field = next(part for part in walk(form.components) if isinstance(part, Field) and part.key == key)
    assert field.limits.max_length == limit


def test_a_plan_as_a_workbook_adds_up_and_calculates_nothing_that_people_typed():
    kind = KINDS["annual-plan-sheet"]
    line = {"number": 1, "project_code": "YC2027-0001", "unit": "@SUM(1)", "reason": "-1", "approved": Decimal("0.3")}
    lines = [
        {**line, "project_name": "=1+1", "amount": Decimal("0.1")},
        {**line, "project_name": "+甲", "amount": Decimal("0.2")},
    ]
    empty = material("issue-opinion", {}, plan={"round_year": 2027, "batch": 1, "projects": 2}, lines=lines)
    book = load_workbook(io.BytesIO(sheets.render(kind, values(kind.values, empty), at=AT)))
    sheet = book.active
    assert sheet["A1"].value == "峄城区2027年度电子政务项目建设计划（第1批，单位：万元）"
    assert [(cell.value, cell.data_type) for cell in (sheet["C3"], sheet["C4"])] == [("=1+1", "s"), ("+甲", "s")]
    heads = [cell.value for cell in sheet[2]]
    total = {head: cell.value for head, cell in zip(heads, sheet[5], strict=True)}
    assert (total["序号"], total["核定投资"], total["计划金额"]) == ("合计", 0.6, 0.3)
    nothing = values(kind.values, replace(empty, lines=()))
    assert load_workbook(io.BytesIO(sheets.render(kind, nothing, at=AT))).active["A3"].value == "合计"


def test_a_long_name_in_a_workbook_has_the_height_it_needs():
    kind = KINDS["annual-plan-sheet"]
    lines = [{"number": number, "project_name": "平台" * length} for number, length in ((1, 2), (2, 50))]
    filled_in = material("issue-opinion", {}, plan={"round_year": 2027, "batch": 1, "projects": 2}, lines=lines)
    sheet = load_workbook(io.BytesIO(sheets.render(kind, values(kind.values, filled_in), at=AT))).active
    short, long = (sheet.row_dimensions[row].height for row in (3, 4))
    width = sheet.column_dimensions["C"].width
    assert long >= short * (2 * 100 / width)
