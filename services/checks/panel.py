"""The experts of a review: drawing them, who of them comes, and who must stay away (3.2-3 3.2-7 3.2-8)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from services.amounts import number
from services.checks.answers import given, money
from services.deadlines import day_of
from services.effects import RecordDraw
from services.experts import FIELDS, Draw, Exclusion, Expert, conflict, eligible, missing, selected
from services.facts import Facts, Finding, Headers, Inputs, Json, Outcome

_BETWEEN = "；"
_TAKING_PART = {"finance": "区财政局", "applicant": "申报单位"}


def draw(inputs: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """Draws the experts of a review, or others for those in `experts_absent`, whom `experts_absence` gives reasons for.

    Results: experts_enough ("yes"/"no"), experts_missing (what the pool is short of, in words), expert_seed (the draw's
    name on record), experts_drawn (the panel in words), experts_number, and experts_absent is empty again.
    """
    wanted = _quotas(inputs, facts)
    if isinstance(wanted, Outcome):
        return wanted
    absent = _named(inputs, "experts_absent")
    latest = facts.draws[-1] if facts.draws and absent else None
    reasons = dict(zip(absent, _named(inputs, "experts_absence"), strict=False))
    gone = tuple(Exclusion(e, reasons.get(e.label, "")) for e in (latest.panel if latest else ()) if e.label in absent)
    kept = tuple(expert for expert in (latest.panel if latest else ()) if expert.label not in absent)
    quotas = {name: n - sum(expert.field == name for expert in kept) for name, n in wanted.items()}
    out = {expert.mark: "已在本次评审专家名单中" for expert in kept} | _never_again(facts if latest else None, gone)
    pool, excluded = eligible(facts.experts, facts.interests, out=out)
    if short := missing(pool, quotas):
        words = "、".join(f"{FIELDS.get(name, name)}专家缺{n}人" for name, n in short.items())
        said: dict[str, Json] = {"experts_enough": "no", "experts_missing": words}
        return Outcome(variables=said)
    seed = facts.seed(len(facts.draws) + 1)
    found = Draw(
        round=len(facts.draws) + 1,
        seed=seed,
        quotas=quotas,
        pool=pool,
        drawn=selected(pool, quotas, seed),
        excluded=excluded,
        kept=kept,
        absent=gone,
    )
    return Outcome(variables=_told(found), effects=(RecordDraw(found),))


def attendance(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """Every expert drawn comes, or says why not; whoever does not is replaced by a further draw.

    Results: experts_absent and experts_absence, their labels and reasons, and experts_complete ("yes"/"no").
    """
    found = _rows(answers, "experts")
    panel = facts.draws[-1].panel if facts.draws else ()
    told = {str(row.get("expert")): row for row in found}
    open_ones = [expert.label for expert in panel if told.get(expert.label, {}).get("coming") not in ("yes", "no")]
    if not panel or open_ones:
        names = "、".join(open_ones) or "评审专家"
        return Outcome(findings=(Finding("3.2-8", f"没有逐人登记是否到会：{names}。（3.2-8）", "experts"),))
    absent = [label for label, row in told.items() if row.get("coming") == "no"]
    if unexplained := [label for label in absent if not str(told[label].get("reason") or "").strip()]:
        words = f"不能到会的须写明原因：{'、'.join(unexplained)}。（3.2-7）"
        return Outcome(findings=(Finding("3.2-7", words, "experts"),))
    reasons = [str(told[label]["reason"]).replace(_BETWEEN, "，").strip() for label in absent]
    variables: dict[str, Json] = {
        "experts_complete": "no" if absent else "yes",
        "experts_absent": _BETWEEN.join(absent),
        "experts_absence": _BETWEEN.join(reasons),
    }
    return Outcome(variables=variables)


def meeting(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """A meeting on a day to come, so that everybody can be told, with the finance bureau and the applicant (3.2-7)."""
    findings = []
    if given(answers, "meeting_on") and day_of(answers["meeting_on"]) <= facts.today:
        words = "现场评审会的日期须在今天以后，以便通知区财政局、申报单位和评审专家。（3.2-7）"
        findings.append(Finding("3.2-7", words, "meeting_on"))
    coming = {row.get("capacity") for row in _rows(answers, "participants")}
    if absent := [label for capacity, label in _TAKING_PART.items() if capacity not in coming]:
        words = f"现场评审会须有{'、'.join(absent)}的人员参加，请列入参加人员。（3.2-7）"
        findings.append(Finding("3.2-7", words, "participants"))
    return Outcome(findings=tuple(findings))


def sign_in(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """The attendance at the meeting: nobody signs in before its day (3.2-8). Results: those of `attendance`."""
    if given(answers, "meeting_on") and (called := day_of(answers["meeting_on"])) > facts.today:
        words = f"现场评审会定于{called.isoformat()}召开，不能提前签到。（3.2-8）"
        return Outcome(findings=(Finding("3.2-8", words, "sign_in_file"),))
    return attendance(answers, headers, facts)


def reviewers(answers: Inputs, facts: Facts) -> Iterator[Finding]:
    """Whoever a report names in `experts` has no ties to the project; after a meeting he is one of its panel (3.2-3).

    What an expert of the pool has declared counts against him here too.
    """
    panel = {expert.label for expert in facts.draws[-1].panel} if facts.draws else set()
    declared = {expert.label: expert.ties for expert in facts.experts}
    for row in _rows(answers, "experts"):
        named = Expert(str(row.get("name") or "").strip(), str(row.get("employer") or "").strip(), "")
        expert = replace(named, ties=declared.get(named.label, ()))
        if facts.draws and expert.label not in panel:
            words = f"{expert.label}不是抽取并签到的评审专家，不能列入评审报告。（3.2-3）"
            yield Finding("3.2-3", words, "experts")
        elif reason := conflict(expert, facts.interests):
            yield Finding("3.2-3", f"{expert.label}{reason}，应当回避，不能参加评审。（3.2-3）", "experts")


def _rows(answers: Inputs, key: str) -> list[Mapping[str, Json]]:
    rows = answers.get(key)
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []


def _quotas(inputs: Inputs, facts: Facts) -> dict[str, int] | Outcome:
    """How many experts of which field the table asks for; together an odd number, so that a vote decides.

    The sum is what the project is planned with, or what an adjustment of the plan asks for (3.2-16).
    """
    estimate = money(inputs, "adjusted_amount") or (facts.project.estimate if facts.project else None)
    asked = {"estimate": None if estimate is None else number(estimate), "as_of": facts.as_of}
    rows = facts.decide("expert-panel", asked)
    quotas = {str(row["field"]): int(row["number"]) for row in rows} if isinstance(rows, list) else {}
    if not sum(quotas.values()) % 2:
        words = "评审专家人数应为单数，请流程管理员核对决策表“评审专家组成”。（3.2-7）"
        return Outcome(findings=(Finding("3.2-7", words),))
    return quotas


def _never_again(facts: Facts | None, gone: tuple[Exclusion, ...]) -> dict[str, str]:
    """Who was drawn for this review before and could not come is not drawn for it again."""
    before = [each for drawn in (facts.draws if facts else ()) for each in drawn.absent]
    return {each.expert.mark: f"已抽中但不能到会：{each.reason}" for each in (*before, *gone)}


def _told(found: Draw) -> dict[str, Json]:
    return {
        "experts_enough": "yes",
        "experts_missing": None,
        "experts_absent": None,
        "experts_absence": None,
        "expert_seed": found.seed,
        "experts_drawn": "、".join(expert.label for expert in found.panel),
        "experts_number": len(found.panel),
    }


def _named(inputs: Inputs, name: str) -> list[str]:
    return [each for each in str(inputs.get(name) or "").split(_BETWEEN) if each]


def record(expert: Expert) -> dict[str, Json]:
    """An expert as a row of a form."""
    return {
        "expert": expert.label,
        "field": FIELDS.get(expert.field, expert.field),
        "phone": expert.phone,
        "coming": None,
        "opinion": None,
        "reason": None,
        "notice": None,
    }
