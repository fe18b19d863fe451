"""Forgetting the past changes nothing: a case that is pruned, saved and restored after every command goes through
the same tasks, timers, failures, events and variables as one that is never touched."""

from __future__ import annotations

import random
from datetime import timedelta
from itertools import count

import pytest

from app.engine.model import PENDING, BpmnError
from app.engine.runtime import current
from app.engine.tokens import live
from app.engine.waits import Waits
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
    script,
    start,
    timer,
    user,
)
from tests.support.playing import MORNING

AGAIN = "=c < 0.85"
SEEDS = range(60)
STEPS = 120


def again(id_, back, on):
    """An exclusive gateway that mostly leads back."""
    return gateway(id_, default=f"{id_}-{on}") + flow(id_, back, AGAIN) + flow(id_, on)


def merge(id_):
    return gateway(id_, name=None)


def call(id_, process_id):
    called = f"<zeebe:calledElement{attributes(process_id=process_id)}/>"
    return node("callActivity", id_, "调用", zeebe=CLAUSE + called)


def service(id_, task_type="work", outputs=""):
    return node("serviceTask", id_, "服务", zeebe=f'<zeebe:taskDefinition type="{task_type}"/>' + outputs + CLAUSE)


def boundary(id_, activity, definition, *, interrupting):
    flag = str(interrupting).lower()
    return event("boundaryEvent", id_, definition, "边界", attached_to_ref=activity, cancel_activity=flag)


def loop(*, sequential, output=True):
    collected = {"output_collection": "results", "output_element": "=part * 10 + k"} if output else {}
    described = attributes(input_collection="=[1, 2, 3]", input_element="part", **collected)
    extension = f"<zeebe:loopCharacteristics{described}/>"
    flag = str(sequential).lower()
    return node("multiInstanceLoopCharacteristics", "loop", None, zeebe=extension, is_sequential=flag)


INNER = process(
    start("qs"),
    user("qu"),
    script("q1", "=k + 1", "k"),
    end("qe"),
    line("qs", "qu", "q1", "qe"),
    id_="inner",
    name="内层",
)
ERROR = node("error", "err", "出错", error_code="E1")
MESSAGE = node("message", "msg", "通知", zeebe='<zeebe:subscription correlationKey="=code"/>')

MODELS = {
    "parallel branches and a call activity in a loop": diagram(
        process(
            start(), merge("m"), gateway("g1", "parallel", None), user("a"), user("b1"), user("b2"),
            call("ca", "inner"), gateway("g2", "parallel", None), user("r"), again("x", "m", "end"), end(),
            line("start", "m", "g1", "a", "g2", "r", "x"), line("g1", "b1", "b2", "g2"), line("g1", "ca", "g2"),
        ),
        INNER,
    ),
    "inclusive branches in a loop": diagram(
        process(
            start(), merge("m"), user("r0"), gateway("g1", "inclusive", default="g1-d"), user("a"), user("b"),
            user("b2"), user("d"), gateway("g2", "inclusive", None), user("r"), again("x", "m", "end"), end(),
            line("start", "m", "r0", "g1"), flow("g1", "a", "=c > 0.3"), flow("g1", "b", "=c < 0.7"),
            flow("g1", "d"), line("a", "g2", "r", "x"), line("b", "b2", "g2"), line("d", "g2"),
        )
    ),
    "loops within branches": diagram(
        process(
            start(), gateway("g1", "parallel", None), merge("ma"), user("a"), again("x", "ma", "g2"), merge("mb"),
            user("b"), again("y", "mb", "g2"), gateway("g2", "parallel", None), user("z"), end(),
            line("start", "g1", "ma", "a", "x"), line("g1", "mb", "b", "y"), line("g2", "z", "end"),
        )
    ),
    "reminders and parallel instances in a loop": diagram(
        process(
            start(), merge("m"), user("a"), boundary("be", "a", timer("timeCycle", "R5/PT1H"), interrupting=False),
            script("late", "=k + 1", "k"), user("rem"), end("er"), user("mi", inside=loop(sequential=False)),
            again("x", "m", "end"), end(),
            line("start", "m", "a", "mi", "x"), line("be", "late", "rem", "er"),
        )
    ),
    "a sequential loop that changes variables": diagram(
        process(
            start(), merge("m"), user("mi", inside=loop(sequential=True, output=False)), again("x", "m", "end"),
            end(), line("start", "m", "mi", "x"),
        )
    ),
    "a loop and a call activity in a sub-process": diagram(
        process(
            start(),
            node(
                "subProcess", "sp", "子流程",
                start("ss") + merge("m") + user("u") + call("ca", "inner") + again("x", "m", "se") + end("se")
                + line("ss", "m", "u", "ca", "x"),
            ),
            user("z"), end(), line("start", "sp", "z", "end"),
        ),
        INNER,
    ),
    "deadlines that interrupt one of two branches": diagram(
        process(
            start(), merge("m"), gateway("g1", "parallel", None), user("a"),
            boundary("be", "a", timer("timeDuration", "PT2H"), interrupting=True), user("instead"),
            merge("ma"), user("b"), gateway("g2", "parallel", None), again("x", "m", "end"), end(),
            line("start", "m", "g1", "a", "ma", "g2", "x"), line("be", "instead", "ma"), line("g1", "b", "g2"),
        )
    ),
    "a message or a timer, whichever comes first": diagram(
        MESSAGE,
        process(
            start(), merge("m"), gateway("g1", "parallel", None), gateway("eg", "eventBased", None),
            event("intermediateCatchEvent", "got", '<messageEventDefinition messageRef="msg"/>', "收到"),
            event("intermediateCatchEvent", "late", timer("timeDuration", "PT3H"), "超时"),
            merge("me"), user("b"), gateway("g2", "parallel", None), again("x", "m", "end"), end(),
            line("start", "m", "g1", "eg", "got", "me", "g2", "x"), line("eg", "late", "me"), line("g1", "b", "g2"),
        ),
    ),
    "services that fail, wait and raise errors": diagram(
        ERROR,
        process(
            start(), merge("m"), gateway("g1", "parallel", None),
            node(
                "subProcess", "sp", "子流程",
                start("ss") + user("u") + service("sv") + end("se") + line("ss", "u", "sv", "se"),
            ),
            boundary("be", "sp", '<errorEventDefinition errorRef="err"/>', interrupting=True), user("repair"),
            merge("ma"), user("b"), service("sv2", outputs=mapping(("=answer + k", "k"))),
            gateway("g2", "parallel", None), again("x", "m", "end"), end(),
            line("start", "m", "g1", "sp", "ma", "g2", "x"), line("be", "repair", "ma"),
            line("g1", "b", "sv2", "g2"),
        ),
    ),
}  # fmt: skip


