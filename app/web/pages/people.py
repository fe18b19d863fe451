"""The administrators' pages of people and organisations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.features.identity.administration import NewPassword
from app.features.identity.model import AUTHORITY_ROLES, ORGANISATION_KINDS, ROLES
from app.kernel.errors import Invalid
from app.web.current import identity, product, require

people = Blueprint("people", __name__, url_prefix="/admin")

_PAGE: Final = 50


@people.get("/users")
def users() -> str:
    text = request.args.get("q", "").strip()[:50]
    offset = min(max(request.args.get("offset", default=0, type=int), 0), 1_000_000)
    found = product().administration.users(identity(), search=text, limit=_PAGE + 1, offset=offset)
    return render_template(
        "admin/users.html",
        users=found[:_PAGE],
        text=text,
        next_offset=offset + _PAGE if len(found) > _PAGE else None,
        may_create=identity().has("administrator"),
    )


@people.get("/users/new")
def new_user() -> str:
    require("administrator")
    return render_template("admin/new_user.html", values={}, errors={})


@people.post("/users/new")
def create_user() -> Response | str | tuple[str, int]:
    values = request.form
    try:
        created = product().administration.create_user(
            identity(), account=values.get("account", "").strip(), name=values.get("name", "").strip()
        )
    except Invalid as error:
        return render_template("admin/new_user.html", values=values, errors=error.fields), error.status
    return _user_page(created.user_id, created)


@people.get("/users/<user_id>")
def user(user_id: str) -> str:
    return _user_page(user_id)


@people.post("/users/<user_id>/password")
def reset_password(user_id: str) -> str:
    return _user_page(user_id, product().administration.reset_password(identity(), user_id))


@people.post("/users/<user_id>/lock")
def lock_user(user_id: str) -> Response:
    product().administration.lock_user(identity(), user_id)
    return _done(user_id, "账号已停用，本人已被退出。")


@people.post("/users/<user_id>/unlock")
def unlock_user(user_id: str) -> Response:
    product().administration.unlock_user(identity(), user_id)
    return _done(user_id, "账号已恢复。")


@people.post("/users/<user_id>/grant")
def grant_role(user_id: str) -> Response:
    return _change_role(user_id, product().administration.grant_role, "岗位已授予。")


@people.post("/users/<user_id>/revoke")
def revoke_role(user_id: str) -> Response:
    return _change_role(user_id, product().administration.revoke_role, "岗位已收回。")


@people.get("/organisations")
def organisations() -> str:
    return _organisations_page(values={}, errors={})


@people.post("/organisations")
def create_organisation() -> Response | tuple[str, int]:
    values = request.form
    try:
        product().administration.create_organisation(
            identity(),
            name=values.get("name", ""),
            short_name=values.get("short_name", ""),
            kind=values.get("kind", ""),
            credit_code=values.get("credit_code", ""),
        )
    except Invalid as error:
        return _organisations_page(values=values, errors=error.fields), error.status
    flash("单位已新增。", "success")
    return redirect(url_for("people.organisations"))


@people.post("/organisations/authority")
def assign_authority() -> Response:
    """Let an organisation hold the role of an office from now on."""
    try:
        product().administration.assign_authority(
            identity(), request.form.get("role", ""), request.form.get("org_id", "")
        )
    except Invalid as error:
        flash("".join(error.fields.values()), "danger")
    else:
        flash("职责已指定，该职责未办结的事项一并移交。", "success")
    return redirect(url_for("people.organisations"))


def _change_role(user_id: str, change: Callable[..., None], words: str) -> Response:
    try:
        change(identity(), user_id, org_id=request.form.get("org_id", ""), role=request.form.get("role", ""))
    except Invalid as error:
        flash("".join(error.fields.values()) or error.message, "danger")
        return redirect(url_for("people.user", user_id=user_id))
    return _done(user_id, words)


def _done(user_id: str, words: str) -> Response:
    flash(words, "success")
    return redirect(url_for("people.user", user_id=user_id))


def _user_page(user_id: str, password: NewPassword | None = None) -> str:
    grants = identity().has("security-administrator")
    locks = not identity().roles.isdisjoint({"administrator", "security-administrator"})
    return render_template(
        "admin/user.html",
        user=product().administration.user(identity(), user_id),
        password=password.password if password else None,
        may_lock=locks,
        may_grant=grants,
        organisations=product().administration.organisations(identity()) if grants else (),
        roles=ROLES,
    )


def _organisations_page(*, values: Mapping[str, str], errors: Mapping[str, str]) -> str:
    return render_template(
        "admin/organisations.html",
        organisations=product().administration.organisations(identity()),
        kinds=ORGANISATION_KINDS,
        may_create=identity().has("administrator"),
        may_assign=identity().has("security-administrator"),
        authority_roles=AUTHORITY_ROLES,
        values=values,
        errors=errors,
    )
