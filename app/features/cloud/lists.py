"""Lists of utilisation as files: what clerks export is read, and a workbook is given out to fill in (附5-9)."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from app.features.cloud.model import CloudEntry
from app.kernel.errors import Invalid, TooLarge
from services.cloud_list import COLUMNS, MOST_ROWS

LARGEST_FILE: Final = 5 * 1024 * 1024
_LARGEST_CONTENT: Final = 64 * 1024 * 1024
_MOST_LINES: Final = MOST_ROWS + 1000
_MOST_CELLS: Final = 50
_OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0"
_SEPARATORS: Final = ("\t", ",", ";", "，")
_UNREADABLE: Final = "文件打不开，请用 WPS 或 Excel 另存为 xlsx 或 CSV 再上传。"
_DESCRIBED: Final = ("系统名称", "使用单位")


def table(content: bytes) -> Sequence[Sequence[object]]:
    """The lines of an XLSX or CSV file, of a workbook those of its first sheet. Raises TooLarge, Invalid.

    Text is in UTF-8, with a mark before it or not, UTF-16 with a mark, or GB18030, of which GBK is a part.
    """
    if len(content) > LARGEST_FILE:
        raise TooLarge(f"清单文件不能超过 {LARGEST_FILE // 1024 // 1024} MB，请分几次导入。")
    if content.startswith(_OLD_EXCEL):
        raise Invalid("这是旧版 Excel 文件（xls），请另存为 xlsx 或 CSV 再上传。")
    lines = _of_workbook(content) if content.startswith(b"PK\x03\x04") else _of_text(_decoded(content))
    found: list[Sequence[object]] = []
    for line in lines:
        if len(found) == _MOST_LINES:
            raise TooLarge(f"一次最多导入{MOST_ROWS}行，请分几次导入。")
        found.append(line[:_MOST_CELLS])
    return found


def template(entries: Iterable[CloudEntry], *, at: datetime) -> bytes:
    """A workbook with the columns of a list and a line for each of these resources, dated as given."""
    book = Workbook()
    book.properties.creator = "峄程"
    book.properties.created = book.properties.modified = at.replace(tzinfo=None)
    sheet = book.active
    sheet.title = "云资源利用率"
    headings = [names[0] for names in COLUMNS.values()]
    headings = [headings[0], *_DESCRIBED, *headings[1:3], *(f"{name}（%）" for name in headings[3:])]
    for column, heading in enumerate(headings, 1):
        sheet.cell(1, column, heading).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(column)].width = 30 if heading in _DESCRIBED else 18
    for line, entry in enumerate(entries, 2):
        for column, words in enumerate((entry.resource.number, entry.resource.system, entry.unit), 1):
            # Text is never a formula, so that no name can calculate or call anything.
            cell = sheet.cell(line, column, words)
            cell.data_type = "s"
        for column in (4, 5):
            sheet.cell(line, column).number_format = "yyyy-mm-dd"
    sheet.freeze_panes = "A2"
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _decoded(content: bytes) -> str:
    marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Invalid("文件的文字编码认不出来，请另存为 xlsx，或者 UTF-8、GBK 编码的 CSV 再上传。")


def _of_text(text: str) -> Iterator[Sequence[object]]:
    if "\0" in text:
        raise Invalid(_UNREADABLE)
    if text[:4].lower() == "sep=":
        text = text.partition("\n")[2]
    first = next((line for line in text.splitlines() if "编号" in line), text[:1000])
    separator = max(_SEPARATORS, key=first.count)
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    except csv.Error as error:
        raise Invalid(_UNREADABLE) from error


def _of_workbook(content: bytes) -> Iterator[Sequence[object]]:
    try:
        _require_moderate(content)
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        # What a program wrote of the extent of its sheet may be wrong.
        sheet.reset_dimensions()
        for row in sheet.iter_rows(max_col=_MOST_CELLS, max_row=_MOST_LINES + 1):
            yield [_shown(cell.value, getattr(cell, "number_format", "")) for cell in row]
    except TooLarge:
        raise
    except Exception as error:
        # Of a broken workbook the library says nothing more exact than whatever stopped it.
        raise Invalid(_UNREADABLE) from error


def _require_moderate(content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        if sum(part.file_size for part in parts.infolist()) > _LARGEST_CONTENT:
            raise TooLarge("工作簿展开以后太大，请只保留要导入的清单。")


def _shown(value: object, number_format: str | None) -> object:
    """A cell of percentages holds parts of one."""
    if isinstance(value, int | float) and not isinstance(value, bool) and "%" in (number_format or ""):
        return f"{Decimal(repr(value)) * 100:f}%"
    return value
