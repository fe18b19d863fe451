"""What the cases of projects and of annual plans order of the plans, and tell one another (3.2-11).

They never reach into each other: a new plan starts its case by a message, and each project waits for one.
"""

from __future__ import annotations

from app.engine.model import Json, OutMessage
from app.features.cases import store
from app.features.plans import store as plans
from app.features.projects.model import Project
from app.kernel.database import UnitOfWork
from services.amounts import number
from services.effects import DecidePlan, DraftPlan, JoinPlan, OpenPlan, PlanOrder, PublishPlan

OPENED = "plan-opened"
"""Starts the case of a plan: the code of the plan is the correlation key, and so the case's business key."""
DECIDED = "plan-decided"
"""Tells a project, by its code, what became of it: plan_decision (approved or dropped), plan_amount, plan_rank, …"""


def carry_out(uow: UnitOfWork, order: PlanOrder, *, case_id: str, project: Project | None, by_name: str) -> None:
    match order:
        case JoinPlan(round_year=year):
            if project is not None:
                _join(uow, project, year, case_id=case_id)
        case OpenPlan(plan=code):
            plans.set_status(uow, code, "drafting", case_id=case_id)
        case DraftPlan(plan=code, entries=entries):
            plans.write_draft(uow, code, entries, by_name=by_name)
            plans.set_status(uow, code, "submitted")
        case DecidePlan(plan=code, strikes=strikes):
            plans.write_strikes(uow, code, strikes, by_name=by_name)
        case PublishPlan(plan=code):
            _publish(uow, code, case_id=case_id)


def _join(uow: UnitOfWork, project: Project, round_year: int, *, case_id: str) -> None:
    begun = plans.join(uow, project, round_year=round_year)
    if begun is not None:
        variables: dict[str, Json] = {"plan_code": begun.id, "round_year": begun.round_year, "plan_batch": begun.batch}
        store.send(uow, [OutMessage(OPENED, begun.id, variables)], source_case_id=case_id)


def _publish(uow: UnitOfWork, code: str, *, case_id: str) -> None:
    plans.set_status(uow, code, "issued", issued_at=uow.now)
    told = [
        OutMessage(
            DECIDED,
            each.project_code,
            {
                "plan_decision": "approved" if each.included else "dropped",
                "plan_amount": None if each.amount is None else number(each.amount),
                "plan_rank": each.rank,
                "plan_reason": each.reason or None,
                "plan_code": code,
            },
        )
        for each in plans.decided(uow, code)
    ]
    store.send(uow, told, source_case_id=case_id)
