"""What was built is run, and what running it costs is applied for as a project of its own (3.5-1 3.5-2)."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from app.engine.model import Resource
from app.features.cases.model import CaseSummary
from app.features.projects import store
from app.features.projects.model import Project
from app.kernel.errors import Conflict, Missing, Refused
from tests.support.district import District
from tests.support.drawing import Node, call, drawing, end, line, service, start, user

LIFE = drawing(
    "project-lifecycle",
    {
        "registered": start(),
        "building": call("building", stage="竣工验收"),
        "begin-operation": service("start-process", process="operation", takes="built_with"),
        "judging": call("judging", stage="绩效评估"),
        "archived": end(outcome="finished"),
    },
    ["registered -> building", "building -> begin-operation", "begin-operation -> judging", "judging -> archived"],
)
PHASES = (line("building", {"build": user("applicant")}), line("judging", {"judge": user("data-bureau")}))


def operating(last: Mapping[str, Node]) -> Resource:
    return line("operation", {"choose": user("applicant"), **last})


PAYING = operating({"maintain": service("register-maintenance")})


@pytest.fixture
def project(district: District) -> str:
    district.deploy(LIFE, *PHASES, PAYING)
    project, _ = district.register()
    return project


def done(district: District, person: str, name: str, **answers: object) -> None:
    (task,) = [task for task in district.tasks(person) if task.name.startswith(name)]
    district.cases.complete_task(
        district.people[person], task.id, answers=answers, submission=answers, submission_key=f"{name} of {task.id}"
    )


def cases(district: District, project: str) -> dict[str, CaseSummary]:
    return {each.process_id: each for each in district.views.cases_of_project(district.people["xue"], project)}


def shown(district: District, person: str, project: str) -> list[Project]:
    return list(district.projects.page(district.people[person], project).related)


def test_operation_begins_with_acceptance_and_outlives_the_life_cycle(district: District, project: str) -> None:
    assert cases(district, project).keys() == {"project-lifecycle"}
    done(district, "xue", "build", built_with="雪亮")
    begun = cases(district, project)
    assert begun.keys() == {"project-lifecycle", "operation"}
    known = district.views.case_view(district.people["xue"], begun["operation"].id).variables
    assert (known["built_with"], known["project_stage"]) == ("雪亮", "绩效评估")
    done(district, "bai", "judge")
    after = cases(district, project)
    assert {name: each.status for name, each in after.items()} == {
        "project-lifecycle": "completed",
        "operation": "running",
    }
    assert district.projects.page(district.people["xue"], project).project.status == "finished"


def test_operation_goes_by_the_definitions_that_the_project_began_under(district: District, project: str) -> None:
    """A bundle deployed meanwhile changes nothing for what is running, and for what comes of it (4-5)."""
    district.deploy(LIFE, *PHASES, operating({"another": user("finance")}))
    done(district, "xue", "build")
    begun = cases(district, project)
    bundles = {district.views.case_view(district.people["xue"], each.id).case.bundle_key for each in begun.values()}
    assert len(bundles) == 1
    done(district, "xue", "choose")
    assert not [task for task in district.tasks("cai") if task.name.startswith("another")]


def test_applying_for_the_costs_enters_a_project_that_names_where_it_comes_from(
    district: District, project: str
) -> None:
    done(district, "xue", "build")
    done(district, "xue", "choose")
    (entered,) = shown(district, "xue", project)
    origin = district.projects.page(district.people["xue"], project).project
    assert entered.name == f"{origin.name}运行维护"
    assert entered.details["origin"] == origin.code
    assert [each.code for each in shown(district, "xue", entered.id)] == [origin.code]
    (lived,) = cases(district, entered.id).values()
    known = district.views.case_view(district.people["xue"], lived.id).variables
    assert {name: known[name] for name in ("nature", "category", "channel", "project_code")} == {
        "nature": "service",
        "category": "maintenance",
        "channel": "yearly",
        "project_code": entered.code,
    }
    assert lived.started_by_name == "xue"


def test_the_page_shows_no_relation_that_the_reader_may_not_know_of(district: District, project: str) -> None:
    done(district, "xue", "build")
    entered, _ = district.projects.register_maintenance(district.people["xue"], project)
    assert [each.code for each in shown(district, "bai", project)] == [entered.code]
    with district.database.write() as uow:
        store.change(uow, entered.id, {"confidential": True})
    assert shown(district, "bai", project) == []


def test_only_the_unit_applies_for_it_and_only_after_acceptance(district: District, project: str) -> None:
    with pytest.raises(Conflict, match="还没有通过竣工验收"):
        district.projects.register_maintenance(district.people["xue"], project)
    done(district, "xue", "build")
    with pytest.raises(Refused):
        district.projects.register_maintenance(district.people["bai"], project)
    with pytest.raises(Missing):
        district.projects.register_maintenance(district.people["wei"], project)
    first, _ = district.projects.register_maintenance(district.people["xue"], project)
    second, _ = district.projects.register_maintenance(district.people["xue"], project)
    assert [each.code for each in shown(district, "xue", project)] == [first.code, second.code]


def test_a_project_of_the_year_is_registered_for_the_running_year(district: District, project: str) -> None:
    added, case_id = district.projects.register(district.people["xue"], "school", name="年内追加项目", in_year=True)
    known = district.views.case_view(district.people["xue"], case_id).variables
    assert (known["channel"], known["round_year"]) == ("in_year", 2026)
    assert added.in_year
    assert added.code.startswith("YC2026-")
