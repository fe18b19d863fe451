"""A scenario as it was written: one project's story, step by step, and what must be true."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, TypeAlias

from app.kernel.errors import Invalid

Answers: TypeAlias = Mapping[str, Any]

CANDIDATE: Final = "compile-annual-plan"
"""The task that is open to a project when it has become a candidate of its round's plan."""


class ScenarioUnclear(Invalid):
    """A scenario cannot be read; the message is Chinese and names the file and the place."""


@dataclass(frozen=True)
class Expectation:
    """What must be true; None and empty expect nothing.

    `tasks` are exactly the open tasks, `open` and `closed` those that must and must not be among them, `passed` and
    `not_passed` ids of elements or sequence flows, `due` the deadlines of open tasks, `standing` exactly the kinds of
    restriction in force against the unit, the latest first. `told` are words that one message to somebody of an
    organisation must contain, by its name.
    """

    tasks: frozenset[str] | None = None
    open: frozenset[str] = frozenset()
    closed: frozenset[str] = frozenset()
    stage: str | None = None
    status: str | None = None
    passed: frozenset[str] = frozenset()
    not_passed: frozenset[str] = frozenset()
    variables: Mapping[str, Any] = field(default_factory=dict)
    amounts: Mapping[str, Decimal | None] = field(default_factory=dict)
    due: Mapping[str, datetime] = field(default_factory=dict)
    incidents: int | None = None
    standing: tuple[str, ...] | None = None
    told: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Start:
    """The registration of the project. `refused` are words of the refusal, when it must be refused.

    `registered` is a project that is there by then, because another story has led to it.
    """

    at: datetime
    unit: str
    project: str
    round_year: int | None = None
    confidential: bool = False
    in_year: bool = False
    registered: bool = False
    continued: bool = True
    refused: tuple[str, ...] = ()


@dataclass(frozen=True)
class Do:
    """Somebody does a task, or must be refused with the words of `refused`.

    `at` is a point of time to wait for, `after` a stretch to wait first; `who` an account, name or organisation.
    """

    element: str
    answers: Answers = field(default_factory=dict)
    at: datetime | None = None
    after: str | None = None
    who: str | None = None
    refused: tuple[str, ...] = ()
    expect: Expectation | None = None


@dataclass(frozen=True)
class Advance:
    """Time passes: until a point (a datetime), or for a stretch (text)."""

    to: datetime | str
    expect: Expectation | None = None


@dataclass(frozen=True)
class Proceed:
    """Everybody does his tasks in the usual way until `until` is open (None: until the end), except `leaving`.

    `answers` are overrides by element, used every time it is done.
    """

    until: str | None = None
    answers: Mapping[str, Answers] = field(default_factory=dict)
    leaving: frozenset[str] = frozenset()
    expect: Expectation | None = None


@dataclass(frozen=True)
class StartBeside:
    """Somebody starts a process beside the life cycle, or must be refused; the fields are those of `Do`."""

    process_id: str
    at: datetime | None = None
    after: str | None = None
    who: str | None = None
    refused: tuple[str, ...] = ()
    expect: Expectation | None = None


@dataclass(frozen=True)
class Ledger:
    """Somebody writes in the ledger of the project's unit: `act` is a key of `ledger_acts.ACTS`, `said` what he writes.

    `at`, `after`, `who` and `refused` are those of `Do`.
    """

    act: str
    said: Answers = field(default_factory=dict)
    at: datetime | None = None
    after: str | None = None
    who: str | None = None
    refused: tuple[str, ...] = ()
    expect: Expectation | None = None


@dataclass(frozen=True)
class Issue:
    """Somebody issues a document of a kind in `forms/documents/kinds.yaml`; a sample that nobody issues is only made.

    `at`, `after`, `who` and `refused` are those of `Do`; `number` is the one it must get, `contains` are words that
    must stand in it, `lacks` words that must not.
    """

    kind: str
    at: datetime | None = None
    after: str | None = None
    who: str | None = None
    refused: tuple[str, ...] = ()
    number: str | None = None
    contains: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    expect: Expectation | None = None


@dataclass(frozen=True)
class PublishCalendar:
    """An administrator publishes the State Council's notice of a year: its days off and the days worked instead."""

    year: int
    off: tuple[date, ...]
    make_up: tuple[date, ...] = ()
    at: datetime | None = None
    expect: Expectation | None = None


@dataclass(frozen=True)
class ChangeTable:
    """A process owner deploys a version in which rows of a decision table give other values from `since` on (4-5).

    `where` and `values` are cells by the expression of their input and the name of their output.
    """

    decision: str
    since: date
    values: Mapping[str, str]
    where: Mapping[str, str] = field(default_factory=dict)
    at: datetime | None = None
    expect: Expectation | None = None


Step: TypeAlias = Do | StartBeside | Ledger | Issue | Advance | PublishCalendar | ChangeTable | Proceed


@dataclass(frozen=True)
class Other:
    """Another project of a scenario, which everybody takes as far as the task `until` in the usual way.

    `answers` are overrides by element.
    """

    start: Start
    until: str = CANDIDATE
    answers: Mapping[str, Answers] = field(default_factory=dict)


@dataclass(frozen=True)
class Scenario:
    """One project's story; `others` are projects that go along, as a rule as far as the annual plan."""

    path: Path
    name: str
    clauses: tuple[str, ...]
    start: Start
    steps: tuple[Step, ...]
    expect: Expectation
    others: tuple[Other, ...] = ()

    def others_as_stories(self) -> Iterator[Scenario]:
        """Each other project with a story of its own."""
        for other in self.others:
            way = (Proceed(other.until, other.answers),)
            yield replace(self, start=other.start, steps=way, expect=Expectation(), others=())
