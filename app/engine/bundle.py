"""What a compiled bundle holds for the engine itself; behind `Definitions.compiled`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.engine.decisions import Decision
from app.engine.dialect import Scope
from app.engine.nodes import ProcessSpec


@dataclass(frozen=True)
class Bundle:
    """The specs by name, those of embedded sub-processes as `process/element`, and which process drew each."""

    key: str
    specs: Mapping[str, ProcessSpec]
    process_of: Mapping[str, Scope]
    decisions: Mapping[str, Decision]
