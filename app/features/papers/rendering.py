"""Filling a template, and checking one before it is kept: nothing in it is ever executed.

Templates are Word files whose placeholders are those of docxtpl, Jinja in double braces. Of Jinja they may use the
placeholders of their kind, repetition over rows, and conditions on placeholders; no calls, filters, or attributes but
the columns of rows.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from docx.opc.exceptions import PackageNotFoundError
from docxtpl import DocxTemplate
from jinja2 import TemplateError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment
from lxml import etree

from app.features.papers.model import Kind
from app.features.papers.values import Value
from app.kernel.errors import Invalid

MAX_TEMPLATE: Final = 5 * 1024 * 1024
_MAX_UNPACKED: Final = 50 * 1024 * 1024
_MAX_PARTS: Final = 2000
_ALLOWED: Final = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Getattr,
    nodes.For,
    nodes.If,
    nodes.Not,
    nodes.And,
    nodes.Or,
    nodes.Const,
    nodes.Compare,
    nodes.Operand,
)
_RELATIONSHIP: Final = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"


def render(template: bytes, values: Mapping[str, Value], *, title: str, at: datetime) -> bytes:
    """The document: a Word file with the template's placeholders replaced."""
    document = DocxTemplate(io.BytesIO(template))
    document.render(dict(values), jinja_env=_environment())
    known = document.docx.core_properties
    known.title, known.author, known.last_modified_by, known.comments = title, "峄程", "峄程", ""
    known.created = known.modified = at.replace(tzinfo=None)
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def check(template: bytes, kind: Kind) -> None:
    """Raises Invalid, in words for a clerk, unless the file will do as a template of this kind."""
    problems = _problems(template, kind)
    if problems:
        raise Invalid("模板没有保存。" + "".join(problems), {"template": "".join(problems)})


def _problems(template: bytes, kind: Kind) -> list[str]:
    if len(template) > MAX_TEMPLATE:
        return [f"模板不能超过 {MAX_TEMPLATE // 1024 // 1024} MB。"]
    if problem := _package_problem(template):
        return [problem]
    try:
        found = [problem for text in _texts(template) for problem in _misuse(text, kind)]
        if not found:
            blank: dict[str, Value] = {name: [] if columns else "" for name, columns in kind.placeholders.items()}
            render(template, blank, title="", at=datetime(2000, 1, 1))  # noqa: DTZ001  (a date of no meaning)
    except TemplateError as error:
        return [f"占位符写法有误：{error.message or error}。请检查双花括号和循环的开头、结尾是否成对。"]
    except (PackageNotFoundError, KeyError, ValueError, etree.XMLSyntaxError, UnicodeDecodeError):
        return ["文件不能作为 Word 文档打开，请用 WPS 另存为 docx 后再上传。"]
    return list(dict.fromkeys(found))


def _package_problem(template: bytes) -> str | None:
    """Why a file is no plain Word document: not a package, too large unpacked, with macros or parts from elsewhere."""
    try:
        with zipfile.ZipFile(io.BytesIO(template)) as package:
            parts = package.infolist()
            if len(parts) > _MAX_PARTS or sum(part.file_size for part in parts) > _MAX_UNPACKED:
                return "文件解开后太大，请精简后再上传。"
            names = [part.filename for part in parts]
            if "word/document.xml" not in names:
                return "文件不是 docx 文档，请用 WPS 另存为 docx 后再上传。"
            if any("vbaproject" in name.lower() or "/embeddings/" in name.lower() for name in names):
                return "文件里有宏或嵌入的对象，请删除后再上传。"
            if any(_refers_elsewhere(package.read(name)) for name in names if name.endswith(".rels")):
                return "文件引用了外部的模板或图片，请改为嵌入后再上传。"
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError, etree.XMLSyntaxError):
        return "文件不是 docx 文档，请用 WPS 另存为 docx 后再上传。"
    return None


def _refers_elsewhere(relationships: bytes) -> bool:
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    return any(
        each.get("TargetMode") == "External" and not str(each.get("Type", "")).endswith("/hyperlink")
        for each in etree.fromstring(relationships, parser).iter(_RELATIONSHIP)
    )


def _texts(template: bytes) -> Iterator[str]:
    """Every part of the document in which docxtpl looks for placeholders, as it reads them."""
    document = DocxTemplate(io.BytesIO(template))
    with zipfile.ZipFile(io.BytesIO(template)) as package:
        for name in package.namelist():
            if name.startswith(("word/", "docProps/")) and name.endswith(".xml"):
                yield document.patch_xml(package.read(name).decode("utf-8"))


def _misuse(text: str, kind: Kind) -> list[str]:
    """What a template names that its kind does not offer, or does that templates may not do."""
    parsed = _environment().parse(text)
    known = kind.placeholders
    problems = [
        f"模板里不能使用“{type(node).__name__}”这样的写法，只能用占位符、循环和条件。"
        for node in _everything(parsed)
        if not isinstance(node, _ALLOWED)
    ]
    loops = list(parsed.find_all(nodes.For))
    rows = {"loop": frozenset({"index"})} if loops else {}
    for loop in loops:
        named = loop.iter.name if isinstance(loop.iter, nodes.Name) else ""
        if not isinstance(loop.target, nodes.Name) or not known.get(named):
            problems.append("循环只能逐行重复一个明细表，例如“{%tr for 行 in 近年项目 %}”。")
            continue
        if any(loop.find_all(nodes.For)):
            problems.append("循环里不能再有循环。")
        rows[loop.target.name] = rows.get(loop.target.name, frozenset()) | known[named]
    names = (each.name for each in parsed.find_all(nodes.Name))
    problems += [f"没有“{name}”这个占位符。" for name in names if name not in known and name not in rows]
    for member in parsed.find_all(nodes.Getattr):
        columns = rows.get(member.node.name, frozenset()) if isinstance(member.node, nodes.Name) else frozenset()
        if member.attr not in columns:
            problems.append(f"没有“{member.attr}”这一列。")
    return problems


def _everything(node: nodes.Node) -> list[nodes.Node]:
    return [node, *(below for child in node.iter_child_nodes() for below in _everything(child))]


def _environment() -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(autoescape=True)
