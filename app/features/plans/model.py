"""The annual construction plans: one a batch of a round, with what was decided of each project (3.2-11)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, Literal, TypeAlias

from services.amounts import total
from services.plan import DECISIONS, Decision

PlanStatus: TypeAlias = Literal["drafting", "submitted", "issued"]
STATUS_LABELS: Final[dict[PlanStatus, str]] = {
    "drafting": "汇总编制中",
    "submitted": "审核审定中",
    "issued": "已下达",
}


_CODE: Final = re.compile(r"PLAN-(\d+)-(\d+)")


def code_of(round_year: int, batch: int) -> str:
    return f"PLAN-{round_year}-{batch}"


def title_of(business_key: str) -> str:
    """The name of the plan that has this code; any other key as it is."""
    found = _CODE.fullmatch(business_key)
    return f"{found[1]}年度建设计划（第{found[2]}批）" if found else business_key


@dataclass(frozen=True)
class Plan:
    """A plan; `id` is its code, such as PLAN-2027-1, which its case has as business key.

    While it is `drafting` it takes in candidates, then no more. `case_id` is None until its case has begun.
    """

    id: str
    round_year: int
    batch: int
    status: PlanStatus
    case_id: str | None
    created_at: datetime
    issued_at: datetime | None

    @property
    def title(self) -> str:
        return title_of(self.id)

    @property
    def status_label(self) -> str:
        return STATUS_LABELS[self.status]


@dataclass(frozen=True)
class Line:
    """A project in a plan. Amounts are 万元.

    `decision`, `rank`, `amount` and `reason` are what was decided last; None where nothing is, or where the reader is
    not to know yet. `approved` is what the review allowed when the project joined, `adjusted` what an adjustment of
    the issued plan made of it (3.2-16), None if there was none. `budget` is what entered the next year's budget.
    """

    project_code: str
    project_name: str
    unit: str
    stage: str
    status_label: str
    approved: Decimal
    decision: Decision | None
    rank: int | None
    amount: Decimal | None
    reason: str
    struck: bool
    adjusted: Decimal | None
    budget: Decimal | None

    @property
    def decision_label(self) -> str:
        return _words(self.decision, struck=self.struck)


@dataclass(frozen=True)
class Change:
    """What one person decided of one project in a draft or its approval, and when."""

    project_name: str
    at: datetime
    by_name: str
    decision: Decision
    rank: int | None
    amount: Decimal | None
    reason: str
    struck: bool

    @property
    def decision_label(self) -> str:
        return _words(self.decision, struck=self.struck)


@dataclass(frozen=True)
class PlanPage:
    """A plan as one reader may see it: `whole` tells whether all its lines are here, or only those of his unit."""

    plan: Plan
    lines: tuple[Line, ...]
    changes: tuple[Change, ...]
    whole: bool

    @property
    def included(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.decision == "include")

    @property
    def approved_total(self) -> Decimal:
        """What the review allowed for the projects that are included."""
        return total(line.approved for line in self.included)

    @property
    def planned_total(self) -> Decimal:
        return total(_known(line.amount for line in self.included))

    @property
    def budget_total(self) -> Decimal:
        return total(_known(line.budget for line in self.included))


@dataclass(frozen=True)
class PlanSummary:
    """A plan in the list, with as many projects, and the sum of their amounts, as the reader may see."""

    plan: Plan
    projects: int
    included: int
    amount: Decimal


def _words(decision: Decision | None, *, struck: bool) -> str:
    if decision is None:
        return "待决定"
    return "审定删去" if struck else DECISIONS[decision]


def _known(amounts: Iterable[Decimal | None]) -> Iterable[Decimal]:
    return (amount for amount in amounts if amount is not None)
