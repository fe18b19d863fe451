"""The register of projects: searching it, looking at one project, entering a new one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any, get_args

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.features.projects.model import AMOUNT_LABELS, STAGES, STATUS_LABELS, ProjectFilter, Status
from app.features.projects.usecases import NAMES_READERS, decides_readers
from app.kernel.clock import local
from app.kernel.errors import Conflict, Invalid
from app.web.current import identity, product, require
from app.web.pages.record import timeline_of
from services.deadlines import round_year

projects = Blueprint("projects", __name__, url_prefix="/projects")

_FIRST_YEAR = 2022
_YEAR = re.compile(r"20[0-9]{2}")


@projects.get("/")
def search() -> str:
    wanted = _wanted(request.args)
    today = _today()
    return render_template(
        "projects/search.html",
        found=product().projects.search(identity(), wanted, after=request.args.get("after")),
        search=wanted,
        filtered=wanted != ProjectFilter(),
        stages=STAGES,
        statuses=STATUS_LABELS,
        years=range(round_year(today), _FIRST_YEAR - 1, -1),
        may_register=identity().has("applicant"),
        names_readers=bool(identity().roles & NAMES_READERS),
    )


@projects.get("/<code>")
def show(code: str) -> str:
    page = product().projects.page_by_code(identity(), code)
    views = product().case_views
    cases = views.records_of_project(identity(), page.project.id)
    return render_template(
        "projects/show.html",
        project=page.project,
        may_name_readers=decides_readers(identity(), page.project),
        parties=page.parties,
        plans=product().plans.of_project(identity(), page.project.id),
        changes=page.changes,
        answered=product().responsibility.history(identity(), page.project.id),
        may_name=page.project.responsible is not None
        and product().responsibility.may_change(identity(), page.project.org_id),
        related=page.related,
        may_maintain=page.project.accepted and identity().has("applicant", page.project.org_id),
        cases=[
            (each, product().definitions.compiled(each.case.bundle_key).processes[each.case.process_id].name)
            for each in cases
        ],
        phases=timeline_of(product(), cases),
        stages=STAGES,
        amount_labels=AMOUNT_LABELS,
        offers=views.startable(identity(), page.project.id),
        account=product().payments.account(identity(), page.project.id),
        measures=views.measures(identity(), page.project.id),
        papers=product().papers.panel(identity(), [each.case.id for each in cases]),
        may_archive=product().archive.may(identity(), page.project),
    )


@projects.post("/<code>/start")
def start(code: str) -> Response:
    """Start a process beside the project's life cycle, and go to its first task."""
    page = product().projects.page_by_code(identity(), code)
    try:
        case_id = product().cases.start_beside(identity(), page.project.id, request.form.get("process", ""))
    except Conflict as conflict:
        flash(conflict.message, "warning")
        return redirect(url_for("projects.show", code=code))
    flash("已发起。", "success")
    task = product().case_views.next_task(identity(), case_id)
    if task is None:
        return redirect(url_for("cases.show", case_id=case_id))
    return redirect(url_for("tasks.show", task_id=task.id))


@projects.post("/<code>/maintenance")
def maintain(code: str) -> Response:
    """Apply for the costs of running what a project has built, and go to the new project's first task (3.5-2)."""
    page = product().projects.page_by_code(identity(), code)
    try:
        project, case_id = product().projects.register_maintenance(identity(), page.project.id)
    except Conflict as conflict:
        flash(conflict.message, "warning")
        return redirect(url_for("projects.show", code=code))
    flash(f"已登记运维项目，项目编号 {project.code}。请继续填报。", "success")
    task = product().case_views.next_task(identity(), case_id)
    if task is None:
        return redirect(url_for("cases.show", case_id=case_id))
    return redirect(url_for("tasks.show", task_id=task.id))


@projects.post("/<code>/responsible")
def name_responsible(code: str) -> Response:
    """The unit names another head who answers for the project (3.3-5)."""
    page = product().projects.page_by_code(identity(), code)
    said = {name: request.form.get(name, "") for name in ("name", "phone", "reason")}
    try:
        product().responsibility.change(identity(), page.project.id, **said)
    except (Invalid, Conflict) as error:
        words = "".join(error.fields.values()) if isinstance(error, Invalid) else error.message
        flash(words or error.message, "warning")
    else:
        flash("项目负责人已变更，原负责人保留在记录中。", "success")
    return redirect(url_for("projects.show", code=code))


@projects.get("/new")
def register() -> str:
    require("applicant")
    return _register_page(values={}, errors={})


@projects.post("/new")
def submit_registration() -> Response | tuple[str, int]:
    values = request.form
    try:
        project, _ = product().projects.register(
            identity(),
            values.get("org_id", ""),
            name=values.get("name", ""),
            in_year=values.get("channel") == "in_year",
        )
    except (Invalid, Conflict) as error:
        errors = error.fields if isinstance(error, Invalid) else {"": error.message}
        return _register_page(values=values, errors=errors), error.status
    flash(f"已登记，项目编号 {project.code}。请继续填报。", "success")
    return redirect(url_for("inbox.list_tasks", view="open", q=project.code))


def _register_page(*, values: Mapping[str, str], errors: Mapping[str, str]) -> str:
    today = _today()
    year = round_year(today)
    units = [each for each in identity().memberships if each.role == "applicant"]
    return render_template(
        "projects/register.html",
        units=units,
        round_year=year,
        running_year=today.year,
        round_closes=f"{year - 1}年10月31日24时",
        values=values,
        errors=errors,
        lapsed=product().projects.standing() is None,
        standing_against=[entry for unit in units for entry in product().ledgers.standing_against(unit.org_id)],
    )


def _today() -> date:
    return local(product().now()).date()


def _wanted(arguments: Mapping[str, Any]) -> ProjectFilter:
    """The search in an address; what is not on offer narrows nothing."""
    year, stage, status = (arguments.get(name, "") for name in ("year", "stage", "status"))
    wanted = ProjectFilter(text=arguments.get("q", "").strip()[:100])
    if stage in STAGES:
        wanted = replace(wanted, stage=stage)
    if status in get_args(Status):
        wanted = replace(wanted, status=status)
    return replace(wanted, round_year=int(year)) if _YEAR.fullmatch(year) else wanted
