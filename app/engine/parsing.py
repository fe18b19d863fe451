"""Reading XML that a stranger may have written: no document type, no entities, no network, no oversized trees."""

from __future__ import annotations

from typing import Final

from lxml import etree

from app.engine.model import DefinitionInvalid, Finding, Resource

BPMN: Final = "http://www.omg.org/spec/BPMN/20100524/MODEL"
ZEEBE: Final = "http://camunda.org/schema/zeebe/1.0"
LARGEST_FILE: Final = 10_000_000


def read_xml(resource: Resource) -> etree._Element:
    """The root element of any XML file of a bundle; DefinitionInvalid when it is unsafe or not XML."""
    if len(resource.content) > LARGEST_FILE:
        raise _invalid(resource, f"文件超过 {LARGEST_FILE // 1_000_000} MB")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )
    try:
        root = etree.fromstring(resource.content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise _invalid(resource, f"文件不是有效的 XML：{error}") from error
    if root.getroottree().docinfo.doctype:  # type: ignore[union-attr]
        raise _invalid(resource, "文件含有 DOCTYPE 声明，不予读取；请用建模工具重新导出")
    return root


def read_diagram(resource: Resource) -> etree._Element:
    """The root of a BPMN diagram; DefinitionInvalid when the file is not BPMN 2.0."""
    root = read_xml(resource)
    if root.tag != f"{{{BPMN}}}definitions":
        raise _invalid(
            resource,
            f"文件不是 BPMN 2.0 流程图：根元素应为命名空间 {BPMN} 的 definitions，实际是 {root.tag}；"
            "请用支持 BPMN 2.0 的建模工具重新导出",
        )
    return root


def _invalid(resource: Resource, message: str) -> DefinitionInvalid:
    return DefinitionInvalid((Finding(file=resource.path, element_id=None, element_name=None, message=message),))
