"""Answers as people read them, in fields that may not be filled in and in the record of a submission."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation

from app.features.forms.decimals import grouped, plain
from app.features.forms.entries import text_of
from app.features.forms.model import MANY_CHOICES, ONE_CHOICE, Field, Json, Kind, Option

NOTHING = "—"
SEPARATED_FROM = 10_000


def words(value: Json) -> str:
    """A value of FEEL in words: numbers with separators, yes and no in Chinese, a dash for nothing."""
    if value is None or value in ("", []):
        return NOTHING
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(map(words, value))
    if isinstance(value, Mapping):
        return words(value.get("label") or value.get("name"))
    return _number_in_words(str(value)) if isinstance(value, int | float) else str(value)


def readable(field: Field, value: Json, *, options: Sequence[Option]) -> str:
    """An entry or a canonical value in words: `1,234.5 万元`, `2027年3月5日`, the labels of what was chosen."""
    if field.kind is Kind.CHECKBOX:
        return "是" if value is True else "否"
    if value in (None, "", []):
        return NOTHING
    if field.kind is Kind.FILES:
        return "、".join(str(file["name"]) for file in value if isinstance(file, Mapping))
    if field.kind in ONE_CHOICE | MANY_CHOICES:
        labels = {option.value: option.label for option in options}
        chosen = value if isinstance(value, list) else [value]
        return "、".join(labels.get(text_of(one), text_of(one)) for one in chosen)
    if field.kind is Kind.NUMBER:
        return _number(field, text_of(value))
    return _day(str(value)) if field.kind is Kind.DATE else text_of(value)


def _number(field: Field, text: str) -> str:
    number = _number_in_words(text, amount=bool(field.suffix))
    return " ".join(part for part in (field.prefix, number, field.suffix) if part)


def _number_in_words(text: str, *, amount: bool = False) -> str:
    """Thousands are separated in amounts, and wherever it helps: not in a year or a number of pieces."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    whole_and_short = number == number.to_integral_value() and abs(number) < SEPARATED_FROM
    return plain(number) if whole_and_short and not amount else grouped(number)


def _day(text: str) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return text
    return f"{day.year}年{day.month}月{day.day}日"
