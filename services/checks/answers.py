"""Reading answers of forms: what counts as given, as yes, as an amount, and the findings that follow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from services.amounts import AmountInvalid, optional, shown
from services.deadlines import PeriodInvalid, day_of
from services.facts import Finding, Inputs, Json


def given(answers: Inputs, key: str) -> bool:
    """Whether the field holds anything: a file, a row, a tick, text that is not blank."""
    value = answers.get(key)
    return bool(value.strip()) if isinstance(value, str) else value not in (None, [], {})


def yes(answers: Inputs, key: str) -> bool:
    return answers.get(key) in ("yes", True)


def text(answers: Inputs, key: str) -> str:
    value = answers.get(key)
    return "" if value is None else str(value).strip()


def chosen(answers: Inputs, key: str) -> list[Json]:
    """The values of a field with several choices."""
    value = answers.get(key)
    if isinstance(value, list):
        return value
    return [value] if given(answers, key) else []


def money(answers: Inputs, key: str) -> Decimal | None:
    """The field's amount in 万元. Raises AmountInvalid, whose message is for the clerk."""
    return optional(answers.get(key))


def require(answers: Inputs, fields: dict[str, str], clause: str) -> Iterator[Finding]:
    """A finding for every field (key to label) that is empty."""
    for key, label in fields.items():
        if not given(answers, key):
            yield Finding(clause, f"缺少{label}。（{clause}）", key)


def too_long(answers: Inputs, limits: dict[str, tuple[str, int]], clause: str) -> Iterator[Finding]:
    """A finding for every text (key to label and limit) with more characters than its limit; spaces do not count."""
    for key, (label, limit) in limits.items():
        length = len("".join(text(answers, key).split()))
        if length > limit:
            yield Finding(clause, f"{label}不得超过{limit}字，现为{length}字。（{clause}）", key)


def day_between(
    answers: Inputs,
    key: str,
    label: str,
    *,
    since: tuple[str, object] = ("", None),
    until: tuple[str, object] = ("", None),
    clause: str,
) -> Iterator[Finding]:
    """A day must be given that is not before one and not after another, each with its label; None does not bind."""
    try:
        day = day_of(answers[key]) if given(answers, key) else None
        first, last = (day_of(bound) if bound else None for _, bound in (since, until))
    except PeriodInvalid as invalid:
        yield Finding(clause, f"{label}：{invalid}（{clause}）", key)
        return
    if day is None:
        yield Finding(clause, f"缺少{label}。（{clause}）", key)
    elif first is not None and day < first:
        yield Finding(clause, f"{label}不能早于{since[0]}{first.isoformat()}。（{clause}）", key)
    elif last is not None and day > last:
        yield Finding(clause, f"{label}不能晚于{until[0]}{last.isoformat()}。（{clause}）", key)


def within(
    answers: Inputs, key: str, label: str, *, limits: Iterable[tuple[str, Decimal | None]], clause: str
) -> Iterator[Finding]:
    """A finding when the amount is missing, no amount, zero, or above one of the known limits (label and 万元)."""
    try:
        value = money(answers, key)
    except AmountInvalid as invalid:
        yield Finding(clause, f"{label}：{invalid}（{clause}）", key)
        return
    if value is None or value == 0:
        yield Finding(clause, f"缺少{label}，或金额为零。（{clause}）", key)
        return
    for name, limit in limits:
        if limit is not None and value > limit:
            over = value - limit
            yield Finding(
                clause, f"{label}{shown(value)}超过{name}{shown(limit)}，超出{shown(over)}，不予追加。（{clause}）", key
            )
