"""Entering a project into the register, within the unit of work of whoever has decided that it is entered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from app.features.projects import store
from app.features.projects.access import APPLICANT_ROLES
from app.features.projects.model import MAX_NAME, Party, Project
from app.kernel.clock import local
from app.kernel.database import UnitOfWork
from app.kernel.errors import Conflict
from services.deadlines import round_year
from services.regulation import Continuation, RulesetLapsed, Standing, standing_on

_MAINTENANCE: Final = "运行维护"


def enter(
    uow: UnitOfWork,
    *,
    name: str,
    org_id: str,
    unit: str,
    round_year: int,
    by: str,
    confidential: bool = False,
    details: Mapping[str, Any] | None = None,
) -> tuple[Project, dict[str, Any]]:
    """A new project under the rules of today, with the variables that its life cycle begins with.

    `by` is the id of the person who enters it. Raises Conflict when the rules have lapsed (4-5).
    """
    today = local(uow.now).date()
    project = Project(
        id=uow.ids(),
        code=store.next_code(uow, round_year=round_year),
        name=name,
        org_id=org_id,
        unit=unit,
        round_year=round_year,
        registered_on=today,
        stage="",
        status="running",
        confidential=confidential,
        estimate=None,
        approved=None,
        budget=None,
        contract=None,
        paid=None,
        settled=None,
        responsible=None,
        details=details or {},
        **_rules_on(uow, today),
        created_by=by,
        created_at=uow.now,
    )
    store.add(uow, project)
    for role in sorted(APPLICANT_ROLES):
        store.set_party(uow, project_id=project.id, party=Party(role, project.org_id, project.unit))
    if project.confidential:
        store.authorise_reader(uow, project_id=project.id, user_id=by, by=by)
    variables = {
        "project_code": project.code,
        "project_name": project.name,
        "applicant_name": project.unit,
        "round_year": project.round_year,
        "registered_on": project.registered_on.isoformat(),
        "channel": "in_year" if project.in_year else "yearly",
    }
    return project, variables


def enter_maintenance(uow: UnitOfWork, origin: Project, *, by: str) -> tuple[Project, dict[str, Any]]:
    """A project of the open round that pays for running what another has built; both name each other (3.5-2).

    What the form asks first is answered beforehand. Raises Conflict when the rules have lapsed.
    """
    project, variables = enter(
        uow,
        name=origin.name.removesuffix(_MAINTENANCE)[: MAX_NAME - len(_MAINTENANCE)] + _MAINTENANCE,
        org_id=origin.org_id,
        unit=origin.unit,
        round_year=round_year(local(uow.now).date()),
        by=by,
        details={"origin": origin.code},
    )
    known = origin.details.get("maintenance")
    maintained = [*(known if isinstance(known, list) else []), project.code]
    store.change(uow, origin.id, {"details": {**origin.details, "maintenance": maintained}})
    return project, {**variables, "nature": "service", "category": "maintenance"}


def standing(uow: UnitOfWork, day: date) -> Standing:
    """The rules that a project registered on a day stands under. Raises RulesetLapsed (4-5)."""
    continuations = [
        Continuation(number=each.ruleset, basis=each.basis, decided_by=each.decided_by, decided_on=each.valid_from)
        for each in store.bases_on(uow, day)
    ]
    return standing_on(day, continuations)


def _rules_on(uow: UnitOfWork, day: date) -> dict[str, Any]:
    try:
        found = standing(uow, day)
    except RulesetLapsed as lapsed:
        raise Conflict(str(lapsed)) from lapsed
    return {
        "ruleset": found.ruleset.number,
        "basis": found.continuation.basis if found.continuation else None,
    }
