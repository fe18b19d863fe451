"""Resources on the government cloud, as the ledger keeps them: who holds what, since when it is paid for (附件5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, Literal, TypeAlias

from services.amounts import plain

State: TypeAlias = Literal["trial", "running", "stopped"]
STATES: dict[State, str] = {"trial": "迁移和试运行", "running": "正式运行", "stopped": "已停用"}
# The role of whoever provides a resource in the case that is about it.
PROVIDER: Final = "cloud-provider"
# The measured resources of the regulation, in its order (附5-9).
MEASURED = {"cpu": "CPU", "memory": "内存", "storage": "存储"}


@dataclass(frozen=True)
class Sizes:
    """`cpu` in cores, `memory` and `storage` in GB."""

    cpu: int
    memory: int
    storage: int

    def sentence(self) -> str:
        return f"CPU {self.cpu} 核、内存 {self.memory} GB、存储 {self.storage} GB"


@dataclass(frozen=True)
class Usage:
    """What was used on average from `since` to `until`, both included, in per cent."""

    since: date
    until: date
    cpu: Decimal
    memory: Decimal
    storage: Decimal

    def sentence(self) -> str:
        return f"CPU {plain(self.cpu)}%、内存 {plain(self.memory)}%、存储 {plain(self.storage)}%"


@dataclass(frozen=True)
class SpecialPeriod:
    """A time with needs of its own, of which the bureau was told on `told_on`, before it began (附5-9)."""

    since: date
    until: date
    reason: str
    told_on: date

    def overlaps(self, since: date, until: date) -> bool:
        return self.since <= until and since <= self.until


@dataclass(frozen=True)
class CloudResource:
    """One allocation, paid for from `billing_from` up to and including `billing_to`.

    `number` is its name for life, `others` are resources besides the measured ones, in words. `asked_on` is the day on
    which the unit asked for the change or the return that is under way (附5-8).
    """

    number: str
    system: str
    provider_id: str
    sizes: Sizes
    others: str = ""
    state: State = "trial"
    billing_from: date | None = None
    billing_to: date | None = None
    usage: Usage | None = None
    special: tuple[SpecialPeriod, ...] = ()
    asked_on: date | None = None

    @property
    def label(self) -> str:
        return f"{self.number} {self.system}（{self.sizes.sentence()}）"

    def smaller_than(self, before: Sizes | None, names: Iterable[str]) -> bool:
        """Whether it has less than before of one of these."""
        return before is not None and any(getattr(self.sizes, name) < getattr(before, name) for name in names)

    def told_of(self, since: date, until: date) -> SpecialPeriod | None:
        """The special period that the bureau was told of and that touches these days, if there is one."""
        return next((period for period in self.special if period.overlaps(since, until)), None)


def numbered(resources: Iterable[CloudResource], number: object) -> CloudResource | None:
    """The resource with this number, if the project has it."""
    return next((each for each in resources if each.number == number), None)


def next_number(resources: Iterable[CloudResource], code: str) -> str:
    """The number of a project's next resource: its code and a running number."""
    return f"{code}-Y{len(tuple(resources)) + 1:02d}"
