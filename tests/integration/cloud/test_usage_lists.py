"""Lists of utilisation, sent in by a provider and taken up by the official process (附5-9)."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import select

from app.features.audit.store import audit_entry
from app.features.cloud import lists, store
from app.features.identity.model import Identity
from app.features.projects import store as projects
from app.features.projects.model import Party
from app.kernel.errors import Conflict, Invalid, Refused, TooLarge
from services.cloud import CloudResource, Sizes, SpecialPeriod, Usage
from services.cloud_list import MOST_ROWS
from tests.support.district import District
from tests.support.drawing import drawing, end, start, user

ROOT = Path(__file__).parents[3]
HEADINGS = "云资源编号,系统名称,统计起始日期,统计截止日期,CPU利用率,内存利用率,存储利用率"
NUMBERS = ("YC2027-0001-Y01", "YC2027-0001-Y02", "YC2027-0001-Y03")


@pytest.fixture
def holding(district: District, provider: Identity) -> str:
    """A project with three resources of the provider, of which the bureau knows that the third has a special time."""
    district.calendar.seed()
    district.definitions.deploy_directories(ROOT / "processes", ROOT / "forms")
    project_id, _ = district.register()
    special = SpecialPeriod(date(2026, 2, 20), date(2026, 3, 10), "开学", date(2026, 2, 1))
    with district.database.write() as uow:
        projects.set_party(uow, project_id=project_id, party=Party("cloud-provider", "cloud", "枣庄政务云"))
        for number in NUMBERS:
            resource = CloudResource(
                number=number,
                system=f"系统{number[-1]}",
                provider_id="cloud",
                sizes=Sizes(16, 32, 500),
                state="running",
                billing_from=date(2026, 1, 1),
                special=(special,) if number == NUMBERS[2] else (),
            )
            store.put(uow, resource, project_id=project_id, case_id="first")
    return project_id


def written(*lines: str) -> bytes:
    return "\n".join((HEADINGS, *lines)).encode("gb18030")


def line(number: str, cpu: str = "45%", since: str = "2026/2/1", until: str = "2026/2/28") -> str:
    return f"{number},“某某”系统,{since},{until},{cpu},55,70"


def usage(district: District, project_id: str) -> dict[str, Usage | None]:
    with district.database.read() as uow:
        return {each.number: each.usage for each in store.of_project(uow, project_id)}


def cases(district: District, project_id: str) -> list[str]:
    found = district.views.cases_of_project(district.people["bai"], project_id)
    return [each.status for each in found if each.process_id == "cloud-usage"]


def test_what_was_used_too_little_has_to_change_and_the_rest_has_not(
    district: District, holding: str, provider: Identity
) -> None:
    before = len(district.tasks("xue"))
    content = written(line(NUMBERS[0], "19.99"), line(NUMBERS[1], "20"), line(NUMBERS[2], "5"))
    found = district.usage_lists.look_at(provider, content)
    assert [(each.number, entry.unit) for each, entry in found.lines] == [(n, "区教育和体育局") for n in NUMBERS]
    assert usage(district, holding) == dict.fromkeys(NUMBERS)

    assert district.usage_lists.send_in(provider, found.text.encode()) == 3
    reported = usage(district, holding)
    assert reported[NUMBERS[0]] == Usage(
        date(2026, 2, 1), date(2026, 2, 28), Decimal("19.99"), Decimal(55), Decimal(70)
    )
    district.worker.run_once()
    assert sorted(cases(district, holding)) == ["completed", "completed", "running"]
    assert usage(district, holding) == reported
    change, *rest = [task for task in district.tasks("xue") if task.name == "申请变更或报备停用"]
    assert (rest, len(district.tasks("xue"))) == ([], before + 1)
    assert change.due_at is not None
    assert change.project_id == holding


def test_one_wrong_line_keeps_all_from_being_reported(district: District, holding: str, provider: Identity) -> None:
    wrong = written(
        line(NUMBERS[0]), line("YC2027-0009-Y01"), line(NUMBERS[1], "101"), line(NUMBERS[2], until="2027/1/1")
    )
    found = district.usage_lists.look_at(provider, wrong)
    assert [(each.line, each.message[:8]) for each in found.problems] == [
        (3, "“YC2027-"),
        (4, "“CPU利用率”"),
        (5, "统计截止日期应填"),
    ]
    with pytest.raises(Invalid, match=r"第3行.*第4行.*第5行"):
        district.usage_lists.send_in(provider, wrong)
    district.worker.run_once()
    assert usage(district, holding) == dict.fromkeys(NUMBERS)
    assert cases(district, holding) == []


def test_a_list_is_reported_once_and_months_follow_each_other(
    district: District, holding: str, provider: Identity
) -> None:
    months = (
        line(NUMBERS[0], since="2026/1/1", until="2026/1/31"),
        line(NUMBERS[0], since="2026/2/1", until="2026/2/28"),
    )
    assert [each.line for each in district.usage_lists.look_at(provider, written(*months[::-1])).problems] == [3]
    assert district.usage_lists.send_in(provider, written(*months)) == 2
    with pytest.raises(Invalid, match="已经上报到2026-02-28"):
        district.usage_lists.send_in(provider, written(*months))
    district.worker.run_once()
    last = usage(district, holding)[NUMBERS[0]]
    assert last is not None
    assert last.until == date(2026, 2, 28)
    assert cases(district, holding) == ["completed", "completed"]


def test_only_providers_send_in_and_only_what_is_theirs_and_running(
    district: District, holding: str, provider: Identity
) -> None:
    content = written(line(NUMBERS[0]))
    for person in district.people.values():
        for act in (district.usage_lists.look_at, district.usage_lists.send_in):
            with pytest.raises(Refused):
                act(person, content)
        with pytest.raises(Refused):
            district.usage_lists.template(person)
    with district.database.write() as uow:
        (first, second, _) = store.of_project(uow, holding)
        store.put(uow, replace(first, provider_id="other"), project_id=holding, case_id="first")
        store.put(uow, replace(second, state="stopped"), project_id=holding, case_id="first")
    found = district.usage_lists.look_at(provider, written(line(NUMBERS[0]), line(NUMBERS[1]), line(NUMBERS[2])))
    assert [each.line for each in found.problems] == [2, 3]
    assert [entry.resource.number for entry in district.usage_lists.resources(provider)] == [NUMBERS[2]]


def test_a_list_is_not_lost_where_no_process_takes_it_up(district: District, holding: str, provider: Identity) -> None:
    district.deploy(
        drawing("other", {"begin": start(), "do": user("applicant"), "finish": end()}, ["begin -> do", "do -> finish"])
    )
    with pytest.raises(Conflict, match="逐项上报"):
        district.usage_lists.send_in(provider, written(line(NUMBERS[0])))
    assert usage(district, holding) == dict.fromkeys(NUMBERS)


def test_the_template_is_filled_in_and_sent_back(district: District, holding: str, provider: Identity) -> None:
    with district.database.write() as uow:
        (first, *_) = store.of_project(uow, holding)
        store.put(uow, replace(first, system="=1+1"), project_id=holding, case_id="first")
    book = load_workbook(io.BytesIO(district.usage_lists.template(provider)))
    sheet = book.active
    assert [sheet.cell(2, column).value for column in (1, 2, 3)] == [NUMBERS[0], "=1+1", "区教育和体育局"]
    assert sheet.cell(2, 2).data_type == "s"
    for row in range(2, 5):
        sheet.cell(row, 4).value, sheet.cell(row, 5).value = date(2026, 2, 1), date(2026, 2, 28)
        for column, share in ((6, 0.1999), (7, 0.55), (8, 0.7)):
            sheet.cell(row, column, share).number_format = "0.00%"
    target = io.BytesIO()
    book.save(target)
    found = district.usage_lists.look_at(provider, target.getvalue())
    assert found.problems == ()
    assert {str(each.usage.cpu) for each, _ in found.lines} == {"19.99"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_text_in_every_encoding_that_spreadsheets_write(encoding: str, separator: str) -> None:
    lines = [HEADINGS.split(","), ["YC2027-0001-Y01", "婚姻登记", '"1,234"', "", "", "", ""]]
    content = "\r\n".join(separator.join(cells) for cells in lines).encode(encoding)
    headings, cells = lists.table(content)
    assert (headings[0], cells[1], cells[2]) == ("云资源编号", "婚姻登记", "1,234")
    marked = ("sep=" + separator + "\r\n").encode() if encoding in ("gbk", "utf-8") else b""
    assert len(lists.table(marked + content)) == 2


def test_files_that_are_no_lists() -> None:
    for content, words in (
        (b"\xd0\xcf\x11\xe0old", "xls"),
        (b"PK\x03\x04broken", "打不开"),
        (b"\x81\xff\xff", "编码"),
        (b"a,\x00", "打不开"),
        (b'a,"' + b"x" * 200_000, "打不开"),
    ):
        with pytest.raises(Invalid, match=words):
            lists.table(content)
    with pytest.raises(TooLarge, match="5 MB"):
        lists.table(b"x" * (lists.LARGEST_FILE + 1))
    with pytest.raises(TooLarge, match="10000行"):
        lists.table(b"1\n" * (MOST_ROWS + 1001))


def test_a_workbook_that_unfolds_without_end_is_not_opened() -> None:
    book = Workbook()
    book.active.append(["0" * 1000])
    target = io.BytesIO()
    book.save(target)
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/filler.xml", b" " * (65 * 1024 * 1024))
    assert len(target.getvalue()) < lists.LARGEST_FILE
    with pytest.raises(TooLarge, match="太大"):
        lists.table(target.getvalue())


def test_the_act_is_in_the_audit_trail(district: District, holding: str, provider: Identity) -> None:
    district.usage_lists.send_in(provider, written(line(NUMBERS[0]), line(NUMBERS[1])))
    with district.database.read() as uow:
        acts = uow.connection.execute(select(audit_entry).where(audit_entry.c.action == "report-usage-list")).all()
    (act,) = acts
    assert (act.actor_id, act.details["lines"]) == ("yun", 2)
