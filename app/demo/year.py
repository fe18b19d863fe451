"""A whole year of the district, played in one go: what became of every project, and whether anything is stuck."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from app.bootstrap import Application
from app.demo.loading import Tell, filled, set_time
from app.features.cases.model import CaseView
from app.features.projects.model import Project, ProjectFilter
from app.kernel.clock import ZONE
from app.kernel.config import Config
from app.scenarios.player import OBSERVER, Story
from app.scenarios.running import report
from services.amounts import shown

YEAR: Final = Path(__file__).with_name("year.yaml")
ENDS: Final = datetime(2027, 1, 20, 9, tzinfo=ZONE)
_MANY: Final = 100


@dataclass(frozen=True)
class Ending:
    """How a project stands in the end. `open_tasks` are those of all its cases; `incidents` what stands still."""

    project: Project
    story: str
    open_tasks: tuple[str, ...]
    incidents: tuple[str, ...]
    unexplained: tuple[str, ...]
    overdue: tuple[str, ...]


@dataclass(frozen=True)
class Year:
    """The year as it came out; `problems` are Chinese sentences, and none when everything went as written."""

    endings: tuple[Ending, ...]
    problems: tuple[str, ...]
    tasks_done: int

    def told(self) -> str:
        """A report for the terminal: each project with its end, counts, and what is wrong."""
        lines = [_told(ending) for ending in self.endings]
        counts = Counter(ending.project.status_label for ending in self.endings)
        lines.append(
            f"共 {len(self.endings)} 个项目：{'，'.join(f'{name} {count}' for name, count in counts.items())}；"
        )
        incidents = sum(len(ending.incidents) for ending in self.endings)
        waiting = sum(len(ending.open_tasks) for ending in self.endings)
        lines.append(f"办理任务 {self.tasks_done} 项，待办 {waiting} 项，故障 {incidents} 个。")
        lines += [f"✗ {problem}" for problem in self.problems]
        lines.append(f"系统的时间停在 {ENDS:%Y-%m-%d %H:%M}。启动网站：yicheng serve --with-worker")
        return "\n".join([*lines, "全年办理与预期相符。" if not self.problems else "全年办理与预期不符。"])


def play_year(config: Config, *, tell: Tell = lambda _words: None) -> Year:
    """Play the year in an empty demonstration system, and leave it standing at the end of it. Raises Conflict.

    It takes some minutes; `tell` hears of each month that is lived through.
    """
    with filled(config, YEAR, until=ENDS, tell=tell) as (application, stories):
        year = _looked_at(application, stories)
        set_time(application, ENDS)
        return year


def _looked_at(application: Application, stories: Sequence[Story]) -> Year:
    told = {story.project.id: story for story in stories if story.project is not None}
    endings, done = [], 0
    for project in _projects(application):
        cases = application.case_views.cases_of_project(OBSERVER, project.id)
        views = [application.case_views.case_view(OBSERVER, each.id) for each in cases]
        endings.append(_ending(project, told.get(project.id), views))
        done += sum(len(view.submissions) for view in views)
    problems = [report([story]) for story in stories if story.problems]
    return Year(tuple(endings), (*problems, *_wrong(endings), *_wrong_with_plans(application, endings)), done)


def _projects(application: Application) -> Iterator[Project]:
    """All projects, in the order of their registration."""
    found: list[Project] = []
    after: str | None = None
    while True:
        page = application.projects.search(OBSERVER, ProjectFilter(), limit=_MANY, after=after)
        found += page.projects
        after = page.after
        if after is None:
            return iter(found[::-1])


def _ending(project: Project, story: Story | None, views: Sequence[CaseView]) -> Ending:
    waiting = [task for view in views for task in view.open_tasks]
    expected = _expected(story)
    return Ending(
        project=project,
        story=story.scenario.name if story else "",
        open_tasks=tuple(task.name for task in waiting),
        incidents=tuple(
            f"{each.name}：{each.message}" for view in views for each in view.incidents if each.resolved_at is None
        ),
        unexplained=tuple(task.name for task in waiting if task.element_id not in expected),
        overdue=tuple(task.name for task in waiting if task.due_at is not None and task.due_at <= ENDS),
    )


def _expected(story: Story | None) -> Collection[str]:
    """The tasks that a story says are open in the end."""
    if story is None:
        return ()
    return (story.scenario.expect.tasks or frozenset()) | story.scenario.expect.open


def _wrong(endings: Sequence[Ending]) -> Iterator[str]:
    for ending in endings:
        name = f"{ending.project.code} {ending.project.name}"
        if not ending.story:
            yield f"{name}：没有哪个故事说明它的去向"
        if ending.unexplained:
            yield f"{name}：不应有待办任务 {'、'.join(ending.unexplained)}"
        if ending.overdue:
            yield f"{name}：逾期未办 {'、'.join(ending.overdue)}"
        yield from (f"{name}：故障 {incident}" for incident in ending.incidents)


def _wrong_with_plans(application: Application, endings: Sequence[Ending]) -> Iterator[str]:
    """The annual plans belong to no single project: nothing of theirs may be open, and nothing may stand still."""
    cases = {each for ending in endings for each in application.plans.cases_of_project(ending.project.id)}
    for task in application.case_views.waiting(OBSERVER, sorted(cases)):
        yield f"年度计划：不应有待办任务 {task.name}"
    for incident in application.case_views.incidents(OBSERVER):
        if incident.project_id is None:
            yield f"年度计划：故障 {incident.name}：{incident.message}"


def _told(ending: Ending) -> str:
    project = ending.project
    amounts = {"核定": project.approved, "合同价": project.contract, "已拨付": project.paid}
    sums = "".join(f"，{label} {shown(amount)}" for label, amount in amounts.items() if amount is not None)
    waiting = f"，待办：{'、'.join(ending.open_tasks)}（{ending.story}）" if ending.open_tasks else ""
    return f"{project.code} {project.name}（{project.unit}）：{project.status_label}，{project.stage}{sums}{waiting}"
