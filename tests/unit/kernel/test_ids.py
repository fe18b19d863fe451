from __future__ import annotations

import time
import uuid

from app.kernel.ids import new_id


def test_an_id_is_a_uuid_of_version_7():
    identifier = uuid.UUID(new_id())
    assert identifier.version == 7
    assert identifier.variant == uuid.RFC_4122


def test_ids_are_distinct_and_sorted_by_time():
    earlier = [new_id() for _ in range(2000)]
    time.sleep(0.002)
    later = [new_id() for _ in range(2000)]
    assert len({*earlier, *later}) == 4000
    assert max(earlier) < min(later)


def test_an_id_tells_when_it_was_made():
    before = time.time_ns() // 1_000_000
    made = int(new_id()[:12], 16)
    assert before <= made <= time.time_ns() // 1_000_000
