"""What services order of other features, carried out in the transaction of the step that ordered it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.features.audit import store as audit
from app.features.audit.model import Act, Actor
from app.features.cases import building, planning
from app.features.cloud import store as cloud
from app.features.experts import store as experts
from app.features.ledgers import store as ledgers
from app.features.projects.model import Project
from app.kernel.database import UnitOfWork
from services.effects import (
    AddLedgerEntry,
    AddRating,
    DecidePlan,
    DraftPlan,
    ImposeMeasure,
    JoinPlan,
    LiftMeasure,
    OpenPlan,
    Order,
    PublishPlan,
    RecordContract,
    RecordDraw,
    RecordPayment,
    SetCloud,
)
from services.experts import Draw


@dataclass(frozen=True)
class Here:
    """Where an order comes from. `party` names the organisation that has a role in the case."""

    case_id: str
    project: Project | None
    actor: Actor
    party: Callable[[str], str | None]


def carry_out(uow: UnitOfWork, order: Order, here: Here) -> None:
    match order:
        case AddLedgerEntry():
            _restrict(uow, order, here)
        case AddRating():
            _rate(uow, order, here)
        case RecordDraw(draw=draw):
            _record_draw(uow, draw, here)
        case JoinPlan() | OpenPlan() | DraftPlan() | DecidePlan() | PublishPlan():
            planning.carry_out(uow, order, case_id=here.case_id, project=here.project, by_name=here.actor.name)
        case SetCloud(resource=resource):
            if here.project is not None:
                cloud.put(uow, resource, project_id=here.project.id, case_id=here.case_id)
        case ImposeMeasure() | LiftMeasure() | RecordContract() | RecordPayment():
            if here.project is not None:
                building.carry_out(
                    uow,
                    order,
                    project_id=here.project.id,
                    case_id=here.case_id,
                    actor=here.actor,
                    party=here.party,
                )


def _restrict(uow: UnitOfWork, order: AddLedgerEntry, here: Here) -> None:
    if here.project is not None:
        ledgers.add_restriction(
            uow, order, org_id=here.project.org_id, project_id=here.project.id, entered_by=here.actor.name
        )


def _rate(uow: UnitOfWork, order: AddRating, here: Here) -> None:
    org_id = here.party(order.role)
    if here.project is not None and org_id is not None:
        ledgers.add_rating(
            uow,
            org_id=org_id,
            project_id=here.project.id,
            role=order.role,
            score=order.score,
            comment=order.comment,
        )


def _record_draw(uow: UnitOfWork, draw: Draw, here: Here) -> None:
    """Into the log, and its fingerprint into the audit trail, where nothing can be changed unnoticed."""
    project_id = here.project.id if here.project else None
    experts.record(uow, draw, case_id=here.case_id, project_id=project_id, by_name=here.actor.name)
    details = {"round": draw.round, "seed": draw.seed, "pool": draw.digest, "drawn": [e.label for e in draw.drawn]}
    audit.append_to_system(uow, Act(here.actor, "draw-experts", f"case:{here.case_id}", details))
