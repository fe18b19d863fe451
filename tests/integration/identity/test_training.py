from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from app.features.audit import store as audit
from app.features.audit.model import SYSTEM
from app.features.identity.training import TrainingClock
from app.kernel.clock import FrozenClock
from app.kernel.database import Database
from app.kernel.errors import Invalid, Missing, Refused


@pytest.fixture
def training(database_url: str, clock: FrozenClock) -> Iterator[Database]:
    database = Database(database_url, clock=clock, training=True)
    yield database
    database.close()


def test_the_administrator_moves_the_time_forward(training: Database, clock: FrozenClock, office):
    business = TrainingClock(training)
    assert business.now() == clock.now()
    target = clock.now() + timedelta(days=90)
    business.move(office.system, target)
    assert business.now() == target
    with training.read() as uow:
        act = audit.latest(uow, scope=SYSTEM, limit=1)[0].act
    assert (act.action, act.actor.user_id, act.details["to"]) == (
        "move-clock",
        office.system.user_id,
        target.isoformat(),
    )
    with pytest.raises(Invalid):
        business.move(office.system, target - timedelta(seconds=1))
    assert business.now() == target


def test_nobody_else_moves_it(training: Database, clock: FrozenClock, office):
    for person in (office.security, office.audit):
        with pytest.raises(Refused):
            TrainingClock(training).move(person, clock.now() + timedelta(days=1))


def test_in_production_it_does_not_move(database: Database, clock: FrozenClock, office):
    with pytest.raises(Missing):
        TrainingClock(database).move(office.system, clock.now() + timedelta(days=1))
