"""Drawing experts: never one with an interest, never one twice, all alike, and the same from the record again."""

from __future__ import annotations

import random
from collections import Counter
from itertools import combinations

import pytest

from app.features.experts.model import as_draw, as_record, fresh_seed, written_seed
from services.experts import FIELDS, Draw, Exclusion, Expert, Interest, conflict, eligible, missing, selected

INTERESTS = (
    Interest("申报单位", ("峄城区教育和体育局", "区教育和体育局")),
    Interest("评审机构", ("齐鲁工程项目评审有限公司", "齐鲁评审")),
    Interest("可能的承建单位", ("枣庄智云科技有限公司", "枣庄智云科技")),
)
UNITS = (
    "峄城区教育和体育局",
    "区教育和体育局电教站",
    "枣庄学院",
    "滕州市大数据中心",
    "齐鲁评审",
    "枣庄智云科技有限公司",
)
QUOTAS = {"technology": 2, "security": 1, "cost": 1, "management": 1}
# The largest value of chi-square that one in a thousand honest draws exceeds, by degrees of freedom.
CHI_SQUARE = {7: 24.32, 27: 55.48}


def a_pool(dice: random.Random, size: int = 60) -> list[Expert]:
    return [
        Expert(
            f"专家{number}",
            dice.choice(UNITS),
            dice.choice(list(FIELDS)),
            f"0632-{number:07}",
            tuple(dice.sample(UNITS, dice.choice((0, 0, 0, 1)))),
        )
        for number in range(size)
    ]


@pytest.mark.parametrize("seed", range(150))
def test_nobody_with_an_interest_and_nobody_twice(seed: int) -> None:
    dice = random.Random(seed)
    pool, excluded = eligible(a_pool(dice), INTERESTS, out={})
    assert len(pool) + len(excluded) == 60
    panel: tuple[Expert, ...] = ()
    gone: dict[str, str] = {}
    for number in range(4):
        may, _ = eligible(pool, INTERESTS, out=gone | {expert.mark: "在名单中" for expert in panel})
        quotas = {name: n - sum(e.field == name for e in panel) for name, n in QUOTAS.items()}
        if missing(may, quotas):
            break
        drawn = selected(may, quotas, written_seed(f"{seed} {number}"))
        panel = (*panel, *drawn)
        assert len({expert.mark for expert in panel}) == len(panel) == 5
        assert not {expert.mark for expert in panel} & gone.keys()
        assert Counter(expert.field for expert in panel) == QUOTAS
        assert all(conflict(expert, INTERESTS) is None for expert in panel)
        absent = dice.sample(panel, dice.randrange(1, 4))
        gone |= {expert.mark: "不能到会" for expert in absent}
        panel = tuple(expert for expert in panel if expert.mark not in gone)


def test_everybody_is_drawn_alike() -> None:
    pool = [Expert(f"专家{number}", "枣庄学院", "technology", f"{number}") for number in range(8)]
    times, wanted = 8000, 2
    drawn = [selected(pool, {"technology": wanted}, written_seed(f"alike {n}")) for n in range(times)]
    single = Counter(expert.name for each in drawn for expert in each)
    expected = times * wanted / len(pool)
    # Two of eight without putting back: the variance of each count is smaller than that of independent draws.
    spread = sum((single[expert.name] - expected) ** 2 for expert in pool) / (expected * (1 - wanted / len(pool)))
    assert spread * (len(pool) - 1) / len(pool) < CHI_SQUARE[7]
    pairs = Counter(frozenset(expert.name for expert in each) for each in drawn)
    every = [frozenset(pair) for pair in combinations([expert.name for expert in pool], 2)]
    each = times / len(every)
    assert sum((pairs[pair] - each) ** 2 / each for pair in every) < CHI_SQUARE[27]


@pytest.mark.parametrize("seed", range(40))
def test_the_record_gives_the_same_again_whatever_the_order_of_the_pool(seed: int) -> None:
    dice = random.Random(seed)
    pool, excluded = eligible(a_pool(dice, 80), (), out={})
    key = fresh_seed("any")
    draw = Draw(1, key, QUOTAS, pool, selected(pool, QUOTAS, key), excluded, absent=(Exclusion(pool[0], "出差"),))
    read = as_draw(as_record(draw))
    assert read == draw
    assert read.repeatable
    mixed = list(pool)
    dice.shuffle(mixed)
    assert selected(mixed, QUOTAS, key) == draw.drawn
    assert Draw(1, key, QUOTAS, tuple(mixed), draw.drawn).digest == draw.digest
    forged = Draw(1, key, QUOTAS, pool, draw.drawn[::-1])
    assert not forged.repeatable


def test_no_two_seeds_alike() -> None:
    assert len({fresh_seed("x") for _ in range(1000)}) == 1000


@pytest.mark.parametrize(
    ("expert", "words"),
    [
        (Expert("甲", "峄城区教育和体育局", "cost"), "申报单位"),
        (Expert("甲", "区教育和体育局", "cost"), "申报单位"),
        (Expert("甲", " 峄城区教育和体育局  信息中心", "cost"), "申报单位"),
        (Expert("甲", "齐鲁评审", "cost"), "评审机构"),
        (Expert("甲", "枣庄学院", "cost", ties=("枣庄智云科技有限公司",)), "申报了与可能的承建单位"),
        (Expert("甲", "枣庄学院", "cost"), None),
        (Expert("甲", "教体局", "cost"), None),
    ],
)
def test_who_must_stay_away(expert: Expert, words: str | None) -> None:
    reason = conflict(expert, INTERESTS)
    assert reason is None if words is None else words in (reason or "")
