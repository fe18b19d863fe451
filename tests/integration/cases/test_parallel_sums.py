"""What is checked against the sums of a project holds although several people act at the same moment (3.3-6 3.2-16)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from app.features.payments import store as payments
from app.features.projects import store as projects
from app.kernel.errors import Invalid
from tests.support.district import District
from tests.support.drawing import drawing, end, start, user

ROOT = Path(__file__).parents[3]
REQUEST = {
    "payment_kind": "progress",
    "payment_amount": 15,
    "payment_account": "枣庄智云科技有限公司",
    "payment_grounds": "按合同约定支付进度款。",
    "payment_request_file": [{"id": "invoice", "name": "发票.pdf", "size": 3}],
}


@pytest.fixture
def project(district: District) -> str:
    """A project that is being built: 80 approved, 80 contracted, nothing paid."""
    district.calendar.seed()
    district.definitions.deploy_directories(ROOT / "processes", ROOT / "forms")
    project_id, _ = district.register()
    with district.database.write() as uow:
        sums = {"estimate": Decimal(80), "approved": Decimal(80), "contract": Decimal(80)}
        projects.change(uow, project_id, {"stage": "实施", **sums})
    return project_id


def complete(district: District, person: str, case_id: str, **answers: object) -> None:
    """Complete a person's one open task of a case."""
    (task,) = [task for task in district.tasks(person) if task.case_id == case_id]
    district.cases.complete_task(
        district.people[person], task.id, answers=answers, submission=answers, submission_key=f"key-{task.id}"
    )


def agreed(district: District, project: str) -> str:
    """A payment that has been asked for and agreed to; it waits to be registered."""
    case_id = district.cases.start_beside(district.people["xue"], project, "disbursement")
    complete(district, "xue", case_id, **REQUEST)
    complete(district, "cai", case_id, **REQUEST, payment_decision="approved")
    return case_id


def at_once(acts: list[Callable[[], None]]) -> int:
    """Do all of these in threads of their own; returns how many were refused."""
    together = threading.Barrier(len(acts))
    refused: list[Invalid] = []
    broken: list[BaseException] = []

    def run(act: Callable[[], None]) -> None:
        together.wait(timeout=30)
        try:
            act()
        except Invalid as no:
            refused.append(no)
        except BaseException as error:  # noqa: BLE001 - told by the thread that asserts
            broken.append(error)

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert broken == []
    return len(refused)


def registering(district: District, case_id: str) -> Callable[[], None]:
    return lambda: complete(district, "cai", case_id, payment_amount=15, payment_number=f"PZ-{case_id[-4:]}")


def test_payments_registered_at_once_never_exceed_what_may_be_paid(district: District, project: str) -> None:
    """Seven of 15 are agreed to; four fit into 64, the share of 80 that is payable before acceptance."""
    refused = at_once([registering(district, agreed(district, project)) for _ in range(7)])
    assert refused == 3
    with district.database.read() as uow:
        found = projects.by_id(uow, project)
        made = payments.payments_of(uow, [project])[project]
    assert found is not None
    assert found.paid == sum(payment.amount for payment in made) == Decimal(60)


def test_of_two_payments_that_together_exceed_it_exactly_one_is_made(district: District, project: str) -> None:
    with district.database.write() as uow:
        projects.change(uow, project, {"paid": Decimal(45)})
    assert at_once([registering(district, agreed(district, project)) for _ in range(2)]) == 1
    with district.database.read() as uow:
        assert projects.by_id(uow, project).paid == Decimal(60)


def test_a_contract_and_a_lowered_sum_are_never_both_accepted(district: District) -> None:
    """The contract takes all of 80 while the government lowers the approved sum to 60."""
    beside = {"asked": start({"starter": "data-bureau"}), "finish": end()}
    adjust = user("data-bureau", check="check-adjustment-approval")
    nodes = {"begin": start(), "sign": user("applicant", check="check-contract"), "finish": end()}
    district.deploy(
        drawing("project-lifecycle", nodes, ["begin -> sign", "sign -> finish"]),
        drawing("adjusting", {**beside, "adjust": adjust}, ["asked -> adjust", "adjust -> finish"]),
    )
    signed = {"contract_price": 80, "award_price": 80, "responsible_person": "王建国", "contract_number": "HT-1"}
    lowered = {"adjustment_decision": "approved", "adjusted_amount": 60, "adjusted_budget": 60}
    for number in range(5):
        project_id, lifecycle = district.register(f"项目{number}")
        with district.database.write() as uow:
            projects.change(uow, project_id, {"approved": Decimal(80)})
        adjusting = district.cases.start_beside(district.people["bai"], project_id, "adjusting")
        refused = at_once(
            [
                lambda case_id=lifecycle: complete(district, "xue", case_id, **signed),
                lambda case_id=adjusting: complete(district, "bai", case_id, **lowered),
            ]
        )
        assert refused == 1
        with district.database.read() as uow:
            found = projects.by_id(uow, project_id)
        assert (found.approved, found.contract) in {(Decimal(80), Decimal(80)), (Decimal(60), None)}
