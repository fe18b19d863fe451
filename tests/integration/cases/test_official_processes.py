"""The first steps of the official processes, as far as they show how cases, projects and services work together."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from app.features.notifications.model import Message
from app.features.notifications.usecases import tell
from app.kernel.clock import ZONE, FrozenClock
from app.kernel.errors import Conflict, Invalid, Missing
from tests.support.district import PEOPLE, District, statements

ROOT = Path(__file__).parents[3]
SCOPE = {
    "budget_unit": "yes",
    "fiscal_funds": "yes",
    "nature": "engineering",
    "category": "software",
    "purchase_only": "no",
    "classified": "no",
    "superior_funded": "no",
    "negative_hit": "no",
    "negative_items": [],
    "estimate": 99.999999,
    "complex": "no",
}


@pytest.fixture(autouse=True)
def deployed(district: District) -> None:
    district.calendar.seed()
    district.definitions.deploy_directories(ROOT / "processes", ROOT / "forms")


def test_the_declared_scope_reaches_the_register_within_the_budget_of_statements(district: District) -> None:
    project_id, _ = district.register()
    task = district.task("xue")
    with statements(district.database) as sent:
        district.cases.complete_task(
            district.people["xue"], task.id, answers=SCOPE, submission=SCOPE, submission_key="scope"
        )
    assert sent.count("COMMIT") == 1
    # Eleven write or read the case and its drafts; this task also asks for the project and its unit's ledger (3.2-4).
    assert len(sent) - 1 <= 13
    project = district.projects.page(district.people["xue"], project_id).project
    assert (project.estimate, project.stage) == (Decimal("99.999999"), "申报")
    submit = district.task("xue")
    assert submit.due_at == datetime(2026, 11, 1, tzinfo=ZONE)
    # Reminders are of the table `reminders`, not of the diagram.
    assert submit.remind_at is None


def test_an_amount_that_nobody_can_mean_is_refused_at_its_field(district: District) -> None:
    district.register()
    for typed in ("999999999999999", 999999999999999, "100000000"):
        with pytest.raises(Invalid) as refused:
            district.complete("xue", key=f"typed-{typed!r}", **{**SCOPE, "estimate": typed})
        assert "金额过大" in refused.value.fields["estimate"]


def test_what_the_check_misses_is_told_by_field(district: District) -> None:
    district.register()
    district.complete("xue", **SCOPE)
    with pytest.raises(Invalid) as refused:
        district.complete("xue")
    assert {"letter_file", "form_file", "plan_file"} <= set(refused.value.fields)
    assert district.task("xue").name == "提交申报材料"


def test_after_the_last_day_only_the_other_ways_are_left(district: District, clock: FrozenClock) -> None:
    district.register()
    district.complete("xue", **SCOPE)
    clock.move_to(datetime(2026, 11, 1, tzinfo=ZONE))
    with pytest.raises(Conflict):
        district.complete("xue")
    assert district.task("xue").name == "选择后续途径"
    district.complete("xue", next_route="next_round")
    assert district.task("xue").due_at == datetime(2027, 11, 1, tzinfo=ZONE)


def tell_of(district: District, case_id: str, *people: str) -> None:
    with district.database.write() as uow:
        for person in people:
            org_id, role = PEOPLE[person]
            tell(uow, Message(f"reminder:{person}", role, org_id, "即将到期：申报立项（保密工程）", case_id=case_id))


def test_a_project_declared_classified_is_closed_to_everybody_else_at_once(district: District) -> None:
    project_id, case_id = district.register("保密工程")
    tell_of(district, case_id, "bei", "xin", "mi", "xiao")
    classified = {**SCOPE, "classified": "yes"}
    task = district.task("xiao")
    district.cases.complete_task(
        district.people["xiao"], task.id, answers=classified, submission=classified, submission_key="scope"
    )
    seeing = {person for person, identity in district.people.items() if district.projects.search(identity).projects}
    assert seeing == {"xue", "xiao", "cai", "mi"}
    with pytest.raises(Missing):
        district.views.case_view(district.people["bai"], case_id)
    # The messages of before name the project, so they are taken back from whoever may not know of it.
    told = {person for person, identity in district.people.items() if district.notifications.latest(identity)}
    assert told == {"mi", "xiao", "xue"}
    assert district.task("mi").name == "审查确认涉密项目"
    assert district.projects.page(district.people["mi"], project_id).project.confidential
