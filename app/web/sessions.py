"""Who is signed in: the signed cookie, its two time limits, and the pages to sign in, out, and change a password.

The cookie is renewed with every page, so that it ends half an hour after the last one; twelve hours after signing in
it ends anyway. The user's stamp in it ends it at once when the password changes or an administrator locks the account.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import ParamSpec, TypeVar

from flask import Blueprint, Flask, current_app, flash, redirect, render_template, request, session, url_for
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from werkzeug.wrappers import Response

from app.features.identity.model import User
from app.features.identity.usecases import Session
from app.kernel.errors import Invalid, Missing, Refused, TooMany
from app.web.current import identity, product, wants_json
from app.web.security import limiter

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
SIGN_INS_PER_ADDRESS = "60 per minute"
_SINCE = "since"
# What someone with an initial password may open before he has changed it.
_BEFORE_CHANGE = {"account.password", "account.change_password", "account.logout"}

P = ParamSpec("P")
R = TypeVar("R")

account = Blueprint("account", __name__)


class SignedIn(UserMixin):
    """The person behind a request, as Flask-Login wants it."""

    def __init__(self, found: Session) -> None:
        self.identity = found.identity
        self.must_change_password = found.must_change_password
        self._stamp = found.stamp

    def get_id(self) -> str:
        return f"{self.identity.user_id}.{self._stamp}"


def public(view: Callable[P, R]) -> Callable[P, R]:
    """Mark a view that anybody may open; every other one asks to sign in first."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


def init_app(flask: Flask) -> None:
    flask.config.update(
        PERMANENT_SESSION_LIFETIME=IDLE,
        SESSION_COOKIE_NAME="yicheng",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
    )
    logins = LoginManager(flask)
    logins.user_loader(_resume)
    flask.before_request(_require_sign_in)
    flask.register_blueprint(account)


def _resume(kept: str) -> SignedIn | None:
    if time.time() - session.get(_SINCE, 0) > LONGEST.total_seconds():
        return None
    user_id, _, stamp = kept.partition(".")
    found = product().sign_in.resume(user_id, stamp)
    return SignedIn(found) if found else None


def _require_sign_in() -> Response | tuple[dict[str, str], int] | None:
    # To those who are not signed in, an address that leads nowhere is like any page.
    view = current_app.view_functions.get(request.endpoint or "")
    if getattr(view, "is_public", False):
        return None
    if not current_user.is_authenticated:
        if wants_json():
            return {"error": "请先登录。"}, 401
        wanted = request.full_path.removesuffix("?") if request.method == "GET" else "/"
        return redirect(url_for("account.login", next=None if wanted == "/" else wanted))
    if current_user.must_change_password and request.endpoint not in _BEFORE_CHANGE:
        return redirect(url_for("account.password"))
    return None


def _begin(found: Session) -> None:
    # Whatever an earlier person left in this browser's session ends here.
    session.clear()
    session.permanent = True
    session[_SINCE] = int(time.time())
    login_user(SignedIn(found))


def _next_page() -> str:
    """Where the person wanted to go: a path of ours and nothing else."""
    wanted = request.values.get("next", "")
    safe = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if safe else "/"


def _login_page(*, error: str = "", status: int = 200) -> tuple[str, int]:
    demo = _by_organisation(product().sign_in.demo_accounts()) if product().config.demo else []
    page = render_template(
        "account/login.html", error=error, account=request.form.get("account", ""), next=_next_page(), demo=demo
    )
    return page, status


def _by_organisation(users: list[User]) -> list[tuple[str, list[User]]]:
    """Users under the name of the organisation they work for, in the order in which the organisations were made."""
    groups: dict[tuple[str, str], list[User]] = {}
    for user in users:
        first = user.memberships[0] if user.memberships else None
        groups.setdefault((first.org_id, first.org_name) if first else ("~", "尚未分配岗位"), []).append(user)
    return [(name, people) for (_, name), people in sorted(groups.items())]


@account.get("/")
def home() -> Response:
    return redirect(url_for("inbox.list_tasks", view="open"))


@account.get("/login")
@public
def login() -> Response | tuple[str, int]:
    if current_user.is_authenticated:
        return redirect(_next_page())
    return _login_page()


@account.post("/login")
@public
@limiter.limit(SIGN_INS_PER_ADDRESS)
def submit_login() -> Response | tuple[str, int]:
    name, password = request.form.get("account", ""), request.form.get("password", "")
    try:
        found = product().sign_in.authenticate(name, password, request.remote_addr or "")
    except (Refused, TooMany) as error:
        return _login_page(error=error.message, status=error.status)
    _begin(found)
    return redirect(_next_page())


@account.post("/login/demo")
@public
@limiter.limit(SIGN_INS_PER_ADDRESS)
def demo_login() -> Response:
    """Sign in as a demo account by a click; there is no such page where real work is done."""
    if not product().config.demo:
        raise Missing("没有这个页面。")
    _begin(product().sign_in.sign_in_without_password(request.form.get("account", "")))
    return redirect(_next_page())


@account.post("/logout")
def logout() -> Response:
    product().sign_in.sign_out(identity())
    logout_user()
    session.clear()
    flash("您已安全退出。", "success")
    return redirect(url_for("account.login"))


@account.get("/password")
def password() -> tuple[str, int]:
    return _password_page({})


@account.post("/password")
def change_password() -> Response | tuple[str, int]:
    form = request.form
    if form.get("new") != form.get("again"):
        return _password_page({"again": "两次输入的新密码不一致。"})
    try:
        changed = product().sign_in.change_password(
            identity(), current=form.get("current", ""), new=form.get("new", "")
        )
    except Invalid as error:
        return _password_page(error.fields)
    _begin(changed)
    flash("密码已修改，其他设备上的登录已失效。", "success")
    return redirect(url_for("account.home"))


def _password_page(errors: Mapping[str, str]) -> tuple[str, int]:
    page = render_template("account/password.html", forced=current_user.must_change_password, errors=errors)
    return page, Invalid.status if errors else 200
