from __future__ import annotations

from decimal import Decimal

import pytest

from services.amounts import AmountInvalid, amount, number, optional, plain, shown, total


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("1,234.56万元", "1234.56"),
        (" 100 ", "100"),
        ("99.999999", "99.999999"),
        ("１００．５", "100.5"),
        ("1669.000000", "1669"),
        (99.999999, "99.999999"),
        (1e-06, "0.000001"),
        (738.57307, "738.57307"),
        (0, "0"),
        (Decimal("100.000000"), "100"),
    ],
)
def test_reads_what_clerks_and_forms_write(given: object, expected: str) -> None:
    assert amount(given) == Decimal(expected)
    assert plain(amount(given)) == expected


@pytest.mark.parametrize(
    "given",
    [
        *("", "abc", "1,23", "12,34.5", "-1", -0.5, "1e3", "NaN", float("nan"), float("inf"), None, True, []),
        *("0.0000001", "100000000", 1e22, Decimal("1E+30")),
    ],
)
def test_refuses_what_is_no_amount(given: object) -> None:
    with pytest.raises(AmountInvalid):
        amount(given)


def test_an_absent_amount_is_none() -> None:
    assert optional(None) is None
    assert optional("  ") is None
    assert optional("3") == 3


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("1234.56", "1,234.56万元"),
        ("100", "100万元"),
        ("0.5", "0.5万元"),
        ("1000000", "1,000,000万元"),
        ("99.999999", "99.999999万元"),
    ],
)
def test_shows_amounts_with_separators_and_unit(value: str, text: str) -> None:
    assert shown(amount(value)) == text


def test_sums_are_exact() -> None:
    assert total(amount(text) for text in ["0.1"] * 10) == 1
    assert total([]) == 0
    assert total([amount("99.999999"), amount("0.000001")]) == 100


def test_the_json_number_of_an_amount_reads_back_as_the_same_amount() -> None:
    for text in ("99.999999", "100", "1669.0001", "12345678.123456", "99999999.999999"):
        assert amount(number(amount(text))) == Decimal(text)
    assert isinstance(number(Decimal(100)), int)
