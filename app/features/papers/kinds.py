"""The table of kinds, forms/documents/kinds.yaml, as it is read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from app.features.papers.model import Kind, Sheet, Source

_ONE: Final = ("form", "series", "number_field", "date_field", "about")
# Every document may name these: its number and day, who issues it, and the project it is about.
COMMON: Final[Mapping[str, Source]] = {
    "发文字号": Source("paper.number"),
    "成文日期": Source("paper.date"),
    "项目名称": Source("project.name"),
    "项目编号": Source("project.code"),
    "申报单位": Source("project.unit"),
    "申报年度": Source("project.round_year"),
    "大数据局": Source("office.data-bureau"),
    "财政局": Source("office.finance"),
}


def read_kinds(path: Path) -> Mapping[str, Kind]:
    """The kinds by id, in the order of the table. Raises KeyError or TypeError for a table that is not well formed."""
    table: Mapping[str, Mapping[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {id_: _kind(id_, entry) for id_, entry in table.items()}


def _kind(id_: str, entry: Mapping[str, Any]) -> Kind:
    several: dict[str, Any] = {key: tuple(entry.get(key, ())) for key in ("clauses", "tasks", "issuers", "later")}
    one: dict[str, Any] = {key: entry[key] for key in _ONE if key in entry}
    values = {name: _source(said) for name, said in (entry.get("values") or {}).items()}
    when = {name: tuple(allowed) for name, allowed in (entry.get("when") or {}).items()}
    laid_out = entry.get("sheet")
    sheet = Sheet(laid_out["heading"], laid_out["rows"], tuple(laid_out["amounts"])) if laid_out else None
    return Kind(id=id_, title=entry["title"], values={**COMMON, **values}, sheet=sheet, when=when, **several, **one)


def _source(said: str | Mapping[str, Any]) -> Source:
    if isinstance(said, str):
        return Source(said)
    rest = {key: said[key] for key in ("columns", "at_least", "otherwise", "separator") if key in said}
    for how in ("boxes", "rows", "files"):
        if how in said:
            return Source(said[how], how, **rest)
    if "sum" in said:
        return Source(said["sum"][0], "sum", paths=tuple(said["sum"]), **rest)
    return Source(said["from"], **rest)
