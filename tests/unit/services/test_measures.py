from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

import pytest

from services.deadlines import ZONE
from services.effects import AddLedgerEntry, ImposeMeasure, LiftMeasure
from services.facts import Facts
from services.measures import Measure, Span, ordered, prolonged, standing
from services.registry import TASKS

FILE = [{"id": "a1", "name": "核查材料.pdf", "size": 900}]
LIFTING = {"lifting_scope": "all", "lifting_grounds": "已整改", "lifting_file": FILE}


def imposed(kind: str, clause: str = "3.3-11", case_id: str = "case-1") -> Measure:
    return Measure(kind, clause, "督查发现重大问题", datetime(2026, 2, 1, 9, tzinfo=ZONE), case_id)


def test_a_measure_says_why_and_who_can_lift_it() -> None:
    words = imposed("work").sentence()
    assert words.startswith("暂停建设：督查发现重大问题。")
    assert "区政府批准后解除" in words
    assert words.endswith("（3.3-11）")


def test_building_waits_for_the_supervisor_until_its_filing_or_an_exemption(facts: Callable[..., Facts]) -> None:
    headers = {"kind": "supervision", "clause": "3.3-7", "reason": "调整后投资达到监理标准"}
    now = datetime(2026, 3, 1, 9, tzinfo=ZONE)
    held = ordered([], TASKS["impose-measure"]({}, headers, facts()).effects, at=now, case_id="case-1")
    (measure,) = standing(held, "supervision")
    assert measure.sentence().startswith("监理备案之前不得建设：调整后投资达到监理标准。监理单位经区大数据局备案")
    assert not measure.is_sanction
    lifted = TASKS["lift-measure"]({}, {**headers, "own": "yes"}, facts()).effects
    assert standing(ordered(held, lifted, at=now, case_id="case-2")) == (measure,)
    assert standing(ordered(held, lifted, at=now, case_id="case-1")) == ()


def test_criticism_is_kept_and_holds_nothing() -> None:
    assert standing([imposed("notice"), imposed("payment")]) == (imposed("payment"),)


def test_a_sanction_is_imposed_with_the_number_of_its_decision(facts: Callable[..., Facts]) -> None:
    headers = {"kind": "work payment", "clause": "3.3-11", "reason": "区政府批准暂停建设"}
    outcome = TASKS["impose-measure"]({"document": "峄政字1号"}, headers, facts())
    words = "区政府批准暂停建设（峄政字1号）"
    assert outcome.effects == (ImposeMeasure("work", "3.3-11", words), ImposeMeasure("payment", "3.3-11", words))
    assert TASKS["impose-measure"]({}, {**headers, "kind": "fine"}, facts()).refused


@pytest.mark.parametrize(("scope", "kinds"), [("all", ["payment", "work"]), ("work", ["work"]), (None, ["payment"])])
def test_what_is_lifted_is_what_was_asked_for(facts: Callable[..., Facts], scope: str, kinds: list[str]) -> None:
    headers = {"kind": "payment", "clause": "3.3-11", "reason": "批准解除"}
    effects = TASKS["lift-measure"]({"scope": scope}, headers, facts()).effects
    assert effects == tuple(LiftMeasure(kind, "3.3-11", "批准解除") for kind in kinds)


def test_lifting_ends_the_same_kind_and_clause_and_one_s_own_where_it_says_so() -> None:
    known = [imposed("work"), imposed("payment"), imposed("acceptance", "3.3-10", "case-2")]
    now = datetime(2026, 3, 1, 9, tzinfo=ZONE)

    def kinds(*orders: ImposeMeasure | LiftMeasure) -> list[str]:
        return [each.kind for each in standing(ordered(known, orders, at=now, case_id="case-1"))]

    assert kinds(LiftMeasure("work", "3.3-11", "")) == ["payment", "acceptance"]
    assert kinds(LiftMeasure("acceptance", "3.3-10", "", own=True)) == ["work", "payment", "acceptance"]
    assert kinds(LiftMeasure("payment", "3.4-8", "")) == ["work", "payment", "acceptance"]
    assert kinds(ImposeMeasure("payment", "3.4-8", "不合格")) == ["work", "payment", "acceptance", "payment"]


def test_lifting_is_proposed_for_what_stands_once_all_is_put_right(facts: Callable[..., Facts]) -> None:
    def fields(*measures: Measure, **answers: str) -> list[str | None]:
        given = {**LIFTING, **answers}
        return [each.field for each in TASKS["check-lifting"](given, {}, facts(measures=measures)).findings]

    assert fields(imposed("work"), imposed("payment")) == []
    assert fields() == ["lifting_scope"]
    assert fields(imposed("work"), lifting_scope="payment") == ["lifting_scope"]
    # What follows from a failed acceptance is not the government's to lift.
    assert fields(imposed("payment", "3.4-8")) == ["lifting_scope"]
    assert fields(imposed("work"), imposed("acceptance", "3.3-10")) == ["lifting_scope"]
    assert fields(imposed("work"), lifting_grounds="") == ["lifting_grounds"]


LAST = date(2026, 12, 1)


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([], date(2026, 12, 1)),
        ([(date(2026, 10, 1), date(2026, 10, 11))], date(2026, 12, 11)),
        # Two at once count once; a day after both end is free.
        ([(date(2026, 10, 1), date(2026, 10, 11)), (date(2026, 10, 5), date(2026, 10, 16))], date(2026, 12, 16)),
        # On the last day still, and within what an earlier suspension has added; not after it.
        ([(date(2026, 12, 1), date(2026, 12, 3))], date(2026, 12, 3)),
        ([(date(2026, 11, 1), date(2026, 11, 11)), (date(2026, 12, 5), date(2026, 12, 7))], date(2026, 12, 13)),
        ([(date(2026, 12, 2), date(2026, 12, 9))], date(2026, 12, 1)),
        # One that goes on counts until today; what came before the time began does not.
        ([(date(2026, 11, 20), None)], date(2026, 12, 6)),
        ([(date(2026, 5, 1), date(2026, 6, 3))], date(2026, 12, 3)),
    ],
)
def test_suspended_days_are_added_to_a_deadline(spans: list[Span], expected: date) -> None:
    assert prolonged(LAST, spans, since=date(2026, 6, 1), today=date(2026, 11, 25)) == expected


def test_a_failed_acceptance_is_counted_recorded_and_holds_payments(facts: Callable[..., Facts]) -> None:
    first = TASKS["record-failed-acceptance"]({}, {}, facts())
    assert first.variables == {"acceptance_failures": 1}
    second = TASKS["record-failed-acceptance"]({"acceptance_failures": 1}, {}, facts())
    assert second.variables == {"acceptance_failures": 2}
    entry, held = second.effects
    assert isinstance(entry, AddLedgerEntry)
    assert entry.reason.endswith("竣工验收第2次不合格")
    assert held == ImposeMeasure("payment", "3.4-8", "竣工验收第2次不合格")
