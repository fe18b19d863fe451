"""Further readers of a confidential project: named and withdrawn by those who decide; unknown to others (2-2)."""

from __future__ import annotations

import pytest

from app.features.identity.model import Identity, Membership
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


def test_whoever_names_readers_finds_the_projects_by_their_codes(district: District, secret: str) -> None:
    district.register("公开系统")
    for who in ("xin", "mi"):
        (found,), after = district.projects.to_decide(district.people[who])
        assert (found.id, found.code, found.readers, after) == (secret, code_of(district, secret), 1, None)


def test_the_list_goes_on_page_by_page(district: District, secret: str) -> None:
    second, _ = district.register("白泽系统", confidential=True)
    (newest,), after = district.projects.to_decide(district.people["xin"], limit=1)
    assert (newest.id, after) == (second, second)
    assert [each.id for each in district.projects.to_decide(district.people["xin"], after=after)[0]] == [secret]


@pytest.mark.parametrize("who", sorted(set(PEOPLE) - {"xin", "mi"}))
def test_the_list_is_for_nobody_else(district: District, secret: str, who: str) -> None:
    with pytest.raises(Refused):
        district.projects.to_decide(district.people[who])


def test_the_head_of_another_unit_finds_nothing(district: District, secret: str) -> None:
    head = Identity("elsewhere", "elsewhere", "别处", (Membership("health", "区卫生健康局", "applicant-lead"),))
    assert district.projects.to_decide(head) == ((), None)
