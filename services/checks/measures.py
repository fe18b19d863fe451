"""Measures after an inspection: imposing them, and lifting them again (3.3-10 3.3-11)."""

from __future__ import annotations

from services.checks.answers import require, text
from services.effects import ImposeMeasure, LiftMeasure
from services.facts import Facts, Finding, Headers, Inputs, Outcome
from services.measures import MEASURES, SANCTION, Measure, standing

_SCOPES = {"all": ("payment", "work"), "payment": ("payment",), "work": ("work",)}


def impose(inputs: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """Headers `kind` (one or several), `clause` and `reason`; input `document`: the number of the decision."""
    kinds, clause, reason = _ordered(headers)
    unknown = [kind for kind in kinds if kind not in MEASURES]
    if unknown or not kinds:
        return _wrong(f"没有这种处置措施：{'、'.join(unknown) or '未写明'}。")
    document = text(inputs, "document")
    words = f"{reason}（{document}）" if document else reason
    return Outcome(effects=tuple(ImposeMeasure(kind, clause, words) for kind in kinds))


def lift(inputs: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """Headers `kind`, `clause`, `reason` as above, `own`: "yes" lifts only what this case has imposed.

    Input `scope` (all, payment or work) stands for the header `kind`; input `document` as above.
    """
    named, clause, reason = _ordered(headers)
    kinds = _SCOPES.get(text(inputs, "scope"), tuple(named))
    document = text(inputs, "document")
    words = f"{reason}（{document}）" if document else reason
    own = headers.get("own") == "yes"
    return Outcome(effects=tuple(LiftMeasure(kind, clause, words, own) for kind in kinds))


def lifting(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """A proposal to lift sanctions: such that stand, and after what was found has been put right (3.3-10)."""
    findings = [*require(answers, {"lifting_grounds": "解除的理由", "lifting_file": "整改核查材料"}, SANCTION)]
    scope = text(answers, "lifting_scope")
    meant = _SCOPES.get(scope, ())
    if not any(_stand(facts, *meant)):
        names = "、".join(MEASURES[kind] for kind in meant) or "处置措施"
        findings.append(Finding(SANCTION, f"本项目现在没有可以解除的{names}。（3.3-11）", "lifting_scope"))
    unsettled = [each for each in standing(facts.measures, "acceptance") if each.clause == "3.3-10"]
    if unsettled:
        message = "督查发现的问题整改还没有核查合格，不能提出解除处置。（3.3-10）"
        findings.append(Finding("3.3-10", message, "lifting_scope"))
    return Outcome(findings=tuple(findings))


def _stand(facts: Facts, *kinds: str) -> list[Measure]:
    return [each for each in standing(facts.measures, *kinds) if kinds and each.is_sanction]


def _ordered(headers: Headers) -> tuple[list[str], str, str]:
    return headers.get("kind", "").split(), headers.get("clause", ""), headers.get("reason", "")


def _wrong(message: str) -> Outcome:
    return Outcome(findings=(Finding("", message),))
