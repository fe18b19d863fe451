"""The pool of experts as the data bureau keeps it, and the draws from it."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from services.experts import Draw, Exclusion, Expert

Seed: TypeAlias = Callable[[str], str]
"""From what is drawn for, in words, to the seed of the draw."""

_SEED_BYTES = 32


@dataclass(frozen=True)
class Listed:
    """An expert in the pool; one who is not active is not drawn."""

    id: str
    expert: Expert
    active: bool
    changed_by: str
    changed_at: datetime


@dataclass(frozen=True)
class Drawn:
    """A draw on record: when, in whose step, for which case."""

    at: datetime
    by: str
    draw: Draw


def fresh_seed(_subject: str) -> str:
    """A seed from the system's source of randomness, which nobody can foresee or choose."""
    return secrets.token_hex(_SEED_BYTES)


def written_seed(subject: str) -> str:
    """The same seed for the same subject, for a system whose clock stands still: stories must end alike every time."""
    return hashlib.sha256(subject.encode()).hexdigest()


def as_record(draw: Draw) -> dict[str, Any]:
    """A draw as JSON."""
    return {
        "round": draw.round,
        "seed": draw.seed,
        "algorithm": draw.algorithm,
        "quotas": [[name, number] for name, number in draw.quotas.items()],
        **{name: [_expert(each) for each in getattr(draw, name)] for name in ("pool", "drawn", "kept")},
        **{name: [[_expert(e.expert), e.reason] for e in getattr(draw, name)] for name in ("excluded", "absent")},
    }


def as_draw(record: Mapping[str, Any]) -> Draw:
    return Draw(
        round=record["round"],
        seed=record["seed"],
        algorithm=record["algorithm"],
        quotas=dict(record["quotas"]),
        pool=_experts(record["pool"]),
        drawn=_experts(record["drawn"]),
        kept=_experts(record["kept"]),
        excluded=_exclusions(record["excluded"]),
        absent=_exclusions(record["absent"]),
    )


def _expert(expert: Expert) -> list[Any]:
    return [expert.name, expert.work_unit, expert.field, expert.phone, list(expert.ties)]


def _experts(written: list[list[Any]]) -> tuple[Expert, ...]:
    return tuple(_read(each) for each in written)


def _exclusions(written: list[list[Any]]) -> tuple[Exclusion, ...]:
    return tuple(Exclusion(_read(expert), reason) for expert, reason in written)


def _read(written: list[Any]) -> Expert:
    name, work_unit, field, phone, ties = written
    return Expert(name, work_unit, field, phone, tuple(ties))
