from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.engine.model import PENDING, BpmnError, TaskNotWaiting
from tests.support.diagrams import (
    CLAUSE,
    attributes,
    diagram,
    end,
    event,
    gateway,
    line,
    mapping,
    node,
    process,
    script,
    simple,
    start,
    user,
)
from tests.support.linting import LEVEL
from tests.support.playing import Play


def service(id_, zeebe="", task_type="check"):
    described = f'<zeebe:taskDefinition type="{task_type}" retries="5"/>'
    headers = '<zeebe:taskHeaders><zeebe:header key="period" value="rectify"/></zeebe:taskHeaders>'
    return node("serviceTask", id_, "核对", zeebe=described + headers + CLAUSE + zeebe)


def schedule(due=None, remind=None):
    return f"<zeebe:taskSchedule{attributes(due_date=due, follow_up_date=remind)}/>"


def forked(*branches):
    """Each branch is one element; they run side by side."""
    ids = [branch.split('id="', 1)[1].split('"', 1)[0] for branch in branches]
    return process(
        start(),
        gateway("g1", "parallel", None),
        *branches,
        gateway("g2", "parallel", None),
        end(),
        line("start", "g1"),
        line("g2", "end"),
        *(line("g1", each, "g2") for each in ids),
    )


def test_a_user_task_says_all_about_itself(engine):
    zeebe = (
        '<zeebe:properties><zeebe:property name="clause" value="3.2-7 3.2-8"/>'
        '<zeebe:property name="check" value="materials"/></zeebe:properties>'
        '<zeebe:priorityDefinition priority="70"/>' + schedule("=deadline", "2027-03-05")
    )
    play = Play(engine, diagram(simple(user("a", "填报", zeebe=zeebe))), deadline="2027-03-11T00:00:00+08:00")
    task = play.task("a")
    assert (task.name, task.process_id, task.form_id, task.role, task.priority) == (
        "填报",
        "main",
        "form",
        "finance",
        70,
    )
    assert task.due_at == datetime(2027, 3, 10, 16, tzinfo=UTC)
    assert task.remind_at == datetime(2027, 3, 4, 16, tzinfo=UTC)
    assert task.clauses == ("3.2-7", "3.2-8")
    assert task.properties["check"] == "materials"
    assert task.variables == {"deadline": "2027-03-11T00:00:00+08:00"}


def test_a_due_date_without_a_time_of_day_ends_with_that_day(engine):
    play = Play(engine, diagram(simple(user("a", zeebe=CLAUSE + schedule('=date("2027-12-31")')))))
    assert play.task("a").due_at == datetime(2027, 12, 31, 16, tzinfo=UTC)


def test_a_task_without_a_deadline_has_none(engine):
    play = Play(engine, diagram(simple(user("a", zeebe=CLAUSE + schedule("=deadline")))), deadline=None)
    assert play.task("a").due_at is None


def test_a_deadline_that_cannot_be_evaluated_stops_this_task_alone(engine):
    model = forked(user("a", zeebe=CLAUSE + schedule("=deadline")), user("b"))
    play = Play(engine, diagram(model), deadline="bald")
    assert [failure.element_id for failure in play.step.failures] == ["a"]
    assert "不是有效的日期时间" in play.step.failures[0].message
    assert play.open == ["b"]
    play.complete("b")
    play.retry("a", deadline="2027-04-01")
    play.complete("a")
    assert play.step.status == "completed"


def test_what_a_person_submits_becomes_variables(engine):
    play = Play(engine, diagram(simple(user("a"), user("b"))), kept=1, changed=1)
    play.complete("a", changed=2, new=[1, {"x": None}])
    assert play.variables == {"kept": 1, "changed": 2, "new": [1, {"x": None}]}
    completed = next(each for each in play.events if (each.kind, each.element_id) == ("completed", "a"))
    assert completed.changes == {"changed": 2, "new": [1, {"x": None}]}
    assert completed.flow_id == "start-a"


