"""The register of projects: what is kept of each for life, whatever its processes do."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Literal, TypeAlias

AmountKind: TypeAlias = Literal["estimate", "approved", "budget", "contract", "paid", "settled"]
AMOUNT_LABELS: Final[Mapping[AmountKind, str]] = {
    "estimate": "投资概算",
    "approved": "核定金额",
    "budget": "列入预算",
    "contract": "合同金额",
    "paid": "累计支付",
    "settled": "结算金额",
}

Status: TypeAlias = Literal["running", "finished", "withdrawn", "transferred", "rejected", "terminated"]
STATUS_LABELS: Final[Mapping[Status, str]] = {
    "running": "办理中",
    "finished": "已归档",
    "withdrawn": "已退出",
    "transferred": "转其他程序",
    "rejected": "未通过",
    "terminated": "已终止",
}
MAX_NAME: Final = 100
# How a project can end; an end event of its diagrams names one in its property `outcome`.
OUTCOMES: Final = tuple(status for status in STATUS_LABELS if status != "running")

STAGES: Final = ("申报", "审核", "年度计划", "采购", "实施", "初步验收", "竣工验收", "绩效评估")
# The trading center learns of a project when it comes up for procurement, not before (2-5, 3.3-2).
PROCURED_STAGES: Final = STAGES[3:]
# Of these a project may have several at once, each in cases of its own: every system names its cloud (附5-2).
SHARED_ROLES: Final = frozenset({"cloud-provider"})
# What a project may be asked to have before a process is started beside it (附5-8).
NEEDS: Final = {"cloud": "正式运行的政务云资源", "sanction": "可以解除的暂缓拨付、暂停建设"}


@dataclass(frozen=True)
class Project:
    """A registered project. Amounts are 万元; `code` never changes, `round_year` may (3.1-1).

    `ruleset` is the number of the regulation's text under which it was registered, `basis` the recorded decision
    to go on under a lapsed one, None while that text was in force (4-5).
    """

    id: str
    code: str
    name: str
    org_id: str
    unit: str
    round_year: int
    registered_on: date
    stage: str
    status: Status
    confidential: bool
    estimate: Decimal | None
    approved: Decimal | None
    budget: Decimal | None
    contract: Decimal | None
    paid: Decimal | None
    settled: Decimal | None
    responsible: str | None
    details: Mapping[str, object]
    ruleset: str
    basis: str | None
    created_by: str
    created_at: datetime

    @property
    def rule_version(self) -> str:
        """The version it stands under for life, in words for its page."""
        return self.ruleset if self.basis is None else f"{self.ruleset}（续用依据：{self.basis}）"

    @property
    def in_year(self) -> bool:
        """Whether it is added to the plan of the running year instead of waiting for a round (3.1-2)."""
        return self.details.get("channel") == "in_year"

    @property
    def accepted(self) -> bool:
        """Whether its final acceptance is passed: from then on it may cost something to run (3.5-2)."""
        return self.status == "finished" or (self.status == "running" and self.stage == STAGES[-1])

    @property
    def related_codes(self) -> tuple[str, ...]:
        """The project whose running it pays for, and those that pay for running it (3.5-2)."""
        origin, maintained = self.details.get("origin"), self.details.get("maintenance")
        codes = [origin, *(maintained if isinstance(maintained, list) else [])]
        return tuple(code for code in codes if isinstance(code, str))

    @property
    def amounts(self) -> Mapping[AmountKind, Decimal | None]:
        return {kind: getattr(self, kind) for kind in AMOUNT_LABELS}

    @property
    def status_label(self) -> str:
        return STATUS_LABELS[self.status]


@dataclass(frozen=True)
class Party:
    """An organisation that takes part in a project in a role, such as its review agency."""

    role: str
    org_id: str
    org_name: str


@dataclass(frozen=True)
class AmountChange:
    """An amount of a project that was replaced by another, in 万元: when, by whom, and in which case (3.2-16)."""

    kind: AmountKind
    before: Decimal
    after: Decimal
    at: datetime
    by_name: str
    case_id: str

    @property
    def label(self) -> str:
        return AMOUNT_LABELS[self.kind]


@dataclass(frozen=True)
class ProjectPage:
    """A project with what its page shows beside it; the latest change of an amount comes first.

    `related` are what it maintains and what maintains it, as far as the reader may know of them.
    """

    project: Project
    parties: tuple[Party, ...]
    changes: tuple[AmountChange, ...]
    related: tuple[Project, ...] = ()


@dataclass(frozen=True)
class ProjectFilter:
    """What a search narrows; an absent field narrows nothing."""

    text: str = ""
    stage: str | None = None
    status: Status | None = None
    round_year: int | None = None
    org_id: str | None = None


@dataclass(frozen=True)
class Found:
    """A page of projects, the newest first; `after` continues behind the last one, None at the end."""

    projects: tuple[Project, ...]
    after: str | None


@dataclass(frozen=True)
class ToDecide:
    """A confidential project as whoever names its readers finds it: how many there are, and nothing it is about."""

    id: str
    code: str
    unit: str
    registered_on: date
    readers: int


@dataclass(frozen=True)
class RuleBasis:
    """A recorded decision of the administrator to go on under a text of the regulation that has lapsed (4-5).

    It holds from `valid_from` to `valid_to`, both included; without `valid_to`, until further notice.
    """

    id: str
    ruleset: str
    basis: str
    valid_from: date
    valid_to: date | None
    decided_by: str
    decided_at: datetime


def normalised(text: str) -> str:
    """Text as it is searched: full-width letters and capitals make no difference."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


def bigrams(text: str) -> set[str]:
    """Every two characters in a row within the words of a text: the index of the search."""
    return {word[at : at + 2] for word in normalised(text).split() for at in range(len(word) - 1)}
