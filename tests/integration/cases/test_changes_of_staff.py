"""Tasks of people who leave, and of an office whose duties go to another one."""

from __future__ import annotations

import pytest

from app.features.cases import staff
from app.features.identity import store as identity_store
from app.features.identity.administration import Administration
from app.features.identity.passwords import Passwords
from tests.support.district import District
from tests.support.drawing import line, user

REVIEW = line("review", {"review": user("data-bureau")})


@pytest.fixture
def administration(district: District) -> Administration:
    return Administration(district.database, Passwords(quick=True), tasks=staff)


def test_what_somebody_has_claimed_is_free_again_when_his_account_is_locked(
    district: District, administration: Administration
) -> None:
    district.deploy(REVIEW)
    district.start("review")
    district.cases.claim(district.people["bai"], district.task("bai").id)
    assert district.tasks("bao") == []
    administration.lock_user(None, "bai")
    assert district.task("bao").assignee_id is None
    district.complete("bao")


def test_only_the_claims_of_the_role_that_was_taken_end(district: District, administration: Administration) -> None:
    district.deploy(REVIEW, line("pay", {"pay": user("finance")}))
    administration.grant_role(None, "bai", org_id="treasury", role="finance")
    with district.database.read() as uow:
        bai = identity_store.identity(uow, "bai")
    assert bai is not None
    for process_id in ("review", "pay"):
        district.start(process_id)
    for task in district.views.open_tasks(bai).tasks:
        district.cases.claim(bai, task.id)
    administration.revoke_role(None, "bai", org_id="treasury", role="finance")
    assert district.task("cai").assignee_id is None
    assert district.tasks("bao") == []


def test_the_open_tasks_of_an_office_go_with_its_role(district: District, administration: Administration) -> None:
    district.deploy(REVIEW)
    case_id = district.start("review")
    district.cases.claim(district.people["bai"], district.task("bai").id)
    administration.assign_authority(None, "data-bureau", "treasury")
    administration.grant_role(None, "cai", org_id="treasury", role="data-bureau")
    with district.database.read() as uow:
        cai = identity_store.identity(uow, "cai")
    assert cai is not None
    (task,) = district.views.open_tasks(cai).tasks
    assert (task.case_id, task.assignee_id) == (case_id, None)
    with district.database.read() as uow:
        former = identity_store.identity(uow, "bai")
    assert former is not None
    assert former.memberships == ()
    district.cases.complete_task(cai, task.id, answers={}, submission={}, submission_key="cai")
    assert district.views.case_view(cai, case_id).case.status == "completed"
