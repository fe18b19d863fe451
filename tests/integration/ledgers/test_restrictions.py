from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest

from app.features.audit import store as audit
from app.features.audit.model import SYSTEM
from app.features.documents.usecases import Attachments
from app.features.ledgers import store
from app.features.ledgers.model import RestrictionFilter
from app.features.ledgers.usecases import Evidence, Ledgers
from app.features.projects import store as projects
from app.kernel.clock import FrozenClock, local
from app.kernel.errors import Conflict, Invalid, Missing, Refused
from services import ledger
from services.effects import AddLedgerEntry
from tests.support.district import District
from tests.support.filling import PDF
from tests.support.registering import a_project

LAW = "《中华人民共和国安全生产法》第四条"
EVIDENCE = Evidence("交换平台九月监测", "峄数〔2026〕12号")


@pytest.fixture
def ledgers(district: District, tmp_path: Path) -> Ledgers:
    return Ledgers(district.database, Attachments(district.database, tmp_path))


def enter(district: District, ledgers: Ledgers, **changes: object) -> str:
    said = {"kind": "sharing-violation", "reason": "未按目录提供数据", "evidence": EVIDENCE} | changes
    return ledgers.enter(district.people["bai"], "school", **said)  # type: ignore[arg-type]


def of_school(district: District) -> tuple[ledger.Restriction, ...]:
    with district.database.read() as uow:
        return store.restrictions(uow, "school")


def acts(district: District) -> list[tuple[str, str]]:
    with district.database.read() as uow:
        return [(entry.act.action, entry.act.actor.name) for entry in audit.entries(uow, SYSTEM)]


