"""A list of the utilisation of cloud resources, as clerks export and type it (附5-9)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_DOWN, Decimal
from typing import Final

from services.cloud import MEASURED, Usage

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "number": ("云资源编号", "资源编号", "编号"),
    "since": ("统计起始日期", "起始日期", "统计开始日期", "开始日期"),
    "until": ("统计截止日期", "截止日期", "统计结束日期", "结束日期"),
    "cpu": ("CPU利用率", "CPU使用率", "CPU平均利用率", "CPU平均使用率"),
    "memory": ("内存利用率", "内存使用率", "内存平均利用率", "内存平均使用率"),
    "storage": ("存储利用率", "存储使用率", "存储平均利用率", "存储平均使用率"),
}
"""What a column may be called; the first is its name in the template. Columns of other names are passed over."""

MOST_ROWS: Final = 10_000
_MOST_TITLES: Final = 10
_EXACT: Final = Decimal("0.0001")
_WHOLE: Final = Decimal(100)
# Units and remarks behind the name of a column, as in CPU利用率（%）.
_REMARK: Final = re.compile(r"\(.*?\)|\[.*?\]|[%\s:]")
_DAY: Final = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.0+)?)?)?")
_COMPACT_DAY: Final = re.compile(r"(\d{4})(\d{2})(\d{2})")
_PERCENTAGE: Final = re.compile(r"(\d{1,9}(?:\.\d{0,15})?|\.\d{1,15}|\d{1,3}(?:,\d{3}){1,2}(?:\.\d{0,15})?)(%?)")
_DASHES: Final = str.maketrans(dict.fromkeys("‐‑‒–—−", "-"))


@dataclass(frozen=True)
class Reported:
    """What line `line` of a list, counted from 1 with the headings, says of the resource with this number."""

    line: int
    number: str
    usage: Usage


@dataclass(frozen=True)
class Problem:
    """What is wrong with a line; None for the list as a whole."""

    line: int | None
    message: str

    def sentence(self) -> str:
        return self.message if self.line is None else f"第{self.line}行：{self.message}"


def read(table: Iterable[Sequence[object]]) -> tuple[tuple[Reported, ...], tuple[Problem, ...]]:
    """What the lines of a table say, and what is wrong with them; empty lines are passed over.

    A cell is text, a number, a date or None. Percentages are those of a hundred, with or without their sign; digits
    beyond the fourth are cut off, so that nothing comes to lie on the other side of a standard.
    """
    lines = ((at, [_text(cell) for cell in cells]) for at, cells in enumerate(table, 1))
    filled = ((at, cells) for at, cells in lines if any(cells))
    found = _headings(filled)
    if isinstance(found, Problem):
        return (), (found,)
    reported: list[Reported] = []
    problems: list[Problem] = []
    fractions = True
    for count, (at, cells) in enumerate(filled, 1):
        if count > MOST_ROWS:
            return (), (Problem(None, f"一次最多导入{MOST_ROWS}行，请分几次导入。"),)
        values = {name: cells[column] if column < len(cells) else "" for name, column in found.items()}
        line, wrong = _line(at, values)
        problems += wrong
        if line is not None:
            reported.append(line)
            fractions = fractions and _is_fraction(line, values)
    if reported and fractions:
        problems.append(Problem(None, "利用率全部不超过1，像是小数；请写成百分数，例如45或者45%。"))
    if not reported and not problems:
        problems.append(Problem(None, "清单里没有资源。"))
    return tuple(reported), tuple(problems)


def as_lines(reported: Iterable[Reported]) -> str:
    """The list as plain text that `read` reads again."""
    heading = ",".join(names[0] for names in COLUMNS.values())
    lines = (
        ",".join((each.number, each.usage.since.isoformat(), each.usage.until.isoformat(), *_percentages(each.usage)))
        for each in reported
    )
    return "\n".join((heading, *lines))


def _percentages(usage: Usage) -> Iterator[str]:
    """With their sign, so that small ones are not taken for fractions."""
    return (f"{getattr(usage, name):f}%" for name in MEASURED)


def _headings(lines: Iterator[tuple[int, list[str]]]) -> Mapping[str, int] | Problem:
    """The places of the columns, from the first line that names the resource; titles may stand above it."""
    for _, (at, cells) in zip(range(_MOST_TITLES), lines, strict=False):
        named = [_column(cell) for cell in cells]
        if "number" not in named:
            continue
        if missing := [names[0] for name, names in COLUMNS.items() if name not in named]:
            return Problem(at, f"缺少“{'”“'.join(missing)}”列，请按模板的表头填写。")
        if double := [names[0] for name, names in COLUMNS.items() if named.count(name) > 1]:
            return Problem(at, f"“{'”“'.join(double)}”列有两个，请只留一个。")
        return {name: named.index(name) for name in COLUMNS}
    return Problem(None, "没有找到表头：应有“云资源编号”等列，请按模板填写。")


def _column(heading: str) -> str | None:
    plain = _REMARK.sub("", heading).upper()
    return next((name for name, known in COLUMNS.items() if plain in known), None)


def _line(at: int, values: Mapping[str, str]) -> tuple[Reported | None, list[Problem]]:
    problems = [Problem(at, f"“{COLUMNS[name][0]}”没有填写。") for name, value in values.items() if not value]
    days = {name: _day(values[name]) for name in ("since", "until")}
    shares = {name: _share(values[name]) for name in MEASURED}
    for name, read_as in {**days, **shares}.items():
        if values[name] and read_as is None:
            form = "日期，例如2026-03-31" if name in days else "0到100的百分数"
            problems.append(Problem(at, f"“{COLUMNS[name][0]}”的“{values[name][:20]}”不是{form}。"))
    since, until = days["since"], days["until"]
    cpu, memory, storage = (shares[name] for name in MEASURED)
    if problems or since is None or until is None or cpu is None or memory is None or storage is None:
        return None, problems
    number = values["number"].translate(_DASHES).upper()
    return Reported(at, number, Usage(since, until, cpu, memory, storage)), []


def _is_fraction(line: Reported, values: Mapping[str, str]) -> bool:
    """Whether its percentages look like parts of one."""
    used = [getattr(line.usage, name) for name in MEASURED]
    return max(used) <= 1 and any(used) and not any("%" in values[name] for name in MEASURED)


def _text(cell: object) -> str:
    """The words of a cell in half width, without what spreadsheets put around them to keep them as they are."""
    if cell is None or isinstance(cell, bool):
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, float):
        return f"{Decimal(repr(cell)):f}".removesuffix(".0") if abs(cell) < 10**15 else ""
    words = unicodedata.normalize("NFKC", str(cell)).strip().lstrip("'")
    if words.startswith('="') and words.endswith('"'):
        words = words[2:-1]
    return " ".join(words.split())


def _day(words: str) -> date | None:
    plain = words.replace("年 ", "年").replace("月 ", "月")
    found = _DAY.fullmatch(plain) or _COMPACT_DAY.fullmatch(plain)
    if found is None:
        return None
    try:
        return date(*(int(part) for part in found.groups()))
    except ValueError:
        return None


def _share(words: str) -> Decimal | None:
    """A percentage; thousands may be set apart, as programs do that know no percentages."""
    found = _PERCENTAGE.fullmatch(words.replace(" ", ""))
    if found is None:
        return None
    value = Decimal(found.group(1).replace(",", "")).quantize(_EXACT, rounding=ROUND_DOWN)
    if value > _WHOLE:
        return None
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()
