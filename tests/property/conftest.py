from __future__ import annotations

import pytest

from app.engine.engine import Engine
from app.engine.expressions import Feel


@pytest.fixture(scope="session")
def engine():
    feel = Feel()
    yield Engine(feel)
    feel.close()
