from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from app.bootstrap import Application
from app.features.cases.model import Task
from app.features.identity.model import Identity
from app.features.identity.passwords import Passwords
from app.kernel.clock import ZONE, FrozenClock
from app.kernel.config import Config
from app.kernel.errors import Conflict
from app.scenarios.model import Expectation
from app.scenarios.player import OBSERVER, Player
from app.scenarios.reading import read, read_usual
from app.scenarios.running import SCENARIOS, prepare, record_basis, report


def test_what_was_typed_outlives_a_new_deadline(tmp_path: Path) -> None:
    """The task is replaced by one with the extended deadline; its draft is found in the new one (附4-1)."""
    told = read(SCENARIOS / "extension-granted.yaml")
    asked = next(at for at, step in enumerate(told.steps) if getattr(step, "process_id", "") == "acceptance-extension")
    clock = FrozenClock(datetime(2025, 1, 2, 9, tzinfo=ZONE))
    config = Config(f"sqlite:///{tmp_path}/yicheng.db", "场景运行不签发会话" * 4, tmp_path)
    application = Application(config, clock=clock, passwords=Passwords(quick=True))
    application.database.create_all()
    district = prepare(application)
    record_basis(application, district)
    clock.move_to(told.start.at - timedelta(hours=1))
    player = Player(application, clock=clock, district=district, usual=read_usual(SCENARIOS / "usual"))
    (story,) = player.play([replace(told, steps=told.steps[:asked], expect=Expectation())])
    assert not story.problems, report([story])
    clerk = application.sign_in.load(district.user_ids["nyj-jb"])
    before = _task(application, story.case_id, "hold-preliminary")
    application.inbox.save_draft(
        clerk, before.id, lambda _form, _files: {"trial_run_data": "运行平稳，无重大故障。"}, rev=0
    )

    case_id = application.cases.start_beside(clerk, before.project_id or "", "acceptance-extension")
    player.complete(clerk, _task(application, case_id, "submit-extension"), {})
    bureau = application.sign_in.load(district.user_ids["dsj-sunmin"])
    player.complete(bureau, _task(application, case_id, "decide-extension"), {})
    player.pass_until(clock.now())

    after = _task(application, story.case_id, "hold-preliminary")
    assert after.id != before.id
    assert after.due_at is not None
    assert before.due_at is not None
    assert after.due_at > before.due_at
    assert _typed(application, clerk, after) == "运行平稳，无重大故障。"
    with pytest.raises(Conflict, match="撤销"):
        player.complete(clerk, before, {})
    player.close()
    application.close()


def _task(application: Application, case_id: str, element: str) -> Task:
    view = application.case_views.case_view(OBSERVER, case_id)
    return next(task for task in view.open_tasks if task.element_id == element)


def _typed(application: Application, clerk: Identity, task: Task) -> object:
    return application.inbox.open_task(clerk, task.id).entries["trial_run_data"]
