"""Whatever is sent, the answer is a Chinese page with the right status, and nothing is changed by it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Any
from urllib.parse import quote

import pytest

from app.web.security import LARGEST_FORM, MOST_FIELDS
from tests.support.filling import PDF
from tests.support.standing import Standing
from tests.support.world import World
from tests.web.test_matrix import ROWS

ODD = (
    *("x" * 3000, "\x00", "a\x00b", "玄鸟", "💥" * 40, "../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%00", "%", "\\"),
    *("' OR '1'='1", '1"; DROP TABLE project; --', "1 UNION SELECT 1", "-1", "0", "99999999999999999999", "1e309"),
    *("NaN", "None", "null", "[]", "{{7*7}}", "${7*7}", "<script>alert(1)</script>", "\u202e", "\ud7ff", " ", "\r\n"),
)
"""Values that no page hands out."""


@pytest.fixture(scope="module")
def world(standing: Standing, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = World(standing, tmp_path_factory.mktemp("world"))
    yield world
    world.close()


@pytest.fixture
def unchanged(world: World) -> Iterator[None]:
    """Nothing but the audit trail was written in the test."""
    world.written()
    yield
    assert world.written() == set()


def refused(answer: Any, *statuses: int) -> str:
    """The Chinese text of a refusal."""
    text = answer.get_data(as_text=True)
    assert answer.status_code in (statuses or {400, 403, 404, 405, 413, 415, 422}), (
        f"{answer.status_code}: {text[:300]}"
    )
    assert re.search("[一-龥]", answer.get_json()["error"] if answer.is_json else text)
    return str(text)


# Addresses and their arguments


def _fields() -> dict[str, Any]:
    return {"field": "special_files", "file": (BytesIO(PDF), "a.pdf"), "user_id": "1", "org_id": "1", "role": "finance"}


PARAMETERS = sorted(address for address in ROWS if "<" in address and not address.startswith("GET /assets"))


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("address", PARAMETERS)
def test_an_id_that_nobody_gave_out_leads_nowhere(world: World, address: str):
    method, _, rule = address.partition(" ")
    for odd in ODD:
        for account in ("guanli", "anquan", "jtj-jb"):
            path = "".join(
                quote(odd, safe="") if part.startswith("<") else part for part in re.split("(<[^>]+>)", rule)
            )
            answer = world.open(account, method, path, data=_fields() if method == "POST" else None)
            if answer.status_code in {301, 302, 308}:
                # A dot or a slash in it made another address of it, which leads nowhere either.
                answer = world.open(account, "GET", answer.location)
            refused(answer, 400, 403, 404, 405)


LISTS = {
    "jtj-jb": (
        "/inbox/open",
        "/inbox/mine",
        "/inbox/done",
        "/inbox/started",
        "/projects/",
        "/messages/",
        "/tasks/next",
    ),
    "shenji": ("/admin/trail", "/admin/users"),
    "dsj-sunmin": ("/inbox/open",),
}
ARGUMENTS = ("q", "after", "before", "offset", "year", "stage", "status", "process", "case_id", "next", "v")


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("argument", ARGUMENTS)
def test_a_forged_argument_of_a_list_harms_nothing(world: World, argument: str):
    pages = [(account, path) for account, paths in LISTS.items() for path in paths]
    pages += [("jtj-jb", f"/cases/{world.standing.cases['testing']}"), ("jtj-jb", "/processes/"), ("jtj-jb", "/login")]
    for account, path in pages:
        for odd in (*ODD, "2026-11-01T00:00:00~x", "9999-12-31T23:59:59+00:00~x", "0001-01-01T00:00:00+14:00~x", "~"):
            answer = world.open(account, "GET", path, query_string={argument: odd})
            said = f"{path}?{argument}={odd[:40]!r} -> {answer.status_code}"
            assert answer.status_code in {200, 302, 404, 422}, said
            if answer.status_code == 302:
                assert answer.location.startswith("/"), said
                assert not answer.location.startswith(("//", "/\\")), said
            assert "<script>alert" not in answer.get_data(as_text=True), said


@pytest.mark.usefixtures("unchanged")
def test_the_same_argument_many_times_harms_nothing(world: World):
    for path in ("/inbox/open", "/projects/"):
        assert world.open("jtj-jb", "GET", path, query_string="&".join(["q=a", "after=b"] * 500)).status_code in {
            200,
            422,
        }


# Posts of every kind

POSTS = sorted(address.removeprefix("POST ") for address in ROWS if address.startswith("POST"))


def filled(world: World, rule: str) -> tuple[str, str]:
    """Somebody who may post there, and an address of that rule that exists."""
    row = ROWS[f"POST {rule}"]
    path, allowed = next((path, allowed) for path, allowed in row.subjects(world).items() if allowed)
    return min(allowed), path


WRONG_BODIES: Mapping[str, Mapping[str, Any]] = {
    "json": {"data": b'{"a": [1, {"b": null}]}', "content_type": "application/json"},
    "broken-json": {"data": b'{"a": ', "content_type": "application/json"},
    "xml": {"data": b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "content_type": "text/xml"},
    "bytes": {"data": bytes(range(256)) * 20, "content_type": "application/octet-stream"},
    "no-boundary": {"data": b"--x\r\n\r\n", "content_type": "multipart/form-data"},
    "cut-off": {
        "data": b'--x\r\nContent-Disposition: form-data; name="a"',
        "content_type": "multipart/form-data; boundary=x",
    },
    "no-utf-8": {"data": b"name=%ff%fe%fd&account=\xff", "content_type": "application/x-www-form-urlencoded"},
    "wrong-charset": {"data": b"name=a", "content_type": "application/x-www-form-urlencoded; charset=nonsense"},
}


@pytest.mark.parametrize("rule", POSTS)
@pytest.mark.parametrize("kind", WRONG_BODIES)
def test_a_body_of_another_kind_is_taken_as_an_empty_form(world: World, rule: str, kind: str):
    account, path = filled(world, rule)
    answer = world.open(account, "POST", path, **WRONG_BODIES[kind])
    # 409: what takes no fields can still come at the wrong moment.
    assert answer.status_code in {200, 302, 400, 403, 404, 409, 413, 415, 422}, answer.status_code
    if world.written():
        world.restore()


@pytest.fixture
def tokens(world: World) -> Iterator[None]:
    """Forms prove where they were shown, as they do outside of tests."""
    world.flask.config["WTF_CSRF_ENABLED"] = True
    yield
    world.flask.config["WTF_CSRF_ENABLED"] = False


@pytest.mark.usefixtures("unchanged", "tokens")
@pytest.mark.parametrize("rule", POSTS)
def test_too_much_is_refused_before_it_is_read(world: World, rule: str):
    account, path = filled(world, rule)
    text, many = {"x": "y" * (LARGEST_FORM + 1)}, {f"f{number}": "x" for number in range(MOST_FIELDS + 1)}
    assert "超过上限" in refused(world.open(account, "POST", path, data=text), 413)
    assert "超过上限" in refused(world.open(account, "POST", path, data=text, content_type="multipart/form-data"), 413)
    assert "超过上限" in refused(world.open(account, "POST", path, data=many, content_type="multipart/form-data"), 413)


@pytest.mark.usefixtures("unchanged", "tokens")
@pytest.mark.parametrize("token", [None, "", "x" * 3000, "\x00", "IjEi.aaaaaa.bbbb"])
@pytest.mark.parametrize("rule", POSTS)
def test_a_form_without_a_token_of_ours_is_refused(world: World, rule: str, token: str | None):
    account, path = filled(world, rule)
    fields = ROWS[f"POST {rule}"].fields(world)
    answer = world.open(account, "POST", path, data={**fields, **({} if token is None else {"csrf_token": token})})
    assert "刷新后重新提交" in refused(answer, 400)


@pytest.mark.usefixtures("unchanged", "tokens")
def test_the_token_of_another_person_is_refused(world: World):
    page = world.open("wjj-jb", "GET", "/projects/new").text
    stolen = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert stolen
    fields = {"csrf_token": stolen[1], "name": "项目", "org_id": world.standing.district.org_ids["区教育和体育局"]}
    assert "刷新后重新提交" in refused(world.open("jtj-jb", "POST", "/projects/new", data=fields), 400)


LONG = "长" * 300_000
_UNIT = {"name": "某局", "short_name": "局", "kind": "applicant"}
FIELDS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "/login/demo": ("", {"account": "jtj-jb"}),
    "/password": ("jtj-jb", {"current": "a", "new": "b", "again": "b"}),
    "/projects/new": ("jtj-jb", {"name": "项目", "org_id": "1"}),
    "/admin/clock": ("guanli", {"day": "2027-01-01", "time": "09:00"}),
    "/admin/rules": ("guanli", {"basis": "批示", "valid_from": "2026-01-01", "valid_to": "2027-01-01"}),
    "/admin/users/new": ("guanli", {"account": "xinren", "name": "新人"}),
    "/admin/organisations": ("guanli", {**_UNIT, "credit_code": "11370404004341234X"}),
}
"""Who sends which fields, each of them good enough for another one to be looked at."""


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("wrong", [LONG, "\x00", "💥' OR 1=1 --" * 9], ids=["long", "nul", "odd"])
@pytest.mark.parametrize(("path", "field"), [(path, name) for path, (_, fields) in FIELDS.items() for name in fields])
def test_a_field_that_nobody_would_type_is_refused_in_words(world: World, path: str, field: str, wrong: str):
    if field in {"valid_to", "credit_code", "basis"} and wrong != LONG:
        wrong += "?" * 600  # nothing at all would do, or a few words
    account, fields = FIELDS[path]
    answer = world.open(account, "POST", path, data={**fields, field: wrong}, content_type="multipart/form-data")
    refused(answer, 400, 403, 404, 422)


@pytest.mark.parametrize("action", ["reassign", "claim", "release", "draft", "files", ""])
def test_a_long_text_for_a_task_is_cut_or_refused(world: World, action: str):
    path = f"/tasks/{world.task('fresh', 'declare-scope')}/{action}".rstrip("/")
    names = (
        "user_id",
        "reason",
        "_key",
        "_rev",
        "_add",
        "_del",
        "_drop",
        "estimate",
        "nature",
        "complex_reason",
        "field",
    )
    answer = world.open("jtj-jb", "POST", path, data=dict.fromkeys(names, LONG[:20_000]))
    assert answer.status_code in {200, 302, 403, 422}
    assert world.written() <= {"form_draft", "user_task", "case", "case_event"}
    world.restore()


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/admin/clock", {"day": "2026-02-30", "time": "09:00"}),
        ("/admin/clock", {"day": "2027-01-01", "time": "25:00"}),
        ("/admin/clock", {"day": "0001-01-01", "time": "00:00"}),
        ("/admin/clock", {"day": "2020-01-01", "time": "00:00"}),
        ("/admin/clock", {"day": "9999-12-31", "time": "23:59"}),
        ("/admin/rules", {"basis": "批示", "valid_from": "2026-02-30"}),
        ("/admin/rules", {"basis": "批示", "valid_from": "2026-02-01", "valid_to": "2026-01-31"}),
        ("/admin/rules", {"basis": " ", "valid_from": "2026-02-01"}),
        ("/admin/users/new", {"account": "../x", "name": "新人"}),
        ("/admin/users/new", {"account": "ｊｔｊ-ｊｂ", "name": "新人"}),
        ("/admin/users/new", {"account": "jtj-jb", "name": "新人"}),
        ("/admin/organisations", {**_UNIT, "kind": "nonsense"}),
        ("/admin/organisations", {**_UNIT, "name": "峄城区财政局"}),
        ("/admin/organisations", {**_UNIT, "credit_code": "91370404MA3XXXXXXX"}),
    ],
)
def test_a_wrong_value_for_the_administrator_is_refused_in_words(world: World, path: str, fields: Mapping[str, str]):
    refused(world.open("guanli", "POST", path, data=fields), 422)


@pytest.mark.parametrize("wrong", [LONG, "\x00", "💥' OR 1=1 --" * 9])
def test_whatever_is_typed_to_sign_in_only_counts_as_a_failure(world: World, wrong: str):
    for fields in ({"account": wrong, "password": "x"}, {"account": "jtj-jb", "password": wrong}):
        refused(world.open("", "POST", "/login", data=fields, content_type="multipart/form-data"), 403)
        assert world.written() == {"login_failure"}
    world.restore()
