from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import literal, select

from app.features.forms import store
from app.features.forms.usecases import MAX_DRAFT, Drafts, saved_words
from app.features.identity.model import Identity
from app.kernel.clock import local
from app.kernel.errors import Conflict, Invalid, Refused

CLERK = Identity(user_id="u1", account="li", name="李文")
OTHER = Identity(user_id="u2", account="wang", name="王武")


def anyone(_uow):
    pass


def nobody(_uow):
    raise Refused("不是您的任务。")


@pytest.fixture
def drafts(database) -> Drafts:
    return Drafts(database)


def test_a_draft_comes_back_to_its_author_alone(drafts, clock):
    entries = {"title": "智慧档案馆", "items": [{"price": "１２"}], "promise": True}
    saved = drafts.save(CLERK, "t1", entries, rev=0, may=anyone)
    assert drafts.load(CLERK, "t1", may=anyone) == saved
    assert (saved.rev, saved.saved_at) == (1, clock.now())
    assert drafts.load(OTHER, "t1", may=anyone) is None
    assert drafts.load(CLERK, "t2", may=anyone) is None


def test_two_windows_do_not_undo_each_other(drafts):
    drafts.save(CLERK, "t1", {"title": "一"}, rev=0, may=anyone)
    drafts.save(CLERK, "t1", {"title": "二"}, rev=1, may=anyone)
    for stale in (0, 1, 7):
        with pytest.raises(Conflict, match="另一个窗口"):
            drafts.save(CLERK, "t1", {"title": "三"}, rev=stale, may=anyone)
    assert drafts.load(CLERK, "t1", may=anyone).entries == {"title": "二"}


def test_the_task_decides_who_may(drafts):
    with pytest.raises(Refused):
        drafts.save(CLERK, "t1", {}, rev=0, may=nobody)
    with pytest.raises(Refused):
        drafts.load(CLERK, "t1", may=nobody)


def test_a_draft_has_a_limit(drafts):
    with pytest.raises(Invalid, match="作为附件"):
        drafts.save(CLERK, "t1", {"title": "长" * MAX_DRAFT}, rev=0, may=anyone)


def test_drafts_end_with_their_task_and_hold_their_files_until_then(drafts, database):
    file = {"id": "f1", "name": "方案.pdf", "size": 3}
    in_row = {"id": "f2", "name": "图.png", "size": 4}
    drafts.save(CLERK, "t1", {"plan": [file], "items": [{"scan": [in_row], "name": "甲"}]}, rev=0, may=anyone)
    drafts.save(OTHER, "t2", {"plan": []}, rev=0, may=anyone)
    with database.write() as uow:
        assert store.files_in_use(uow) == {"f1", "f2"}
        assert store.remove(uow, of_tasks=select(literal("t1"))) == 1
        assert store.files_in_use(uow) == set()
        assert store.find(uow, task_id="t2", user_id="u2") is not None


def test_the_time_of_saving_is_told_shortly(clock):
    now = clock.now()
    assert saved_words(now, now) == f"{local(now):%H:%M}"
    assert saved_words(now - timedelta(days=3), now) == "2月27日 09:00"
