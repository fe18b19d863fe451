"""Accepting an application: the bureau finds itself what the unit has declared, and what it has not (3.1-5 3.1-10)."""

from __future__ import annotations

from collections.abc import Iterator

from services.amounts import shown
from services.checks.answers import chosen, given, text
from services.checks.standing import suspected_total, warnings
from services.facts import Facts, Finding, Headers, Inputs, Outcome

RESULT = "application_result"


def intake(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """What the bureau finds leaves only the results that follow from it.

    A project of the nine kinds needs a special case that was granted for just those kinds (3.1-10). One that is
    complex, or part of one that was split, goes the way of those that need a consultant (3.1-5 3.2-7).
    """
    result = text(answers, RESULT)
    if result in ("returned", "rejected"):
        return Outcome()
    findings = (*_of_the_nine(answers, result), *_complex(answers, result), *_split(answers, result, facts))
    if findings or result == "special":
        return Outcome(findings=findings)
    if result in ("complex", "split"):
        return Outcome(variables={"consultant_required": True})
    return Outcome(findings=tuple(warnings(facts)))


def special_case(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """What is granted on the bureau's own finding covers the kinds that it has found, and no others (3.1-10)."""
    if text(answers, "special_case") != "granted":
        return Outcome()
    found = chosen(answers, "negative_found_items")
    if not found:
        message = "受理时没有写明属于哪几类，不能认定特殊情况。（3.1-10）"
        return Outcome(findings=(Finding("3.1-10", message, "special_case"),))
    return Outcome(variables={"negative_items": found})


def _of_the_nine(answers: Inputs, result: str) -> Iterator[Finding]:
    hit = text(answers, "negative_found") == "hit"
    found = set(chosen(answers, "negative_found_items"))
    granted = set(chosen(answers, "negative_items")) if text(answers, "special_case") == "granted" else set()
    needed = hit and not (found and found <= granted)
    if needed and result != "special":
        message = "属于九类项目而没有认定过特殊情况的，不再批准单独建设：请送特殊情况认定、退回或者不予受理。（3.1-10）"
        yield Finding("3.1-10", message, RESULT)
    elif result == "special" and not needed:
        message = "没有认定属于九类项目，或者已经认定过特殊情况，不必再送认定。（3.1-10）"
        yield Finding("3.1-10", message, RESULT)


def _complex(answers: Inputs, result: str) -> Iterator[Finding]:
    found = text(answers, "complex_found") == "yes" and not _has_consultant(answers)
    if result == "complex" and not found:
        message = "没有认定技术设计较为复杂，或者已按规定委托工程咨询单位，不必再委托。（3.1-5）"
        yield Finding("3.1-5", message, RESULT)
    elif found and result == "accepted":
        message = "认定技术设计较为复杂的，须委托工程咨询单位编制方案，不能直接受理。（3.1-5）"
        yield Finding("3.1-5", message, RESULT)


def _split(answers: Inputs, result: str, facts: Facts) -> Iterator[Finding]:
    """Where the unit's projects together reach the threshold, the bureau says whether they are one."""
    found = text(answers, "split_finding") == "split"
    if result == "split" and _has_consultant(answers):
        message = "本项目已按规定委托工程咨询单位，不必再按拆分处理。（3.1-5）"
        yield Finding("3.1-5", message, RESULT)
    elif result == "split" and not found:
        yield Finding("3.1-5", "按拆分处理的，须先认定属于拆分。（3.1-5 3.2-7）", "split_finding")
    elif result == "accepted" and not _has_consultant(answers):
        yield from _accepted_whole(answers, facts, found=found)


def _accepted_whole(answers: Inputs, facts: Facts, *, found: bool) -> Iterator[Finding]:
    total = suspected_total(facts)
    if found:
        message = "认定为拆分的，不能直接受理：请退回合并申报，或按拆分处理。（3.1-5 3.2-7）"
        yield Finding("3.1-5", message, RESULT)
    elif total is not None and not given(answers, "split_reason"):
        yield Finding(
            "3.1-5",
            f"单位本年度申报的项目单个均低于标准，合计{shown(total)}，认定不属于拆分的须写明理由。（3.1-5 3.2-7）",
            "split_reason",
        )


def _has_consultant(answers: Inputs) -> bool:
    return answers.get("consultant_required") is True
