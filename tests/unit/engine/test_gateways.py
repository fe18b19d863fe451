from __future__ import annotations

import pytest

from app.engine.model import DefinitionInvalid
from tests.support.diagrams import diagram, end, flow, gateway, line, process, script, start, user
from tests.support.playing import Play


def exclusive(default=None, first="=x > 10", second="=x > 5"):
    return diagram(
        process(
            start(),
            gateway("g", default=default),
            user("a"),
            user("b"),
            user("c"),
            end(),
            line("start", "g"),
            flow("g", "a", first),
            flow("g", "b", second),
            flow("g", "c", None if default else "=x < 0"),
            line("a", "end"),
            line("b", "end"),
            line("c", "end"),
        )
    )


@pytest.mark.parametrize(("x", "taken"), [(11, "a"), (10, "b"), (5, "c")])
def test_the_first_flow_that_holds_is_taken_or_the_default(engine, x, taken):
    play = Play(engine, exclusive("g-c"), x=x)
    assert play.open == [taken]
    entered = next(each for each in play.events if (each.kind, each.element_id) == ("entered", taken))
    assert entered.flow_id == f"g-{taken}"


@pytest.mark.parametrize("x", [None, "11", [], {}])
def test_a_condition_that_is_neither_true_nor_false_is_a_failure(engine, x):
    play = Play(engine, exclusive("g-c"), x=x)
    assert [failure.element_id for failure in play.step.failures] == ["g"]
    play.retry("g", x=20)
    assert play.open == ["a"]


INCLUSIVE = diagram(
    process(
        start(),
        gateway("g1", "inclusive", default="g1-d"),
        user("a"),
        user("b"),
        user("b2"),
        user("d"),
        gateway("g2", "inclusive", None),
        user("after"),
        end(),
        line("start", "g1"),
        flow("g1", "a", "=x > 1"),
        flow("g1", "b", "=x > 2"),
        flow("g1", "d"),
        line("a", "g2", "after", "end"),
        line("b", "b2", "g2"),
        line("d", "g2"),
    )
)


@pytest.mark.parametrize(("x", "taken"), [(3, ["a", "b"]), (2, ["a"]), (1, ["d"])])
def test_an_inclusive_join_waits_for_the_branches_that_were_taken(engine, x, taken):
    play = Play(engine, INCLUSIVE, x=x)
    assert play.open == taken
    for each in taken:
        assert "after" not in play.open
        play.complete(each)
    if "b" in taken:
        assert play.open == ["b2"]
        play.complete("b2")
    assert play.open == ["after"]
    play.complete("after")
    assert play.step.status == "completed"


def test_an_inclusive_join_waits_for_work_that_was_sent_back(engine):
    """One branch is done; the other goes back before the split and may come to either flow. It is waited for."""
    model = process(
        start(),
        gateway("m", name=None),
        gateway("g1", "inclusive", default="g1-d"),
        user("a"),
        user("b"),
        user("d"),
        gateway("x", default="x-g2"),
        gateway("g2", "inclusive", None),
        user("after"),
        end(),
        line("start", "m", "g1"),
        flow("g1", "a", "=part != 2"),
        flow("g1", "b", "=part != 1"),
        flow("g1", "d"),
        line("a", "g2", "after", "end"),
        line("b", "x", "g2"),
        flow("x", "m", "=back"),
        line("d", "g2"),
    )
    play = Play(engine, diagram(model), part=0)
    play.complete("a")
    play.complete("b", back=True, part=2)
    assert play.open == ["b"]
    play.complete("b", back=False)
    assert play.open == ["after"]


def test_a_parallel_join_uses_one_token_of_each_flow(engine):
    """Two rounds of one branch before the other is done are two arrivals of the same flow, not both flows."""
    model = process(
        start(),
        gateway("g1", "parallel", None),
        gateway("g3", "parallel", None),
        gateway("m", name=None),
        user("a"),
        user("b"),
        gateway("g2", "parallel", None),
        user("after"),
        end(),
        line("start", "g1", "g3", "m", "a", "g2", "after", "end"),
        flow("g3", "m", id_="again"),
        line("g1", "b", "g2"),
    )
    play = Play(engine, diagram(model))
    play.complete("a")
    play.complete("a")
    assert play.open == ["b"]
    play.complete("b")
    assert play.open == ["after"]
    play.complete("after")
    assert play.step.status == "running"
    assert ["停在这里" in failure.message for failure in play.step.failures] == [True]


def test_a_join_that_waits_for_what_comes_after_it_is_refused(engine):
    model = process(
        start(),
        gateway("g", "parallel", None),
        user("a"),
        gateway("x", default="x-end"),
        end(),
        line("start", "g", "a", "x", "end"),
        flow("x", "g", "=again"),
    )
    with pytest.raises(DefinitionInvalid, match="另画一个排他网关"):
        engine.compile([diagram(model)])


def test_nested_forks_that_end_in_one_join_keep_every_change(engine):
    model = process(
        start(),
        gateway("g1", "parallel", None),
        script("s", '="inner"', "x"),
        gateway("g2", "parallel", None),
        user("a"),
        user("b"),
        user("c"),
        gateway("g3", "parallel", None),
        user("after"),
        end(),
        line("start", "g1", "s", "g2", "a", "g3", "after", "end"),
        line("g2", "b", "g3"),
        line("g1", "c", "g3"),
    )
    play = Play(engine, diagram(model), x="old")
    play.complete("a", x="changed by a")
    play.complete("c", y=1)
    play.complete("b", z=1)
    assert play.open == ["after"]
    assert play.variables == {"x": "changed by a", "y": 1, "z": 1}


def test_branches_that_end_apart_bring_all_they_changed(engine):
    model = process(
        start(),
        gateway("g", "parallel", None),
        user("a"),
        user("b"),
        end(),
        end("other"),
        line("start", "g", "a", "end"),
        line("g", "b", "other"),
    )
    play = Play(engine, diagram(model), status="draft")
    play.complete("a", status="approved")
    play.complete("b")
    assert (play.step.status, play.variables) == ("completed", {"status": "approved"})
