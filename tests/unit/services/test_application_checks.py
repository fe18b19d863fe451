from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from services.effects import SetAmount, SetProject
from services.facts import Facts
from services.registry import TASKS

FILE = [{"id": "a1", "name": "方案.pdf", "size": 900}]
SCOPE = {
    "budget_unit": "yes",
    "fiscal_funds": "yes",
    "purchase_only": "no",
    "nature": "engineering",
    "category": "software",
    "estimate": 99.999999,
    "complex": "no",
    "negative_hit": "no",
    "negative_items": [],
}
MATERIALS = {
    "letter_file": FILE,
    "form_file": FILE,
    "plan_file": FILE,
    "need_text": "需" * 250,
    "funding_text": "资" * 150,
    "main_content": "内" * 500,
    "period_months": 12,
    "period_from": "2026-01-01",
    "period_to": "2026-12-31",
    **{f"chapter_{n}": "present" for n in range(1, 10)},
}


def messages(check: str, answers: dict, facts: Facts) -> dict[str | None, str]:
    return {finding.field: finding.message for finding in TASKS[check](answers, {}, facts).findings}


def test_a_complete_declaration_of_scope_sets_the_exact_estimate(facts: Callable[..., Facts]) -> None:
    outcome = TASKS["check-scope"](SCOPE, {}, facts())
    assert outcome.findings == ()
    assert outcome.effects == (SetAmount("estimate", Decimal("99.999999")),)


def test_a_project_declared_to_touch_state_secrets_becomes_confidential(facts: Callable[..., Facts]) -> None:
    outcome = TASKS["check-scope"]({**SCOPE, "classified": "yes"}, {}, facts())
    assert SetProject({"confidential": True}) in outcome.effects
    registered = facts(confidential=True)
    assert not TASKS["check-scope"]({**SCOPE, "classified": "yes"}, {}, registered).refused
    assert "另行登记" in messages("check-scope", {**SCOPE, "classified": "no"}, registered)["classified"]


@pytest.mark.parametrize(
    ("change", "field", "clause"),
    [
        ({"category": "maintenance"}, "category", "1-2"),
        ({"nature": None}, "nature", "1-2"),
        ({"nature": "service"}, "category", "1-2"),
        ({"estimate": None}, "estimate", "3.1-5"),
        ({"estimate": 0}, "estimate", "3.1-5"),
        ({"estimate": "一百"}, "estimate", "3.1-5"),
        ({"complex": "yes"}, "complex_reason", "3.1-5"),
        ({"negative_hit": "yes"}, "negative_items", "3.1-10"),
        ({"negative_items": ["machine_room"], "special_reason": "旧机房报废"}, "negative_hit", "3.1-10"),
        ({"negative_hit": "yes", "negative_items": ["website"], "special_reason": " "}, "special_reason", "3.1-10"),
    ],
)
def test_a_declaration_that_contradicts_itself_is_refused(
    facts: Callable[..., Facts], change: dict, field: str, clause: str
) -> None:
    found = messages("check-scope", {**SCOPE, **change}, facts())
    assert clause in found[field]
    assert not TASKS["check-scope"]({**SCOPE, **change}, {}, facts()).effects or field != "estimate"


def test_the_three_documents_and_nine_chapters_suffice(facts: Callable[..., Facts]) -> None:
    assert messages("check-application", MATERIALS, facts()) == {}


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"letter_file": []}, "letter_file", "缺少项目申请文件（附件1）。（3.1-3）"),
        ({"form_file": None}, "form_file", "缺少项目申请表（附件2）。（3.1-3）"),
        ({"plan_file": []}, "plan_file", "缺少项目建设方案（附件3）。（3.1-3）"),
        ({"chapter_8": "missing"}, "chapter_8", "第八章（项目投资）。（3.1-4 附3-1）"),
        ({"chapter_1": None}, "chapter_1", "缺少第一章"),
        ({"chapter_3": "not_applicable"}, "chapter_3_reason", "须写明理由"),
        ({"need_text": "需" * 251}, "need_text", "不得超过250字，现为251字。（附1-1）"),
        ({"funding_text": "资" * 151}, "funding_text", "不得超过150字"),
        ({"main_content": "内" * 501}, "main_content", "不得超过500字，现为501字。（附2-1）"),
        ({"period_months": 6}, "period_months", "建设周期6个月与起止时间（2026-01-01至2026-12-31）不符。（附2-1）"),
        ({"period_to": "2025-12-31"}, "period_to", "早于起期"),
        ({"period_from": None}, "period_months", "缺少建设周期或起止时间"),
    ],
)
def test_missing_materials_are_named(facts: Callable[..., Facts], change: dict, field: str, words: str) -> None:
    found = messages("check-application", {**MATERIALS, **change}, facts())
    assert list(found) == [field]
    assert words in found[field]


@pytest.mark.parametrize(
    ("first", "last", "months", "agrees"),
    [
        ("2026-01-01", "2026-06-30", 6, True),
        ("2026-01-01", "2026-07-01", 6, True),
        ("2026-01-31", "2026-02-28", 1, True),
        ("2028-02-29", "2029-02-28", 12, True),
        ("2026-01-01", "2026-01-01", 1, True),
        ("2026-01-01", "2026-06-30", 4, False),
        ("2026-01-01", "2026-08-15", 6, False),
    ],
)
def test_the_period_agrees_with_its_dates(
    facts: Callable[..., Facts], first: str, last: str, months: int, agrees: bool
) -> None:
    answers = {**MATERIALS, "period_from": first, "period_to": last, "period_months": months}
    assert (messages("check-application", answers, facts()) == {}) is agrees


def test_a_chapter_that_does_not_apply_needs_only_its_reason(facts: Callable[..., Facts]) -> None:
    answers = {**MATERIALS, "chapter_5": "not_applicable", "chapter_5_reason": "运维项目不涉及架构"}
    assert messages("check-application", answers, facts()) == {}


def test_a_consultant_comes_with_its_qualification(facts: Callable[..., Facts]) -> None:
    answers = {"consultant_org": "org-1", "qualification": "工程咨询甲级", "qualification_file": FILE}
    assert messages("check-consultant", answers, facts()) == {}
    for key in answers:
        assert list(messages("check-consultant", {**answers, key: None}, facts())) == [key]


@pytest.mark.parametrize(
    ("claimed", "filing", "refused"),
    [("yes", "not_superior", True), ("no", "not_superior", False), ("yes", "returned", False), ("yes", None, False)],
)
def test_funding_from_above_is_not_claimed_again(
    facts: Callable[..., Facts], claimed: str, filing: str | None, refused: bool
) -> None:
    answers = {**SCOPE, "superior_funded": claimed, "superior_filing": filing}
    assert ("superior_funded" in messages("check-scope", answers, facts())) is refused
