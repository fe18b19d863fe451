from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.features.audit.model import EMPTY, Act, Actor, Entry, Head, first_break, link

AT = datetime(2026, 3, 2, 1, tzinfo=UTC)
CLERK = Actor(user_id="u1", name="李华", role="applicant@o1")


def chain(length: int) -> tuple[list[Entry], Head]:
    entries, head = [], EMPTY
    for number in range(length):
        act = Act(actor=CLERK, action="complete-task", subject=f"user_task:{number}", details={"数": number})
        entries.append(link("case-1", head, at=AT, act=act))
        head = Head(entries[-1].seq, entries[-1].hash)
    return entries, head


@pytest.mark.parametrize("length", [0, 1, 5])
def test_a_whole_chain_has_no_break(length: int):
    entries, head = chain(length)
    assert first_break(entries, head) is None
    assert head.seq == length


@pytest.mark.parametrize(
    "change",
    [
        {"at": datetime(2026, 3, 2, 2, tzinfo=UTC)},
        {"scope": "case-2"},
        {"act": Act(actor=CLERK, action="complete-task", subject="user_task:2", details={"数": 3})},
        {
            "act": Act(
                actor=replace(CLERK, name="王五"), action="complete-task", subject="user_task:2", details={"数": 2}
            )
        },
        {"act": Act(actor=CLERK, action="return-task", subject="user_task:2", details={"数": 2})},
        {"hash": "0" * 64},
        {"previous": "0" * 64},
    ],
)
def test_a_changed_entry_is_found(change: dict):
    entries, head = chain(5)
    entries[2] = replace(entries[2], **change)
    assert first_break(entries, head) == 3


def test_a_removed_entry_is_found():
    entries, head = chain(5)
    assert first_break(entries[:1] + entries[2:], head) == 2


def test_a_cut_off_end_is_found():
    entries, head = chain(5)
    assert first_break(entries[:3], head) == 4
    assert first_break([], head) == 1


def test_an_entry_added_behind_the_head_is_found():
    entries, _ = chain(5)
    _, shorter = chain(4)
    assert first_break(entries, shorter) == 5


def test_a_chain_rewritten_from_an_entry_on_does_not_reach_the_kept_head():
    entries, head = chain(5)
    forged, at = entries[:2], Head(entries[1].seq, entries[1].hash)
    for entry in entries[2:]:
        forged.append(link("case-1", at, at=AT, act=replace(entry.act, action="forged")))
        at = Head(forged[-1].seq, forged[-1].hash)
    assert first_break(forged, head) is not None
