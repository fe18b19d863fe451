"""Official documents through the pages: made, issued, scanned, their templates changed, and everything archived."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from docx import Document
from openpyxl import load_workbook

from app.bootstrap import DOCUMENTS
from app.features.audit import store as audit
from app.kernel.clock import FrozenClock
from app.scenarios.model import Expectation, Proceed, Scenario, Start
from app.scenarios.player import OBSERVER, Player
from app.scenarios.reading import read_usual
from app.scenarios.running import SCENARIOS
from tests.support.filling import PDF
from tests.support.standing import Standing
from tests.support.world import World

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@pytest.fixture(scope="module")
def shared(standing: Standing, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = World(standing, tmp_path_factory.mktemp("papers"))
    yield world
    world.close()


@pytest.fixture
def world(shared: World) -> Iterator[World]:
    yield shared
    shared.restore()


def address(world: World, story: str, kind: str) -> str:
    return f"/cases/{world.standing.cases[story]}/papers/{kind}"


def words(content: bytes) -> str:
    """Everything a Word document says."""
    document = Document(io.BytesIO(content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


def issue(world: World, account: str, story: str, kind: str, **fields: str) -> None:
    assert world.open(account, "POST", address(world, story, kind), data=fields).status_code == 302


def issued(world: World, kind: str) -> list[tuple]:
    return world.rows(
        f"SELECT id, number, version, sha256, attachment_id, occasion FROM paper WHERE kind = '{kind}' ORDER BY id"
    )


def test_the_applicant_prints_what_was_filled_in(world: World):
    data = next(each.data for each in world.case("accepting").submissions if each.form_id == "submit-application")
    answer = world.open("jtj-jb", "GET", address(world, "accepting", "application-letter"))
    assert (answer.status_code, answer.mimetype) == (200, DOCX)
    said = words(answer.data)
    for key in ("letter_number", "letter_title", "letter_signer", "need_text", "funding_text", "letter_email"):
        assert data[key] in said, key
    said = words(world.open("jtj-jb", "GET", address(world, "accepting", "application-form")).data)
    assert data["main_content"] in said
    assert "☑政务外网" in said
    assert issued(world, "application-letter") == []


def test_a_draft_is_printed_before_it_is_submitted(world: World):
    task = world.task("fresh", "declare-scope")
    path = f"{address(world, 'fresh', 'plan-outline')}?task={task}"
    assert "区教育fresh项目" in words(world.open("jtj-jb", "GET", path).data)
    nothing = world.open("jtj-jb", "GET", address(world, "fresh", "application-form"))
    assert nothing.status_code == 302, "there is nothing to print, and the page says so"


def test_an_official_document_gets_the_number_that_was_written_a_digest_and_a_line_in_the_trail(world: World):
    written = next(each.data for each in world.case("approving").submissions if each.form_id == "issue-opinion")
    issue(world, "dsj-sunmin", "approving", "review-opinion")
    paper_id, number, version, sha256, attachment_id, _ = issued(world, "review-opinion")[-1]
    assert (number, version) == (written["opinion_number"], 1)
    answer = world.open("jtj-jb", "GET", f"/attachments/{attachment_id}?download=1")
    assert hashlib.sha256(answer.data).hexdigest() == sha256
    assert number in words(answer.data)
    case_id = world.standing.cases["approving"]
    with world.product.database.read() as uow:
        last = audit.entries(uow, f"case:{case_id}")[-1]
    assert (last.act.action, last.act.subject) == ("issue-paper", f"paper:{paper_id}")
    assert last.act.details["sha256"] == sha256
    assert world.product.trail.verify(world.identity("shenji")) == {}


def test_issued_again_it_is_another_version_under_the_same_number_and_the_first_stays(world: World):
    for _ in range(2):
        issue(world, "dsj-sunmin", "approving", "review-opinion")
    first, second = issued(world, "review-opinion")[-2:]
    assert first[1] == second[1]
    assert (first[2], second[2]) == (1, 2)
    assert first[5] == second[5]
    assert world.open("dsj-liuyang", "GET", f"/attachments/{first[4]}").status_code == 200


def test_whoever_sees_a_project_reads_its_documents_but_only_its_issuer_makes_them(world: World):
    path = address(world, "approving", "review-opinion")
    for account, status in (("jtj-jb", 403), ("czj-wangfang", 403), ("wjj-jb", 404), ("bms-gaofeng", 404)):
        assert world.open(account, "GET", path).status_code == status, account
        assert world.open(account, "POST", path).status_code == status, account
    issue(world, "dsj-sunmin", "approving", "review-opinion")
    attachment = issued(world, "review-opinion")[-1][4]
    seen = {name: world.open(name, "GET", f"/attachments/{attachment}").status_code for name in ("jtj-fz", "wjj-jb")}
    assert seen == {"jtj-fz": 200, "wjj-jb": 404}


def test_of_a_confidential_project_nobody_gets_a_document_or_an_archive_who_may_not_know_of_it(world: World):
    code, path = world.standing.codes["secret"], address(world, "secret", "plan-outline")
    for account in ("dsj-sunmin", "guanli", "yjj-tongshi", "qzf-xuhui", "jtj-jb"):
        assert world.open(account, "GET", path).status_code == 404, account
        assert world.open(account, "POST", f"/projects/{code}/archive").status_code == 404, account
    assert world.open("yjj-jb", "GET", path).status_code == 200
    assert world.open("bms-gaofeng", "POST", f"/projects/{code}/archive").status_code == 200


def test_a_scan_stands_beside_its_document_and_must_be_a_scan(world: World):
    issue(world, "dsj-sunmin", "approving", "review-opinion")
    paper_id = issued(world, "review-opinion")[-1][0]

    def scan(name: str, content: bytes) -> str:
        sent = {"file": (io.BytesIO(content), name)}
        world.open("dsj-sunmin", "POST", f"/papers/{paper_id}/scan", data=sent)
        return world.open("jtj-jb", "GET", f"/projects/{world.standing.codes['approving']}").text

    assert "盖章.pdf" in scan("盖章.pdf", PDF)
    assert "假的.pdf" not in scan("假的.pdf", b"no pdf at all")
    assert "盖章.docx" not in scan("盖章.docx", (DOCUMENTS / "review-opinion.docx").read_bytes())


def test_a_new_template_counts_from_then_on_and_the_former_stays(world: World):
    document = Document(io.BytesIO(world.open("liucheng", "GET", "/templates/review-opinion/0").data))
    document.add_paragraph("本意见一式三份。{{项目编号}}")
    target = io.BytesIO()
    document.save(target)

    def upload(content: bytes) -> None:
        sent = {"file": (io.BytesIO(content), "模板.docx"), "note": "加一句"}
        assert world.open("liucheng", "POST", "/templates/review-opinion", data=sent).status_code == 302

    upload(b"broken")
    assert "第 1 版" not in world.open("liucheng", "GET", "/templates/").text
    upload(target.getvalue())
    assert "加一句" in world.open("guanli", "GET", "/templates/").text
    issue(world, "dsj-sunmin", "approving", "review-opinion")
    row = world.rows("SELECT template_version, template_sha256, attachment_id FROM paper ORDER BY id DESC LIMIT 1")[0]
    assert row[:2] == (1, hashlib.sha256(target.getvalue()).hexdigest())
    assert "本意见一式三份。YC" in words(world.open("jtj-jb", "GET", f"/attachments/{row[2]}").data)
    first = world.open("guanli", "GET", "/templates/review-opinion/0").data
    assert first == (DOCUMENTS / "review-opinion.docx").read_bytes()


def test_the_archive_holds_every_file_with_its_digest_the_history_and_the_trail(world: World):
    issue(world, "dsj-sunmin", "testing", "review-opinion")
    code = world.standing.codes["testing"]
    answer = world.open("dsj-sunmin", "POST", f"/projects/{code}/archive")
    package = zipfile.ZipFile(io.BytesIO(answer.data))
    assert package.testzip() is None
    index = json.loads(package.read("目录.json"))
    assert index["project"] == code
    listed = {each["path"]: each["sha256"] for each in index["files"]}
    assert set(package.namelist()) - {"目录.json", "目录.xlsx"} == set(listed)
    assert all(hashlib.sha256(package.read(path)).hexdigest() == digest for path, digest in listed.items())
    case_id = world.standing.cases["testing"]
    kept = {row[0] for row in world.rows(f"SELECT sha256 FROM attachment WHERE case_id = '{case_id}'")}
    assert kept <= set(listed.values())
    book = load_workbook(io.BytesIO(package.read("目录.xlsx")))
    assert book.sheetnames == ["目录", "办理记录", "操作日志"]
    happened = {row[3].value for row in book["办理记录"].iter_rows(min_row=2)}
    assert {"到达", "办结"} <= happened
    assert not any(word.isascii() for word in happened)
    head = world.rows(f"SELECT audit_seq, audit_head FROM \"case\" WHERE id = '{case_id}'")[0]
    assert head in {(row[2].value, row[3].value) for row in book["操作日志"].iter_rows(min_row=2)}
    chain = json.loads(package.read("操作日志.json"))[f"case:{case_id}"]
    assert (chain[-1]["action"], chain[-1]["hash"]) == ("fetch-archive", head[1])
    pages = [package.read(name).decode() for name in package.namelist() if name.endswith(".html")]
    assert any("建设业务受理" in page for page in pages)
    assert not any(re.search(r'(?:src|href)="', page) for page in pages), "a page of the archive needs nothing else"


def test_the_applicant_fetches_the_archive_when_the_project_has_ended(world: World):
    code = world.standing.codes["testing"]
    assert world.open("jtj-jb", "POST", f"/projects/{code}/archive").status_code == 403
    assert "下载归档包" not in world.open("jtj-jb", "GET", f"/projects/{code}").text
    with world.product.database.write() as uow:
        uow.connection.exec_driver_sql(f"UPDATE project SET status = 'finished' WHERE code = '{code}'")
    assert "下载归档包" in world.open("jtj-jb", "GET", f"/projects/{code}").text
    assert world.open("jtj-jb", "POST", f"/projects/{code}/archive").status_code == 200
    assert world.open("pc-baixue", "POST", f"/projects/{code}/archive").status_code == 403


def at_the_opinion(world: World) -> tuple[str, str]:
    """A project whose opinion is to be issued: its case and its task."""
    start = Start(world.standing.at, "区教育和体育局", "区教育审核项目")
    story = Scenario(
        Path("opinion.yaml"), "opinion", (), start, (Proceed("issue-opinion", {}, frozenset()),), Expectation()
    )
    clock = FrozenClock(world.standing.at)
    player = Player(world.product, clock=clock, district=world.standing.district, usual=read_usual(SCENARIOS / "usual"))
    try:
        (played,) = player.play((story,))
    finally:
        player.close()
    assert not played.problems
    tasks = world.product.case_views.case_view(OBSERVER, played.case_id).open_tasks
    return played.case_id, next(task.id for task in tasks if task.element_id == "issue-opinion")


def test_what_is_issued_while_a_form_is_filled_in_says_what_is_typed_there_and_gives_it_its_number(world: World):
    case_id, task_id = at_the_opinion(world)
    typed = {"opinion_text": "同意建设，请做好数据共享。", "opinion_date": "2026-11-25", "_draft": "1"}
    assert world.open("dsj-sunmin", "POST", f"/tasks/{task_id}", data=typed).status_code == 200
    path = f"/cases/{case_id}/papers/review-opinion"
    said = words(world.open("dsj-sunmin", "GET", f"{path}?task={task_id}").data)
    assert "同意建设，请做好数据共享。" in said
    assert "2026年11月25日" in said
    assert world.open("dsj-liuyang", "GET", f"{path}?task={task_id}").status_code == 200
    assert world.open("czj-wangfang", "GET", f"{path}?task={task_id}").status_code == 403
    assert world.open("dsj-sunmin", "POST", path, data={"task": task_id}).location == f"/tasks/{task_id}"
    number = issued(world, "review-opinion")[-1][1]
    page = world.open("dsj-sunmin", "GET", f"/tasks/{task_id}").text
    assert f'value="{number}"' in page
    assert "同意建设，请做好数据共享。" in page
