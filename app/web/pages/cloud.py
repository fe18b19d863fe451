"""The ledger of resources on the government cloud (附5-5 to 附5-9)."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from app.features.cases.usage_lists import UsageList
from app.features.cloud.lists import LARGEST_FILE
from app.features.cloud.model import CloudFilter
from app.features.documents.model import CONTENT_TYPES
from app.kernel.errors import Conflict, Invalid, TooLarge
from app.web.current import identity, product
from services.cloud import MEASURED, PROVIDER, STATES
from services.cloud_list import MOST_ROWS

cloud = Blueprint("cloud", __name__, url_prefix="/ledgers")

_MAX_TEXT: Final = 100
_XLSX: Final = CONTENT_TYPES[".xlsx"]
_TEMPLATE: Final = "云资源利用率清单.xlsx"
_SHOWN: Final = 100
"""Lines of a list, or problems, that a page shows."""


@cloud.get("/cloud")
def search() -> str:
    wanted = _wanted(request.args)
    return render_template(
        "ledgers/cloud.html",
        found=product().cloud.entries(identity(), wanted, after=request.args.get("after")),
        wanted=wanted,
        filtered=wanted != CloudFilter(),
        states=STATES,
        may_report=identity().has(PROVIDER),
    )


@cloud.get("/cloud/usage")
def report_usage() -> str:
    return _usage_page(None)


@cloud.get("/cloud/usage/template")
def usage_template() -> Response:
    content = BytesIO(product().usage_lists.template(identity()))
    return send_file(content, mimetype=_XLSX, as_attachment=True, download_name=_TEMPLATE, max_age=0)


@cloud.post("/cloud/usage")
def look_at_usage() -> str | tuple[str, int]:
    posted = request.files.get("file")
    content = posted.stream.read(LARGEST_FILE + 1) if posted is not None and posted.filename else b""
    try:
        found = product().usage_lists.look_at(identity(), content)
    except (Invalid, TooLarge) as error:
        return _usage_page(None, wrong=error.message), error.status
    if not content:
        return _usage_page(None, wrong="请选择清单文件。"), Invalid.status
    return _usage_page(found) if not found.problems else (_usage_page(found), Invalid.status)


@cloud.post("/cloud/usage/send")
def send_usage() -> Response | tuple[str, int]:
    try:
        count = product().usage_lists.send_in(identity(), request.form.get("lines", "").encode())
    except (Invalid, Conflict) as error:
        return _usage_page(None, wrong=error.message), error.status
    flash(f"已上报 {count} 项利用率。偏低的，随后向使用单位生成变更任务；特殊时段除外。", "success")
    return redirect(url_for("cloud.search"))


def _usage_page(found: UsageList | None, *, wrong: str = "") -> str:
    return render_template(
        "ledgers/cloud_usage.html",
        resources=product().usage_lists.resources(identity()),
        found=found,
        wrong=wrong,
        shown=_SHOWN,
        most_rows=MOST_ROWS,
        largest=LARGEST_FILE // 1024 // 1024,
        measured=MEASURED,
    )


def _wanted(arguments: Mapping[str, str]) -> CloudFilter:
    """The search in an address; what is not on offer narrows nothing."""
    state = next((each for each in STATES if each == arguments.get("state")), None)
    return CloudFilter(text=arguments.get("q", "").strip()[:_MAX_TEXT], state=state)
