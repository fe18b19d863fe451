"""From outside, a confidential project cannot be told from one that is not there (2-2): neither by asking for anything
of it by its id, nor by anything that any other page shows, counts or sorts."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from werkzeug.routing import Rule

from tests.support.standing import PEOPLE, Standing
from tests.support.world import World
from tests.web.test_matrix import AUTHORISED
from tests.web.test_matrix_secrecy import visits

SECRET_STORIES = ("secret", "declared", "copied", "stuck")
NOT_OF_A_PROJECT = {
    *("plan_id", "expert_id", "restriction_id", "system_id", "org_id", "row_id", "user_id", "clause_id", "scenario_id"),
    *("process_id", "decision_id", "form_id", "key", "path", "filename", "view", "version"),
}
"""Parameters of addresses that name nothing which belongs to one project."""
_OTHERS = {"kind": "plan-outline"}
_NO_ID, _NO_CODE = "0" * 32, "YC2099-9999"
_VARYING = re.compile(r'(name="(?:csrf.token|_key)" (?:value|content)=)"[^"]*"')
OUTSIDERS = sorted(PEOPLE - AUTHORISED)
LOOKERS = ("dsj-sunmin", "sjj-chentao", "qzf-xuhui", "jyzx-zhoujie", "guanli", "shenji", "yjj-tongshi", "ps-fanqiang")
"""One of each office that sees much, the administrators, a colleague at the very unit, and a firm."""


@pytest.fixture(scope="module")
def world(standing: Standing, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = World(standing, tmp_path_factory.mktemp("world"))
    yield world
    world.close()


@pytest.fixture(scope="module")
def without(standing: Standing, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The same district at the same moment, in which there never was a confidential project."""
    directory = tmp_path_factory.mktemp("purged")
    shutil.copytree(standing.directory, directory, dirs_exist_ok=True)
    purge(directory / "yicheng.db")
    world = World(replace(standing, directory=directory), tmp_path_factory.mktemp("without"))
    yield world
    world.close()


