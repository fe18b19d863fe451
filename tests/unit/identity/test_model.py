from __future__ import annotations

import pytest

from app.features.identity.model import (
    Identity,
    Membership,
    account_problem,
    is_credit_code,
    password_problem,
)
from app.features.identity.passwords import initial_password

CLERK = Identity(
    user_id="u1",
    account="lihua",
    name="李华",
    memberships=(Membership("o1", "区卫健局", "applicant"), Membership("o2", "区教体局", "applicant-lead")),
)


def test_a_role_is_had_at_an_organisation():
    assert CLERK.has("applicant")
    assert CLERK.has("applicant", "o1")
    assert not CLERK.has("applicant", "o2")
    assert not CLERK.has("finance")
    assert CLERK.queues == ("applicant@o1", "applicant-lead@o2")
    assert CLERK.org_ids == {"o1", "o2"}
    assert CLERK.acting("applicant", "o1").role == "applicant@o1"


@pytest.mark.parametrize("account", ["lihua", "li.hua_2", "a-b"])
def test_good_accounts(account: str):
    assert account_problem(account) is None


@pytest.mark.parametrize("account", ["", "L", "李华", "1a", "a", "a b", "Lihua", "a" * 33])
def test_bad_accounts(account: str):
    assert "小写字母" in account_problem(account)


@pytest.mark.parametrize(
    ("password", "complaint"),
    [
        ("short1", "至少 10 位"),
        ("x1" * 65, "最多 128 位"),
        ("my-LiHua-2026", "不能包含账号"),
        ("1234567890", "至少两种"),
        ("abcdefghijkl", "至少两种"),
    ],
)
def test_bad_passwords(password: str, complaint: str):
    assert complaint in password_problem(password, "lihua")


def test_a_good_password():
    assert password_problem("correct horse 9", "lihua") is None


@pytest.mark.parametrize("code", ["91350100M000100Y43", "91110000600037341L"])
def test_credit_codes(code: str):
    assert is_credit_code(code)
    wrong_check_character = "1" if code[-1] == "0" else "0"
    assert not is_credit_code(code[:-1] + wrong_check_character)
    assert not is_credit_code(code[:-1])
    assert not is_credit_code(code.lower())


def test_a_credit_code_whose_remainder_is_zero_ends_in_zero():
    ending_in_zero = [f"9135010{n:010d}0" for n in range(200)]
    valid = [code for code in ending_in_zero if is_credit_code(code)]
    assert valid
    assert all(_weighted(code) % 31 == 0 for code in valid)


def _weighted(code: str) -> int:
    digits = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    return sum(digits.index(character) * 3**place for place, character in enumerate(code[:17]))


def test_an_initial_password_is_one_that_could_be_chosen(monkeypatch: pytest.MonkeyPatch):
    drawn = iter("aaaaaaaaaaaaaa" + "2bcdefLIghjkmn" + "2bcdefghjkmnpq")
    monkeypatch.setattr("secrets.choice", lambda _: next(drawn))
    assert initial_password("li") == "2bcdefghjkmnpq", "neither one of letters only, nor one with the account in it"
