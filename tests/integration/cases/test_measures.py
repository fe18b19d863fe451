from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.features.audit.store import audit_entry
from app.features.cases.held import Held
from app.features.cases.tables import case
from app.features.definitions.model import BundleRefused
from app.features.measures import store
from app.kernel.clock import FrozenClock
from tests.support.district import District
from tests.support.drawing import drawing, end, line, service, start, user

LIFE = line(
    "project-lifecycle",
    {"build": user("applicant", **{"held-by": "work acceptance"}), "pay": user("finance", **{"held-by": "payment"})},
)
WHY = "区政府批准暂停项目建设"


def measure(process_id: str, task_type: str, **headers: str):
    """A process beside the project that does nothing but this."""
    nodes = {
        "asked": start({"starter": "data-bureau", "starter-several": "yes"}),
        "act": service(task_type, clause="3.3-11", reason=WHY, **headers),
        "finish": end(),
    }
    return drawing(process_id, nodes, ["asked -> act", "act -> finish"])


@pytest.fixture
def project(district: District) -> str:
    district.deploy(
        LIFE,
        measure("suspending", "impose-measure", kind="work"),
        measure("holding", "impose-measure", kind="payment"),
        measure("resuming", "lift-measure", kind="work payment"),
        measure("resuming-own", "lift-measure", kind="work", own="yes"),
    )
    return district.register()[0]


def order(district: District, project: str, process_id: str) -> str:
    return district.cases.start_beside(district.people["bai"], project, process_id)


def refusals(district: District) -> list[tuple[str, str]]:
    with district.database.read() as uow:
        query = select(audit_entry.c.actor_name, audit_entry.c.details).where(audit_entry.c.action == "held")
        return [(row.actor_name, row.details["why"]) for row in uow.connection.execute(query)]


def test_a_task_cannot_be_done_while_its_measure_stands_and_the_attempt_is_on_record(
    district: District, project: str
) -> None:
    order(district, project, "suspending")
    with pytest.raises(Held, match=f"暂停建设：{WHY}。.*区政府批准后解除。（3.3-11）") as refused:
        district.complete("xue", built="yes")
    assert refused.value.status == 409
    assert refusals(district) == [("xue", refused.value.message)]
    (task,) = district.views.open_tasks(district.people["xue"]).tasks
    (held,) = district.views.task_for(district.people["xue"], task.id).held
    assert (held.kind, held.by_name, held.stands) == ("work", "bai", True)
    assert district.views.open_tasks(district.people["xue"]).measures == {project: (held,)}


def test_after_it_was_lifted_work_goes_on_and_the_measure_is_history(district: District, project: str) -> None:
    order(district, project, "suspending")
    order(district, project, "resuming")
    district.complete("xue", built="yes")
    assert district.views.open_tasks(district.people["cai"]).measures == {}
    (measure,) = district.views.measures(district.people["xue"], project)
    assert (measure.stands, measure.lifted_by, measure.lifted_why) == (False, "bai", WHY)


def test_a_measure_holds_only_what_the_diagram_says(district: District, project: str) -> None:
    order(district, project, "holding")
    district.complete("xue", built="yes")
    with pytest.raises(Held, match="暂缓拨付"):
        district.complete("cai", paid="yes")


def test_each_stands_until_it_is_lifted_itself(district: District, project: str) -> None:
    first = order(district, project, "suspending")
    order(district, project, "suspending")
    order(district, project, "resuming-own")
    with district.database.read() as uow:
        standing = store.standing_of(uow, [project])[project]
    assert len(standing) == 2
    assert standing[0].case_id == first
    order(district, project, "resuming")
    district.complete("xue", built="yes")


def test_a_case_that_cannot_be_ended_does_not_keep_the_others_from_it(district: District, clock: FrozenClock) -> None:
    nodes = {"begin": start(), "build": user("applicant"), "finish": end(outcome="terminated")}
    asking = {"asked": start({"starter": "data-bureau", "starter-several": "yes"}), "ask": user("data-bureau")}
    district.deploy(
        drawing("project-lifecycle", nodes, ["begin -> build", "build -> finish"]),
        drawing("asking", asking | {"finish": end()}, ["asked -> ask", "ask -> finish"]),
    )
    project_id, _ = district.register()
    broken, sound = (order(district, project_id, "asking") for _ in range(2))
    district.complete("xue")
    with district.database.write() as uow:
        of_broken = case.c.id == broken
        state = uow.connection.scalar(select(case.c.state).where(of_broken))
        uow.connection.execute(update(case).where(of_broken).values(state=b"spoiled"))
    district.worker.run_once()
    assert status_of(district, sound) == "cancelled"
    assert status_of(district, broken) == "running"
    # It rests, and is tried again in case somebody has mended what was wrong.
    assert district.worker.run_once().total == 0
    with district.database.write() as uow:
        uow.connection.execute(update(case).where(of_broken).values(state=state))
    clock.advance(timedelta(hours=1))
    assert district.worker.run_once().endings == 1
    assert status_of(district, broken) == "cancelled"


def status_of(district: District, case_id: str) -> str:
    with district.database.read() as uow:
        return uow.connection.scalar(select(case.c.status).where(case.c.id == case_id))


def test_what_goes_on_beside_a_terminated_project_ends_with_it(district: District) -> None:
    nodes = {"begin": start(), "build": user("applicant"), "finish": end(outcome="terminated")}
    asking = {"asked": start({"starter": "data-bureau"}), "ask": user("data-bureau"), "finish": end()}
    district.deploy(
        drawing("project-lifecycle", nodes, ["begin -> build", "build -> finish"]),
        drawing("asking", asking, ["asked -> ask", "ask -> finish"]),
    )
    ended, going_on = district.register()[0], district.register("另一个项目")[0]
    case_id = order(district, ended, "asking")
    order(district, going_on, "asking")
    (build,) = [task for task in district.tasks("xue") if task.project_id == ended]
    district.cases.complete_task(
        district.people["xue"], build.id, answers={}, submission={}, submission_key="terminated"
    )
    assert district.worker.run_once().endings == 1
    assert district.views.case_view(district.people["bai"], case_id).case.status == "cancelled"
    assert [task.project_id for task in district.tasks("bai")] == [going_on]
    assert district.worker.run_once().total == 0


def test_a_diagram_cannot_name_a_measure_that_does_not_exist(district: District) -> None:
    unknown = line("unknown", {"ask": user("applicant", **{"held-by": "weather"})})
    misplaced = drawing("misplaced", {"begin": start({"held-by": "work"}), "finish": end()}, ["begin -> finish"])
    with pytest.raises(BundleRefused) as refused:
        district.deploy(unknown, misplaced)
    said = "\n".join(finding.message for finding in refused.value.findings)
    assert "没有“weather”这种措施" in said
    assert "只有用户任务会被处置措施挡住" in said
