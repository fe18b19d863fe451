"""Government cloud resources: application, allocation, trial run, billing, change, utilisation (3.3-4, 附件5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation

from services.checks.answers import given, require, text, yes
from services.cloud import MEASURED, PROVIDER, CloudResource, Sizes, numbered
from services.deadlines import PeriodInvalid, day_of
from services.effects import AssignParty, SetCloud
from services.facts import Facts, Finding, Headers, Inputs, Outcome
from services.ledger import barring_cloud

_KINDS = ("cloud_types_basic", "cloud_types_platform", "cloud_types_data", "cloud_types_office")
_ARCHIVED = {
    "needs": "前期沟通记录",
    "application": "需求申请表、建设方案、测算依据",
    "report": "需求调研报告",
    "migration": "迁移计划书",
    "agreement": "三方协议、资源确认单",
}
_WHOLE = Decimal(100)
_GRANTED = frozenset({"agreed", "approved", "filed"})


def application(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """The application with all that goes with it, stamped by the authority too where a unit belongs to one (附5-2)."""
    files = {
        "cloud_form_file": "盖章的需求申请表",
        "cloud_plan_file": "政务信息系统建设方案",
        "cloud_calculation_file": "云资源测算依据",
    }
    if yes(answers, "cloud_subordinate"):
        files["cloud_authority_file"] = "主管部门盖章的意见"
    if yes(answers, "cloud_large"):
        files["cloud_technical_file"] = "技术方案"
        files["cloud_concurrency"] = "业务并发量和存储空间的测算"
    findings = [*require(answers, files, "附5-2"), *_sizes(answers, "need", "申请", "附5-2")]
    if not any(given(answers, kind) for kind in _KINDS):
        findings.append(Finding("附5-2", "请至少选择一种申请业务类型。（附5-2）", _KINDS[0]))
    return Outcome(findings=tuple(findings))


def research(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """The report says what is recommended; more than was applied for needs another application (附5-3)."""
    findings = [
        *require(answers, {"cloud_report_file": "《政务云资源需求调研报告》"}, "附5-3"),
        *_sizes(answers, "advised", "调研建议", "附5-3"),
        *_no_more(answers, "advised", "调研建议", than="need", known_as="申请", clause="附5-3"),
    ]
    return Outcome(findings=tuple(findings))


def allocation(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """The provider allocates what the report recommends, and no more (附5-5)."""
    findings = [
        *_sizes(answers, "", "分配", "附5-5"),
        *_no_more(answers, "", "分配", than="advised", known_as="调研建议", clause="附5-5"),
    ]
    return Outcome(findings=tuple(findings))


def launch(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """The trial run is counted from the day the system went online, which has come (附5-6)."""
    return Outcome(findings=tuple(_past(answers, "cloud_trial_from", "上线日期", "附5-6", today=facts.today)))


def adjustment(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """During the trial run other sizes are asked for by what is used (附5-6)."""
    resource = numbered(facts.cloud, answers.get("cloud_number"))
    return Outcome(findings=tuple(_different(answers, resource, "附5-6")))


def billing(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """Payment begins after the trial run, with the agreement and the confirmation (附5-7)."""
    files = {"cloud_agreement_file": "三方协议", "cloud_confirmation_file": "《云服务资源确认单》"}
    findings = list(require(answers, files, "附5-7"))
    begins, trial_ends = _day(answers, "cloud_billing_from"), _day(answers, "cloud_trial_due_last_day")
    if begins is None:
        findings.append(Finding("附5-7", "请填写计费起始日期。（附5-7）", "cloud_billing_from"))
    elif trial_ends is not None and begins <= trial_ends:
        message = f"试运行到{trial_ends.isoformat()}期满，期满之后才能开始计费。（附5-7）"
        findings.append(Finding("附5-7", message, "cloud_billing_from"))
    return Outcome(findings=tuple(findings))


def archive(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """Everything that came of it is put on file; the experts' opinion where there was a review (附5-10)."""
    papers = dict(_ARCHIVED)
    if yes(answers, "cloud_expert_review"):
        papers["opinion"] = "专家评审意见"
    kept = answers.get("cloud_archived")
    missing = "、".join(title for key, title in papers.items() if not isinstance(kept, list) or key not in kept)
    if not missing:
        return Outcome()
    return _refuse("附5-10", f"还没有存档：{missing}。全过程的资料都要存档备案。（附5-10）", "cloud_archived")


