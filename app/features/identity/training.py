"""The business clock of a training system, as its administrator sets it."""

from __future__ import annotations

from datetime import datetime

from app.features.audit import store as audit
from app.features.audit.model import Act
from app.features.identity.model import Identity
from app.kernel import business_clock
from app.kernel.database import Database
from app.kernel.errors import Invalid, Missing, Refused

YEARS = range(2022, 2100)
"""From the first year of the regulation to as far as anybody will want to see; time does not go back from there."""


class TrainingClock:
    """Reads and moves the business time; in production it is the real time and stays so."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def now(self) -> datetime:
        """The business time, aware, in UTC."""
        with self._database.read() as uow:
            return uow.now

    def move(self, identity: Identity, at: datetime) -> None:
        """Move the business time forward. Raises Missing outside training, Refused, Invalid for a time in the past."""
        if not self._database.training:
            raise Missing("只有培训演示系统可以调整业务时间。")
        if not identity.has("administrator"):
            raise Refused("只有系统管理员可以调整业务时间。")
        if at.year not in YEARS:
            raise Invalid(f"业务时间只能在{YEARS[0]}年至{YEARS[-1]}年之间。", {"at": "年份有误"})
        with self._database.write() as uow:
            business_clock.move_to(uow, at, moved_by=identity.user_id)
            details = {"from": uow.now.isoformat(), "to": at.isoformat()}
            audit.append_to_system(uow, Act(identity.acting(), "move-clock", "business_clock", details))
