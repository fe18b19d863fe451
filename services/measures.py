"""What stands against a project (3.3-7 3.3-10 3.3-11 3.4-8): what holds its payments, its building or its acceptance.

A user task of a diagram says in its property `held-by` which kinds stop it. While one of them stands, nobody can
complete the task, whoever asks and by whatever way.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TypeAlias

from services.effects import Effect, ImposeMeasure, LiftMeasure

# Kinds of measure, as process owners write them in a header or in `held-by`, and how people read them.
MEASURES = {
    "notice": "通报批评",
    "payment": "暂缓拨付",
    "work": "暂停建设",
    "acceptance": "整改未合格，不予验收",
    "supervision": "监理备案之前不得建设",
}
# What a task can be held by: a notice of criticism is told and kept, and holds nothing.
HOLDING = frozenset({"payment", "work", "acceptance", "supervision"})
SANCTION = "3.3-11"
_WAYS_OUT = {
    "3.3-7": "监理单位经区大数据局备案，或者区大数据局同意豁免监理后解除",
    "3.3-10": "整改经区大数据局、区财政局核查合格后解除",
    "3.3-11": "由区大数据局提出解除，经区财政局会签、区政府批准后解除",
    "3.4-8": "竣工验收通过后解除",
}
Span: TypeAlias = tuple[date, date | None]


@dataclass(frozen=True)
class Measure:
    """One measure against a project, from `since` until `lifted_at` (None: it stands); `case_id` imposed it."""

    kind: str
    clause: str
    reason: str
    since: datetime
    case_id: str
    by_name: str = ""
    lifted_at: datetime | None = None
    lifted_by: str | None = None
    lifted_why: str | None = None

    @property
    def stands(self) -> bool:
        return self.lifted_at is None and self.kind in HOLDING

    @property
    def is_sanction(self) -> bool:
        """Whether the district government imposed it after an inspection, and lifts it (3.3-11)."""
        return self.clause == SANCTION

    @property
    def label(self) -> str:
        return MEASURES.get(self.kind, self.kind)

    @property
    def way_out(self) -> str:
        """Who can lift it, and when."""
        return _WAYS_OUT.get(self.clause, "由作出决定的单位解除")

    def sentence(self) -> str:
        return f"{self.label}：{self.reason}。{self.way_out}。（{self.clause}）"


def standing(measures: Iterable[Measure], *kinds: str) -> tuple[Measure, ...]:
    """Those that hold something now, of these kinds, or of any."""
    return tuple(each for each in measures if each.stands and (not kinds or each.kind in kinds))


def ordered(measures: Iterable[Measure], effects: Iterable[Effect], *, at: datetime, case_id: str) -> list[Measure]:
    """The measures as they are after what was ordered in this step of a case."""
    known = list(measures)
    for effect in effects:
        if isinstance(effect, ImposeMeasure):
            known.append(Measure(effect.kind, effect.clause, effect.reason, at, case_id))
        elif isinstance(effect, LiftMeasure):
            known = [replace(each, lifted_at=at) if meant(effect, each, case_id) else each for each in known]
    return known


def meant(order: LiftMeasure, measure: Measure, case_id: str) -> bool:
    """Whether an order of a case lifts this measure."""
    own = not order.own or measure.case_id == case_id
    return own and measure.stands and (measure.kind, measure.clause) == (order.kind, order.clause)


def prolonged(last_day: date, suspensions: Iterable[Span], *, since: date, today: date) -> date:
    """A deadline's last day, later by the days on which building was suspended within its time.

    A span is the day a suspension began and the day it ended (None: it goes on); the day it ended counts as free.
    Days before `since` and days that two suspensions share do not count twice, nor what began after the deadline.
    """
    counted = since
    for began, ended in sorted(suspensions, key=lambda span: span[0]):
        start = max(began, counted)
        end = today if ended is None else ended
        if start > last_day or end <= start:
            continue
        last_day += timedelta(days=(end - start).days)
        counted = end
    return last_day
