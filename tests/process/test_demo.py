from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.bootstrap import Application
from app.demo.loading import STORIES, TODAY, Loaded, load, who_can_sign_in
from app.demo.records import records
from app.features.identity.model import AUTHORITY_ROLES, Identity
from app.kernel.config import Config
from app.kernel.errors import Conflict
from app.migrations.schema import upgrade
from app.scenarios.player import OBSERVER
from app.scenarios.reading import read_many


def config_in(directory: Path, *, demo: bool = True) -> Config:
    return Config(f"sqlite:///{directory / 'yicheng.db'}", "训练系统的会话密钥" * 6, directory, demo=demo)


def migrated(config: Config) -> Config:
    application = Application(config)
    upgrade(application.database)
    application.close()
    return config


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Config, Loaded]:
    config = migrated(config_in(tmp_path_factory.mktemp("demo")))
    return config, load(config)


@pytest.fixture
def application(loaded: tuple[Config, Loaded]) -> Iterator[Application]:
    application = Application(loaded[0])
    application.start()
    yield application
    application.close()


def identities(application: Application, loaded: tuple[Config, Loaded]) -> dict[str, Identity]:
    return {user.account: application.sign_in.load(user.id) for user in loaded[1].accounts}


def test_its_time_stands_at_the_morning_of_the_demonstration(application: Application) -> None:
    assert timedelta(0) <= application.now() - TODAY < timedelta(minutes=10)


def test_one_project_has_gone_all_the_way(application: Application) -> None:
    finished = [p for p in application.projects.search(OBSERVER, limit=100).projects if p.status == "finished"]
    assert [project.stage for project in finished] == ["绩效评估"]
    assert finished[0].paid == finished[0].contract
    assert "续用依据" in finished[0].rule_version


def test_projects_stand_at_every_stage(application: Application) -> None:
    projects = application.projects.search(OBSERVER, limit=100).projects
    assert len(projects) == len(read_many(STORIES))
    assert {p.stage for p in projects} == {
        "申报",
        "审核",
        "年度计划",
        "采购",
        "实施",
        "初步验收",
        "竣工验收",
        "绩效评估",
    }
    real = {record.name: record for record in records()}
    carried = [project for project in projects if project.name in real]
    assert len(carried) >= 12
    assert all(project.estimate == real[project.name].amount for project in carried)


def test_everybody_who_has_tasks_in_the_diagrams_finds_one(
    application: Application, loaded: tuple[Config, Loaded]
) -> None:
    waiting = {
        role
        for identity in identities(application, loaded).values()
        if application.case_views.open_tasks(identity).tasks
        for role in identity.roles
    }
    processes = application.definitions.compiled(application.definitions.current()).processes.values()
    drawn = {element.role for process in processes for element in process.elements.values() if element.role}
    assert waiting >= drawn
    assert waiting & AUTHORITY_ROLES.keys()


def test_something_is_overdue_and_somebody_was_told(application: Application, loaded: tuple[Config, Loaded]) -> None:
    people = identities(application, loaded)
    due = [task.due_at for task in application.case_views.open_tasks(people["czj-wangfang"]).tasks if task.due_at]
    assert any(at < application.now() for at in due)
    assert application.notifications.unread(people["dsj-zhaolei"])


def test_the_audit_chains_are_whole(application: Application, loaded: tuple[Config, Loaded]) -> None:
    watcher = identities(application, loaded)["shenji"]
    assert application.trail.verify(watcher) == {}


def test_a_second_run_changes_nothing(loaded: tuple[Config, Loaded], tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(loaded[0].data_dir, copy)
    before = (copy / "yicheng.db").read_bytes()
    again = load(config_in(copy))
    assert not again.new
    assert again.accounts == loaded[1].accounts
    assert (copy / "yicheng.db").read_bytes() == before


def test_who_can_sign_in_is_told_by_organisation(loaded: tuple[Config, Loaded]) -> None:
    told = who_can_sign_in(loaded[1].accounts)
    assert "峄城区财政局\n  czj-wangfang" in told
    assert "王芳　财政局经办" in told


def test_a_system_in_use_is_left_alone(tmp_path: Path) -> None:
    config = migrated(config_in(tmp_path))
    with pytest.raises(Conflict, match="YICHENG_DEMO=1"):
        load(config_in(tmp_path, demo=False))
    application = Application(config)
    application.administration.create_organisation(None, name="某局", short_name="某局", kind="applicant")
    application.close()
    with pytest.raises(Conflict, match="已有别的数据"):
        load(config)
