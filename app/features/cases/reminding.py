"""The rhythm of a task's reminders: a row of its bundle's table `reminders`, as it was for its project."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from app.engine.engine import Engine
from app.engine.model import Definitions
from app.features.projects.model import Project
from app.kernel.clock import local
from services.reminders import Rhythm

TABLE: Final = "reminders"


def rhythm(
    engine: Engine,
    definitions: Definitions,
    *,
    process_id: str,
    element_id: str,
    project: Project | None,
    now: datetime,
) -> Rhythm:
    """A bundle without the table reminds of nothing by itself, and reports what is late to the head."""
    if TABLE not in definitions.decisions:
        return Rhythm()
    since = project.registered_on if project else local(now).date()
    asked = {"process": process_id, "task": element_id, "as_of": since.isoformat()}
    return Rhythm.of(engine.decide(definitions, TABLE, asked, now=now))
