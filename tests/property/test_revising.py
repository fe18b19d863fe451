"""A case whose variable was revised goes on exactly as one that knew it from the beginning."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from app.engine.model import Resource
from tests.property.test_lockstep import MODELS, Drawer, a_command, picture, work
from tests.support.playing import MORNING

FIRST, SECOND = "2031-01-01T00:00:00+08:00", "2033-01-01T00:00:00+08:00"
STEPS = 40


def with_deadlines(model: Resource) -> Resource:
    """The model, with every user task due at x."""
    marked = model.content.replace(b'<zeebe:formDefinition formId="form"/>', DUE)
    assert marked != model.content
    return Resource(model.path, marked)


DUE = b'<zeebe:formDefinition formId="form"/><zeebe:taskSchedule dueDate="=x"/>'


class Knowing:
    """A case that is saved and restored after every command."""

    def __init__(self, engine, definitions, x):
        self._engine, self._definitions = engine, definitions
        variables = {"k": 0, "c": 0.0, "code": "K1", "x": x}
        self.step = engine.start(definitions, "main", variables=variables, now=MORNING, services=work).save()

    def do(self, command, at):
        instance = self._engine.load(self._definitions, self.step.state, now=at, services=work)
        command(instance, self.step)
        self.step = instance.save()

    def look(self):
        step = self.step
        dues = [task.due_at for task in step.user_tasks]
        return {**picture(step, step.events, step.variables, step.status), "dues": dues}


def play_both(engine, definitions, dice):
    told, knew = Knowing(engine, definitions, FIRST), Knowing(engine, definitions, SECOND)
    revised_at, now = dice.randrange(STEPS // 2), MORNING
    for step in range(STEPS):
        if step == revised_at and told.step.status == "running":
            told.do(lambda instance, _waits: instance.revise(lambda data: {"x": SECOND} if "x" in data else {}), now)
            assert {**told.look(), "events": ()} == {**knew.look(), "events": ()}
        elif step > revised_at:
            assert told.look() == knew.look(), f"step {step}, revised at {revised_at}"
        command = a_command(dice, told.look())
        if command is None:
            return step
        now += timedelta(minutes=dice.choice((1, 30, 90)))
        told.do(command, now)
        knew.do(command, now)
    return STEPS


@pytest.mark.parametrize("name", MODELS)
def test_in_the_ordinary_models(engine, name):
    definitions = engine.compile([with_deadlines(MODELS[name])])
    for seed in range(12):
        play_both(engine, definitions, random.Random(f"{name} {seed}"))


@pytest.mark.parametrize("seed", range(40))
def test_in_models_nobody_drew(engine, seed):
    definitions = engine.compile([with_deadlines(Drawer(seed).model())])
    for number in range(3):
        play_both(engine, definitions, random.Random(f"{seed} {number}"))
