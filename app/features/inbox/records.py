"""The lists that the rows of forms follow, wherever they come from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from app.features.experts import store as experts
from app.features.inbox import planned
from app.features.inbox.planned import Record
from app.kernel.database import UnitOfWork
from services.checks import panel

DRAWN_EXPERTS: Final = "drawn_experts"
LISTS: Final = frozenset({*planned.LISTS, DRAWN_EXPERTS})


def records(uow: UnitOfWork, name: str, *, variables: Mapping[str, Any]) -> list[Record]:
    """The records of a list. The experts are those of the draw that the variable `expert_seed` names."""
    if name != DRAWN_EXPERTS:
        return planned.records(uow, name, variables=variables)
    draw = experts.draw_of_seed(uow, str(variables.get("expert_seed") or ""))
    return [panel.record(expert) for expert in draw.panel] if draw else []
