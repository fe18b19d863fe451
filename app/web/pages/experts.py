"""The pool of experts, which the data bureau keeps, and the record of the draws for a case (3.2-3 3.2-7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.features.experts.usecases import KEEPERS
from app.kernel.errors import Conflict, Invalid, Refused
from app.web.current import identity, product
from services.experts import FIELDS, Expert

experts = Blueprint("experts", __name__)


@experts.get("/ledgers/experts")
def pool() -> str:
    field = request.args.get("field", "")
    return render_template(
        "experts/pool.html",
        listed=product().experts.pool(identity(), field=field if field in FIELDS else None),
        field=field,
        fields=FIELDS,
        may_keep=any(identity().has(role) for role in KEEPERS),
    )


@experts.get("/ledgers/experts/new")
def new() -> str:
    _require_keeper()
    return _form(values={}, errors={})


@experts.post("/ledgers/experts/new")
def add() -> Response | tuple[str, int]:
    _require_keeper()
    try:
        product().experts.add(identity(), _typed(request.form))
    except (Invalid, Conflict) as error:
        return _form(values=request.form, errors=_errors(error)), error.status
    flash("已登记。", "success")
    return redirect(url_for("experts.pool"))


@experts.get("/ledgers/experts/<expert_id>")
def show(expert_id: str) -> str:
    known = product().experts.one(identity(), expert_id)
    values = {**vars(known.expert), "ties": "\n".join(known.expert.ties), "active": "yes" if known.active else "no"}
    return _form(values=values, errors={}, expert_id=expert_id)


@experts.post("/ledgers/experts/<expert_id>")
def change(expert_id: str) -> Response | tuple[str, int]:
    active = request.form.get("active") != "no"
    try:
        product().experts.change(identity(), expert_id, _typed(request.form), active=active)
    except (Invalid, Conflict) as error:
        return _form(values=request.form, errors=_errors(error), expert_id=expert_id), error.status
    flash("已保存。", "success")
    return redirect(url_for("experts.pool"))


@experts.get("/cases/<case_id>/experts")
def draws(case_id: str) -> str:
    """Every draw for a case, and whether its seed and pool still give the experts on record."""
    view = product().case_views.case_view(identity(), case_id)
    return render_template("experts/draws.html", view=view, draws=product().experts.draws(case_id), fields=FIELDS)


def _require_keeper() -> None:
    if not any(identity().has(role) for role in KEEPERS):
        raise Refused("评审专家库由大数据局维护。")


def _typed(values: Mapping[str, str]) -> Expert:
    text = {name: " ".join(values.get(name, "").split()) for name in ("name", "work_unit", "field", "phone")}
    ties = (" ".join(line.split()) for line in values.get("ties", "").splitlines())
    return Expert(**text, ties=tuple(tie for tie in ties if tie))


def _errors(error: Invalid | Conflict) -> Mapping[str, str]:
    return error.fields if isinstance(error, Invalid) else {"name": error.message}


def _form(*, values: Mapping[str, Any], errors: Mapping[str, str], expert_id: str | None = None) -> str:
    return render_template("experts/form.html", values=values, errors=errors, expert_id=expert_id, fields=FIELDS)
