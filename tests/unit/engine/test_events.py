from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.engine.model import TaskNotWaiting
from tests.support.diagrams import (
    CLAUSE,
    attributes,
    diagram,
    end,
    event,
    flow,
    gateway,
    line,
    mapping,
    node,
    process,
    simple,
    start,
    timer,
    user,
)
from tests.support.playing import MORNING, Play

MESSAGE = node("message", "msg", "通知", zeebe='<zeebe:subscription correlationKey="=code"/>')
CATCH = '<messageEventDefinition messageRef="msg"/>'


def boundary(id_, activity, definition, *, interrupting=True, inside=""):
    flag = str(interrupting).lower()
    return event("boundaryEvent", id_, definition + inside, "边界", attached_to_ref=activity, cancel_activity=flag)


def guarded(definition, *outside, interrupting=True):
    """start → a → end, with a boundary event that leads to b."""
    return diagram(
        *outside,
        process(
            start(),
            user("a"),
            boundary("on", "a", definition, interrupting=interrupting),
            user("b"),
            end(),
            end("other"),
            line("start", "a", "end"),
            line("on", "b", "other"),
        ),
    )


def waiting(definition, *outside):
    return diagram(*outside, simple(event("intermediateCatchEvent", "wait", definition, "等待"), user("a")))


@pytest.mark.parametrize(
    ("kind", "text", "due"),
    [
        ("timeDuration", "PT2H", MORNING + timedelta(hours=2)),
        ("timeDuration", "P1M", datetime(2027, 4, 1, 1, tzinfo=UTC)),
        ("timeDuration", '=duration("P" + string(days) + "D")', MORNING + timedelta(days=3)),
        ("timeDate", "2027-05-01T00:00:00+08:00", datetime(2027, 4, 30, 16, tzinfo=UTC)),
        ("timeDate", "=deadline", datetime(2027, 6, 1, 16, tzinfo=UTC)),
        ("timeDate", '=date("2027-06-02")', datetime(2027, 6, 1, 16, tzinfo=UTC)),
        ("timeDate", '=now() + duration("PT1H")', MORNING + timedelta(hours=1)),
        ("timeCycle", "R3/PT30M", MORNING + timedelta(minutes=30)),
    ],
)
def test_a_timer_is_due_by_the_time_it_was_told(engine, kind, text, due):
    play = Play(engine, waiting(timer(kind, text)), days=3, deadline="2027-06-02T00:00:00+08:00")
    assert [(wait.element_id, wait.due_at) for wait in play.step.timers] == [("wait", due)]
    play.now = due - timedelta(seconds=1)
    assert play.advance(seconds=0) == 0
    assert play.advance(seconds=1) == 1
    assert play.open == ["a"]
    assert play.step.timers == ()


def test_a_timer_without_a_time_is_a_failure_that_can_be_corrected(engine):
    play = Play(engine, waiting(timer("timeDate", "=deadline")), deadline=None)
    assert [failure.element_id for failure in play.step.failures] == ["wait"]
    assert "没有得到时间" in play.step.failures[0].message
    play.retry("wait", deadline="2027-06-02")
    assert play.step.failures == ()
    assert play.advance(days=365) == 1


def test_a_deadline_ends_the_task(engine):
    play = Play(engine, guarded(timer("timeDuration", "PT1H")))
    task_id = play.task("a").task_id
    assert play.advance(hours=1) == 1
    assert play.open == ["b"]
    assert play.path("cancelled") == ["a"]
    with pytest.raises(TaskNotWaiting):
        play.do(lambda instance: instance.complete(task_id, {}))
    play.complete("b")
    assert play.step.status == "completed"


def test_a_task_done_in_time_ends_its_deadline(engine):
    play = Play(engine, guarded(timer("timeDuration", "PT1H")))
    play.complete("a")
    assert play.step.status == "completed"
    assert play.path("cancelled") == ["on"]


