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
# What stands against the unit today bars its projects today; what follows from an earlier project bars those of the
# next year. `reduced` is shown to the reviewers, `no-cloud` bars cloud resources only.
BARRING_TODAY = frozenset({"migration-overdue", "sharing-violation"})
BARRING_NEXT_YEAR = frozenset({"no-new-project"})


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


def barring(entries: Iterable[Restriction], *, day: date, round_year: int) -> tuple[Restriction, ...]:
    """The entries that bar a project of this round's year from being approved on `day` (3.2-4 3.4-9 4-3)."""
    first_day = date(round_year, 1, 1)
    return tuple(
        entry
        for entry in entries
        if (entry.kind in BARRING_TODAY and entry.in_force(day))
        or (entry.kind in BARRING_NEXT_YEAR and entry.in_force(first_day))
    )
