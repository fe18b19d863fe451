from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from app.features.audit import store as audit
from app.features.projects import store
from app.features.projects.model import ProjectFilter
from app.kernel.clock import ZONE, FrozenClock
from app.kernel.errors import Conflict, Invalid, Missing, Refused
from tests.support.district import District, statements
from tests.support.drawing import call, choice, drawing, end, line, service, start, user

LIFECYCLE = (
    drawing(
        "project-lifecycle",
        {
            "registered": start(),
            "application": call("application", stage="申报"),
            "accepted": choice(default="refused"),
            "refused": end(),
            "procurement": call("procurement", stage="采购"),
            "archived": end(outcome="finished"),
        },
        [
            "registered -> application",
            "application -> accepted",
            "accepted -> refused",
            'accepted -> procurement: =application_result = "accepted"',
            "procurement -> archived",
        ],
    ),
    drawing(
        "application",
        {
            "begin": start(),
            "accept": user("data-bureau"),
            "result": choice(default="filed"),
            "accepted": end(),
            "rejected": end(outcome="rejected"),
            "filed": end(),
        },
        [
            "begin -> accept",
            "accept -> result",
            'result -> accepted: =application_result = "accepted"',
            'result -> rejected: =application_result = "rejected"',
            "result -> filed",
        ],
    ),
    line(
        "procurement",
        {
            "plan": user("finance"),
            "tender": user("trading-center"),
            "assign": service("assign-party", inputs={"org": "=contractor_org"}, role="contractor"),
            "build": user("contractor"),
        },
    ),
)


@pytest.fixture(autouse=True)
def deployed(district: District) -> None:
    district.deploy(*LIFECYCLE)


def test_a_project_gets_a_code_for_life_and_its_process(district: District) -> None:
    project_id, case_id = district.register("  中小学   数字阅读平台 ")
    page = district.projects.page(district.people["xue"], project_id)
    assert (page.project.code, page.project.name) == ("YC2027-0001", "中小学 数字阅读平台")
    assert (page.project.round_year, page.project.stage, page.project.status) == (2027, "申报", "running")
    assert page.project.registered_on == date(2026, 3, 2)
    view = district.views.case_view(district.people["xue"], case_id)
    assert view.case.business_key == "YC2027-0001"
    assert view.variables == {
        "project_code": "YC2027-0001",
        "project_name": "中小学 数字阅读平台",
        "applicant_name": "区教育和体育局",
        "round_year": 2027,
        "registered_on": "2026-03-02",
        "channel": "yearly",
    }
    second, _ = district.register("第二个项目")
    assert district.projects.page(district.people["xue"], second).project.code == "YC2027-0002"


@pytest.mark.parametrize(
    ("at", "round_year"),
    [
        (datetime(2026, 10, 31, 23, 59, 59, tzinfo=ZONE), 2027),
        (datetime(2026, 11, 1, 0, 0, tzinfo=ZONE), 2028),
        (datetime(2026, 12, 31, 23, 59, tzinfo=ZONE), 2028),
        (datetime(2027, 1, 1, 0, 0, tzinfo=ZONE), 2028),
    ],
)
def test_the_round_closes_with_october(district: District, clock: FrozenClock, at: datetime, round_year: int) -> None:
    clock.move_to(at)
    project_id, _ = district.register()
    assert district.projects.page(district.people["xue"], project_id).project.round_year == round_year


def test_only_an_applicant_of_the_unit_registers_and_a_name_is_needed(district: District) -> None:
    district.register()
    for person, org_id in (("wei", "school"), ("bai", "bureau"), ("xin", "school"), ("xue", "health")):
        with pytest.raises(Refused):
            district.projects.register(district.people[person], org_id, name="项目")
    for name in ("", "   ", "长" * 101):
        with pytest.raises(Invalid) as refused:
            district.projects.register(district.people["xue"], "school", name=name)
        assert set(refused.value.fields) == {"name"}
    with pytest.raises(Invalid, match="没有登记"):
        district.projects.register(district.people["xue"], "school", name="项目", round_year=2026)


