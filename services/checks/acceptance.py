"""Final acceptance: materials (附4-5 附4-6), application (附4-7), conditions (附4-4), content and vetoes (3.4-6)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from services.amounts import AmountInvalid, amount, shown
from services.checks.answers import chosen, day_between, given, money, text, yes
from services.checks.materials import COMPONENTS, Composition, required
from services.facts import Facts, Finding, Headers, Inputs, Outcome

CONDITIONS = {
    1: "网络、应用、安全等主体工程和辅助设施已按照设计建成，能满足系统运行的需要",
    2: "软硬件系统经测试和试运行合格",
    3: "投入使用的各项准备工作已经完成，能适应项目正常运行的需要",
    4: "完成预算执行情况报告和初步的财务决算",
    5: "完成项目信息安全风险评估",
    6: "档案文件整理齐全",
}
CONTENT = {
    1: "验收资料是否完整齐全，是否符合验收要求",
    2: "项目应用是否达到设计要求",
    3: "经费使用是否合理",
    4: "项目建设应用的社会、经济效益",
    5: "存在的问题及改进意见",
}


def composition(answers: Inputs, facts: Facts) -> Composition:
    """What the project is made of. From which value on a single piece of software is large, the thresholds say."""
    largest = money(answers, "largest_software")
    return Composition(
        components=frozenset(str(item) for item in chosen(answers, "components")),
        # An adjustment of the plan may have brought a supervisor in while the project was being built (3.2-16).
        supervised="supervisor" in facts.parties,
        large_software=largest is not None and largest >= _threshold(facts, "outline_design"),
        third_party_test=yes(answers, "third_party_test"),
    )


def materials(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """The application for final acceptance: every document that this project needs, and sums that agree."""
    made_of = composition(answers, facts)
    missing = tuple(
        Finding(material.clause, f"缺少{material.title}。（{material.clause}）", material.key)
        for material in required(made_of)
        if not given(answers, material.key)
    )
    return Outcome(findings=(*_components(answers, made_of), *missing, *_funding(answers)))


def conditions(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """All six conditions must be met before acceptance begins; otherwise the bureau returns the application."""
    if text(answers, "completeness_result") != "complete":
        return Outcome()
    findings = tuple(
        Finding(
            "附4-4",
            f"验收条件第{index}项（{title}）未确认具备，不能认定符合验收条件。（附4-4）",
            f"condition_{index}",
        )
        for index, title in CONDITIONS.items()
        if not yes(answers, f"condition_{index}")
    )
    return Outcome(findings=findings)


def final(answers: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """The acceptance itself: its day, five items recorded, and no pass against either of the two vetoes."""
    since, today = ("初步验收日期", answers.get("preliminary_on")), ("今天", facts.today)
    held = day_between(answers, "final_on", "验收日期", since=since, until=today, clause="3.4-5")
    return Outcome(findings=(*held, *_content(answers), *_vetoes(answers)))


def _threshold(facts: Facts, key: str) -> Decimal:
    thresholds = facts.decide("thresholds", {"as_of": facts.as_of})
    if not isinstance(thresholds, dict):
        raise AmountInvalid(f"金额标准表中没有可用的标准：{key}。")
    return amount(thresholds.get(key))


def _components(answers: Inputs, made_of: Composition) -> Iterator[Finding]:
    if not made_of.components & set(COMPONENTS):
        kinds = "、".join(COMPONENTS.values())
        yield Finding("附4-6", f"缺少项目构成：{kinds}，至少选一项。（附4-6）", "components")
    if "software" in made_of.components and not given(answers, "largest_software"):
        yield Finding("附4-6", "缺少单个软件系统的最大价值。（附4-6）", "largest_software")


def _funding(answers: Inputs) -> Iterator[Finding]:
    try:
        fiscal, own, total = (money(answers, key) for key in ("fiscal_funding", "self_funding", "funding_total"))
    except AmountInvalid as invalid:
        yield Finding("附4-7", f"项目资金构成：{invalid}（附4-7）", "funding_total")
        return
    if fiscal is None:
        yield Finding("附4-7", "缺少财政投资金额。（附4-7）", "fiscal_funding")
        return
    expected = fiscal + (own or 0)
    if total is not None and total != expected:
        yield Finding(
            "附4-7", f"资金合计{shown(total)}不等于财政投资与自筹资金之和{shown(expected)}。（附4-7）", "funding_total"
        )


def _content(answers: Inputs) -> Iterator[Finding]:
    for index, title in CONTENT.items():
        key = f"content_{index}"
        if not given(answers, key):
            yield Finding("附4-2", f"验收内容第{index}项（{title}）没有结论。（附4-2）", key)
        elif text(answers, key) == "unqualified" and text(answers, "final_result") == "pass":
            yield Finding(
                "附4-2", f"验收内容第{index}项（{title}）不合格，验收结论不能是通过。（附4-2）", "final_result"
            )


def _vetoes(answers: Inputs) -> Iterator[Finding]:
    if text(answers, "final_result") != "pass":
        return
    if not yes(answers, "parameters_match"):
        yield Finding(
            "3.4-6", "主要技术参数指标与审核意见确定的建设方案不一致，不得通过验收。（3.4-6）", "final_result"
        )
    if not yes(answers, "catalogue_registered"):
        yield Finding(
            "3.4-6",
            "项目信息资源目录未纳入全市政务信息资源共享交换平台目录管理系统，不得通过验收。（3.4-6）",
            "final_result",
        )
