"""The values of a document's placeholders, as they are printed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final, TypeAlias

from app.features.forms import decimals, fields
from app.features.forms.entries import text_of
from app.features.forms.model import MANY_CHOICES, ONE_CHOICE, Field, Form, Kind, Option, Rows, walk
from app.features.papers.material import Answered, Material
from app.features.papers.model import NOT_NUMBERED, Source

Value: TypeAlias = "str | Sequence[Mapping[str, str]]"

TICKED: Final = "☑"
OPEN: Final = "□"
NOT_ASKED: Final = "本项目不需要"
NOT_GIVEN: Final = "（未提交）"
NOTHING: Final = "无"
NEW_PARAGRAPH: Final = "\a"
# XML has no control characters, and of those the template engine gives some a meaning of its own.
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_BREAKS: Final = re.compile(r"[ \t　]*(?:\r\n|\r|\n)\s*")


def values(sources: Mapping[str, Source], material: Material) -> Mapping[str, Value]:
    """Every placeholder with its value; "" (or what stands `otherwise`) for what nobody has filled in yet."""
    found = {name: _value(source, material) for name, source in sources.items()}
    return {name: sources[name].otherwise if value == "" else value for name, value in found.items()}


def day_in_words(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _value(source: Source, material: Material) -> Value:
    owner, _, name = source.path.partition(".")
    if source.how == "rows":
        return _rows(source, material, owner, name)
    if source.how == "sum":
        return _sum(source, material)
    if owner == "paper":
        return _of_paper(name, material)
    facts: Mapping[str, Mapping[str, Any]] = {
        "project": vars(material.project) if material.project else {},
        "party": {party.role: party.org_name for party in material.parties},
        "office": material.offices,
        "variable": material.variables,
        "plan": material.plan,
    }
    if owner in facts:
        return plain_words(facts[owner].get(name))
    answered = material.answers.get(owner)
    return _answer(source, answered, name) if answered else ""


def _of_paper(name: str, material: Material) -> str:
    if name == "number":
        return material.number or NOT_NUMBERED
    return day_in_words(material.dated) if material.dated else "　　　　年　　月　　日"


def _answer(source: Source, answered: Answered, key: str) -> str:
    field = _field(answered.form, key)
    if field is None:
        return plain_words(answered.data.get(key))
    options = fields.options(field, answered.context)
    chosen = answered.data.get(key)
    if source.how == "boxes":
        return boxes(options, chosen)
    if source.how == "files":
        return _files(answered, field)
    return worded(field, chosen, options, separator=source.separator)


def _files(answered: Answered, field: Field) -> str:
    """Names of files. What the form did not ask of this project, or left open, is not missing."""
    if field.key not in answered.data:
        return NOT_ASKED
    names = "、".join(as_line(str(file["name"])) for file in answered.data[field.key] or [])
    return names or (NOT_GIVEN if field.limits.required else NOTHING)


def _sum(source: Source, material: Material) -> str:
    """The exact sum, "" unless every part of it is a number."""
    parts = []
    for path in source.paths:
        form, _, key = path.partition(".")
        answered = material.answers.get(form)
        parts.append(answered.data.get(key) if answered else None)
    if any(part in (None, "") for part in parts):
        return ""
    return decimals.plain(sum((Decimal(str(part)) for part in parts), Decimal(0)))


def boxes(options: Sequence[Option], chosen: Any) -> str:
    """All options with a box before each, ticked for what was chosen: `☑政务外网　□互联网`."""
    marked = set(map(text_of, chosen if isinstance(chosen, list) else [chosen]))
    return "　".join(f"{TICKED if option.value in marked else OPEN}{option.label}" for option in options)


def worded(field: Field, value: Any, options: Sequence[Option], *, separator: str = "、") -> str:
    """An answer as it is printed, without its unit: labels of what was chosen, a day in words, an exact number."""
    if value in (None, "", []):
        return ""
    if field.kind in ONE_CHOICE | MANY_CHOICES:
        labels = {option.value: option.label for option in options}
        chosen = value if isinstance(value, list) else [value]
        return separator.join(labels.get(text_of(one), text_of(one)) for one in chosen)
    if field.kind is Kind.NUMBER:
        return number_in_words(str(value))
    if field.kind is Kind.DATE:
        return day_in_words(date.fromisoformat(str(value)))
    return plain_words(value)


def number_in_words(text: str) -> str:
    """An exact decimal as it was typed: no exponent, no superfluous zero, no separators."""
    try:
        return decimals.plain(Decimal(text))
    except InvalidOperation:
        return text


def plain_words(value: Any) -> str:
    """A value that no form describes."""
    match value:
        case None:
            return ""
        case bool():
            return "是" if value else "否"
        case date():
            return day_in_words(value)
        case Decimal() | int() | float():
            return number_in_words(str(value))
    return as_paragraphs(str(value))


def as_paragraphs(text: str) -> str:
    """A text whose lines become paragraphs of the document, without characters that no document may hold."""
    kept = _BREAKS.sub("\n", text.strip())
    return _CONTROL.sub("", kept).replace("\n", NEW_PARAGRAPH)


def as_line(text: str) -> str:
    """A text without breaks, such as a name."""
    return as_paragraphs(text).replace(NEW_PARAGRAPH, " ")


def _rows(source: Source, material: Material, owner: str, name: str) -> list[Mapping[str, str]]:
    columns = source.columns or {}
    answered = material.answers.get(owner)
    found: list[Mapping[str, str]]
    if owner == "plan":
        found = [{head: plain_words(row.get(key)) for head, key in columns.items()} for row in material.lines]
    else:
        found = _answered_rows(answered, name, columns) if answered else []
    blank = dict.fromkeys(columns, "")
    return [*found, *(dict(blank) for _ in range(source.at_least - len(found)))]


def _answered_rows(answered: Answered, key: str, columns: Mapping[str, str]) -> list[Mapping[str, str]]:
    rows = next((part for part in walk(answered.form.components) if isinstance(part, Rows) and part.key == key), None)
    cells = {cell.key: cell for cell in (rows.components if rows else ()) if isinstance(cell, Field)}
    return [
        {head: _cell(cells.get(column), row.get(column), answered.context) for head, column in columns.items()}
        for row in answered.data.get(key) or []
    ]


def _cell(field: Field | None, value: Any, context: Mapping[str, Any]) -> str:
    return worded(field, value, fields.options(field, context)) if field else plain_words(value)


def _field(form: Form, key: str) -> Field | None:
    return next((part for part in walk(form.components) if isinstance(part, Field) and part.key == key), None)
