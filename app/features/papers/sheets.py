"""Workbooks: text stays text whatever it begins with, and amounts are numbers that add up."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from math import ceil
from typing import Final
from unicodedata import east_asian_width

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from app.features.papers.model import Kind, Sheet
from app.features.papers.values import NEW_PARAGRAPH, Value
from services.amounts import total

_THIN: Final = Side(style="thin", color="000000")
_FRAME: Final = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_AMOUNT: Final = "0.######"
_LONGEST: Final = 32_767
_LONGEST_TITLE: Final = 31
_WIDEST: Final = 40
_LINE: Final = 16
_TALLEST: Final = 400


def render(kind: Kind, values: Mapping[str, Value], *, at: datetime) -> bytes:
    """The workbook of a kind: a heading, its rows, and the sum of each column of amounts."""
    layout = kind.sheet
    rows = values[layout.rows] if layout else ()
    if layout is None or isinstance(rows, str):
        raise TypeError(f"{kind.id} has no rows to lay out")
    columns = list(rows[0]) if rows else list(kind.values[layout.rows].columns or ())
    book = workbook(at)
    sheet = book.create_sheet(kind.title[:_LONGEST_TITLE])
    words = {name: value for name, value in values.items() if isinstance(value, str)}
    write(sheet.cell(1, 1), layout.heading.format_map(words))
    sheet.cell(1, 1).font = Font(name="黑体", size=16)
    sheet.cell(1, 1).alignment = Alignment(horizontal="center", vertical="center")
    sheet.merge_cells(start_row=1, end_row=1, start_column=1, end_column=len(columns))
    sheet.row_dimensions[1].height = 36
    lines: list[list[object]] = [[_typed(row[name], name, layout) for name in columns] for row in rows]
    last: list[object] = [
        total(value for value in (each[at] for each in lines) if isinstance(value, Decimal))
        if name in layout.amounts
        else None
        for at, name in enumerate(columns)
    ]
    last[0] = "合计"
    widths = {name: _width([name, *(row[at] for row in (*lines, last))]) for at, name in enumerate(columns)}
    table(sheet, top=2, headings=widths, rows=[*lines, last], total=True)
    return saved(book)


def _typed(value: str, name: str, layout: Sheet) -> object:
    return Decimal(value) if name in layout.amounts and value else value.replace(NEW_PARAGRAPH, "\n")


def _width(texts: Sequence[object]) -> int:
    """The width of a column in characters that shows all it holds, in several lines if that is much."""
    return min(max(_columns_of(text) for text in texts) + 2, _WIDEST)


def _columns_of(text: object) -> int:
    """How wide a text is printed: a Chinese character takes the room of two letters."""
    return sum(2 if east_asian_width(char) in "WFA" else 1 for char in str("" if text is None else text))


def _lines_of(text: object, width: int) -> int:
    return sum(max(1, ceil((_columns_of(line) + 1) / width)) for line in str(text).split("\n"))


def workbook(at: datetime) -> Workbook:
    """An empty workbook without sheets, dated as given and not as this machine's clock has it."""
    book = Workbook()
    book.remove(book.active)
    book.properties.creator = "峄程"
    book.properties.created = book.properties.modified = at.replace(tzinfo=None)
    return book


def write(cell: Cell, value: object) -> None:
    """Put a value into a cell. Text is never a formula, so that no name can calculate or call anything."""
    if value is None:
        return
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        cell.value = value
        if isinstance(value, Decimal):
            cell.number_format = _AMOUNT
        return
    cell.value = ILLEGAL_CHARACTERS_RE.sub("", str(value))[:_LONGEST]
    cell.data_type = "s"


def table(
    sheet: Worksheet, *, top: int, headings: Mapping[str, int], rows: Sequence[Sequence[object]], total: bool = False
) -> None:
    """A framed table from row `top` on; `headings` give the widths of the columns in characters.

    It is printed as wide as a page, with its headings on every one.
    """
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = f"1:{top}"
    for at, (heading, width) in enumerate(headings.items(), 1):
        sheet.column_dimensions[get_column_letter(at)].width = width
        cell = sheet.cell(top, at, heading)
        cell.font = Font(name="黑体", size=11)
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
        cell.border = _FRAME
    for down, row in enumerate(rows, top + 1):
        # Not every program works out the height of a row with wrapped lines when it opens the file.
        tallest = max((_lines_of(value, width) for value, width in zip(row, headings.values(), strict=True)), default=1)
        sheet.row_dimensions[down].height = min(tallest * _LINE, _TALLEST)
        for at, value in enumerate(row, 1):
            cell = sheet.cell(down, at)
            write(cell, value)
            number = isinstance(value, int | Decimal)
            cell.font = Font(name="宋体", size=11, bold=total and down == top + len(rows))
            cell.alignment = Alignment(horizontal="right" if number else "left", vertical="center", wrap_text=True)
            cell.border = _FRAME


def saved(book: Workbook) -> bytes:
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()
