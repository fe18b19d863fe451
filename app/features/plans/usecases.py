"""Looking at the annual plans. They are drafted and decided in their cases."""

from __future__ import annotations

from dataclasses import replace

from app.features.identity.model import Identity
from app.features.plans import store
from app.features.plans.model import Line, Plan, PlanPage, PlanSummary
from app.features.projects.access import APPLICANT_ROLES, SEES_OPEN_PROJECTS
from app.kernel.database import Database
from app.kernel.errors import Missing, Refused
from services.amounts import total

READERS = SEES_OPEN_PROJECTS | APPLICANT_ROLES
"""The bureaus, the district government and the auditors read whole plans, an applicant the lines of its projects."""


class Plans:
    """The reading use cases. A project that a reader may not know of is in no list and in no sum."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def overview(self, identity: Identity) -> tuple[PlanSummary, ...]:
        """The plans with a project that this person may see, the latest first. Raises Refused."""
        _require_reader(identity)
        with self._database.read() as uow:
            found = [(plan, store.lines(uow, plan.id, identity)) for plan in store.plans(uow, identity)]
        return tuple(_summary(plan, _shown(identity, plan, lines)) for plan, lines in found)

    def page(self, identity: Identity, plan_id: str) -> PlanPage:
        """A plan with its lines and totals. Raises Refused, and Missing if this person may see nothing of it."""
        _require_reader(identity)
        whole = _reads_whole(identity)
        with self._database.read() as uow:
            plan = store.by_id(uow, plan_id)
            lines = store.lines(uow, plan_id, identity)
            if plan is None or (not lines and not whole):
                raise Missing("没有这份年度计划，或者您无权查看。")
            changes = store.changes(uow, plan_id, identity) if whole else ()
        return PlanPage(plan, _shown(identity, plan, lines), changes, whole)

    def of_project(self, identity: Identity, project_id: str) -> list[Plan]:
        """The plans in which a project is or was a candidate; none for whoever does not read its line."""
        with self._database.read() as uow:
            return store.of_project(uow, project_id, identity) if identity.roles & READERS else []

    def of_case(self, business_key: str) -> Plan | None:
        """The plan whose case has this business key, for whoever may see that case."""
        with self._database.read() as uow:
            return store.by_id(uow, business_key)

    def cases_of_project(self, project_id: str) -> list[str]:
        """The cases of the plans in which a project is or was a candidate."""
        with self._database.read() as uow:
            return store.cases_of_project(uow, project_id)


def _reads_whole(identity: Identity) -> bool:
    return bool(identity.roles & SEES_OPEN_PROJECTS)


def _shown(identity: Identity, plan: Plan, lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """What is still a draft is the bureaus' business: an applicant learns of it when the plan is issued."""
    if _reads_whole(identity) or plan.status == "issued":
        return lines
    return tuple(replace(line, decision=None, rank=None, amount=None, reason="", struck=False) for line in lines)


def _require_reader(identity: Identity) -> None:
    if not identity.roles & READERS:
        raise Refused("年度建设计划由主管部门和列入计划的申报单位查看。")


def _summary(plan: Plan, lines: tuple[Line, ...]) -> PlanSummary:
    included = [line.amount for line in lines if line.decision == "include"]
    return PlanSummary(plan, len(lines), len(included), total(amount for amount in included if amount is not None))