def work(call):
    """A service whose mood depends on the variables alone, so that both cases meet the same."""
    mood = call.variables["c"]
    if mood < 0.2:
        raise BpmnError("E1", "业务错误")
    if mood < 0.4:
        raise RuntimeError("服务不可用")
    return PENDING if mood < 0.6 else {"answer": 1}


class Untouched:
    """A case that stays in memory, whole."""

    def __init__(self, engine, definitions):
        self._now = MORNING
        self._instance = engine.start(
            definitions, "main", variables={"k": 0, "c": 0.0, "code": "K1"}, now=MORNING, services=work
        )
        self._seen = 0

    def do(self, command, at):
        self._instance._turn.now = at
        command(self._instance, Waits(self._instance._case))

    def look(self):
        case, turn = self._instance._case, self._instance._turn
        events, self._seen = turn.events[self._seen :], len(turn.events)
        variables = case.data if case.completed else current(live(case))
        return picture(Waits(case), events, variables, self._instance._status())


class Restored:
    """A case that is pruned, saved and restored after every command."""

    def __init__(self, engine, definitions):
        self._engine, self._definitions = engine, definitions
        instance = engine.start(
            definitions, "main", variables={"k": 0, "c": 0.0, "code": "K1"}, now=MORNING, services=work
        )
        self.step = instance.save()

    def do(self, command, at):
        instance = self._engine.load(self._definitions, self.step.state, now=at, services=work)
        command(instance, self.step)
        self.step = instance.save()

    def look(self):
        return picture(self.step, self.step.events, self.step.variables, self.step.status)


def picture(waits, events, variables, status):
    return {
        "status": status,
        "variables": dict(variables),
        "tasks": [(task.element_id, dict(task.variables)) for task in waits.user_tasks],
        "jobs": [job.element_id for job in waits.jobs],
        "timers": [(timer.element_id, timer.due_at) for timer in waits.timers],
        "subscriptions": [(each.element_id, each.correlation_key) for each in waits.subscriptions],
        "failures": [(failure.element_id, failure.message) for failure in waits.failures],
        "events": [(each.kind, each.element_id, each.flow_id, dict(each.changes)) for each in events],
    }


def a_command(dice, seen):
    """One of the things that can happen next, as a function of an instance and its waits."""
    answers = {"c": dice.random()} | {name: dice.randrange(100) for name in "kvw" if dice.random() < 0.3}
    choices = [(lambda i, w, n=n: i.complete(w.user_tasks[n].task_id, answers)) for n in range(len(seen["tasks"]))] * 3
    choices += [(lambda i, w, n=n: i.complete_job(w.jobs[n].task_id, {"answer": 2})) for n in range(len(seen["jobs"]))]
    choices += [
        (lambda i, w, n=n: i.retry(w.failures[n].task_id, variables={"c": 0.7})) for n in range(len(seen["failures"]))
    ]
    if seen["timers"]:
        choices += [lambda i, w: i.fire_timers()] * 2
    if seen["subscriptions"]:
        choices.append(lambda i, w: i.deliver("通知", "K1", {"v": 7}))
    return dice.choice(choices) if choices else None


