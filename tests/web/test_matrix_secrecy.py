"""A confidential project is unknown to everybody who is not authorised for it (2-2), wherever one looks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import pytest

from app.features.cases import notices
from services.reminders import Rhythm
from tests.support.standing import CODE, COPIED, DECLARED, PEOPLE, SECRET, STUCK, Standing
from tests.support.world import World
from tests.web.test_matrix import AUTHORISED, BUREAU, SEES

VISITORS = (
    *("dsj-sunmin", "dsj-zhaolei", "sjj-chentao", "qzf-xuhui", "jyzx-zhoujie", "yjj-fz", "yjj-tongshi", "jtj-jb"),
    *("guanli", "anquan", "shenji", "liucheng", "ps-fanqiang", "wugangwei"),
)
_LINK = re.compile(r'href="(/[^"#]*)')
_ID = re.compile(r"[0-9a-f]{32}|YC\d{4}-\d{4}|(?<=/processes/)[a-z-]+")
_OF_A_KIND = 3


@pytest.fixture(scope="module")
def world(standing: Standing, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = World(standing, tmp_path_factory.mktemp("world"))
    yield world
    world.close()


def secrets(world: World) -> tuple[str, ...]:
    """What nobody may read who is not authorised: names, codes, what was filled in, names of files."""
    codes = (world.standing.codes[story] for story in ("secret", "declared", "copied", "stuck"))
    return (SECRET, DECLARED, COPIED, STUCK, *codes, "白泽九号佐证")


def visits(world: World, account: str) -> Iterator[tuple[str, int, str]]:
    """The pages that links lead a person to from where he begins: of each kind of address a few."""
    waiting, seen, kinds = ["/inbox/open"], {"/inbox/open"}, dict[str, int]()
    while waiting:
        path = waiting.pop(0)
        answer = world.open(account, "GET", path, follow_redirects=True)
        yield path, answer.status_code, answer.get_data(as_text=True) if answer.mimetype == "text/html" else ""
        for link in map(unescape, _LINK.findall(answer.text if answer.mimetype == "text/html" else "")):
            kind = _ID.sub("*", link)
            if link not in seen and kinds.get(kind, 0) < _OF_A_KIND:
                kinds[kind] = kinds.get(kind, 0) + 1
                seen.add(link)
                waiting.append(link)


@pytest.mark.parametrize("account", [*VISITORS, "bms-gaofeng", "czj-wangfang", "yjj-jb"])
def test_every_link_leads_somewhere_and_to_no_secret(world: World, account: str):
    pages = list(visits(world, account))
    assert len(pages) > 10
    for path, status, text in pages:
        assert status == 200, f"{account}: {path}"
        told = [secret for secret in secrets(world) if secret in text]
        if account == "yjj-fz" and path.endswith("/readers"):
            # The head who names the readers is told the codes there, and nothing else (2-2).
            told = [secret for secret in told if secret not in world.standing.codes.values()]
        assert not told or account in AUTHORISED, f"{account}: {path} tells {told}"
        assert CODE not in text or account in AUTHORISED | BUREAU, f"{account}: {path} tells the code"
    assert account not in AUTHORISED or any(DECLARED in text for _, _, text in pages)


@pytest.mark.parametrize("account", sorted(PEOPLE - AUTHORISED))
def test_no_search_finds_it(world: World, account: str):
    for words in ("玄鸟", "白泽", "毕方", "英招", CODE, "应急管理局", "000", "涉密", "适用范围"):
        for path in ("/projects/", *(f"/inbox/{view}" for view in ("open", "mine", "done", "started"))):
            text = world.open(account, "GET", path, query_string={"q": words}).text
            assert not any(secret in text for secret in secrets(world)), f"{account}: {path}?q={words}"


def test_those_who_are_authorised_find_it(world: World):
    for account in AUTHORISED:
        assert SECRET in world.open(account, "GET", "/projects/?q=玄鸟").text
    assert SECRET in world.open("yjj-jb", "GET", "/inbox/open?q=玄鸟").text


def test_it_is_not_counted_either(world: World):
    """The colleague has the same post as the authorised clerk, whose one task this is."""
    counts = {name: world.product.case_views.counts(world.identity(name)) for name in ("yjj-jb", "yjj-tongshi")}
    assert counts == {"yjj-jb": (1, 0), "yjj-tongshi": (0, 0)}
    assert world.product.case_views.cases(world.identity("yjj-tongshi")).cases == ()


def test_asking_what_comes_next_tells_nothing(world: World):
    address = f"/tasks/next?case_id={world.standing.cases['secret']}"
    assert world.open("yjj-jb", "GET", address).location == f"/tasks/{world.task('secret', 'declare-scope')}"
    for account in sorted(PEOPLE - AUTHORISED):
        assert world.open(account, "GET", address).location == "/inbox/open"


def test_only_those_who_may_know_are_reminded_of_it(world: World):
    view = world.case("secret")
    with world.product.database.write() as uow:
        told = notices.remind(uow, view.open_tasks[0], project=view.project, rhythm=Rhythm())
    assert told == 1
    assert SECRET in world.open("yjj-jb", "GET", "/messages/").text
    assert SECRET not in world.open("yjj-tongshi", "GET", "/messages/").text
    world.restore()


def test_it_is_not_given_to_a_colleague_who_may_not_know_of_it(world: World):
    address = f"/tasks/{world.task('secret', 'declare-scope')}"
    assert world.open("yjj-jb", "POST", f"{address}/claim").status_code == 302
    assert "汤雨" not in world.open("yjj-jb", "GET", address).text
    colleague = world.standing.district.user_ids["yjj-tongshi"]
    assert world.open("yjj-jb", "POST", f"{address}/reassign", data={"user_id": colleague}).status_code == 302
    (task,) = world.case("secret").open_tasks
    assert task.assignee_id == world.standing.district.user_ids["yjj-jb"]
    world.restore()


def test_the_cases_that_are_not_confidential_are_known_as_they_should(world: World):
    """So that the tests above do not pass because nobody sees anything."""
    for account in ("dsj-sunmin", "jyzx-zhoujie", "wugangwei"):
        found = {project.code for project in world.product.projects.search(world.identity(account)).projects}
        assert found == {code for story, code in world.standing.codes.items() if account in SEES[story]}


def test_the_bureau_has_its_copy_a_code_and_no_way_to_the_project(world: World):
    """Everybody of the bureau's desk is told the code (3.1-6); the message leads nowhere."""
    for account in sorted(BUREAU):
        (told,) = [each for each in world.product.notifications.latest(world.identity(account)) if CODE in each.title]
        assert (told.case_id, told.task_id) == (None, None)
        assert not any(secret in told.title + told.body for secret in secrets(world))
        page = world.open(account, "POST", f"/messages/{told.id}", follow_redirects=True)
        assert page.status_code == 200
        assert not any(secret in page.text for secret in secrets(world))


def test_nobody_else_is_told_of_the_copy(world: World):
    told = {account for account in world.accounts if CODE in world.open(account, "GET", "/messages/").text}
    assert told == set(BUREAU)


def test_those_who_supervise_see_the_project_in_full(world: World):
    code = world.standing.codes["copied"]
    for account in ("bms-gaofeng", "czj-wangfang", "yjj-jb"):
        page = world.open(account, "GET", f"/projects/{code}").text
        assert COPIED in page
        assert CODE in page
