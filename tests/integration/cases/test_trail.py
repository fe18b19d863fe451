from __future__ import annotations

import pytest
from sqlalchemy import delete, update

from app.features.audit.store import audit_entry
from app.features.cases.trail import Trail
from app.features.identity.model import Identity, Membership
from app.kernel.errors import Refused
from tests.support.district import District
from tests.support.drawing import line, user

WATCHER = Identity("watcher", "watcher", "watcher", (Membership("bureau", "区大数据局", "audit-administrator"),))


@pytest.fixture
def cases(district: District) -> tuple[str, str]:
    """Two cases in which something has happened."""
    district.deploy(line("review", {"review": user("data-bureau")}))
    found = district.start("review"), district.start("review")
    for task in district.tasks("bai"):
        district.cases.claim(district.people["bai"], task.id)
    return found


def test_the_chains_of_all_cases_are_checked(district: District, cases: tuple[str, str]) -> None:
    trail = Trail(district.database)
    assert trail.verify(WATCHER) == {}
    changed, shortened = cases
    with district.database.write() as uow:
        of_changed = update(audit_entry).where(audit_entry.c.scope == f"case:{changed}", audit_entry.c.seq == 2)
        uow.connection.execute(of_changed.values(actor_name="somebody else"))
        uow.connection.execute(delete(audit_entry).where(audit_entry.c.scope == f"case:{shortened}"))
        uow.connection.execute(delete(audit_entry).where(audit_entry.c.scope == "system", audit_entry.c.seq > 0))
    assert trail.verify(WATCHER) == {f"case:{changed}": 2, f"case:{shortened}": 1, "system": 1}


def test_only_the_audit_administrator_checks(district: District) -> None:
    with pytest.raises(Refused):
        Trail(district.database).verify(district.people["admin"])
