"""Drawing experts for a review at random, so that anybody can check afterwards that it was done properly (3.2-3 3.2-7).

Whoever has an interest in the project is left out first, with the reason. Then every expert of the pool gets a number
from a seed that nobody could choose or foresee, HMAC-SHA-256 of what identifies him, and of each field those with the
smallest numbers are drawn. Seed, pool and quotas on record give the same experts at any time.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

ALGORITHM: Final = "HMAC-SHA-256 排序取前列，第1版"
FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {"technology": "信息技术", "security": "网络安全", "cost": "造价财务", "management": "项目管理"}
)
# A name shorter than this is part of too many others to tell anything.
_SHORTEST_NAME: Final = 4


@dataclass(frozen=True)
class Expert:
    """`ties` are names of organisations that he has declared an interest in."""

    name: str
    work_unit: str
    field: str
    phone: str = ""
    ties: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """What forms and records call him."""
        return f"{self.name}（{self.work_unit}）"

    @property
    def mark(self) -> str:
        """What identifies him in a draw, on every system and to everybody who checks it."""
        return f"{self.name}|{self.work_unit}|{self.phone}"


@dataclass(frozen=True)
class Interest:
    """An organisation with an interest in the project: what it is in it, and the names it goes by."""

    label: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class Exclusion:
    expert: Expert
    reason: str


@dataclass(frozen=True)
class Draw:
    """One draw: from `pool` by `quotas` (how many of which field) and `seed` come `drawn`.

    `kept` were drawn before and stay, `absent` were drawn before and cannot come. `round` counts from 1.
    """

    round: int
    seed: str
    quotas: Mapping[str, int]
    pool: tuple[Expert, ...]
    drawn: tuple[Expert, ...]
    excluded: tuple[Exclusion, ...] = ()
    kept: tuple[Expert, ...] = ()
    absent: tuple[Exclusion, ...] = ()
    algorithm: str = field(default=ALGORITHM)

    @property
    def panel(self) -> tuple[Expert, ...]:
        """Who reviews after this draw."""
        return (*self.kept, *self.drawn)

    @property
    def digest(self) -> str:
        """The fingerprint of the pool, whatever its order."""
        return hashlib.sha256("\n".join(sorted(expert.mark for expert in self.pool)).encode()).hexdigest()

    @property
    def repeatable(self) -> bool:
        """Whether what is on record gives what is on record."""
        return selected(self.pool, self.quotas, self.seed) == self.drawn


def conflict(expert: Expert, interests: Iterable[Interest]) -> str | None:
    """Why an expert must stay away: he works for an organisation with an interest, or has declared a tie with it."""
    for interest in interests:
        if _is_one_of(expert.work_unit, interest.names):
            return f"工作单位是{interest.label}（{interest.names[0]}）或其所属单位"
        for tie in expert.ties:
            if _is_one_of(tie, interest.names):
                return f"申报了与{interest.label}（{interest.names[0]}）的关联"
    return None


def eligible(
    pool: Iterable[Expert], interests: Collection[Interest], *, out: Mapping[str, str]
) -> tuple[tuple[Expert, ...], tuple[Exclusion, ...]]:
    """Those who may be drawn, and the others with the reason. `out` maps marks of experts to why they are out."""
    may, excluded = [], []
    for expert in sorted(pool, key=lambda each: each.mark):
        reason = out.get(expert.mark) or conflict(expert, interests)
        if reason is None:
            may.append(expert)
        else:
            excluded.append(Exclusion(expert, reason))
    return tuple(may), tuple(excluded)


def missing(pool: Iterable[Expert], quotas: Mapping[str, int]) -> dict[str, int]:
    """How many experts of which field the pool is short of."""
    fields = [expert.field for expert in pool]
    short = {name: number - fields.count(name) for name, number in quotas.items()}
    return {name: number for name, number in short.items() if number > 0}


def selected(pool: Sequence[Expert], quotas: Mapping[str, int], seed: str) -> tuple[Expert, ...]:
    """The experts that the seed gives: of each field those with the smallest numbers, in the order of the quotas."""
    ranked = sorted(pool, key=lambda expert: (_number(seed, expert), expert.mark))
    return tuple(
        expert
        for name, number in quotas.items()
        for expert in [each for each in ranked if each.field == name][: max(number, 0)]
    )


def _number(seed: str, expert: Expert) -> bytes:
    return hmac.new(seed.encode(), expert.mark.encode(), hashlib.sha256).digest()


def _is_one_of(name: str, known: Iterable[str]) -> bool:
    """Whether a name is one of these or contains it, as a subordinate unit's does; rather too often than too seldom."""
    plain = _plain(name)
    return any(_same(plain, _plain(each)) for each in known)


def _same(one: str, other: str) -> bool:
    if one == other:
        return bool(one)
    shorter, longer = sorted((one, other), key=len)
    return len(shorter) >= _SHORTEST_NAME and shorter in longer


def _plain(name: str) -> str:
    return "".join(name.split()).lower()
