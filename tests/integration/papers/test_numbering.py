"""Numbers of official documents: one after the other in a year, whoever asks at the same moment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest

from app.features.papers import store
from app.features.papers.model import Paper
from app.kernel.database import Database
from app.kernel.ids import new_id


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


def test_a_number_that_somebody_wrote_is_not_given_again(database: Database):
    with database.write() as uow:
        assert store.take_number(uow, "峄数审〔2026〕7号", series="峄数审", occasion="one")
    assert number(database) == "峄数审〔2026〕8号"
    with database.write() as uow:
        assert store.take_number(uow, "峄数审〔2026〕3号", series="峄数审", occasion="two"), "an old one is free"
        assert store.take_number(uow, "峄办字第5号", series="峄数审", occasion="three"), "so is one of another form"
    assert number(database) == "峄数审〔2026〕9号"


def test_a_number_that_another_document_bears_cannot_be_taken(database: Database):
    with database.write() as uow:
        store.add(uow, paper(number="峄数审〔2026〕7号", occasion="one"))
        assert store.take_number(uow, "峄数审〔2026〕7号", series="峄数审", occasion="one"), "a further version of it"
        assert not store.take_number(uow, "峄数审〔2026〕7号", series="峄数审", occasion="two")


def paper(*, number: str, occasion: str) -> Paper:
    return Paper(
        id=new_id(),
        kind="review-opinion",
        title="项目审核意见",
        case_id="case",
        project_id=None,
        occasion=occasion,
        version=1,
        number=number,
        dated=date(2026, 3, 2),
        template_version=0,
        template_sha256="",
        attachment_id="file",
        name="意见.docx",
        sha256="",
        size=1,
        issued_by="somebody",
        issued_by_name="孙敏",
        issued_org="峄城区大数据局",
        issued_at=datetime(2026, 3, 2, tzinfo=UTC),
    )
