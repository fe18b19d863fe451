"""Work that leaves a case and is done later, by the worker: what it is, and how patiently it is tried."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

LEASE = timedelta(minutes=2)
_FIRST_PAUSE = timedelta(seconds=10)
_LONGEST_PAUSE = timedelta(hours=1)


@dataclass(frozen=True)
class Job:
    """One call of an external service, written in the transaction of the step that asked for it.

    `task_id` is the engine's task that waits for the answer, `retries` the number of attempts that the diagram
    allows, `attempts` those made so far. `lease` is the token of the worker that holds the job, None if nobody does.
    """

    id: str
    case_id: str
    task_id: str
    type: str
    name: str
    headers: Mapping[str, str]
    inputs: Mapping[str, Any]
    retries: int
    attempts: int
    next_at: datetime
    lease: str | None

    @property
    def exhausted(self) -> bool:
        """Whether a failure of the attempt under way is the last one."""
        return self.attempts + 1 >= max(self.retries, 1)


def pause_after(attempts: int) -> timedelta:
    """How long to wait after this many failed attempts: twice as long each time, an hour at most."""
    return min(_FIRST_PAUSE * (1 << min(attempts - 1, 20)), _LONGEST_PAUSE)
