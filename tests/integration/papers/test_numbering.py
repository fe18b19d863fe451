"""Numbers of official documents: one after the other in a year, whoever asks at the same moment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from app.features.papers import store
from app.kernel.database import Database


def number(database: Database, series: str = "峄数审", year: int = 2026) -> str:
    with database.write() as uow:
        return store.next_number(uow, series=series, year=year)


def give_up(database: Database) -> None:
    with database.write() as uow:
        store.next_number(uow, series="峄数审", year=2026)
        raise ZeroDivisionError


def test_every_series_and_every_year_begins_with_one(database: Database):
    assert [number(database), number(database), number(database, "峄数验"), number(database, year=2027)] == [
        "峄数审〔2026〕1号",
        "峄数审〔2026〕2号",
        "峄数验〔2026〕1号",
        "峄数审〔2027〕1号",
    ]


def test_a_document_that_was_not_issued_after_all_leaves_no_gap(database: Database):
    with pytest.raises(ZeroDivisionError):
        give_up(database)
    assert number(database) == "峄数审〔2026〕1号"


def test_many_at_once_get_every_number_once(database: Database):
    with ThreadPoolExecutor(8) as clerks:
        found = list(clerks.map(lambda _: number(database), range(40)))
    assert sorted(found) == sorted(f"峄数审〔2026〕{each}号" for each in range(1, 41))
