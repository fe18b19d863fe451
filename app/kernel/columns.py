"""Column types whose values come back from SQLite exactly as from PostgreSQL."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Numeric, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

from app.kernel.clock import as_utc

AMOUNT_DECIMALS = 6
_AMOUNT_STEP = Decimal(1).scaleb(-AMOUNT_DECIMALS)


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: takes aware datetimes of any zone, stores and returns UTC, refuses naive ones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        utc = as_utc(value)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Amount(TypeDecorator[Decimal]):
    """Money in 万元 with six decimals: NUMERIC(18,6), and on SQLite, which has no decimals, a count of 10^-6 万元."""

    impl = Numeric(18, AMOUNT_DECIMALS)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(BigInteger() if dialect.name == "sqlite" else self.impl_instance)

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if not isinstance(value, Decimal):
            raise TypeError(f"an amount is a Decimal, not {value!r}")
        exact = value.quantize(_AMOUNT_STEP)
        if exact != value:
            raise ValueError(f"more than {AMOUNT_DECIMALS} decimals: {value}")
        return int(exact.scaleb(AMOUNT_DECIMALS)) if dialect.name == "sqlite" else exact

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        if value is None:
            return None
        return Decimal(value).scaleb(-AMOUNT_DECIMALS) if dialect.name == "sqlite" else Decimal(value)


class Json(TypeDecorator[Any]):
    """JSON as text, written the same way on every database; Python's None is NULL, and NaN is refused."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        if value is None:
            return None
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)
