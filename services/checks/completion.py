"""Completion and the half year after it: when acceptance is due, how it is extended, when it is late (附4-1 3.4-9)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from services.checks.adjustment import REVIEWED
from services.checks.answers import given, require, text
from services.deadlines import Deadline, Period, PeriodInvalid, add_months, day_of, deadline
from services.effects import SetProject
from services.facts import Facts, Finding, Headers, Inputs, Json, Outcome
from services.measures import prolonged, standing

PENDING = "extension_pending"
REPORTED = "completion_reported_on"
OPENED = "acceptance_opened_on"
LATE = "acceptance_late_on"


def completed(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """The day from which the half year counts: not before building began, not in the future."""
    findings = (*_completion(answers, facts), *_as_designed(answers, facts))
    if findings:
        return Outcome(findings=findings)
    kept = {"completed_on": day_of(answers["completed_on"]).isoformat(), REPORTED: facts.today.isoformat()}
    return Outcome(effects=(SetProject(kept),))


def reckoned(facts: Facts) -> Deadline:
    """Until when final acceptance is to be applied for: half a year after completion, or the date that was granted.

    A late inspection leaves enough of it. Days on which building was suspended are added (3.3-11); those before a grant
    are contained in its date.

    Raises:
        PeriodInvalid: the project is not completed.
    """
    details = facts.project.details if facts.project else {}
    if not details.get("completed_on"):
        raise PeriodInvalid("项目还没有登记建成，无从计算验收期限。（附4-1）")
    since = day_of(details["completed_on"])
    period = _period(facts, "completion-to-acceptance")
    half_year = deadline(period, calendar=facts.calendar, start=since).last_day
    last_day = max(half_year, _after_inspection(facts, details, completed=since))
    last_day = _prolonged(facts, last_day, since)
    if details.get("acceptance_until"):
        granted = _prolonged(facts, day_of(details["acceptance_until"]), day_of(details["extended_on"]))
        last_day = max(last_day, granted)
    return Deadline(last_day)


def acceptance_deadline(inputs: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """Results acceptance_due (exclusive end), acceptance_due_last_day, acceptance_due_provisional.

    The first time, when acceptance begins, the day is kept.
    """
    found = reckoned(facts)
    variables: dict[str, Json] = {
        "acceptance_due": found.at.isoformat(),
        "acceptance_due_last_day": found.last_day.isoformat(),
        "acceptance_due_provisional": found.provisional,
    }
    known = facts.project is not None and OPENED in facts.project.details
    return Outcome(variables=variables, effects=() if known else (SetProject({OPENED: facts.today.isoformat()}),))


def excused(facts: Facts) -> bool:
    """Whether lateness is not to be recorded now.

    Building is suspended, an extension was asked for in time and is not decided, or the deadline has moved. In each of
    these the deadline is reckoned again afterwards, and whoever is late then is recorded then.
    """
    details = facts.project.details if facts.project else {}
    pending = details.get(PENDING) == "yes"
    return bool(standing(facts.measures, "work")) or pending or facts.now < reckoned(facts).at


def recorded(facts: Facts) -> bool:
    """Whether this project was late before: the ledger has one entry for it, however often it is looked at."""
    return bool(facts.project and facts.project.details.get(LATE))


def extension(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """A request to extend: in time, for a reason, until a day that is later and not too late."""
    labels = {"extension_grounds": "不能按时提交竣工验收申请的特殊原因", "extension_file": "延期验收申请（盖章）"}
    findings = (*require(answers, labels, "附4-1"), *_in_time(facts), *_new_day(answers, facts))
    if findings:
        return Outcome(findings=findings)
    return Outcome(effects=(SetProject({PENDING: "yes"}),))


def extension_decision(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """Granting puts the new day into the register; returning and refusing leave the deadline as it is."""
    over: dict[str, str | int | None] = {PENDING: None}
    if text(answers, "extension_decision") == "granted":
        until = day_of(answers["extension_until"]).isoformat()
        over |= {"acceptance_until": until, "extended_on": facts.today.isoformat()}
    return Outcome(effects=(SetProject(over),))


def accepted(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """The report of final acceptance; with one that is passed the project counts as accepted (3.4-5 3.4-8)."""
    if text(answers, "acceptance_conclusion") != "passed":
        return Outcome()
    return Outcome(effects=(SetProject({"accepted_on": facts.today.isoformat()}),))


def _completion(answers: Inputs, facts: Facts) -> Iterator[Finding]:
    if not given(answers, "completed_on"):
        yield Finding("附4-1", "缺少建成日期。（附4-1）", "completed_on")
        return
    day = day_of(answers["completed_on"])
    if day > facts.today:
        message = f"建成日期{day.isoformat()}还没有到，请在建成以后登记。（附4-1）"
        yield Finding("附4-1", message, "completed_on")
    if given(answers, "construction_started_on") and day < day_of(answers["construction_started_on"]):
        message = f"建成日期{day.isoformat()}早于开工日期{text(answers, 'construction_started_on')}。（附4-1）"
        yield Finding("附4-1", message, "completed_on")


def _as_designed(answers: Inputs, facts: Facts) -> Iterator[Finding]:
    """A major change of the design needs an adjustment that was approved (3.3-6 3.2-16)."""
    adjusted = facts.project is not None and REVIEWED in facts.project.details
    if text(answers, "design_changed") == "approved_change" and not adjusted:
        message = "没有经批准的计划调整。重大设计变更未经批准的，请先申请调整、获得批准，再登记建成。（3.3-6）"
        yield Finding("3.3-6", message, "design_changed")


def _in_time(facts: Facts) -> Iterator[Finding]:
    due = reckoned(facts)
    if facts.now >= due.at:
        message = f"验收期限{due.last_day.isoformat()}已过，不再受理延期申请。（附4-1 3.4-9）"
        yield Finding("附4-1", message, "extension_until")


def _new_day(answers: Inputs, facts: Facts) -> Iterator[Finding]:
    if not given(answers, "extension_until"):
        yield Finding("附4-1", "缺少拟延期至的日期。（附4-1）", "extension_until")
        return
    until, last_day = day_of(answers["extension_until"]), reckoned(facts).last_day
    longest = add_months(last_day, int(_period(facts, "acceptance-extension").value))
    if until <= last_day:
        message = f"拟延期至{until.isoformat()}，不晚于现在的期限{last_day.isoformat()}。（附4-1）"
        yield Finding("附4-1", message, "extension_until")
    elif until > longest:
        message = f"拟延期至{until.isoformat()}，一次最多延期至{longest.isoformat()}。（附4-1）"
        yield Finding("附4-1", message, "extension_until")


def _after_inspection(facts: Facts, details: Mapping[str, object], *, completed: date) -> date:
    """Until when the unit has time for its trial run and acceptance, however long the inspection took.

    Building and inspection are both over when acceptance begins, which is today if it is reckoned for the first time.
    The days by which the unit reported its completion late are its own.
    """
    reported, opened = details.get(REPORTED), details.get(OPENED)
    if not isinstance(reported, str):
        return completed
    since = day_of(opened) if isinstance(opened, str) else facts.today
    months = int(_period(facts, "acceptance-after-inspection").value)
    return add_months(since, months) - (day_of(reported) - completed)


def _prolonged(facts: Facts, last_day: date, since: date) -> date:
    spans = [
        (each.since.date(), each.lifted_at.date() if each.lifted_at else None)
        for each in facts.measures
        if each.kind == "work"
    ]
    return prolonged(last_day, spans, since=since, today=facts.today)


def _period(facts: Facts, key: str) -> Period:
    return Period.of(facts.decide("statutory-periods", {"key": key, "as_of": facts.as_of}))
