"""Supervision (3.3-7 3.3-8) and inspection of projects being built (3.3-9)."""

from __future__ import annotations

from collections.abc import Iterator

from services.checks.answers import given, require, text, yes
from services.effects import AssignParty, Effect
from services.facts import Facts, Finding, Headers, Inputs, Outcome

INSPECTION_ITEMS = {
    "policy": "执行有关政策法规和设计方案",
    "bidding": "招标采购",
    "quality": "建设质量",
    "progress": "建设进度",
    "funds": "资金使用",
}


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
    effects: tuple[Effect, ...] = () if findings else (AssignParty("supervisor", text(answers, "supervisor_org")),)
    return Outcome(findings=findings, effects=effects)


def inspection(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """All five items looked at, and every problem described."""
    return Outcome(findings=tuple(_items(answers)))


def _items(answers: Inputs) -> Iterator[Finding]:
    for item, title in INSPECTION_ITEMS.items():
        key = f"inspect_{item}"
        if not given(answers, key):
            yield Finding("3.3-9", f"督查内容“{title}”没有检查结果。（3.3-9）", key)
        elif text(answers, key) == "problem" and not given(answers, f"{key}_notes"):
            yield Finding("3.3-9", f"督查内容“{title}”发现问题，须写明问题。（3.3-9）", f"{key}_notes")
