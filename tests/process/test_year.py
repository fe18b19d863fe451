"""A whole year of the district plays through with nothing stuck, on every database."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select

from app.bootstrap import Application
from app.demo import year
from app.demo.year import ENDS, YEAR, play_year
from app.features.cases.tables import case, timer, user_task
from app.kernel.config import Config
from app.kernel.errors import Conflict
from app.scenarios.player import OBSERVER
from app.scenarios.reading import read_many


def test_a_year_plays_through(database_url: str, tmp_path: Path) -> None:
    config = Config(database_url, "训练系统的会话密钥" * 6, tmp_path, demo=True)
    played = play_year(config)
    assert played.problems == (), played.told()
    ends = Counter(ending.project.status for ending in played.endings)
    assert set(ends) == {"finished", "withdrawn", "transferred", "rejected", "terminated", "running"}
    assert len(played.endings) == len(read_many(YEAR)) >= 30
    assert ends["finished"] >= 20
    assert played.tasks_done > 1000
    assert "故障 0 个" in played.told()

    application = Application(config)
    assert abs((application.now() - ENDS).total_seconds()) < 600
    restricted = {entry.restriction.kind for entry in _restrictions(application)}
    watcher = application.sign_in.load(
        next(user.id for user in application.administration.users(None, limit=100) if user.account == "shenji")
    )
    assert application.trail.verify(watcher) == {}
    assert _waiting_for_nothing(application) == []
    application.close()
    assert {"no-new-project", "reduced"} <= restricted
    with pytest.raises(Conflict, match="已有别的数据"):
        play_year(config)


def _waiting_for_nothing(application: Application) -> list[str]:
    """What the running cases are about that have neither an open task nor a timer: nothing would ever move them."""
    task = select(user_task.c.id).where(user_task.c.case_id == case.c.id, user_task.c.status == "open")
    waits = select(timer.c.id).where(timer.c.case_id == case.c.id)
    query = select(case.c.business_key).where(case.c.status == "running", ~task.exists(), ~waits.exists())
    with application.database.read() as uow:
        return list(uow.connection.scalars(query))


def _restrictions(application: Application):
    projects = application.projects.search(OBSERVER, limit=100).projects
    units = {project.org_id for project in projects}
    return [entry for unit in sorted(units) for entry in application.ledgers.standing_against(unit)]


SHORT = """
- name: 没有说到底的故事
  clauses: [3.1-1]
  start: {at: 2025-09-01 09:00, unit: 区民政局, project: 甲项目}
  steps:
  - do: declare-scope
  expect: {status: running}
- name: 没有按预期办理的故事
  clauses: [3.1-1]
  start: {at: 2025-09-01 09:00, unit: 区民政局, project: 乙项目}
  steps:
  - do: accept-application
"""


def test_what_is_open_without_reason_or_goes_wrong_is_told(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stories = tmp_path / "short.yaml"
    stories.write_text(SHORT, encoding="utf-8")
    monkeypatch.setattr(year, "YEAR", stories)
    heard: list[str] = []
    played = play_year(Config(database_url, "训练系统的会话密钥" * 6, tmp_path, demo=True), tell=heard.append)
    assert heard[0] == "正在布置单位、人员和流程……"
    assert heard[1:3] == ["办理 2025-09 的事项……", "办理 2025-10 的事项……"]
    assert heard[-1] == "办理 2027-01 的事项……"
    told = played.told()
    assert "甲项目：不应有待办任务 选择后续途径" in told
    assert "没有“accept-application”这项任务" in told or "办理“accept-application”，没有这项任务" in told
    assert told.endswith("全年办理与预期不符。")
