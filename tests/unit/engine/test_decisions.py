from __future__ import annotations

from datetime import datetime
from xml.sax.saxutils import escape

import pytest

from app.engine.decisions import DecisionError, evaluate, parse_decisions
from app.engine.model import DefinitionInvalid, EngineError, Resource
from app.kernel.clock import ZONE

NOW = datetime(2027, 3, 1, 9, tzinfo=ZONE)


def dmn(*decisions: str, namespace: str = "https://www.omg.org/spec/DMN/20191111/MODEL/") -> Resource:
    text = f'<definitions xmlns="{namespace}" id="d" name="d" namespace="n">{"".join(decisions)}</definitions>'
    return Resource("decisions/test.dmn", text.encode())


def inner(tag: str, text: str | None, attributes: str = "") -> str:
    return "" if text is None else f"<{tag} {attributes}><text>{escape(text)}</text></{tag}>"


def column(expression: str, type_: str = "", allowed: str | None = None) -> str:
    typed = f'typeRef="{type_}"' if type_ else ""
    return f"<input>{inner('inputExpression', expression, typed)}{inner('inputValues', allowed)}</input>"


def output(name: str = "", type_: str = "", allowed: str | None = None, default: str | None = None) -> str:
    typed = f'typeRef="{type_}"' if type_ else ""
    inside = inner("outputValues", allowed) + inner("defaultOutputEntry", default)
    return f'<output name="{name}" {typed}>{inside}</output>'


def rule(tests: list[str], results: list[str]) -> str:
    cells = [inner("inputEntry", test) for test in tests] + [inner("outputEntry", result) for result in results]
    return f"<rule>{''.join(cells)}</rule>"


def table(columns: list[str], rules: list[tuple[list[str], list[str]]], policy: str = 'hitPolicy="UNIQUE"') -> str:
    rows = "".join(rule(tests, results) for tests, results in rules)
    return f"<decisionTable {policy}>{''.join(columns)}{rows}</decisionTable>"


def decision(logic: str, id_: str = "level", *, name: str = "级别", requires: tuple[str, ...] = ()) -> str:
    links = "".join(
        f'<informationRequirement><requiredDecision href="#{r}"/></informationRequirement>' for r in requires
    )
    return f'<decision id="{id_}" name="{name}">{links}{logic}</decision>'


def outcome(feel, resource, id_="level", /, **context):
    decisions = {each.id: each for each in parse_decisions(resource)}
    return evaluate(id_, decisions, context, feel, NOW)


def amounts(policy: str, *rules: tuple[str, str], **options) -> Resource:
    """A table of one number, `estimate`, and one output."""
    return dmn(
        decision(
            table(
                [column("estimate", "number"), output("result", **options)],
                [([test], [result]) for test, result in rules],
                policy,
            )
        )
    )


OVERLAPPING = (("> 0", '"low"'), ("> 100", '"high"'), ("> 200", '"low"'))


def test_unique(feel):
    resource = amounts('hitPolicy="UNIQUE"', ("< 100", '"simple"'), ("[100..200)", '"middle"'), (">= 200", '"full"'))
    assert [outcome(feel, resource, estimate=n) for n in (99.999999, 100, 199, 200)] == [
        "simple",
        "middle",
        "middle",
        "full",
    ]


def test_unique_with_two_matches_is_an_error(feel):
    with pytest.raises(DecisionError, match="决策“级别”：命中策略为“唯一”，但规则 1、2 同时符合"):
        outcome(feel, amounts("", *OVERLAPPING), estimate=150)


def test_first(feel):
    assert outcome(feel, amounts('hitPolicy="FIRST"', *OVERLAPPING), estimate=150) == "low"


def test_any_accepts_equal_results_only(feel):
    resource = amounts('hitPolicy="ANY"', ("> 0", '"a"'), ("> 100", '"a"'), ("> 200", '"b"'))
    assert outcome(feel, resource, estimate=150) == "a"
    with pytest.raises(DecisionError, match="规则 1、2、3 同时符合而结果不同"):
        outcome(feel, resource, estimate=300)


def test_priority_follows_the_order_of_the_output_values(feel):
    resource = amounts('hitPolicy="PRIORITY"', *OVERLAPPING, allowed='"high","low"')
    assert outcome(feel, resource, estimate=300) == "high"
    assert outcome(feel, resource, estimate=50) == "low"


def test_output_order_and_rule_order(feel):
    by_output = amounts('hitPolicy="OUTPUT ORDER"', *OVERLAPPING, allowed='"high","low"')
    by_rule = amounts('hitPolicy="RULE ORDER"', *OVERLAPPING)
    assert outcome(feel, by_output, estimate=300) == ["high", "low", "low"]
    assert outcome(feel, by_rule, estimate=300) == ["low", "high", "low"]
    assert outcome(feel, by_rule, estimate=0) == []


