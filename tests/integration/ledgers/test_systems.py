from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from app.engine.expressions import Feel
from app.features.documents.usecases import Attachments
from app.features.forms.entries import beforehand
from app.features.forms.schema import parse
from app.features.inbox.known import known
from app.features.ledgers import store
from app.features.ledgers.model import Equipment, Network
from app.features.ledgers.systems import Described, UnitSystems
from app.features.ledgers.systems_store import SystemFilter
from app.features.ledgers.usecases import Ledgers
from app.features.projects import store as projects
from app.kernel.clock import ZONE, FrozenClock
from app.kernel.errors import Conflict, Invalid, Missing, Refused
from app.worker.loop import Worker
from tests.support.district import District
from tests.support.registering import a_project

OFFICE = Described(
    "协同办公系统",
    "gov_extranet",
    2019,
    "own",
    cost=Decimal("36.5"),
    usage="全局办公",
    common="office",
    connected=False,
    migration_way="application",
    migration_due=date(2026, 4, 30),
)


@pytest.fixture
def systems(district: District) -> UnitSystems:
    return UnitSystems(district.database)


def standing(district: District) -> list[tuple[str, str]]:
    """Kind and origin of what is in force against the school."""
    with district.database.read() as uow:
        today = uow.now.astimezone(ZONE).date()
        return [(each.kind, each.clause) for each in store.restrictions(uow, "school") if each.in_force(today)]


def worked(district: District, systems: UnitSystems) -> int:
    return Worker(district.work, others=(systems.enter_one_overdue,)).run_once().others


def test_a_day_that_passes_enters_the_unit_and_confirming_lifts_it(
    district: District, systems: UnitSystems, clock: FrozenClock
) -> None:
    school, bureau = district.people["xue"], district.people["bai"]
    system = systems.register(school, "school", OFFICE)
    clock.move_to(datetime(2026, 4, 30, 23, 59, tzinfo=ZONE))
    assert worked(district, systems) == 0
    clock.move_to(datetime(2026, 5, 1, 0, 0, tzinfo=ZONE))
    assert worked(district, systems) == 1
    assert worked(district, systems) == 0
    assert standing(district) == [("migration-overdue", "3.2-4")]
    assert "协同办公系统" in district.notifications.latest(school)[0].body
    with pytest.raises(Conflict):
        systems.confirm(bureau, system)
    systems.report(school, system, done_on=date(2026, 5, 1), note="已迁移")
    assert standing(district) == [("migration-overdue", "3.2-4")]
    systems.confirm(bureau, system)
    assert standing(district) == []
    found, _ = systems.system(school, system)
    assert (found.location, found.confirmed_by, found.migration(date(2026, 5, 2))) == ("city-cloud", "bai", "已完成")


def test_what_is_reported_in_time_waits_for_the_bureau_without_harm(
    district: District, systems: UnitSystems, clock: FrozenClock
) -> None:
    system = systems.register(district.people["xue"], "school", OFFICE)
    systems.report(district.people["xue"], system, done_on=date(2026, 3, 2), note="已迁移")
    clock.move_to(datetime(2026, 6, 1, 9, tzinfo=ZONE))
    assert worked(district, systems) == 0
    systems.return_report(district.people["bai"], system, reason="旧服务器仍在使用")
    assert worked(district, systems) == 1
    assert standing(district) == [("migration-overdue", "3.2-4")]


def test_a_later_day_lifts_it_and_a_second_passing_enters_it_again(
    district: District, systems: UnitSystems, clock: FrozenClock
) -> None:
    system = systems.register(district.people["xue"], "school", OFFICE)
    clock.move_to(datetime(2026, 5, 4, 9, tzinfo=ZONE))
    assert worked(district, systems) == 1
    due = date(2026, 6, 30)
    systems.set_due(district.people["bei"], system, way="physical", due=due, reason="机房改造")
    assert (standing(district), worked(district, systems)) == ([], 0)
    clock.move_to(datetime(2026, 7, 1, 9, tzinfo=ZONE))
    assert worked(district, systems) == 1
    assert len(standing(district)) == 1


def test_what_the_bureau_has_lifted_is_not_entered_again_for_the_same_day(
    district: District, systems: UnitSystems, clock: FrozenClock, tmp_path: Path
) -> None:
    systems.register(district.people["xue"], "school", OFFICE)
    clock.move_to(datetime(2026, 5, 4, 9, tzinfo=ZONE))
    assert worked(district, systems) == 1
    ledgers = Ledgers(district.database, Attachments(district.database, tmp_path))
    (entry,) = ledgers.standing_against("school")
    ledgers.lift(district.people["bai"], entry.id, reason="云平台扩容所致，非单位责任")
    clock.advance(timedelta(days=1))
    assert (standing(district), worked(district, systems)) == ([], 0)


