"""States that an earlier version saved are read, revised and brought to their end by this one.

Each file of `golden/` holds the diagrams of a bundle, a state in base64 and what it waits for. Files are added when
states of a new kind come up, and never written anew: they stand for what lies in databases.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from app.engine.model import Resource
from tests.support.playing import MORNING, no_services

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.json"))
LATER = "2031-01-01T00:00:00+08:00"


def restored(engine, path):
    saved = json.loads(path.read_text(encoding="utf-8"))
    resources = [Resource(name, text.encode()) for name, text in saved["resources"].items()]
    definitions = engine.compile(resources)
    state = base64.b64decode(saved["state"])
    return saved, engine.load(definitions, state, now=MORNING, services=no_services)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_it_waits_as_it_did(engine, path):
    saved, instance = restored(engine, path)
    step = instance.save()
    assert sorted(task.element_id for task in step.user_tasks) == saved["tasks"]
    assert [timer.due_at.isoformat() for timer in step.timers] == saved["timers"]
    assert dict(step.variables) == saved["variables"]


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_it_is_revised_and_comes_to_its_end(engine, path):
    _, instance = restored(engine, path)
    assert instance.revise(lambda data: {"x": LATER} if "x" in data else {}) == {"x"}
    step = instance.save()
    assert all(timer.due_at.year == 2030 for timer in step.timers)
    for _ in range(20):
        if not step.user_tasks:
            break
        instance.complete(step.user_tasks[0].task_id, {})
        step = instance.save()
    assert (step.status, step.variables["x"]) == ("completed", LATER)
