"""A variable gets another value while the case waits, and the moments reckoned from it move; nothing else does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.engine.model import EngineError
from tests.support.diagrams import (
    CLAUSE,
    attributes,
    diagram,
    end,
    event,
    gateway,
    line,
    node,
    process,
    script,
    simple,
    start,
    timer,
    user,
)
from tests.support.playing import Play

EARLIER, LATER = "2027-03-20T00:00:00+08:00", "2027-03-25T00:00:00+08:00"


def instant(text):
    return datetime.fromisoformat(text).astimezone(UTC)


def schedule(due, remind=None):
    return f"<zeebe:taskSchedule{attributes(due_date=due, follow_up_date=remind)}/>" + CLAUSE


def moved(**values):
    """A revision: these variables, wherever they stand at all."""
    return lambda data: {name: value for name, value in values.items() if name in data}


def revise(play, **values):
    return play.do(lambda instance: instance.revise(moved(**values)))


def test_a_task_and_its_variables_follow(engine):
    remind = '=string(date(substring(x, 1, 10)) - duration("P5D")) + "T09:00:00+08:00"'
    play = Play(engine, diagram(simple(user("a", zeebe=schedule("=x", remind)))), x=EARLIER)
    assert revise(play, x=LATER) == {"x"}
    task = play.task("a")
    assert (task.due_at, task.remind_at) == (instant(LATER), instant("2027-03-20T09:00:00+08:00"))
    assert task.variables["x"] == play.variables["x"] == LATER
    play.complete("a")
    assert play.step.status == "completed"


def test_a_moment_that_reads_something_else_stays(engine):
    play = Play(
        engine, diagram(simple(user("a", zeebe=schedule('=now() + duration("P5D")', "=y")))), x=EARLIER, y=EARLIER
    )
    before = play.task("a")
    play.now += timedelta(days=1)
    assert revise(play, x=LATER) == {"x"}
    after = play.task("a")
    assert (after.due_at, after.remind_at) == (before.due_at, before.remind_at)


def test_a_revision_that_changes_nothing_says_so(engine):
    play = Play(engine, diagram(simple(user("a", zeebe=schedule("=x")))), x=EARLIER)
    assert revise(play, x=EARLIER, unknown=1) == frozenset()
    assert "unknown" not in play.variables


def guarded(interrupting="true"):
    definition = timer("timeDate", "=x")
    return diagram(
        process(
            start(),
            user("a"),
            event("boundaryEvent", "late", definition, "到期", attached_to_ref="a", cancel_activity=interrupting),
            user("b"),
            end("told"),
            end(),
            line("start", "a", "end"),
            line("late", "b", "told"),
        )
    )


def test_a_dated_boundary_event_fires_at_its_new_time_only(engine):
    play = Play(engine, guarded(), x=EARLIER)
    revise(play, x=LATER)
    assert [wait.due_at for wait in play.step.timers] == [instant(LATER)]
    assert play.advance(days=20) == 0
    assert play.open == ["a"]
    assert play.advance(days=5) == 1
    assert play.open == ["b"]


def test_a_time_moved_into_the_past_fires_when_timers_are_looked_at(engine):
    play = Play(engine, guarded(), x=LATER)
    revise(play, x="2027-02-01T00:00:00+08:00")
    assert play.open == ["a"]
    assert play.advance(minutes=0) == 1
    assert play.open == ["b"]


def test_what_has_fired_has_fired(engine):
    play = Play(engine, guarded("false"), x=EARLIER)
    play.advance(days=30)
    assert play.open == ["a", "b"]
    revise(play, x="2027-06-01T00:00:00+08:00")
    assert play.open == ["a", "b"]
    assert play.step.timers == ()
    assert play.variables["x"] == "2027-06-01T00:00:00+08:00"


def test_a_catch_event_waits_anew_and_a_duration_goes_on(engine):
    play = Play(
        engine,
        diagram(
            process(
                start(),
                gateway("g", "parallel", None),
                event("intermediateCatchEvent", "dated", timer("timeDate", "=x"), "到期"),
                event("intermediateCatchEvent", "lasting", timer("timeDuration", "=d"), "等待"),
                user("a"),
                user("b"),
                end(),
                line("start", "g", "dated", "a", "end"),
                line("g", "lasting", "b", "end"),
            )
        ),
        x=EARLIER,
        d="P3D",
    )
    waits = {wait.element_id: wait.due_at for wait in play.step.timers}
    assert revise(play, x=LATER, d="P9D") == {"x", "d"}
    assert {wait.element_id: wait.due_at for wait in play.step.timers} == {**waits, "dated": instant(LATER)}


def test_inside_called_processes_and_after_them(engine):
    called = f"<zeebe:calledElement{attributes(process_id='inner')}/>"
    inner = process(
        start("s"), user("in", zeebe=schedule("=x")), end("e"), line("s", "in", "e"), id_="inner", name="内层"
    )
    outer = simple(
        node("callActivity", "call", "调用", zeebe=called + CLAUSE), user("after", zeebe=schedule("=x")), id_="main"
    )
    play = Play(engine, diagram(outer, inner), x=EARLIER)
    revise(play, x=LATER)
    assert play.task("in").due_at == instant(LATER)
    play.complete("in")
    assert play.task("after").due_at == instant(LATER)
    assert play.variables["x"] == LATER


def test_a_branch_that_knows_otherwise_keeps_its_own(engine):
    play = Play(
        engine,
        diagram(
            process(
                start(),
                gateway("g", "parallel", None),
                script("own", f'="{LATER}"', "x"),
                user("a", zeebe=schedule("=x")),
                user("b", zeebe=schedule("=x")),
                gateway("j", "parallel", None),
                user("z", zeebe=schedule("=x")),
                end(),
                line("start", "g", "own", "a", "j", "z", "end"),
                line("g", "b", "j"),
            )
        ),
        x=EARLIER,
    )
    newest = "2027-03-22T00:00:00+08:00"
    play.do(lambda instance: instance.revise(lambda data: {"x": newest} if data.get("x") == EARLIER else {}))
    assert (play.task("a").due_at, play.task("b").due_at) == (instant(LATER), instant(newest))
    play.complete("a")
    play.complete("b")
    assert play.task("z").due_at == instant(LATER)


def test_a_revision_that_fails_has_changed_nothing(engine):
    play = Play(engine, diagram(simple(user("a", zeebe=schedule("=x")))), x=EARLIER)
    instance = play.load()
    with pytest.raises((EngineError, ValueError)):
        instance.revise(moved(x="no date"))
    step = instance.save()
    assert step.variables["x"] == EARLIER
    assert step.user_tasks[0].due_at == instant(EARLIER)
