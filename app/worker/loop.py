"""The worker's loop. It knows no web, keeps no state, and any number of it may run on any number of machines."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Sequence

from app.features.cases.background import CaseWork
from app.features.cases.model import Worked
from app.kernel.errors import Busy

log = logging.getLogger(__name__)

PAUSE_SECONDS = 2.0
TIDY_SECONDS = 24 * 3600.0
_ROUND = 500


class Worker:
    """Runs in the calling thread (`run`) or in one of its own (`start`), until `stop`.

    `tidy` is what is to be cleared up when the worker starts and once a day after that; `others` are what else comes
    due by itself, each doing one thing and saying whether there was one.
    """

    def __init__(
        self,
        work: CaseWork,
        *,
        others: Sequence[Callable[[], bool]] = (),
        tidy: Callable[[], object] | None = None,
        pause: float = PAUSE_SECONDS,
    ) -> None:
        self._work = work
        self._others = others
        self._tidy = tidy
        self._tidied_at = -math.inf
        self._pause = pause
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def run_once(self, *, limit: int = _ROUND) -> Worked:
        """Do everything that is due now, until nothing is left; `limit` bounds each kind of work.

        One thing may make another due, such as a timer that sends a message, so it looks again until all is quiet.
        """
        total = Worked()
        while True:
            done = Worked(
                timers=_repeat(self._work.fire_timers_of_one_case, limit),
                jobs=_repeat(self._work.do_one_job, limit),
                messages=_repeat(self._work.deliver_one_message, limit),
                notices=_repeat(self._work.give_one_notice, limit),
                recounts=_repeat(self._work.recount_one_case, limit),
                endings=_repeat(self._work.end_one_case_of_terminated_project, limit),
                others=sum(_repeat(other, limit) for other in self._others),
            )
            total = total + done
            if done.total == 0 or total.total >= limit:
                break
        self._work.expire_messages()
        return total

    def run(self) -> None:
        """Work until `stop` is called; what is under way then is finished first."""
        while not self._stopping.is_set():
            try:
                self._tidy_if_due()
                idle = self.run_once().total == 0
            except Busy:
                idle = True
            except Exception:
                log.exception("a round of the worker failed")
                idle = True
            if idle:
                self._stopping.wait(self._pause)

    def _tidy_if_due(self) -> None:
        if self._tidy is not None and time.monotonic() - self._tidied_at >= TIDY_SECONDS:
            self._tidied_at = time.monotonic()
            self._tidy()

    def start(self) -> None:
        """Work in a thread of its own."""
        if self._thread is not None:
            raise RuntimeError("the worker runs already")
        self._stopping.clear()
        self._thread = threading.Thread(target=self.run, name="yicheng-worker", daemon=True)
        self._thread.start()

    def stop(self, *, timeout: float = 30.0) -> None:
        """Ask the loop to end, and wait for its thread."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout)
            self._thread = None


def _repeat(verb: Callable[[], bool], limit: int) -> int:
    count = 0
    while count < limit and verb():
        count += 1
    return count
