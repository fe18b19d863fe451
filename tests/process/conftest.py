from __future__ import annotations

import pytest

from app.scenarios.running import Stage


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """A prepared system with the real diagrams, tables and forms; every story is played in a copy of it."""
    return Stage(tmp_path_factory.mktemp("stage"))
