"""What one entry means and whether it will do: a value in its canonical form, and Chinese words when it will not.

Canonical: numbers are decimal strings, dates `YYYY-MM-DD`, choices the option's own value, an empty entry None
(an empty list for several choices and for files).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from app.features.forms import decimals, patterns
from app.features.forms.model import MANY_CHOICES, ONE_CHOICE, Data, Field, Json, Kind, Option
from app.features.forms.schema import as_option

MAX_TEXT = {Kind.TEXT: 500, Kind.LONG_TEXT: 20_000}
"""Characters, where the form sets no limit of its own."""

_DATE = re.compile(r"(\d{4})(?:-|/|\.|年)(\d{1,2})(?:-|/|\.|月)(\d{1,2})日?")
_YEARS = range(1900, 2201)
_EMAIL = r"^[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,24}$"
_PHONE = r"^(\+?86[- ]?)?(1[3-9]\d{9}|(0\d{2,3}[- ]?)?\d{7,8}(-\d{1,6})?|[48]00[- ]?\d{3}[- ]?\d{4})$"
_VERBS = {Kind.CHECKBOX: "勾选", Kind.FILES: "上传"} | dict.fromkeys([*ONE_CHOICE, *MANY_CHOICES, Kind.DATE], "选择")


class NotAccepted(ValueError):
    """The entry will not do; the message is a Chinese sentence that names the field."""


@dataclass(frozen=True)
class Bounds:
    """A field's four bounds after their FEEL has been evaluated; None where there is none."""

    min: Decimal | None = None
    max: Decimal | None = None
    min_length: int | None = None
    max_length: int | None = None


def options(field: Field, context: Data) -> tuple[Option, ...]:
    """The options to choose from: the field's own, or those of the list it names in the context."""
    if field.options_key is None:
        return field.options
    listed = context.get(field.options_key)
    found = (as_option(item) for item in listed) if isinstance(listed, list | tuple) else ()
    return tuple(option for option in found if option is not None)


def value(field: Field, entry: Json, *, context: Data) -> Json:
    """The canonical value of an entry. Raises `NotAccepted` when it is not of the field's kind at all."""
    if field.kind is Kind.CHECKBOX:
        return entry is True
    if field.kind in MANY_CHOICES:
        return [_chosen(field, one, context) for one in entry or []]
    if field.kind is Kind.FILES:
        return _files(field, entry)
    return None if entry in (None, "") else _scalar(field, str(entry), context)


def _scalar(field: Field, entry: str, context: Data) -> Json:
    if field.kind is Kind.NUMBER:
        return _number(field, entry)
    if field.kind is Kind.DATE:
        return _date(field, entry)
    return _chosen(field, entry, context) if field.kind in ONE_CHOICE else entry


def _number(field: Field, entry: str) -> str:
    try:
        number = decimals.parse_decimal(entry, unit=field.suffix)
    except decimals.NotANumber as error:
        raise NotAccepted(f"“{field.label}”{error}") from error
    if decimals.decimal_places(number) > field.decimals:
        places = f"最多填写 {field.decimals} 位小数" if field.decimals else "应为整数"
        raise NotAccepted(f"“{field.label}”{places}")
    return decimals.plain(number)


def _date(field: Field, entry: str) -> str:
    found = _DATE.fullmatch("".join(unicodedata.normalize("NFKC", entry).split()))
    try:
        day = date(*map(int, found.groups())) if found else None
    except ValueError:
        day = None
    if day is None or day.year not in _YEARS:
        raise NotAccepted(f"“{field.label}”不是有效的日期，请按 2027-03-05 的样子填写")
    return day.isoformat()


def _chosen(field: Field, entry: Json, context: Data) -> Json:
    for option in options(field, context):
        if option.value == entry:
            return option.value
    raise NotAccepted(f"“{field.label}”请从列出的选项中选择")


def _files(field: Field, entry: Json) -> list[Mapping[str, Json]]:
    files = list(entry or [])
    for file in files:
        if "problem" in file:
            raise NotAccepted(f"“{field.label}”中的文件 {file['name']} 没有收下：{file['problem']}")
        if problem := file_problem(field, str(file["name"])):
            raise NotAccepted(f"“{field.label}”{problem}")
    return [{"id": file["id"], "name": file["name"], "size": file["size"]} for file in files]


def file_problem(field: Field, name: str) -> str | None:
    """Why a file of this name does not belong into the field, if so."""
    if not field.accept or name.lower().endswith(field.accept):
        return None
    return f"只接受 {'、'.join(ending.lstrip('.') for ending in field.accept)} 文件，“{name}”不是"


def check(field: Field, answer: Json, *, bounds: Bounds, today: date | None) -> None:
    """Raises `NotAccepted` unless the canonical value meets the field's limits."""
    if answer in (None, "", [], False):
        if field.limits.required:
            raise NotAccepted(f"请{_VERBS.get(field.kind, '填写')}“{field.label}”")
        return
    checks: Mapping[Kind, Callable[[], None]] = {
        Kind.NUMBER: lambda: _check_number(field, Decimal(answer), bounds),
        Kind.TEXT: lambda: _check_text(field, answer, bounds),
        Kind.LONG_TEXT: lambda: _check_text(field, answer, bounds),
        Kind.DATE: lambda: _check_date(field, answer, today),
    }
    checks.get(field.kind, lambda: None)()


def _check_number(field: Field, number: Decimal, bounds: Bounds) -> None:
    unit = f" {field.suffix}" if field.suffix else ""
    if bounds.min is not None and number < bounds.min:
        raise NotAccepted(f"“{field.label}”不能小于 {decimals.grouped(bounds.min)}{unit}")
    if bounds.max is not None and number > bounds.max:
        raise NotAccepted(f"“{field.label}”不能大于 {decimals.grouped(bounds.max)}{unit}")


def _check_text(field: Field, text: str, bounds: Bounds) -> None:
    limits, length = field.limits, len(text)
    longest = MAX_TEXT[field.kind] if bounds.max_length is None else bounds.max_length
    if bounds.min_length is not None and length < bounds.min_length:
        raise NotAccepted(f"“{field.label}”不少于 {bounds.min_length} 字，现在是 {length} 字")
    if length > longest:
        raise NotAccepted(f"“{field.label}”不超过 {longest} 字，现在是 {length} 字")
    if limits.format == "email" and not patterns.matches(_EMAIL, text):
        raise NotAccepted(f"“{field.label}”请填写电子邮箱，例如 name@example.gov.cn")
    if limits.format == "phone" and not patterns.matches(_PHONE, text):
        raise NotAccepted(f"“{field.label}”请填写电话号码，例如 13800000000 或 0755-12345678")
    if limits.pattern and not patterns.matches(limits.pattern, text):
        raise NotAccepted(limits.pattern_message or f"“{field.label}”格式不正确")


def _check_date(field: Field, day: str, today: date | None) -> None:
    if field.limits.not_before_today and today is not None and date.fromisoformat(day) < today:
        raise NotAccepted(f"“{field.label}”不能早于今天")


def as_bound(result: Json) -> Decimal | None:
    """A bound from what FEEL gave; anything but a number sets no bound."""
    if isinstance(result, bool) or not isinstance(result, int | float | str | Decimal):
        return None
    try:
        return Decimal(str(result))
    except InvalidOperation:
        return None


def to_feel(field: Field, answer: Json) -> Json:
    """A canonical value as FEEL sees it: numbers as numbers."""
    return decimals.to_json(Decimal(answer)) if field.kind is Kind.NUMBER and answer is not None else answer