def test_a_reminder_repeats_in_its_rhythm_and_leaves_the_task_open(engine):
    play = Play(engine, guarded(timer("timeCycle", "R3/PT1H"), interrupting=False))
    assert play.advance(minutes=61) == 1
    assert play.step.timers[0].due_at == MORNING + timedelta(hours=2)
    assert play.advance(minutes=59) == 1
    assert play.advance(minutes=60) == 1
    assert play.step.timers == ()
    assert play.open == ["a", "b", "b", "b"]
    play.complete("a")
    for _ in range(3):
        play.complete("b")
    assert play.step.status == "completed"


def test_a_cycle_without_end_goes_on_in_its_old_rhythm_after_downtime(engine):
    play = Play(engine, guarded(timer("timeCycle", "R/P1M"), interrupting=False))
    assert play.advance(days=100) == 1
    assert play.step.timers[0].due_at == datetime(2027, 7, 1, 1, tzinfo=UTC)


def test_reminders_do_not_pile_up_in_the_state(engine):
    model = process(
        start(),
        user("a"),
        boundary("on", "a", timer("timeCycle", "R/PT1H"), interrupting=False),
        end(),
        end("other"),
        line("start", "a", "end"),
        line("on", "other"),
    )
    play = Play(engine, diagram(model))
    sizes = []
    for _ in range(50):
        assert play.advance(hours=1) == 1
        sizes.append(len(play.step.state))
    assert sizes[-1] < sizes[2] * 1.2


def test_a_message_reaches_the_one_catch_with_its_key(engine):
    play = Play(engine, waiting(CATCH, MESSAGE), code=7)
    assert [(each.message, each.correlation_key) for each in play.step.subscriptions] == [("通知", "7")]
    assert not play.deliver("通知", "8", answer=1)
    assert not play.deliver("别的", "7", answer=1)
    assert play.deliver("通知", "7", answer=1)
    assert play.variables == {"code": 7, "answer": 1}
    assert play.open == ["a"]
    assert not play.deliver("通知", "7", answer=2)


def test_a_message_reaches_one_of_several_catches_the_oldest_first(engine):
    two = [node("receiveTask", f"r{i}", "接收", message_ref="msg", zeebe=CLAUSE) for i in (1, 2)]
    model = process(
        start(),
        gateway("g1", "parallel", None),
        *two,
        gateway("g2", "parallel", None),
        end(),
        line("start", "g1", "r1", "g2", "end"),
        line("g1", "r2", "g2"),
    )
    play = Play(engine, diagram(MESSAGE, model), code="x")
    assert play.deliver("通知", "x")
    assert [each.element_id for each in play.step.subscriptions] == ["r2"]
    assert play.deliver("通知", "x")
    assert play.step.status == "completed"


def test_messages_reach_an_open_activity_as_long_as_it_is_open(engine):
    play = Play(engine, guarded(CATCH, MESSAGE, interrupting=False), code="YC-1")
    assert [play.deliver("通知", "YC-1", nth=nth) for nth in (1, 2, 3)] == [True, True, True]
    assert play.open == ["a", "b", "b", "b"]
    assert len(play.step.subscriptions) == 1
    play.complete("a")
    assert not play.deliver("通知", "YC-1")
    for _ in range(3):
        play.complete("b")
    assert (play.step.status, play.variables["nth"]) == ("completed", 3)


def test_an_escalation_reaches_an_open_activity_every_time(engine):
    definition = '<escalationEventDefinition escalationRef="esc"/>'
    inner = [
        start("s"),
        gateway("again", name="汇合"),
        user("x"),
        event("intermediateThrowEvent", "up", definition),
        gateway("more", default="no"),
        end("e"),
        line("s", "again", "x", "up", "more"),
        flow("more", "again", "=more"),
        flow("more", "e", id_="no"),
    ]
    outer = [
        start(),
        node("subProcess", "sp", "子流程", "".join(inner), zeebe=CLAUSE),
        boundary("on", "sp", definition, interrupting=False),
        user("b"),
        end(),
        end("other"),
        line("start", "sp", "end"),
        line("on", "b", "other"),
    ]
    play = Play(engine, diagram(node("escalation", "esc", "上报", escalation_code="E1"), process(*outer)))
    play.complete("x", more=True)
    play.complete("x", more=False)
    assert play.open == ["b", "b"]


