"""The clauses, the readings and the scenarios as they lie in the folder of the processes."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import yaml

from app.features.clauses.model import Clause, Reading, Scenario


def read_clauses(directory: Path) -> tuple[Clause, ...]:
    return tuple(
        Clause(**{name: str(value) for name, value in each.items()}, section=str(section["section"]))
        for section in _content(directory / "clauses.yaml")
        for each in section["clauses"]
    )


def read_readings(directory: Path) -> tuple[Reading, ...]:
    return tuple(
        Reading(**{name: str(value).strip() for name, value in each.items()})
        for each in _content(directory / "readings.yaml")
    )


def read_scenarios(directory: Path) -> tuple[Scenario, ...]:
    return tuple(read_scenario(path) for path in sorted((directory / "scenarios").glob("*.yaml")))


def read_scenario(path: Path) -> Scenario:
    """A scenario for reading; whether it can be played is for the player to say."""
    content = _content(path)
    return Scenario(
        id=path.stem,
        name=str(content["name"]),
        clauses=tuple(str(clause) for clause in content.get("clauses") or ()),
        digest=digest_of(path),
        content=content,
    )


def digest_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _content(path: Path) -> Any:
    return yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
