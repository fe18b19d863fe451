"""The routes beside the yearly round: within the year, classified, of the higher levels; and running what was built."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from services.checks.answers import given, money, require, text, within, yes
from services.deadlines import Period, PeriodInvalid, day_of, round_year
from services.effects import RegisterMaintenance, SetAmount, SetProject, StartProcess
from services.facts import Facts, Finding, Headers, Inputs, Json, Outcome

# A code says nothing of the project: no words fit into it.
_CODE = re.compile(r"[A-Z0-9-]{2,20}")


def next_route(inputs: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """The project goes on in another channel: this year's additions (`next_route` = in_year), or a later round.

    That is the next round whose closing day is not yet over (3.1-1). Results round_year and channel.
    """
    current = inputs.get("round_year") or (facts.project.round_year if facts.project else None)
    if not isinstance(current, int | float):
        return Outcome(findings=(Finding("", "转入所选途径的任务不知道现在的申报年度。"),))
    if inputs.get("next_route") == "in_year":
        year, channel = facts.today.year, "in_year"
    else:
        period = Period.of(facts.decide("statutory-periods", {"key": "application-close", "as_of": facts.as_of}))
        year, channel = max(int(current) + 1, round_year(facts.today, closes=str(period.value))), "yearly"
    chosen: dict[str, str | int | None] = {"round_year": year, "channel": channel}
    return Outcome(variables={"round_year": year, "channel": channel}, effects=(SetProject(chosen),))


def consent(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """The consent of the head of the district government, on paper, in the year it is for (3.1-2)."""
    if text(answers, "consent_result") != "granted":
        return Outcome()
    fields = {
        "in_year_reason": "年内必须开展的理由",
        "consent_leader": "签批的区政府主要领导",
        "consent_on": "批示日期",
        "consent_number": "批示件文号",
        "consent_file": "批示件",
    }
    findings = [*require(answers, fields, "3.1-2"), *_consented_on(answers, facts)]
    if not yes(answers, "not_in_budget"):
        message = "已列入本年度预算的项目不走年内追加。（3.1-2）"
        findings.append(Finding("3.1-2", message, "not_in_budget"))
    kept = {key: text(answers, key) for key in ("consent_leader", "consent_on", "consent_number")}
    return Outcome(findings=tuple(findings), effects=(SetProject(kept),))


def addition(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """What the bureau proposes stays within the approved amount (3.2-14)."""
    return Outcome(findings=tuple(_funds(answers, facts, key="plan_amount", label="建议追加金额")))


def allocation(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """What the finance bureau allocates stays within what was decided, and is the project's budget (3.2-14)."""
    findings = tuple(_funds(answers, facts, key="allocated_amount", label="分配资金"))
    value = None if findings else money(answers, "allocated_amount")
    return Outcome(findings=findings, effects=(SetAmount("budget", value),) if value is not None else ())