def test_input_mappings_are_local_and_outputs_are_all_that_leaves(engine):
    io = mapping(("=answer + base", "total"), ("=answer", "detail.answer"), inputs=(("=amount * 2", "base"),))
    play = Play(engine, diagram(simple(user("a", zeebe=CLAUSE + io), user("b"))), amount=10, detail={"old": 1})
    assert play.task("a").variables == {"amount": 10, "detail": {"old": 1}, "base": 20}
    play.complete("a", answer=1, secret="x")
    assert play.variables == {"amount": 10, "total": 21, "detail": {"old": 1, "answer": 1}}


@pytest.mark.parametrize("wrong", ["0" * 32, "nonsense", ""])
def test_only_an_open_task_can_be_completed(engine, wrong):
    play = Play(engine, diagram(simple(user("a"), user("b"))))
    done = play.task("a").task_id
    play.complete("a")
    for task_id in (wrong, done):
        with pytest.raises(TaskNotWaiting):
            play.do(lambda instance, task_id=task_id: instance.complete(task_id, {}))


def test_a_service_is_called_with_its_inputs_and_headers(engine):
    calls = []

    def services(call):
        calls.append(call)
        return {"ok": True}

    io = mapping(("=ok", "passed"), inputs=(("=amount + 1", "sum"),))
    play = Play(engine, diagram(simple(service("s", io), service("t"))), services=services, amount=1)
    first, second = calls
    assert (first.type, first.headers, first.inputs) == ("check", {"period": "rectify"}, {"sum": 2})
    assert first.variables == {"amount": 1, "sum": 2}
    assert (first.element_id, first.process_id) == ("s", "main")
    assert second.inputs == {"amount": 1, "passed": True}
    assert play.variables == {"amount": 1, "passed": True, "ok": True}
    assert play.step.status == "completed"


def test_a_service_may_answer_later(engine):
    play = Play(engine, diagram(simple(service("s"))), services=lambda call: PENDING, amount=1)
    (job,) = play.step.jobs
    assert (job.type, job.retries, job.headers, job.inputs) == ("check", 5, {"period": "rectify"}, {"amount": 1})
    with pytest.raises(TaskNotWaiting):
        play.do(lambda instance: instance.complete(job.task_id, {}))
    play.do(lambda instance: instance.complete_job(job.task_id, {"result": 1}))
    assert (play.step.status, play.variables) == ("completed", {"amount": 1, "result": 1})


def test_a_job_that_is_given_up_can_be_retried(engine):
    play = Play(engine, diagram(simple(service("s"))), services=lambda call: PENDING)
    job = play.step.jobs[0]
    play.do(lambda instance: instance.fail_job(job.task_id, "邮件服务器不可用"))
    assert [(each.element_id, each.message) for each in play.step.failures] == [("s", "邮件服务器不可用")]
    assert play.step.jobs == ()
    play.retry("s")
    assert [each.task_id for each in play.step.jobs] == [job.task_id]


def test_a_failing_service_stops_its_branch_alone(engine):
    broken = [True]

    def services(call):
        if broken:
            raise RuntimeError("数据库不可用")
        return {"ok": 1}

    play = Play(engine, diagram(forked(service("s"), user("b"))), services=services)
    assert play.step.failures[0].message == "RuntimeError：数据库不可用"
    assert play.path("failed") == ["s"]
    play.complete("b")
    assert play.step.status == "running"
    play.retry("s")
    assert len(play.step.failures) == 1
    broken.clear()
    play.retry("s")
    assert play.step.status == "completed"


@pytest.mark.parametrize("answer", [{"amount": float("nan")}, {"x": object()}, None, 3])
def test_an_answer_that_is_no_data_is_a_failure(engine, answer):
    play = Play(engine, diagram(simple(service("s"))), services=lambda call: answer)
    assert [failure.element_id for failure in play.step.failures] == ["s"]


