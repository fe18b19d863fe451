"""Filling a demonstration system: its district, its projects at their stages, and where its time stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from app.bootstrap import Application
from app.features.identity.model import ROLES, User
from app.features.identity.passwords import Passwords
from app.kernel import business_clock
from app.kernel.clock import ZONE, FrozenClock, SystemClock, local
from app.kernel.config import Config
from app.kernel.errors import Conflict
from app.scenarios.model import Scenario
from app.scenarios.organisations import BODIES
from app.scenarios.player import OBSERVER, Player, Story
from app.scenarios.reading import read_many, read_usual
from app.scenarios.running import SCENARIOS, prepare, record_basis, report

BEGINS: Final = datetime(2024, 1, 2, 9, tzinfo=ZONE)
"""The first working day after the regulation lapsed: the district is set up, and the decision to go on recorded."""

TODAY: Final = datetime(2026, 10, 12, 9, tzinfo=ZONE)
STORIES: Final = Path(__file__).with_name("stories.yaml")

Tell = Callable[[str], None]
"""Says a Chinese sentence to whoever waits for the end of long work."""


@dataclass(frozen=True)
class Loaded:
    """`new` is False when the system had its demonstration already; nothing was changed then."""

    new: bool
    accounts: tuple[User, ...]


def load(config: Config, *, tell: Tell = lambda _words: None) -> Loaded:
    """Fill an empty demonstration system; one that is filled stays as it is.

    It takes a minute or more; `tell` hears of each month that is lived through.
    Raises Conflict for a system that is no demonstration, or that holds anything else.
    """
    _require_demonstration(config)
    with _opened(config, None) as application:
        if _is_loaded(application):
            return Loaded(new=False, accounts=_accounts(application))
    with filled(config, STORIES, until=TODAY, tell=tell) as (application, stories):
        _require_as_written(stories)
        set_time(application, TODAY)
        return Loaded(new=True, accounts=_accounts(application))


class _MonthlyClock(FrozenClock):
    """A frozen clock that tells of each month into which it is moved."""

    def __init__(self, at: datetime, tell: Tell) -> None:
        self._month, self._tell = _month(at), tell
        super().__init__(at)

    def move_to(self, at: datetime) -> None:
        super().move_to(at)
        if (month := _month(at)) != self._month:
            self._month = month
            self._tell(f"办理 {month} 的事项……")


def _month(at: datetime) -> str:
    return f"{local(at):%Y-%m}"


@contextmanager
def filled(config: Config, file: Path, *, until: datetime, tell: Tell) -> Iterator[tuple[Application, list[Story]]]:
    """An empty demonstration system in which the stories of a file are played and time has passed until a moment.

    Each month is told of as it begins. Raises Conflict for a system that is no demonstration, or that holds anything.
    """
    _require_demonstration(config)
    with _opened(config, None) as application:
        if application.administration.organisations(None) or application.projects.search(OBSERVER).projects:
            raise Conflict(
                "数据库中已有别的数据，或者上次装入没有完成；演示数据只装入空的系统，请换一个空的数据库或数据目录。"
            )
    tell("正在布置单位、人员和流程……")
    clock = _MonthlyClock(BEGINS, tell)
    with _opened(replace(config, demo=False), clock) as application:
        yield application, _play(application, clock, read_many(file), until=until)


def set_time(application: Application, at: datetime) -> None:
    """The last act of loading: from now on the system's time runs from that moment."""
    with application.database.write() as uow:
        business_clock.begin_at(uow, at, real=SystemClock().now())


def who_can_sign_in(accounts: tuple[User, ...]) -> str:
    """A table of the accounts, by organisation, for the terminal."""
    by_account = {user.account: user for user in accounts}
    lines = []
    for body in BODIES:
        people = [by_account[person.account] for person in body.people if person.account in by_account]
        lines.append(body.name)
        lines += [f"  {user.account:<14}{user.name}　{_roles(user)}" for user in people]
    return "\n".join(lines)


def _roles(user: User) -> str:
    return "、".join(dict.fromkeys(ROLES[membership.role] for membership in user.memberships))


def _play(
    application: Application, clock: FrozenClock, scenarios: Sequence[Scenario], *, until: datetime
) -> list[Story]:
    district = prepare(application)
    record_basis(application, district)
    clock.move_to(min(scenario.start.at for scenario in scenarios) - timedelta(hours=1))
    player = Player(application, clock=clock, district=district, usual=read_usual(SCENARIOS / "usual"))
    try:
        stories = player.play(scenarios)
        player.pass_until(until)
    finally:
        player.close()
    return stories


def _require_demonstration(config: Config) -> None:
    if not config.demo:
        raise Conflict("演示数据只能装入培训演示系统：请设置 YICHENG_DEMO=1 后再运行。")


def _require_as_written(stories: list[Story]) -> None:
    """A change of diagrams or forms that the stories do not fit must not pass unnoticed."""
    if any(story.problems for story in stories):
        raise Conflict("演示项目没有按预期办理：\n" + report([story for story in stories if story.problems]))


def _is_loaded(application: Application) -> bool:
    with application.database.read() as uow:
        return business_clock.was_set(uow)


def _accounts(application: Application) -> tuple[User, ...]:
    return tuple(application.administration.users(None, limit=10_000))


@contextmanager
def _opened(config: Config, clock: FrozenClock | None) -> Iterator[Application]:
    application = Application(config, clock=clock, passwords=Passwords(quick=True))
    try:
        yield application
    finally:
        application.close()
