from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from app.kernel.clock import ZONE
from app.scenarios.model import Advance, Do, Expectation, Issue, Proceed, ScenarioUnclear, StartBeside
from app.scenarios.moments import MomentUnclear, after, is_stretch, moment
from app.scenarios.reading import read
from services.calendar import WorkingCalendar

STORY = """
name: 小额项目
clauses: [3.1-3, 附1-1]
start: {at: 2025-09-15, unit: 区教育和体育局, project: 阅读平台}
steps:
- do: declare-scope
  answers: {estimate: 99.999999}
  as: 区财政局
  at: 2025-09-16 10:30
  refused: 大数据局
- advance: P3M
- advance: 2025-11-01 00:00
- start_beside: plan-adjustment
  after: P2D
  as: 区财政局
  refused: [申报单位, 发起]
- issue: review-opinion
  as: 区财政局
  number: 峄数审〔2026〕1号
  contains: [同意]
  lacks: 不同意
- proceed_to: apply-final
  with: {accept-application: {application_result: returned}}
  except: [report-completion]
- proceed: true
  expect: {tasks: [], due: {hold-final: 2026-03-17 00:00}}
expect: {status: completed, amounts: {approved: 99.999999, paid: null}, passed: [end-passed]}
"""


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "story.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_story_is_read_as_written(tmp_path: Path) -> None:
    scenario = read(write(tmp_path, STORY))
    assert scenario.start.at == datetime(2025, 9, 15, 9, tzinfo=ZONE)
    assert scenario.clauses == ("3.1-3", "附1-1")
    do, later, until, beside, paper, to_final, to_end = scenario.steps
    assert do == Do(
        "declare-scope",
        answers={"estimate": 99.999999},
        at=datetime(2025, 9, 16, 10, 30, tzinfo=ZONE),
        who="区财政局",
        refused=("大数据局",),
    )
    assert beside == StartBeside("plan-adjustment", after="P2D", who="区财政局", refused=("申报单位", "发起"))
    assert paper == Issue(
        "review-opinion", who="区财政局", number="峄数审〔2026〕1号", contains=("同意",), lacks=("不同意",)
    )
    assert later == Advance("P3M")
    assert until == Advance(datetime(2025, 11, 1, tzinfo=ZONE))
    assert isinstance(to_final, Proceed)
    assert to_final.leaving == {"report-completion"}
    assert isinstance(to_end, Proceed)
    assert to_end.until is None
    assert to_end.expect is not None
    assert to_end.expect.tasks == frozenset()
    assert to_end.expect.due == {"hold-final": datetime(2026, 3, 17, tzinfo=ZONE)}
    assert scenario.expect.amounts == {"approved": Decimal("99.999999"), "paid": None}


OTHERS = """
others:
- {at: 2025-09-16, unit: 区民政局, project: 低保核对, with: {declare-scope: {estimate: 80}}}
- {at: 2025-09-17, unit: 阴平镇政府, project: 文旅导览, proceed_to: approve-annual-plan}
steps:"""


def test_other_projects_go_along_as_far_as_the_annual_plan(tmp_path: Path) -> None:
    scenario = read(write(tmp_path, STORY.replace("\nsteps:", OTHERS)))
    first, second = scenario.others_as_stories()
    assert (first.start.unit, first.start.at) == ("区民政局", datetime(2025, 9, 16, 9, tzinfo=ZONE))
    assert first.steps == (Proceed("compile-annual-plan", {"declare-scope": {"estimate": 80}}),)
    assert second.steps == (Proceed("approve-annual-plan"),)
    assert (second.others, second.expect) == ((), Expectation())


def test_a_mistake_in_another_project_is_told_with_its_number(tmp_path: Path) -> None:
    with pytest.raises(ScenarioUnclear, match="others 第2个：others 中有不认识的键：until"):
        read(write(tmp_path, STORY.replace("\nsteps:", OTHERS.replace("proceed_to", "until"))))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("status: completed", "state: completed"), "不认识的键：state"),
        (("do: declare-scope", "does: declare-scope"), "第1步"),
        (("at: 2025-09-15,", ""), "缺少 'at'"),
        (("amounts: {approved", "amounts: {agreed"), "没有这种金额：agreed"),
        (("advance: P3M", "advance: 三个月"), "第2步"),
        (("name: 小额项目", "name: [小额项目"), "story.yaml"),
    ],
)
def test_what_is_not_understood_is_refused(tmp_path: Path, change: tuple[str, str], words: str) -> None:
    with pytest.raises(ScenarioUnclear, match=r"story\.yaml") as refusal:
        read(write(tmp_path, STORY.replace(*change)))
    assert words in str(refusal.value)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("P3M", datetime(2026, 2, 28, 9, tzinfo=ZONE)),
        ("P5D", datetime(2025, 12, 5, 9, tzinfo=ZONE)),
        ("P1Y", datetime(2026, 11, 30, 9, tzinfo=ZONE)),
        ("PT4H30M", datetime(2025, 11, 30, 13, 30, tzinfo=ZONE)),
        ("10 working days", datetime(2025, 12, 12, 9, tzinfo=ZONE)),
        ("1 个工作日", datetime(2025, 12, 1, 9, tzinfo=ZONE)),
    ],
)
def test_time_passes_by_the_calendar(written: str, expected: datetime) -> None:
    assert is_stretch(written)
    assert after(datetime(2025, 11, 30, 9, tzinfo=ZONE), written, calendar=WorkingCalendar()) == expected


@pytest.mark.parametrize("written", ["", "P", "PT", "明天", "2025-13-01", "2025/11/01"])
def test_unclear_times_are_refused(written: str) -> None:
    assert not is_stretch(written)
    with pytest.raises(MomentUnclear):
        moment(written)
