from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.engine.expressions import Feel
from app.kernel.database import Database
from tests.support.district import District


@pytest.fixture(scope="session")
def feel() -> Iterator[Feel]:
    feel = Feel()
    yield feel
    feel.close()


@pytest.fixture
def district(database: Database, feel: Feel) -> District:
    return District(database, feel)
