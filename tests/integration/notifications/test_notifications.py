from __future__ import annotations

from app.features.notifications.model import Message
from app.features.notifications.usecases import tell
from tests.support.district import District


def message(key: str, *, role: str = "data-bureau", org_id: str = "bureau") -> Message:
    return Message(key=key, role=role, org_id=org_id, title=f"标题 {key}", body="正文", case_id="c", task_id="t")


def test_everybody_with_the_role_at_the_organisation_is_told_once(district: District) -> None:
    for _ in range(2):
        with district.database.write() as uow:
            told = tell(uow, message("one"))
    assert told == 0
    for person in ("bai", "bao"):
        (only,) = district.notifications.latest(district.people[person])
        assert (only.title, only.body, only.case_id, only.task_id) == ("标题 one", "正文", "c", "t")
    for person in ("bei", "cai", "xue", "admin"):
        assert district.notifications.latest(district.people[person]) == []


def test_what_is_read_counts_no_more_and_belongs_to_its_reader(district: District) -> None:
    bai, bao = district.people["bai"], district.people["bao"]
    for key in ("one", "two", "three"):
        with district.database.write() as uow:
            assert tell(uow, message(key)) == 2
    newest, second, oldest = district.notifications.latest(bai)
    assert [each.title for each in (newest, second, oldest)] == ["标题 three", "标题 two", "标题 one"]
    assert [each.id for each in district.notifications.latest(bai, limit=2, after=newest.id)] == [second.id, oldest.id]
    district.notifications.mark_read(bai, [newest.id])
    district.notifications.mark_read(bao, [second.id])
    assert (district.notifications.unread(bai), district.notifications.unread(bao)) == (2, 3)
    district.notifications.mark_read(bai)
    assert (district.notifications.unread(bai), district.notifications.unread(bao)) == (0, 3)
    assert all(each.read_at is not None for each in district.notifications.latest(bai))