def test_a_business_error_goes_to_the_boundary_event(engine):
    def services(call):
        raise BpmnError("E1", "超过限额")

    caught = event(
        "boundaryEvent",
        "on",
        '<errorEventDefinition errorRef="err"/>',
        "出错",
        attached_to_ref="s",
    ).replace(">", f"><extensionElements>{mapping(('=errorMessage', 'reason'))}</extensionElements>", 1)
    error = node("error", "err", "出错", error_code="E1")
    model = process(
        start(), service("s"), caught, user("fix"), end(), line("start", "s", "end"), line("on", "fix", "end")
    )
    play = Play(engine, diagram(error, model), services=services)
    assert play.open == ["fix"]
    assert play.variables == {"reason": "超过限额"}

    uncaught = Play(engine, diagram(simple(service("s"))), services=services)
    assert uncaught.step.status == "running"
    assert "未被捕获" in uncaught.step.failures[0].message
    assert "超过限额" in uncaught.step.failures[0].message


def test_scripts_and_decisions_set_their_result(engine):
    rule = node(
        "businessRuleTask",
        "r",
        "判定",
        zeebe='<zeebe:calledDecision decisionId="level" resultVariable="level"/>' + CLAUSE,
    )
    play = Play(engine, diagram(simple(script("s", "=estimate + 1", "estimate"), rule)), LEVEL, estimate=99)
    assert play.step.status == "completed"
    assert play.variables == {"estimate": 100, "level": 2}


def test_a_script_that_reads_a_missing_variable_is_a_failure(engine):
    play = Play(engine, diagram(simple(script("s", "=amount + 1", "total"))))
    assert "amount" in play.step.failures[0].message
    play.retry("s", amount=1)
    assert play.variables == {"amount": 1, "total": 2}


def test_a_called_process_takes_all_variables_and_gives_all_back(engine):
    called = f"<zeebe:calledElement{attributes(process_id='inner')}/>"
    inner = process(start("is"), user("u"), end("ie"), line("is", "u", "ie"), id_="inner", name="内层")
    main = simple(node("callActivity", "call", "调用", zeebe=CLAUSE + called), user("after"))
    play = Play(engine, diagram(main, inner), kept=1, changed=1)
    assert play.task("u").variables == {"kept": 1, "changed": 1}
    play.complete("u", changed=2, new=3)
    assert play.open == ["after"]
    assert play.variables == {"kept": 1, "changed": 2, "new": 3}
    assert play.path() == ["start", "is", "u", "ie", "call"]


def test_parts_of_parallel_branches_do_not_undo_each_other(engine):
    def part(id_):
        inside = start(f"{id_}s") + user(f"{id_}u") + end(f"{id_}e") + line(f"{id_}s", f"{id_}u", f"{id_}e")
        return node("subProcess", id_, "子流程", inside)

    play = Play(engine, diagram(forked(part("p"), part("q"))), x=0, y=0)
    play.complete("pu", x=1)
    play.complete("qu", y=2)
    assert play.variables == {"x": 1, "y": 2}


def test_an_endless_loop_becomes_a_failure(engine):
    model = process(
        start(),
        gateway("m", name=None),
        script("s", "=n + 1", "n"),
        gateway("x", default="x-m"),
        end(),
        line("start", "m", "s", "x", "m"),
        '<sequenceFlow id="out" name="完成" sourceRef="x" targetRef="end">'
        "<conditionExpression>=n &lt; 0</conditionExpression></sequenceFlow>",
    )
    play = Play(engine, diagram(model), n=0)
    assert play.step.status == "running"
    assert "死循环" in play.step.failures[0].message


def test_cancelling_a_case_ends_everything(engine):
    called = f"<zeebe:calledElement{attributes(process_id='inner')}/>"
    inner = process(start("is"), user("u"), end("ie"), line("is", "u", "ie"), id_="inner", name="内层")
    call = node("callActivity", "call", "调用", zeebe=CLAUSE + called)
    play = Play(engine, diagram(forked(call, user("b")), inner), x=1)
    play.do(lambda instance: instance.cancel())
    assert play.step.status == "cancelled"
    assert play.step.user_tasks == ()
    assert set(play.path("cancelled")) == {"u", "call", "b"}
    assert play.advance(days=1) == 0
    assert play.step.status == "cancelled"
