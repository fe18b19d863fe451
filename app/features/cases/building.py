"""What services order about a project that is being built: measures, the contract, payments (3.3-6 3.3-11 3.4-8)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from app.features.audit.model import Actor
from app.features.identity import store as identity_store
from app.features.measures import store as measures
from app.features.payments import store as payments
from app.kernel.database import UnitOfWork
from services.effects import ImposeMeasure, LiftMeasure, RecordContract, RecordPayment

BuildingOrder: TypeAlias = ImposeMeasure | LiftMeasure | RecordContract | RecordPayment


def carry_out(
    uow: UnitOfWork,
    order: BuildingOrder,
    *,
    project_id: str,
    case_id: str,
    actor: Actor,
    party: Callable[[str], str | None],
) -> None:
    match order:
        case ImposeMeasure():
            measures.impose(uow, order, project_id=project_id, case_id=case_id, actor=actor)
        case LiftMeasure():
            measures.lift(uow, order, project_id=project_id, case_id=case_id, actor=actor)
        case RecordContract():
            contractor = identity_store.organisation_by_id(uow, party("contractor") or "")
            name = contractor.name if contractor else ""
            payments.add_contract(uow, order, project_id=project_id, contractor=name, case_id=case_id)
        case RecordPayment():
            payments.add_payment(uow, order, project_id=project_id, case_id=case_id, by_name=actor.name)
