from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

import pytest

from services.cloud import Usage
from services.cloud_list import MOST_ROWS, as_lines, read

HEADINGS = ("云资源编号", "统计起始日期", "统计截止日期", "CPU利用率", "内存利用率", "存储利用率")
LINE = ("YC2026-0001-Y01", "2026-03-01", "2026-03-31", "45.5", "55", "70")


def line(**changed: object) -> tuple[object, ...]:
    names = ("number", "since", "until", "cpu", "memory", "storage")
    return tuple(changed.get(name, cell) for name, cell in zip(names, LINE, strict=True))


def problems(*table: Sequence[object]) -> list[str]:
    return [each.sentence() for each in read(table)[1]]


def test_a_line_says_what_was_used_of_a_resource_when() -> None:
    (only,), wrong = read([HEADINGS, LINE])
    assert wrong == ()
    assert (only.line, only.number) == (2, "YC2026-0001-Y01")
    assert only.usage == Usage(date(2026, 3, 1), date(2026, 3, 31), Decimal("45.5"), Decimal(55), Decimal(70))


@pytest.mark.parametrize(
    ("written", "share"),
    [
        ("19.99%", "19.99"),
        ("１９．９９％", "19.99"),
        (" 20 % ", "20"),
        ("'20", "20"),
        ('="20"', "20"),
        (20, "20"),
        (20.0, "20"),
        (100, "100"),
        (19.990000000000002, "19.99"),
        ("19.99999", "19.9999"),
        (".5%", "0.5"),
        ("0", "0"),
    ],
)
def test_percentages_as_they_are_typed(written: object, share: str) -> None:
    (only,), wrong = read([HEADINGS, line(cpu=written)])
    assert wrong == ()
    assert str(only.usage.cpu) == share


@pytest.mark.parametrize("written", ["100.01", "1,234.5", "-1", "约20", "20～30", "1e1", "9" * 400, True, "12,34"])
def test_what_is_no_percentage(written: object) -> None:
    (wrong,) = problems(HEADINGS, line(cpu=written))
    assert wrong.startswith("第2行：“CPU利用率”")


@pytest.mark.parametrize(
    "written",
    [
        "2026-3-1",
        "2026/03/01",
        "2026.3.1",
        "2026年3月1日",
        "２０２６年３月１日",
        "2026年 3月 1日",
        "20260301",
        20260301,
        "2026-03-01 00:00:00",
        date(2026, 3, 1),
        datetime(2026, 3, 1, 0, 0),  # noqa: DTZ001 - a spreadsheet's dates know no zone
    ],
)
def test_days_as_they_are_typed(written: object) -> None:
    (only,), wrong = read([HEADINGS, line(since=written)])
    assert wrong == ()
    assert only.usage.since == date(2026, 3, 1)


@pytest.mark.parametrize("written", ["2026-02-30", "3月", "46082", "2026-03", "0000-01-01"])
def test_what_is_no_day(written: str) -> None:
    assert problems(HEADINGS, line(since=written)) == [f"第2行：“统计起始日期”的“{written}”不是日期，例如2026-03-31。"]


def test_headings_are_found_under_titles_in_any_order_with_units_and_other_columns() -> None:
    headings = [
        "序号",
        "资源编号",
        "系统名称",
        "CPU使用率（％）",
        "内存使用率(%)",
        "存储 利用率",
        "开始日期：",
        "结束日期",
    ]
    cells = ["1", "ｙｃ２０２６－０００１－Ｙ０１", "预约系统", "45.5", "55", "70", "2026-03-01", "2026-03-31"]
    (only,), wrong = read([["三月利用率"], [], [None, ""], headings, cells, ["", " "]])
    assert wrong == ()
    assert (only.line, only.number, only.usage.storage) == (5, "YC2026-0001-Y01", Decimal(70))


def test_columns_that_are_missing_or_double_are_named() -> None:
    assert problems(HEADINGS[:4], LINE) == ["第1行：缺少“内存利用率”“存储利用率”列，请按模板的表头填写。"]
    assert problems((*HEADINGS, "CPU使用率"), LINE) == ["第1行：“CPU利用率”列有两个，请只留一个。"]
    (nothing,) = problems(("系统", "CPU"), LINE)
    assert nothing.startswith("没有找到表头")
    assert problems(HEADINGS) == ["清单里没有资源。"]
    (nothing,) = problems()
    assert nothing.startswith("没有找到表头")


def test_every_problem_is_told_with_its_line() -> None:
    told = problems(HEADINGS, line(cpu=""), LINE, line(number=None, since="昨天", storage="很多"))
    assert told == [
        "第2行：“CPU利用率”没有填写。",
        "第4行：“云资源编号”没有填写。",
        "第4行：“统计起始日期”的“昨天”不是日期，例如2026-03-31。",
        "第4行：“存储利用率”的“很多”不是0到100的百分数。",
    ]


def test_parts_of_one_are_not_taken_for_percentages() -> None:
    parts = line(cpu="0.45", memory="0.55", storage="0.7")
    (wrong,) = problems(HEADINGS, parts, line(cpu="0.1", memory="1", storage="0"))
    assert "像是小数" in wrong
    assert problems(HEADINGS, parts, LINE) == []
    assert problems(HEADINGS, line(cpu="0.45%", memory="0.55%", storage="0.7%")) == []
    assert problems(HEADINGS, line(cpu="0", memory="0", storage="0")) == []


def test_there_is_an_end_to_lists() -> None:
    assert len(read([HEADINGS, *[LINE] * MOST_ROWS])[0]) == MOST_ROWS
    assert problems(HEADINGS, *[LINE] * (MOST_ROWS + 1)) == ["一次最多导入10000行，请分几次导入。"]


def test_what_was_read_can_be_written_and_read_again() -> None:
    reported, _ = read([HEADINGS, LINE, line(cpu="0.1%", memory="0.2%", storage="100")])
    again, wrong = read([text.split(",") for text in as_lines(reported).splitlines()])
    assert wrong == ()
    assert [each.usage for each in again] == [each.usage for each in reported]
