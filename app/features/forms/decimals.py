"""Numbers as people type them, exactly: full-width digits, thousands separators, a unit behind them."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

MAX_DIGITS = 15
"""Significant digits. A double holds that many exactly, and FEEL, on both sides, calculates with doubles."""

_PLAIN = re.compile(r"[+-]?(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.[0-9]*)?|[+-]?\.[0-9]+")
_DASHES = str.maketrans({"−": "-", "–": "-", "—": "-", "。": ".", "、": ","})
_MAX_TYPED = 60


class NotANumber(ValueError):
    """The text is no number that can be kept exactly; the message is Chinese and follows the field's name."""


def parse_decimal(typed: str, *, unit: str = "") -> Decimal:
    """The number in `typed`, which may end in the field's `unit`, such as 万元.

    Raises `NotANumber` for anything else, powers of ten and more than 15 significant digits included.
    """
    text = unicodedata.normalize("NFKC", typed).translate(_DASHES)
    text = "".join(text.split()).removesuffix(unit)
    if len(text) > _MAX_TYPED or not _PLAIN.fullmatch(text):
        raise NotANumber("请填写数字，例如 1234.5")
    number = Decimal(text.replace(",", ""))
    if len(plain(number).replace(".", "").lstrip("-0")) > MAX_DIGITS:
        raise NotANumber(f"最多填写 {MAX_DIGITS} 位有效数字")
    return number


def plain(number: Decimal) -> str:
    """The one way a number is stored: no exponent, no superfluous zero, no negative zero. `1E+2` is `100`."""
    text = f"{number:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def grouped(number: Decimal | str) -> str:
    """For reading: thousands separated, `1234567.5` as `1,234,567.5`."""
    return f"{Decimal(plain(Decimal(number))):,f}"


def to_json(number: Decimal) -> int | float:
    """The JSON number for FEEL; exact for what `parse_decimal` lets through."""
    text = plain(number)
    return float(text) if "." in text else int(text)


def decimal_places(number: Decimal) -> int:
    return len(plain(number).partition(".")[2])
