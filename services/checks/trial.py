"""Trial run and preliminary acceptance: tests, risk assessment (3.4-2), three months for new software (3.4-3)."""

from __future__ import annotations

from collections.abc import Iterator

from services.checks.answers import day_between, given, require, text, yes
from services.deadlines import Period, PeriodInvalid, day_of, deadline
from services.facts import Facts, Finding, Headers, Inputs, Outcome


def start(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """The trial run begins after completion, on a day that has come: the three months count from it (3.4-2 3.4-3).

    Whether there is newly developed software, the bureau has found when it reviewed the procurement file.
    """
    completed = facts.project.details.get("completed_on") if facts.project else None
    today = ("今天", facts.today)
    since = ("建成日期", completed)
    findings = [*day_between(answers, "trial_from", "试运行开始日期", since=since, until=today, clause="3.4-2")]
    if text(answers, "software_found") == "yes" and text(answers, "new_software") == "no":
        message = "区大数据局审核采购文件时认定含新开发的应用软件，须经测试，试运行原则上不少于3个月。（3.4-3）"
        findings.append(Finding("3.4-3", message, "new_software"))
    return Outcome(findings=tuple(findings))


def trial(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """What preliminary acceptance needs: enough trial run, the reports, and a result."""
    files = {"risk_report_file": "信息安全风险评估报告", "preliminary_report_file": "项目初验报告"}
    if yes(answers, "new_software"):
        files["test_report_file"] = "新开发应用软件的测试报告"
    findings = (
        *_long_enough(answers, facts),
        *require(answers, files, "3.4-2"),
        *day_between(
            answers,
            "preliminary_on",
            "初步验收日期",
            since=("试运行开始日期", answers.get("trial_from")),
            until=("今天", facts.today),
            clause="3.4-2",
        ),
        *_sound(answers),
    )
    return Outcome(findings=findings)


def _sound(answers: Inputs) -> Iterator[Finding]:
    """What failed its test or is a high risk is put right and tested again before it is accepted."""
    if text(answers, "preliminary_result") != "passed":
        return
    if yes(answers, "new_software") and text(answers, "test_result") == "failed":
        message = "软件测试不合格，整改并重新测试合格后才能通过初步验收。（3.4-2）"
        yield Finding("3.4-2", message, "preliminary_result")
    if text(answers, "risk_level") == "high":
        message = "风险评估为高风险，整改并重新评估后才能通过初步验收。（3.4-2）"
        yield Finding("3.4-2", message, "preliminary_result")


def _long_enough(answers: Inputs, facts: Facts) -> Iterator[Finding]:
    if not yes(answers, "new_software") or text(answers, "trial_exemption") == "granted":
        return
    if not given(answers, "trial_from"):
        yield Finding("3.4-3", "缺少试运行开始日期。（3.4-3）", "trial_from")
        return
    try:
        start = day_of(answers["trial_from"])
    except PeriodInvalid as invalid:
        yield Finding("3.4-3", f"试运行开始日期：{invalid}（3.4-3）", "trial_from")
        return
    period = Period.of(facts.decide("statutory-periods", {"key": "trial-run", "as_of": facts.as_of}))
    end = deadline(period, calendar=facts.calendar, start=start)
    if facts.now < end.at:
        yield Finding(
            "3.4-3",
            f"新开发软件的试运行自{start.isoformat()}起应满{period.value}个月，"
            f"{end.last_day.isoformat()}之后才能组织初步验收。（3.4-3）",
            "trial_from",
        )
