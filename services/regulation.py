"""The regulation's own dates: when a text is in force, and what a project may be registered under (4-5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Ruleset:
    """One text of the regulation. `effective_to` is its last day in force."""

    number: str
    title: str
    published_on: date
    effective_from: date
    effective_to: date

    def in_force(self, day: date) -> bool:
        return self.effective_from <= day <= self.effective_to


@dataclass(frozen=True)
class Continuation:
    """An administrator's recorded decision to go on under a text that has lapsed, from `decided_on` on."""

    number: str
    basis: str
    decided_by: str
    decided_on: date


@dataclass(frozen=True)
class Standing:
    """What a project registered on a day stands under; `continuation` says why a lapsed text still serves."""

    ruleset: Ruleset
    continuation: Continuation | None = None


class RulesetLapsed(Exception):
    """No text is in force and nobody decided to go on; the message is a Chinese sentence for the applicant."""


RULESETS = (
    Ruleset(
        number="峄政发〔2022〕1号",
        title="峄城区电子政务信息化建设项目管理实施细则（试行）",
        published_on=date(2022, 2, 7),
        effective_from=date(2022, 3, 10),
        effective_to=date(2023, 12, 31),
    ),
)


def standing_on(
    day: date, continuations: Iterable[Continuation] = (), *, rulesets: Iterable[Ruleset] = RULESETS
) -> Standing:
    """What a project registered on `day` stands under. A project keeps its standing for life.

    Raises:
        RulesetLapsed: before the first text, or after the last without a decision to go on.
    """
    known = sorted(rulesets, key=lambda ruleset: ruleset.effective_from)
    for ruleset in reversed(known):
        if ruleset.in_force(day):
            return Standing(ruleset)
    past = [ruleset for ruleset in known if ruleset.effective_to < day]
    if not past:
        raise RulesetLapsed(f"{day.isoformat()} 尚无施行的实施细则，不能立项。（4-5）")
    latest = past[-1]
    for continuation in continuations:
        if continuation.number == latest.number and continuation.decided_on <= day:
            return Standing(latest, continuation)
    raise RulesetLapsed(
        f"《{latest.title}》（{latest.number}）有效期至{latest.effective_to.isoformat()}，已经失效；"
        "须由管理员先明确续用依据，才能登记新项目。（4-5）"
    )