def play_both(engine, definitions, dice, steps):
    """Give both cases the same commands; how many it were."""
    untouched, restored, now = Untouched(engine, definitions), Restored(engine, definitions), MORNING
    for step in range(steps):
        seen = untouched.look()
        assert restored.look() == seen, f"step {step}"
        command = a_command(dice, seen)
        if command is None:
            assert seen["status"] == "completed"
            return step
        now += timedelta(minutes=dice.choice((1, 30, 90)))
        untouched.do(command, now)
        restored.do(command, now)
    return steps


@pytest.mark.parametrize("name", MODELS)
def test_a_restored_case_goes_the_same_way_as_an_untouched_one(engine, name):
    definitions = engine.compile([MODELS[name]])
    played = sum(play_both(engine, definitions, random.Random(f"{name} {seed}"), STEPS) for seed in SEEDS)
    assert played > 10 * len(SEEDS), "the models end too soon to prove anything"


class Drawer:
    """Draws random models: blocks with one way in and one way out, put into each other."""

    def __init__(self, seed):
        self._dice = random.Random(f"model {seed}")
        self._numbers = count(1)

    def model(self):
        xml, first, last = self._block(3)
        return diagram(process(start(), xml, end(), line("start", first), line(last, "end")), INNER)

    def _new(self, kind):
        return f"{kind}{next(self._numbers)}"

    def _block(self, depth):
        kinds = [self._task, self._script, self._call, self._reminded, self._ended, self._instances]
        if depth:
            kinds = [self._sequence, self._fork, self._fork, self._loop, self._inclusive, self._part, *kinds]
        kind = self._dice.choice(kinds)
        return kind(depth - 1) if depth and kind in kinds[:6] else kind()

    def _task(self):
        task = self._new("user")
        return user(task), task, task

    def _script(self):
        task = self._new("script")
        return script(task, "=k + 1", "k"), task, task

    def _call(self):
        task = self._new("call")
        return call(task, "inner"), task, task

    def _instances(self):
        task = self._new("each")
        sequential = self._dice.random() < 0.5
        return user(task, inside=loop(sequential=sequential, output=not sequential)), task, task

    def _reminded(self):
        task, on, side, last = (self._new(each) for each in ("user", "remind", "side", "end"))
        drawn = boundary(on, task, timer("timeCycle", "R3/PT1H"), interrupting=False)
        return user(task) + drawn + user(side) + end(last) + line(on, side, last), task, task

    def _ended(self):
        task, on, instead, out = (self._new(each) for each in ("user", "deadline", "instead", "merge"))
        drawn = boundary(on, task, timer("timeDuration", "PT2H"), interrupting=True)
        return user(task) + drawn + user(instead) + merge(out) + line(task, out) + line(on, instead, out), task, out

    def _sequence(self, depth):
        one, first, middle = self._block(depth)
        two, behind, last = self._block(depth)
        return one + two + line(middle, behind), first, last

    def _fork(self, depth):
        split, join = self._new("fork"), self._new("join")
        drawn = gateway(split, "parallel", None) + gateway(join, "parallel", None)
        for _ in range(self._dice.choice((2, 2, 3))):
            xml, first, last = self._block(depth)
            drawn += xml + line(split, first) + line(last, join)
        return drawn, split, join

    def _inclusive(self, depth):
        split, join = self._new("some"), self._new("all")
        xml, first, last = self._block(depth)
        drawn = xml + line(split, first) + line(last, join)
        for bound in (0.3, 0.6):
            branch, entry, leave = self._block(depth)
            drawn += branch + flow(split, entry, f"=c > {bound}") + line(leave, join)
        return (
            gateway(split, "inclusive", default=f"{split}-{first}") + gateway(join, "inclusive", None) + drawn,
            split,
            join,
        )

    def _loop(self, depth):
        into, out, on = self._new("merge"), self._new("again"), self._new("on")
        xml, first, last = self._block(depth)
        drawn = merge(into) + xml + gateway(out, default=f"{out}-{on}") + flow(out, into, "=c < 0.5")
        return drawn + flow(out, on) + merge(on) + line(into, first) + line(last, out), into, on

    def _part(self, depth):
        part, begin, finish = self._new("part"), self._new("start"), self._new("end")
        xml, first, last = self._block(depth)
        inside = start(begin) + xml + end(finish) + line(begin, first) + line(last, finish)
        return node("subProcess", part, "子流程", inside), part, part


@pytest.mark.parametrize("seed", range(60))
def test_so_it_does_in_models_nobody_drew(engine, seed):
    definitions = engine.compile([Drawer(seed).model()])
    for number in range(4):
        play_both(engine, definitions, random.Random(f"{seed} {number}"), 60)
