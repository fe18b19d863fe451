"""What scenarios prove is kept in the system, for the version in force."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.bootstrap import FORMS, PROCESSES, Application
from app.kernel.config import Config
from app.kernel.errors import Conflict, Missing
from app.scenarios.running import run_and_record


def test_a_scenario_is_played_on_the_version_in_force_and_kept(database_url: str, tmp_path: Path) -> None:
    application = Application(Config(database_url, "场景运行不签发会话" * 4, tmp_path))
    with pytest.raises(Conflict, match="还没有部署"):
        run_and_record(application)
    key = application.definitions.deploy_directories(PROCESSES, FORMS).key
    with pytest.raises(Missing, match="没有这个场景"):
        run_and_record(application, ["no-such-scenario"])

    (story,) = run_and_record(application, ["regulation-lapsed"])
    found = application.clauses.scenario(key, "regulation-lapsed")
    assert found.proof == "passed"
    assert found.result is not None
    assert [line.words for line in found.result.lines] == [line.words for line in story.lines]
    assert application.clauses.clause(key, "4-5").proven
    assert run_and_record(application, ["regulation-lapsed"], outstanding=True) == []
    application.close()
