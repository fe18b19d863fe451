"""Processes that stand beside the life of a project: who may start which, for which projects, and what they begin with.

A start event says so itself, in its properties: `starter` is the role that may start the process, `starter-label` what
the button says, `starter-stages` the stages of a project in which it may be started (all, if there are none),
`starter-takes` the variables of the project's life cycle that it begins with, `starter-several` = "yes" lets several of
the kind run at once, `starter-ended` lets it be started for projects that are over too (those that ended as it says,
"yes" for all), and `starter-needs` names what the project must have (a key of `NEEDS`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.engine.model import Definitions
from app.features.cases import queries, store
from app.features.cloud import store as cloud
from app.features.identity import store as identity_store
from app.features.identity.model import AUTHORITY_ROLES, ROLES, Identity
from app.features.measures import store as measures
from app.features.projects import store as projects
from app.features.projects.model import NEEDS, OUTCOMES, SHARED_ROLES, Project
from app.features.projects.usecases import LIFECYCLE
from app.kernel.database import UnitOfWork
from app.kernel.errors import Conflict, Missing, Refused
from services.amounts import number
from services.measures import standing


@dataclass(frozen=True)
class Offer:
    """A process that people may start for a project; empty `stages` are all of them, `needs` one of `NEEDS`."""

    process_id: str
    name: str
    label: str
    role: str
    stages: tuple[str, ...]
    takes: tuple[str, ...]
    several: bool
    ended: tuple[str, ...]
    needs: str | None


def offers(definitions: Definitions) -> tuple[Offer, ...]:
    """Every process of a bundle that may be started beside a life cycle."""
    return tuple(
        Offer(
            process_id=process.id,
            name=process.name,
            label=said.get("starter-label", process.name),
            role=said["starter"],
            stages=tuple(said.get("starter-stages", "").split()),
            takes=tuple(said.get("starter-takes", "").split()),
            several=said.get("starter-several") == "yes",
            ended=_endings(said.get("starter-ended", "")),
            needs=said.get("starter-needs"),
        )
        for process in definitions.processes.values()
        for said in (element.properties for element in process.elements.values() if element.type == "startEvent")
        if "starter" in said
    )


def offered(definitions: Definitions, process_id: str) -> Offer:
    """Raises Missing for a process that nobody may start."""
    found = next((offer for offer in offers(definitions) if offer.process_id == process_id), None)
    if found is None:
        raise Missing("没有这项可以发起的程序。")
    return found


def starter(uow: UnitOfWork, identity: Identity, offer: Offer, project: Project) -> str:
    """The organisation for which this person starts it. Raises Refused."""
    for org_id in _organisations(uow, offer.role, project):
        if identity.has(offer.role, org_id):
            return org_id
    raise Refused(f"只有本项目的{ROLES.get(offer.role, offer.role)}可以发起“{offer.name}”。")


def require_startable(uow: UnitOfWork, offer: Offer, project: Project, *, org_id: str) -> None:
    """Raises Conflict, saying why the project does not admit of it now, started for this organisation."""
    if project.status != "running" and project.status not in offer.ended:
        raise Conflict(f"项目{project.status_label}，不能再发起“{offer.name}”。")
    if offer.stages and project.stage not in offer.stages:
        allowed = "、".join(offer.stages)
        raise Conflict(f"“{offer.name}”在{allowed}阶段发起，项目现在处于{project.stage or '登记'}阶段。")
    if not offer.several and queries.is_running(uow, project.id, offer.process_id):
        raise Conflict(f"本项目的“{offer.name}”正在办理，办结之前不能再次发起。")
    if offer.needs is not None and not _has(uow, offer, project, org_id=org_id):
        raise Conflict(f"本项目没有{NEEDS[offer.needs]}，不能发起“{offer.name}”。")


def may_start(uow: UnitOfWork, identity: Identity, offer: Offer, project: Project) -> bool:
    try:
        require_startable(uow, offer, project, org_id=starter(uow, identity, offer, project))
    except (Refused, Conflict):
        return False
    return True


def own_parties(offer: Offer, org_id: str) -> Mapping[str, str]:
    """Whom the new case names itself: the organisation that starts it, where several in a project share its role."""
    return {offer.role: org_id} if offer.role in SHARED_ROLES else {}


def start_variables(uow: UnitOfWork, offer: Offer, project: Project) -> Mapping[str, Any]:
    """What the new case begins with: the project as it is now, and what the process takes over; None where unknown."""
    lived = store.variables_of_project(uow, project.id, process_id=LIFECYCLE)
    return {**project_variables(project), **{name: lived.get(name) for name in offer.takes}}


def project_variables(project: Project) -> dict[str, Any]:
    """What every case beside a life cycle begins with: the project as it is now."""
    amounts = {f"project_{kind}": None if value is None else number(value) for kind, value in project.amounts.items()}
    return {
        "project_code": project.code,
        "project_name": project.name,
        "applicant_name": project.unit,
        "round_year": project.round_year,
        "registered_on": project.registered_on.isoformat(),
        "project_stage": project.stage,
        **amounts,
    }


def _endings(said: str) -> tuple[str, ...]:
    return OUTCOMES if said == "yes" else tuple(said.split())


def _has(uow: UnitOfWork, offer: Offer, project: Project, *, org_id: str) -> bool:
    if offer.needs == "sanction":
        return any(each.is_sanction for each in standing(measures.of_project(uow, project.id)))
    running = [each for each in cloud.of_project(uow, project.id) if each.state == "running"]
    if offer.role == "cloud-provider":
        running = [each for each in running if each.provider_id == org_id]
    return offer.needs == "cloud" and bool(running)


def _organisations(uow: UnitOfWork, role: str, project: Project) -> list[str]:
    """Those that have a role in a project; of an office, the one that holds it."""
    if role in AUTHORITY_ROLES:
        holder = identity_store.holder_of(uow, role)
        return [] if holder is None else [holder]
    return [party.org_id for party in projects.parties(uow, project.id) if party.role == role]
