"""The worker clears up what nobody needs any more, once a day and not with every round."""

from __future__ import annotations

import threading

from app.worker.loop import Worker
from tests.support.district import District


def test_tidies_when_it_starts_and_not_again_the_same_day(district: District) -> None:
    tidied: list[str] = []
    again = threading.Event()

    def tidy() -> None:
        tidied.append("tidied")
        again.set()

    worker = Worker(district.work, tidy=tidy, pause=0.001)
    worker.start()
    assert again.wait(timeout=10)
    again.clear()
    assert not again.wait(timeout=0.2)
    worker.stop()
    assert tidied == ["tidied"]
