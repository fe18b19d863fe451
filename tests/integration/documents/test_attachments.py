from __future__ import annotations

import hashlib
import io
import os
import time
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest

from app.features.documents import store
from app.features.documents.model import MAX_SIZE, readable_size, safe_name
from app.features.documents.usecases import MAX_DRAFT_FILES, Attachments
from app.features.identity.model import Identity
from app.kernel.errors import Invalid, Missing, Refused, TooLarge, Unsupported

CLERK = Identity(user_id="u1", account="li", name="李文")
OTHER = Identity(user_id="u2", account="wang", name="王武")
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
JPG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
OLE = bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 2000


def archive(*names):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        for name in names:
            target.writestr(name, "内容")
    return buffer.getvalue()


def anyone(_uow):
    pass


def nobody(_uow):
    raise Refused("不是您的任务。")


def everything(_case_id):
    return True


def nothing(_case_id):
    return False


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "attachments"


@pytest.fixture
def attachments(database, directory) -> Attachments:
    return Attachments(database, directory)


def add(attachments, name="建设方案.pdf", content=PDF, *, identity=CLERK, may=anyone):
    return attachments.add(identity, scope="task-1", name=name, stream=io.BytesIO(content), may=may)


def contents(directory):
    return [path for path in directory.rglob("*") if path.is_file() and path.name != ".lock"]


def test_a_file_comes_back_as_it_went_in(attachments):
    added = add(attachments)
    assert (added.name, added.size, added.content_type) == ("建设方案.pdf", len(PDF), "application/pdf")
    assert added.sha256 == hashlib.sha256(PDF).hexdigest()
    download = attachments.open(CLERK, added.id, may_see_case=nothing)
    assert download.attachment == added
    assert download.path.read_bytes() == PDF


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.PDF", PDF),
        ("图.png", PNG),
        ("图.jpg", JPG),
        ("图.jpeg", JPG),
        ("旧.doc", OLE),
        ("旧.xls", OLE),
        ("稿.wps", OLE),
        ("表.et", OLE),
        ("新.docx", archive("[Content_Types].xml", "word/document.xml")),
        ("表.xlsx", archive("[Content_Types].xml", "xl/workbook.xml")),
        ("稿.wps", archive("[Content_Types].xml", "word/document.xml")),
        ("公文.ofd", archive("OFD.xml", "Doc_0/Document.xml")),
        ("材料.zip", archive("说明.txt")),
    ],
)
def test_office_files_are_accepted(attachments, name, content):
    assert add(attachments, name, content).name == name


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("木马.exe", b"MZ\x90\x00", "不是可以上传的文件类型"),
        ("网页.html", b"<html>", "不是可以上传的文件类型"),
        ("图.svg", b"<svg/>", "不是可以上传的文件类型"),
        ("没有扩展名", PDF, "不是可以上传的文件类型"),
        ("网页.pdf", b"<html><script>alert(1)</script>", "内容与扩展名不符"),
        ("程序.pdf", b"MZ\x90\x00" * 20, "内容与扩展名不符"),
        ("图.png", JPG, "内容与扩展名不符"),
        ("压缩.docx", archive("readme.txt"), "内容与扩展名不符"),
        ("表.docx", archive("[Content_Types].xml", "xl/workbook.xml"), "内容与扩展名不符"),
        ("坏.zip", b"PK\x03\x04broken", "内容与扩展名不符"),
    ],
)
def test_other_files_are_refused_and_leave_nothing(attachments, directory, name, content, words):
    with pytest.raises(Unsupported, match=words) as caught:
        add(attachments, name, content)
    assert name in caught.value.message
    assert contents(directory) == []


def test_an_empty_or_too_large_file_is_refused(attachments, directory):
    with pytest.raises(Invalid, match="空文件"):
        add(attachments, content=b"")
    with pytest.raises(TooLarge, match="超过 50 MB"):
        add(attachments, content=PDF + b"\0" * MAX_SIZE)
    assert contents(directory) == []


def test_equal_files_are_kept_once(attachments, directory):
    first, second = add(attachments), add(attachments, "另一份.pdf")
    assert first.id != second.id
    assert len(contents(directory)) == 1