def test_a_message_without_a_key_is_a_failure(engine):
    play = Play(engine, waiting(CATCH, MESSAGE), code=None)
    assert "关联键为空" in play.step.failures[0].message
    play.retry("wait", code="k")
    assert play.deliver("通知", "k")


def test_a_thrown_message_carries_its_inputs_only(engine):
    throw = node(
        "intermediateThrowEvent",
        "send",
        "发送",
        CATCH,
        zeebe=mapping(inputs=(("=amount * 2", "double"),)),
    )
    catch = process(start("ms", CATCH), user("x"), end("me"), line("ms", "x", "me"), id_="other", name="另一流程")
    play = Play(engine, diagram(MESSAGE, simple(throw, user("a")), catch), code="k", amount=2)
    assert [(each.name, each.correlation_key, each.variables) for each in play.messages] == [
        ("通知", "k", {"double": 4})
    ]
    assert play.variables == {"code": "k", "amount": 2}

    starts = play.definitions.message_starts
    assert [(each.message, each.process_id, each.element_id) for each in starts] == [("通知", "other", "ms")]
    started = Play(engine, diagram(MESSAGE, simple(throw, user("a")), catch), process="other", start_event="ms")
    assert started.open == ["x"]


@pytest.mark.parametrize("first", ["message", "timer"])
def test_the_first_event_ends_the_others(engine, first):
    model = process(
        start(),
        gateway("eg", "eventBased", None),
        event("intermediateCatchEvent", "got", CATCH, "收到"),
        event("intermediateCatchEvent", "late", timer("timeDuration", "PT1H"), "超时"),
        user("answered"),
        user("overdue"),
        end(),
        line("start", "eg", "got", "answered", "end"),
        line("eg", "late", "overdue", "end"),
    )
    play = Play(engine, diagram(MESSAGE, model), code="k")
    assert len(play.step.timers) == len(play.step.subscriptions) == 1
    if first == "message":
        assert play.deliver("通知", "k")
        assert play.open == ["answered"]
    else:
        assert play.advance(hours=2) == 1
        assert play.open == ["overdue"]
    assert (play.step.timers, play.step.subscriptions) == ((), ())


def sub(*parts, tag="subProcess"):
    return node(tag, "sp", "子流程", "".join(parts))


ERROR = node("error", "err", "出错", error_code="E1")
OTHER_ERROR = node("error", "err2", "别的错", error_code="E2")
ESCALATION = node("escalation", "esc", "上报", escalation_code="X1")
SIGNAL = node("signal", "sig", "停工")


def part(ending, boundaries, *outside, tag="subProcess"):
    """start → sub-process (u → boom) → end, with boundary events that lead to a task of their own name."""
    inside = sub(
        start("ss"), user("u"), ending, end("done"), gateway("q", "parallel", None), user("v"),
        line("ss", "q", "u", "boom"), line("q", "v", "done"), tag=tag,
    )  # fmt: skip
    reactions = [user(f"after-{each}") + end(f"end-{each}") + line(each, f"after-{each}", f"end-{each}")
                 for each in boundaries]  # fmt: skip
    return diagram(
        *outside,
        process(start(), inside, *boundaries.values(), *reactions, end(), line("start", "sp", "end")),
    )


def test_an_error_goes_to_the_boundary_event_of_its_code(engine):
    boundaries = {
        "wrong": boundary("wrong", "sp", '<errorEventDefinition errorRef="err2"/>'),
        "right": boundary("right", "sp", '<errorEventDefinition errorRef="err"/>'),
    }
    play = Play(engine, part(end("boom", '<errorEventDefinition errorRef="err"/>'), boundaries, ERROR, OTHER_ERROR))
    play.complete("u", found=1)
    assert play.open == ["after-right"]
    assert play.variables == {"found": 1}
    assert set(play.path("cancelled")) == {"boom", "v", "sp", "wrong"}
    play.complete("after-right")
    assert play.step.status == "completed"


