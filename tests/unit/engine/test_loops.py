from __future__ import annotations

import pytest

from tests.support.diagrams import attributes, diagram, end, line, node, simple, start, user
from tests.support.playing import Play


def loop(*, sequential, inside="", **zeebe):
    flag = str(sequential).lower()
    extension = f"<zeebe:loopCharacteristics{attributes(**zeebe)}/>" if zeebe else ""
    return node("multiInstanceLoopCharacteristics", "loop", None, inside, zeebe=extension, is_sequential=flag)


def experts(*, sequential, inside="", **more):
    settings = {
        "input_collection": "=experts",
        "input_element": "expert",
        "output_collection": "opinions",
        "output_element": "={who: expert, score: score}",
        **more,
    }
    return diagram(
        simple(user("opinion", inside=loop(sequential=sequential, inside=inside, **settings)), user("after"))
    )


def test_parallel_instances_are_open_together_and_keep_the_order_of_the_items(engine):
    play = Play(engine, experts(sequential=False), experts=["甲", "乙", "丙"])
    assert [task.variables["expert"] for task in play.step.user_tasks] == ["甲", "乙", "丙"]
    assert [task.variables["loopCounter"] for task in play.step.user_tasks] == [1, 2, 3]
    play.complete("opinion", nth=1, score=2)
    play.complete("opinion", nth=1, score=3)
    assert play.open == ["opinion"]
    play.complete("opinion", score=1)
    assert play.open == ["after"]
    assert play.variables == {
        "experts": ["甲", "乙", "丙"],
        "opinions": [{"who": who, "score": score} for who, score in (("甲", 1), ("乙", 2), ("丙", 3))],
    }


def test_sequential_instances_are_open_one_after_the_other(engine):
    play = Play(engine, experts(sequential=True), experts=["甲", "乙"])
    for expert in ("甲", "乙"):
        assert [task.variables["expert"] for task in play.step.user_tasks] == [expert]
        play.complete("opinion", score=expert)
    assert [opinion["score"] for opinion in play.variables["opinions"]] == ["甲", "乙"]


@pytest.mark.parametrize("sequential", [True, False])
def test_an_empty_list_needs_nobody(engine, sequential):
    play = Play(engine, experts(sequential=sequential), experts=[])
    assert play.open == ["after"]
    assert play.variables["opinions"] == []


@pytest.mark.parametrize("sequential", [True, False])
def test_a_completion_condition_ends_the_rest(engine, sequential):
    condition = "<completionCondition>=score &gt; 5 or numberOfCompletedInstances = 2</completionCondition>"
    play = Play(engine, experts(sequential=sequential, inside=condition), experts=["甲", "乙", "丙"])
    play.complete("opinion", score=9)
    assert play.open == ["after"]
    assert [opinion and opinion["score"] for opinion in play.variables["opinions"]] == [9, None, None]
    assert play.path("cancelled") == ([] if sequential else ["opinion", "opinion"])


@pytest.mark.parametrize("experts_", [None, 3, "甲", {"a": 1}])
def test_what_is_no_list_is_a_failure_that_can_be_corrected(engine, experts_):
    play = Play(engine, experts(sequential=False), experts=experts_)
    assert "应为列表" in play.step.failures[0].message
    play.retry("opinion", experts=["甲"])
    assert play.open == ["opinion"]


def test_without_an_output_collection_each_instance_goes_on_from_the_last(engine):
    settings = {"input_collection": "=[1, 2]", "input_element": "part"}
    model = diagram(simple(user("a", inside=loop(sequential=True, **settings)), user("after")))
    play = Play(engine, model, x=0, y=0)
    play.complete("a", x=1)
    assert play.task("a").variables == {"x": 1, "y": 0, "part": 2, "loopCounter": 2}
    play.complete("a", y=2)
    assert play.variables == {"x": 1, "y": 2}


def test_a_sub_process_may_be_repeated(engine):
    inside = start("ss") + user("u") + user("v") + end("se") + line("ss", "u", "v", "se")
    settings = {
        "input_collection": "=[10, 20]",
        "input_element": "part",
        "output_collection": "results",
        "output_element": "=part + answer",
    }
    repeated = node("subProcess", "sp", "子流程", loop(sequential=False, **settings) + inside)
    play = Play(engine, diagram(simple(repeated, user("after"))))
    assert play.open == ["u", "u"]
    play.complete("u", nth=1)
    assert play.open == ["u", "v"]
    play.complete("v", answer=2)
    play.complete("u")
    play.complete("v", answer=1)
    assert play.variables == {"results": [11, 22]}


def test_the_history_tells_the_loop_from_its_instances(engine):
    play = Play(engine, experts(sequential=False), experts=["甲"])
    play.complete("opinion", score=1)
    told = [(each.kind, each.element_type) for each in play.events if each.element_id == "opinion"]
    assert told == [
        ("entered", "multiInstanceBody"),
        ("entered", "userTask"),
        ("completed", "userTask"),
        ("completed", "multiInstanceBody"),
    ]


def test_a_condition_that_cannot_be_evaluated_is_retried_with_what_was_submitted(engine):
    condition = "<completionCondition>=score &gt; limit</completionCondition>"
    play = Play(engine, experts(sequential=False, inside=condition), experts=["甲", "乙"])
    play.complete("opinion", score=7)
    assert "limit" in play.step.failures[0].message
    assert play.open == ["opinion"]
    play.retry("opinion", limit=8)
    play.complete("opinion", score=9)
    assert [opinion["score"] for opinion in play.variables["opinions"]] == [7, 9]


def test_parallel_instances_of_a_sub_process_do_not_undo_each_other(engine):
    inside = start("ss") + user("u") + end("se") + line("ss", "u", "se")
    repeated = loop(sequential=False, input_collection="=[1, 2, 3]", input_element="part")
    play = Play(engine, diagram(simple(node("subProcess", "sp", "子流程", repeated + inside), user("after"))), x=0, y=0)
    play.complete("u", nth=2, x=1)
    play.complete("u", nth=0, y=2)
    play.complete("u")
    assert play.variables == {"x": 1, "y": 2}