def change(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """A change or the end of use; what was reported as used too little is to become smaller (附5-8 附5-9)."""
    resource, kind = numbered(facts.cloud, answers.get("cloud_number")), text(answers, "cloud_change_kind")
    if resource is None:
        return _refuse("附5-8", "请选择本项目的一项云资源。", "cloud_number")
    if kind == "settled":
        return Outcome(findings=tuple(_settled(answers, resource)))
    if unavailable := _unavailable(resource):
        return _refuse("附5-8", unavailable, "cloud_number")
    if kind == "stop":
        findings = tuple(_stopping(answers, facts))
    else:
        findings = (
            *_different(answers, resource, "附5-8"),
            *_reduced(answers, resource),
            *_barred(answers, resource, facts),
        )
    return Outcome(findings=findings) if findings else _asked(resource, facts)


def review(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """Whoever sends a change back or refuses it: the unit has not asked for it any more (附5-8).

    Property `prefix` names the field of the decision: `cloud_stop` for `cloud_stop_review`.
    """
    resource = numbered(facts.cloud, answers.get("cloud_number"))
    decision = text(answers, f"{headers.get('prefix', '')}_review")
    if resource is None or decision in _GRANTED:
        return Outcome()
    return Outcome(effects=(SetCloud(replace(resource, asked_on=None)),))


def carried_out(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """The provider says on which day it was done; a return not before the day it was announced for (附5-8)."""
    findings = list(_past(answers, "cloud_done_on", "实施日期", "附5-8", today=facts.today))
    stops, done = _day(answers, "cloud_stop_on"), _day(answers, "cloud_done_on")
    if text(answers, "cloud_change_kind") == "stop" and stops is not None and done is not None and done < stops:
        message = f"使用单位报备的停用日期是{stops.isoformat()}，此前不能收回。（附5-8）"
        findings.append(Finding("附5-8", message, "cloud_done_on"))
    return Outcome(findings=tuple(findings))


def usage(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """A report names a resource in use, days that are over and were paid for, and three percentages (附5-9).

    No day is reported twice: what was used too little calls for one change, not for several.
    """
    resource = numbered(facts.cloud, answers.get("cloud_number"))
    if resource is None or resource.state != "running":
        return _refuse("附5-9", "请选择本项目正式运行的一项云资源。", "cloud_number")
    if resource.provider_id != facts.parties.get(PROVIDER, resource.provider_id):
        return _refuse("附5-9", f"{resource.number}是其他云服务商的资源。", "cloud_number")
    return Outcome(findings=tuple(report(answers, resource, today=facts.today)))


def report(answers: Inputs, resource: CloudResource, *, today: date) -> Iterator[Finding]:
    """What is wrong with what is reported of a resource in use."""
    yield from _percentages(answers)
    yield from _past(answers, "cloud_usage_until", "统计截止日期", "附5-9", today=today)
    since, until = _day(answers, "cloud_usage_since"), _day(answers, "cloud_usage_until")
    if since is not None and until is not None and since > until:
        yield Finding("附5-9", "统计起始日期晚于截止日期。（附5-9）", "cloud_usage_since")
    if since is not None and resource.billing_from is not None and since < resource.billing_from:
        message = f"该资源{resource.billing_from.isoformat()}才正式运行。（附5-9）"
        yield Finding("附5-9", message, "cloud_usage_since")
    if since is not None and resource.usage is not None and since <= resource.usage.until:
        message = f"该资源的利用率已经上报到{resource.usage.until.isoformat()}，请从次日起统计。（附5-9）"
        yield Finding("附5-9", message, "cloud_usage_since")


def special_period(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """The bureau is told of a special time before it begins (附5-9)."""
    since, until = _day(answers, "cloud_special_since"), _day(answers, "cloud_special_until")
    if since is None or since <= facts.today:
        return _refuse("附5-9", "特殊时段须提前告知，起始日期应在今天之后。", "cloud_special_since")
    if until is None or until < since:
        return _refuse("附5-9", "特殊时段的截止日期不能早于起始日期。", "cloud_special_until")
    return Outcome()


def low_of(answers: Inputs) -> list[str]:
    """What was used too little, by the decision table."""
    found = answers.get("cloud_low")
    return [str(name) for name in found] if isinstance(found, list) else []


def sizes_of(answers: Inputs, stem: str = "") -> Sizes | None:
    """The three numbers of a stem ("need" for `cloud_need_cpu` …), None unless all are there."""
    found = [answers.get(_key(stem, name)) for name in MEASURED]
    try:
        cpu, memory, storage = (int(str(value)) for value in found)
    except ValueError:
        return None
    return Sizes(cpu, memory, storage)


def _key(stem: str, name: str) -> str:
    return "_".join(part for part in ("cloud", stem, name) if part)


def _asked(resource: CloudResource, facts: Facts) -> Outcome:
    """It is asked for from today on, and whose cloud it is on carries it out."""
    asked = SetCloud(replace(resource, asked_on=facts.today))
    return Outcome(effects=(asked, AssignParty(PROVIDER, resource.provider_id)))


def _refuse(clause: str, message: str, field: str) -> Outcome:
    return Outcome(findings=(Finding(clause, f"{message}（{clause}）", field),))


def _sizes(answers: Inputs, stem: str, label: str, clause: str) -> Iterator[Finding]:
    for name, measured in MEASURED.items():
        value = answers.get(_key(stem, name))
        if not isinstance(value, int | float | str) or not str(value).isdecimal() or int(value) == 0:
            yield Finding(clause, f"{label}的{measured}应为正整数。（{clause}）", _key(stem, name))


def _no_more(answers: Inputs, stem: str, label: str, *, than: str, known_as: str, clause: str) -> Iterator[Finding]:
    asked, limit = sizes_of(answers, stem), sizes_of(answers, than)
    if asked is None or limit is None:
        return
    for name, measured in MEASURED.items():
        value, most = getattr(asked, name), getattr(limit, name)
        if value > most:
            yield Finding(clause, f"{label}的{measured}{value}超过{known_as}的{most}。（{clause}）", _key(stem, name))


def _different(answers: Inputs, resource: CloudResource | None, clause: str) -> Iterator[Finding]:
    wanted = sizes_of(answers, "new")
    yield from _sizes(answers, "new", "变更后", clause)
    if resource is not None and wanted == resource.sizes:
        yield Finding(clause, f"变更后与现有资源（{wanted.sentence()}）相同。（{clause}）", _key("new", "cpu"))


def _unavailable(resource: CloudResource) -> str | None:
    """Why nothing can be asked for of this resource now, if so."""
    if resource.asked_on is not None:
        return f"{resource.number}已于{resource.asked_on.isoformat()}申请变更或者停用，办结之前不能再次申请。"
    return None if resource.state == "running" else f"{resource.number}不在正式运行，不能变更或者停用。"


def _stopping(answers: Inputs, facts: Facts) -> Iterator[Finding]:
    """The end of use is announced, not told of afterwards."""
    stops = _day(answers, "cloud_stop_on")
    if stops is None or stops < facts.today:
        yield Finding("附5-8", "停用须及时报备，停用日期不能早于今天。（附5-8）", "cloud_stop_on")


def _reduced(answers: Inputs, resource: CloudResource) -> Iterator[Finding]:
    """Of what was used too little, at least one has to become smaller."""
    low, wanted = low_of(answers), sizes_of(answers, "new")
    if low and wanted is not None and all(getattr(wanted, name) >= getattr(resource.sizes, name) for name in low):
        named = "、".join(MEASURED[name] for name in low)
        yield Finding("附5-9", f"{named}利用率偏低，变更后应当减少。（附5-9）", _key("new", low[0]))


def _barred(answers: Inputs, resource: CloudResource, facts: Facts) -> Iterator[Finding]:
    """A unit that gets no cloud resources gets no more of those it has."""
    wanted = sizes_of(answers, "new")
    code = facts.project.code if facts.project else None
    larger = [name for name in MEASURED if wanted and getattr(wanted, name) > getattr(resource.sizes, name)]
    for entry in barring_cloud(facts.restrictions, day=facts.today, project=code) if larger else ():
        message = f"{entry.sentence()}，解除以前不能增加云资源。（附5-8）"
        yield Finding("附5-8", message, _key("new", larger[0]))


def _settled(answers: Inputs, resource: CloudResource) -> Iterator[Finding]:
    """Whoever says that it was done already has stopped the resource or made it smaller since the report."""
    low = low_of(answers)
    smaller = resource.smaller_than(sizes_of(answers, "reported"), low)
    if not low or not (resource.state == "stopped" or smaller):
        message = "没有查到利用率上报之后办结的变更或者停用，请选择变更或者停用。（附5-9）"
        yield Finding("附5-9", message, "cloud_change_kind")


def _percentages(answers: Inputs) -> Iterator[Finding]:
    for name, measured in MEASURED.items():
        key = f"cloud_{name}_usage"
        try:
            value = Decimal(str(answers.get(key)))
        except InvalidOperation:
            value = Decimal(-1)
        if not 0 <= value <= _WHOLE:
            yield Finding("附5-9", f"{measured}利用率应在0到100之间。（附5-9）", key)


def _past(answers: Inputs, key: str, label: str, clause: str, *, today: date) -> Iterator[Finding]:
    day = _day(answers, key)
    if day is None or day > today:
        yield Finding(clause, f"{label}应填写，且不能晚于今天。（{clause}）", key)


def _day(answers: Inputs, key: str) -> date | None:
    try:
        return day_of(answers[key]) if given(answers, key) else None
    except PeriodInvalid:
        return None