def test_an_escalation_may_leave_the_sub_process_open(engine):
    boundaries = {"up": boundary("up", "sp", '<escalationEventDefinition escalationRef="esc"/>', interrupting=False)}
    model = part(end("boom", '<escalationEventDefinition escalationRef="esc"/>'), boundaries, ESCALATION)
    play = Play(engine, model)
    play.complete("u")
    assert play.open == ["after-up", "v"]
    play.complete("v")
    play.complete("after-up")
    assert play.step.status == "completed"


def test_a_cancelled_transaction_goes_to_its_cancel_event(engine):
    boundaries = {"off": boundary("off", "sp", "<cancelEventDefinition/>")}
    play = Play(engine, part(end("boom", "<cancelEventDefinition/>"), boundaries, tag="transaction"))
    play.complete("u")
    assert play.open == ["after-off"]


def test_a_terminating_end_ends_everything_around_it_and_keeps_what_was_done(engine):
    model = process(
        start(),
        gateway("g", "parallel", None),
        user("a"),
        user("b"),
        user("c"),
        end("stop", "<terminateEventDefinition/>"),
        end(),
        line("start", "g", "a", "stop"),
        line("g", "b", "c", "end"),
    )
    play = Play(engine, diagram(model))
    play.complete("b", by_b=1)
    play.complete("a", by_a=1)
    assert play.step.status == "completed"
    assert play.variables == {"by_a": 1, "by_b": 1}
    assert play.path("cancelled") == ["c"]


def test_a_signal_reaches_every_catch_of_the_case(engine):
    catch_signal = '<signalEventDefinition signalRef="sig"/>'
    model = process(
        start(),
        gateway("g", "parallel", None),
        user("a"),
        node("intermediateThrowEvent", "throw", "发出", catch_signal),
        event("intermediateCatchEvent", "c1", catch_signal, "停工"),
        user("b"),
        boundary("c2", "b", catch_signal),
        user("late"),
        end(),
        line("start", "g", "a", "throw", "end"),
        line("g", "c1", "end"),
        line("g", "b", "end"),
        line("c2", "late", "end"),
    )
    play = Play(engine, diagram(SIGNAL, model))
    assert play.open == ["a", "b"]
    play.complete("a")
    assert play.open == ["late"]
    play.complete("late")
    assert play.step.status == "completed"


def test_a_boundary_event_guards_what_runs_inside_a_call(engine):
    called = f"<zeebe:calledElement{attributes(process_id='inner')}/>"
    inner = process(start("is"), user("u"), end("ie"), line("is", "u", "ie"), id_="inner", name="内层")
    main = process(
        start(),
        node("callActivity", "call", "调用", zeebe=CLAUSE + called),
        boundary("on", "call", timer("timeDuration", "PT1H")),
        user("late"),
        end(),
        line("start", "call", "end"),
        line("on", "late", "end"),
    )
    play = Play(engine, diagram(main, inner))
    assert play.open == ["u"]
    assert play.task("u").process_id == "inner"
    play.advance(hours=1)
    assert play.open == ["late"]
    assert play.path("cancelled") == ["u", "call"]


def test_due_timers_fire_in_the_order_of_their_time(engine):
    times = {"second": "PT2H", "first": "PT1H", "third": "PT3H"}
    events = [event("intermediateCatchEvent", each, timer("timeDuration", text)) for each, text in times.items()]
    model = process(
        start(),
        gateway("g", "parallel", None),
        *events,
        end(),
        line("start", "g"),
        *(flow("g", each) + flow(each, "end") for each in times),
    )
    play = Play(engine, diagram(model))
    assert play.advance(hours=5) == 3
    assert [each for each in play.path() if each in times] == ["first", "second", "third"]
