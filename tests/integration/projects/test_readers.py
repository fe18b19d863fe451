"""Further readers of a confidential project: named and withdrawn by those who decide; unknown to others (2-2)."""

from __future__ import annotations

import pytest

from app.kernel.errors import Conflict, Invalid, Missing, Refused
from tests.support.district import PEOPLE, District
from tests.support.drawing import line, user


@pytest.fixture
def secret(district: District) -> str:
    district.deploy(line("project-lifecycle", {"declare": user("applicant")}))
    project_id, _ = district.register("玄鸟系统", confidential=True)
    return project_id


def code_of(district: District, project_id: str) -> str:
    return district.projects.page(district.people["xue"], project_id).project.code


def test_named_and_withdrawn(district: District, secret: str) -> None:
    code = code_of(district, secret)
    for who in ("xin", "mi"):
        head = district.people[who]
        assert [each.user_id for each in district.projects.readers_by_code(head, code).named] == ["xue"]
        district.projects.authorise(head, secret, user_id="xiao")
        assert district.projects.page(district.people["xiao"], secret).project.id == secret
        district.projects.withdraw(head, secret, user_id="xiao")
        with pytest.raises(Missing):
            district.projects.page(district.people["xiao"], secret)
        with pytest.raises(Conflict):
            district.projects.withdraw(head, secret, user_id="xue")
        with pytest.raises(Invalid):
            district.projects.authorise(head, secret, user_id="wei")


@pytest.mark.parametrize("who", sorted(set(PEOPLE) - {"xin", "mi"}))
def test_nobody_else_decides_or_learns_of_it(district: District, secret: str, who: str) -> None:
    person, code = district.people[who], code_of(district, secret)
    knows = who in {"xue", "cai"}
    for act in (
        lambda: district.projects.readers_by_code(person, code),
        lambda: district.projects.authorise(person, secret, user_id="xiao"),
        lambda: district.projects.withdraw(person, secret, user_id="xue"),
    ):
        with pytest.raises(Refused if knows else Missing):
            act()
