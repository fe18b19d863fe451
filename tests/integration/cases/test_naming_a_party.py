"""A task whose party nobody knows waits as an incident until an administrator names the organisation."""

from __future__ import annotations

import pytest

from app.kernel.errors import Conflict, Invalid, Refused
from tests.support.district import District
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
