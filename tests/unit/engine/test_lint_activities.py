"""Tasks, loops and expressions: the faulty model is found by the name of the element, the corrected one passes."""

from __future__ import annotations

import pytest

from tests.support.diagrams import CLAUSE, diagram, mapping, node, script, simple, timer, user
from tests.support.linting import (
    CATCH_MESSAGE,
    LEVEL,
    MESSAGE,
    call,
    catch,
    check,
    choice,
    loop,
    rule_task,
    service,
    split,
)

# For each fault: the element, part of the message, the faulty files, the corrected ones.
ERRORS = {
    "user task without a form": (
        "办理",
        "没有表单；请在属性面板中选择表单",
        [diagram(simple(user("t").replace('<zeebe:formDefinition formId="form"/>', "")))],
        [diagram(simple(user("t")))],
    ),
    "user task without a role": (
        "办理",
        "没有办理角色；请只填一个候选组",
        [diagram(simple(user("t").replace('candidateGroups="finance"', "")))],
        [diagram(simple(user("t")))],
    ),
    "user task with two roles": (
        "办理",
        "有 2 个办理角色；请只填一个候选组",
        [diagram(simple(user("t").replace('"finance"', '"finance, audit"')))],
        [diagram(simple(user("t")))],
    ),
    "user task with a computed role": (
        "办理",
        "的办理角色是表达式",
        [diagram(simple(user("t").replace('"finance"', '"=role"')))],
        [diagram(simple(user("t")))],
    ),
    "user task without a name": (
        "用户任务“t”",
        "没有名称，待办列表无法显示",
        [diagram(simple(user("t", None)))],
        [diagram(simple(user("t")))],
    ),
    "service task without a type": (
        "核对",
        "没有说明调用哪项服务",
        [diagram(service(""))],
        [diagram(service())],
    ),
    "service task with a computed type": (
        "核对",
        "的任务类型是表达式",
        [diagram(service('<zeebe:taskDefinition type="=kind"/>'))],
        [diagram(service())],
    ),
    "receive task without a message": (
        "核对",
        "没有说明等待什么消息",
        [diagram(service("", "receiveTask"))],
        [diagram(MESSAGE, service("", "receiveTask", message_ref="m"))],
    ),
    "rule task without a decision": (
        "判定级别",
        "没有说明使用哪个决策",
        [diagram(rule_task("")), LEVEL],
        [diagram(rule_task()), LEVEL],
    ),
    "rule task with an unknown decision": (
        "判定级别",
        "使用的决策“level”不在本次部署中",
        [diagram(rule_task())],
        [diagram(rule_task()), LEVEL],
    ),
    "rule task without a result": (
        "判定级别",
        "没有结果变量，判定结果会丢失",
        [diagram(rule_task(result="")), LEVEL],
        [diagram(rule_task()), LEVEL],
    ),
    "script task in another language": (
        "计算",
        "没有 FEEL 表达式",
        [
            diagram(
                simple(
                    node(
                        "scriptTask",
                        "t",
                        "计算",
                        "<script>x = 1</script>",
                        zeebe='<zeebe:script resultVariable="x"/>' + CLAUSE,
                        script_format="python",
                    )
                )
            )
        ],
        [diagram(simple(script("t", "=1 + 1", "x")))],
    ),
    "script task without a result": (
        "计算",
        "没有结果变量，计算结果会丢失",
        [diagram(simple(script("t", "=1 + 1", None)))],
        [diagram(simple(script("t", "=1 + 1", "x")))],
    ),
    "variable name that FEEL cannot read": (
        "计算",
        "的变量名“评审 结果”不能使用",
        [diagram(simple(script("t", "=1", "评审 结果")))],
        [diagram(simple(script("t", "=1", "评审结果")))],
    ),
    "variable name that is a word of FEEL": (
        "计算",
        "的变量名“date”不能使用",
        [diagram(simple(script("t", "=1", "date")))],
        [diagram(simple(script("t", "=1", "started_on")))],
    ),
    "standard loop": (
        "办理",
        "带有标准循环标记，运行时只会做一次；请用排他网关和退回的连线画出循环",
        [diagram(simple(user("t", "办理", "<standardLoopCharacteristics/>")))],
        [diagram(simple(user("t")))],
    ),
    "multi-instance over nothing": (
        "逐项审核",
        "是多实例，却没有说明对哪个列表逐项办理",
        [diagram(loop(zeebe='<zeebe:loopCharacteristics inputElement="item_text"/>'))],
        [diagram(loop(zeebe='<zeebe:loopCharacteristics inputCollection="=items" inputElement="item_text"/>'))],
    ),
    "output collection without an element": (
        "逐项审核",
        "的输出集合和输出元素要一起填写",
        [diagram(loop(zeebe='<zeebe:loopCharacteristics inputCollection="=items" outputCollection="results"/>'))],
        [
            diagram(
                loop(
                    zeebe='<zeebe:loopCharacteristics inputCollection="=items" outputCollection="results" '
                    'outputElement="=result"/>'
                )
            )
        ],
    ),
    "parallel multi-instance without output": (
        "逐项审核",
        "是并行多实例而没有输出集合，各实例填写的内容会互相覆盖",
        [diagram(loop(zeebe='<zeebe:loopCharacteristics inputCollection="=items"/>', sequential="false"))],
        [diagram(loop(zeebe='<zeebe:loopCharacteristics inputCollection="=items"/>', sequential="true"))],
    ),
    "condition that cannot be read": (
        "同意？",
        "的出口“是”的条件写错了：表达式“result == 1”：连写了两个比较符号",
        [diagram(choice(yes="=result == 1"))],
        [diagram(choice(yes="=result = 1"))],
    ),
    "condition in another language": (
        "同意？",
        "的出口“是”的条件用了 javascript",
        [diagram(choice().replace("<conditionExpression>", '<conditionExpression language="javascript">'))],
        [diagram(choice())],
    ),
    "script that cannot be read": (
        "计算",
        "的脚本写错了：表达式“1 +”：表达式没有写完",
        [diagram(simple(script("t", "=1 +", "x")))],
        [diagram(simple(script("t", "=1 + 1", "x")))],
    ),
    "mapping that cannot be read": (
        "计算",
        "的输出“y”写错了：表达式“workdays(1)”：没有名为“workdays”的函数",
        [diagram(simple(script("t", "=1", "x", zeebe=mapping(("=workdays(1)", "y")))))],
        [diagram(simple(script("t", "=1", "x", zeebe=mapping(("=abs(x)", "y"), inputs=(("=z", "w"),)))))],
    ),
    "correlation key that cannot be read": (
        "等待",
        "的关联键写错了",
        [diagram(MESSAGE.replace("=code", "=code +"), simple(catch("c", CATCH_MESSAGE)))],
        [diagram(MESSAGE, simple(catch("c", CATCH_MESSAGE)))],
    ),
    "due date that cannot be read": (
        "办理",
        "的办理期限写错了：“明天”不是有效的日期时间",
        [diagram(simple(user("t", zeebe=CLAUSE + '<zeebe:taskSchedule dueDate="明天"/>')))],
        [diagram(simple(user("t", zeebe=CLAUSE + '<zeebe:taskSchedule dueDate="=due" followUpDate="2027-03-01"/>')))],
    ),
    "duration that cannot be read": (
        "等待",
        "的时间写错了：“3个月”不是有效的时长",
        [diagram(simple(catch("c", timer("timeDuration", "3个月"))))],
        [diagram(simple(catch("c", timer("timeDuration", "P3M"))))],
    ),
    "priority that is no number": (
        "办理",
        "的优先级“高”不是整数",
        [diagram(simple(user("t", zeebe=CLAUSE + '<zeebe:priorityDefinition priority="高"/>')))],
        [diagram(simple(user("t", zeebe=CLAUSE + '<zeebe:priorityDefinition priority="80"/>')))],
    ),
    "list changed in two branches": (
        "同意？",
        "的几个分支（“记录甲”、“记录乙”）都改列表“notes”，汇合时会丢失内容",
        [
            diagram(
                split(
                    script("a", "=append(notes, 1)", "notes", "记录甲"),
                    script("b", "=append(notes, 2)", "notes", "记录乙"),
                )
            )
        ],
        [diagram(split(script("a", "=append(notes, 1)", "notes", "记录甲"), script("b", "=2", "other", "记录乙")))],
    ),
    "call of a process that is not there": (
        "调用",
        "调用的流程 called 不在本次部署中，请选择已有的流程",
        [diagram(call("called"))],
        [diagram(call("called")), diagram(simple(user("t"), id_="called"), path="called.bpmn")],
    ),
    "process that calls itself": (
        "调用",
        "最终又调用了自己所在的流程，永远不会结束；请改画为循环",
        [diagram(call("called")), diagram(call("main", id_="called"), path="called.bpmn")],
        [diagram(call("called")), diagram(simple(user("t"), id_="called"), path="called.bpmn")],
    ),
}
WARNINGS = {
    "missing clause": (
        "办理",
        "没有注明依据条款",
        [diagram(simple(user("t", zeebe="")))],
        [diagram(simple(user("t")))],
    ),
    "variable changed in two branches": (
        "同意？",
        "都改变量“x”，汇合时以后办结的为准",
        [diagram(split(script("a", "=1", "x", "甲"), script("b", "=2", "x", "乙")))],
        [diagram(split(script("a", "=1", "x", "甲"), script("b", "=2", "y", "乙")))],
    ),
}


@pytest.mark.parametrize("fault", ERRORS)
def test_faults_are_refused(feel, fault):
    check(feel, "error", ERRORS[fault])


@pytest.mark.parametrize("fault", WARNINGS)
def test_weaknesses_are_pointed_out(feel, fault):
    check(feel, "warning", WARNINGS[fault])
