from __future__ import annotations

import threading

import pytest
from sqlalchemy import func, select

from app.features.audit import store as audit
from app.features.cases.model import Answers, OpenTask
from app.features.cases.tables import case, case_event, form_submission, user_task
from app.kernel.database import UnitOfWork
from app.kernel.errors import Conflict, Invalid, Refused
from tests.support.district import District, statements
from tests.support.drawing import drawing, end, fork, line, service, start, user

TWO_STEPS = line("two-steps", {"apply": user("applicant"), "approve": user("data-bureau")})


def test_a_completed_task_hands_the_case_to_the_next_person(district: District) -> None:
    district.deploy(TWO_STEPS)
    case_id = district.start("two-steps")
    done = district.complete("xue", amount=99.999999)
    assert done.case_id == case_id
    assert district.tasks("xue") == []
    assert district.task("bai").name == "approve 节点"
    assert district.task("bao").id == district.task("bai").id
    district.complete("bai")
    view = district.views.case_view(district.people["bai"], case_id)
    assert (view.case.status, view.case.rev, view.variables["amount"]) == ("completed", 3, 99.999999)
    assert view.case.ended_at is not None


def test_the_history_tells_who_did_what_and_when(district: District) -> None:
    district.deploy(TWO_STEPS)
    case_id = district.start("two-steps")
    done = district.complete("xue", amount=5)
    view = district.views.case_view(district.people["xue"], case_id)
    entry = next(each for each in view.timeline if each.element_id == "apply" and each.kind == "completed")
    assert (entry.actor_name, entry.actor_org, entry.submission_id) == ("xue", "区教育和体育局", done.submission_id)
    assert entry.changes == {"amount": 5}
    begun = next(each for each in view.timeline if each.element_id == "begin" and each.kind == "completed")
    assert begun.actor_name == "xue"
    assert [each.seq for each in view.timeline] == list(range(1, len(view.timeline) + 1))
    (diagram,) = view.diagrams
    assert (diagram.done, diagram.running, diagram.coming) == ({"begin", "apply"}, {"approve"}, {"finish"})
    assert diagram.flows == {"flow-1", "flow-2"}


def test_every_act_is_in_the_chain_whose_end_the_case_keeps(district: District) -> None:
    district.deploy(TWO_STEPS)
    case_id = district.start("two-steps")
    district.cases.claim(district.people["xue"], district.task("xue").id)
    district.complete("xue")
    head = district.views.case_view(district.people["xue"], case_id).case.head
    with district.database.read() as uow:
        entries = audit.entries(uow, f"case:{case_id}")
        assert audit.verify(uow, f"case:{case_id}", head) is None
    assert [entry.act.action for entry in entries] == ["start-case", "claimed-task", "complete-task"]
    assert entries[-1].act.actor.role == "applicant@school"


def test_a_completion_is_few_statements_and_one_commit(district: District) -> None:
    district.deploy(TWO_STEPS)
    district.start("two-steps")
    task = district.task("xue")
    with statements(district.database) as sent:
        district.cases.complete_task(
            district.people["xue"], task.id, answers={"a": 1}, submission={"a": 1}, submission_key="one"
        )
    assert sent.count("COMMIT") == 1
    assert len(sent) - 1 <= 9


def test_the_same_submission_twice_is_done_once(district: District) -> None:
    district.deploy(TWO_STEPS)
    district.start("two-steps")
    task = district.task("xue")
    act = {"answers": {}, "submission": {"n": 1}, "submission_key": "once"}
    first = district.cases.complete_task(district.people["xue"], task.id, **act)
    again = district.cases.complete_task(district.people["xue"], task.id, **act)
    assert (again.submission_id, again.repeated, first.repeated) == (first.submission_id, True, False)
    with district.database.read() as uow:
        assert uow.connection.scalar(select(func.count()).select_from(form_submission)) == 1


def test_another_submission_of_a_finished_task_is_told_who_was_quicker(district: District) -> None:
    district.deploy(line("bureau", {"review": user("data-bureau")}))
    district.start("bureau")
    task = district.task("bao")
    district.complete("bai")
    with pytest.raises(Conflict, match="bai"):
        district.cases.complete_task(district.people["bao"], task.id, answers={}, submission={}, submission_key="other")


