"""Application: scope (1-1 to 1-3), the nine kinds (3.1-10), the three documents (3.1-3 3.1-4 附1-1 附2-1)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from services.amounts import AmountInvalid, number
from services.checks import standing
from services.checks.answers import chosen, given, money, require, text, too_long, yes
from services.deadlines import PeriodInvalid, add_months, day_of
from services.effects import Effect, SetAmount, SetProject
from services.facts import Facts, Finding, Headers, Inputs, Outcome

CATEGORIES = {
    "engineering": {
        "infrastructure": "信息基础设施建设",
        "network": "信息网络建设",
        "software": "业务应用软件开发",
        "data_resource": "信息资源开发利用",
        "soft_research": "软课题研究",
    },
    "service": {
        "security": "信息网络安全保障",
        "consulting": "信息咨询服务",
        "migration": "系统迁移",
        "maintenance": "系统运维",
    },
}
NATURES = {"engineering": "信息化工程项目", "service": "信息化服务项目"}
MATERIALS = {
    "letter_file": "项目申请文件（附件1）",
    "form_file": "项目申请表（附件2）",
    "plan_file": "项目建设方案（附件3）",
}
LETTER_LIMITS = {
    "need_text": ("申请文件中建设需求、依据、内容、意义的简述", 250),
    "funding_text": ("申请文件中建设周期、资金来源、资金概算值的简述", 150),
}
FORM_LIMITS = {"main_content": ("申请表中的项目主要建设内容", 500)}
CHAPTERS = {
    1: "第一章（建设单位主要职责、电子政务建设和应用现状）",
    2: "第二章（项目需求分析与建设依据）",
    3: "第三章（项目建设的原则和目标）",
    4: "第四章（项目建设内容）",
    5: "第五章（项目总体架构和部署）",
    6: "第六章（项目设计方案）",
    7: "第七章（项目组织管理）",
    8: "第八章（项目投资）",
    9: "第九章（效益分析）",
}


def scope(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """The declaration of scope must be complete and agree with itself; the route follows from a decision table.

    A project that is declared to touch state secrets becomes confidential (3.1-6).
    """
    findings = [
        *_secrecy(answers, facts),
        *_funding(answers),
        *_nature(answers),
        *_negative_list(answers),
        *_complexity(answers),
    ]
    # From this moment only those may know of the project who may know of confidential ones (2-2).
    effects: tuple[Effect, ...] = (SetProject({"confidential": True}),) if yes(answers, "classified") else ()
    try:
        estimate = money(answers, "estimate")
    except AmountInvalid as invalid:
        findings.append(Finding("3.1-5", f"计划投资：{invalid}（3.1-5）", "estimate"))
    else:
        if estimate is None or estimate == 0:
            findings.append(Finding("3.1-5", "缺少计划投资，或金额为零。（3.1-5）", "estimate"))
        else:
            effects = (*effects, SetAmount("estimate", estimate))
    # A unit that stands in the ledger learns it here, before it prepares everything (3.2-4).
    return Outcome(findings=(*findings, *standing.warnings(facts)), effects=effects)


def materials(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """The three documents, the outline chapter by chapter, the word limits, and the period against its dates."""
    findings = (
        *require(answers, MATERIALS, "3.1-3"),
        *_chapters(answers),
        *too_long(answers, LETTER_LIMITS, "附1-1"),
        *too_long(answers, FORM_LIMITS, "附2-1"),
        *_building_period(answers),
        *_merged(answers),
        *standing.warnings(facts),
        *standing.split_warnings(facts),
    )
    return _with_merged_estimate(answers, findings)


def _merged(answers: Inputs) -> Iterator[Finding]:
    """Projects that were found to be one are applied for as one, with their sum (3.1-5)."""
    if text(answers, "application_result") == "split" and given(answers, "merged_estimate"):
        try:
            money(answers, "merged_estimate")
        except AmountInvalid as invalid:
            yield Finding("3.1-5", f"合并后的计划投资：{invalid}（3.1-5）", "merged_estimate")


def _with_merged_estimate(answers: Inputs, findings: tuple[Finding, ...]) -> Outcome:
    if any(finding.blocking for finding in findings) or text(answers, "application_result") != "split":
        return Outcome(findings=findings)
    merged = money(answers, "merged_estimate")
    if merged is None:
        return Outcome(findings=findings)
    return Outcome({"estimate": number(merged)}, findings, (SetAmount("estimate", merged),))


def consultant(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """The consultant that was procured, with its qualification and the certificate (3.1-5)."""
    fields = {
        "consultant_org": "工程咨询单位",
        "qualification": "咨询单位资质",
        "qualification_file": "咨询单位资质证书",
    }
    return Outcome(findings=tuple(require(answers, fields, "3.1-5")))


def _secrecy(answers: Inputs, facts: Facts) -> Iterator[Finding]:
    registered = facts.project is not None and facts.project.confidential
    if registered and not yes(answers, "classified"):
        yield Finding(
            "3.1-6", "本项目登记为涉密项目，这里须选“是”；确不涉密的，请另行登记项目。（3.1-6）", "classified"
        )


def _funding(answers: Inputs) -> Iterator[Finding]:
    """What the bureau found not to be funded from above is not claimed again (3.1-7)."""
    if yes(answers, "superior_funded") and text(answers, "superior_filing") == "not_superior":
        message = "区大数据局已认定本项目不属于上级统筹并拨付资金的项目，请按一般途径申报。（3.1-7）"
        yield Finding("3.1-7", message, "superior_funded")


def _nature(answers: Inputs) -> Iterator[Finding]:
    nature, category = text(answers, "nature"), text(answers, "category")
    if nature not in CATEGORIES:
        yield Finding("1-2", "缺少项目性质：工程类或服务类。（1-2）", "nature")
    elif category not in CATEGORIES[nature]:
        kinds = "、".join(CATEGORIES[nature].values())
        yield Finding("1-2", f"项目类别与项目性质不符：{NATURES[nature]}的类别只能是{kinds}。（1-2）", "category")


def _negative_list(answers: Inputs) -> Iterator[Finding]:
    items = [item for item in chosen(answers, "negative_items") if item != "none"]
    hit = yes(answers, "negative_hit")
    if hit and not items:
        yield Finding("3.1-10", "已声明属于九类项目，但没有勾选是哪一类。（3.1-10）", "negative_items")
    if items and not hit and given(answers, "negative_hit"):
        yield Finding("3.1-10", "已勾选九类项目，却声明不属于九类项目，请改正其一。（3.1-10）", "negative_hit")
    if (hit or items) and not given(answers, "special_reason"):
        yield Finding(
            "3.1-10", "属于九类项目，无特殊情况不再批准单独建设，须填写特殊情况说明。（3.1-10）", "special_reason"
        )


def _complexity(answers: Inputs) -> Iterator[Finding]:
    if yes(answers, "complex") and not given(answers, "complex_reason"):
        yield Finding("3.1-5", "认定技术设计较为复杂的，须写明理由。（3.1-5）", "complex_reason")


def _chapters(answers: Inputs) -> Iterator[Finding]:
    for chapter, title in CHAPTERS.items():
        key = f"chapter_{chapter}"
        state = text(answers, key)
        if state == "missing" or not state:
            yield Finding("3.1-4", f"建设方案缺少{title}。（3.1-4 附3-1）", key)
        elif state == "not_applicable" and not given(answers, f"{key}_reason"):
            yield Finding("3.1-4", f"建设方案{title}填为不适用，须写明理由。（3.1-4 附3-1）", f"{key}_reason")


def _building_period(answers: Inputs) -> Iterator[Finding]:
    try:
        first, last = day_of(answers.get("period_from")), day_of(answers.get("period_to"))
        months = int(text(answers, "period_months"))
    except (PeriodInvalid, ValueError):
        yield Finding("附2-1", "缺少建设周期或起止时间。（附2-1）", "period_months")
        return
    if last < first:
        yield Finding("附2-1", "建设止期早于起期。（附2-1）", "period_to")
    elif months not in _months_covered(first, last):
        yield Finding(
            "附2-1",
            f"建设周期{months}个月与起止时间（{first.isoformat()}至{last.isoformat()}）不符。（附2-1）",
            "period_months",
        )


def _months_covered(first: date, last: date) -> set[int]:
    """The lengths in months that people call the time from `first` to `last`: rounded down and rounded up."""
    months = 0
    while add_months(first, months + 1) <= last:
        months += 1
    return {months, months + 1} if months else {1}
