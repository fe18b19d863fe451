"""Who of the applicant's unit may know of a confidential project (2-2)."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.kernel.errors import Conflict, Invalid
from app.web.current import identity, product

readers = Blueprint("readers", __name__, url_prefix="/projects")


@readers.get("/readers")
def list_projects() -> str:
    """Where those begin who name readers; like the page it leads to, it tells nothing of a project but its code."""
    found, after = product().projects.to_decide(identity(), after=request.args.get("after"))
    return render_template("projects/to_decide.html", found=found, after=after)


@readers.get("/<code>/readers")
def show(code: str) -> str:
    """The page tells nothing of the project but its code."""
    return render_template("projects/readers.html", readers=product().projects.readers_by_code(identity(), code))


@readers.post("/<code>/readers")
def change(code: str) -> Response:
    """Authorise somebody, or withdraw the authorisation (`act` = withdraw)."""
    project_id = product().projects.readers_by_code(identity(), code).project_id
    withdraw = request.form.get("act") == "withdraw"
    decide = product().projects.withdraw if withdraw else product().projects.authorise
    try:
        decide(identity(), project_id, user_id=request.form.get("user_id", ""))
    except (Conflict, Invalid) as error:
        said = error.fields.values() if isinstance(error, Invalid) else [error.message]
        flash("".join(said), "warning")
    else:
        flash("已取消授权。" if withdraw else "已授权。", "success")
    return redirect(url_for("readers.show", code=code))
