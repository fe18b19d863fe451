from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.bootstrap import FORMS, PROCESSES
from app.engine.engine import Engine
from app.engine.expressions import Feel
from app.features.clauses.files import read_scenarios
from app.features.clauses.telling import Teller
from app.features.definitions.checks import parse_forms
from app.features.definitions.usecases import read_directories

ANSWERS = {"estimate": 99.5, "budget_unit": True}


@pytest.fixture(scope="module")
def teller() -> Iterator[Teller]:
    feel = Feel()
    resources = read_directories(PROCESSES, FORMS)
    yield Teller(Engine(feel).compile(resources), parse_forms(resources)[0], {"review-opinion": "项目审核意见"})
    feel.close()


def test_a_step_is_told_with_the_names_of_diagrams_and_forms(teller: Teller) -> None:
    steps = [
        {
            "do": "declare-scope",
            "as": "区财政局",
            "answers": {"estimate": 99.5, "budget_unit": True},
            "refused": "无权",
        },
        {"proceed_to": "application.submit-application", "except": ["accept-application"]},
        {"advance": "2025-11-01 00:00", "expect": {"tasks": [], "amounts": {"approved": 80}, "status": "running"}},
    ]
    start = {"at": "2025-09-15 09:00", "unit": "区民政局", "project": "甲", "confidential": True}
    told = teller.tell({"start": start, "steps": steps, "expect": {"stage": "审核", "passed": ["declare-scope"]}})
    assert [each.words for each in told] == [
        "区民政局登记项目“甲”（涉密）",
        "区财政局 办理“填报适用范围”",
        "各单位按通常的填法依次办理，到“提交申报材料”待办为止，“受理审查”留着不办",
        "时间到 2025-11-01 00:00",
        "应当是",
    ]
    assert told[1].answers == (("计划投资", "99.5"), ("本单位是否纳入区级财政预算管理", "是"))
    assert told[1].expected == ("应当被拒绝，理由中说到：无权",)
    assert told[3].expected == ("待办任务正好是：（无）", "核定投资为 80 万元", "状态为办理中")
    assert told[4].expected == ("阶段为“审核”", "经过了：“填报适用范围”")


def test_a_document_is_told_with_its_title_and_what_must_stand_in_it(teller: Teller) -> None:
    step = {"issue": "review-opinion", "as": "孙敏", "number": "峄数审〔2026〕1号", "contains": ["同意", 80.5]}
    (_, told) = teller.tell({"start": {}, "steps": [step]})
    assert told.words == "孙敏 制发“项目审核意见”"
    assert told.expected == ("文号是：峄数审〔2026〕1号", "文书中写着：同意、80.5")


def test_a_variable_is_told_by_the_field_that_asks_for_it_and_a_ledger_by_what_is_done_there(teller: Teller) -> None:
    expected = {"variables": {"review_conclusion": "pass", "never_asked": 3}}
    (_, told) = teller.tell({"start": {}, "steps": [{"ledger": "restrict", "as": "孙敏", "expect": expected}]})
    assert told.words == "孙敏 在台账登记单位限制"
    assert told.expected == ("“结论”为 建议通过", "流程变量 never_asked 为 3")


def test_what_is_not_known_is_told_as_it_is_written(teller: Teller) -> None:
    (_, told) = teller.tell({"start": {}, "steps": [{"something_new": "here"}]})
    assert told.words == "something_new here"


def test_every_scenario_can_be_told(teller: Teller) -> None:
    for scenario in read_scenarios(PROCESSES):
        told = teller.tell(scenario.content)
        assert told[0].words, scenario.id
        assert all(step.words for step in told), scenario.id
