"""Playing stories through the use cases of the pages: permissions, real forms, real checks, real deadlines.

A story is a generator that says when its next act is due; whoever plays it lets the time pass until then. So one
story can be played alone, and several can be played side by side in the order of their dates.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from io import BytesIO
from typing import Any

from app.bootstrap import Application
from app.engine.expressions import Feel
from app.features.cases import beside
from app.features.cases.held import Held
from app.features.cases.model import CaseView, Task
from app.features.forms.model import Field
from app.features.identity.model import Identity, Membership
from app.features.inbox.usecases import TaskForm
from app.features.projects.access import APPLICANT_ROLES
from app.features.projects.model import Project, ProjectFilter
from app.features.projects.usecases import LIFECYCLE
from app.kernel.clock import ZONE, FrozenClock, local
from app.kernel.errors import Conflict, YichengError
from app.kernel.ids import new_id
from app.scenarios.amending import amended
from app.scenarios.checking import differences, refusal_differences
from app.scenarios.files import named
from app.scenarios.filling import Clerk
from app.scenarios.hearing import untold
from app.scenarios.ledger_acts import ACTS, restrictions_of
from app.scenarios.model import (
    Advance,
    ChangeTable,
    Do,
    Expectation,
    Issue,
    Ledger,
    Proceed,
    PublishCalendar,
    Scenario,
    Start,
    StartBeside,
    Step,
)
from app.scenarios.moments import after
from app.scenarios.organisations import BODIES, District
from app.scenarios.papers import issue, kind_of
from app.worker.loop import Worker
from services.calendar import WorkingCalendar

_ONE_DAY = timedelta(days=1)
_LONGEST_WAIT = timedelta(days=400)
_MOST_ACTS = 400

# Who watches a story sees everything, and does nothing.
OBSERVER = Identity(
    "observer", "observer", "观察者", (Membership("", "", "administrator"), Membership("", "", "secrecy-office"))
)


class StoryStuck(Exception):
    """The story cannot go on; the message is a Chinese sentence."""


@dataclass
class Line:
    """What happened in a step, and what was not as expected."""

    at: datetime
    words: str
    problems: list[str] = field(default_factory=list)


@dataclass
class Story:
    """A scenario being played. It ends early at the first line with a problem.

    `case_id` is the case of its life cycle, `others` are the stories of the
    scenario's other projects.
    """

    scenario: Scenario
    lines: list[Line] = field(default_factory=list)
    project: Project | None = None
    case_id: str = ""
    others: list[Story] = field(default_factory=list)

    @property
    def problems(self) -> list[str]:
        lines = [line for story in (self, *self.others) for line in story.lines]
        return [problem for line in lines for problem in line.problems]


class Player:
    """Plays stories in one system. `clock` is the system's, `usual` holds the usual answers by form."""

    def __init__(
        self,
        application: Application,
        *,
        clock: FrozenClock,
        district: District,
        usual: Mapping[str, Mapping[str, Any]],
    ) -> None:
        self._application = application
        self._clock = clock
        self._district = district
        self._usual = usual
        self._worker = Worker(application.case_work, others=application.comes_due)
        self._feel: Feel | None = None

    def close(self) -> None:
        if self._feel is not None:
            self._feel.close()

    def play(self, scenarios: Iterable[Scenario]) -> list[Story]:
        """Play stories side by side, every act at its own time, and return what happened."""
        stories = [
            Story(scenario, others=[Story(other) for other in scenario.others_as_stories()]) for scenario in scenarios
        ]
        played = [each for story in stories for each in (story, *story.others)]
        waiting = [
            (at, number, acts)
            for number, acts in enumerate(map(self._acts, played))
            if (at := next(acts, None)) is not None
        ]
        heapq.heapify(waiting)
        while waiting:
            at, number, acts = heapq.heappop(waiting)
            self.pass_until(at)
            following = next(acts, None)
            if following is not None:
                heapq.heappush(waiting, (max(following, self._now), number, acts))
        return stories

    def pass_until(self, at: datetime) -> None:
        """Let time pass, midnight by midnight, so that deadlines fire on their day; then do all that is due."""
        while (midnight := _next_midnight(self._now)) < at:
            self._clock.move_to(midnight)
            self._worker.run_once()
        if at > self._now:
            self._clock.move_to(at)
        self._worker.run_once()

    def view(self, story: Story) -> CaseView:
        """The life cycle of the story's project, together with what goes on beside it and the plans it stands in."""
        views = [self._application.case_views.case_view(OBSERVER, each) for each in self._cases(story)[0]]
        lived = views[0]
        return replace(
            lived,
            timeline=tuple(entry for view in views for entry in view.timeline),
            open_tasks=tuple(task for view in views for task in view.open_tasks),
            incidents=tuple(incident for view in views for incident in view.incidents),
            variables={name: value for view in reversed(views) for name, value in view.variables.items()},
        )

    def _cases(self, story: Story) -> tuple[list[str], bool]:
        """The cases of a story, that of the life cycle first, and whether that one is still running."""
        planned = self._application.plans.cases_of_project(story.project.id) if story.project else []
        project_id = story.project.id if story.project else ""
        known = {each.id: each for each in self._application.case_views.cases_of_project(OBSERVER, project_id)}
        lived = known.pop(story.case_id)
        others = list(reversed(known))
        return [lived.id, *others, *(each for each in planned if each not in others)], lived.status == "running"

    def _waiting(self, story: Story) -> tuple[list[Task], bool]:
        """The open tasks of a story, and whether its life cycle is still running: all it takes to go on."""
        cases, running = self._cases(story)
        return list(self._application.case_views.waiting(OBSERVER, cases)), running

    @property
    def _now(self) -> datetime:
        return self._clock.now()

    @property
    def _calendar(self) -> WorkingCalendar:
        with self._application.database.read() as uow:
            return self._application.calendar.current(uow)

    # A story

    def _acts(self, story: Story) -> Iterator[datetime]:
        """When the next act is due, again and again; what lies between two of these is the act."""
        start = story.scenario.start
        yield start.at
        try:
            if not self._register(story, start):
                return
            for step in story.scenario.steps:
                yield from self._step(story, step)
                if story.problems:
                    return
            self._expect(story, story.scenario.expect, at_end=True)
        except (StoryStuck, YichengError, KeyError, ValueError) as error:
            story.lines.append(Line(self._now, "无法继续", [_said(error)]))

    def _step(self, story: Story, step: Step) -> Iterator[datetime]:
        if isinstance(step, Do | StartBeside | Ledger | Issue) and (step.at is not None or step.after is not None):
            yield step.at or after(self._now, step.after, calendar=self._calendar)
        match step:
            case Do() | StartBeside() | Ledger() | Issue():
                story.lines.append(self._act(story, step))
            case Advance(to=to):
                yield to if isinstance(to, datetime) else after(self._now, to, calendar=self._calendar)
                story.lines.append(Line(self._now, "时间推移"))
            case PublishCalendar() | ChangeTable():
                if step.at is not None:
                    yield step.at
                story.lines.append(self._change_table(step) if isinstance(step, ChangeTable) else self._publish(step))
            case Proceed():
                yield from self._proceed(story, step)
        if step.expect is not None:
            self._expect(story, step.expect)

    def _act(self, story: Story, step: Do | StartBeside | Ledger | Issue) -> Line:
        match step:
            case Do():
                return self._do(story, step)
            case StartBeside():
                return self._start_beside(story, step)
            case Ledger():
                return self._write(story, step)
            case Issue():
                return self._issue(story, step)

    def _register(self, story: Story, start: Start) -> bool:
        """Register the project; whether the story goes on from there."""
        line = Line(self._now, f"{start.unit}登记项目“{start.project}”")
        story.lines.append(line)
        org_id = self._district.org_ids.get(start.unit)
        if org_id is None:
            raise StoryStuck(f"没有“{start.unit}”这个单位")
        if start.registered:
            line.words = f"{start.unit}的项目“{start.project}”已经登记"
            story.project, story.case_id = self._registered(start.project)
            return True
        clerk = self._identity(self._at_organisation(org_id, "applicant"))
        try:
            story.project, story.case_id = self._application.projects.register(
                clerk,
                org_id,
                name=start.project,
                round_year=start.round_year,
                confidential=start.confidential,
                in_year=start.in_year,
            )
        except YichengError as refused:
            if not start.refused:
                raise
            line.problems = refusal_differences(start.refused, _said(refused), what="登记")
            return False
        if start.refused:
            line.problems = refusal_differences(start.refused, None, what="登记")
        self._worker.run_once()
        return not start.refused

    def _registered(self, name: str) -> tuple[Project, str]:
        """The project of that name that was registered last, and the case of its life cycle."""
        found = self._application.projects.search(OBSERVER, ProjectFilter(text=name)).projects
        if not found:
            raise StoryStuck(f"还没有登记项目“{name}”")
        cases = self._application.case_views.cases_of_project(OBSERVER, found[0].id)
        return found[0], next(each.id for each in cases if each.process_id == LIFECYCLE)

    def _do(self, story: Story, step: Do) -> Line:
        task = self._find(story, step.element)
        if task is None:
            said = self._nothing_to_do(story, step.element)
            problems = refusal_differences(step.refused, said, what="办理") if step.refused else [said]
            return Line(self._now, f"办理“{step.element}”，没有这项任务", problems)
        who = self._who(task, step)
        refusal = self._attempt(who, task, step.answers)
        line = Line(self._now, f"{who.name}办理“{task.name}”")
        if step.refused:
            line.words += "，被拒绝"
            line.problems = refusal_differences(
                step.refused, _said(refusal) if refusal else None, what=f"“{task.name}”"
            )
        elif refusal is not None:
            line.problems = [f"“{task.name}”没有办成：{_said(refusal)}"]
        return line

    def _start_beside(self, story: Story, step: StartBeside) -> Line:
        library = self._application.definitions
        offer = beside.offered(library.compiled(library.current()), step.process_id)
        view = self.view(story)
        parties = {party.role: party.org_id for party in view.parties}
        who = self._person(step.who, role=offer.role, org_id=parties.get(offer.role) or self._office(offer.role))
        project_id = view.case.project_id or ""
        return self._tried(
            step,
            f"{who.name}发起“{offer.name}”",
            lambda: self._application.cases.start_beside(who, project_id, step.process_id),
        )

    def _write(self, story: Story, step: Ledger) -> Line:
        """Write in the ledger of the unit."""
        project = story.project
        if project is None:
            raise StoryStuck("没有登记项目")
        role, act = ACTS[step.act]
        org_id = project.org_id if role in APPLICANT_ROLES else self._office(role)
        who = self._person(step.who, role=role, org_id=org_id)
        return self._tried(
            step, f"{who.name}办理台账：{step.act}", lambda: act(self._application, who, project, step.said)
        )

    def _issue(self, story: Story, step: Issue) -> Line:
        kind = kind_of(self._application, step.kind)
        parties = {party.role: party.org_id for party in self.view(story).parties}
        role = kind.issuers[0] if kind.issuers else "applicant"
        who = self._person(step.who, role=role, org_id=parties.get(role) or self._office(role))
        made: list[tuple[str | None, str]] = []
        cases = self._cases(story)[0]
        line = self._tried(
            step,
            f"{who.name}{'制发' if kind.issuers else '取得'}“{kind.title}”",
            lambda: made.append(issue(self._application, who, cases, kind)),
        )
        for number, text in made:
            if step.number is not None and number != step.number:
                line.problems.append(f"文号应为“{step.number}”，实为“{number}”")
            line.problems += [f"文书中应有“{words}”：{text}" for words in step.contains if words not in text]
            line.problems += [f"文书中不应有“{words}”" for words in step.lacks if words in text]
        return line

    def _tried(self, step: StartBeside | Ledger | Issue, words: str, act: Callable[[], object]) -> Line:
        """Do an act and let everything due happen; what is wrong if it was refused, or was not though it should."""
        refusal: YichengError | None = None
        try:
            act()
        except YichengError as refused:
            refusal = refused
        self._worker.run_once()
        line = Line(self._now, words)
        if step.refused:
            line.words += "，被拒绝"
            line.problems = refusal_differences(step.refused, _said(refusal) if refusal else None, what=words)
        elif refusal is not None:
            line.problems = [f"没有办成：{_said(refusal)}"]
        return line

    def _publish(self, step: PublishCalendar) -> Line:
        off, make_up = (dict.fromkeys(days, "") for days in (step.off, step.make_up))
        notice = f"{step.year}年部分节假日安排"
        self._application.calendar.publish_year(None, step.year, notice_no=notice, off=off, make_up=make_up)
        self._worker.run_once()
        return Line(self._now, f"发布{step.year}年工作日历")

    def _change_table(self, step: ChangeTable) -> Line:
        library = self._application.definitions
        files = library.sources(library.current())
        library.deploy(None, amended(files, step.decision, since=step.since, where=step.where, values=step.values))
        return Line(self._now, f"部署新版流程：“{step.decision}”自{step.since}起改变")

    def _proceed(self, story: Story, step: Proceed) -> Iterator[datetime]:
        waited_since = self._now
        for _ in range(_MOST_ACTS):
            waiting, running = self._waiting(story)
            if (step.until is None and not running) or any(task.element_id == step.until for task in waiting):
                return
            if not running:
                raise StoryStuck(f"项目已结束，没有等到“{step.until}”")
            tasks = [task for task in waiting if task.element_id not in step.leaving]
            if not tasks and self._now - waited_since > _LONGEST_WAIT:
                raise StoryStuck(f"等了很久，没有等到“{step.until or '结束'}”")
            if not tasks:
                yield self._now + _ONE_DAY
                continue
            yield after(self._now, "1 working day", calendar=self._calendar)
            waited_since = self._now
            task = min(tasks, key=lambda each: (each.created_at, each.id))
            who = self._who(task, Do(task.element_id))
            refusal = self._attempt(who, task, step.answers.get(task.element_id, {}))
            if isinstance(refusal, Conflict) and not isinstance(refusal, Held):
                continue  # a deadline took the task away overnight
            line = Line(self._now, f"{who.name}办理“{task.name}”")
            story.lines.append(line)
            if refusal is not None:
                line.problems = [f"“{task.name}”没有办成：{_said(refusal)}"]
                return
        raise StoryStuck(f"办了{_MOST_ACTS}项任务，没有等到“{step.until or '结束'}”")

    def _attempt(self, who: Identity, task: Task, answers: Mapping[str, Any]) -> YichengError | None:
        """Complete a task and let everything due happen; the refusal, if it was refused."""
        try:
            self.complete(who, task, answers)
        except YichengError as refused:
            return refused
        finally:
            self._worker.run_once()
        return None

    def _expect(self, story: Story, expected: Expectation, *, at_end: bool = False) -> None:
        view = self.view(story)
        if at_end and expected.incidents is None:
            expected = Expectation(**{**vars(expected), "incidents": 0})
        found = differences(expected, view)
        if expected.standing is not None and story.project is not None:
            standing = restrictions_of(self._application, OBSERVER, story.project)
            if standing != expected.standing:
                found.append(f"单位限制应为{list(expected.standing)}，实为{list(standing)}")
        if expected.told:
            cases = self._cases(story)[0]
            found += untold(self._application, self._district, cases=cases, told=expected.told)
        if at_end or found:
            story.lines.append(Line(self._now, "结果" if at_end else "核对", found))

    # People and tasks

    def complete(self, who: Identity, task: Task, answers: Mapping[str, Any]) -> None:
        """Fill in a task's form on top of the usual answers and submit it. Raises YichengError."""
        shown = self._application.inbox.open_task(who, task.id)
        usual = self._usual.get(task.form_id or "", {})
        clerk = Clerk(
            shown.form,
            context=shown.context,
            names=self._district.org_ids,
            evaluate=lambda expression: self._worked_out(expression, shown),
            attach=lambda on, written: self._attach(who, task, on, written),
        )
        entries = clerk.fill(offered=shown.entries, answers={**usual, **answers})
        self._application.inbox.submit(who, task.id, lambda _form, _files: entries, submission_key=new_id())

    def _attach(self, who: Identity, task: Task, on: Field, written: Any) -> Mapping[str, Any]:
        name, content = named(written, label=on.label)
        return self._application.inbox.attach(who, task.id, name=name, stream=BytesIO(content)).reference

    def _worked_out(self, expression: str, shown: TaskForm) -> Any:
        if self._feel is None:
            self._feel = Feel()
        return self._feel.evaluate(expression, shown.context, now=self._now, strict=True)

    def _find(self, story: Story, written: str) -> Task | None:
        """The open task of an element, written with or without its process ("application.declare-scope")."""
        process, _, element = written.rpartition(".")
        for task in self._waiting(story)[0]:
            if task.element_id == element and process in ("", task.process_id):
                return task
        return None

    def _nothing_to_do(self, story: Story, written: str) -> str:
        opened = "、".join(task.element_id for task in self._waiting(story)[0])
        return f"现在没有“{written}”这项任务，" + (f"待办的是 {opened}" if opened else "也没有别的待办任务")

    def _who(self, task: Task, step: Do) -> Identity:
        if step.who is None and task.org_id is None:
            raise StoryStuck(f"“{task.name}”的参与单位还没有确定")
        return self._person(step.who, role=task.role, org_id=task.org_id or "")

    def _person(self, who: str | None, *, role: str, org_id: str) -> Identity:
        """The person of that name or account, else somebody with the role at the organisation meant."""
        if who is None:
            return self._identity(self._at_organisation(org_id, role))
        user_id = self._district.person(who)
        if user_id is None and who in self._district.org_ids:
            user_id = self._at_organisation(self._district.org_ids[who], role)
        if user_id is None:
            raise StoryStuck(f"没有“{who}”这个人或单位")
        return self._identity(user_id)

    def _office(self, role: str) -> str:
        """The organisation that holds an office."""
        holders = (body for body in BODIES if any(role in person.roles for person in body.people))
        return next((self._district.org_ids[body.name] for body in holders), "")

    def _at_organisation(self, org_id: str, role: str) -> str:
        """The id of somebody who has the role there, else of anybody there."""
        for body in BODIES:
            if self._district.org_ids[body.name] == org_id:
                holders = [person for person in body.people if role in person.roles] or list(body.people)
                return self._district.user_ids[holders[0].account]
        raise StoryStuck("这项任务的单位不在场景的单位名单中")

    def _identity(self, user_id: str) -> Identity:
        return self._application.sign_in.load(user_id)


def _next_midnight(now: datetime) -> datetime:
    return datetime.combine(local(now).date() + _ONE_DAY, time(), ZONE)


def _said(error: Exception) -> str:
    """The words of an error, with those of its fields."""
    if isinstance(error, YichengError):
        fields = getattr(error, "fields", {})
        return "；".join(dict.fromkeys([error.message, *fields.values()]))
    return str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
