"""The annual construction plan of a round (3.2-11): joining it, drafting it, approving it, telling the units."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from services.amounts import shown, total
from services.checks.answers import money, text, within
from services.effects import DecidePlan, DraftPlan, JoinPlan, OpenPlan, PublishPlan
from services.facts import Facts, Finding, Headers, Inputs, Json, Outcome
from services.plan import DECISIONS, Candidate, Entry, Strike

_Row: TypeAlias = Mapping[str, Json]

ROWS = "plan_rows"
_CLAUSE = "3.2-11"


def join(inputs: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """The project becomes a candidate of its round's plan; without an approved amount it cannot (3.2-5)."""
    project = facts.project
    if project is None or project.approved is None:
        return Outcome(findings=(Finding("3.2-5", "项目没有审核通过的核定投资，不能列入年度计划。（3.2-5）"),))
    if project.confidential:
        return Outcome(findings=(Finding("3.1-6", "涉密项目另行办理，不进入公开的年度建设计划。（3.1-6）"),))
    return Outcome(effects=(JoinPlan(project.round_year),))


def start(inputs: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """The plan is open for drafting, for the first time or again after it was returned."""
    return Outcome(effects=(OpenPlan(text(inputs, "plan_code")),))


def draft(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """Every candidate is decided once, no other project is, each within its approved amount, ranks are unique."""
    code = text(answers, "plan_code")
    candidates = {each.code: each for each in facts.candidates(code)}
    rows = _rows(answers)
    findings = [*_complete(rows, candidates), *_wrong_in(rows, candidates)]
    if findings:
        return Outcome(findings=tuple(findings))
    entries = [_entry(row) for row in rows]
    included = [entry.amount for entry in entries if entry.amount is not None]
    said = f"草案列入{len(included)}个项目，资金合计{shown(total(included))}。（{_CLAUSE}）"
    notice = Finding(_CLAUSE, said, blocking=False)
    return Outcome(findings=(notice,), effects=(DraftPlan(code, tuple(entries)),))


def decision(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """The district government approves the draft, and may strike single projects, each with a reason.

    A plan that is returned stays as it was drafted.
    """
    if text(answers, "annual_plan_decision") != "approved":
        return Outcome()
    code = text(answers, "plan_code")
    included = {each.code: each for each in facts.candidates(code) if each.decision == "include"}
    rows = _rows(answers)
    findings = list(_complete(rows, included))
    struck = [(index, row) for index, row in enumerate(rows) if text(row, "keep") == "strike"]
    findings += [
        _finding(index, "strike_reason", f"删去“{_named(row)}”须写明理由。")
        for index, row in struck
        if not text(row, "strike_reason")
    ]
    if findings:
        return Outcome(findings=tuple(findings))
    strikes = [Strike(text(row, "project_code"), text(row, "strike_reason")) for _, row in struck]
    return Outcome(effects=(DecidePlan(code, tuple(strikes)),))


def publish(inputs: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """The plan is issued: every project of it learns what was decided."""
    return Outcome(effects=(PublishPlan(text(inputs, "plan_code")),))


def _complete(rows: Sequence[_Row], candidates: Mapping[str, Candidate]) -> Iterator[Finding]:
    """Findings about candidates that are missing, named twice, or not of this plan."""
    times = Counter(text(row, "project_code") for row in rows)
    for code, candidate in candidates.items():
        if times[code] != 1:
            message = f"候选项目“{candidate.name}”（{code}）应当决定一次，现为{times[code]}次。（{_CLAUSE}）"
            yield Finding(_CLAUSE, message, ROWS)
    for code in times.keys() - candidates.keys():
        yield Finding("3.2-15", f"项目{code or '（没有编号）'}不是本计划的候选项目，不能列入。（3.2-15）", ROWS)


def _wrong_in(rows: Sequence[_Row], candidates: Mapping[str, Candidate]) -> Iterator[Finding]:
    """What is wrong in the rows of candidates, each finding at its cell."""
    taken: dict[int, str] = {}
    for index, row in enumerate(rows):
        candidate = candidates.get(text(row, "project_code"))
        decided = text(row, "decision")
        if decided not in DECISIONS:
            yield _finding(index, "decision", f"请选择“{_named(row)}”是否列入计划。")
        elif decided == "cut" and not text(row, "reason"):
            yield _finding(index, "reason", f"“{_named(row)}”不列入计划，须写明理由。")
        elif decided == "include" and candidate is not None:
            yield from _wrong_amount(index, row, candidate)
            yield from _wrong_rank(index, row, taken)


def _wrong_amount(index: int, row: _Row, candidate: Candidate) -> Iterator[Finding]:
    limits = [("审核意见核定投资", candidate.approved)]
    above = list(within(row, "amount", f"“{candidate.name}”列入金额", limits=limits, clause=_CLAUSE))
    yield from (replace(finding, field=f"{ROWS}-{index}-amount") for finding in above)
    if not above and money(row, "amount") != candidate.approved and not text(row, "reason"):
        yield _finding(index, "reason", f"“{candidate.name}”列入金额低于核定投资，须写明核减的理由。")


def _wrong_rank(index: int, row: _Row, taken: dict[int, str]) -> Iterator[Finding]:
    """`taken` are the ranks of the rows above, which this one is added to."""
    rank = text(row, "rank")
    if not rank.isdecimal() or int(rank) == 0:
        yield _finding(index, "rank", f"“{_named(row)}”的排序应是从1起的整数。")
    elif int(rank) in taken:
        yield _finding(index, "rank", f"“{_named(row)}”与“{taken[int(rank)]}”的排序都是{int(rank)}，不能相同。")
    else:
        taken[int(rank)] = _named(row)


def _entry(row: _Row) -> Entry:
    """What a row in which nothing is wrong says of its candidate."""
    code, reason = text(row, "project_code"), text(row, "reason")
    if text(row, "decision") == "cut":
        return Entry(code, "cut", None, None, reason)
    return Entry(code, "include", int(text(row, "rank")), money(row, "amount"), reason)


def _rows(answers: Inputs) -> list[_Row]:
    rows = answers.get(ROWS)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _named(row: _Row) -> str:
    return text(row, "project_name") or text(row, "project_code")


def _finding(index: int, cell: str, sentence: str) -> Finding:
    return Finding(_CLAUSE, f"{sentence}（{_CLAUSE}）", f"{ROWS}-{index}-{cell}")
