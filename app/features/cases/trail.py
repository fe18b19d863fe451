"""Checking the audit trail as a whole: the system's chain and that of every case."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from app.features.audit import store as audit
from app.features.audit.model import SYSTEM, Head
from app.features.cases.tables import case
from app.features.identity.model import Identity
from app.kernel.database import Database
from app.kernel.errors import Refused


class Trail:
    """The use case of the audit administrator."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def verify(self, identity: Identity) -> Mapping[str, int]:
        """Where the trail was tampered with: numbers of entries by chain, `system` or `case:<id>`; empty if nowhere.

        Reads everything that was ever recorded. Raises Refused.
        """
        if not identity.has("audit-administrator"):
            raise Refused("只有审计管理员可以核对操作日志。")
        with self._database.read() as uow:
            heads = {SYSTEM: audit.system_head(uow)}
            for row in uow.connection.execute(select(case.c.id, case.c.audit_seq, case.c.audit_head)):
                heads[f"case:{row.id}"] = Head(row.audit_seq, row.audit_head)
            return audit.breaks(uow, heads)
