"""The ledger of what units have built: systems, equipment and networks (3.1-8 3.1-9 附2-2)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.features.ledgers.model import (
    COMMON_SYSTEMS,
    KEEPERS,
    LOCATIONS,
    MIGRATION_WAYS,
    NETWORKS,
    Equipment,
    Network,
    UnitSystem,
    units_of,
)
from app.features.ledgers.systems import Described
from app.features.ledgers.systems_store import SystemFilter
from app.kernel.errors import Conflict, Invalid, Refused
from app.web.current import identity, product
from app.web.pages.ledgers import day

systems = Blueprint("systems", __name__, url_prefix="/ledgers")

_WHOLE: Final = re.compile(r"[0-9]{1,7}")
_SUM: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?")
_CHOICES: Final = {
    "networks": NETWORKS,
    "locations": LOCATIONS,
    "ways": MIGRATION_WAYS,
    "commons": COMMON_SYSTEMS,
}
_STATES: Final = {"overdue": "迁移逾期", "unconfirmed": "待确认完成", "unconnected": "未互联互通"}


@systems.get("/systems")
def search() -> str:
    state = request.args.get("state", "")
    wanted = SystemFilter(
        org_id=request.args.get("unit") or None,
        overdue=state == "overdue",
        unconfirmed=state == "unconfirmed",
        unconnected=state == "unconnected",
    )
    own = units_of(identity())
    return render_template(
        "ledgers/systems.html",
        found=product().systems.search(identity(), wanted, after=request.args.get("after")),
        wanted=wanted,
        state=state,
        states=_STATES,
        filtered=wanted != SystemFilter(),
        units=product().ledgers.units(identity()),
        own=sorted(own),
        **_CHOICES,
    )


@systems.get("/systems/new")
def register() -> str:
    _require_unit()
    return _form(values={}, errors={})


@systems.post("/systems/new")
def submit() -> Response | tuple[str, int]:
    values = request.form
    try:
        new = product().systems.register(identity(), values.get("org_id", ""), _described(values))
    except Invalid as error:
        return _form(values=values, errors=error.fields), error.status
    flash("已登记。", "success")
    return redirect(url_for("systems.show", system_id=new))


@systems.get("/systems/<system_id>")
def show(system_id: str) -> str:
    return _page(system_id, values=None, errors={})


@systems.post("/systems/<system_id>")
def describe(system_id: str) -> Response | tuple[str, int]:
    try:
        product().systems.describe(identity(), system_id, _described(request.form))
    except Invalid as error:
        return _page(system_id, values=request.form, errors=error.fields), error.status
    flash("已保存。", "success")
    return _back(system_id)


@systems.post("/systems/<system_id>/report")
def report(system_id: str) -> Response | tuple[str, int]:
    values = request.form
    try:
        done_on = day(values, "done_on", words="完成情况没有报送。")
        product().systems.report(identity(), system_id, done_on=done_on, note=values.get("note", ""))
    except (Invalid, Conflict) as error:
        return _refused(system_id, error)
    flash("已报送，由区大数据局确认。", "success")
    return _back(system_id)


@systems.post("/systems/<system_id>/confirm")
def confirm(system_id: str) -> Response | tuple[str, int]:
    try:
        product().systems.confirm(identity(), system_id)
    except Conflict as error:
        return _refused(system_id, error)
    flash("已确认完成，因逾期登记的限制一并解除。", "success")
    return _back(system_id)


@systems.post("/systems/<system_id>/return")
def return_report(system_id: str) -> Response | tuple[str, int]:
    try:
        product().systems.return_report(identity(), system_id, reason=request.form.get("reason", ""))
    except (Invalid, Conflict) as error:
        return _refused(system_id, error)
    flash("已退回，单位收到消息。", "success")
    return _back(system_id)


@systems.post("/systems/<system_id>/due")
def set_due(system_id: str) -> Response | tuple[str, int]:
    values = request.form
    try:
        due = day(values, "due", words="迁移期限没有改动。")
        product().systems.set_due(
            identity(), system_id, way=values.get("way", ""), due=due, reason=values.get("reason", "")
        )
    except (Invalid, Conflict) as error:
        return _refused(system_id, error)
    flash("迁移期限已确定。", "success")
    return _back(system_id)


@systems.post("/units/<org_id>/equipment")
def add_equipment(org_id: str) -> Response:
    values = request.form
    return _added(
        org_id,
        Equipment(
            id="",
            org_id=org_id,
            name=values.get("name", "").strip(),
            quantity=_whole(values, "quantity"),
            configuration=values.get("configuration", "").strip(),
            year=_whole(values, "year"),
            usage=values.get("usage", "").strip(),
        ),
    )


@systems.post("/units/<org_id>/networks")
def add_network(org_id: str) -> Response:
    values = request.form
    fee = _sum(values, "yearly_fee")
    return _added(
        org_id,
        Network(
            id="",
            org_id=org_id,
            network=values.get("network", ""),
            bandwidth=_whole(values, "bandwidth"),
            operator=values.get("operator", "").strip(),
            yearly_fee=Decimal(-1) if fee is None else fee,
        ),
    )


@systems.post("/units/<org_id>/rows/<row_id>/remove")
def remove_row(org_id: str, row_id: str) -> Response:
    product().systems.remove_row(identity(), org_id, row_id)
    flash("已删除这一行。", "success")
    return redirect(url_for("ledgers.unit", org_id=org_id))


def _added(org_id: str, row: Equipment | Network) -> Response:
    try:
        product().systems.add_row(identity(), org_id, row)
    except Invalid as error:
        flash("".join(error.fields.values()) or error.message, "warning")
    else:
        flash("已登记。", "success")
    return redirect(url_for("ledgers.unit", org_id=org_id))


def _refused(system_id: str, error: Invalid | Conflict) -> tuple[str, int]:
    fields = error.fields if isinstance(error, Invalid) else {}
    flash("".join(fields.values()) or error.message, "warning")
    return _page(system_id, values=None, errors={}), error.status


def _back(system_id: str) -> Response:
    return redirect(url_for("systems.show", system_id=system_id))


def _require_unit() -> None:
    if not units_of(identity()):
        raise Refused("只有项目单位可以登记本单位的系统。")


def _described(values: Mapping[str, str]) -> Described:
    words = "系统没有登记。"
    return Described(
        name=values.get("name", ""),
        network=values.get("network", ""),
        built_year=_whole(values, "built_year"),
        location=values.get("location", ""),
        cost=_sum(values, "cost") if values.get("cost", "").strip() else None,
        usage=values.get("usage", ""),
        common=values.get("common", ""),
        connected={"yes": True, "no": False}.get(values.get("connected", "")),
        connection=values.get("connection", ""),
        migration_way=values.get("migration_way", ""),
        migration_due=day(values, "migration_due", words=words),
        retired=values.get("retired") == "1",
    )


def _whole(values: Mapping[str, str], field: str) -> int:
    """A whole number as typed; what is none becomes 0, which the ledger refuses with its own words."""
    typed = values.get(field, "").strip()
    return int(typed) if _WHOLE.fullmatch(typed) else 0


def _sum(values: Mapping[str, str], field: str) -> Decimal | None:
    """An amount as typed; what is none becomes a negative one, which the ledger refuses with its own words."""
    typed = values.get(field, "").strip()
    return Decimal(typed) if _SUM.fullmatch(typed) else Decimal(-1)


def _form(*, values: Mapping[str, str], errors: Mapping[str, str]) -> str:
    members = {m.org_id: m.org_name for m in identity().memberships if m.org_id in units_of(identity())}
    return render_template("ledgers/new_system.html", units=members, values=values, errors=errors, **_CHOICES)


def _page(system_id: str, *, values: Mapping[str, str] | None, errors: Mapping[str, str]) -> str:
    system, today = product().systems.system(identity(), system_id)
    own = system.org_id in units_of(identity())
    return render_template(
        "ledgers/system.html",
        system=system,
        today=today,
        values=_values(system) if values is None else values,
        errors=errors,
        may_describe=own,
        may_report=own and _is_due(system) and system.reported_on is None,
        keeps=bool(identity().roles & KEEPERS) and system.confirmed_on is None,
        **_CHOICES,
    )


def _is_due(system: UnitSystem) -> bool:
    return system.migration_due is not None and system.confirmed_on is None


def _values(system: UnitSystem) -> Mapping[str, Any]:
    """A system as its form has it."""
    values = {name: "" if value is None else value for name, value in vars(system).items()}
    connected = {True: "yes", False: "no", None: ""}[system.connected]
    due = system.migration_due.isoformat() if isinstance(system.migration_due, date) else ""
    return {**values, "connected": connected, "migration_due": due, "retired": "1" if system.retired else ""}
