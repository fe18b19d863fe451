"""Extensions, pictures and decisions: the faulty file is found by the name of the element, the corrected one passes."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.engine.model import Resource
from tests.support.diagrams import CLAUSE, diagram, end, flow, process, simple, start, user
from tests.support.linting import LEVEL, call, check, decisions, dmn, findings, service

CALLED = diagram(simple(user("t"), id_="called"), path="called.bpmn")
# For each fault: the element, part of the message, the faulty files, the corrected ones.
ERRORS = {
    "assignee": (
        "办理",
        "的 zeebe:assignmentDefinition 有不支持的属性 assignee",
        [diagram(simple(user("t").replace("candidateGroups", 'assignee="li" candidateGroups')))],
        [diagram(simple(user("t")))],
    ),
    "listener": (
        "办理",
        "有不支持的扩展 zeebe:executionListeners",
        [diagram(simple(user("t", zeebe=CLAUSE + "<zeebe:executionListeners/>")))],
        [diagram(simple(user("t")))],
    ),
    "extension of another kind of task": (
        "核对",
        "不能带扩展 zeebe:formDefinition，不起作用",
        [diagram(service('<zeebe:taskDefinition type="check"/><zeebe:formDefinition formId="f"/>'))],
        [diagram(service())],
    ),
    "attribute of Camunda 7": (
        "办理",
        "用了 Camunda 7 的属性 assignee",
        [diagram(simple(user("t").replace("<userTask", '<userTask camunda:assignee="li"')))],
        [diagram(simple(user("t")))],
    ),
    "extension of Camunda 7": (
        "办理",
        "用了 Camunda 7 的扩展 formData",
        [diagram(simple(user("t", zeebe=CLAUSE + "<camunda:formData/>")))],
        [diagram(simple(user("t")))],
    ),
    "variables kept from a call": (
        "调用",
        "把 propagateAllChildVariables 设为否",
        [diagram(call("called", propagate="false")), CALLED],
        [diagram(call("called", propagate="true")), CALLED],
    ),
    "compensation": (
        "办理",
        "是补偿活动，不会执行",
        [diagram(simple(user("t", is_for_compensation="true")))],
        [diagram(simple(user("t")))],
    ),
    "no executable process": (
        None,
        "文件中没有可执行的流程",
        [diagram(process(start(), end(), flow("start", "end"), is_executable="false"))],
        [diagram(process(start(), end(), flow("start", "end")))],
    ),
    "two processes with one id": (
        "主流程",
        "与 a.bpmn 中的流程重复",
        [diagram(simple(user("t")), path="a.bpmn"), diagram(simple(user("t")), path="b.bpmn")],
        [diagram(simple(user("t")), path="a.bpmn"), diagram(simple(user("t"), id_="other"), path="b.bpmn")],
    ),
    "decision cell that cannot be read": (
        "级别",
        "的规则 1 写错了：表达式“>=”：表达式没有写完",
        [decisions(dmn([(">=", "1")]))],
        [LEVEL],
    ),
    "decision result that cannot be read": (
        "级别",
        "的规则 2 写错了：表达式“二 级”：“二 级”不是变量名",
        [decisions(dmn([("&lt; 100", "1"), (">= 100", "二 级")]))],
        [LEVEL],
    ),
    "date that does not exist": (
        "级别",
        '的规则 1 写错了：表达式“>= date("2027-02-30")”：“date("2027-02-30")”不是有效的日期',
        [decisions(dmn([('>= date("2027-02-30")', "1")], type_="date"))],
        [decisions(dmn([('>= date("2027-02-28")', "1")], type_="date"))],
    ),
    "required decision that is missing": (
        "级别",
        "的依赖有误：没有决策“gone”",
        [
            decisions(
                dmn(
                    [("-", "1")],
                    requires='<informationRequirement><requiredDecision href="#gone"/></informationRequirement>',
                )
            )
        ],
        [LEVEL],
    ),
    "two decisions with one id": (
        "级别",
        "的 id level 与 decisions/test.dmn 中的决策重复",
        [LEVEL, LEVEL],
        [LEVEL, decisions(dmn([("-", "1")], id_="other"))],
    ),
    "priority without an order": (
        "级别",
        "按优先级取结果（PRIORITY），却没有列出优先次序",
        [decisions(dmn([("-", "1")], policy="PRIORITY"))],
        [decisions(dmn([("-", "1")], policy="PRIORITY", inside="<outputValues><text>2,1</text></outputValues>"))],
    ),
    "priority over a range": (
        "级别",
        "的允许值无法排出优先次序",
        [decisions(dmn([("-", "1")], policy="PRIORITY", inside="<outputValues><text>[1..2]</text></outputValues>"))],
        [decisions(dmn([("-", "1")], policy="PRIORITY", inside="<outputValues><text>2,1</text></outputValues>"))],
    ),
    "table without rules": ("级别", "没有规则；请至少写一条", [decisions(dmn([]))], [LEVEL]),
}
WARNINGS = {
    "property that nothing reads": (
        "办理",
        "的扩展属性“claus”不起作用",
        [diagram(simple(user("t", zeebe=CLAUSE.replace("</", '<zeebe:property name="claus" value="1"/></', 1))))],
        [
            diagram(
                simple(
                    user(
                        "t",
                        zeebe=CLAUSE.replace(
                            "</",
                            '<zeebe:property name="check" value="c"/><zeebe:property name="prefix" value="p"/></',
                            1,
                        ),
                    )
                )
            )
        ],
    ),
    "process without a name": (
        "流程 main",
        "没有名称",
        [diagram(process(start(), end(), flow("start", "end"), name=None))],
        [diagram(process(start(), end(), flow("start", "end")))],
    ),
    "no picture": (None, "文件没有图形信息", [diagram(simple(user("t")), picture=False)], [diagram(simple(user("t")))]),
    "element missing from the picture": (
        "办理",
        "没有画在图上",
        [Resource("a.bpmn", diagram(simple(user("t"))).content.replace(b'bpmnElement="t"', b'bpmnElement="gone"'))],
        [diagram(simple(user("t")))],
    ),
    "gap in a table": (
        "级别",
        "在 投资额 = 100.0 时没有规则符合",
        [decisions(dmn([("&lt; 100", "1"), ("> 100", "2")]))],
        [LEVEL],
    ),
    "overlap in a table": (
        "级别",
        "投资额 = 100.0 时规则 1、2 同时符合",
        [decisions(dmn([("&lt;= 100", "1"), (">= 100", "2")]))],
        [decisions(dmn([("&lt;= 100", "1"), (">= 100", "2")], policy="FIRST"))],
    ),
    "gap between dates": (
        "级别",
        "在 投资额 = 2027-01-01 时没有规则符合",
        [
            decisions(
                dmn([('[date("2022-01-01")..date("2026-12-31")]', "1"), ('> date("2027-01-01")', "2")], type_="date")
            )
        ],
        [
            decisions(
                dmn([('[date("2022-01-01")..date("2026-12-31")]', "1"), ('>= date("2027-01-01")', "2")], type_="date")
            )
        ],
    ),
}


@pytest.mark.parametrize("fault", ERRORS)
def test_faults_are_refused(feel, fault):
    check(feel, "error", ERRORS[fault])


@pytest.mark.parametrize("fault", WARNINGS)
def test_weaknesses_are_pointed_out(feel, fault):
    check(feel, "warning", WARNINGS[fault])


def test_tables_that_depend_on_variables_are_not_tried(feel):
    assert findings(feel, decisions(dmn([("&lt; limit", "1"), ("> limit", "2")]))) == []


def test_the_official_bundle_passes(feel):
    root = Path(__file__).parents[3] / "processes"
    files = sorted([*root.glob("*.bpmn"), *root.glob("decisions/*.dmn")])
    assert len(files) > 10
    assert findings(feel, *(Resource(file.name, file.read_bytes()) for file in files)) == []
