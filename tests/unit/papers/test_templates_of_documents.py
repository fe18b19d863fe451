"""The templates that come with the product, and what is refused of those that people upload."""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import UTC, datetime
from typing import Any

import pytest
from docx import Document

from app.bootstrap import DOCUMENTS, FORMS, PROCESSES
from app.features.forms.model import Field, Rows, walk
from app.features.forms.schema import parse
from app.features.identity.model import ROLES
from app.features.papers.kinds import read_kinds
from app.features.papers.material import Material
from app.features.papers.model import Kind, Source
from app.features.papers.rendering import check, render
from app.features.papers.values import values
from app.kernel.errors import Invalid

AT = datetime(2026, 9, 18, tzinfo=UTC)
KINDS = read_kinds(DOCUMENTS / "kinds.yaml")
PRINTED = [kind for kind in KINDS.values() if kind.sheet is None]
EMPTY = Material(
    project=None, parties=(), offices={}, answers={}, variables={}, plan={}, lines=(), number=None, dated=None
)
OFFICIAL = {
    "application-letter",
    "review-opinion",
    "annual-plan",
    "rectification-notice",
    "acceptance-rectification-notice",
    "performance-rectification-notice",
    "acceptance-report",
}
FIXED = {"paper", "project", "party", "office", "variable", "plan"}


def template(kind: Kind) -> bytes:
    return (DOCUMENTS / f"{kind.id}.docx").read_bytes()


def full(kind: Kind) -> dict[str, Any]:
    """A long value for every placeholder, with what could go wrong in it."""
    words = "“建设”<一期>&{{二期}}，长文字" * 20
    return {
        name: [dict.fromkeys(columns, f"{name}<行>") for _ in range(30)] if columns else f"{name}：{words}"
        for name, columns in kind.placeholders.items()
    }


def text_of(document: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(document)) as package:
        parts = [package.read(name).decode() for name in package.namelist() if name.startswith("word/")]
    return re.sub("<[^>]+>", "", "".join(parts))


def written(text: str) -> bytes:
    """A Word document of one paragraph."""
    document = Document()
    document.add_paragraph(text)
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def with_part(document: bytes, name: str, content: bytes) -> bytes:
    target = io.BytesIO(document)
    with zipfile.ZipFile(target, "a") as package:
        package.writestr(name, content)
    return target.getvalue()


def test_every_kind_has_its_template_and_every_template_its_kind():
    assert {path.stem for path in DOCUMENTS.glob("*.docx")} == {kind.id for kind in PRINTED}


@pytest.mark.parametrize("kind", PRINTED, ids=lambda kind: kind.id)
def test_a_template_names_only_what_its_kind_knows(kind: Kind):
    check(template(kind), kind)


@pytest.mark.parametrize("kind", PRINTED, ids=lambda kind: kind.id)
def test_a_document_is_made_of_nothing_and_of_everything(kind: Kind):
    blank = render(template(kind), values(kind.values, EMPTY), title=kind.title, at=AT)
    assert Document(io.BytesIO(blank)).paragraphs
    assert "None" not in text_of(blank)
    whole = render(template(kind), full(kind), title=kind.title, at=AT)
    said = text_of(whole)
    assert Document(io.BytesIO(whole)).core_properties.title == kind.title
    unit = "大数据局" if kind.about == "plan" else "申报单位"
    assert f"{unit}：“建设”&lt;一期&gt;&amp;{{{{二期}}}}" in said
    assert "{%" not in said


@pytest.mark.parametrize("kind", PRINTED, ids=lambda kind: kind.id)
def test_a_document_is_on_a4_and_names_the_fonts_of_official_documents(kind: Kind):
    section = Document(io.BytesIO(template(kind))).sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    with zipfile.ZipFile(io.BytesIO(template(kind))) as package:
        body = package.read("word/document.xml").decode()
    assert 'w:eastAsia="方正小标宋简体"' in body
    assert 'w:eastAsia="仿宋_GB2312"' in body


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind in OFFICIAL])
def test_an_official_document_keeps_the_margins_of_the_standard(kind: str):
    section = Document(io.BytesIO(template(KINDS[kind]))).sections[0]
    margins = (section.top_margin, section.bottom_margin, section.left_margin, section.right_margin)
    assert [round(margin.mm) for margin in margins] == [37, 35, 28, 26]


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.id)
def test_what_a_kind_draws_on_is_there(kind: Kind):
    forms = {path.stem: parse(json.loads(path.read_text())) for path in FORMS.glob("*.form")}
    drawn = "".join(path.read_text() for path in PROCESSES.glob("*.bpmn"))
    assert set(kind.issuers) <= ROLES.keys()
    assert all(f'<bpmn:userTask id="{task}"' in drawn for task in kind.tasks)
    assert set(kind.later) <= {source.path.partition(".")[0] for source in kind.values.values()}
    for name, source in kind.values.items():
        for path in source.paths or (source.path,):
            owner, _, key = path.partition(".")
            if owner not in FIXED:
                parts = [part for part in walk(forms[owner].components) if isinstance(part, Field | Rows)]
                found = next((part for part in parts if part.key == key), None)
                assert found is not None, f"{kind.id}: {name} draws on {path}"
                assert_columns(found, source)
    for name, answers in kind.when.items():
        assert kind.form is not None
        asked = next(part for part in walk(forms[kind.form].components) if getattr(part, "key", "") == name)
        assert isinstance(asked, Field)
        assert set(answers) < {option.value for option in asked.options}
    if kind.number_field:
        assert kind.form is not None
        assert any(getattr(part, "key", "") == kind.number_field for part in walk(forms[kind.form].components))


