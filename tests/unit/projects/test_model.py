from __future__ import annotations

import pytest

from app.features.projects.model import bigrams, normalised


@pytest.mark.parametrize(
    ("text", "grams"),
    [
        ("", set()),
        ("平", set()),
        ("平台", {"平台"}),
        ("数字平台", {"数字", "字平", "平台"}),
        ("数字 平台", {"数字", "平台"}),
        ("ＹＣ2027", {"yc", "c2", "20", "02", "27"}),
    ],
)
def test_bigrams_stay_within_words(text: str, grams: set[str]) -> None:
    assert bigrams(text) == grams


def test_width_and_case_make_no_difference() -> None:
    assert normalised(" ＹＣ２０２７－0001 ") == normalised("yc2027-0001")
