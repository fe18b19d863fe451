"""The audit trail in words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from app.features.audit.model import EMPTY, SYSTEM, Act, Actor, Entry, link
from app.web.pages import acts

USER, ORG = "01a209fbca9376c0ac976bbf806ad3fa", "01a209fbca8c71d094c6a4404d5bf64a"
NAMES = {USER: "孙敏", ORG: "峄城区财政局"}


def entry(subject: str, **details: Any) -> Entry:
    act = Act(Actor("u", "马骏"), "grant-role", subject, details)
    return link(SYSTEM, EMPTY, at=datetime(2026, 10, 12, 1, tzinfo=UTC), act=act)


@pytest.mark.parametrize(
    ("subject", "details", "words", "facts"),
    [
        (f"user:{USER}", {"role": "finance", "org_id": ORG}, "孙敏", "财政局经办，峄城区财政局"),
        (f"user:{USER}", {"ip": "10.1.2.3"}, "孙敏", "来自 10.1.2.3"),
        (f"organisation:{ORG}", {"before": None, "ended": 0}, "峄城区财政局", ""),
        (f"organisation:{ORG}", {"before": USER}, "峄城区财政局", "原为 孙敏"),
        ("organisation:00000000000000000000000000000000", {}, "00000000", ""),
        ("bundle:6be4efafc3fdba52", {"version": 2}, "流程定义 6be4efaf", "第 2 版"),
        ("ruleset:峄政发〔2022〕1号", {"valid_from": "2024-01-01"}, "峄政发〔2022〕1号", "自 2024-01-01"),
        ("calendar-year:2027", {"off": 30}, "工作日历 2027", ""),
        (
            "business_clock",
            {"from": "2026-10-12T01:00:00+00:00", "to": "2026-10-31T16:01:00+00:00"},
            "业务时钟",
            "从 2026-10-12 09:00，到 2026-11-01 00:01",
        ),
        (f"restriction:{ORG[::-1]}", {"action": "lift-restriction"}, f"单位限制 {ORG[::-1][:8]}", "解除单位限制"),
        (f"user_task:{ORG[::-1]}", {"action": "complete-task"}, f"事项 {ORG[::-1][:8]}", "办理"),
    ],
)
def test_a_line_says_whom_it_concerned_and_what_matters(
    subject: str, details: dict[str, Any], words: str, facts: str
) -> None:
    (line,) = acts.told([entry(subject, **details)], NAMES)
    assert (line.subject, line.facts) == (words, facts)


def test_names_are_asked_for_whatever_may_have_one() -> None:
    found = acts.mentioned([entry(f"user:{USER}", role="finance", org_id=ORG, ended=2)])
    assert {USER, ORG} <= found


@pytest.mark.parametrize("action", ["authorise-reader", "withdraw-reader"])
def test_nobody_learns_who_reads_which_confidential_project(action: str) -> None:
    act = Act(Actor("u", "高峰"), action, f"project:{ORG}", {"user": USER})
    (line,) = acts.told([link(SYSTEM, EMPTY, at=datetime(2026, 10, 12, 1, tzinfo=UTC), act=act)], NAMES)
    assert (line.subject, line.facts) == ("涉密项目", "")
