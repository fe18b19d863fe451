"""Drafts live as long as somebody may come to submit them, and no longer (3.1-1)."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import select

from app.engine.model import Resource
from app.features.forms import store
from app.features.forms.store import form_draft
from app.kernel.clock import ZONE, FrozenClock
from tests.support.district import ANY_FORM_FILE, District
from tests.support.drawing import ANY_FORM, deadline, drawing, end, start, user

CLOSES = "2026-03-20T00:00:00+08:00"
# The round closes while people still write; who goes on comes to the same form in the next round.
ROUND = drawing(
    "round",
    {
        "begin": start(),
        "apply": user("applicant"),
        "closed": deadline("apply", CLOSES),
        "choose": user("data-bureau", form="choose"),
        "apply-again": user("applicant"),
        "finish": end(),
        "left": end(),
    },
    ["begin -> apply", "apply -> finish", "closed -> choose", "choose -> apply-again", "apply-again -> left"],
)


@pytest.fixture
def case_id(district: District) -> str:
    district.deploy(ROUND, Resource("choose.form", ANY_FORM_FILE.content.replace(ANY_FORM.encode(), b"choose")))
    return district.start("round")


def typed(district: District, person: str, task_id: str) -> None:
    with district.database.write() as uow:
        assert store.save(uow, {"remark": "写了一半"}, task_id=task_id, user_id=person, rev=1)


def drafts(district: District) -> set[tuple[str, str]]:
    with district.database.read() as uow:
        rows = uow.connection.execute(select(form_draft.c.task_id, form_draft.c.user_id))
        return {(row.task_id, row.user_id) for row in rows}


def test_a_submission_ends_the_drafts_of_everybody(district: District, case_id: str) -> None:
    task_id = district.task("xue").id
    typed(district, "xue", task_id)
    typed(district, "xiao", task_id)
    district.complete("xue")
    assert drafts(district) == set()


def test_a_draft_waits_for_the_next_round_and_ends_with_what_came_instead(
    district: District, case_id: str, clock: FrozenClock
) -> None:
    first = district.task("xue").id
    typed(district, "xiao", first)
    clock.move_to(datetime(2026, 3, 20, tzinfo=ZONE))
    district.worker.run_once()
    assert drafts(district) == {(first, "xiao")}
    district.complete("bai")
    again = district.task("xue").id
    assert again != first
    typed(district, "xue", again)
    assert drafts(district) == {(first, "xiao"), (again, "xue")}
    assert district.work.sweep_drafts() == 0
    district.complete("xue")
    assert drafts(district) == set()


def test_what_goes_on_beside_a_terminated_project_takes_its_drafts_along(district: District) -> None:
    nodes = {"begin": start(), "build": user("applicant"), "finish": end(outcome="terminated")}
    asking = {"asked": start({"starter": "data-bureau"}), "ask": user("data-bureau"), "finish": end()}
    district.deploy(
        drawing("project-lifecycle", nodes, ["begin -> build", "build -> finish"]),
        drawing("asking", asking, ["asked -> ask", "ask -> finish"]),
    )
    project_id, _ = district.register()
    district.cases.start_beside(district.people["bai"], project_id, "asking")
    typed(district, "bao", district.task("bai").id)
    district.complete("xue")
    district.worker.run_once()
    assert district.tasks("bai") == []
    assert drafts(district) == set()


def test_what_was_saved_as_the_task_ended_is_swept(district: District, case_id: str) -> None:
    task_id = district.task("xue").id
    district.complete("xue")
    typed(district, "xiao", task_id)
    assert district.work.sweep_drafts() == 1
    assert drafts(district) == set()