def test_a_document_is_offered_wherever_its_form_is_filled_in():
    drawn = "".join(path.read_text() for path in PROCESSES.glob("*.bpmn"))
    tasks = re.findall(r'<bpmn:userTask id="([^"]+)".*?formId="([^"]+)"', drawn, re.DOTALL)
    for kind in KINDS.values():
        missing = {task for task, form in tasks if form == kind.form} - set(kind.tasks)
        assert not missing, f"{kind.id}: {missing}"


def test_a_document_is_offered_to_those_who_may_issue_it():
    drawn = "".join(path.read_text() for path in PROCESSES.glob("*.bpmn"))
    roles = dict(re.findall(r'<bpmn:userTask id="([^"]+)".*?candidateGroups="([^"]+)"', drawn, re.DOTALL))
    for kind in KINDS.values():
        others = {task for task in kind.tasks if kind.issuers and roles[task] not in kind.issuers}
        assert not others, f"{kind.id}: {others}"


def test_a_document_belongs_to_the_answers_that_call_for_it():
    notice = KINDS["rectification-notice"]
    answers = ("clean", "rectify", "major", None)
    assert [notice.belongs_to({"inspection_conclusion": each}) for each in answers] == [False, True, True, False]
    assert not KINDS["filing-receipt"].belongs_to({"filing_decision": "returned"})
    assert KINDS["review-opinion"].belongs_to({})


def assert_columns(found: Field | Rows, source: Source) -> None:
    if isinstance(found, Rows):
        assert set((source.columns or {}).values()) <= {getattr(cell, "key", "") for cell in found.components}


OPINION = KINDS["review-opinion"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{{密码}}", "没有“密码”这个占位符"),
        ("{{项目名称.__class__}}", "没有“__class__”这一列"),
        ("{{项目名称.__class__.__mro__}}", "这一列"),
        ("{{cycler()}}", "Call"),
        ("{{项目名称|upper}}", "Filter"),
        ("{{项目名称[0]}}", "Getitem"),
        ("{% set 项目名称 = 1 %}", "Assign"),
        ("{% include '/etc/passwd' %}", "Include"),
        ("{% for x in 项目名称 %}{{x}}{% endfor %}", "循环只能逐行重复一个明细表"),
        ("{{项目名称", "写法有误"),
        ("{% if 项目名称 %}", "写法有误"),
    ],
)
def test_a_template_that_names_something_else_or_would_run_something_is_refused(text: str, problem: str):
    with pytest.raises(Invalid) as refused:
        check(written(text), OPINION)
    assert problem in refused.value.fields["template"]


def test_rows_are_repeated_but_not_within_each_other():
    form = KINDS["application-form"]
    check(written("{% for 行 in 近年项目 %}{{loop.index}}{{行.项目名称}}{% endfor %}"), form)
    once, twice = "{% for 行 in 近年项目 %}", "{% for 列 in 现有设备 %}"
    with pytest.raises(Invalid, match="循环里不能再有循环"):
        check(written(f"{once}{twice}x{{% endfor %}}{{% endfor %}}"), form)
    with pytest.raises(Invalid, match="没有“数量”这一列"):
        check(written("{% for 行 in 近年项目 %}{{行.数量}}{% endfor %}"), form)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "不是 docx"),
        (b"PK\x03\x04 but no more", "不是 docx"),
        (with_part(written("x"), "word/vbaProject.bin", b"macro"), "宏"),
        (
            with_part(
                written("x"),
                "word/_rels/settings.xml.rels",
                b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship '
                b'Id="a" Type="http://x/attachedTemplate" Target="file:///a.dotm" TargetMode="External"/>'
                b"</Relationships>",
            ),
            "外部的模板",
        ),
        (with_part(written("x"), "word/footnotes.xml", "{{密码}}".encode()), "没有“密码”这个占位符"),
    ],
)
def test_a_file_that_is_no_plain_document_is_refused(content: bytes, problem: str):
    with pytest.raises(Invalid) as refused:
        check(content, OPINION)
    assert problem in refused.value.fields["template"]


def test_a_sheet_is_no_template():
    assert [kind.id for kind in KINDS.values() if kind.sheet] == ["annual-plan-sheet"]