def test_under_lapsed_rules_nothing_is_registered_without_a_recorded_decision(district: District) -> None:
    xue, admin = district.people["xue"], district.people["admin"]
    with pytest.raises(Conflict, match="2023-12-31"):
        district.projects.register(xue, "school", name="项目")
    assert district.projects.search(xue).projects == ()
    assert district.projects.standing() is None
    with pytest.raises(Refused):
        district.projects.record_basis(xue, basis="我说的", valid_from=date(2026, 1, 1))
    with pytest.raises(Invalid) as refused:
        district.projects.record_basis(admin, basis=" ", valid_from=date(2026, 1, 1), valid_to=date(2025, 1, 1))
    assert set(refused.value.fields) == {"basis", "valid_to"}

    district.projects.record_basis(
        admin, basis="峄政办字〔2024〕3号", valid_from=date(2024, 1, 1), valid_to=date(2026, 6, 30)
    )
    project, _ = district.projects.register(xue, "school", name="项目")
    assert project.rule_version == "峄政发〔2022〕1号（续用依据：峄政办字〔2024〕3号）"
    with district.database.read() as uow:
        assert [entry.act.action for entry in audit.entries(uow, "system")][-1] == "record-rule-basis"


def test_a_decision_ends_with_its_last_day_and_projects_keep_their_version(
    district: District, clock: FrozenClock
) -> None:
    admin, xue = district.people["admin"], district.people["xue"]
    district.projects.record_basis(admin, basis="旧依据", valid_from=date(2024, 1, 1), valid_to=date(2026, 6, 30))
    clock.move_to(datetime(2026, 6, 30, 23, 59, tzinfo=ZONE))
    project, _ = district.projects.register(xue, "school", name="项目")
    clock.advance(timedelta(minutes=1))
    with pytest.raises(Conflict):
        district.projects.register(xue, "school", name="另一个")
    district.projects.record_basis(admin, basis="新依据", valid_from=date(2026, 7, 1))
    assert district.projects.register(xue, "school", name="另一个")[0].basis == "新依据"
    assert district.projects.page(xue, project.id).project.basis == "旧依据"


def test_a_project_in_force_needs_no_decision(district: District, clock: FrozenClock) -> None:
    clock.move_to(datetime(2023, 12, 31, 12, tzinfo=ZONE))
    project, _ = district.projects.register(district.people["xue"], "school", name="项目")
    assert (project.basis, project.rule_version) == (None, "峄政发〔2022〕1号")


def test_the_project_follows_its_process_to_the_end(district: District) -> None:
    project_id, _ = district.register()
    district.complete("bai", application_result="accepted", plan_decision="approved")
    page = district.projects.page(district.people["bai"], project_id)
    assert (page.project.stage, [party.role for party in page.parties]) == ("采购", ["applicant", "applicant-lead"])
    with pytest.raises(Missing):
        district.projects.page(district.people["jian"], project_id)
    district.complete("cai")
    district.complete("jiao", contractor_org="builder")
    page = district.projects.page(district.people["jian"], project_id)
    assert ("contractor", "枣庄智云科技有限公司") in [(party.role, party.org_name) for party in page.parties]
    district.complete("jian")
    assert district.projects.page(district.people["xue"], project_id).project.status == "finished"


@pytest.mark.parametrize(("result", "status"), [("rejected", "rejected"), ("returned", "withdrawn")])
def test_a_refused_project_ends_as_what_became_of_it(district: District, result: str, status: str) -> None:
    project_id, case_id = district.register()
    district.complete("bai", application_result=result)
    assert district.projects.page(district.people["xue"], project_id).project.status == status
    view = district.views.case_view(district.people["xue"], case_id)
    assert [(diagram.process_id, diagram.called_by) for diagram in view.diagrams] == [
        ("project-lifecycle", None),
        ("application", ("project-lifecycle", "application")),
    ]
    assert "procurement" in view.diagrams[0].coming


