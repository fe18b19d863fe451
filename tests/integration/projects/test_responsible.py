from __future__ import annotations

import pytest

from app.features.audit import store as audit
from app.features.audit.model import SYSTEM
from app.features.projects import store
from app.features.projects.model import Project
from app.features.projects.responsible import Responsibility
from app.features.projects.responsible_store import Responsible, enter
from app.kernel.errors import Conflict, Invalid, Missing, Refused
from tests.support.district import District
from tests.support.registering import a_project

NEXT = {"name": "李华", "phone": "0632-7711234", "reason": "原负责人调任"}


@pytest.fixture
def responsibility(district: District) -> Responsibility:
    return Responsibility(district.database)


def register(district: District, *, named: bool = True, confidential: bool = False) -> Project:
    with district.database.write() as uow:
        project = a_project(
            uow,
            org_id="school",
            unit="区教育和体育局",
            responsible="王建国" if named else None,
            confidential=confidential,
        )
        if named:
            enter(uow, project.id, Responsible("王建国", "1", "", "xue", uow.now))
    return project


def test_whoever_answered_before_stays_on_record(district: District, responsibility: Responsibility) -> None:
    project = register(district)
    responsibility.change(district.people["xin"], project.id, **NEXT)
    found = responsibility.history(district.people["bai"], project.id)
    assert [(each.name, each.reason, each.by_name) for each in found] == [
        ("李华", "原负责人调任", "xin"),
        ("王建国", "", "xue"),
    ]
    with district.database.read() as uow:
        now = store.by_id(uow, project.id)
        acts = [entry.act for entry in audit.entries(uow, SYSTEM)]
    assert now is not None
    assert (now.responsible, now.details["responsible_phone"]) == ("李华", "0632-7711234")
    assert [(act.action, act.details["before"], act.details["after"]) for act in acts] == [
        ("change-responsible", "王建国", "李华")
    ]


def test_it_is_the_units_to_name(district: District, responsibility: Responsibility) -> None:
    project = register(district)
    with pytest.raises(Refused):
        responsibility.change(district.people["bai"], project.id, **NEXT)
    with pytest.raises(Missing):
        responsibility.change(district.people["wei"], project.id, **NEXT)
    with pytest.raises(Invalid):
        responsibility.change(district.people["xue"], project.id, **{**NEXT, "reason": " "})
    assert len(responsibility.history(district.people["xue"], project.id)) == 1


def test_there_is_nobody_to_replace_before_the_contract(district: District, responsibility: Responsibility) -> None:
    with pytest.raises(Conflict):
        responsibility.change(district.people["xin"], register(district, named=False).id, **NEXT)


def test_of_a_confidential_project_nobody_else_learns_it(district: District, responsibility: Responsibility) -> None:
    project = register(district, confidential=True)
    with pytest.raises(Missing):
        responsibility.history(district.people["bai"], project.id)
    with pytest.raises(Missing):
        responsibility.change(district.people["xin"], project.id, **NEXT)
