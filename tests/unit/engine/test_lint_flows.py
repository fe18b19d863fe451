"""Flows, gateways and events: the faulty model is found by the name of the element, the corrected one passes."""

from __future__ import annotations

import pytest

from tests.support.diagrams import (
    CLAUSE,
    diagram,
    end,
    event,
    flow,
    gateway,
    line,
    node,
    process,
    simple,
    start,
    timer,
    user,
)
from tests.support.linting import (
    CANCEL_END,
    CATCH_MESSAGE,
    ERROR,
    ERROR_BOUNDARY,
    ERROR_END,
    ESCALATION,
    ESCALATION_END,
    INNER,
    MESSAGE,
    catch,
    check,
    choice,
    failing,
    findings,
    guarded,
    race,
    split,
    sub,
)

TRANSACTION = sub(
    INNER,
    CANCEL_END,
    line("in", "work", "stop"),
    tag="transaction",
    boundary=event("boundaryEvent", "b", "<cancelEventDefinition/>", "已取消", attached_to_ref="s"),
    boundary_flow=end("cancelled", name="撤回") + flow("b", "cancelled"),
)
# For each fault: the element, part of the message, the faulty files, the corrected ones.
ERRORS = {
    "condition behind a task": (
        "办理",
        "之后的连线“是”带有条件，运行时不会判断；请在它后面画一个排他网关",
        [diagram(process(start(), user("t"), end(), flow("start", "t"), flow("t", "end", "=ok")))],
        [diagram(simple(user("t")))],
    ),
    "condition behind a parallel gateway": (
        "同意？",
        "并行网关“同意？”之后的连线“是”带有条件",
        [diagram(split(user("a"), user("b"), condition="=ok"))],
        [diagram(split(user("a"), user("b")))],
    ),
    "implicit split": (
        "办理",
        "有 2 条出口，没有说明是都走还是选一条；请在它后面画网关：都走用并行网关",
        [diagram(process(start(), user("t"), end("a"), end("b"), line("start", "t", "a"), flow("t", "b")))],
        [diagram(split(user("a"), user("b")))],
    ),
    "no default flow": (
        "同意？",
        "没有默认出口，条件都不成立时流程会停住；请把其中一条出口设为默认",
        [diagram(choice(default=None, no="=not(ok)"))],
        [diagram(choice())],
    ),
    "default flow with a condition": (
        "同意？",
        "默认出口又写了条件",
        [diagram(choice(no="=not(ok)"))],
        [diagram(choice())],
    ),
    "exit without a condition": (
        "同意？",
        "的出口“是”没有条件；请写上条件",
        [diagram(choice(yes=None))],
        [diagram(choice())],
    ),
    "one exit with a condition": (
        "同意？",
        "只有一条出口却带有条件",
        [diagram(process(start(), gateway("g"), end(), flow("start", "g"), flow("g", "end", "=ok")))],
        [diagram(choice())],
    ),
    "event gateway that leads to a task": (
        "同意？",
        "之后只能是中间捕获事件或接收任务，不能是“办理”",
        [diagram(race(catch("c", timer("timeDuration", "P1D")), user("t")))],
        [diagram(race(catch("c", timer("timeDuration", "P1D")), catch("d", timer("timeDuration", "P2D"))))],
    ),
    "event gateway with one event": (
        "同意？",
        "至少要有两个等待的事件",
        [diagram(race(catch("c", timer("timeDuration", "P1D"))))],
        [diagram(simple(catch("c", timer("timeDuration", "P1D"))))],
    ),
    "start event with a way in": (
        "开始",
        "不能有入口；要退回重做，请把连线接到它后面的第一个任务",
        [
            diagram(
                process(
                    start(),
                    gateway("g", "exclusive", "齐全？", "no"),
                    end(),
                    flow("start", "g"),
                    flow("g", "start", "=ok"),
                    flow("g", "end", id_="no"),
                )
            )
        ],
        [diagram(choice())],
    ),
    "end event with a way out": (
        "结束",
        "不能有出口；流程还要继续时，请改画为中间事件",
        [diagram(process(start(), end(), user("t"), end("e2", name="办结"), line("start", "end", "t", "e2")))],
        [diagram(simple(user("t")))],
    ),
    "unreachable element": (
        "补充说明",
        "从开始事件走不到，永远不会执行；请补上连线",
        [
            diagram(
                process(start(), user("t"), user("u", "补充说明"), end(), line("start", "t", "end"), flow("u", "end"))
            )
        ],
        [diagram(simple(user("t"), user("u", "补充说明")))],
    ),
    "two start events": (
        "开始",
        "等 2 个普通开始事件只会启动一个",
        [diagram(process(start(), start("s2", name="另一个开始"), end(), flow("start", "end"), flow("s2", "end")))],
        [diagram(process(start(), end(), flow("start", "end")))],
    ),
    "timer start event": (
        "开始",
        "只能由人或消息启动",
        [diagram(process(start(inside=timer("timeCycle", "R/P1D")), end(), flow("start", "end")))],
        [diagram(MESSAGE, process(start(inside=CATCH_MESSAGE), end(), flow("start", "end")))],
    ),
    "message start in a sub-process": (
        "开始",
        "在子流程中不能等待消息或时间",
        [diagram(MESSAGE, sub(start("in", CATCH_MESSAGE), user("work"), end("out"), line("in", "work", "out")))],
        [diagram(sub(start("in"), user("work"), end("out"), line("in", "work", "out")))],
    ),
    "event sub-process": (
        "子流程",
        "是事件子流程，不能运行；请改画为普通子流程，把触发它的事件画成边界事件",
        [
            diagram(
                ERROR,
                process(
                    start(),
                    user("t"),
                    end(),
                    line("start", "t", "end"),
                    node(
                        "subProcess",
                        "s",
                        "子流程",
                        start("in", '<errorEventDefinition errorRef="e"/>') + end("out") + flow("in", "out"),
                        triggered_by_event="true",
                    ),
                ),
            )
        ],
        [diagram(simple(user("t")))],
    ),
    "catch event that waits for nothing": (
        "等待",
        "没有说明等待什么；请改画为消息、定时或信号捕获事件",
        [diagram(simple(catch("c", "")))],
        [diagram(simple(catch("c", timer("timeDate", "=date(due)"))))],
    ),
    "error thrown in the middle": (
        "事件",
        "不能用于错误；请改画为消息、信号或升级抛出事件，错误和终止只能画成结束事件",
        [diagram(ERROR, simple(event("intermediateThrowEvent", "t", '<errorEventDefinition errorRef="e"/>')))],
        [diagram(simple(event("intermediateThrowEvent", "t", "")))],
    ),
    "error boundary that does not interrupt": (
        "捕获",
        "捕获错误时必然中断所在的活动",
        [failing(ERROR_END, ERROR, ERROR_BOUNDARY.replace(">", ' cancelActivity="false">', 1))],
        [failing(ERROR_END, ERROR, ERROR_BOUNDARY)],
    ),
    "uncaught error": (
        "出错",
        "抛出的错误“E1”没有人捕获；请在外层子流程或调用活动上画错误边界事件",
        [failing(ERROR_END, ERROR)],
        [failing(ERROR_END, ERROR, ERROR_BOUNDARY)],
    ),
    "error uncaught by the caller": (
        "出错",
        "抛出的错误“E1”没有人捕获",
        [
            diagram(ERROR, process(start(), ERROR_END, flow("start", "boom"), id_="called"), path="called.bpmn"),
            diagram(
                simple(node("callActivity", "t", "调用", zeebe=CLAUSE + '<zeebe:calledElement processId="called"/>'))
            ),
        ],
        [
            diagram(ERROR, process(start(), ERROR_END, flow("start", "boom"), id_="called"), path="called.bpmn"),
            diagram(
                ERROR,
                guarded(
                    event(
                        "boundaryEvent", "boundary", '<errorEventDefinition errorRef="e"/>', "捕获", attached_to_ref="t"
                    ),
                    node("callActivity", "t", "调用", zeebe=CLAUSE + '<zeebe:calledElement processId="called"/>'),
                ),
            ),
        ],
    ),
    "cancel outside a transaction": (
        "取消",
        "只能画在事务子流程中或事务子流程的边界上",
        [diagram(sub(INNER, CANCEL_END, line("in", "work", "stop")))],
        [diagram(TRANSACTION)],
    ),
    "cancel that nobody catches": (
        "取消",
        "取消后无处可去；请在事务子流程“子流程”上画取消边界事件",
        [diagram(sub(INNER, CANCEL_END, line("in", "work", "stop"), tag="transaction"))],
        [diagram(TRANSACTION)],
    ),
    "message without a correlation key": (
        "等待",
        "的消息“通知”没有关联键，不知道是哪个事项的",
        [diagram(node("message", "m", "通知"), simple(catch("c", CATCH_MESSAGE)))],
        [diagram(MESSAGE, simple(catch("c", CATCH_MESSAGE)))],
    ),
    "plain task": (
        "办理",
        "普通任务没有说明由谁办理或做什么，请改画为用户任务",
        [diagram(simple(user("t"), node("task", "u", "办理")))],
        [diagram(simple(user("t")))],
    ),
    "manual task": (
        "寄送",
        "手工任务不会出现在待办中，请改画为用户任务",
        [diagram(simple(user("t"), node("manualTask", "u", "寄送")))],
        [diagram(simple(user("t")))],
    ),
    "complex gateway": (
        "表决",
        "不支持复杂网关，请改画为排他、并行或包容网关",
        [diagram(simple(user("t"), node("complexGateway", "u", "表决")))],
        [diagram(simple(user("t")))],
    ),
    "ad-hoc sub-process": (
        "自由办理",
        "不支持即席子流程，请改画为普通子流程",
        [diagram(simple(user("t"), node("adHocSubProcess", "u", "自由办理")))],
        [diagram(simple(user("t")))],
    ),
    "link event": (
        "转到",
        "不支持事件类型 link，请改画为",
        [diagram(simple(user("t"), event("intermediateThrowEvent", "u", '<linkEventDefinition name="a"/>', "转到")))],
        [diagram(simple(user("t")))],
    ),
    "compensation throw": (
        "撤销",
        "不支持事件类型 compensate，请改画为",
        [diagram(simple(user("t"), event("intermediateThrowEvent", "u", "<compensateEventDefinition/>", "撤销")))],
        [diagram(simple(user("t")))],
    ),
    "unknown message": (
        "等待",
        "没有指明消息，请在属性面板中选择或新建消息并命名",
        [diagram(simple(catch("c", CATCH_MESSAGE)))],
        [diagram(MESSAGE, simple(catch("c", CATCH_MESSAGE)))],
    ),
}
WARNINGS = {
    "unnamed question": ("网关“g”", "没有名称；请写上要判断的问题", [diagram(choice(name=None))], [diagram(choice())]),
    "unnamed answer": ("同意？", "有的出口没有名称", [diagram(choice(answer=None))], [diagram(choice())]),
    "way that ends nowhere": (
        "办理",
        "之后没有连线，流程会在这里停下而没有结论",
        [diagram(process(start(), user("t"), flow("start", "t")))],
        [diagram(simple(user("t")))],
    ),
    "uncaught escalation": (
        "上报",
        "发出的升级“X1”没有人捕获",
        [failing(ESCALATION_END, ESCALATION)],
        [
            failing(
                ESCALATION_END,
                ESCALATION,
                event(
                    "boundaryEvent", "b", '<escalationEventDefinition escalationRef="x"/>', "捕获", attached_to_ref="s"
                ),
            )
        ],
    ),
    "message that nobody receives": (
        "事件",
        "发出的消息“通知”没有任何流程接收",
        [diagram(MESSAGE, simple(event("intermediateThrowEvent", "t", CATCH_MESSAGE)))],
        [diagram(MESSAGE, simple(event("intermediateThrowEvent", "t", CATCH_MESSAGE), catch("c", CATCH_MESSAGE)))],
    ),
}


@pytest.mark.parametrize("fault", ERRORS)
def test_faults_are_refused(feel, fault):
    check(feel, "error", ERRORS[fault])


@pytest.mark.parametrize("fault", WARNINGS)
def test_weaknesses_are_pointed_out(feel, fault):
    check(feel, "warning", WARNINGS[fault])


def test_findings_name_the_file_and_the_element(feel):
    (found,) = findings(feel, diagram(simple(user("t", "审核\n材料", zeebe="")), path="processes/x.bpmn"))
    assert (found.file, found.element_id, found.element_name) == ("processes/x.bpmn", "t", "审核 材料")


def test_errors_come_first(feel):
    found = findings(feel, diagram(simple(user("t", zeebe="").replace("<userTask", '<userTask camunda:priority="1"'))))
    assert [each.severity for each in found] == ["error", "warning"]