@pytest.mark.parametrize(
    ("aggregation", "expected"), [("SUM", 0.3), ("MIN", 0.1), ("MAX", 0.2), ("COUNT", 2), (None, [0.1, 0.2])]
)
def test_collect(feel, aggregation, expected):
    policy = 'hitPolicy="COLLECT"' + (f' aggregation="{aggregation}"' if aggregation else "")
    resource = amounts(policy, ("> 0", "0.1"), ("> 100", "0.2"), ("> 200", "5"))
    assert outcome(feel, resource, estimate=150) == expected


def test_collect_without_a_match(feel):
    assert outcome(feel, amounts('hitPolicy="COLLECT"', ("> 0", "1")), estimate=0) == []
    assert outcome(feel, amounts('hitPolicy="COLLECT" aggregation="COUNT"', ("> 0", "1")), estimate=0) == 0
    with pytest.raises(DecisionError, match="没有一条规则符合"):
        outcome(feel, amounts('hitPolicy="COLLECT" aggregation="SUM"', ("> 0", "1")), estimate=0)


def test_collect_of_texts_cannot_be_added(feel):
    with pytest.raises(DecisionError, match="必须都是数字"):
        outcome(feel, amounts('hitPolicy="COLLECT" aggregation="SUM"', ("> 0", '"x"')), estimate=1)


def test_no_match_names_the_inputs(feel):
    with pytest.raises(DecisionError, match=r"没有一条规则符合（estimate = -5）"):
        outcome(feel, amounts("", ("> 0", "1")), estimate=-5)
    with pytest.raises(DecisionError, match=r"没有一条规则符合（estimate = 空值）"):
        outcome(feel, amounts("", ("> 0", "1")))


def test_default_output(feel):
    assert outcome(feel, amounts("", ("> 0", '"a"'), default='"none"'), estimate=0) == "none"
    assert outcome(feel, amounts('hitPolicy="RULE ORDER"', ("> 0", '"a"'), default='"none"'), estimate=0) == ["none"]


def test_several_inputs_and_outputs(feel):
    resource = dmn(
        decision(
            table(
                [column("key", "string"), column("as_of", "date"), output("kind", "string"), output("value")],
                [
                    (['"close"', '< date("2026-01-01")'], ['"date"', '"09-30"']),
                    (['"close"', '>= date("2026-01-01")'], ['"date"', '"10-31"']),
                    (['"work","trial"', ""], ['"days"', "20"]),
                ],
            )
        )
    )
    assert outcome(feel, resource, key="close", as_of="2025-12-31") == {"kind": "date", "value": "09-30"}
    assert outcome(feel, resource, key="close", as_of="2026-01-01") == {"kind": "date", "value": "10-31"}
    assert outcome(feel, resource, key="work") == {"kind": "days", "value": 20}


def test_cells_read_variables_and_empty_results_are_null(feel):
    resource = amounts("", ("< limit * 2", "limit + 1"), (">= limit * 2", ""))
    assert outcome(feel, resource, estimate=5, limit=3) == 4
    assert outcome(feel, resource, estimate=6, limit=3) is None


def test_values_of_the_wrong_type_are_errors(feel):
    with pytest.raises(DecisionError, match="表达式“> 0”：文字和数字不能比较"):
        outcome(feel, dmn(decision(table([column("estimate"), output()], [(["> 0"], ["1"])]))), estimate="100")
    with pytest.raises(DecisionError, match="输入“estimate”应为数字，实际是文字"):
        outcome(feel, amounts("", ("> 0", "1")), estimate="100")
    with pytest.raises(DecisionError, match="输出“result”应为文字，实际得到 1"):
        outcome(feel, amounts("", ("-", "1"), type_="string"), estimate=1)
    with pytest.raises(DecisionError, match="输出“result”应为数字，实际得到 true"):
        outcome(feel, amounts("", ("-", "true"), type_="number"), estimate=1)


def test_values_outside_the_allowed_ones_are_errors(feel):
    resource = dmn(
        decision(table([column("kind", "string", '"a","b"'), output("result", "", '"x","y"')], [(["-"], ["result"])]))
    )
    assert outcome(feel, resource, kind="a", result="x") == "x"
    with pytest.raises(DecisionError, match='输入“kind”的值 "c" 不在允许的范围'):
        outcome(feel, resource, kind="c", result="x")
    with pytest.raises(DecisionError, match='输出“result”的值 "z" 不在允许的范围'):
        outcome(feel, resource, kind="b", result="z")


