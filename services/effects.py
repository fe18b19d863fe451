"""What a check asks the application to do, besides variables: plain orders, carried out in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal, TypeAlias

from services.cloud import CloudResource
from services.experts import Draw
from services.plan import Entry, Strike

AmountKind: TypeAlias = Literal["estimate", "approved", "budget", "contract", "paid", "settled"]


@dataclass(frozen=True)
class SetAmount:
    """The project's amount of this kind becomes `value` 万元 (for `paid`: the sum of all payments)."""

    kind: AmountKind
    value: Decimal


@dataclass(frozen=True)
class SetProject:
    """Facts of the project's register entry change; the keys are those of `ProjectFacts`."""

    fields: Mapping[str, str | int | None]


@dataclass(frozen=True)
class AssignParty:
    """The organisation takes this party's role in the case."""

    role: str
    org_id: str


@dataclass(frozen=True)
class SetResponsible:
    """The head of the building unit who answers for the project (3.3-5)."""

    name: str
    phone: str


@dataclass(frozen=True)
class AddLedgerEntry:
    """A restriction of the applicant's unit, in force from `since` up to and including `until` (None: until lifted)."""

    kind: str
    reason: str
    clause: str
    since: date
    until: date | None = None


@dataclass(frozen=True)
class AddRating:
    """A supplier's rating in this project, from 0 to 100 (4-2). `role` is the party's role in the case."""

    role: str
    score: Decimal
    comment: str


@dataclass(frozen=True)
class ImposeMeasure:
    """A measure against the project from now on; `kind` is one of `services.measures.MEASURES` (3.3-11 3.4-8)."""

    kind: str
    clause: str
    reason: str


@dataclass(frozen=True)
class LiftMeasure:
    """The project's measures of this kind and clause end; with `own`, only those that this very case imposed."""

    kind: str
    clause: str
    why: str
    own: bool = False


@dataclass(frozen=True)
class RecordContract:
    """The contract that was signed with the contractor, its amount in 万元 (3.3-1 3.3-6)."""

    number: str
    amount: Decimal
    signed_on: date


@dataclass(frozen=True)
class RecordPayment:
    """A payment of the project; `kind` is one of `services.checks.payment.KINDS`, `amount` 万元 (3.3-6 3.4-8)."""

    kind: str
    amount: Decimal
    paid_on: date
    voucher: str


@dataclass(frozen=True)
class JoinPlan:
    """The project becomes a candidate of the plan of this round that is being drafted, or of a new one (3.2-11)."""

    round_year: int


@dataclass(frozen=True)
class OpenPlan:
    """The plan of this code can be drafted, and takes in new candidates, in the case that orders it."""

    plan: str


@dataclass(frozen=True)
class DraftPlan:
    """The draft of a plan: what it says of each of its candidates. From now on it takes in nobody."""

    plan: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class DecidePlan:
    """The district government's approval of a draft, but for the projects that it strikes."""

    plan: str
    strikes: tuple[Strike, ...]


@dataclass(frozen=True)
class PublishPlan:
    """The plan is issued, and each of its projects told."""

    plan: str


@dataclass(frozen=True)
class SetCloud:
    """The project's entry in the ledger of cloud resources with this number becomes this one (附5-5 to 附5-9)."""

    resource: CloudResource


@dataclass(frozen=True)
class StartProcess:
    """A case of its own begins beside the project, of this process and with these variables besides the usual ones."""

    process_id: str
    variables: Mapping[str, Any]


@dataclass(frozen=True)
class RegisterMaintenance:
    """The unit registers a project that pays for running this one (3.5-2)."""


@dataclass(frozen=True)
class RecordDraw:
    """A draw of experts goes on record, for good (3.2-7)."""

    draw: Draw


# What is asked of other features than the case and its project's entry in the register.
Beginning: TypeAlias = StartProcess | RegisterMaintenance
PlanOrder: TypeAlias = JoinPlan | OpenPlan | DraftPlan | DecidePlan | PublishPlan
Order: TypeAlias = (
    AddLedgerEntry
    | AddRating
    | RecordDraw
    | ImposeMeasure
    | LiftMeasure
    | RecordContract
    | RecordPayment
    | SetCloud
    | PlanOrder
)
Effect: TypeAlias = SetAmount | SetProject | AssignParty | SetResponsible | Beginning | Order
