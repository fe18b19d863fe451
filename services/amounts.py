"""Exact amounts in 万元 (ten thousand yuan): read, write, add, compare. Nothing here is ever a binary float."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from decimal import ROUND_DOWN, Decimal

UNIT = "万元"
DECIMALS = 6
LIMIT = Decimal(100_000_000)
"""In 万元. Below it every amount is exact as a JSON number too, and no register or sum runs over."""
_QUANTUM = Decimal(1).scaleb(-DECIMALS)
_TEXT = re.compile(r"(\d{1,3}(,\d{3})+|\d+)(\.\d+)?")


class AmountInvalid(ValueError):
    """What was given is no amount; the message is a Chinese sentence for the person who typed it."""


def amount(value: object) -> Decimal:
    """An amount from text ("1,234.56万元"), a Decimal, or a JSON number.

    A JSON number goes through its shortest text, so 99.999999 stays exactly that.

    Raises:
        AmountInvalid: not a number, negative, not below `LIMIT`, or finer than 0.000001 万元 (one fen).
    """
    if isinstance(value, Decimal):
        number = value
    elif isinstance(value, str):
        number = _parse(value)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        number = Decimal(str(value))
    else:
        raise AmountInvalid(f"“{value}”不是金额。")
    if not number.is_finite():
        raise AmountInvalid(f"“{value}”不是金额。")
    if number < 0:
        raise AmountInvalid(f"金额不能是负数：{value}。")
    if number >= LIMIT:
        raise AmountInvalid(f"金额过大：{value}，请以万元为单位填写。")
    exact = number.quantize(_QUANTUM)
    if exact != number:
        raise AmountInvalid(f"金额最多保留{DECIMALS}位小数（精确到分）：{value}。")
    return exact.normalize() + 0  # "+ 0" turns a negative zero into zero


def optional(value: object) -> Decimal | None:
    """Like `amount`, with None for None and for an empty text."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    return amount(value)


def plain(value: Decimal) -> str:
    """The canonical text of an amount, without exponent or trailing zeros: "1234.56"."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def shown(value: Decimal) -> str:
    """An amount for people: "1,234.56万元"."""
    text = f"{value:,f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) + UNIT


def number(value: Decimal) -> int | float:
    """An amount as the JSON number the diagrams calculate with (exact to six decimals below `LIMIT`)."""
    return int(value) if value == value.to_integral_value() else float(value)


def share(value: Decimal, percent: Decimal) -> Decimal:
    """So many percent of an amount, rounded down to the fen."""
    return (value * percent / 100).quantize(_QUANTUM, ROUND_DOWN)


def total(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal(0))


def _parse(text: str) -> Decimal:
    plain_text = unicodedata.normalize("NFKC", text).strip().removesuffix(UNIT).strip()
    if plain_text.startswith("-"):
        raise AmountInvalid(f"金额不能是负数：{text}。")
    if _TEXT.fullmatch(plain_text) is None:
        raise AmountInvalid(f"“{text}”不是金额，请填写数字，单位是{UNIT}。")
    return Decimal(plain_text.replace(",", ""))
