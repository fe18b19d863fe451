"""The administrator's page of working days: which years' notices are known, and publishing another."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.kernel.errors import Invalid
from app.web.current import identity, product, require

calendar = Blueprint("calendar", __name__, url_prefix="/admin")

_YEAR: Final = re.compile(r"20[0-9]{2}")
_LINE: Final = re.compile(r"(\d{4}-\d{2}-\d{2})\s*(.{0,20})")
_MOST_DAYS: Final = 366


@calendar.get("/calendar")
def years() -> str:
    require("administrator")
    return _page(values={}, errors={})


@calendar.post("/calendar")
def publish() -> Response | tuple[str, int]:
    """Publish a year's notice: each line of `off` and `make_up` is a date and the holiday it belongs to."""
    require("administrator")
    values = request.form
    try:
        year = _year(values)
        product().calendar.publish_year(
            identity(),
            year,
            notice_no=values.get("notice_no", "")[:100],
            off=_days(values, "off"),
            make_up=_days(values, "make_up"),
        )
    except Invalid as error:
        return _page(values=values, errors=error.fields), error.status
    deadlines = product().cases.provisional_deadlines(identity())
    again = (
        f"{deadlines.waiting}个暂定期限正在后台按它重新计算。" if deadlines.waiting else "没有需要重新计算的暂定期限。"
    )
    flash(f"{year}年工作日历已发布，新计算的期限按它计；{again}", "success")
    return redirect(url_for("calendar.years"))


def _year(values: Mapping[str, str]) -> int:
    year = values.get("year", "").strip()
    if not _YEAR.fullmatch(year):
        raise Invalid("工作日历没有发布。", {"year": "请填写四位年份，例如 2027。"})
    return int(year)


def _days(values: Mapping[str, str], field: str) -> dict[date, str]:
    """The days that are written in a field, one a line."""
    lines = [line.strip() for line in values.get(field, "").splitlines() if line.strip()]
    days: dict[date, str] = {}
    for line in lines[: _MOST_DAYS + 1]:
        found = _LINE.fullmatch(line)
        try:
            days[date.fromisoformat(found[1] if found else "")] = found[2] if found else ""
        except ValueError:
            words = f"“{line[:30]}”不是日期，请每行写一天，例如 2027-01-01 元旦。"
            raise Invalid("工作日历没有发布。", {field: words}) from None
    return days


def _page(*, values: Mapping[str, str], errors: Mapping[str, str]) -> str:
    known = sorted(product().calendar.years(identity()), key=lambda year: year.year, reverse=True)
    deadlines = product().cases.provisional_deadlines(identity())
    return render_template("admin/calendar.html", years=known, deadlines=deadlines, values=values, errors=errors)
