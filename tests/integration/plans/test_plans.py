"""Projects and annual plans with one another: joining, batches, what each learns, and who may see what (3.2-11)."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, update

from app.features.cases.model import BY_SYSTEM
from app.features.cases.tables import message_outbox
from app.features.identity.model import Identity, Membership
from app.features.plans import store
from app.features.plans.model import PlanPage
from app.features.plans.usecases import Plans
from app.features.projects import store as projects
from app.features.projects.store import project
from app.kernel.clock import FrozenClock
from app.kernel.errors import Invalid, Missing, Refused
from tests.support.district import District
from tests.support.drawing import catch, choice, drawing, end, line, service, start, user

LIFE = line(
    "project-lifecycle",
    {
        "approve": user("data-bureau", check="check-opinion"),
        "join": service("join-plan"),
        "issued": catch("plan-decided", "=project_code"),
        "told": user("applicant"),
    },
)
PLAN = drawing(
    "annual-plan",
    {
        "begun": start(message="plan-opened"),
        "merge": choice(default="open"),
        "open": service("open-plan"),
        "compile": user("data-bureau", due="2026-03-03T00:00:00+08:00", check="check-annual-plan"),
        "decide": user("finance", check="check-annual-plan-decision"),
        "decided": choice(default="publish"),
        "publish": service("publish-plan"),
        "over": end(),
    },
    [
        "begun -> merge",
        "merge -> open",
        "open -> compile",
        "compile -> decide",
        "decide -> decided",
        'decided -> merge: =annual_plan_decision = "returned"',
        "decided -> publish",
        "publish -> over",
    ],
)
AUDITOR = Identity("audit", "audit", "审计", (Membership("audit-office", "区审计局", "audit"),))
FIRST = "PLAN-2027-1"
SECOND = "PLAN-2027-2"


class Round:
    """A round of projects in a district."""

    def __init__(self, district: District) -> None:
        self.district = district
        self.plans = Plans(district.database)
        self._keys = (f"key-{number}" for number in itertools.count())
        self._codes: dict[str, str] = {}
        self.ids: dict[str, str] = {}
        district.deploy(LIFE, PLAN)

    def approved(self, name: str, amount: str = "80") -> str:
        """Register a project of the school and let it pass its review; returns its code."""
        project_id, _ = self.district.register(name)
        with self.district.database.read() as uow:
            code = uow.connection.scalar(select(project.c.code).where(project.c.id == project_id)) or ""
        self.ids[code] = project_id
        self.do("bai", "approve", review_conclusion="pass", approved_amount=amount)
        self.district.worker.run_once()
        return code

    def do(self, person: str, element: str, **answers: Any) -> None:
        """Complete the oldest open task of an element."""
        found = [task for task in self.district.tasks(person) if task.name.startswith(f"{element} ")]
        task = min(found, key=lambda each: each.created_at)
        self.district.cases.complete_task(
            self.district.people[person], task.id, answers=answers, submission=answers, submission_key=next(self._keys)
        )

    def draft(self, *rows: dict[str, Any]) -> None:
        self.do("bai", "compile", plan_rows=list(rows))

    def decide(self, *rows: dict[str, Any], decision: str = "approved") -> None:
        self.do("cai", "decide", annual_plan_decision=decision, plan_rows=list(rows))
        self.district.worker.run_once()

    def page(self, person: str | Identity, plan_id: str = FIRST) -> PlanPage:
        who = person if isinstance(person, Identity) else self.district.people[person]
        return self.plans.page(who, plan_id)

    def told(self) -> dict[str, dict[str, Any]]:
        with self.district.database.read() as uow:
            query = select(message_outbox).where(message_outbox.c.name == "plan-decided")
            return {row.correlation_key: row.variables for row in uow.connection.execute(query)}


def included(code: str, rank: int, amount: str = "80", reason: str = "") -> dict[str, Any]:
    return {"project_code": code, "decision": "include", "rank": str(rank), "amount": amount, "reason": reason}


def left_out(code: str) -> dict[str, Any]:
    return {"project_code": code, "decision": "cut", "reason": "可由市平台承担"}


def kept(code: str) -> dict[str, Any]:
    return {"project_code": code, "keep": "keep"}


def struck(code: str) -> dict[str, Any]:
    return {"project_code": code, "keep": "strike", "strike_reason": "财力不足"}


@pytest.fixture
def plans(district: District) -> Round:
    return Round(district)


def test_the_first_candidate_begins_the_plan_and_the_next_one_joins_it(plans: Round) -> None:
    a, b = plans.approved("甲"), plans.approved("乙")
    page = plans.page("bai")
    assert [line.project_code for line in page.lines] == [a, b]
    assert [task.business_key for task in plans.district.tasks("bai")] == [FIRST]
    assert page.plan.case_id == plans.district.tasks("bai")[0].case_id


def test_each_project_learns_what_was_decided_of_it(plans: Round) -> None:
    a, b, c = plans.approved("甲"), plans.approved("乙", "70.123456"), plans.approved("丙")
    plans.draft(included(a, 2), included(b, 1, "60.5", "核减"), left_out(c))
    plans.decide(struck(a), kept(b))
    told = plans.told()
    assert {code: said["plan_decision"] for code, said in told.items()} == {a: "dropped", b: "approved", c: "dropped"}
    assert (told[b]["plan_amount"], told[b]["plan_rank"], told[b]["plan_reason"]) == (60.5, 1, "核减")
    assert (told[a]["plan_amount"], told[a]["plan_reason"]) == (None, "财力不足")
    assert len(plans.district.tasks("xue")) == 3
    page = plans.page("bai")
    assert page.plan.status == "issued"
    assert page.lines[0].project_code == b
    assert (page.approved_total, page.planned_total) == (Decimal("70.123456"), Decimal("60.5"))
    assert [line.decision_label for line in page.lines if line.project_code == a] == ["审定删去"]


def test_who_changed_what_stays_on_record(plans: Round) -> None:
    a, b = plans.approved("甲"), plans.approved("乙")
    plans.draft(included(a, 1), included(b, 2))
    plans.decide(kept(a), kept(b), decision="returned")
    plans.draft(included(a, 1), included(b, 2, "75", "压减"))
    plans.decide(struck(a), kept(b))
    changes = [
        (each.project_name, each.by_name, each.amount, each.decision_label) for each in plans.page("bai").changes
    ]
    assert changes == [
        ("甲", "cai", None, "审定删去"),
        ("乙", "bai", Decimal(75), "列入"),
        *sorted([("甲", "bai", Decimal(80), "列入"), ("乙", "bai", Decimal(80), "列入")], key=changes.index),
    ]


def test_whoever_comes_after_the_draft_joins_a_second_batch(plans: Round) -> None:
    a = plans.approved("甲")
    plans.draft(included(a, 1))
    b = plans.approved("乙")
    assert [line.project_code for line in plans.page("bai", SECOND).lines] == [b]
    plans.decide(kept(a))
    assert plans.told().keys() == {a}
    assert plans.page("bai", SECOND).plan.status == "drafting"


def test_a_plan_that_was_returned_takes_in_candidates_again(plans: Round) -> None:
    a = plans.approved("甲")
    plans.draft(included(a, 1))
    plans.decide(kept(a), decision="returned")
    b = plans.approved("乙")
    assert [line.project_code for line in plans.page("bai").lines] == [a, b]
    with pytest.raises(Invalid, match="应当决定一次"):
        plans.draft(included(a, 1))


def test_a_project_that_has_left_is_not_decided_on_any_more(plans: Round) -> None:
    a, b = plans.approved("甲"), plans.approved("乙")
    plans.draft(included(a, 1), included(b, 2))
    with plans.district.database.write() as uow:
        uow.connection.execute(update(project).where(project.c.code == a).values(status="withdrawn"))
    plans.decide(kept(b))
    assert plans.told().keys() == {b}
    assert [line.status_label for line in plans.page("bai").lines] == ["已退出", "办理中"]


def test_a_refused_draft_leaves_the_plan_as_it_was(plans: Round) -> None:
    a = plans.approved("甲")
    with pytest.raises(Invalid) as refused:
        plans.draft(included(a, 1, "80.000001"))
    assert "超出0.000001万元" in refused.value.fields["plan_rows-0-amount"]
    page = plans.page("bai")
    assert page.plan.status == "drafting"
    assert [line.decision for line in page.lines] == [None]
    assert page.changes == ()


def test_nobody_else_can_draft_or_decide(plans: Round) -> None:
    a = plans.approved("甲")
    task = plans.district.tasks("bai")[0]
    rows = {"plan_rows": [included(a, 1)]}
    for person in ("cai", "xue", "jian", "admin"):
        with pytest.raises(Refused):
            plans.district.cases.complete_task(
                plans.district.people[person], task.id, answers={}, submission=rows, submission_key=person
            )
    assert plans.page("bai").plan.status == "drafting"


def test_an_applicant_reads_the_lines_of_its_own_projects_once_they_are_decided(plans: Round) -> None:
    a = plans.approved("甲")
    plans.draft(included(a, 1))
    (draft,) = plans.page("xue").lines
    assert (draft.decision, draft.rank, draft.amount) == (None, None, None)
    assert plans.page("xue").planned_total == 0
    with pytest.raises(Missing):
        plans.page("wei")
    plans.decide(kept(a))
    page = plans.page("xue")
    assert (page.whole, page.changes) == (False, ())
    assert [(line.rank, line.amount) for line in page.lines] == [(1, Decimal(80))]
    assert plans.plans.overview(plans.district.people["wei"]) == ()


def test_the_bureaus_and_the_auditors_read_all_and_others_nothing(plans: Round) -> None:
    plans.approved("甲")
    for person in ("bai", "bei", "cai", "admin", AUDITOR):
        assert len(plans.page(person).lines) == 1
    for person in ("jiao", "jian", "owner", "mi"):
        with pytest.raises(Refused):
            plans.page(person)
        with pytest.raises(Refused):
            plans.plans.overview(plans.district.people[person])


def test_a_project_that_became_confidential_is_in_no_line_and_in_no_sum(plans: Round) -> None:
    a, b = plans.approved("甲"), plans.approved("乙", "70")
    plans.draft(included(a, 1), included(b, 2, "70"))
    with plans.district.database.write() as uow:
        uow.connection.execute(update(project).where(project.c.code == a).values(confidential=True))
    page = plans.page("bai")
    assert [line.project_code for line in page.lines] == [b]
    assert page.planned_total == 70
    assert [change.project_name for change in page.changes] == ["乙"]
    (summary,) = plans.plans.overview(plans.district.people["bai"])
    assert (summary.projects, summary.amount) == (1, Decimal(70))


def test_the_case_of_a_plan_is_seen_by_those_who_read_all_plans(plans: Round) -> None:
    plans.approved("甲")
    case_id = plans.page("bai").plan.case_id or ""
    for person in (plans.district.people["bai"], plans.district.people["cai"], AUDITOR):
        assert plans.district.views.case_view(person, case_id).case.business_key == FIRST
    for account in ("xue", "jian", "jiao", "owner", "mi"):
        with pytest.raises(Missing):
            plans.district.views.case_view(plans.district.people[account], case_id)


def test_an_amount_that_was_adjusted_after_the_plan_stands_beside_it(plans: Round) -> None:
    a = plans.approved("甲")
    plans.draft(included(a, 1))
    assert plans.page("bai").lines[0].adjusted is None
    plans.decide(kept(a))
    assert plans.page("bai").lines[0].adjusted is None
    plans.district.deploy(
        LIFE, PLAN, line("adjust", {"adjust": user("data-bureau", check="check-adjustment-approval")})
    )
    with plans.district.database.write() as uow:
        of = projects.by_id(uow, plans.ids[a])
        plans.district.cases.start_in(
            uow,
            "adjust",
            variables={},
            by=BY_SYSTEM,
            business_key=a,
            project=of,
        )
    plans.do("bai", "adjust", adjustment_decision="approved", adjusted_amount="85", adjusted_budget="82")
    (found,) = plans.page("bai").lines
    assert (found.approved, found.amount, found.adjusted, found.budget) == (
        Decimal(80),
        Decimal(80),
        Decimal(85),
        Decimal(82),
    )


def test_a_plan_that_is_late_is_told_to_the_head_of_the_bureau(plans: Round, clock: FrozenClock) -> None:
    plans.approved("甲")
    clock.advance(timedelta(days=1))
    plans.district.worker.run_once()
    for person in ("bai", "bei"):
        titles = [each.title for each in plans.district.notifications.latest(plans.district.people[person])]
        assert titles == [f"已逾期：compile 节点（{FIRST}）"]


def test_joining_twice_changes_nothing(plans: Round) -> None:
    a = plans.approved("甲")
    with plans.district.database.write() as uow:
        known = projects.by_id(uow, plans.ids[a])
        assert known is not None
        assert store.join(uow, known, round_year=2027) is None
    assert len(plans.page("bai").lines) == 1


def test_projects_that_are_approved_at_once_stand_in_one_plan(plans: Round) -> None:
    district = plans.district
    for name in ("甲", "乙", "丙"):
        district.register(name)
    tasks = district.tasks("bai")
    answers = {"review_conclusion": "pass", "approved_amount": "80"}

    def approve(task_id: str) -> None:
        district.cases.complete_task(
            district.people["bai"], task_id, answers=answers, submission=answers, submission_key=task_id
        )

    with ThreadPoolExecutor(len(tasks)) as threads:
        list(threads.map(approve, [task.id for task in tasks]))
    district.worker.run_once()
    assert [plan.plan.id for plan in plans.plans.overview(district.people["bai"])] == [FIRST]
    assert len(plans.page("bai").lines) == 3


def test_whoever_is_approved_while_the_draft_is_submitted_is_in_it_or_in_the_next(plans: Round) -> None:
    a = plans.approved("甲")
    district = plans.district
    district.register("乙")
    compiling, approving = (
        next(task.id for task in district.tasks("bai") if task.name.startswith(name)) for name in ("compile", "approve")
    )
    said = {
        compiling: {"plan_rows": [included(a, 1)]},
        approving: {"review_conclusion": "pass", "approved_amount": "70"},
    }

    def complete(task_id: str) -> str:
        try:
            district.cases.complete_task(
                district.people["bai"], task_id, answers={}, submission=said[task_id], submission_key=task_id
            )
        except Invalid as refused:
            return refused.message
        return ""

    with ThreadPoolExecutor(2) as threads:
        refused = next(threads.map(complete, (compiling, approving)))
    district.worker.run_once()
    second = [summary.projects for summary in plans.plans.overview(district.people["bai"])]
    assert (second == [2]) if "应当决定一次" in refused else (second == [1, 1])
