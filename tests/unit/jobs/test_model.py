from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.features.jobs.model import Job, pause_after


def job(*, attempts: int, retries: int) -> Job:
    return Job(
        id="j",
        case_id="c",
        task_id="t",
        type="notify",
        name="通知",
        headers={},
        inputs={},
        retries=retries,
        attempts=attempts,
        next_at=datetime(2026, 1, 1, tzinfo=UTC),
        lease=None,
    )


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 10), (2, 20), (3, 40), (9, 2560), (10, 3600), (500, 3600)])
def test_pauses_double_up_to_an_hour(attempts: int, seconds: int) -> None:
    assert pause_after(attempts) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("attempts", "retries", "exhausted"), [(0, 3, False), (1, 3, False), (2, 3, True), (0, 1, True), (0, 0, True)]
)
def test_the_last_attempt_is_known(attempts: int, retries: int, exhausted: bool) -> None:
    assert job(attempts=attempts, retries=retries).exhausted is exhausted
