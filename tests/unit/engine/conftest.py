from __future__ import annotations

import pytest

from app.engine.engine import Engine
from app.engine.expressions import Feel


@pytest.fixture(scope="session")
def feel():
    evaluator = Feel()
    yield evaluator
    evaluator.close()


@pytest.fixture(scope="session")
def engine(feel):
    return Engine(feel)
