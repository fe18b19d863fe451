"""The ledger of units: who may not be given new projects, why, and who was exempted (3.2-4 3.4-9 4-3 附5-8)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

# Kinds of restriction, as process owners write them in a task header, and how people read them.
KINDS = {
    "migration-overdue": "未按时、按要求完成迁移整合",
    "sharing-violation": "违反政务信息资源共享管理规定",
    "no-new-project": "原则上不再安排下一年度项目",
    "reduced": "压缩下一年度项目",
    "no-cloud": "不予审批云资源",
}
# The clause that a restriction rests on, unless its entry says another.
CLAUSES = {
    "migration-overdue": "3.2-4",
    "sharing-violation": "3.2-4",
    "no-new-project": "3.4-9",
    "reduced": "4-3",
    "no-cloud": "附5-8",
}
# What stands against the unit today bars its projects today; what follows from an earlier project bars those of the
# next year. `reduced` is shown to the reviewers, `no-cloud` bars cloud resources only.
BARRING_TODAY = frozenset({"migration-overdue", "sharing-violation"})
BARRING_NEXT_YEAR = frozenset({"no-new-project"})
REDUCING = frozenset({"reduced"})
BARRING_CLOUD = frozenset({"no-cloud"})


@dataclass(frozen=True)
class Exemption:
    """Granted for one restriction: for the project of that code, or without one for every project of the unit."""

    basis: str
    reason: str
    granted_by: str
    granted_on: date
    project: str | None = None

    def covers(self, project: str | None) -> bool:
        return self.project is None or self.project == project

    def sentence(self) -> str:
        return f"{self.granted_by}于{self.granted_on.isoformat()}准予例外，依据：{self.basis}；理由：{self.reason}"


@dataclass(frozen=True)
class Restriction:
    """One entry, in force from `since` to `until`, both included (None: until it is lifted).

    `project` is the code of the project that it came from, if it came from one.
    """

    org_id: str
    kind: str
    reason: str
    clause: str
    since: date
    until: date | None = None
    lifted_on: date | None = None
    project: str | None = None
    exemptions: tuple[Exemption, ...] = ()

    def in_force(self, day: date) -> bool:
        ended = self.lifted_on is not None and self.lifted_on <= day
        return self.since <= day and not ended and (self.until is None or day <= self.until)

    def exemption_of(self, project: str | None) -> Exemption | None:
        """What exempts this project from it; the latest, if there are several."""
        return next((each for each in reversed(self.exemptions) if each.covers(project)), None)

    def bars(self, *, day: date, round_year: int) -> bool:
        """Whether it bars projects of this round's year from being approved on `day`, exemptions apart."""
        if self.kind in BARRING_TODAY:
            return self.in_force(day)
        return self.kind in BARRING_NEXT_YEAR and self.in_force(date(round_year, 1, 1))

    def sentence(self) -> str:
        until = f"至{self.until.isoformat()}" if self.until else "直至解除"
        return f"{KINDS.get(self.kind, self.kind)}（自{self.since.isoformat()}{until}）：{self.reason}（{self.clause}）"


def barring(
    entries: Iterable[Restriction], *, day: date, round_year: int, project: str | None = None
) -> tuple[Restriction, ...]:
    """The entries that bar a project of this round's year from being approved on `day` (3.2-4 3.4-9 4-3).

    Those that the project of this code is exempted from do not.
    """
    return tuple(
        entry for entry in entries if entry.bars(day=day, round_year=round_year) and entry.exemption_of(project) is None
    )


def exempted(
    entries: Iterable[Restriction], *, day: date, round_year: int, project: str | None
) -> tuple[tuple[Restriction, Exemption], ...]:
    """The entries that would bar the project, but for an exemption."""
    return tuple(
        (entry, exemption)
        for entry in entries
        if entry.bars(day=day, round_year=round_year) and (exemption := entry.exemption_of(project)) is not None
    )


def reducing(entries: Iterable[Restriction], *, round_year: int, project: str | None = None) -> tuple[Restriction, ...]:
    """The entries by which the unit's projects of this round's year are to be reduced (4-3)."""
    return _in_force(entries, REDUCING, day=date(round_year, 1, 1), project=project)


def barring_cloud(entries: Iterable[Restriction], *, day: date, project: str | None = None) -> tuple[Restriction, ...]:
    """The entries that bar the unit from cloud resources on `day` (附5-8)."""
    return _in_force(entries, BARRING_CLOUD, day=day, project=project)


def _in_force(
    entries: Iterable[Restriction], kinds: frozenset[str], *, day: date, project: str | None
) -> tuple[Restriction, ...]:
    return tuple(
        entry
        for entry in entries
        if entry.kind in kinds and entry.in_force(day) and entry.exemption_of(project) is None
    )
