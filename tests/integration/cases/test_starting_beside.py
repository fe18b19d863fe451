from __future__ import annotations

import threading

import pytest
from sqlalchemy import select

from app.engine.model import Resource
from app.features.audit.store import audit_entry
from app.features.cases.tables import case
from app.kernel.errors import Conflict, Missing, Refused
from tests.support.district import District
from tests.support.drawing import call, drawing, end, line, start, user

LIFE = line("project-lifecycle", {"building": call("building", stage="实施"), "after": call("after", stage="竣工验收")})
PHASES = (line("building", {"build": user("applicant")}), line("after", {"check": user("data-bureau")}))


def beside(process_id: str, role: str, **said: str) -> Resource:
    """A process of one task that the role may start."""
    properties = {"starter": role, **{f"starter-{name}": value for name, value in said.items()}}
    nodes = {"asked": start(properties), "ask": user(role), "decide": user("data-bureau"), "finish": end()}
    return drawing(process_id, nodes, ["asked -> ask", "ask -> decide", "decide -> finish"])


ADJUSTING = beside("adjusting", "applicant", label="申请调整", stages="采购 实施", takes="plan_decision built_on")
INSPECTING = beside("inspecting", "data-bureau", several="yes")


@pytest.fixture
def project(district: District) -> str:
    district.deploy(LIFE, *PHASES, ADJUSTING, INSPECTING)
    return district.register()[0]


def labels(district: District, person: str, project: str) -> list[str]:
    return [offer.label for offer in district.views.startable(district.people[person], project)]


def started(district: District) -> list[str]:
    with district.database.read() as uow:
        return list(uow.connection.scalars(select(case.c.process_id).order_by(case.c.id)))[1:]


def test_whoever_the_start_event_names_is_offered_the_process(district: District, project: str) -> None:
    assert labels(district, "xue", project) == ["申请调整"]
    assert labels(district, "bai", project) == ["inspecting 流程"]
    assert [labels(district, person, project) for person in ("wei", "cai", "xin", "admin")] == [[], [], [], []]


def test_it_begins_with_the_project_and_what_it_takes_over(district: District, project: str) -> None:
    xue = district.people["xue"]
    case_id = district.cases.start_beside(xue, project, "adjusting")
    view = district.views.case_view(xue, case_id)
    known = view.variables
    assert known["project_stage"] == "实施"
    assert known["project_code"] == view.case.business_key
    assert known["registered_on"]
    assert known["project_approved"] is None
    assert (known["plan_decision"], known["built_on"]) == (None, None)
    assert [(task.element_id, task.org_id) for task in view.open_tasks] == [("ask", "school")]
    assert view.case.started_by_name == "xue"
    assert district.projects.page(xue, project).project.stage == "实施"


def test_what_the_life_cycle_knows_is_taken_over(district: District, project: str) -> None:
    (building,) = [task for task in district.tasks("xue") if task.name.startswith("build")]
    answers = {"built_on": "2026-02-01"}
    district.cases.complete_task(
        district.people["xue"], building.id, answers=answers, submission=answers, submission_key="built"
    )
    with pytest.raises(Conflict, match="采购、实施阶段发起，项目现在处于竣工验收阶段"):
        district.cases.start_beside(district.people["xue"], project, "adjusting")
    assert labels(district, "xue", project) == []
    district.deploy(LIFE, *PHASES, beside("adjusting", "applicant", takes="built_on"))
    case_id = district.cases.start_beside(district.people["xue"], project, "adjusting")
    assert district.views.case_view(district.people["xue"], case_id).variables["built_on"] == "2026-02-01"


def test_one_of_a_kind_at_a_time_unless_the_diagram_allows_more(district: District, project: str) -> None:
    district.cases.start_beside(district.people["xue"], project, "adjusting")
    with pytest.raises(Conflict, match="正在办理"):
        district.cases.start_beside(district.people["xiao"], project, "adjusting")
    assert labels(district, "xue", project) == []
    for person in ("bai", "bao"):
        district.cases.start_beside(district.people[person], project, "inspecting")
    assert started(district) == ["adjusting", "inspecting", "inspecting"]


def test_of_two_who_start_at_once_one_does(district: District, project: str) -> None:
    together = threading.Barrier(2)
    results: list[str] = []

    def begin(person: str) -> None:
        together.wait()
        try:
            district.cases.start_beside(district.people[person], project, "adjusting")
            results.append("started")
        except Conflict:
            results.append("conflict")

    threads = [threading.Thread(target=begin, args=(person,)) for person in ("xue", "xiao")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["conflict", "started"]
    assert started(district) == ["adjusting"]


def test_others_are_refused_and_it_is_written_down(district: District, project: str) -> None:
    for person in ("bai", "xin"):
        with pytest.raises(Refused, match="申报单位经办"):
            district.cases.start_beside(district.people[person], project, "adjusting")
    # Another unit's clerk does not even learn that there is such a project.
    with pytest.raises(Missing):
        district.cases.start_beside(district.people["wei"], project, "adjusting")
    with district.database.read() as uow:
        refused = select(audit_entry.c.subject).where(audit_entry.c.action == "refused")
        assert list(uow.connection.scalars(refused)) == [f"project:{project}"] * 2
    assert started(district) == []


def test_only_what_is_meant_to_stand_beside_can_be_started(district: District, project: str) -> None:
    for process_id in ("building", "project-lifecycle", "no-such"):
        with pytest.raises(Missing):
            district.cases.start_beside(district.people["xue"], project, process_id)


def test_nothing_is_started_for_a_project_that_is_over(district: District) -> None:
    district.deploy(line("project-lifecycle", {"build": user("applicant")}), beside("adjusting", "applicant"))
    project, _ = district.register()
    district.complete("xue")
    assert labels(district, "xue", project) == []
    with pytest.raises(Conflict, match="不能再发起"):
        district.cases.start_beside(district.people["xue"], project, "adjusting")
