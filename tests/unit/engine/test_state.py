from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import orjson
import pytest
from backports import zstd

from app.engine.data import checked, merged, same
from app.engine.model import DataInvalid, StateInvalid
from tests.support.diagrams import diagram, end, flow, gateway, line, process, simple, start, user
from tests.support.playing import Play


def document(play):
    return orjson.loads(zstd.decompress(play.step.state))


def test_the_state_names_its_version_bundle_and_process(engine):
    play = Play(engine, diagram(simple(user("a"))), x=1)
    saved = document(play)
    assert (saved["version"], saved["bundle"], saved["process"]) == (1, play.definitions.key, "main")


def test_the_state_of_another_bundle_is_refused(engine):
    play = Play(engine, diagram(simple(user("a"))))
    play.definitions = Play(engine, diagram(simple(user("b")))).definitions
    with pytest.raises(StateInvalid, match="另一个流程版本"):
        play.load()


@pytest.mark.parametrize("state", [b"", b"nonsense", zstd.compress(b"{"), zstd.compress(b'{"version":99}')])
def test_what_is_no_state_is_refused(engine, state):
    play = Play(engine, diagram(simple(user("a"))))
    play.step = type(play.step)(**{**vars(play.step), "state": state})
    with pytest.raises(StateInvalid):
        play.load()


def test_a_cut_state_is_refused(engine):
    play = Play(engine, diagram(simple(user("a"))))
    play.step = type(play.step)(**{**vars(play.step), "state": play.step.state[:-5]})
    with pytest.raises(StateInvalid):
        play.load()


@pytest.mark.parametrize(
    "value", [None, True, False, 0, 1, 1.0, -0.5, 2**53 - 1, "", "文字", [], {}, [1, [True, {"a": None}]]]
)
def test_every_value_comes_back_as_it_was(engine, value):
    play = Play(engine, diagram(simple(user("a"), user("b"))), v=value, before=True)
    play.complete("a", before=1)
    assert same(play.task("b").variables["v"], value)
    assert same(play.task("b").variables["before"], 1)


def test_the_state_holds_no_history_and_no_definitions(engine):
    model = process(
        start(),
        gateway("m", name=None),
        user("a"),
        gateway("x", default="x-m"),
        end(),
        line("start", "m", "a", "x", "m"),
        flow("x", "end", "=done"),
    )
    play = Play(engine, diagram(model), done=False)
    first = document(play)["case"]["tasks"]
    for _ in range(30):
        play.complete("a")
    assert len(document(play)["case"]["tasks"]) == len(first) == 2
    play.complete("a", done=True)
    assert play.step.status == "completed"
    assert document(play)["parts"] == []


def test_bundles_differ_by_every_byte_and_path(engine):
    first = diagram(simple(user("a")))
    keys = {
        engine.compile([first]).key,
        engine.compile([diagram(simple(user("a")), path="other.bpmn")]).key,
        engine.compile([diagram(simple(user("a", "办理 ")))]).key,
    }
    assert len(keys) == 3
    assert engine.compile([first]).key in keys


@pytest.mark.parametrize(
    ("base", "one", "other", "together"),
    [
        ({"x": 1}, {"x": 2}, {"x": 1}, {"x": 2}),
        ({"x": 1}, {"x": 1}, {"x": 2}, {"x": 2}),
        ({"x": 1}, {"x": 2}, {"x": 3}, {"x": 3}),
        ({"x": 1}, {}, {"x": 1}, {}),
        ({"x": 1}, {"x": True}, {"x": 1}, {"x": True}),
        ({}, {"a": {"p": 1}}, {"a": {"q": 2}}, {"a": {"p": 1, "q": 2}}),
        ({"a": {"p": 0, "q": 0}}, {"a": {"p": 1, "q": 0}}, {"a": {"p": 0, "q": 2}}, {"a": {"p": 1, "q": 2}}),
        ({"a": {"p": 0}}, {"a": {}}, {"a": {"p": 0}}, {"a": {}}),
        ({"a": [1]}, {"a": [1, 2]}, {"a": [1]}, {"a": [1, 2]}),
    ],
)
def test_three_way_merge(base, one, other, together):
    copies = orjson.dumps([base, one, other])
    assert same(merged(base, [one, other]), together)
    assert orjson.dumps([base, one, other]) == copies


def test_what_came_in_is_a_copy():
    given = {"a": [1, {"b": 2}]}
    copy = checked(given)
    given["a"][1]["b"] = 3
    assert copy == {"a": [1, {"b": 2}]}


def test_too_much_data_is_refused():
    with pytest.raises(DataInvalid, match="过大"):
        checked({"a": "x" * 2_000_000})
    deep: dict = {}
    inner = deep
    for _ in range(100):
        inner["a"] = inner = {}
    with pytest.raises(DataInvalid, match="嵌套"):
        checked(deep)


def test_threads_share_definitions(engine):
    model = process(
        start(),
        gateway("g1", "parallel", None),
        user("a"),
        user("b"),
        gateway("g2", "parallel", None),
        user("after"),
        end(),
        line("start", "g1", "a", "g2", "after", "end"),
        line("g1", "b", "g2"),
    )

    definitions = engine.compile([diagram(model)])

    def play(number):
        case = Play(engine, definitions=definitions, number=number)
        for name in ("a", "b", "after") if number % 2 else ("b", "a", "after"):
            case.complete(name, **{name: number})
        return case.step.status, dict(case.variables)

    with ThreadPoolExecutor(8) as threads:
        results = list(threads.map(play, range(64)))
    assert results == [("completed", {"number": n, "a": n, "b": n, "after": n}) for n in range(64)]
