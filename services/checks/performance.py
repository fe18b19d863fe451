"""Performance: four dimensions scored by two authorities (4-1), suppliers rated (4-2), consequences (4-3)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from services.checks.answers import given, text, yes
from services.effects import AddRating
from services.facts import Facts, Finding, Headers, Inputs, Outcome

DIMENSIONS = {"progress": "建设进度", "funds": "资金使用", "operation": "运行情况", "effect": "应用效果"}
EVALUATORS = {"bureau": "区大数据局", "finance": "区财政局"}
SUPPLIERS = {
    "contractor": "承建单位",
    "supervisor": "监理单位",
    "consultant": "工程咨询单位",
    "review-agency": "评审机构",
    "test-agency": "评测机构",
}
_FULL_MARKS = Decimal(100)
_TENTH = Decimal("0.1")


def evaluation(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """One authority's scores, 0 to 100 each. The header `prefix` (bureau or finance) says whose fields they are."""
    prefix = headers.get("prefix", "bureau")
    findings = tuple(
        finding
        for key, title in DIMENSIONS.items()
        for finding in _score_findings(answers, f"{prefix}_score_{key}", f"绩效评估“{title}”", "4-1")
    )
    return Outcome(findings=findings)


def score(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """The project's score: the mean of all eight scores, every dimension and authority weighing the same.

    It goes into the ledger as the rating of the building unit.
    """
    scores = [_score(answers, f"{prefix}_score_{key}") for prefix in EVALUATORS for key in DIMENSIONS]
    known = [value for value in scores if value is not None]
    if len(known) != len(scores):
        return Outcome(findings=(Finding("4-1", "大数据局、财政局的四个维度评分不齐，不能得出绩效得分。（4-1）"),))
    mean = (sum(known, Decimal(0)) / len(known)).quantize(_TENTH)
    return Outcome(
        variables={"performance_score": float(mean)}, effects=(AddRating("applicant", mean, "项目绩效得分"),)
    )


def recheck(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """Whoever let the time for putting things right pass has not reached the performance that is due (4-3)."""
    if yes(answers, "rectification_missed") and text(answers, "recheck_result") == "qualified":
        message = "建设单位没有按期提交整改情况，不能认定达到应有绩效。（4-3）"
        return Outcome(findings=(Finding("4-3", message, "recheck_result"),))
    return Outcome()


def ratings(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """Ratings of the suppliers that took part; each becomes an entry of the suppliers' ledger."""
    findings: list[Finding] = []
    effects: list[AddRating] = []
    for role, title in SUPPLIERS.items():
        field = role.replace("-", "_")
        key = f"{field}_score"
        if not given(answers, key):
            continue
        problems = list(_score_findings(answers, key, f"{title}评价", "4-2"))
        value = _score(answers, key)
        findings += problems
        if value is not None and not problems:
            effects.append(AddRating(role, value, text(answers, f"{field}_comment")))
    if not findings and not effects:
        findings.append(Finding("4-2", "至少评价一家服务商：承建单位。（4-2）", "contractor_score"))
    return Outcome(findings=tuple(findings), effects=tuple(effects))


def _score_findings(answers: Inputs, key: str, label: str, clause: str) -> Iterator[Finding]:
    value = _score(answers, key)
    if value is None:
        yield Finding(clause, f"缺少{label}的评分。（{clause}）", key)
    elif not 0 <= value <= _FULL_MARKS:
        yield Finding(clause, f"{label}的评分应在0到100之间。（{clause}）", key)


def _score(answers: Inputs, key: str) -> Decimal | None:
    try:
        value = Decimal(text(answers, key))
    except InvalidOperation:
        return None
    return value if value.is_finite() else None
