"""The tables of contracts and payments."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Column, Date, Index, Select, String, Table, insert, select

from app.features.payments.model import Contract, Payment
from app.kernel.clock import local
from app.kernel.database import Amount, UnitOfWork, UtcDateTime, metadata
from services.effects import RecordContract, RecordPayment

contract = Table(
    "contract",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("project_id", String(32), nullable=False),
    Column("number", String(60), nullable=False),
    Column("contractor", String(200), nullable=False),
    Column("amount", Amount, nullable=False),
    Column("signed_on", Date, nullable=False),
    Column("case_id", String(32), nullable=False),
    Index("ix_contract_project", "project_id", "id"),
)

payment = Table(
    "payment",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("project_id", String(32), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("amount", Amount, nullable=False),
    Column("paid_on", Date, nullable=False),
    Column("voucher", String(60), nullable=False),
    Column("contract_number", String(60), nullable=False),
    Column("case_id", String(32), nullable=False),
    Column("by_name", String(100), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_payment_project", "project_id", "id"),
)


def add_contract(uow: UnitOfWork, order: RecordContract, *, project_id: str, contractor: str, case_id: str) -> None:
    uow.connection.execute(
        insert(contract).values(
            id=uow.ids(),
            project_id=project_id,
            number=order.number,
            contractor=contractor,
            amount=order.amount,
            signed_on=order.signed_on,
            case_id=case_id,
        )
    )


def add_payment(uow: UnitOfWork, order: RecordPayment, *, project_id: str, case_id: str, by_name: str) -> None:
    """Enter a payment under the contract that the project has."""
    signed = contracts_of(uow, [project_id]).get(project_id, ())
    uow.connection.execute(
        insert(payment).values(
            id=uow.ids(),
            project_id=project_id,
            kind=order.kind,
            amount=order.amount,
            paid_on=order.paid_on,
            voucher=order.voucher,
            contract_number=signed[-1].number if signed else "",
            case_id=case_id,
            by_name=by_name,
            at=uow.now,
        )
    )


def contracts_of(uow: UnitOfWork, project_ids: Collection[str]) -> Mapping[str, tuple[Contract, ...]]:
    """The contracts of each project, the oldest first."""
    found: dict[str, list[Contract]] = {}
    for row in _rows(uow, contract, project_ids):
        entry = Contract(row.number, row.contractor, row.amount, row.signed_on, row.case_id)
        found.setdefault(row.project_id, []).append(entry)
    return {project_id: tuple(entries) for project_id, entries in found.items()}


def payments_of(uow: UnitOfWork, project_ids: Collection[str]) -> Mapping[str, tuple[Payment, ...]]:
    """The payments of each project, the oldest first."""
    found: dict[str, list[Payment]] = {}
    for row in _rows(uow, payment, project_ids):
        entry = Payment(
            kind=row.kind,
            amount=row.amount,
            paid_on=row.paid_on,
            voucher=row.voucher,
            contract_number=row.contract_number,
            case_id=row.case_id,
            by_name=row.by_name,
            at=local(row.at),
        )
        found.setdefault(row.project_id, []).append(entry)
    return {project_id: tuple(entries) for project_id, entries in found.items()}


def with_contract() -> Select[tuple[str]]:
    """The ids of the projects that have a contract."""
    return select(contract.c.project_id)


def _rows(uow: UnitOfWork, table: Table, project_ids: Collection[str]) -> Any:
    if not project_ids:
        return ()
    return uow.connection.execute(
        select(table).where(table.c.project_id.in_(project_ids)).order_by(table.c.project_id, table.c.id)
    )
