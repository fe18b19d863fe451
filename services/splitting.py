"""Projects that a unit applies for side by side: whether they may be one that was split to stay below a threshold.

The regulation sets thresholds by a project's sum (3.1-5 3.2-7) and says nothing of splitting. Several projects of one
unit in one round, each below the threshold and together not, are shown to the bureau, which decides.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

# What nearly every project's name ends in says nothing about its likeness to another.
_COMMON = ("建设项目", "项目", "系统", "平台", "信息化", "建设", "（一期）", "（二期）", "一期", "二期", "三期")


@dataclass(frozen=True)
class Sibling:
    """Another project of the same unit in the same round; the estimate in 万元, None while it is unknown."""

    code: str
    name: str
    stage: str
    status: str
    estimate: Decimal | None


def likeness(name: str, other: str) -> float:
    """How alike two names are, from 0 to 1: the share of the pairs of characters that they have in common."""
    pairs, others = _pairs(name), _pairs(other)
    return len(pairs & others) / len(pairs | others) if pairs | others else 0.0


def by_likeness(name: str, siblings: Iterable[Sibling]) -> tuple[Sibling, ...]:
    """The siblings, those with the most similar names first."""
    return tuple(sorted(siblings, key=lambda each: (-likeness(name, each.name), each.code)))


def total_if_split(estimate: Decimal | None, siblings: Iterable[Sibling], *, threshold: Decimal) -> Decimal | None:
    """The sum of the project and its siblings below the threshold, if all of them together reach it; else None."""
    if estimate is None or estimate >= threshold:
        return None
    small = [each.estimate for each in siblings if each.estimate is not None and each.estimate < threshold]
    total = estimate + sum(small, Decimal(0))
    return total if small and total >= threshold else None


def _pairs(name: str) -> set[str]:
    stem = name
    for word in _COMMON:
        stem = stem.replace(word, "")
    stem = stem or name
    return {stem[at : at + 2] for at in range(len(stem) - 1)} or {stem}
