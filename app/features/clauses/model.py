"""The clauses of the regulation, what of a bundle carries each, and the scenarios that prove it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias

Proof: TypeAlias = Literal["passed", "failed", "outdated", "never"]
"""What is known of a scenario: its result on this bundle, one of another bundle or of an earlier text, or none."""

KINDS: Final = ("程序", "期限", "金额", "材料", "禁止", "职责", "记录")
STEPS: Final = frozenset({"程序", "期限", "职责", "记录"})
"""Kinds of clauses that somebody has to act on: a step of a diagram carries them, a table or a field alone does not."""


@dataclass(frozen=True)
class Clause:
    """`point` says the clause in short, `requires` what the system has to do, `quote` is the regulation's own text."""

    id: str
    section: str
    point: str
    kind: str
    requires: str
    quote: str


@dataclass(frozen=True)
class Reading:
    """How a clause is read where its text leaves it open, and why."""

    clause: str
    reading: str
    reason: str


@dataclass(frozen=True)
class Element:
    """An element of a diagram. `name` is never empty."""

    process_id: str
    process_name: str
    id: str
    name: str
    type: str


@dataclass(frozen=True)
class Row:
    """A row of a decision table, counted from 1, with its annotation."""

    decision_id: str
    decision_name: str
    number: int
    words: str


@dataclass(frozen=True)
class Entry:
    """A part of a form, named after the task in which the form is filled in."""

    form_id: str
    form_name: str
    component_id: str
    label: str


@dataclass(frozen=True)
class Check:
    """A service or check that cites the clause, with the elements that call it."""

    type: str
    title: str
    elements: tuple[Element, ...]


@dataclass(frozen=True)
class Carriers:
    """All that carries one clause in one bundle."""

    elements: tuple[Element, ...] = ()
    rows: tuple[Row, ...] = ()
    entries: tuple[Entry, ...] = ()
    checks: tuple[Check, ...] = ()

    def carry(self, kind: str) -> bool:
        """Whether a clause of this kind is carried: by a step, or else by anything if it is no step."""
        return bool(self.elements) or (kind not in STEPS and bool(self.rows or self.entries or self.checks))


@dataclass(frozen=True)
class Scenario:
    """A scenario as it is written: `content` is its YAML, `digest` tells one text from another."""

    id: str
    name: str
    clauses: tuple[str, ...]
    digest: str
    content: Mapping[str, Any]


@dataclass(frozen=True)
class Happened:
    """A line of a scenario that was played: what was done, and what was not as expected."""

    at: datetime
    words: str
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Result:
    """What came out of a scenario on one bundle. `ran_at` is when it was played; the times of `lines` are its own."""

    bundle_key: str
    scenario_id: str
    digest: str
    passed: bool
    ran_at: datetime
    lines: tuple[Happened, ...] = ()


@dataclass(frozen=True)
class Proven:
    """A scenario with its best-fitting result: that of this bundle, else the latest of any other."""

    scenario: Scenario
    proof: Proof
    result: Result | None = None


@dataclass(frozen=True)
class Coverage:
    """One row of the matrix."""

    clause: Clause
    carriers: Carriers
    scenarios: Sequence[Proven]
    readings: Sequence[Reading] = field(default_factory=tuple)

    @property
    def carried(self) -> bool:
        return self.carriers.carry(self.clause.kind)

    @property
    def proven(self) -> bool:
        """Whether a scenario that passed on this bundle lists the clause, and none that lists it failed."""
        proofs = {each.proof for each in self.scenarios}
        return "passed" in proofs and "failed" not in proofs