def test_literal_expressions_and_required_decisions(feel):
    resource = dmn(
        decision(inner("literalExpression", "金额 级别 + bonus"), "total", name="合计", requires=("grade", "bonus")),
        decision(
            table([column("estimate", "number"), output("")], [(["< 100"], ["1"]), ([">= 100"], ["2"])]),
            "grade",
            name="金额 级别",
        ),
        '<decision id="bonus" name="加分"><variable name="bonus"/>'
        + inner("literalExpression", "if late then 0 else 10")
        + "</decision>",
    )
    assert outcome(feel, resource, "total", estimate=100, late=False) == 12
    assert outcome(feel, resource, "grade", estimate=1) == 1
    with pytest.raises(DecisionError, match=r"决策“加分”：.*没有变量 late"):
        outcome(feel, resource, "total", estimate=100)


def test_a_missing_required_decision_and_a_cycle_are_errors(feel):
    with pytest.raises(EngineError, match="没有决策“gone”"):
        outcome(feel, dmn(decision(inner("literalExpression", "1"), requires=("gone",))))
    with pytest.raises(EngineError, match="没有决策“other”"):
        outcome(feel, dmn(decision(inner("literalExpression", "1"))), "other")
    circle = dmn(
        decision(inner("literalExpression", "b"), "a", requires=("b",)),
        decision(inner("literalExpression", "a"), "b", requires=("a",)),
    )
    with pytest.raises(EngineError, match="互相依赖：a → b → a"):
        outcome(feel, circle, "a")


def test_a_file_of_the_desktop_modeler(feel):
    text = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" xmlns:dmndi="https://www.omg.org/spec/DMN/20191111/DMNDI/"
  xmlns:dc="http://www.omg.org/spec/DMN/20180521/DC/" xmlns:modeler="http://camunda.org/schema/modeler/1.0"
  id="drd" name="DRD" namespace="http://camunda.org/schema/1.0/dmn" modeler:executionPlatform="Camunda Cloud">
  <decision id="review-method" name="评审方式">
    <decisionTable id="table">
      <input id="i" label="投资额（万元）">
        <inputExpression id="e" typeRef="number"><text>estimate</text></inputExpression></input>
      <output id="o" label="方式" name="review_method" typeRef="string" />
      <rule id="r1"><description>小额</description><inputEntry id="c1"><text>&lt; 500</text></inputEntry>
        <outputEntry id="c2"><text>"written"</text></outputEntry></rule>
      <rule id="r2"><inputEntry id="c3"><text>&gt;= 500</text></inputEntry>
        <outputEntry id="c4"><text>"onsite"</text></outputEntry></rule>
    </decisionTable>
  </decision>
  <dmndi:DMNDI><dmndi:DMNDiagram><dmndi:DMNShape dmnElementRef="review-method">
    <dc:Bounds height="80" width="180" x="160" y="100"/></dmndi:DMNShape></dmndi:DMNDiagram></dmndi:DMNDI>
</definitions>"""
    assert outcome(feel, Resource("a.dmn", text.encode()), "review-method", estimate=500) == "onsite"


@pytest.mark.parametrize(
    ("resource", "message"),
    [
        (Resource("a.dmn", b"<definitions/>"), "不是 DMN"),
        (dmn(namespace="http://www.omg.org/spec/DMN/20151101/dmn.xsd"), "不是 DMN"),
        (Resource("a.dmn", b"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>"), "DOCTYPE"),
        (dmn(decision("")), "没有决策表或表达式"),
        (dmn(decision("<invocation/>")), "不支持其他写法"),
        (dmn(decision(inner("literalExpression", ""))), "表达式是空的"),
        (dmn(decision(inner("literalExpression", "1", 'expressionLanguage="juel"'))), "juel 不受支持"),
        (dmn(decision(table([output()], [([], ["1"])], 'hitPolicy="SOME"'))), "不认识命中策略 SOME"),
        (dmn(decision(table([output()], [([], ["1"])], 'aggregation="SUM"'))), "只用于命中策略 COLLECT"),
        (dmn(decision(table([column("a")], []))), "没有输出列"),
        (dmn(decision(table([column(""), output()], [(["-"], ["1"])]))), "没有表达式"),
        (dmn(decision(table([column("a"), output()], [([], ["1"])]))), "规则 1 的格数与列数不符"),
        (dmn(decision(table([output(), output()], [([], ["1", "2"])]))), "各不相同的名称"),
        (dmn(decision("<knowledgeRequirement/>" + inner("literalExpression", "1"))), "业务知识模型"),
        (dmn(decision(inner("literalExpression", "1"), "")), "没有 id"),
    ],
)
def test_files_that_cannot_be_read(resource, message):
    with pytest.raises(DefinitionInvalid, match=message):
        parse_decisions(resource)
