"""Every scenario of the process owners holds, with the real diagrams, decision tables, forms and checks."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.scenarios.reading import read, scenario_files
from app.scenarios.running import SCENARIOS, Stage, report


@pytest.mark.parametrize("path", scenario_files(SCENARIOS), ids=lambda path: path.stem)
def test_scenario(stage: Stage, path: Path) -> None:
    story = stage.run(read(path))
    assert not story.problems, report([story])
