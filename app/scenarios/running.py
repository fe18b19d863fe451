"""Running scenarios: each in a system of its own, all from one prepared copy, and the report of what came out."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

from app.bootstrap import FORMS, PROCESSES, Application
from app.features.identity.passwords import Passwords
from app.kernel.clock import ZONE, FrozenClock, local
from app.kernel.config import Config
from app.kernel.errors import Missing
from app.scenarios import reading
from app.scenarios.model import Scenario
from app.scenarios.organisations import District, settle
from app.scenarios.player import Player, Story

SCENARIOS: Final = PROCESSES / "scenarios"
BASIS: Final = "（演示）新办法印发前，电子政务信息化建设项目继续按原实施细则办理的批示"
_DATABASE = "yicheng.db"
_BEFORE_EVERYTHING = datetime(2022, 1, 4, 9, tzinfo=ZONE)
_LAPSED_ON = date(2024, 1, 1)


class Stage:
    """A prepared system, copied for every scenario: the organisations, the calendar and the deployed definitions."""

    def __init__(self, directory: Path, *, processes: Path = PROCESSES, forms: Path = FORMS) -> None:
        self._directory = directory
        self._usual = reading.read_usual(processes / "scenarios" / "usual")
        with _opened(directory, FrozenClock(_BEFORE_EVERYTHING)) as application:
            application.database.create_all()
            self._district = prepare(application, processes=processes, forms=forms)

    def run(self, scenario: Scenario) -> Story:
        """Play one scenario in a fresh copy of the system."""
        with tempfile.TemporaryDirectory(prefix="yicheng-scenario-") as directory:
            shutil.copyfile(self._directory / _DATABASE, Path(directory) / _DATABASE)
            clock = FrozenClock(scenario.start.at - timedelta(hours=1))
            with _opened(Path(directory), clock) as application:
                application.start()
                if scenario.start.continued:
                    record_basis(application, self._district)
                player = Player(application, clock=clock, district=self._district, usual=self._usual)
                try:
                    return player.play([scenario])[0]
                finally:
                    player.close()


def prepare(application: Application, *, processes: Path = PROCESSES, forms: Path = FORMS) -> District:
    """Give a system with empty tables its calendar, its definitions and its district."""
    application.start()
    application.definitions.deploy_directories(processes, forms)
    return settle(application.administration)


def record_basis(application: Application, district: District) -> None:
    """The administrator's decision to go on under the regulation after it lapsed (4-5)."""
    administrator = application.sign_in.load(district.user_ids["guanli"])
    application.projects.record_basis(administrator, basis=BASIS, valid_from=_LAPSED_ON)


def run(names: Sequence[str] = (), *, directory: Path = SCENARIOS) -> tuple[str, bool]:
    """Run the scenarios of these names (all without one): the report, and whether everything was as expected.

    Raises ScenarioUnclear, and Missing for a name that does not exist.
    """
    paths = reading.scenario_files(directory)
    if unknown := set(names) - {path.stem for path in paths}:
        raise Missing(f"没有这个场景：{'、'.join(sorted(unknown))}")
    scenarios = [reading.read(path) for path in paths if not names or path.stem in names]
    with tempfile.TemporaryDirectory(prefix="yicheng-stage-") as prepared:
        stage = Stage(Path(prepared))
        stories = [stage.run(scenario) for scenario in scenarios]
    return report(stories), not any(story.problems for story in stories)


def report(stories: Sequence[Story]) -> str:
    """A result a process owner can read: one line a scenario, and the whole story of those that failed."""
    lines = []
    for story in stories:
        clauses = "、".join(story.scenario.clauses)
        lines.append(f"{'✗' if story.problems else '✓'} {story.scenario.name}（{story.scenario.path.stem}；{clauses}）")
        if story.problems:
            lines += [text for line in story.lines for text in _shown(line.at, line.words, line.problems)]
    failed = sum(bool(story.problems) for story in stories)
    lines.append(f"共 {len(stories)} 个场景，{len(stories) - failed} 个符合预期，{failed} 个不符。")
    return "\n".join(lines)


def _shown(at: datetime, words: str, problems: Sequence[str]) -> list[str]:
    return [f"    {local(at):%Y-%m-%d %H:%M} {words}", *(f"      ✗ {problem}" for problem in problems)]


@contextmanager
def _opened(directory: Path, clock: FrozenClock) -> Iterator[Application]:
    config = Config(
        database_url=f"sqlite:///{directory / _DATABASE}", secret_key="场景运行不签发会话" * 4, data_dir=directory
    )
    application = Application(config, clock=clock, passwords=Passwords(quick=True))
    try:
        yield application
    finally:
        application.close()
