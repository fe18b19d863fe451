"""A task whose party nobody knows waits as an incident until an administrator names the organisation."""

from __future__ import annotations

import pytest

from app.kernel.errors import Conflict, Invalid, Missing, Refused
from tests.support.district import PEOPLE, District
from tests.support.drawing import line, user


def test_the_administrator_names_who_does_it(district: District) -> None:
    admin = district.people["admin"]
    district.deploy(line("build", {"begin-work": user("contractor")}))
    case_id = district.start("build")
    (incident,) = district.views.incidents(admin)
    assert incident.kind == "unassigned"
    with pytest.raises(Refused):
        district.cases.assign_missing_party(district.people["bai"], incident.id, org_id="builder")
    with pytest.raises(Invalid):
        district.cases.assign_missing_party(admin, incident.id, org_id="nobody")
    assert district.tasks("jian") == []
    district.cases.assign_missing_party(admin, incident.id, org_id="builder")
    assert district.task("jian").case_id == case_id
    assert district.views.incidents(admin) == []
    with pytest.raises(Conflict):
        district.cases.assign_missing_party(admin, incident.id, org_id="builder")


def stuck_and_secret(district: District) -> str:
    """A confidential project whose first task nobody can do; the id of its incident."""
    district.deploy(line("project-lifecycle", {"begin-work": user("contractor")}))
    district.register("玄鸟系统", confidential=True)
    (incident,) = district.views.incidents(district.people["mi"])
    return incident.id


def test_the_secrecy_office_repairs_confidential_projects(district: District) -> None:
    incident, office = stuck_and_secret(district), district.people["mi"]
    with pytest.raises(Conflict):
        district.cases.retry_incident(office, incident)
    district.cases.assign_missing_party(office, incident, org_id="builder")
    assert district.views.incidents(office) == []


@pytest.mark.parametrize("who", sorted(set(PEOPLE) - {"mi"}))
def test_to_everybody_else_there_is_no_such_incident(district: District, who: str) -> None:
    """An administrator gets the same answer as for an incident that never was; others repair nothing at all."""
    incident, person = stuck_and_secret(district), district.people[who]
    if who == "admin":
        assert district.views.incidents(person) == []
    answers = []
    for asked in (incident, "0" * 32):
        for act in (
            lambda asked=asked: district.cases.retry_incident(person, asked),
            lambda asked=asked: district.cases.assign_missing_party(person, asked, org_id="builder"),
        ):
            with pytest.raises(Missing if who == "admin" else Refused) as refused:
                act()
            answers.append(refused.value.message)
    assert answers[:2] == answers[2:]
    assert [each.id for each in district.views.incidents(district.people["mi"])] == [incident]


def test_the_secrecy_office_repairs_nothing_else(district: District) -> None:
    district.deploy(line("build", {"begin-work": user("contractor")}))
    district.start("build")
    (incident,) = district.views.incidents(district.people["admin"])
    assert district.views.incidents(district.people["mi"]) == []
    with pytest.raises(Missing):
        district.cases.assign_missing_party(district.people["mi"], incident.id, org_id="builder")
