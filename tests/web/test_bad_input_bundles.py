"""Bundles that cannot be run are refused as a whole, with findings that name file and element in Chinese."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from app.bootstrap import FORMS, PROCESSES, Application
from app.engine.model import Resource
from app.features.definitions.model import BundleRefused
from app.features.definitions.usecases import read_directories
from app.kernel.errors import Conflict

BPMN, DMN, FORM = "application.bpmn", "decisions/application-route.dmn", "declare-scope.form"
ENTITY = b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
LAUGHS = b'<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'


def after_declaration(inserted: bytes) -> Callable[[bytes], bytes]:
    return lambda content: content.replace(b"?>", b"?>" + inserted, 1)


def instead(old: str, new: str) -> Callable[[bytes], bytes]:
    def change(content: bytes) -> bytes:
        assert old.encode() in content
        return content.replace(old.encode(), new.encode(), 1)

    return change


def always(content: bytes) -> Callable[[bytes], bytes]:
    return lambda _: content


def schema(**changes: object) -> Callable[[bytes], bytes]:
    return lambda content: json.dumps({**json.loads(content), **changes}).encode()


# The file, what is done to it, and the element or words that the finding names.
FAULTS: dict[str, tuple[str, Callable[[bytes], bytes], str]] = {
    "diagram with an entity": (BPMN, after_declaration(ENTITY), "DOCTYPE"),
    "diagram with entities in entities": (BPMN, after_declaration(LAUGHS), "DOCTYPE"),
    "diagram of another namespace": (BPMN, instead("omg.org/spec/BPMN/20100524", "omg.org/spec/BPMN/1999"), ""),
    "diagram that is no XML": (BPMN, always(b"\x00\x01 not xml"), "XML"),
    "diagram cut off": (BPMN, lambda content: content[:5000], "XML"),
    "empty diagram": (BPMN, always(b""), ""),
    "page instead of a diagram": (BPMN, always(b"<html><body/></html>"), ""),
    "unsupported gateway": (
        BPMN,
        lambda content: content.replace(b"exclusiveGateway", b"complexGateway"),
        "“适用本细则？”不支持复杂网关",
    ),
    "unsupported task": (BPMN, instead('<bpmn:userTask id="declare-scope"', '<bpmn:manualTask id="declare-scope"'), ""),
    "flow to nowhere": (BPMN, instead('targetRef="decide-route"', 'targetRef="nirgends"'), "nirgends"),
    "unknown role": (
        BPMN,
        instead('candidateGroups="data-bureau"', 'candidateGroups="administrator"'),
        "认定特殊情况",
    ),
    "unknown form": (BPMN, instead('formId="declare-scope"', 'formId="../declare"'), "填报适用范围"),
    "unknown check": (BPMN, instead('value="check-scope"', 'value="os.system"'), "填报适用范围"),
    "unknown decision": (BPMN, instead('decisionId="application-route"', 'decisionId="nonsense"'), "判定办理途径"),
    "condition that is no FEEL": (BPMN, instead('application_route = "classified"', 'import("os")('), ""),
    "table with an entity": (DMN, after_declaration(ENTITY), "DOCTYPE"),
    "table that is no XML": (DMN, always(b"<definitions"), "XML"),
    "table of another namespace": (DMN, instead("20191111", "19991111"), ""),
    "table without its rules": (
        DMN,
        lambda content: re.sub(rb"<decisionTable.*</decisionTable>", b"", content, flags=re.DOTALL),
        "",
    ),
    "cell that is no FEEL": (DMN, instead('<text>"classified"</text>', "<text>classified((</text>"), ""),
    "form that is no JSON": (FORM, always(b"{"), "JSON"),
    "form in another encoding": (FORM, always("表单".encode("gb18030")), "JSON"),
    "form that is a list": (FORM, always(b"[]"), ""),
    "form that is a number": (FORM, always(b"1e999"), ""),
    "form nested without end": (FORM, always(b"[" * 100_000), ""),
    "form without components": (FORM, schema(components=None), ""),
    "form with components that are none": (FORM, schema(components=[1, None, "x", []]), ""),
    "form with an unsupported component": (FORM, schema(components=[{"type": "iframe", "url": "https://a"}]), "iframe"),
    "form with a script": (FORM, schema(components=[{"type": "html", "content": "<script>"}]), "html"),
    "form with a key twice": (FORM, schema(components=[{"type": "number", "key": "a", "label": "甲"}] * 2), ""),
    "form with a broken condition": (
        FORM,
        schema(components=[{"type": "number", "key": "a", "label": "甲", "conditional": {"hide": "=a >"}}]),
        "甲",
    ),
    "form with a strange key": (FORM, schema(components=[{"type": "number", "key": "__a.b[0]", "label": "甲"}]), ""),
    "form under another's id": (FORM, schema(id="confirm-classified"), "confirm-classified"),
}


@pytest.fixture(scope="module")
def bundle() -> list[Resource]:
    return read_directories(PROCESSES, FORMS)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_bundle_is_refused_by_file_and_element(product: Application, bundle: list[Resource], fault: str):
    path, change, named = FAULTS[fault]
    faulty = [replace(each, content=change(each.content)) if each.path == path else each for each in bundle]
    with pytest.raises(BundleRefused) as refusal:
        product.definitions.deploy(None, faulty)
    errors = [finding for finding in refusal.value.findings if finding.severity == "error"]
    assert path in {finding.file for finding in errors}
    for finding in errors:
        assert re.search("[一-龥]", finding.message), finding
        assert "Traceback" not in finding.message
    assert named in refusal.value.message
    assert "root:" not in refusal.value.message
    with pytest.raises(Conflict):
        product.definitions.current()


def test_what_is_no_part_of_a_bundle_is_refused(product: Application, bundle: list[Resource]):
    for resources in (
        [],
        [Resource("readme.txt", b"x")],
        [*bundle, Resource("../etc/passwd", b"x")],
        bundle + bundle[:1],
    ):
        with pytest.raises(BundleRefused) as refusal:
            product.definitions.deploy(None, resources)
        assert re.search("[一-龥]", refusal.value.message)
