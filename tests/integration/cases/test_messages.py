from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.features.cases.model import MESSAGE_TTL
from app.features.cases.tables import message_outbox
from app.features.definitions.model import BundleRefused
from app.kernel.clock import FrozenClock
from tests.support.district import District
from tests.support.drawing import catch, drawing, end, line, start, throw, user

WAITING = line("waiting", {"wait-for-plan": catch("plan-approved", "=code"), "after": user("applicant")})
SENDING = line(
    "sending",
    {
        "decide": user("data-bureau"),
        "tell": throw("plan-approved", "=code", inputs={"decided_on": "=decided_on"}),
    },
)


def status(district: District) -> list[str]:
    with district.database.read() as uow:
        return list(uow.connection.scalars(select(message_outbox.c.status)))


def test_a_message_goes_to_the_case_that_waits_for_it_and_to_no_other(district: District) -> None:
    district.deploy(WAITING, SENDING)
    first = district.start("waiting", code="YC-1")
    district.start("waiting", code="YC-2")
    district.start("sending", code="YC-1")
    district.complete("bai", decided_on="2026-03-02")
    assert district.worker.run_once().messages == 1
    assert district.task("xue").case_id == first
    assert status(district) == ["delivered"]
    assert district.worker.run_once().messages == 0
    assert district.views.case_view(district.people["xue"], first).variables["decided_on"] == "2026-03-02"


def test_an_early_message_is_kept_until_somebody_waits(district: District, clock: FrozenClock) -> None:
    district.deploy(WAITING)
    district.work.receive("plan-approved", correlation_key="YC-1", variables={"amount": 5})
    assert district.worker.run_once().messages == 0
    clock.advance(timedelta(days=3))
    case_id = district.start("waiting", code="YC-1")
    assert district.worker.run_once().messages == 1
    assert district.views.case_view(district.people["xue"], case_id).variables["amount"] == 5


def test_one_message_serves_one_case(district: District) -> None:
    district.deploy(WAITING)
    district.start("waiting", code="YC-1")
    district.start("waiting", code="YC-1")
    district.work.receive("plan-approved", correlation_key="YC-1", variables={})
    district.worker.run_once()
    assert len(district.tasks("xue")) == 1


def test_a_message_nobody_ever_waits_for_is_given_up(district: District, clock: FrozenClock) -> None:
    district.deploy(WAITING)
    district.work.receive("plan-approved", correlation_key="YC-1", variables={})
    clock.advance(MESSAGE_TTL)
    district.worker.run_once()
    assert status(district) == ["expired"]
    district.start("waiting", code="YC-1")
    assert district.worker.run_once().messages == 0


def test_what_is_only_for_who_waits_now_is_sent_to_nobody_else(district: District) -> None:
    telling = line("telling", {"decide": user("data-bureau"), "tell": throw("plan-approved", "=code", keep="no")})
    district.deploy(WAITING, telling)
    district.start("telling", code="YC-1")
    district.complete("bai")
    assert status(district) == []
    case_id = district.start("waiting", code="YC-1")
    assert district.worker.run_once().messages == 0
    district.start("telling", code="YC-1")
    district.complete("bai")
    assert district.worker.run_once().messages == 1
    assert district.task("xue").case_id == case_id


def test_a_diagram_keeps_its_messages_or_says_no(district: District) -> None:
    telling = line("telling", {"tell": throw("plan-approved", "=code", keep="P1D")})
    with pytest.raises(BundleRefused) as refused:
        district.deploy(telling)
    assert [finding.message for finding in refused.value.findings if "keep" in finding.message]


def test_a_message_start_begins_a_case(district: District) -> None:
    district.deploy(
        drawing(
            "cloud-change",
            {"asked": start(message="change-asked"), "handle": user("data-bureau"), "finish": end()},
            ["asked -> handle", "handle -> finish"],
        )
    )
    district.work.receive("change-asked", correlation_key="YC-9", variables={"what": "扩容"})
    assert district.worker.run_once().messages == 1
    assert district.worker.run_once().messages == 0
    task = district.task("bai")
    view = district.views.case_view(district.people["bai"], task.case_id)
    assert (view.case.business_key, view.case.started_by_name, view.variables) == ("YC-9", "系统", {"what": "扩容"})


def test_several_workers_deliver_each_message_once(district: District) -> None:
    district.deploy(WAITING)
    for number in range(4):
        district.start("waiting", code=f"YC-{number}")
        district.work.receive("plan-approved", correlation_key=f"YC-{number}", variables={"number": number})
    threads = [threading.Thread(target=district.worker.run_once) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    district.worker.run_once()
    assert len(district.tasks("xue")) == 4
    assert status(district) == ["delivered"] * 4