def purge(database: Path) -> None:
    connection = sqlite3.connect(database)
    tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    columns = {table: {row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')} for table in tables}
    connection.execute("CREATE TEMP TABLE gone_project AS SELECT id FROM project WHERE confidential")
    connection.execute(
        'CREATE TEMP TABLE gone_case AS SELECT id FROM "case" WHERE project_id IN (SELECT id FROM gone_project)'
    )
    for table in tables:
        if "case_id" in columns[table]:
            connection.execute(f'DELETE FROM "{table}" WHERE case_id IN (SELECT id FROM gone_case)')
        if "project_id" in columns[table]:
            connection.execute(f'DELETE FROM "{table}" WHERE project_id IN (SELECT id FROM gone_project)')
    connection.execute("DELETE FROM audit_entry WHERE scope IN (SELECT 'case:' || id FROM gone_case)")
    connection.execute("DELETE FROM project WHERE confidential")
    connection.commit()
    assert connection.execute('SELECT count(*) FROM "case" WHERE id IN (SELECT id FROM gone_case)').fetchone() == (0,)
    connection.close()


def secret_ids(world: World) -> Mapping[str, list[str]]:
    """What an address can name of a confidential project, by the name of its parameter."""
    cases = [world.standing.cases[story] for story in SECRET_STORIES]
    views = [world.case(story) for story in SECRET_STORIES]
    among = ", ".join(f"'{case_id}'" for case_id in cases)
    return {
        "code": [world.standing.codes[story] for story in SECRET_STORIES],
        "case_id": cases,
        "task_id": [task.id for view in views for task in view.open_tasks],
        "submission_id": [filed.id for view in views for filed in view.submissions],
        "incident_id": [each.id for view in views for each in view.incidents],
        "attachment_id": ids(world, f"SELECT id FROM attachment WHERE case_id IN ({among})"),
        "notification_id": ids(world, f"SELECT id FROM notification WHERE case_id IN ({among})") or [_NO_ID],
        "paper_id": ids(world, f"SELECT id FROM paper WHERE case_id IN ({among})") or [_NO_ID],
    }


def ids(world: World, query: str) -> list[str]:
    return [row[0] for row in world.rows(query)]


def addresses(world: World) -> Iterator[tuple[str, Rule, str, str]]:
    """Every address with something of a confidential project in it, and the same with something that never was."""
    known = secret_ids(world)
    for rule in world.flask.url_map.iter_rules():
        asked = sorted(rule.arguments & known.keys())
        if not asked:
            continue
        (name,) = asked
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            adapter = world.flask.url_map.bind("localhost")
            others = {argument: _OTHERS[argument] for argument in rule.arguments - {name}}
            never = _NO_CODE if name == "code" else _NO_ID
            for value in known[name]:
                paths = (adapter.build(rule.endpoint, {**others, name: each}, method=method) for each in (value, never))
                yield (method, rule, *paths)


def plain(text: str, path: str = "", instead: str = "") -> str:
    """A page without what differs each time; an address in it, such as where to sign in, replaced."""
    return _VARYING.sub(r"\1", text.replace(path, instead) if path else text)


def test_every_parameter_of_an_address_is_thought_of(world: World):
    arguments = {argument for rule in world.flask.url_map.iter_rules() for argument in rule.arguments}
    assert arguments == secret_ids(world).keys() | NOT_OF_A_PROJECT | _OTHERS.keys()
    assert all(found for name, found in secret_ids(world).items())


@pytest.mark.parametrize("account", OUTSIDERS)
def test_asked_for_by_its_id_it_is_not_there(world: World, account: str):
    """The same status and the same page as for what never was; never a 403 where that would be a 404."""
    world.written()
    asked = 0
    for method, rule, path, never in addresses(world):
        if account == "yjj-fz" and rule.rule == "/projects/<code>/readers":
            continue  # the head of the unit names the readers, and knows the code
        answers = [world.open(account, method, each) for each in (path, never)]
        said = f"{account}: {method} {path} -> {[answer.status_code for answer in answers]}"
        assert answers[0].status_code == answers[1].status_code, said
        assert answers[0].status_code != 200, said
        assert plain(answers[0].text, path, never) == plain(answers[1].text), said
        asked += 1
    assert asked > 50
    assert not world.written()


@pytest.mark.parametrize("account", LOOKERS)
def test_every_page_is_as_if_it_had_never_been(world: World, without: World, account: str):
    """Lists, counts, sums, orders, searches and pages behind pages: all links that a person can follow, in both."""
    pages, bare = (
        {path: (status, plain(text)) for path, status, text in visits(one, account)} for one in (world, without)
    )
    assert pages.keys() == bare.keys()
    for path, shown in pages.items():
        assert shown == bare[path], f"{account}: {path}"
    for query in (
        "/projects/?q=应急",
        "/projects/?year=2027",
        "/ledgers/suppliers?q=区",
        "/clauses/?q=涉密",
        "/plans/",
    ):
        one, other = (each.open(account, "GET", query) for each in (world, without))
        assert (one.status_code, plain(one.text)) == (other.status_code, plain(other.text)), f"{account}: {query}"


def test_the_two_districts_differ_for_those_who_may_know(world: World, without: World):
    """So that the test above does not pass because nothing was taken away."""
    one, other = (each.open("bms-gaofeng", "GET", "/ledgers/classified").text for each in (world, without))
    assert one.count('class="row-title"') == len(SECRET_STORIES)
    assert other.count('class="row-title"') == 0


def test_the_trail_of_the_system_names_nothing_of_it(world: World):
    told = repr(world.rows("SELECT subject, details FROM audit_entry WHERE scope = 'system'"))
    assert told
    for name, found in secret_ids(world).items():
        for value in set(found) - {_NO_ID}:
            assert value not in told, name


def test_the_ledger_of_classified_projects_tells_when_and_by_whom(world: World):
    page = world.open("czj-wangfang", "GET", "/ledgers/classified").text
    assert all(code in page for code in (world.standing.codes[story] for story in SECRET_STORIES))
    assert "FM-2026-77" in page
    assert page.count("待审查确认") == 3
    assert page.count("监督管理中") == 1


def test_an_inspection_stands_in_the_ledger_at_once(world: World):
    said = {"checked_on": "2026-11-20", "finding": "账目清楚", "problem": "no", "supervision": "closed"}
    for account, element, prefix in (
        ("czj-lijing", "supervise-funds", "funds"),
        ("bms-gaofeng", "supervise-secrecy", "secrecy"),
    ):
        filled = {f"{prefix}_{key}": value for key, value in said.items()}
        task_id, key = world.task("copied", element), f"{prefix}-inspected"
        who = world.identity(account)
        if prefix == "secrecy":
            filled |= {"secrecy_problem": "yes", "secrecy_measures": "更换登记簿", "secrecy_supervision": "continue"}
        world.product.cases.complete_task(who, task_id, answers=filled, submission=filled, submission_key=key)
    (entry,) = [
        each for each in world.product.secrecy.entries(world.identity("czj-wangfang")).entries if each.confirmation
    ]
    assert [(each.office_label, each.by_name, each.problem, each.closed) for each in entry.inspections] == [
        ("保密安全室", "高峰", True, False),
        ("财政局", "李静", False, True),
    ]
    page = world.open("bms-gaofeng", "GET", "/ledgers/classified").text
    assert "保密安全室 高峰：发现问题" in page
    assert "财政局 李静：未发现问题，监督办结" in page
    world.restore()
