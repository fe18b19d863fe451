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
from app.engine.model import Resource
from app.features.clauses.files import digest_of
from app.features.clauses.model import Happened, Result
from app.features.definitions.usecases import read_directories
from app.features.identity.passwords import Passwords
from app.kernel.clock import ZONE, FrozenClock, local
from app.kernel.config import Config
from app.kernel.errors import Missing
from app.scenarios import reading
from app.scenarios.experts import fill_pool
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

    def __init__(self, directory: Path, *, resources: Sequence[Resource] | None = None) -> None:
        """`resources` are the files of the bundle to play on; those that come with the product without them."""
        self._directory = directory
        self._usual = reading.read_usual(SCENARIOS / "usual")
        with _opened(directory, FrozenClock(_BEFORE_EVERYTHING)) as application:
            application.database.create_all()
            self._district = prepare(application, resources=resources)

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


def prepare(application: Application, *, resources: Sequence[Resource] | None = None) -> District:
    """Give a system with empty tables its calendar, its definitions and its district."""
    application.start()
    application.definitions.deploy(None, resources or read_directories(PROCESSES, FORMS))
    fill_pool(application.experts)
    return settle(application.administration)


def record_basis(application: Application, district: District) -> None:
    """The administrator's decision to go on under the regulation after it lapsed (4-5)."""
    administrator = application.sign_in.load(district.user_ids["guanli"])
    application.projects.record_basis(administrator, basis=BASIS, valid_from=_LAPSED_ON)


def run_and_record(application: Application, names: Sequence[str] = (), *, outstanding: bool = False) -> list[Story]:
    """Play scenarios on the version in force of a system, and keep there what comes out of each.

    `outstanding` leaves out those that are known to pass on this version. Raises as `play`, and Conflict before the
    first deployment.
    """
    key = application.definitions.current()
    passed = {each.scenario.id for each in application.clauses.scenarios(key) if each.proof == "passed"}
    wanted = list(names) or [path.stem for path in reading.scenario_files(SCENARIOS)]
    wanted = [name for name in wanted if not (outstanding and name in passed)]
    stories = []
    for story in play(wanted, resources=application.definitions.sources(key)) if wanted else ():
        stories.append(story)
        application.clauses.record([_result(story, key, application.now())])
    return stories


def play(names: Sequence[str] = (), *, resources: Sequence[Resource] | None = None) -> Iterator[Story]:
    """The scenarios of these names (all without one), each handed out as soon as it was played.

    Raises ScenarioUnclear, and Missing for a name that does not exist.
    """
    paths = reading.scenario_files(SCENARIOS)
    if unknown := set(names) - {path.stem for path in paths}:
        raise Missing(f"没有这个场景：{'、'.join(sorted(unknown))}")
    scenarios = [reading.read(path) for path in paths if not names or path.stem in names]
    with tempfile.TemporaryDirectory(prefix="yicheng-stage-") as prepared:
        stage = Stage(Path(prepared), resources=resources)
        for scenario in scenarios:
            yield stage.run(scenario)


def _result(story: Story, bundle_key: str, ran_at: datetime) -> Result:
    return Result(
        bundle_key=bundle_key,
        scenario_id=story.scenario.path.stem,
        digest=digest_of(story.scenario.path),
        passed=not story.problems,
        ran_at=ran_at,
        lines=tuple(Happened(line.at, line.words, tuple(line.problems)) for line in story.lines),
    )


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
