"""Cases, their tasks and their history, as plain data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, TypeAlias

from app.features.audit.model import AUTOMATIC, Actor, Head
from app.features.identity.model import Organisation
from app.features.projects.model import Party, Project
from services.measures import Measure

TaskStatus: TypeAlias = Literal["open", "done", "cancelled"]
IncidentKind: TypeAlias = Literal["failure", "unassigned"]

END_OF_TIME: Final = datetime(9999, 1, 1, tzinfo=UTC)
MESSAGE_TTL: Final = timedelta(days=30)
# Counts on a page stop here: "1000+" says as much, and costs the same with a million tasks.
COUNT_CAP: Final = 1000


@dataclass(frozen=True)
class By:
    """Who acts, as the audit trail names him, and for which organisation, as the timeline shows it."""

    actor: Actor
    org_name: str | None = None


BY_SYSTEM: Final = By(AUTOMATIC)


@dataclass(frozen=True)
class Case:
    """One running or finished process. `rev` counts its steps, `event_seq` its history, `head` ends its audit chain.

    `counted_under` is the edition of the working calendar by which its provisional deadlines were counted, None while
    it has none.
    """

    id: str
    process_id: str
    bundle_key: str
    project_id: str | None
    business_key: str
    status: str
    rev: int
    event_seq: int
    head: Head
    started_by: str | None
    started_by_name: str
    started_at: datetime
    ended_at: datetime | None
    counted_under: str | None = None


@dataclass(frozen=True)
class Task:
    """A task of a person. `variables` are those of its case when it arose: what its form may show."""

    id: str
    case_id: str
    project_id: str | None
    process_id: str
    element_id: str
    name: str
    form_id: str | None
    role: str
    org_id: str | None
    queue: str | None
    priority: int
    properties: Mapping[str, str]
    clauses: tuple[str, ...]
    variables: Mapping[str, Any]
    created_at: datetime
    due_at: datetime | None
    remind_at: datetime | None
    status: TaskStatus
    assignee_id: str | None
    assignee_name: str | None
    done_by: str | None
    done_by_name: str | None
    done_at: datetime | None
    submission_key: str | None


@dataclass(frozen=True)
class Submission:
    """What was submitted with one completion; `variables` are those the form was filled in under."""

    id: str
    case_id: str
    task_id: str
    process_id: str
    element_id: str
    form_id: str | None
    bundle_key: str
    submission_key: str
    data: Mapping[str, Any]
    variables: Mapping[str, Any]
    submitted_by: str
    submitted_by_name: str
    submitted_at: datetime


@dataclass(frozen=True)
class TaskPage:
    """A task with what its page needs.

    `previous` is what was last submitted with this form in this case, None the first time; `submission` is what this
    very task was completed with; `held` are the measures that stop it now. `may_work` says whether this person can
    complete it as it is now, `may_reassign` whether he can give it to somebody else, `knows_project` whether the
    project's own page is open to him, too.
    """

    task: Task
    bundle_key: str
    project: Project | None
    parties: tuple[Party, ...]
    previous: Mapping[str, Any] | None
    submission: Submission | None
    may_work: bool
    may_reassign: bool
    knows_project: bool
    held: tuple[Measure, ...] = ()


@dataclass(frozen=True)
class OpenTask:
    """A task at the moment of its completion: what its form is to be checked against.

    `organisations` reads all of them, once, for whoever asks.
    """

    task: Task
    bundle_key: str
    project: Project | None
    organisations: Callable[[], Sequence[Organisation]]


@dataclass(frozen=True)
class Answers:
    """A form that was accepted: `variables` go on in the process, `submission` is kept whole, for the record."""

    variables: Mapping[str, Any]
    submission: Mapping[str, Any]


@dataclass(frozen=True)
class Completed:
    """The result of a completion; a repeat of the same submission gets the same one.

    `notices` are findings that did not stand in the way, for the person to know.
    """

    task_id: str
    case_id: str
    submission_id: str
    notices: tuple[str, ...] = ()
    repeated: bool = False


@dataclass(frozen=True)
class TaskSummary:
    """A line of a task list."""

    id: str
    case_id: str
    name: str
    role: str
    status: TaskStatus
    priority: int
    created_at: datetime
    due_at: datetime | None
    remind_at: datetime | None
    assignee_id: str | None
    assignee_name: str | None
    done_at: datetime | None
    project_id: str | None
    business_key: str
    project_code: str | None
    project_name: str | None
    unit: str | None
    stage: str | None


@dataclass(frozen=True)
class TaskList:
    """A page of a list; `after` continues behind its last line, None at the end.

    `measures` are those that stand against the projects of the page, by the project's id.
    """

    tasks: tuple[TaskSummary, ...]
    after: str | None
    measures: Mapping[str, tuple[Measure, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class CaseSummary:
    """A line of a list of cases."""

    id: str
    process_id: str
    business_key: str
    status: str
    started_by_name: str
    started_at: datetime
    ended_at: datetime | None
    project_id: str | None
    project_name: str | None
    unit: str | None
    stage: str | None


@dataclass(frozen=True)
class CaseList:
    cases: tuple[CaseSummary, ...]
    after: str | None


@dataclass(frozen=True)
class Incident:
    """Something that stands still until an administrator has mended its cause.

    kind "failure": a task that could not run; "unassigned": a task whose party of the case is not known yet.
    """

    id: str
    case_id: str
    project_id: str | None
    task_id: str
    process_id: str
    element_id: str
    name: str
    kind: IncidentKind
    message: str
    opened_at: datetime
    resolved_at: datetime | None
    resolved_by: str | None
    business_key: str = ""


@dataclass(frozen=True)
class TimelineEntry:
    """One thing that happened: when, to which element, by whom (None: by the system), with which answers."""

    seq: int
    at: datetime
    kind: str
    process_id: str
    element_id: str
    element_type: str
    name: str
    task_id: str | None
    flow_id: str | None
    actor_id: str | None
    actor_name: str | None
    actor_org: str | None
    submission_id: str | None
    note: str | None
    changes: Mapping[str, Any]
    clauses: tuple[str, ...] = ()


@dataclass(frozen=True)
class Diagram:
    """How far one process of a case is, for colouring its diagram. The sets hold ids of elements, `flows` those taken.

    `called_by` is the process and the call activity it hangs on, None for the outermost; `coming` are the elements
    that have not been reached.
    """

    process_id: str
    name: str
    file: str
    done: frozenset[str]
    running: frozenset[str]
    failed: frozenset[str]
    coming: frozenset[str]
    flows: frozenset[str]
    called_by: tuple[str, str] | None = None


@dataclass(frozen=True, kw_only=True)
class CaseRecord:
    """What happened in a case, and what is to be done in it now."""

    case: Case
    timeline: tuple[TimelineEntry, ...]
    open_tasks: tuple[Task, ...]
    submissions: tuple[Submission, ...]


@dataclass(frozen=True, kw_only=True)
class CaseView(CaseRecord):
    """Everything the page of a case shows; `diagrams` begin with the outermost process.

    `knows_project` says whether the project's own page is open to the reader, too: who only has a task does not see it.
    """

    project: Project | None
    parties: tuple[Party, ...]
    diagrams: tuple[Diagram, ...]
    incidents: tuple[Incident, ...]
    knows_project: bool
    variables: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Worked:
    """What one round of the worker did."""

    timers: int = 0
    jobs: int = 0
    messages: int = 0
    notices: int = 0
    endings: int = 0
    recounts: int = 0
    others: int = 0

    @property
    def total(self) -> int:
        return self.timers + self.jobs + self.messages + self.notices + self.endings + self.recounts + self.others

    def __add__(self, other: Worked) -> Worked:
        return Worked(
            timers=self.timers + other.timers,
            jobs=self.jobs + other.jobs,
            messages=self.messages + other.messages,
            notices=self.notices + other.notices,
            endings=self.endings + other.endings,
            recounts=self.recounts + other.recounts,
            others=self.others + other.others,
        )
