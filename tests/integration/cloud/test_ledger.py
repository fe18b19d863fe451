from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from app.features.cloud import store
from app.features.cloud.model import READERS, CloudFilter
from app.features.cloud.usecases import CloudLedger
from app.features.identity.model import Identity
from app.features.projects import store as projects
from app.features.projects.model import Party
from app.kernel.errors import Conflict, Refused
from services.cloud import CloudResource, Sizes, SpecialPeriod, Usage
from tests.support.district import District
from tests.support.drawing import call, drawing, end, line, start, user

LIFE = line("project-lifecycle", {"building": call("building", stage="实施")})
BUILDING = line("building", {"build": user("applicant")})
RUNNING = CloudResource(
    number="YC2027-0001-Y01",
    system="数字阅读系统",
    provider_id="cloud",
    sizes=Sizes(16, 32, 500),
    others="带宽 20 Mbps",
    state="running",
    billing_from=date(2026, 3, 1),
    usage=Usage(date(2026, 3, 1), date(2026, 3, 31), Decimal("19.99"), Decimal(30), Decimal(60)),
    special=(SpecialPeriod(date(2026, 6, 1), date(2026, 6, 10), "高考", date(2026, 5, 1)),),
    asked_on=date(2026, 4, 1),
)


def changing(**said: str):
    nodes = {"asked": start({"starter": "applicant", **said}), "ask": user("applicant"), "finish": end()}
    return drawing("changing", nodes, ["asked -> ask", "ask -> finish"])


@pytest.fixture
def ledger(district: District) -> CloudLedger:
    district.deploy(LIFE, BUILDING, changing(**{"starter-needs": "cloud", "starter-ended": "yes"}))
    return CloudLedger(district.database)


def put(district: District, project_id: str, resource: CloudResource = RUNNING, case_id: str = "first") -> None:
    with district.database.write() as uow:
        store.put(uow, resource, project_id=project_id, case_id=case_id)


def numbers(ledger: CloudLedger, person: Identity, wanted: CloudFilter | None = None) -> list[str]:
    return [entry.resource.number for entry in ledger.entries(person, wanted).entries]


def readers(district: District, ledger: CloudLedger) -> set[str]:
    """Who of the people with a role that reads the ledger finds something in it."""
    allowed = {name: person for name, person in district.people.items() if READERS & person.roles}
    for person in (each for name, each in district.people.items() if name not in allowed):
        with pytest.raises(Refused):
            ledger.entries(person)
    return {name for name, person in allowed.items() if numbers(ledger, person)}


def test_what_is_put_is_read_again_and_replaced_by_number(district: District, ledger: CloudLedger) -> None:
    project_id, _ = district.register()
    put(district, project_id)
    with district.database.read() as uow:
        assert store.of_project(uow, project_id) == (RUNNING,)
    changed = replace(RUNNING, state="stopped", billing_to=date(2026, 5, 1), usage=None, special=(), asked_on=None)
    put(district, project_id, changed, case_id="second")
    with district.database.read() as uow:
        assert store.of_project(uow, project_id) == (changed,)
    (entry,) = ledger.entries(district.people["bai"]).entries
    assert (entry.case_id, entry.project_name, entry.unit) == ("first", "数字阅读平台", "区教育和体育局")


def test_everybody_reads_of_the_projects_he_may_know_of(
    district: District, ledger: CloudLedger, provider: Identity
) -> None:
    project_id, _ = district.register()
    put(district, project_id)
    assert readers(district, ledger) == {"bai", "bao", "bei", "cai", "xue", "xiao", "xin", "admin"}
    assert numbers(ledger, provider) == []
    with district.database.write() as uow:
        party = Party("cloud-provider", "cloud", "枣庄政务云")
        projects.set_party(uow, project_id=project_id, party=party, known=False)
    assert numbers(ledger, provider) == [RUNNING.number]
    assert ledger.entries(provider).providers["cloud"] == "枣庄政务云"


def test_of_several_providers_of_a_project_each_reads_its_own(
    district: District, ledger: CloudLedger, provider: Identity
) -> None:
    project_id, _ = district.register()
    for number, org_id in (("YC2027-0001-Y01", "cloud"), ("YC2027-0001-Y02", "other-cloud")):
        put(district, project_id, replace(RUNNING, number=number, provider_id=org_id))
        with district.database.write() as uow:
            projects.set_party(uow, project_id=project_id, party=Party("cloud-provider", org_id, org_id))
            projects.set_party(uow, project_id=project_id, party=Party("cloud-provider", org_id, org_id))
    with district.database.read() as uow:
        parties = [party.org_id for party in projects.parties(uow, project_id) if party.role == "cloud-provider"]
    assert parties == ["cloud", "other-cloud"]
    assert numbers(ledger, provider) == ["YC2027-0001-Y01"]
    assert numbers(ledger, district.people["bai"]) == ["YC2027-0001-Y02", "YC2027-0001-Y01"]


def test_a_confidential_project_is_in_nobodys_ledger_who_may_not_know_of_it(
    district: District, ledger: CloudLedger, provider: Identity
) -> None:
    project_id, _ = district.register(confidential=True)
    put(district, project_id)
    with district.database.write() as uow:
        party = Party("cloud-provider", "cloud", "枣庄政务云")
        projects.set_party(uow, project_id=project_id, party=party, known=False)
    assert readers(district, ledger) == {"cai", "xue"}
    assert numbers(ledger, provider) == []


def test_a_search_narrows_and_goes_on_page_by_page(district: District, ledger: CloudLedger) -> None:
    project_id, _ = district.register()
    bai = district.people["bai"]
    put(district, project_id)
    put(district, project_id, replace(RUNNING, number="YC2027-0001-Y02", system="借阅柜", state="stopped"))
    newest_first = ["YC2027-0001-Y02", "YC2027-0001-Y01"]
    assert numbers(ledger, bai) == newest_first
    assert numbers(ledger, bai, CloudFilter(state="stopped")) == newest_first[:1]
    assert numbers(ledger, bai, CloudFilter(text="数字阅读 y01")) == newest_first[1:]
    assert numbers(ledger, bai, CloudFilter(text="借阅柜")) == newest_first[:1]
    assert numbers(ledger, bai, CloudFilter(text="100%")) == []
    page = ledger.entries(bai, limit=1)
    assert page.after == newest_first[0]
    rest = ledger.entries(bai, limit=1, after=page.after)
    assert ([entry.resource.number for entry in rest.entries], rest.after) == (newest_first[1:], None)


def test_only_a_project_with_a_running_resource_can_change_one(district: District, ledger: CloudLedger) -> None:
    project_id, _ = district.register()
    xue = district.people["xue"]
    with pytest.raises(Conflict, match="没有正式运行的政务云资源"):
        district.cases.start_beside(xue, project_id, "changing")
    put(district, project_id, replace(RUNNING, state="trial"))
    assert district.views.startable(xue, project_id) == ()
    put(district, project_id)
    assert [offer.process_id for offer in district.views.startable(xue, project_id)] == ["changing"]


def test_what_a_project_holds_can_be_returned_after_its_end(district: District, ledger: CloudLedger) -> None:
    project_id, _ = district.register()
    put(district, project_id)
    district.complete("xue")
    assert district.projects.page(district.people["xue"], project_id).project.status != "running"
    assert district.cases.start_beside(district.people["xue"], project_id, "changing")
