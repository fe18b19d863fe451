"""A decision table that changes from a day on, as a process owner changes it: an end for the old row, and a new row."""

from __future__ import annotations

import copy
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from datetime import date

from app.engine.model import Resource

_SPACE = "{https://www.omg.org/spec/DMN/20191111/MODEL/}"
_DATED = "date(as_of)"


class TableUnclear(ValueError):
    """The table cannot be changed like this; the message is Chinese."""


def amended(
    resources: list[Resource], decision: str, *, since: date, where: Mapping[str, str], values: Mapping[str, str]
) -> list[Resource]:
    """The files, with new results from `since` on in the rows of a decision whose cells are as `where` says.

    `where` maps the expression of an input, `values` the name of an output, to the FEEL of its cell. Raises
    TableUnclear.
    """
    found = [each for each in resources if each.path.endswith(".dmn") and f'id="{decision}"'.encode() in each.content]
    if len(found) != 1:
        raise TableUnclear(f"没有“{decision}”这张决策表")
    changed = Resource(found[0].path, _rewritten(found[0].content, decision, since=since, where=where, values=values))
    return [changed if each is found[0] else each for each in resources]


def _rewritten(
    content: bytes, decision: str, *, since: date, where: Mapping[str, str], values: Mapping[str, str]
) -> bytes:
    root = ET.fromstring(content)  # noqa: S314 - a file of the product's own bundle
    table = root.find(f"{_SPACE}decision[@id='{decision}']/{_SPACE}decisionTable")
    if table is None:
        raise TableUnclear(f"“{decision}”不是决策表")
    asked = [_text(each) for each in table.iterfind(f"{_SPACE}input/{_SPACE}inputExpression")]
    given = [each.get("name", "") for each in table.iterfind(f"{_SPACE}output")]
    if _DATED not in asked or not values.keys() <= set(given) or not where.keys() <= set(asked):
        raise TableUnclear(f"“{decision}”没有这样的列，或者没有立项日期一列")
    rules = [rule for rule in table.iterfind(f"{_SPACE}rule") if _is_meant(rule, asked, where)]
    if not rules:
        raise TableUnclear(f"“{decision}”没有这样的一行")
    for rule in rules:
        table.append(_later(rule, asked, given, since=since, values=values))
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _later(
    rule: ET.Element, asked: list[str], given: list[str], *, since: date, values: Mapping[str, str]
) -> ET.Element:
    """End a row the day before; returns the row that follows it."""
    later = copy.deepcopy(rule)
    for each in later.iter():
        if each.get("id"):
            each.set("id", f"{each.get('id')}-{since.isoformat()}")
    day = f'date("{since.isoformat()}")'
    old = _cells(rule, "inputEntry")[asked.index(_DATED)]
    old.text = f"[{(old.text or '').removeprefix('>=').strip()}..{day})"
    _cells(later, "inputEntry")[asked.index(_DATED)].text = f">= {day}"
    for name, value in values.items():
        _cells(later, "outputEntry")[given.index(name)].text = value
    return later


def _is_meant(rule: ET.Element, asked: list[str], where: Mapping[str, str]) -> bool:
    cells = dict(zip(asked, (cell.text for cell in _cells(rule, "inputEntry")), strict=True))
    current = (cells[_DATED] or "").strip().startswith(">=")
    return current and all(cells[name] == cell for name, cell in where.items())


def _cells(rule: ET.Element, kind: str) -> list[ET.Element]:
    return list(rule.iterfind(f"{_SPACE}{kind}/{_SPACE}text"))


def _text(holder: ET.Element) -> str:
    return (holder.findtext(f"{_SPACE}text") or "").strip()
