"""The annual construction plan of a round: its candidates, and what is decided of each (3.2-11)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, TypeAlias

Decision: TypeAlias = Literal["include", "cut"]
DECISIONS = {"include": "列入", "cut": "不列入"}


@dataclass(frozen=True)
class Candidate:
    """A project that passed the joint review and waits for its round's plan; `approved` is what the review allows.

    `decision` is that of the draft, None as long as nobody has taken one. Amounts are 万元.
    """

    code: str
    name: str
    unit: str
    approved: Decimal
    decision: Decision | None = None


@dataclass(frozen=True)
class Entry:
    """What a draft says of one candidate: included with a rank and an amount, or cut, both without."""

    code: str
    decision: Decision
    rank: int | None
    amount: Decimal | None
    reason: str


@dataclass(frozen=True)
class Strike:
    """A project that the district government strikes from the draft it approves."""

    code: str
    reason: str
