"""Supervision (3.3-7 3.3-8), inspection of projects being built (3.3-9), and audit of any project (2-4)."""

from __future__ import annotations

from collections.abc import Iterator

from services.checks.answers import given, require, text, yes
from services.deadlines import day_of
from services.facts import Facts, Finding, Headers, Inputs, Outcome

INSPECTION_ITEMS = {
    1: "执行有关政策法规和设计方案的情况",
    2: "项目招标采购",
    3: "建设质量",
    4: "建设进度",
    5: "资金使用",
}
INSPECTORS = {"bureau": "区大数据局", "finance": "区财政局", "audit": "区审计局"}


def supervisor(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """A supervisor with both certificates, or a reasoned request to be exempt, which the bureau decides."""
    if yes(answers, "supervision_exemption"):
        return Outcome(findings=tuple(require(answers, {"exemption_reason": "不实行监理的理由"}, "3.3-7")))
    findings = (
        *require(answers, {"supervisor_org": "监理单位"}, "3.3-7"),
        *require(
            answers,
            {
                "supervisor_certificate": "监理单位资质证书",
                "supervisor_leader_certificate": "监理项目负责人执业资格证书",
            },
            "3.3-8",
        ),
    )
    return Outcome(findings=findings)


def inspection(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """All five items looked at, and every problem described. The header `prefix` says whose fields they are."""
    prefix = headers.get("prefix", "bureau")
    return Outcome(findings=tuple(_items(answers, prefix)))


def inspection_conclusion(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """A conclusion that agrees with what the three inspectors found, and a date to put problems right by."""
    clean = text(answers, "inspection_conclusion") == "clean"
    findings: list[Finding] = []
    troubled = [
        f"{who}第{index}项"
        for prefix, who in INSPECTORS.items()
        for index in INSPECTION_ITEMS
        if text(answers, f"{prefix}_item_{index}") == "problem"
    ]
    if clean and troubled:
        message = f"{'、'.join(troubled)}发现问题，督查结论不能是无问题。（3.3-10）"
        findings.append(Finding("3.3-10", message, "inspection_conclusion"))
    if not clean:
        findings += require(answers, {"rectify_by": "整改期限"}, "3.3-10")
    return Outcome(findings=tuple(findings))


def audit_opinion(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """An opinion on what was audited by now; what is to be put right is described, with a day to answer by (2-4)."""
    findings: list[Finding] = []
    if given(answers, "audit_on") and day_of(answers["audit_on"]) > facts.today:
        findings.append(Finding("2-4", "审计日期不能晚于今天。（2-4）", "audit_on"))
    if text(answers, "audit_conclusion") == "problems":
        findings += require(answers, {"audit_problems": "问题和整改要求", "audit_reply_by": "整改答复期限"}, "2-4")
        if given(answers, "audit_reply_by") and day_of(answers["audit_reply_by"]) <= facts.today:
            findings.append(Finding("2-4", "整改答复期限须在今天以后。（2-4）", "audit_reply_by"))
    return Outcome(findings=tuple(findings))


def _items(answers: Inputs, prefix: str) -> Iterator[Finding]:
    for index, title in INSPECTION_ITEMS.items():
        key = f"{prefix}_item_{index}"
        if not given(answers, key):
            yield Finding("3.3-9", f"督查内容第{index}项（{title}）没有检查结果。（3.3-9）", key)
        elif text(answers, key) == "problem" and not given(answers, f"{key}_note"):
            yield Finding("3.3-9", f"督查内容第{index}项（{title}）发现问题，须写明问题。（3.3-9）", f"{key}_note")