def test_search_finds_parts_of_names_codes_and_units_page_by_page(district: District) -> None:
    for number in range(5):
        district.register(f"智慧校园{number}期")
    district.register("全民健身平台")
    xue = district.people["xue"]

    def names(**wanted: object) -> list[str]:
        found = district.projects.search(xue, ProjectFilter(**wanted))  # type: ignore[arg-type]
        return [project.name for project in found.projects]

    assert names(text="校园") == [f"智慧校园{number}期" for number in (4, 3, 2, 1, 0)]
    assert names(text="健身 平台") == ["全民健身平台"]
    assert names(text="3期") == ["智慧校园3期"]
    assert names(text="健") == ["全民健身平台"]
    assert names(text="yc2027-0002") == ["智慧校园1期"]
    assert names(text="教育和体育") == names()
    assert names(text="园校") == []
    assert names(text="100%") == []
    assert names(stage="采购") == []
    assert len(names(stage="申报", status="running", round_year=2027, org_id="school")) == 6
    first = district.projects.search(xue, limit=4)
    rest = district.projects.search(xue, limit=4, after=first.after)
    assert [len(first.projects), len(rest.projects), rest.after] == [4, 2, None]
    assert len({project.id for project in (*first.projects, *rest.projects)}) == 6


def test_who_may_know_of_an_open_project(district: District) -> None:
    project_id, case_id = district.register()

    def knows(person: str) -> bool:
        identity = district.people[person]
        found = [project.id for project in district.projects.search(identity).projects] == [project_id]
        assert district.views.may_see_case(identity, case_id) is found
        return found

    assert {person for person in district.people if knows(person)} == {
        "bai", "bao", "bei", "cai", "xue", "xiao", "xin", "admin",
    }  # fmt: skip
    district.complete("bai", application_result="accepted")
    assert knows("jiao")
    assert not knows("wei")
    assert not knows("mi")


def test_a_confidential_project_is_unknown_to_everybody_else(district: District) -> None:
    project_id, case_id = district.register("绝密工程", confidential=True)
    task_of_bureau = district.tasks("bai")
    assert task_of_bureau == []
    assert district.views.counts(district.people["bai"]) == (0, 0)

    def known_to() -> set[str]:
        found = set()
        for person, identity in district.people.items():
            searched = district.projects.search(identity, ProjectFilter(text="绝密")).projects
            assert bool(searched) is district.views.may_see_case(identity, case_id)
            assert bool(searched) is bool(district.views.cases(identity).cases)
            if searched:
                found.add(person)
            else:
                with pytest.raises(Missing):
                    district.projects.page(identity, project_id)
                with pytest.raises(Missing):
                    district.views.case_view(identity, case_id)
        return found

    assert known_to() == {"xue", "cai", "mi"}
    with pytest.raises(Refused):
        district.projects.authorise(district.people["xue"], project_id, user_id="xiao")
    district.projects.authorise(district.people["xin"], project_id, user_id="xiao")
    assert known_to() == {"xue", "xiao", "cai", "mi"}


def test_amounts_stay_exact(district: District) -> None:
    project_id, _ = district.register()
    with district.database.write() as uow:
        store.change(uow, project_id, {"estimate": Decimal("99.999999"), "approved": Decimal("0.000001")})
    project = district.projects.page(district.people["xue"], project_id).project
    assert (project.estimate, project.approved, project.paid) == (Decimal("99.999999"), Decimal("0.000001"), None)
    assert project.amounts["estimate"] == Decimal("99.999999")


def test_a_renamed_project_is_found_by_its_new_name(district: District) -> None:
    project_id, _ = district.register("旧名称")
    with district.database.write() as uow:
        store.change(uow, project_id, {"name": "崭新名字"})
    xue = district.people["xue"]
    assert [each.id for each in district.projects.search(xue, ProjectFilter(text="崭新")).projects] == [project_id]
    assert district.projects.search(xue, ProjectFilter(text="旧名")).projects == ()


def test_registering_and_starting_is_one_commit(district: District) -> None:
    district.register()
    with statements(district.database) as sent:
        district.projects.register(district.people["xue"], "school", name="第二个")
    assert sent.count("COMMIT") == 1
