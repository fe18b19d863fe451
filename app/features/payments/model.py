"""Contracts and payments of projects, as plain data; amounts are exact, in 万元 (3.3-6 3.4-8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from services.amounts import total
from services.checks.payment import KINDS


@dataclass(frozen=True)
class Contract:
    number: str
    contractor: str
    amount: Decimal
    signed_on: date
    case_id: str


@dataclass(frozen=True)
class Payment:
    """One payment; `case_id` is where it was decided, `by_name` who registered it."""

    kind: str
    amount: Decimal
    paid_on: date
    voucher: str
    contract_number: str
    case_id: str
    by_name: str
    at: datetime

    @property
    def label(self) -> str:
        return KINDS.get(self.kind, self.kind)


@dataclass(frozen=True)
class Account:
    """The money of one project: what was approved, contracted and paid, the payments in their order."""

    project_id: str
    code: str
    name: str
    unit: str
    approved: Decimal | None
    contracts: tuple[Contract, ...]
    payments: tuple[Payment, ...]

    @property
    def contracted(self) -> Decimal:
        return total(contract.amount for contract in self.contracts)

    @property
    def paid(self) -> Decimal:
        return total(payment.amount for payment in self.payments)

    @property
    def left(self) -> Decimal:
        """What the contracts leave to be paid."""
        return self.contracted - self.paid


@dataclass(frozen=True)
class Ledger:
    """A page of the ledger, the newest project first; `after` continues behind the last, None at the end."""

    accounts: tuple[Account, ...]
    after: str | None