def test_the_bureau_enters_with_evidence_and_the_unit_is_told(district: District, ledgers: Ledgers) -> None:
    evidence = replace(EVIDENCE, file_name="监测.pdf", stream=BytesIO(PDF))
    entered = enter(district, ledgers, evidence=evidence)
    (entry,) = ledgers.entry(district.people["xue"], entered).entries
    assert (entry.unit, entry.evidence, entry.document, entry.entered_by) == (
        "区教育和体育局",
        "交换平台九月监测",
        "峄数〔2026〕12号",
        "bai",
    )
    assert entry.restriction.clause == "3.2-4"
    assert ledgers.evidence_file(district.people["cai"], entered).path.read_bytes() == PDF
    with pytest.raises(Missing):
        ledgers.evidence_file(district.people["wei"], entered)
    assert "未按目录提供数据" in district.notifications.latest(district.people["xin"])[0].body
    assert acts(district) == [("enter-restriction", "bai")]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "unheard-of"}, "kind"),
        ({"reason": " "}, "reason"),
        ({"evidence": Evidence("", "1号")}, "evidence"),
        ({"evidence": Evidence("检查记录")}, "document"),
        ({"project_code": "YC2027-9999"}, "project_code"),
    ],
)
def test_what_is_incomplete_is_not_entered(
    district: District, ledgers: Ledgers, changes: dict[str, object], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        enter(district, ledgers, **changes)
    assert list(refused.value.fields) == [field]
    assert of_school(district) == ()


@pytest.mark.parametrize("account", ["xue", "cai", "jiao", "admin", "jian"])
def test_nobody_else_enters_lifts_or_exempts_and_the_attempt_is_recorded(
    district: District, ledgers: Ledgers, account: str
) -> None:
    entered, person = enter(district, ledgers), district.people[account]
    with pytest.raises(Refused):
        ledgers.enter(person, "school", kind="reduced", reason="x", evidence=EVIDENCE)
    with pytest.raises(Refused):
        ledgers.lift(person, entered, reason="x")
    with pytest.raises(Refused):
        ledgers.exempt(person, entered, basis=LAW, reason="x")
    assert acts(district)[1:] == [("refused", account)] * 3
    (only,) = of_school(district)
    assert (only.lifted_on, only.exemptions) == (None, ())


def test_lifting_ends_it_and_leaves_it_on_record(district: District, ledgers: Ledgers, clock: FrozenClock) -> None:
    entered = enter(district, ledgers)
    today = local(clock.now()).date()
    ledgers.lift(district.people["bei"], entered, reason="已整改")
    with pytest.raises(Conflict):
        ledgers.lift(district.people["bai"], entered, reason="再次")
    (only,) = of_school(district)
    assert ledger.barring((only,), day=today, round_year=today.year) == ()
    (entry,) = ledgers.search(district.people["xue"], RestrictionFilter()).entries
    assert (entry.state(today), entry.lifted_by, entry.lift_reason) == ("已解除", "bei", "已整改")
    assert ledgers.search(district.people["xue"], RestrictionFilter(in_force=True)).entries == ()
    assert ledgers.standing_against("school") == ()


def test_only_the_head_exempts_and_only_by_a_law(district: District, ledgers: Ledgers) -> None:
    entered = enter(district, ledgers)
    with pytest.raises(Refused):
        ledgers.exempt(district.people["bai"], entered, basis=LAW, reason="法律规定")
    with pytest.raises(Invalid) as refused:
        ledgers.exempt(district.people["bei"], entered, basis="领导同意", reason="工作需要")
    assert list(refused.value.fields) == ["basis"]
    ledgers.exempt(district.people["bei"], entered, basis=LAW, reason="法律规定必须建设")
    with pytest.raises(Conflict):
        ledgers.exempt(district.people["bei"], entered, basis=LAW, reason="再次")
    (only,) = of_school(district)
    (granted,) = only.exemptions
    assert (granted.basis, granted.granted_by, granted.project) == (LAW, "bei", None)
    assert ledger.barring((only,), day=only.since, round_year=2027, project="YC2027-0001") == ()


def test_an_exemption_for_one_project_helps_no_other(district: District, ledgers: Ledgers) -> None:
    with district.database.write() as uow:
        code = a_project(uow, org_id="school", unit="区教育和体育局").code
        other = a_project(uow, org_id="health", unit="区卫生健康局").code
    entered = enter(district, ledgers)
    with pytest.raises(Invalid):
        ledgers.exempt(district.people["bei"], entered, basis=LAW, reason="x", project_code=other)
    ledgers.exempt(district.people["bei"], entered, basis=LAW, reason="x", project_code=code)
    (only,) = of_school(district)
    assert ledger.barring((only,), day=only.since, round_year=2027, project=code) == ()
    assert ledger.barring((only,), day=only.since, round_year=2027, project="YC2027-0099") == (only,)


def test_a_unit_reads_its_own_only_and_firms_none(district: District, ledgers: Ledgers) -> None:
    entered = enter(district, ledgers)
    assert ledgers.search(district.people["wei"], RestrictionFilter()).entries == ()
    assert ledgers.search(district.people["wei"], RestrictionFilter(org_id="school")).entries == ()
    assert [unit.id for unit in ledgers.units(district.people["wei"])] == ["health"]
    with pytest.raises(Missing):
        ledgers.entry(district.people["wei"], entered)
    with pytest.raises(Missing):
        ledgers.unit(district.people["wei"], "school")
    for account in ("jian", "jiao", "owner"):
        with pytest.raises(Refused):
            ledgers.search(district.people[account], RestrictionFilter())


def test_a_confidential_project_is_not_named(district: District, ledgers: Ledgers) -> None:
    with district.database.write() as uow:
        secret = a_project(uow, org_id="school", unit="区教育和体育局", confidential=True)
        entry = AddLedgerEntry("reduced", "绩效低下", "4-3", date(2026, 1, 5))
        store.add_restriction(uow, entry, org_id="school", project_id=secret.id, entered_by="系统")
    for account, known in (("bai", False), ("xue", False), ("cai", True)):
        found = ledgers.search(district.people[account], RestrictionFilter())
        assert (secret.id in found.projects) is known
    with pytest.raises(Invalid):
        enter(district, ledgers, project_code=secret.code)


def test_the_ledger_is_read_page_by_page(district: District, ledgers: Ledgers, clock: FrozenClock) -> None:
    for number in range(5):
        enter(district, ledgers, reason=f"第{number}条", kind="reduced" if number % 2 else "no-cloud")
        clock.advance(timedelta(seconds=1))
    bureau, reasons, after = district.people["bai"], [], None
    while True:
        page = ledgers.search(bureau, RestrictionFilter(), after=after, limit=2)
        reasons += [entry.restriction.reason for entry in page.entries]
        after = page.after
        if after is None:
            break
    assert reasons == [f"第{number}条" for number in (4, 3, 2, 1, 0)]
    of_kind = ledgers.search(bureau, RestrictionFilter(kind="reduced")).entries
    assert [entry.restriction.reason for entry in of_kind] == ["第3条", "第1条"]


def test_suppliers_are_rated_by_role_and_confidential_projects_do_not_count(
    district: District, ledgers: Ledgers
) -> None:
    with district.database.write() as uow:
        shown, secret = (
            a_project(uow, org_id="school", unit="区教育和体育局", confidential=hidden) for hidden in (False, True)
        )
        projects.change(uow, shown.id, {"stage": "绩效评估"})
        for project, role, score in (
            (shown, "contractor", "90"),
            (shown, "contractor", "85.5"),
            (shown, "supervisor", "70"),
            (secret, "contractor", "0"),
            (shown, "applicant", "60"),
        ):
            store.add_rating(
                uow, org_id="builder", project_id=project.id, role=role, score=Decimal(score), comment="按期"
            )
    standings, following = ledgers.standings(district.people["jiao"], limit=1)
    assert [(each.role, each.mean, each.count) for each in standings] == [("contractor", Decimal("87.8"), 2)]
    assert following is not None
    (rest,), last = ledgers.standings(district.people["jiao"], after=following)
    assert (rest.role, rest.mean, last) == ("supervisor", Decimal(70), None)
    assert ledgers.standings(district.people["cai"], word="没有这家")[0] == ()
    found = ledgers.ratings(district.people["jiao"], "builder").ratings
    assert sorted((each.role, each.score) for each in found) == [
        ("contractor", Decimal("85.5")),
        ("contractor", Decimal(90)),
        ("supervisor", Decimal(70)),
    ]
    with pytest.raises(Refused):
        ledgers.standings(district.people["jian"])
