"""The ledger of units: who may not be given new projects, and why (3.2-4 3.4-9 4-3 附5-8)."""

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
# A unit with one of these gets no new project; `reduced` is shown to the reviewers, `no-cloud` bars cloud resources.
BARRING = frozenset({"migration-overdue", "sharing-violation", "no-new-project"})


@dataclass(frozen=True)
class Restriction:
    """One entry, in force from `since` to `until`, both included (None: until it is lifted)."""

    org_id: str
    kind: str
    reason: str
    clause: str
    since: date
    until: date | None = None
    lifted_on: date | None = None

    def in_force(self, day: date) -> bool:
        ended = self.lifted_on is not None and self.lifted_on <= day
        return self.since <= day and not ended and (self.until is None or day <= self.until)

    def sentence(self) -> str:
        until = f"至{self.until.isoformat()}" if self.until else "直至解除"
        return f"{KINDS.get(self.kind, self.kind)}（自{self.since.isoformat()}{until}）：{self.reason}（{self.clause}）"


def in_force(entries: Iterable[Restriction], *, day: date, round_year: int | None = None) -> tuple[Restriction, ...]:
    """The entries that count on `day`, or, for a project of a later round, at any time of that round's year."""
    days = (day,) if round_year is None else (day, date(round_year, 1, 1))
    return tuple(entry for entry in entries if any(entry.in_force(each) for each in days))


def barring(entries: Iterable[Restriction], *, day: date, round_year: int | None = None) -> tuple[Restriction, ...]:
    """Those of the entries in force that bar a new project."""
    return tuple(entry for entry in in_force(entries, day=day, round_year=round_year) if entry.kind in BARRING)
