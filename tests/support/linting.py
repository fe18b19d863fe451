"""Lints models in tests, and draws the ones that several tests start from."""

from __future__ import annotations

from app.engine.building import build
from app.engine.decisions import parse_decisions
from app.engine.dialect import Reader
from app.engine.lint import Drawing, lint
from app.engine.model import Resource
from app.engine.parsing import read_diagram
from tests.support.diagrams import CLAUSE, diagram, end, event, flow, gateway, line, node, process, simple, start, user

MESSAGE = node("message", "m", "通知", zeebe='<zeebe:subscription correlationKey="=code"/>')
CATCH_MESSAGE = '<messageEventDefinition messageRef="m"/>'


def findings(feel, *resources):
    """All that keeps these files from being deployed, or ought to be better."""
    drawings, decisions, found = [], [], []
    for resource in resources:
        if resource.path.endswith(".dmn"):
            decisions += parse_decisions(resource)
        else:
            root = read_diagram(resource)
            reader = Reader(root, resource.path)
            drawings.append(Drawing(resource.path, root, tuple(reader.processes())))
            found += reader.findings
    found += build(process for drawing in drawings for process in drawing.processes)[2]
    return found + lint(drawings, decisions, feel)


def check(feel, severity, case):
    """The faulty files have the finding, which names the element and says what to do; the corrected ones have none."""
    name, message, faulty, corrected = case
    found = findings(feel, *faulty)
    meant = [each for each in found if message in each.message and each.severity == severity]
    assert meant, [each.message for each in found]
    assert all(name is None or name in f"{each.element_name} {each.message}" for each in meant)
    assert all("；" in each.message or "请" in each.message for each in meant)
    assert findings(feel, *corrected) == []


def choice(*, default="no", yes="=ok", no=None, name="同意？", answer="是"):
    """start → gateway → two ends; by default the flow `no` is the default one."""
    return process(
        start(),
        gateway("g", "exclusive", name, default),
        end("a"),
        end("b"),
        flow("start", "g"),
        flow("g", "a", yes, id_="yes", name=answer),
        flow("g", "b", no, id_="no", name="否"),
    )


def split(*branches, kind="parallel", condition=None):
    """start → split → the branches, each one element → join → end; the condition is of all flows that split."""
    ids = [branch.split('id="', 1)[1].split('"', 1)[0] for branch in branches]
    flows = [flow("start", "split"), flow("join", "end")]
    flows += [flow("split", id_, condition) + flow(id_, "join") for id_ in ids]
    return process(start(), gateway("split", kind), gateway("join", kind), *branches, end(), *flows)


def sub(*parts, tag="subProcess", boundary="", boundary_flow="", **more):
    """start → sub-process → end, with a boundary event that leads to an end of its own."""
    return process(
        start(),
        node(tag, "s", "子流程", "".join(parts), **more),
        boundary,
        end(),
        line("start", "s", "end"),
        boundary_flow,
    )


def guarded(boundary, activity=None):
    """start → activity with a boundary event → end."""
    return process(
        start(),
        activity or user("t"),
        boundary,
        end(),
        end("late", name="超时"),
        line("start", "t", "end"),
        flow("boundary", "late"),
    )


def race(*targets):
    ids = [target.split('id="', 1)[1].split('"', 1)[0] for target in targets]
    ways = [flow("g", id_) + flow(id_, "end") for id_ in ids]
    return process(start(), gateway("g", "eventBased"), *targets, end(), flow("start", "g"), *ways)


def catch(id_, definition, name="等待"):
    return event("intermediateCatchEvent", id_, definition, name)


def loop(*, zeebe, sequential="true", inside=""):
    marker = node("multiInstanceLoopCharacteristics", "loop", None, inside, zeebe=zeebe, is_sequential=sequential)
    return simple(user("t", "逐项审核", marker))


def dmn(rules, *, policy="UNIQUE", type_="number", output='name="x"', inside="", id_="level", requires=""):
    rows = "".join(
        f"<rule><inputEntry><text>{test}</text></inputEntry><outputEntry><text>{value}</text></outputEntry></rule>"
        for test, value in rules
    )
    return (
        f'<decision id="{id_}" name="级别">{requires}<decisionTable hitPolicy="{policy}">'
        f'<input label="投资额"><inputExpression typeRef="{type_}"><text>estimate</text></inputExpression></input>'
        f"<output {output}>{inside}</output>{rows}</decisionTable></decision>"
    )


def call(process_id, id_="main", propagate=None):
    element = node("calledElement", "", None, process_id=process_id, propagate_all_child_variables=propagate)
    zeebe = element.replace("calledElement", "zeebe:calledElement").replace(' id=""', "")
    return simple(node("callActivity", "call", "调用", zeebe=CLAUSE + zeebe), id_=id_)


def decisions(*parts):
    text = f'<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" name="d">{"".join(parts)}</definitions>'
    return Resource("decisions/test.dmn", text.encode())


LEVEL = decisions(dmn([("&lt; 100", "1"), (">= 100", "2")]))


def rule_task(decision="level", result="level"):
    return simple(
        node(
            "businessRuleTask",
            "t",
            "判定级别",
            zeebe=CLAUSE
            + (f'<zeebe:calledDecision decisionId="{decision}"' if decision else "<zeebe:calledDecision")
            + (f' resultVariable="{result}"/>' if result else "/>"),
        )
    )


def service(zeebe='<zeebe:taskDefinition type="check"/>', tag="serviceTask", **more):
    return simple(node(tag, "t", "核对", zeebe=zeebe + CLAUSE, **more))


ERROR = node("error", "e", None, error_code="E1")
ERROR_END = end("boom", '<errorEventDefinition errorRef="e"/>', "出错")
ESCALATION = node("escalation", "x", None, escalation_code="X1")
ESCALATION_END = end("boom", '<escalationEventDefinition escalationRef="x"/>', "上报")
INNER = start("in") + user("work", "内部办理")
ERROR_BOUNDARY = event("boundaryEvent", "b", '<errorEventDefinition errorRef="e"/>', "捕获", attached_to_ref="s")
CANCEL_END = end("stop", "<cancelEventDefinition/>", "取消")


def failing(ending, root, boundary=""):
    inside = INNER + ending + line("in", "work", "boom")
    reaction = boundary and end("caught", name="已处理") + flow("b", "caught")
    return diagram(root, sub(inside, boundary=boundary, boundary_flow=reaction))
