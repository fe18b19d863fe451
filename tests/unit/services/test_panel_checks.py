from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from services.effects import RecordDraw
from services.experts import Expert, Interest
from services.facts import Facts
from services.registry import TASKS

POOL = tuple(
    Expert(f"{field}{number}", f"单位{field}{number}", field, str(number))
    for field in ("technology", "security", "cost", "management")
    for number in range(4)
)
PANEL = [
    {"field": "technology", "number": 2},
    *({"field": field, "number": 1} for field in ("security", "cost", "management")),
]


@pytest.fixture
def ready(facts: Callable[..., Facts]) -> Facts:
    """A system with four experts of each field, one of whom works for the applicant."""
    interests = (Interest("申报单位", ("单位security0",)),)
    return replace(facts(), experts=POOL, interests=interests, decide=lambda _table, _inputs: PANEL)


def draw(facts: Facts, **inputs: object):
    return TASKS["draw-experts"](inputs, {}, facts)


def test_a_draw_goes_on_record_with_everything(ready: Facts) -> None:
    outcome = draw(ready)
    (effect,) = outcome.effects
    assert isinstance(effect, RecordDraw)
    found = effect.draw
    assert (found.round, len(found.panel), found.repeatable) == (1, 5, True)
    assert [(each.expert.name, each.reason[:9]) for each in found.excluded] == [("security0", "工作单位是申报单位")]
    assert outcome.variables["experts_enough"] == "yes"
    assert outcome.variables["expert_seed"] == found.seed
    assert outcome.variables["experts_number"] == 5


def test_who_cannot_come_is_replaced_and_never_drawn_again(ready: Facts) -> None:
    first = draw(ready).effects[0].draw
    seen = {expert.label for expert in first.panel}
    draws = [first]
    for number in range(2):
        away = draws[-1].panel[-1] if number == 0 else draws[-1].drawn[0]
        outcome = draw(replace(ready, draws=tuple(draws)), experts_absent=away.label, experts_absence="出差")
        following = outcome.effects[0].draw
        assert following.round == number + 2
        assert [(each.expert, each.reason) for each in following.absent] == [(away, "出差")]
        (new,) = following.drawn
        assert new.label not in seen
        assert (new.field, len(following.panel)) == (away.field, 5)
        seen.add(new.label)
        draws.append(following)
    assert outcome.variables["experts_absent"] is None


def test_a_new_review_begins_anew(ready: Facts) -> None:
    first = draw(ready).effects[0].draw
    again = draw(replace(ready, draws=(first,)), experts_absent=None).effects[0].draw
    assert (again.round, again.kept, again.absent, len(again.drawn)) == (2, (), (), 5)


def test_too_small_a_pool_says_what_is_missing_and_draws_nobody(ready: Facts) -> None:
    few = tuple(expert for expert in POOL if expert.name not in ("cost0", "cost1", "cost2", "cost3", "technology0"))
    outcome = draw(replace(ready, experts=few))
    assert outcome.effects == ()
    assert outcome.variables == {"experts_enough": "no", "experts_missing": "造价财务专家缺1人"}


@pytest.mark.parametrize(
    ("inputs", "sum_asked"), [({}, 120), ({"adjusted_amount": None}, 120), ({"adjusted_amount": 600}, 600)]
)
def test_a_panel_is_as_large_as_the_sum_that_it_reviews_asks_for(
    ready: Facts, inputs: dict[str, object], sum_asked: int
) -> None:
    asked = []
    known = replace(ready, decide=lambda _table, given: asked.append(given["estimate"]) or PANEL)
    draw(known, **inputs)
    assert asked == [sum_asked]


def test_an_even_number_is_refused(ready: Facts) -> None:
    outcome = draw(replace(ready, decide=lambda _table, _inputs: PANEL[:2] + PANEL[3:]))
    assert outcome.refused


def rows(panel, **said):
    return [{"expert": each.label, "coming": "yes", **said.get(each.name, {})} for each in panel]


def check(facts: Facts, panel, **said):
    return TASKS["check-experts"]({"experts": rows(panel, **said)}, {}, facts)


def test_attendance(ready: Facts) -> None:
    drawn = draw(ready).effects[0].draw
    known = replace(ready, draws=(drawn,))
    first, second = drawn.panel[0], drawn.panel[1]
    assert check(known, drawn.panel).variables == {
        "experts_complete": "yes",
        "experts_absent": "",
        "experts_absence": "",
    }
    away = check(
        known,
        drawn.panel,
        **{
            first.name: {"coming": "no", "reason": "出差；开会"},
            second.name: {"coming": "no", "reason": "应当回避"},
        },
    )
    assert away.variables == {
        "experts_complete": "no",
        "experts_absent": f"{first.label}；{second.label}",
        "experts_absence": "出差，开会；应当回避",
    }
    assert "原因" in check(known, drawn.panel, **{first.name: {"coming": "no", "reason": " "}}).findings[0].message
    assert first.label in check(known, drawn.panel[1:]).findings[0].message
    assert check(known, drawn.panel, **{first.name: {"coming": None}}).refused
    assert check(ready, drawn.panel).refused


TAKING_PART = [{"name": name, "capacity": name} for name in ("finance", "applicant", "other")]


@pytest.mark.parametrize(
    ("day", "participants", "fields"),
    [
        ("2026-03-03", TAKING_PART, []),
        ("2026-03-02", TAKING_PART, ["meeting_on"]),
        ("2020-01-01", TAKING_PART[:2], ["meeting_on"]),
        ("2026-03-03", TAKING_PART[1:], ["participants"]),
        ("2026-03-03", TAKING_PART[:1], ["participants"]),
        ("2026-03-03", None, ["participants"]),
    ],
)
def test_a_meeting_is_called_for_a_day_to_come_and_with_those_who_belong_there(
    ready: Facts, day: str, participants: list[dict[str, str]] | None, fields: list[str]
) -> None:
    answers = {"meeting_on": day, "participants": participants}
    assert [each.field for each in TASKS["check-meeting"](answers, {}, ready).findings] == fields


@pytest.mark.parametrize(("day", "refused"), [("2026-03-01", False), ("2026-03-02", False), ("2026-03-03", True)])
def test_nobody_signs_in_before_the_day_of_the_meeting(ready: Facts, day: str, refused: bool) -> None:
    drawn = draw(ready).effects[0].draw
    outcome = TASKS["check-sign-in"](
        {"meeting_on": day, "experts": rows(drawn.panel)}, {}, replace(ready, draws=(drawn,))
    )
    assert [each.field for each in outcome.findings] == (["sign_in_file"] if refused else [])
    assert outcome.variables.get("experts_complete") == (None if refused else "yes")
