"""The annual construction plans: which there are, and what each decides of its projects."""

from __future__ import annotations

from flask import Blueprint, render_template

from app.web.current import identity, product

plans = Blueprint("plans", __name__, url_prefix="/plans")


@plans.get("/")
def list_plans() -> str:
    return render_template("plans/list.html", found=product().plans.overview(identity()))


@plans.get("/<plan_id>")
def show(plan_id: str) -> str:
    page = product().plans.page(identity(), plan_id)
    case_id = page.plan.case_id
    followed = case_id is not None and product().case_views.may_see_case(identity(), case_id)
    return render_template("plans/show.html", page=page, plan=page.plan, case_id=case_id if followed else None)