def test_two_people_at_one_task_one_wins_and_nothing_is_lost(district: District) -> None:
    district.deploy(line("bureau", {"review": user("data-bureau"), "pay": user("finance")}))
    case_id = district.start("bureau")
    task = district.task("bai")
    together = threading.Barrier(2)
    outcomes: dict[str, object] = {}

    def complete(person: str) -> None:
        together.wait()
        try:
            outcomes[person] = district.cases.complete_task(
                district.people[person],
                task.id,
                answers={"by": person},
                submission={"by": person},
                submission_key=f"key-{person}",
            )
        except Conflict as conflict:
            outcomes[person] = conflict

    threads = [threading.Thread(target=complete, args=(person,)) for person in ("bai", "bao")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    losers = [person for person, outcome in outcomes.items() if isinstance(outcome, Conflict)]
    assert len(losers) == 1
    (winner,) = set(outcomes) - set(losers)
    view = district.views.case_view(district.people["bai"], case_id)
    assert view.variables["by"] == winner
    assert [submission.submitted_by for submission in view.submissions] == [winner]
    assert len(district.tasks("cai")) == 1


def test_only_the_role_at_the_organisation_may_complete_and_the_attempt_is_recorded(district: District) -> None:
    district.deploy(TWO_STEPS)
    district.start("two-steps")
    task = district.task("xue")
    for person in ("wei", "bai", "xin", "admin"):
        with pytest.raises(Refused):
            district.cases.complete_task(
                district.people[person], task.id, answers={}, submission={}, submission_key=f"key-{person}"
            )
    with district.database.read() as uow:
        refusals = [entry for entry in audit.entries(uow, "system") if entry.act.action == "refused"]
        assert uow.connection.scalar(select(user_task.c.status).where(user_task.c.id == task.id)) == "open"
    assert [entry.act.actor.name for entry in refusals] == ["wei", "bai", "xin", "admin"]


def test_a_check_refuses_answers_with_the_fields_at_fault(district: District) -> None:
    district.deploy(line("budget", {"enter": user("applicant", check="check-budget")}))
    case_id = district.start("budget")
    with pytest.raises(Invalid) as refused:
        district.complete("xue", budget_amount="not a number")
    assert refused.value.message
    view = district.views.case_view(district.people["xue"], case_id)
    assert (view.case.rev, view.submissions) == (1, ())


def test_what_goes_wrong_half_way_leaves_nothing(district: District) -> None:
    district.deploy(TWO_STEPS)
    case_id = district.start("two-steps")
    task = district.task("xue")

    def fill(uow: UnitOfWork, _task: OpenTask) -> Answers:
        uow.connection.execute(case.update().values(business_key="changed"))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        district.cases.complete_with(district.people["xue"], task.id, fill=fill, submission_key="bad")
    with district.database.read() as uow:
        assert uow.connection.scalar(select(case.c.business_key)) == "two-steps"
        assert uow.connection.scalar(select(func.count()).select_from(form_submission)) == 0
        seq = uow.connection.scalar(select(func.max(case_event.c.seq)).where(case_event.c.case_id == case_id))
    assert seq == district.views.case_view(district.people["xue"], case_id).case.event_seq


def test_fill_sees_the_task_and_its_variables(district: District) -> None:
    district.deploy(TWO_STEPS)
    district.start("two-steps", estimate=120)
    seen: list[OpenTask] = []

    def fill(_uow: UnitOfWork, task: OpenTask) -> Answers:
        seen.append(task)
        return Answers({"approved": 100}, {"approved": "100", "words": "同意"})

    task = district.task("xue")
    done = district.cases.complete_with(district.people["xue"], task.id, fill=fill, submission_key="good")
    assert seen[0].task.variables["estimate"] == 120
    kept = district.views.submission(district.people["xue"], done.submission_id)
    assert kept.data == {"approved": "100", "words": "同意"}
    assert kept.variables["estimate"] == 120


def test_parallel_tasks_wait_for_each_other(district: District) -> None:
    district.deploy(
        drawing(
            "both",
            {
                "begin": start(),
                "split": fork(),
                "one": user("data-bureau"),
                "two": user("finance"),
                "join": fork(),
                "finish": end(),
            },
            ["begin -> split", "split -> one", "split -> two", "one -> join", "two -> join", "join -> finish"],
        )
    )
    case_id = district.start("both")
    district.complete("bai", technical="同意")
    assert district.views.case_view(district.people["bai"], case_id).case.status == "running"
    district.complete("cai", funding="同意")
    view = district.views.case_view(district.people["bai"], case_id)
    assert view.case.status == "completed"
    assert view.variables == {"technical": "同意", "funding": "同意"}


def test_a_failing_service_becomes_an_incident_and_goes_on_after_a_retry(district: District) -> None:
    district.deploy(
        line(
            "procure",
            {
                "award": user("applicant"),
                "assign": service("assign-party", inputs={"org": "=contractor_org"}, role="contractor"),
                "build": user("contractor"),
            },
        )
    )
    case_id = district.start("procure")
    district.complete("xue", contractor_org="newcomer")
    (incident,) = district.views.incidents(district.people["admin"])
    assert (incident.case_id, incident.element_id, incident.kind) == (case_id, "assign", "failure")
    assert "newcomer" in incident.message
    with pytest.raises(Refused):
        district.cases.retry_incident(district.people["bai"], incident.id)

    district.cases.retry_incident(district.people["admin"], incident.id)
    (again,) = district.views.incidents(district.people["admin"])
    assert again.id != incident.id

    from app.features.identity import store as identity_store
    from app.features.identity.model import Organisation

    with district.database.write() as uow:
        identity_store.add_organisation(uow, Organisation("newcomer", "新来的公司", "新公司", "contractor"))
        identity_store.add_membership(uow, "jian", org_id="newcomer", role="contractor")
        jian = identity_store.identity(uow, "jian")
    assert jian is not None
    district.cases.retry_incident(district.people["admin"], again.id)
    assert district.views.incidents(district.people["admin"]) == []
    assert [task.name for task in district.views.open_tasks(jian).tasks] == ["build 节点"]
    with pytest.raises(Conflict):
        district.cases.retry_incident(district.people["admin"], again.id)


def test_a_task_whose_party_is_unknown_is_an_incident_until_somebody_names_it(district: District) -> None:
    district.deploy(line("build", {"build": user("contractor")}))
    case_id = district.start("build")
    (incident,) = district.views.incidents(district.people["admin"])
    assert incident.kind == "unassigned"
    assert "承建单位" in incident.message
    with pytest.raises(Conflict, match="承建单位"):
        district.cases.retry_incident(district.people["admin"], incident.id)
    assert district.tasks("jian") == []
    district.cases.assign_party(district.people["admin"], case_id, role="contractor", org_id="builder")
    assert district.views.incidents(district.people["admin"]) == []
    district.complete("jian")
    assert district.views.case_view(district.people["jian"], case_id).case.status == "completed"


def test_an_administrator_corrects_what_a_service_failed_on(district: District) -> None:
    assign = service("assign-party", inputs={"org": "=contractor_org"}, role="contractor")
    district.deploy(line("procure", {"assign": assign, "build": user("contractor")}))
    case_id = district.start("procure", contractor_org="nobody")
    (incident,) = district.views.incidents(district.people["admin"])
    admin = district.people["admin"]
    district.cases.retry_incident(admin, incident.id, corrections={"contractor_org": "builder"})
    assert district.task("jian").case_id == case_id
    with district.database.read() as uow:
        corrected = audit.entries(uow, f"case:{case_id}")[-1].act
    assert (corrected.action, corrected.details["corrections"]) == ("retry-incident", {"contractor_org": "builder"})


def test_one_submission_serves_one_task(district: District) -> None:
    district.deploy(TWO_STEPS)
    district.start("two-steps")
    district.start("two-steps")
    xue = district.people["xue"]
    first, second = (task.id for task in district.tasks("xue"))
    district.cases.complete_task(xue, first, answers={}, submission={}, submission_key="same")
    with pytest.raises(Conflict):
        district.cases.complete_task(xue, second, answers={}, submission={}, submission_key="same")
    assert district.task("xue").id == second
