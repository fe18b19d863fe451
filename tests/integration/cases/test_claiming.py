from __future__ import annotations

import threading

import pytest

from app.kernel.errors import Conflict, Invalid, Refused
from tests.support.district import District
from tests.support.drawing import line, user

REVIEW = line("review", {"review": user("data-bureau")})


def test_a_claimed_task_is_left_to_whoever_claimed_it(district: District) -> None:
    district.deploy(REVIEW)
    district.start("review")
    task = district.task("bai")
    claimed = district.cases.claim(district.people["bai"], task.id)
    assert (claimed.assignee_id, claimed.assignee_name) == ("bai", "bai")
    assert district.tasks("bao") == []
    assert [each.id for each in district.views.claimed_tasks(district.people["bai"]).tasks] == [task.id]
    with pytest.raises(Conflict, match="bai"):
        district.cases.claim(district.people["bao"], task.id)
    with pytest.raises(Conflict, match="bai"):
        district.cases.complete_task(district.people["bao"], task.id, answers={}, submission={}, submission_key="bao")
    district.complete("bai")


def test_claiming_again_changes_nothing(district: District) -> None:
    district.deploy(REVIEW)
    case_id = district.start("review")
    task = district.task("bai")
    district.cases.claim(district.people["bai"], task.id)
    district.cases.claim(district.people["bai"], task.id)
    timeline = district.views.case_view(district.people["bai"], case_id).timeline
    assert [entry.kind for entry in timeline].count("claimed") == 1


def test_of_two_who_claim_at_once_one_gets_it(district: District) -> None:
    district.deploy(REVIEW)
    district.start("review")
    task = district.task("bai")
    together = threading.Barrier(2)
    results: list[str] = []

    def claim(person: str) -> None:
        together.wait()
        try:
            district.cases.claim(district.people[person], task.id)
            results.append("claimed")
        except Conflict:
            results.append("conflict")

    threads = [threading.Thread(target=claim, args=(person,)) for person in ("bai", "bao")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["claimed", "conflict"]


def test_a_released_task_is_everybodys_again(district: District) -> None:
    district.deploy(REVIEW)
    district.start("review")
    task = district.task("bai")
    district.cases.claim(district.people["bai"], task.id)
    with pytest.raises(Refused):
        district.cases.release(district.people["bao"], task.id)
    district.cases.release(district.people["bai"], task.id)
    assert district.task("bao").id == task.id


def test_a_task_is_given_to_a_colleague_with_a_reason(district: District) -> None:
    district.deploy(REVIEW)
    case_id = district.start("review")
    task = district.task("bai")
    with pytest.raises(Refused):
        district.cases.reassign(district.people["bai"], task.id, user_id="bao")
    district.cases.claim(district.people["bai"], task.id)
    assert {person.user_id for person in district.views.colleagues(district.people["bai"], task.id)} == {"bao"}
    with pytest.raises(Invalid):
        district.cases.reassign(district.people["bai"], task.id, user_id="cai")
    district.cases.reassign(district.people["bai"], task.id, user_id="bao", reason="出差")
    assert district.tasks("bai") == []
    assert district.task("bao").assignee_name == "bao"
    note = district.views.case_view(district.people["bai"], case_id).timeline[-1]
    assert (note.kind, note.actor_name, note.note) == ("reassigned", "bai", "转由bao办理：出差")


@pytest.mark.parametrize("person", ["bei", "admin"])
def test_the_head_and_the_administrator_may_take_a_task_from_somebody(district: District, person: str) -> None:
    district.deploy(REVIEW)
    district.start("review")
    task = district.task("bai")
    district.cases.claim(district.people["bai"], task.id)
    page = district.views.task_for(district.people[person], task.id)
    assert (page.may_work, page.may_reassign) == (False, True)
    district.cases.reassign(district.people[person], task.id, user_id="bao")
    assert district.task("bao").id == task.id


def test_a_task_page_is_for_its_people_only(district: District) -> None:
    district.deploy(REVIEW)
    district.start("review")
    task = district.task("bai")
    page = district.views.task_for(district.people["bai"], task.id)
    assert (page.may_work, page.may_reassign, page.previous, page.submission) == (True, False, None, None)
    for person in ("cai", "xue", "wei"):
        with pytest.raises(Refused):
            district.views.task_for(district.people[person], task.id)
    district.complete("bai", verdict="同意")
    done = district.views.task_for(district.people["bai"], task.id)
    assert done.may_work is False
    assert done.submission is not None
    assert done.submission.data == {"verdict": "同意"}
