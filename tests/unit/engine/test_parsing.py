from __future__ import annotations

import pytest

from app.engine.model import DefinitionInvalid, Resource
from app.engine.parsing import LARGEST_FILE, read_diagram
from tests.support.diagrams import CLAUSE, diagram, end, line, node, process, simple, start, user


@pytest.mark.parametrize(
    "doctype",
    [
        "<!DOCTYPE definitions>",
        '<!DOCTYPE d [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE d SYSTEM "http://127.0.0.1:9/x.dtd">',
        '<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>',
    ],
)
def test_a_document_type_is_refused(engine, doctype):
    content = diagram(simple(user("a"))).content.decode().replace("办理", "&e;" if "&e" in doctype else "办理")
    with pytest.raises(DefinitionInvalid, match="DOCTYPE"):
        engine.compile([Resource("main.bpmn", f"{doctype}{content}".encode())])


@pytest.mark.parametrize("content", [b"", b"no xml", b"<a><b></a>", b"\x00", b"<a>&nbsp;</a>"])
def test_what_is_no_xml_is_refused(content):
    with pytest.raises(DefinitionInvalid, match="不是有效的 XML"):
        read_diagram(Resource("main.bpmn", content))


def test_a_wrong_namespace_is_named():
    content = b'<definitions xmlns="http://www.omg.org/spec/BPMN/20040524/MODEL"/>'
    with pytest.raises(DefinitionInvalid, match="20040524") as refused:
        read_diagram(Resource("main.bpmn", content))
    assert refused.value.findings[0].file == "main.bpmn"


def test_deep_and_large_files_are_refused():
    with pytest.raises(DefinitionInvalid):
        read_diagram(Resource("main.bpmn", b"<a>" * 5000 + b"</a>" * 5000))
    with pytest.raises(DefinitionInvalid, match="MB"):
        read_diagram(Resource("main.bpmn", b" " * (LARGEST_FILE + 1)))


def test_all_files_are_judged_at_once(engine):
    files = [
        Resource("a.bpmn", b"<broken"),
        Resource("b.bpmn", b"<other/>"),
        diagram(process(start(), node("manualTask", "m", "手工"), end(), line("start", "m", "end"))),
        diagram(simple(user("a")), path="z.bpmn"),
    ]
    with pytest.raises(DefinitionInvalid) as refused:
        engine.compile(files)
    assert {finding.file for finding in refused.value.findings} == {"a.bpmn", "b.bpmn", "main.bpmn", "z.bpmn"}
    assert any("手工任务" in finding.message for finding in refused.value.findings)
    assert any("已在 main.bpmn 中使用" in finding.message for finding in refused.value.findings)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ((start(), end(), start(), line("start", "end")), "重复的元素 id"),
        ((start(), end(), line("start", "nowhere")), "不存在，请重新连线"),
        ((user("a"), end(), line("a", "end")), "没有开始事件"),
        ((start(), end(), '<userTask name="x"/>', line("start", "end")), "没有 id"),
    ],
)
def test_what_cannot_be_built_is_explained(engine, parts, message):
    with pytest.raises(DefinitionInvalid, match=message):
        engine.compile([diagram(process(*parts), picture=False)])


def test_definitions_describe_what_was_drawn(engine):
    documented = "<documentation>按 3.2-7 办理</documentation>"
    lanes = '<laneSet id="l"><lane id="l1" name="财政局"><flowNodeRef>a</flowNodeRef></lane></laneSet>'
    inner = start("ss") + user("u", "内部") + end("se") + line("ss", "u", "se")
    model = process(
        lanes,
        start(),
        user("a", "会签\n 审核", documented),
        node("subProcess", "sp", "子流程", inner, zeebe=CLAUSE),
        end(),
        line("start", "a", "sp", "end"),
    )
    definitions = engine.compile([diagram(model)])
    element = definitions.element("main", "a")
    assert (element.name, element.type, element.lane, element.role) == ("会签 审核", "userTask", "财政局", "finance")
    assert (element.documentation, element.clauses, element.form_id) == ("按 3.2-7 办理", ("3.2-7",), "form")
    assert definitions.element("main", "u").subprocess == "sp"
    assert (definitions.roles, definitions.form_ids) == (frozenset({"finance"}), frozenset({"form"}))
    assert definitions.processes["main"].name == "主流程"


def test_a_process_that_is_not_executable_is_left_out(engine):
    drawn = process(start("s2"), end("e2"), line("s2", "e2"), id_="outside", is_executable="false")
    assert list(engine.compile([diagram(simple(user("a")), drawn)]).processes) == ["main"]
