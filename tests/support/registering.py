"""Entries of the register that no process stands behind, for tests of what is kept beside projects."""

from __future__ import annotations

from typing import Any

from app.features.projects import store
from app.features.projects.model import Project
from app.kernel.clock import local
from app.kernel.database import UnitOfWork


def a_project(uow: UnitOfWork, *, org_id: str, unit: str, **changes: Any) -> Project:
    """A project of the round of 2027 that waits in its first stage, unless `changes` say otherwise."""
    facts: dict[str, Any] = {
        "name": "峄城区数字阅读平台项目",
        "round_year": 2027,
        "stage": "申报",
        "status": "running",
        "confidential": False,
        "responsible": None,
        "details": {},
        "ruleset": "峄政发〔2022〕1号",
        "basis": None,
        "created_by": "xue",
        **dict.fromkeys(("estimate", "approved", "budget", "contract", "paid", "settled")),
        **changes,
    }
    project = Project(
        id=uow.ids(),
        code=store.next_code(uow, round_year=facts["round_year"]),
        org_id=org_id,
        unit=unit,
        registered_on=local(uow.now).date(),
        created_at=uow.now,
        **facts,
    )
    store.add(uow, project)
    return project
