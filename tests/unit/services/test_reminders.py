from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from services.deadlines import ZONE
from services.reminders import Rhythm

DUE = datetime(2026, 11, 1, tzinfo=ZONE)


def at(month, day, hour=9):
    return datetime(2026, month, day, hour, tzinfo=ZONE)


def test_days_count_from_the_last_day_in_time() -> None:
    rhythm = Rhythm((15, 5, 1, 0))
    assert rhythm.moments(DUE) == (at(10, 16), at(10, 26), at(10, 30), at(10, 31))


def test_one_reminder_follows_another_until_the_deadline_itself() -> None:
    rhythm, now, told = Rhythm((5, 1)), at(10, 1), []
    while (following := rhythm.next_notice(DUE, now=now, also=[at(10, 20), None])) is not None:
        told.append(following)
        now = following
    assert told == [at(10, 20), at(10, 26), at(10, 30), DUE]


def test_nothing_is_told_twice_or_too_late() -> None:
    assert Rhythm((3,)).next_notice(DUE, now=DUE, also=[at(10, 20)]) is None
    assert Rhythm((3,)).next_notice(None, now=DUE - timedelta(days=1), also=[]) is None


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"days": [10, 3], "escalate": "lead data-bureau"}, Rhythm((10, 3), ("lead", "data-bureau"))),
        ({"days": 3, "escalate": None}, Rhythm((3,), ())),
        ({"days": ["x", -1, 2.0]}, Rhythm((2,), ())),
        (None, Rhythm((), ("lead",))),
    ],
)
def test_a_row_of_the_table(row: object, expected: Rhythm) -> None:
    assert Rhythm.of(row) == expected