def classified(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """A confirmation names the file and a code that tells nothing of the project: the bureau's copy is the code."""
    if text(answers, "classified_result") != "confirmed":
        return Outcome()
    fields = {"secrecy_file_number": "审查确认文号", "secrecy_confirmed_on": "确认日期", "secrecy_code": "抄送代号"}
    findings = [
        *require(answers, fields, "3.1-6"),
        *_not_after_today(answers, "secrecy_confirmed_on", "确认日期", facts),
    ]
    code = text(answers, "secrecy_code")
    if code and not _CODE.fullmatch(code):
        message = "抄送代号只能用大写字母、数字和连字符，不得含有项目的名称和内容。（3.1-6）"
        findings.append(Finding("3.1-6", message, "secrecy_code"))
    elif code and facts.is_code_given(code):
        # The bureau knows a project by its code alone, and could not tell two of them apart.
        findings.append(Finding("3.1-6", "这个抄送代号已用于另一个涉密项目，请换一个。（3.1-6）", "secrecy_code"))
    return Outcome(findings=tuple(findings), effects=(SetProject({"secrecy_code": code}),))


def receipt(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """The bureau's receipt for its copy (3.1-6)."""
    fields = {"bureau_receipt_by": "签收人", "bureau_receipt_on": "签收日期"}
    found = (*require(answers, fields, "3.1-6"), *_not_after_today(answers, "bureau_receipt_on", "签收日期", facts))
    return Outcome(findings=found)


def oversight(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """An entry of the supervision of a classified project; fields begin with header `prefix` (3.1-6).

    While a problem is open the supervision goes on.
    """
    prefix = headers.get("prefix", "")
    fields = {f"{prefix}_checked_on": "检查日期", f"{prefix}_finding": "检查情况"}
    findings = [
        *require(answers, fields, "3.1-6"),
        *_not_after_today(answers, f"{prefix}_checked_on", "检查日期", facts),
    ]
    if yes(answers, f"{prefix}_problem"):
        findings += require(answers, {f"{prefix}_measures": "整改要求"}, "3.1-6")
        if text(answers, f"{prefix}_supervision") == "closed":
            message = "本次检查发现的问题还没有整改，不能办结监督。（3.1-6）"
            findings.append(Finding("3.1-6", message, f"{prefix}_supervision"))
    return Outcome(findings=tuple(findings))


def superior(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """What was sent to the higher level, and what says that it funds the project (3.1-7)."""
    fields = {
        "superior_level": "资金安排层级",
        "superior_document": "上级文件名称和文号",
        "superior_application_file": "报送上级的申报文件",
        "superior_funding_file": "上级批复或资金安排文件",
    }
    return Outcome(findings=tuple(require(answers, fields, "3.1-7")))


def operation(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """Who runs what was accepted, and until when its warranty lasts (3.5-1)."""
    fields = {"operation_kind": "运维对象", "operation_person": "运维责任人", "warranty_until": "维保到期日"}
    findings = [*require(answers, fields, "3.5-1")]
    if given(answers, "warranty_until") and day_of(answers["warranty_until"]) < facts.today:
        findings.append(Finding("3.5-2", "维保到期日不能早于今天；没有维保的，填今天。（3.5-2）", "warranty_until"))
    person = text(answers, "operation_person")
    kept: dict[str, str | int | None] = {"operation_person": person, "warranty_until": text(answers, "warranty_until")}
    return Outcome(findings=tuple(findings), effects=(SetProject(kept),))


def start_process(inputs: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """Header `process`: a process that begins beside the project; header `takes`: variables that it begins with."""
    process = headers.get("process", "")
    if not process:
        return Outcome(findings=(Finding("", "启动流程的任务没有写明流程（process）。"),))
    taken: dict[str, Json] = {name: inputs.get(name) for name in headers.get("takes", "").split()}
    return Outcome(effects=(StartProcess(process, taken),))


def register_maintenance(inputs: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """The unit applies for the costs of running its project: a project of the open round, linked to it (3.5-2)."""
    return Outcome(effects=(RegisterMaintenance(),))


def _consented_on(answers: Inputs, facts: Facts) -> Iterator[Finding]:
    yield from _not_after_today(answers, "consent_on", "批示日期", facts, clause="3.1-2")
    year = facts.project.round_year if facts.project else facts.today.year
    day = _day(answers, "consent_on")
    if day is not None and day.year != year:
        yield Finding("3.1-2", f"批示日期不在{year}年内，不能作为本年度追加的依据。（3.1-2）", "consent_on")


def _funds(answers: Inputs, facts: Facts, *, key: str, label: str) -> Iterator[Finding]:
    if facts.project is None or facts.project.approved is None:
        yield Finding("3.2-5", f"项目没有审核通过的核定投资，不予安排：{label}。（3.2-5）", key)
        return
    limits = [("审核意见核定投资", facts.project.approved)]
    if key != "plan_amount":
        limits.append(("审定的追加金额", money(answers, "plan_amount") or facts.project.approved))
    yield from within(answers, key, label, limits=limits, clause="3.2-14")


def _not_after_today(
    answers: Inputs, key: str, label: str, facts: Facts, *, clause: str = "3.1-6"
) -> Iterator[Finding]:
    day = _day(answers, key)
    if day is not None and day > facts.today:
        yield Finding(clause, f"{label}不能晚于今天。（{clause}）", key)


def _day(answers: Inputs, key: str) -> date | None:
    try:
        return day_of(answers[key]) if given(answers, key) else None
    except PeriodInvalid:
        return None
