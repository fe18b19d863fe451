from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.engine.expressions import Feel


@pytest.fixture(scope="session")
def feel():
    """FEEL as the server evaluates it, at a fixed time."""
    evaluator = Feel()
    now = datetime(2026, 9, 1, 2, 0, tzinfo=UTC)
    yield lambda expression, context: evaluator.evaluate(expression, context, now=now)
    evaluator.close()
