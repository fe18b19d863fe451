"""Trial run and preliminary acceptance: tests, risk assessment (3.4-2), three months for new software (3.4-3)."""

from __future__ import annotations

from collections.abc import Iterator

from services.checks.answers import given, require, text, yes
from services.deadlines import Period, PeriodInvalid, day_of, deadline
from services.facts import Facts, Finding, Headers, Inputs, Outcome


def trial(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """What preliminary acceptance needs: enough trial run, the reports, and a result."""
    files = {"risk_report_file": "信息安全风险评估报告", "preliminary_report_file": "项目初验报告"}
    if yes(answers, "new_software"):
        files["test_report_file"] = "新开发应用软件的测试报告"
    findings = (*_long_enough(answers, facts), *require(answers, files, "3.4-2"))
    return Outcome(findings=findings)


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
