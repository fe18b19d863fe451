from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.engine.times import Duration, TimeInvalid, cycle, duration, instant

MARCH = datetime(2027, 3, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2027-03-01T09:00:00+08:00", MARCH),
        ("2027-03-01T01:00:00Z", MARCH),
        ("2027-03-01T09:00:00", MARCH),
        ("2027-03-01T09:00:00+08:00@Asia/Shanghai", MARCH),
        ("2027-03-01T09:00:00@Asia/Shanghai", MARCH),
        ("2027-03-01", datetime(2027, 2, 28, 16, tzinfo=UTC)),
    ],
)
def test_instants(text, moment):
    assert instant(text) == moment


def test_the_end_of_a_day_is_the_beginning_of_the_next():
    assert instant("2027-12-31", end_of_day=True) == datetime(2027, 12, 31, 16, tzinfo=UTC)
    assert instant("2027-03-01T09:00:00+08:00", end_of_day=True) == MARCH


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("P1M", datetime(2027, 4, 1, 1, tzinfo=UTC)),
        ("P1Y2M", datetime(2028, 5, 1, 1, tzinfo=UTC)),
        ("P2W", MARCH + timedelta(weeks=2)),
        ("P3DT4H5M6S", MARCH + timedelta(days=3, hours=4, minutes=5, seconds=6)),
        ("PT0.5S", MARCH + timedelta(seconds=0.5)),
        ("-P1D", MARCH - timedelta(days=1)),
        ("P0D", MARCH),
    ],
)
def test_durations(text, after):
    assert duration(text).after(MARCH) == after


def test_a_month_ends_on_its_last_day_at_home():
    # Half past midnight on the 31st in Shanghai is still the 30th in UTC.
    start = datetime(2027, 1, 30, 16, 30, tzinfo=UTC)
    assert duration("P1M").after(start) == datetime(2027, 2, 27, 16, 30, tzinfo=UTC)


def test_cycles():
    assert cycle("R3/PT1H").repetitions == 3
    assert cycle("R/P1M").interval == Duration(1, timedelta())
    assert cycle("R/P1M").repetitions is None
    assert cycle("R2/2027-03-01T09:00:00+08:00/P1D").start == MARCH


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (instant, "2027-02-30"),
        (instant, "tomorrow"),
        (instant, ""),
        (duration, "P"),
        (duration, "PT"),
        (duration, "P1DT"),
        (duration, "1D"),
        (duration, "P1.5M"),
        (duration, "P999999999999D"),
        (duration, "P99999Y"),
        (cycle, "PT1H"),
        (cycle, "R3"),
        (cycle, "R/PT0S"),
        (cycle, "R/-P1D"),
        (cycle, "Rx/PT1H"),
    ],
)
def test_what_is_no_time_is_refused(read, text):
    with pytest.raises(TimeInvalid, match="“"):
        read(text)
