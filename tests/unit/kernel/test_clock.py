from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from app.kernel.clock import ZONE, FrozenClock, SystemClock, local


def test_the_system_clock_is_aware_and_close_to_now():
    assert abs(SystemClock().now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_a_frozen_clock_stands_still_until_moved():
    clock = FrozenClock(datetime(2026, 3, 2, 9, tzinfo=ZONE))
    assert clock.now() == clock.now() == datetime(2026, 3, 2, 1, tzinfo=UTC)
    clock.advance(timedelta(hours=15))
    assert clock.now() == datetime(2026, 3, 2, 16, tzinfo=UTC)
    clock.move_to(datetime(2027, 1, 1, tzinfo=ZONE))
    assert clock.now() == datetime(2026, 12, 31, 16, tzinfo=UTC)


def test_a_frozen_clock_refuses_a_time_without_zone():
    with pytest.raises(ValueError, match="naive"):
        FrozenClock(datetime(2026, 3, 2, 9))  # noqa: DTZ001 - this is what is refused


def test_local_is_the_same_instant_in_shanghai():
    instant = datetime(2026, 3, 2, 20, tzinfo=timezone(timedelta(hours=-5)))
    assert local(instant) == instant
    assert local(instant).isoformat() == "2026-03-03T09:00:00+08:00"
    with pytest.raises(ValueError, match="naive"):
        local(datetime(2026, 3, 2, 9))  # noqa: DTZ001 - this is what is refused
