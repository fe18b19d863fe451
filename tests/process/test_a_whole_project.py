from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from app.bootstrap import Application
from app.features.identity.passwords import Passwords
from app.kernel.clock import ZONE, FrozenClock
from app.kernel.config import Config
from app.scenarios.player import Player
from app.scenarios.reading import read, read_usual
from app.scenarios.running import SCENARIOS, prepare, record_basis, report


def test_a_project_goes_from_application_to_performance_on_every_database(database_url: str, tmp_path: Path) -> None:
    scenario = read(SCENARIOS / "below-100-written-review.yaml")
    clock = FrozenClock(datetime(2025, 1, 2, 9, tzinfo=ZONE))
    config = Config(database_url, "场景运行不签发会话" * 4, tmp_path)
    application = Application(config, clock=clock, passwords=Passwords(quick=True))
    district = prepare(application)
    record_basis(application, district)
    clock.move_to(scenario.start.at - timedelta(hours=1))
    player = Player(application, clock=clock, district=district, usual=read_usual(SCENARIOS / "usual"))
    story = player.play([scenario])[0]
    player.close()
    application.close()
    assert not story.problems, report([story])
    assert len(story.lines) > 40