def test_whoever_may_not_work_on_the_task_adds_nothing(attachments, directory):
    with pytest.raises(Refused):
        add(attachments, may=nobody)
    assert not directory.exists()


def test_there_is_an_end_to_adding(attachments, database, monkeypatch):
    monkeypatch.setattr("app.features.documents.usecases.MAX_DRAFT_FILES", 2)
    add(attachments)
    add(attachments)
    with pytest.raises(Invalid, match="最多上传 2 个文件"):
        add(attachments)
    assert MAX_DRAFT_FILES > 2


def test_a_draft_file_is_its_owners_alone(attachments):
    added = add(attachments)
    with pytest.raises(Missing):
        attachments.open(OTHER, added.id, may_see_case=everything)
    with pytest.raises(Missing):
        attachments.open(CLERK, "0" * 32, may_see_case=everything)


def test_a_submitted_file_is_for_those_who_may_see_the_case(attachments, database):
    added = add(attachments)
    with database.write() as uow:
        assert store.of_draft(uow, scope="task-1", user_id="u1") == [added]
        store.keep(uow, [added.id], case_id="case-1")
        store.keep(uow, [added.id], case_id="case-2")
        assert store.of_draft(uow, scope="task-1", user_id="u1") == []
    assert attachments.open(OTHER, added.id, may_see_case=lambda case_id: case_id == "case-1").attachment.id == added.id
    with pytest.raises(Missing):
        attachments.open(CLERK, added.id, may_see_case=nothing)


def test_a_lost_content_is_told_with_the_name(attachments, directory):
    added = add(attachments)
    contents(directory)[0].unlink()
    with pytest.raises(Missing, match=r"建设方案\.pdf"):
        attachments.open(CLERK, added.id, may_see_case=everything)


def test_only_old_files_that_nobody_uses_are_cleared_up(attachments, database, directory, clock):
    submitted, drafted, abandoned = (add(attachments, f"{n}.pdf", PDF + bytes([n])) for n in range(3))
    with database.write() as uow:
        store.keep(uow, [submitted.id], case_id="case-1")
    (directory / "incoming-broken").write_bytes(b"half")

    def in_use(_uow):
        return {drafted.id}

    assert attachments.remove_abandoned(in_use=in_use) == 0
    clock.advance(timedelta(days=8))
    assert attachments.remove_abandoned(in_use=in_use) == 0
    long_ago = time.time() - timedelta(days=8).total_seconds()
    for path in contents(directory):
        os.utime(path, (long_ago, long_ago))
    assert attachments.remove_abandoned(in_use=in_use) == 2
    assert {path.name for path in contents(directory)} == {submitted.sha256, drafted.sha256}
    with pytest.raises(Missing):
        attachments.open(CLERK, abandoned.id, may_see_case=everything)


def test_what_is_submitted_at_the_last_moment_stays(attachments, database):
    added = attachments.add(CLERK, scope="task-1", name="a.pdf", stream=io.BytesIO(PDF), may=anyone)
    with database.write() as uow:
        store.keep(uow, [added.id], case_id="case-1")
        store.remove(uow, [added.id])
        assert store.find(uow, added.id) is not None


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        ("建设方案（终稿）.docx", "建设方案（终稿）.docx"),
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\用户\\桌面\\申请表.doc", "申请表.doc"),
        ('a<b>:"|?*\r\nSet-Cookie.pdf', "abSet-Cookie.pdf"),
        ("exe\u202egpj.pdf", "exegpj.pdf"),
        ("  多  个 空 格 .pdf", "多 个 空 格.pdf"),
        (".pdf", "附件.pdf"),
        ("...", "附件"),
        ("", "附件"),
    ],
)
def test_names_are_made_safe_and_stay_chinese(given, safe):
    assert safe_name(given) == safe


def test_a_long_name_keeps_its_extension():
    name = safe_name("关于申报二〇二七年度电子政务项目的请示" * 20 + ".docx")
    assert name.endswith(".docx")
    assert len(name.encode()) <= 200


def test_sizes_are_readable():
    assert [readable_size(n) for n in (999, 1536, 50 * 1024 * 1024)] == ["999 字节", "1.5 KB", "50 MB"]
