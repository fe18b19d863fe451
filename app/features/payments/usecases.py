"""The ledger of contracts and payments: what finance, the bureau, audit and administrators look at (3.3-6 3.4-8)."""

from __future__ import annotations

from collections.abc import Sequence

from app.features.identity.model import Identity
from app.features.payments import store
from app.features.payments.model import Account, Ledger
from app.features.projects import store as projects
from app.features.projects.model import Project, ProjectFilter
from app.kernel.database import Database, UnitOfWork
from app.kernel.errors import Missing, Refused

READERS = frozenset({"finance", "finance-lead", "data-bureau", "data-bureau-lead", "audit", "administrator"})
_PAGE = 25


class Payments:
    """The reading use cases; what is entered is entered by the tasks of the diagrams."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def account(self, identity: Identity, project_id: str) -> Account:
        """The money of one project, for whoever may know of it. Raises Missing."""
        with self._database.read() as uow:
            project = projects.visible(uow, identity, project_id)
            if project is None:
                raise Missing("没有这个项目，或者您无权查看。")
            return _accounts(uow, [project])[0]

    def ledger(self, identity: Identity, wanted: ProjectFilter, *, after: str | None = None) -> Ledger:
        """The projects with a contract that this person may know of, the newest first. Raises Refused."""
        if not identity.roles & READERS:
            raise Refused("合同与支付台账由财政、大数据、审计部门和系统管理员查看。")
        with self._database.read() as uow:
            found = projects.search(uow, identity, wanted, limit=_PAGE + 1, after=after, among=store.with_contract())
            page = found[:_PAGE]
            return Ledger(tuple(_accounts(uow, page)), page[-1].id if len(found) > _PAGE else None)


def _accounts(uow: UnitOfWork, found: Sequence[Project]) -> list[Account]:
    ids = [project.id for project in found]
    contracts, payments = store.contracts_of(uow, ids), store.payments_of(uow, ids)
    return [
        Account(
            project_id=project.id,
            code=project.code,
            name=project.name,
            unit=project.unit,
            approved=project.approved,
            contracts=contracts.get(project.id, ()),
            payments=payments.get(project.id, ()),
        )
        for project in found
    ]
