from __future__ import annotations

from io import BytesIO
from urllib.parse import quote

import pytest

from tests.support.filling import PASSWORD, PDF

NAME = "建设方案（终稿）.pdf"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"


def upload(desk, name=NAME, content=PDF, field="plans"):
    return desk.post(f"/tasks/{desk.task_id}/files", json=True, field=field, file=(BytesIO(content), name))


def test_a_draft_saves_by_itself_and_knows_its_revision(desk):
    page = desk.get()
    saved = desk.post(f"/tasks/{desk.task_id}/draft", page=page, json=True, title="自动保存")
    assert saved.get_json() == {"rev": 1, "saved": "09:00"}
    again = desk.post(f"/tasks/{desk.task_id}/draft", page=page, json=True, title="另一个窗口")
    assert again.status_code == 409
    assert "09:00" in again.get_json()["error"]
    assert 'value="自动保存"' in desk.get()


def test_an_upload_belongs_to_the_draft_of_its_owner(desk):
    answer = upload(desk)
    assert answer.status_code == 201
    added = answer.get_json()
    assert (added["name"], added["size"], added["shown_size"]) == (NAME, len(PDF), f"{len(PDF)} 字节")
    assert desk.client.get(added["url"]).data == PDF
    colleague = desk.flask.test_client()
    desk.sign_in(colleague, "wangwu")
    assert colleague.get(added["url"]).status_code == 404
    assert desk.flask.test_client().get(added["url"]).status_code == 302
    page = desk.post(title="", plans=added["id"]).get_data(as_text=True)
    assert NAME in page


def test_nobody_refers_to_the_file_of_another(desk):
    added = upload(desk).get_json()
    colleague = desk.flask.test_client()
    desk.sign_in(colleague, "wangwu")
    desk.client = colleague
    assert NAME not in desk.post(_draft="1", plans=added["id"]).get_data(as_text=True)


@pytest.mark.parametrize(
    ("sent", "status", "words"),
    [
        (("图.png", PNG, "plans"), 415, "只接受 pdf、docx 文件"),
        (("网页.pdf", b"<html><script>", "plans"), 415, "内容与扩展名不符"),
        (("空.pdf", b"", "plans"), 422, "空文件"),
        ((NAME, PDF, "title"), 422, "没有这个附件栏"),
        ((NAME, PDF, "nothing"), 422, "没有这个附件栏"),
    ],
)
def test_a_refused_upload_says_why(desk, sent, status, words):
    answer = upload(desk, *sent)
    assert answer.status_code == status
    assert words in answer.get_json()["error"]


def test_too_large_an_upload_is_refused_in_words(desk):
    answer = upload(desk, content=PDF + bytes(50 * 1024 * 1024))
    assert answer.status_code == 413
    assert "50 MB" in answer.get_json()["error"]


def test_whoever_has_nothing_to_do_with_the_task_gets_nowhere(desk):
    desk.product.administration.create_user(None, account="mo", name="莫", password=PASSWORD)
    desk.client = desk.flask.test_client()
    desk.sign_in(desk.client, "mo")
    elsewhere = desk.client.get("/inbox/open").get_data(as_text=True)
    for path in ("draft", "files"):
        answer = desk.post(
            f"/tasks/{desk.task_id}/{path}", page=elsewhere, json=True, field="plans", file=(BytesIO(PDF), NAME)
        )
        assert answer.status_code == 403
    assert desk.client.get(desk.path).status_code == 403


def test_a_post_without_its_token_is_refused(desk):
    answer = desk.client.post(
        f"/tasks/{desk.task_id}/draft", data={"title": "x"}, headers={"Accept": "application/json"}
    )
    assert answer.status_code == 400


def test_files_are_handed_out_safely(desk):
    pdf = desk.client.get(upload(desk).get_json()["url"])
    assert pdf.headers["Content-Type"] == "application/pdf"
    assert pdf.headers["Content-Disposition"].startswith("inline")
    assert f"filename*=UTF-8''{quote(NAME)}" in pdf.headers["Content-Disposition"]
    assert pdf.headers["X-Content-Type-Options"] == "nosniff"
    assert pdf.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert pdf.headers["Cache-Control"] == "private, no-cache"
    saved = desk.client.get(upload(desk).get_json()["url"] + "?download=1")
    assert saved.headers["Content-Disposition"].startswith("attachment")


def test_office_files_are_saved_not_shown(desk):
    ole = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(2000)
    added = desk.product.inbox.attach(desk.clerk, desk.task_id, name="旧方案.doc", stream=BytesIO(ole))
    answer = desk.client.get(f"/attachments/{added.id}")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Content-Type"] == "application/msword"


def test_the_page_tells_a_script_only_what_its_expressions_mention(desk):
    page = desk.get()
    start = page.index("data-context=")
    context = page[start : page.index(">", start)]
    assert "project_name" in context
    assert "today" not in context
