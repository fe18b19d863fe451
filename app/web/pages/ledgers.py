"""The ledgers: restrictions of units, and how suppliers were rated (3.2-4 3.4-9 4-1 4-2 4-3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import BinaryIO, Final, cast

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from app.features.cloud.model import READERS as CLOUD_READERS
from app.features.experts.usecases import READERS as EXPERT_READERS
from app.features.identity.model import PARTY_ROLES
from app.features.ledgers.model import (
    COMMON_SYSTEMS,
    EXEMPTERS,
    KEEPERS,
    LOCATIONS,
    MIGRATION_WAYS,
    NETWORKS,
    OVERSEERS,
    RATING_READERS,
    UNIT_ROLES,
    RestrictionFilter,
    units_of,
)
from app.features.ledgers.systems_store import SystemFilter
from app.features.ledgers.usecases import Evidence
from app.features.payments.usecases import READERS as PAYMENT_READERS
from app.features.secrecy.model import READERS as SECRECY_READERS
from app.kernel.errors import Conflict, Invalid, Refused
from app.web.current import identity, product
from services.ledger import CLAUSES, KINDS

ledgers = Blueprint("ledgers", __name__, url_prefix="/ledgers")

_SEPARATOR: Final = "|"
_SUPPLIER_ROLES: Final = {
    role: PARTY_ROLES[role]
    for role in ("contractor", "supervisor", "consultant", "review-agency", "test-agency", "cloud-provider")
}


@dataclass(frozen=True)
class Link:
    """A ledger, for whoever has one of `roles`."""

    title: str
    text: str
    endpoint: str
    roles: frozenset[str]

    @property
    def url(self) -> str:
        return url_for(self.endpoint)


LINKS: Final = (
    Link(
        "单位限制",
        "不予审批、不再安排或压缩项目的单位，依据、期限和例外。",
        "ledgers.restrictions",
        OVERSEERS | UNIT_ROLES,
    ),
    Link("单位系统", "单位现有的系统、设备和网络，迁移计划和互联互通。", "systems.search", OVERSEERS | UNIT_ROLES),
    Link("政务云资源", "各项目分配的云资源、计费起止和利用率。", "cloud.search", CLOUD_READERS),
    Link("合同与支付", "各项目的合同、逐笔拨付和余额。", "payments.search", PAYMENT_READERS),
    Link("评审专家库", "现场评审随机抽取的专家，由大数据局维护。", "experts.pool", frozenset(EXPERT_READERS)),
    Link("服务单位评价", "承建、监理、咨询、评审等单位历次得到的评价。", "ledgers.suppliers", RATING_READERS),
    Link("涉密项目监督", "涉密项目的审查确认、代号和历次监督检查。", "secrecy.entries", SECRECY_READERS),
)
READERS: Final = frozenset().union(*(link.roles for link in LINKS))


@ledgers.get("/")
def home() -> str:
    links = [link for link in LINKS if link.roles & identity().roles]
    if not links:
        raise Refused("您的岗位没有可以查看的台账。")
    return render_template("ledgers/home.html", links=links)


@ledgers.get("/restrictions")
def restrictions() -> str:
    wanted = _wanted(request.args)
    return render_template(
        "ledgers/restrictions.html",
        found=product().ledgers.search(identity(), wanted, after=request.args.get("after")),
        wanted=wanted,
        filtered=wanted != RestrictionFilter(),
        units=product().ledgers.units(identity()),
        kinds=KINDS,
        may_enter=bool(identity().roles & KEEPERS),
    )


@ledgers.get("/restrictions/new")
def enter() -> str:
    _require_keeper()
    return _entry_form(values=request.args, errors={})


@ledgers.post("/restrictions/new")
def submit_entry() -> Response | tuple[str, int]:
    values = request.form
    file = request.files.get("file")
    named = file if file is not None and file.filename else None
    evidence = Evidence(
        values.get("evidence", ""),
        values.get("document", ""),
        (named.filename or "") if named else "",
        cast("BinaryIO", named.stream) if named else None,
    )
    try:
        new = product().ledgers.enter(
            identity(),
            values.get("org_id", ""),
            kind=values.get("kind", ""),
            reason=values.get("reason", ""),
            evidence=evidence,
            clause=values.get("clause", ""),
            since=day(values, "since", words="单位限制没有登记。"),
            until=day(values, "until", words="单位限制没有登记。"),
            project_code=values.get("project_code", ""),
        )
    except Invalid as error:
        return _entry_form(values=values, errors=error.fields or {"file": error.message}), error.status
    flash("已登记，从起始日期起生效，单位已收到消息。", "success")
    return redirect(url_for("ledgers.restriction", restriction_id=new))


@ledgers.get("/restrictions/<restriction_id>")
def restriction(restriction_id: str) -> str:
    return _restriction_page(restriction_id, values={}, errors={})


@ledgers.post("/restrictions/<restriction_id>/lift")
def lift(restriction_id: str) -> Response | tuple[str, int]:
    try:
        product().ledgers.lift(identity(), restriction_id, reason=request.form.get("reason", ""))
    except Invalid as error:
        errors = {f"lift_{name}": words for name, words in error.fields.items()}
        return _restriction_page(restriction_id, values=request.form, errors=errors), error.status
    except Conflict as conflict:
        flash(conflict.message, "warning")
    else:
        flash("限制已解除，记录保留在台账中。", "success")
    return redirect(url_for("ledgers.restriction", restriction_id=restriction_id))


@ledgers.post("/restrictions/<restriction_id>/exempt")
def exempt(restriction_id: str) -> Response | tuple[str, int]:
    values = request.form
    try:
        product().ledgers.exempt(
            identity(),
            restriction_id,
            basis=values.get("basis", ""),
            reason=values.get("reason", ""),
            project_code=values.get("project_code", ""),
        )
    except Invalid as error:
        errors = {("exempt_reason" if name == "reason" else name): words for name, words in error.fields.items()}
        return _restriction_page(restriction_id, values=values, errors=errors), error.status
    except Conflict as conflict:
        flash(conflict.message, "warning")
    else:
        flash("例外已记入台账，核查时即按例外处理。", "success")
    return redirect(url_for("ledgers.restriction", restriction_id=restriction_id))


@ledgers.get("/restrictions/<restriction_id>/file")
def evidence_file(restriction_id: str) -> Response:
    found = product().ledgers.evidence_file(identity(), restriction_id)
    return send_file(
        found.path,
        mimetype=found.attachment.content_type,
        as_attachment=True,
        download_name=found.attachment.name,
        max_age=0,
    )


@ledgers.get("/units/<org_id>")
def unit(org_id: str) -> str:
    """Everything the ledgers say of one unit."""
    found = product().ledgers.unit(identity(), org_id)
    rated = product().ledgers.ratings(identity(), org_id, as_unit=True, after=request.args.get("after"))
    return render_template(
        "ledgers/unit.html",
        unit=found,
        restrictions=product().ledgers.search(identity(), RestrictionFilter(org_id=org_id), limit=100),
        systems=product().systems.search(identity(), SystemFilter(org_id=org_id), limit=100),
        inventory=product().systems.inventory(identity(), org_id),
        ratings=rated.ratings,
        ratings_after=rated.after,
        kinds=KINDS,
        locations=LOCATIONS,
        ways=MIGRATION_WAYS,
        commons=COMMON_SYSTEMS,
        networks=NETWORKS,
        may_keep=org_id in units_of(identity()),
    )


@ledgers.get("/suppliers")
def suppliers() -> str:
    role, word = request.args.get("role", ""), request.args.get("q", "").strip()[:100]
    name, found, last_role = request.args.get("after", "").rpartition(_SEPARATOR)
    standings, following = product().ledgers.standings(
        identity(),
        role=role if role in _SUPPLIER_ROLES else None,
        word=word,
        after=(name, last_role) if found else None,
    )
    return render_template(
        "ledgers/suppliers.html",
        standings=standings,
        after=_SEPARATOR.join(following) if following else None,
        role=role,
        word=word,
        roles=_SUPPLIER_ROLES,
    )


@ledgers.get("/suppliers/<org_id>")
def supplier(org_id: str) -> str:
    found = product().ledgers.ratings(identity(), org_id, after=request.args.get("after"))
    return render_template("ledgers/supplier.html", found=found)


def day(values: Mapping[str, str], field: str, *, words: str) -> date | None:
    """The day typed in a field, None if there is none. Raises Invalid."""
    if not values.get(field):
        return None
    try:
        return date.fromisoformat(values[field])
    except ValueError:
        raise Invalid(words, {field: "请填写日期，例如 2026-10-12。"}) from None


def _require_keeper() -> None:
    if not identity().roles & KEEPERS:
        raise Refused("只有区大数据局可以登记单位限制。")


def _wanted(arguments: Mapping[str, str]) -> RestrictionFilter:
    kind = arguments.get("kind", "")
    return RestrictionFilter(
        org_id=arguments.get("unit") or None,
        kind=kind if kind in KINDS else None,
        in_force=arguments.get("in_force") == "1",
    )


def _entry_form(*, values: Mapping[str, str], errors: Mapping[str, str]) -> str:
    return render_template(
        "ledgers/enter.html",
        units=[unit for unit in product().ledgers.units(identity()) if unit.kind == "applicant"],
        kinds=KINDS,
        clauses=CLAUSES,
        values=values,
        errors=errors,
    )


def _restriction_page(restriction_id: str, *, values: Mapping[str, str], errors: Mapping[str, str]) -> str:
    found = product().ledgers.entry(identity(), restriction_id)
    open_still = found.entries[0].restriction.lifted_on is None
    return render_template(
        "ledgers/restriction.html",
        entry=found.entries[0],
        projects=found.projects,
        today=found.today,
        kinds=KINDS,
        may_lift=open_still and bool(identity().roles & KEEPERS),
        may_exempt=open_still and bool(identity().roles & EXEMPTERS),
        values=values,
        errors=errors,
    )
