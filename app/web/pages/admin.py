"""The administrators' pages: incidents, the training clock, the rules in force, and the trail of what was done.

The secrecy office repairs confidential projects, and has a page of incidents of its own (2-2 3.1-6).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.features.cases.access import STEWARDS
from app.features.identity.model import SEPARATED_DUTIES
from app.kernel.clock import ZONE, local
from app.kernel.errors import Conflict, Invalid, Refused
from app.web.current import identity, product, require
from app.web.pages import acts
from services.deadlines import round_year
from services.regulation import RULESETS

admin = Blueprint("admin", __name__, url_prefix="/admin")

_LAST_ENTRY: Final = 2**31 - 1
"""No number of an entry is higher."""


@dataclass(frozen=True)
class Link:
    """A page of the administrators, for whoever has one of `roles`."""

    title: str
    text: str
    endpoint: str
    roles: frozenset[str]

    @property
    def url(self) -> str:
        return url_for(self.endpoint)


_LINKS = (
    Link("故障处理", "没有办成的自动环节，排除原因后重试。", "admin.incidents", STEWARDS),
    Link("适用规则", "实施细则的有效期和续用依据。", "admin.rules", frozenset({"administrator"})),
    Link("工作日历", "各年放假和调休的安排，计算工作日用。", "calendar.years", frozenset({"administrator"})),
    Link("文书模板", "公文和表单的 Word 模板及各版本。", "papers.templates", frozenset({"administrator"})),
    Link("人员", "账号、岗位和密码。", "people.users", SEPARATED_DUTIES),
    Link("单位", "参与项目管理的单位和它们的职责。", "people.organisations", SEPARATED_DUTIES),
    Link("操作日志", "谁在什么时候做了什么。", "admin.trail", frozenset({"audit-administrator"})),
)
_CLOCK = Link("业务时钟", "演示和培训时拨动全系统的时间。", "admin.clock", frozenset({"administrator"}))


@admin.get("/")
def home() -> str:
    offered = [*_LINKS, _CLOCK] if product().config.demo else _LINKS
    links = [link for link in offered if link.roles & identity().roles]
    if not links:
        raise Refused("只有管理员可以打开这个页面。")
    return render_template("admin/home.html", links=links)


@admin.get("/incidents")
def incidents() -> str:
    found = product().case_views.incidents(identity())
    wanting = any(incident.kind == "unassigned" for incident in found)
    return render_template(
        "admin/incidents.html",
        incidents=found,
        organisations=product().case_views.party_choices(identity()) if wanting else (),
        administers=identity().has("administrator"),
    )


@admin.post("/incidents/<incident_id>/retry")
def retry_incident(incident_id: str) -> Response:
    product().cases.retry_incident(identity(), incident_id)
    flash("已重试。如果原因没有排除，会再次出现在这里。", "success")
    return redirect(url_for("admin.incidents"))


@admin.post("/incidents/<incident_id>/party")
def assign_party(incident_id: str) -> Response:
    """Name the organisation that a task waits for."""
    try:
        product().cases.assign_missing_party(identity(), incident_id, org_id=request.form.get("org_id", ""))
    except (Conflict, Invalid) as error:
        said = error.fields.values() if isinstance(error, Invalid) else [error.message]
        flash("".join(said), "warning")
    else:
        flash("已指定单位，任务已交给它办理。", "success")
    return redirect(url_for("admin.incidents"))


@admin.get("/clock")
def clock() -> str:
    require("administrator")
    return _clock_page(errors={})


@admin.post("/clock")
def move_clock() -> Response | tuple[str, int]:
    try:
        product().training_clock.move(identity(), _moment(request.form))
    except Invalid as error:
        return _clock_page(errors={"moment": error.message}), error.status
    flash("业务时钟已拨动，到期的环节和提醒会在几秒内发生。", "success")
    return redirect(url_for("admin.clock"))


@admin.get("/rules")
def rules() -> str:
    require("administrator")
    return _rules_page(values={}, errors={})


@admin.post("/rules")
def record_basis() -> Response | tuple[str, int]:
    values = request.form
    try:
        product().projects.record_basis(
            identity(),
            basis=values.get("basis", ""),
            valid_from=_day(values, "valid_from"),
            valid_to=_day(values, "valid_to") if values.get("valid_to") else None,
        )
    except Invalid as error:
        return _rules_page(values=values, errors=error.fields), error.status
    flash("续用依据已登记，可以登记新项目了。", "success")
    return redirect(url_for("admin.rules"))


@admin.get("/trail")
def trail() -> str:
    """The newest acts of the system's own chain and, when asked, whether all that was ever recorded is unchanged."""
    before = min(max(request.args.get("before", default=_LAST_ENTRY, type=int), 0), _LAST_ENTRY)
    entries = product().administration.audit_trail(identity(), before=before)
    return render_template(
        "admin/audit.html",
        lines=acts.told(entries, product().administration.names(identity(), acts.mentioned(entries))),
        broken=product().trail.verify(identity()) if "verify" in request.args else None,
        before=entries[-1].seq if entries and entries[-1].seq > 1 else None,
    )


def _clock_page(*, errors: Mapping[str, str]) -> str:
    now = local(product().now())
    values = {"day": request.form.get("day") or now.date(), "time": request.form.get("time") or f"{now:%H:%M}"}
    return render_template("admin/clock.html", now=now, values=values, errors=errors, choices=_choices(now))


def _choices(now: datetime) -> list[dict[str, str]]:
    """The days of the round that people will want to see, as far as they lie ahead."""
    year = round_year(now.date()) - 1
    days = {
        "申报截止前一小时": datetime(year, 10, 31, 23, 0, tzinfo=ZONE),
        "申报截止后": datetime(year, 11, 1, 0, 1, tzinfo=ZONE),
        "评审期限前一周": datetime(year, 11, 23, 9, 0, tzinfo=ZONE),
        "年度计划期限前一周": datetime(year, 12, 24, 9, 0, tzinfo=ZONE),
        "明年三月": datetime(year + 1, 3, 1, 9, 0, tzinfo=ZONE),
    }
    ahead = {label: at for label, at in days.items() if at > now}
    return [
        {"label": f"{label}（{at:%Y-%m-%d %H:%M}）", "day": f"{at:%Y-%m-%d}", "time": f"{at:%H:%M}"}
        for label, at in ahead.items()
    ]


def _moment(values: Mapping[str, str]) -> datetime:
    try:
        return datetime.combine(
            date.fromisoformat(values.get("day", "")), time.fromisoformat(values.get("time", "")), ZONE
        )
    except ValueError:
        raise Invalid("请填写日期和时间，例如 2026-11-01 和 09:00。") from None


def _day(values: Mapping[str, str], field: str) -> date:
    try:
        return date.fromisoformat(values.get(field, ""))
    except ValueError:
        raise Invalid("续用依据没有登记。", {field: "请填写日期，例如 2026-01-01。"}) from None


def _rules_page(*, values: Mapping[str, str], errors: Mapping[str, str]) -> str:
    return render_template(
        "admin/rules.html", rulesets=RULESETS, bases=product().projects.bases(), values=values, errors=errors
    )
