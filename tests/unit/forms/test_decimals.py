from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.features.forms.decimals import MAX_DIGITS, NotANumber, grouped, parse_decimal, plain, to_json


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("100", "100"),
        ("１００", "100"),
        ("１，２３４．５", "1234.5"),
        ("1,234,567.89", "1234567.89"),
        (" 99.999999 ", "99.999999"),
        ("12。5", "12.5"),
        ("－3", "-3"),
        ("−3", "-3"),
        ("+7", "7"),
        ("007", "7"),
        ("-0.00", "0"),
        (".5", "0.5"),
        ("5.", "5"),
        ("1 000", "1000"),
        ("439.19万元", "439.19"),
        ("439.19 万元", "439.19"),
        ("999999999999999", "999999999999999"),
    ],
)
def test_what_people_type_is_read_exactly(typed, meant):
    assert plain(parse_decimal(typed, unit="万元")) == meant


@pytest.mark.parametrize(
    "typed",
    ["", "一百", "1e5", "1,23", "1.2.3", "NaN", "Infinity", "0x10", "12元", "--1", "1/2", "9" * 16, "1" * 10_000],
)
def test_what_is_no_exact_number_is_refused(typed):
    with pytest.raises(NotANumber):
        parse_decimal(typed, unit="万元")


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=6))
def test_every_amount_survives_typing_storing_and_feel(amount):
    stored = plain(amount)
    assert Decimal(stored) == amount
    assert parse_decimal(stored) == amount
    assert parse_decimal(grouped(amount)) == amount
    assert Decimal(str(to_json(amount))) == amount


@given(st.text(max_size=30))
def test_any_text_is_a_number_or_refused(typed):
    try:
        number = parse_decimal(typed)
    except NotANumber:
        return
    assert number.is_finite()
    assert len(number.normalize().as_tuple().digits) <= MAX_DIGITS
    assert parse_decimal(plain(number)) == number