def test_a_plan_that_stands_is_not_the_units_to_change(district: District, systems: UnitSystems) -> None:
    school = district.people["xue"]
    system = systems.register(school, "school", OFFICE)
    later = replace(OFFICE, migration_due=date(2030, 1, 1), location="city-cloud", retired=True, usage="停用")
    systems.describe(school, system, later)
    found, _ = systems.system(school, system)
    assert (found.migration_due, found.location, found.retired, found.usage) == (
        date(2026, 4, 30),
        "own",
        False,
        "停用",
    )
    for act in (
        lambda: systems.set_due(school, system, way="physical", due=date(2030, 1, 1), reason="x"),
        lambda: systems.confirm(school, system),
    ):
        with pytest.raises(Refused):
            act()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"network": "?"}, "network"),
        ({"built_year": 2027}, "built_year"),
        ({"cost": Decimal(-1)}, "cost"),
        ({"connected": None}, "connected"),
        ({"connected": True}, "connection"),
        ({"migration_due": None}, "migration_due"),
        ({"migration_way": "air"}, "migration_way"),
    ],
)
def test_what_is_incomplete_is_not_kept(
    district: District, systems: UnitSystems, changes: dict[str, object], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        systems.register(district.people["xue"], "school", replace(OFFICE, **changes))  # type: ignore[arg-type]
    assert list(refused.value.fields) == [field]


def test_a_unit_keeps_and_reads_its_own_only(district: District, systems: UnitSystems) -> None:
    system = systems.register(district.people["xue"], "school", OFFICE)
    with pytest.raises(Refused):
        systems.register(district.people["wei"], "school", OFFICE)
    with pytest.raises(Missing):
        systems.system(district.people["wei"], system)
    with pytest.raises(Refused):
        systems.add_row(district.people["bai"], "school", Equipment("", "", "服务器", 1, "双路", 2020, "办公"))
    with pytest.raises(Missing):
        systems.inventory(district.people["wei"], "school")
    assert systems.search(district.people["wei"], SystemFilter()).systems == ()
    for wanted, found in ((SystemFilter(unconnected=True), 1), (SystemFilter(overdue=True), 0)):
        assert len(systems.search(district.people["bai"], wanted).systems) == found
    with pytest.raises(Refused):
        systems.search(district.people["jian"], SystemFilter())


FORM = parse(
    {
        "id": "f",
        "components": [
            {
                "type": "radio",
                "key": "has_equipment",
                "label": "有没有设备",
                "values": [{"label": "有", "value": "yes"}, {"label": "没有", "value": "no"}],
                "properties": {"prefill": '=if count(unit_equipment) > 0 then "yes" else null'},
            },
            {
                "type": "dynamiclist",
                "path": "past",
                "label": "近年项目",
                "properties": {"prefill": "=unit_projects"},
                "components": [{"type": "textfield", "key": "name", "label": "名称"}],
            },
            {"type": "table", "label": "限制", "dataSource": "=unit_restrictions", "columns": [{"key": "effect"}]},
            {"type": "text", "text": "{{count(unit_lines)}} {{count(unit_systems)}} {{count(round_projects)}}"},
        ],
    }
)


def test_forms_know_what_the_ledgers_know(district: District, systems: UnitSystems, feel: Feel) -> None:
    school = district.people["xue"]
    systems.register(school, "school", OFFICE)
    systems.register(school, "school", replace(OFFICE, name="旧网站", built_year=2023))
    systems.add_row(school, "school", Equipment("", "", "机架服务器", 2, "双路", 2018, "办公"))
    systems.add_row(school, "school", Network("", "", "gov_extranet", 100, "中国联通", Decimal("3.6")))
    with district.database.write() as uow:
        of = a_project(uow, org_id="school", unit="区教育和体育局", name="数字阅读平台（二期）", estimate=Decimal(60))
        a_project(uow, org_id="school", unit="区教育和体育局", name="食堂监管", estimate=Decimal(10))
        a_project(uow, org_id="school", unit="区教育和体育局", name="数字阅读平台（一期）", estimate=Decimal(50))
        a_project(uow, org_id="school", unit="区教育和体育局", name="玄鸟", confidential=True, contract=Decimal(9))
        a_project(uow, org_id="health", unit="区卫生健康局", name="别家的", contract=Decimal(9))
        a_project(
            uow,
            org_id="school",
            unit="区教育和体育局",
            name="智慧校园",
            round_year=2025,
            contract=Decimal(80),
            status="finished",
            stage="绩效评估",
        )
    with district.database.read() as uow:
        context = known(uow, FORM, projects.by_id(uow, of.id))
        now = uow.now
    assert [row["name"] for row in context["round_projects"]] == ["数字阅读平台（一期）", "食堂监管"]
    assert [(row["name"], row["investment"]) for row in context["unit_projects"]] == [
        ("智慧校园", 80.0),
        ("旧网站", 36.5),
    ]
    assert {row["connected"] for row in context["unit_systems"]} == {"未互联互通"}
    assert context["unit_lines"] == [
        {"network": "gov_extranet", "bandwidth": 100, "operator": "中国联通", "yearly_fee": 3.6}
    ]
    assert context["unit_restrictions"] == []
    assert "supplier_ratings" not in context
    own = beforehand(FORM, context, lambda expression, names: feel.evaluate(expression, names, now=now))
    assert own["has_equipment"] == "yes"
    assert [row["name"] for row in own["past"]] == ["智慧校园", "旧网站"]
