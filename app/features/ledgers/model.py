"""The ledgers of units and suppliers: what is kept, and who may read and write it (3.1-8 3.1-9 3.2-4 4-1 4-2 附2-2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from app.features.identity.model import Identity
from app.features.projects.access import APPLICANT_ROLES, SEES_OPEN_PROJECTS
from services.ledger import Restriction

OVERSEERS: Final = SEES_OPEN_PROJECTS
"""These roles read the ledgers of all units; a unit's own people read what is written of it."""
KEEPERS: Final = frozenset({"data-bureau", "data-bureau-lead"})
"""These enter and lift restrictions, and confirm migrations."""
EXEMPTERS: Final = frozenset({"data-bureau-lead"})
"""These grant exemptions."""
RATING_READERS: Final = OVERSEERS | {"trading-center"}
"""These read how suppliers were rated: procurement takes it into account (4-2)."""
UNIT_ROLES: Final = APPLICANT_ROLES

LOCATIONS: Final[Mapping[str, str]] = {
    "own": "本单位机房",
    "hosted": "托管或租用机房",
    "city-cloud": "市政务云",
}
MIGRATION_WAYS: Final[Mapping[str, str]] = {
    "physical": "物理搬迁",
    "application": "应用搬迁",
    "backup": "容灾备份",
}
COMMON_SYSTEMS: Final[Mapping[str, str]] = {
    "office": "协同办公",
    "video": "视频会议",
    "administrative": "行政权力运行",
}
"""The common systems that must be connected with those of the whole city (3.1-9)."""
NETWORKS: Final[Mapping[str, str]] = {
    "internet": "互联网",
    "gov_extranet": "政务外网",
    "gov_private": "政务专网",
    "business_private": "业务专网",
    "other": "其他",
}
"""The networks as 附2 names them."""


@dataclass(frozen=True)
class Exempted:
    """An exemption as it stands on record; `project` is its code, None for all of the unit's."""

    id: str
    project: str | None
    basis: str
    reason: str
    granted_by: str
    granted_on: date


@dataclass(frozen=True)
class Entry:
    """A restriction as it stands on record. `project_id` and `system_id` say what it came from."""

    id: str
    org_id: str
    unit: str
    project_id: str | None
    system_id: str | None
    evidence: str
    document: str
    file_id: str | None
    entered_by: str
    created_at: datetime
    lifted_by: str
    lift_reason: str
    restriction: Restriction
    exemptions: tuple[Exempted, ...] = ()

    def state(self, day: date) -> str:
        """How it stands on a day, in a word."""
        if self.restriction.in_force(day):
            return "生效中"
        if self.restriction.lifted_on is not None and self.restriction.lifted_on <= day:
            return "已解除"
        return "已到期" if self.restriction.since <= day else "尚未生效"


@dataclass(frozen=True)
class RestrictionFilter:
    """What a search narrows; an absent field narrows nothing."""

    org_id: str | None = None
    kind: str | None = None
    in_force: bool = False


@dataclass(frozen=True)
class Page:
    """A page of a ledger, the newest first; `after` continues behind the last one, None at the end."""

    rows: tuple[object, ...]
    after: str | None


@dataclass(frozen=True)
class UnitSystem:
    """A system that a unit has built, and what became of its migration to the city's cloud (3.1-8 3.1-9 附2-2).

    `cost` is in 万元. `reported_on` is the day on which the unit says it was done, `confirmed_on` that on which the
    bureau agreed. `common` is a key of `COMMON_SYSTEMS`, "" for any other system.
    """

    id: str
    org_id: str
    unit: str
    name: str
    network: str
    built_year: int
    cost: Decimal | None
    usage: str
    location: str
    common: str
    connected: bool | None
    connection: str
    migration_way: str
    migration_due: date | None
    reported_on: date | None
    report_note: str
    confirmed_on: date | None
    confirmed_by: str
    retired: bool
    changed_by: str
    changed_at: datetime

    def migration(self, today: date) -> str:
        """How far its migration is, in a word."""
        if self.retired:
            return "已停用"
        if self.location == "city-cloud" or self.confirmed_on is not None:
            return "已完成"
        if self.migration_due is None:
            return "没有计划"
        if self.reported_on is not None:
            return "待确认"
        return "逾期" if self.migration_due < today else "计划中"


@dataclass(frozen=True)
class Equipment:
    """A row of 附2's second table: servers, storage and security devices of a unit."""

    id: str
    org_id: str
    name: str
    quantity: int
    configuration: str
    year: int
    usage: str


@dataclass(frozen=True)
class Network:
    """A row of 附2's third table: a network or line of a unit; the yearly fee in 万元."""

    id: str
    org_id: str
    network: str
    bandwidth: int
    operator: str
    yearly_fee: Decimal


@dataclass(frozen=True)
class Rating:
    """How a supplier was rated for what it did in a role of a project, from 0 to 100 (4-2)."""

    id: str
    org_id: str
    role: str
    project: str
    project_code: str
    score: Decimal
    comment: str
    created_at: datetime


@dataclass(frozen=True)
class Standing:
    """A supplier with the mean of its ratings."""

    org_id: str
    name: str
    role: str
    mean: Decimal
    count: int


def units_of(identity: Identity) -> frozenset[str]:
    """The units whose ledgers this person reads because he works there."""
    return frozenset(member.org_id for member in identity.memberships if member.role in UNIT_ROLES)


def may_read(identity: Identity, org_id: str) -> bool:
    return bool(identity.roles & OVERSEERS) or org_id in units_of(identity)
