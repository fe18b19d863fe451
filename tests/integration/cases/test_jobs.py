from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from app.features.cases.background import CaseWork
from app.features.jobs import store as jobs
from app.features.jobs.model import LEASE
from app.kernel.clock import FrozenClock
from tests.support.district import District
from tests.support.drawing import line, service, user

TELLING = line(
    "telling",
    {
        "tell": service("notify", template="acceptance-overdue", to="applicant applicant-lead data-bureau"),
        "after": user("applicant"),
    },
)


def open_jobs(district: District) -> int:
    with district.database.read() as uow:
        return uow.connection.scalar(select(func.count()).select_from(jobs.job)) or 0


def test_the_worker_tells_everybody_named_and_the_case_goes_on(district: District) -> None:
    district.deploy(TELLING)
    district.start("telling")
    assert district.tasks("xue") == []
    assert district.worker.run_once().jobs == 1
    for person in ("xue", "xiao", "xin", "bai", "bao"):
        (told,) = district.notifications.latest(district.people[person])
        assert told.title.startswith("验收逾期提醒")
        assert district.notifications.unread(district.people[person]) == 1
    assert district.notifications.latest(district.people["wei"]) == []
    assert district.task("xue").name == "after 节点"
    assert open_jobs(district) == 0
    assert district.worker.run_once().total == 0


def test_a_notice_that_is_not_told_what_it_says_is_an_incident_that_names_it(
    district: District, clock: FrozenClock
) -> None:
    tell = service("notify", retries=1, template="meeting-called", to="applicant")
    district.deploy(line("called", {"tell": tell}))
    district.start("called")
    assert district.worker.run_once().jobs == 1
    (incident,) = district.views.incidents(district.people["admin"])
    assert "meeting_on" in incident.message
    assert district.notifications.latest(district.people["xue"]) == []


def test_a_job_that_keeps_failing_ends_as_an_incident_and_can_be_retried(
    district: District, clock: FrozenClock
) -> None:
    district.deploy(line("wrong", {"tell": service("notify", retries=3, template="unknown", to="applicant")}))
    case_id = district.start("wrong")
    for _ in range(3):
        assert district.views.incidents(district.people["admin"]) == []
        assert district.worker.run_once().jobs == 1
        assert district.worker.run_once().jobs == 0
        clock.advance(timedelta(hours=1))
    (incident,) = district.views.incidents(district.people["admin"])
    assert "unknown" in incident.message
    assert district.worker.run_once().jobs == 0
    district.cases.retry_incident(district.people["admin"], incident.id)
    assert district.views.incidents(district.people["admin"]) == []
    assert open_jobs(district) == 1

    mended = CaseWork(
        district.database,
        district.cases._tools,
        handlers={"notify": lambda _uow, _job, _context: {"told": True}},
    )
    assert mended.do_one_job() is True
    view = district.views.case_view(district.people["xue"], case_id)
    assert (view.case.status, view.variables) == ("completed", {"told": True})


def test_the_result_of_a_worker_that_took_too_long_is_not_used(district: District, clock: FrozenClock) -> None:
    district.deploy(TELLING)
    district.start("telling")
    with district.database.write() as uow:
        slow = jobs.lease_due(uow)
    assert slow is not None
    assert district.worker.run_once().jobs == 0
    clock.advance(LEASE)
    assert district.worker.run_once().jobs == 1
    district.work._do(slow)
    assert len(district.notifications.latest(district.people["xue"])) == 1
    assert district.task("xue").name == "after 节点"


def test_a_worker_in_a_thread_works_and_stops(district: District) -> None:
    import time

    district.deploy(TELLING)
    district.start("telling")
    district.worker.start()
    try:
        for _ in range(200):
            if district.tasks("xue"):
                break
            time.sleep(0.02)
    finally:
        district.worker.stop()
    assert district.task("xue").name == "after 节点"
