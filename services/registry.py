"""All that a diagram may call: task types, each a pure function from inputs, headers and facts to an outcome."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

from services.amounts import AmountInvalid, number
from services.calendar import WorkingCalendar
from services.checks import (
    acceptance,
    adjustment,
    application,
    cloud,
    cloud_ledger,
    completion,
    intake,
    measures,
    panel,
    payment,
    performance,
    plan,
    procurement,
    review,
    routes,
    standing,
    supervision,
    trial,
)
from services.deadlines import Period, PeriodInvalid, day_of, deadline
from services.effects import AddLedgerEntry, AssignParty, ImposeMeasure, SetProject
from services.facts import Facts, Finding, Headers, Inputs, Json, Outcome, ProjectFacts, Task
from services.ledger import BARRING_CLOUD, KINDS

__all__ = ["EXTERNAL", "TASKS", "Facts", "Finding", "Outcome", "ProjectFacts", "Task"]


def set_deadline(inputs: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """Header or input `period`: key of the statutory periods; header `result`: the variable that gets the deadline.

    Inputs `from` (date or date-time; default today) and `round_year` (default the project's). Results, with
    `result` = x: x (the exclusive end, ISO with +08:00), x_last_day (date), x_provisional (boolean); a provisional one
    also says in x_from and x_period how it was counted, so that it can be counted again (`recounted`).
    """
    key, result = headers.get("period") or str(inputs.get("period") or ""), headers.get("result", "")
    if not key or not result:
        return _wrong("期限任务没有写明期限（period）或结果变量（result）。")
    start = day_of(inputs["from"]) if inputs.get("from") is not None else facts.today
    period = Period.of(facts.decide("statutory-periods", {"key": key, "as_of": facts.as_of}))
    found = deadline(
        period,
        # Only working days need the calendar, and asking for it costs a statement.
        calendar=facts.calendar if period.kind == "working-days" else WorkingCalendar(),
        start=start,
        round_year=_round_year(inputs, facts),
    )
    variables: dict[str, Json] = {
        result: found.at.isoformat(),
        f"{result}_last_day": found.last_day.isoformat(),
        f"{result}_provisional": found.provisional,
    }
    if found.provisional:
        variables |= {f"{result}_from": start.isoformat(), f"{result}_period": key}
    return Outcome(variables=variables)


def assign_party(inputs: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """Header `role`: the party's role; input `org`: the id of the organisation that takes it."""
    role, org = headers.get("role", ""), inputs.get("org")
    if not role:
        return _wrong("登记参与单位的任务没有写明角色（role）。")
    if not isinstance(org, str) or org not in facts.organisations:
        return _wrong(f"登记参与单位时找不到单位：{org}。")
    return Outcome(effects=(AssignParty(role, org),))


def record_restriction(inputs: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """Restricts the applicant's unit from today to the end of the next year; from cloud resources until lifted.

    `kind` (a key of `ledger.KINDS`), `reason` and `clause` are headers or inputs; the clause is 3.4-9 unless given.
    The same of the same project is recorded once.
    """
    kind, reason, clause = (str(inputs.get(key) or headers.get(key) or "") for key in ("kind", "reason", "clause"))
    if kind not in KINDS:
        return _wrong(f"限制台账没有这一类别：{kind or '未写明'}。")
    reason = reason or KINDS[kind]
    project = facts.project
    # The ledger is read by people who may not know of a confidential project (2-2).
    if project is not None and not project.confidential:
        reason = f"{project.name}：{reason}"
    code = project.code if project else None
    if any((known.kind, known.reason, known.project) == (kind, reason, code) for known in facts.restrictions):
        return Outcome()
    # Who wasted cloud resources gets no more of them until that is lifted (附5-8).
    until = None if kind in BARRING_CLOUD else date(facts.today.year + 1, 12, 31)
    return Outcome(effects=(AddLedgerEntry(kind, reason, clause or "3.4-9", facts.today, until),))


def record_late_acceptance(inputs: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """Restricts the unit like `record-restriction`, once, unless lateness is not to be recorded now (3.4-9 附4-1).

    Result acceptance_late: "yes" or "no".
    """
    if completion.excused(facts):
        return Outcome({"acceptance_late": "no"})
    if completion.recorded(facts):
        return Outcome({"acceptance_late": "yes"})
    restricted = record_restriction(inputs, headers, facts)
    late = SetProject({completion.LATE: facts.today.isoformat()})
    return Outcome({"acceptance_late": "yes"}, restricted.findings, (*restricted.effects, late))


def record_failed_acceptance(inputs: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """Restricts the unit and holds payments until acceptance is passed (3.4-8 3.4-9).

    Result acceptance_failures counts the rounds; the ledger has one entry for each.
    """
    before = inputs.get("acceptance_failures")
    failures = int(before) + 1 if isinstance(before, int | float) else 1
    reason = "竣工验收不合格" if failures == 1 else f"竣工验收第{failures}次不合格"
    restricted = record_restriction({"kind": "no-new-project", "reason": reason, "clause": "3.4-9"}, {}, facts)
    held = ImposeMeasure("payment", "3.4-8", reason)
    return Outcome({"acceptance_failures": failures}, restricted.findings, (*restricted.effects, held))


def read_register(inputs: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """The project's entry as it is now, for a process that began with an earlier one (3.2-16)."""
    if facts.project is None:
        return _wrong("本事项不属于任何项目，没有登记可读。")
    approved = facts.project.approved
    variables: dict[str, Json] = {
        "approved_amount": None if approved is None else number(approved),
        "project_stage": facts.project.stage,
        "supervised": "yes" if "supervisor" in facts.parties else "no",
    }
    return Outcome(variables=variables)


def _round_year(inputs: Inputs, facts: Facts) -> int | None:
    value = inputs.get("round_year")
    if isinstance(value, int | float):
        return int(value)
    return facts.project.round_year if facts.project else None


def _wrong(message: str) -> Outcome:
    return Outcome(findings=(Finding("", message),))


def _guarded(task: Task) -> Task:
    """The task, with an unreadable amount, date or period as a finding instead of an error."""

    def run(inputs: Inputs, headers: Headers, facts: Facts) -> Outcome:
        try:
            return task(inputs, headers, facts)
        except (AmountInvalid, PeriodInvalid) as invalid:
            return _wrong(str(invalid))

    return run


TASKS: Mapping[str, Task] = MappingProxyType(
    {
        name: _guarded(task)
        for name, task in {
            "set-deadline": set_deadline,
            "assign-party": assign_party,
            "draw-experts": panel.draw,
            "check-experts": panel.attendance,
            "check-meeting": panel.meeting,
            "check-sign-in": panel.sign_in,
            "check-restrictions": standing.restrictions,
            "record-restriction": record_restriction,
            "score-performance": performance.score,
            "next-round": routes.next_route,
            "read-register": read_register,
            "start-process": routes.start_process,
            "register-maintenance": routes.register_maintenance,
            "check-consent": routes.consent,
            "check-in-year-addition": routes.addition,
            "check-allocation": routes.allocation,
            "check-classified": routes.classified,
            "check-bureau-receipt": routes.receipt,
            "check-classified-supervision": routes.oversight,
            "check-superior": routes.superior,
            "check-operation": routes.operation,
            "check-scope": application.scope,
            "check-application": application.materials,
            "check-intake": intake.intake,
            "check-special-case": intake.special_case,
            "check-consultant": application.consultant,
            "check-precheck": review.precheck,
            "check-review-method": review.method,
            "check-review-report": review.report,
            "check-opinion": review.opinion,
            "join-plan": plan.join,
            "open-plan": plan.start,
            "publish-plan": plan.publish,
            "check-annual-plan": plan.draft,
            "check-annual-plan-decision": plan.decision,
            "check-plan": review.plan,
            "check-budget": review.budget,
            "check-adjustment": adjustment.request,
            "check-adjusted-budget": adjustment.budget,
            "check-adjustment-approval": adjustment.approval,
            "check-procurement-file": procurement.file,
            "check-award": procurement.award,
            "check-contract": procurement.contract,
            "check-construction-start": procurement.start,
            "check-supervisor": supervision.supervisor,
            "check-inspection": supervision.inspection,
            "check-inspection-conclusion": supervision.inspection_conclusion,
            "check-audit-opinion": supervision.audit_opinion,
            "check-trial-start": trial.start,
            "check-trial": trial.trial,
            "check-acceptance-materials": acceptance.materials,
            "check-conditions": acceptance.conditions,
            "check-final": acceptance.final,
            "check-payment": payment.release,
            "check-payment-request": payment.request,
            "check-payment-decision": payment.review,
            "check-payment-made": payment.registration,
            "check-completion": completion.completed,
            "check-extension": completion.extension,
            "check-extension-decision": completion.extension_decision,
            "check-acceptance-report": completion.accepted,
            "check-lifting": measures.lifting,
            "acceptance-deadline": completion.acceptance_deadline,
            "record-late-acceptance": record_late_acceptance,
            "record-failed-acceptance": record_failed_acceptance,
            "impose-measure": measures.impose,
            "lift-measure": measures.lift,
            "check-performance": performance.evaluation,
            "check-recheck": performance.recheck,
            "check-ratings": performance.ratings,
            "check-cloud-restriction": cloud_ledger.restrictions,
            "read-cloud": cloud_ledger.read,
            "record-cloud": cloud_ledger.record,
            "record-cloud-usage": cloud_ledger.record_usage,
            "judge-cloud-waste": cloud_ledger.waste,
            "record-cloud-period": cloud_ledger.record_period,
            "check-cloud-application": cloud.application,
            "check-cloud-research": cloud.research,
            "check-cloud-allocation": cloud.allocation,
            "check-cloud-launch": cloud.launch,
            "check-cloud-adjustment": cloud.adjustment,
            "check-cloud-billing": cloud.billing,
            "check-cloud-archive": cloud.archive,
            "check-cloud-change": cloud.change,
            "check-cloud-review": cloud.review,
            "check-cloud-done": cloud.carried_out,
            "check-cloud-usage": cloud.usage,
            "check-cloud-period": cloud.special_period,
        }.items()
    }
)
# Done later by the worker, outside the transaction.
EXTERNAL = frozenset({"notify"})
