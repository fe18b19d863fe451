"""Who may do what: every address, for everybody. An address without a row here fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import pytest
from flask import Flask

from app.features.ledgers.model import RestrictionFilter
from app.features.ledgers.systems_store import SystemFilter
from tests.support.filling import PDF
from tests.support.standing import PEOPLE, Standing
from tests.support.world import NOBODY, World

OVERSIGHT = frozenset(
    {
        *("dsj-sunmin", "dsj-liuyang", "dsj-zhaolei", "czj-wangfang", "czj-lijing", "czj-zhangwei"),
        *("sjj-chentao", "qzf-xuhui", "guanli"),
    }
)
"""The bureaus, the district government and the administrator: they know of every project that is not confidential."""
OWN = frozenset({"jtj-jb", "jtj-fz"})
"""The unit whose projects nearly all are."""
AUTHORISED = frozenset({"bms-gaofeng", "czj-wangfang", "czj-lijing", "czj-zhangwei", "yjj-jb"})
"""The secrecy office, the finance bureau, and the one clerk who is authorised (2-2)."""

SEES: Mapping[str, frozenset[str]] = {
    "incident": OVERSIGHT | OWN,
    "fresh": OVERSIGHT | OWN,
    "secret": AUTHORISED,
    "declared": AUTHORISED,
    "copied": AUTHORISED,
    "stuck": AUTHORISED,
    "accepting": OVERSIGHT | OWN,
    "planning": OVERSIGHT | OWN | {"zx-luting"},
    "reviewing": OVERSIGHT | OWN | {"zx-luting", "ps-fanqiang"},
    "approving": OVERSIGHT | OWN | {"ps-fanqiang"},
    "plan": OVERSIGHT,
    "tendering": OVERSIGHT | OWN | {"ps-fanqiang", "jyzx-zhoujie"},
    "inspecting": OVERSIGHT | OWN | {"zx-luting", "ps-fanqiang", "jyzx-zhoujie", "cj-yaoming", "jl-duwei"},
    "testing": OVERSIGHT | OWN | {"ps-fanqiang", "jyzx-zhoujie", "cj-yaoming", "pc-baixue"},
}
"""Who knows of the project of a story; of the plan in which "approving" stands, who follows its case."""

BUREAU, BUREAU_HEAD = frozenset({"dsj-sunmin", "dsj-liuyang"}), frozenset({"dsj-zhaolei"})
FINANCE, FINANCE_HEAD = frozenset({"czj-wangfang", "czj-lijing"}), frozenset({"czj-zhangwei"})
CLERK, HEAD, ADMINISTRATOR = frozenset({"jtj-jb"}), frozenset({"jtj-fz"}), frozenset({"guanli"})
SECRECY = frozenset({"bms-gaofeng"})
"""It repairs confidential projects and takes their tasks from whoever keeps them, as administrators do the others."""
_NONE: frozenset[str] = frozenset()

TASKS: Mapping[tuple[str, str], tuple[frozenset[str], frozenset[str]]] = {
    ("incident", "accept-application"): (_NONE, ADMINISTRATOR),
    ("fresh", "declare-scope"): (CLERK, HEAD | ADMINISTRATOR),
    ("secret", "declare-scope"): (frozenset({"yjj-jb"}), SECRECY),
    ("declared", "confirm-classified"): (SECRECY, SECRECY),
    ("copied", "supervise-secrecy"): (SECRECY, SECRECY),
    ("copied", "supervise-funds"): (FINANCE, FINANCE_HEAD | SECRECY),
    ("stuck", "confirm-classified"): (_NONE, SECRECY),
    ("accepting", "accept-application"): (BUREAU, BUREAU_HEAD | ADMINISTRATOR),
    ("planning", "compile-plan"): (frozenset({"zx-luting"}), ADMINISTRATOR),
    ("reviewing", "submit-review-report"): (frozenset({"ps-fanqiang"}), ADMINISTRATOR),
    ("plan", "approve-annual-plan"): (frozenset({"qzf-xuhui"}), ADMINISTRATOR),
    ("tendering", "organise-tender"): (frozenset({"jyzx-zhoujie"}), ADMINISTRATOR),
    ("inspecting", "inspect-finance"): (FINANCE, FINANCE_HEAD | ADMINISTRATOR),
    ("inspecting", "inspect-bureau"): (BUREAU, BUREAU_HEAD | ADMINISTRATOR),
    ("inspecting", "inspect-audit"): (frozenset({"sjj-chentao"}), ADMINISTRATOR),
    ("inspecting", "report-completion"): (CLERK, HEAD | ADMINISTRATOR),
    ("testing", "test-software"): (frozenset({"pc-baixue"}), ADMINISTRATOR),
    ("testing", "assess-risk"): (frozenset({"pc-baixue"}), ADMINISTRATOR),
}
"""The open tasks: who may do each, and who may look at it and give it to others."""

Subjects = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Row:
    """An address. `subjects` gives the paths and who may ask for each, `answer` is the status they get."""

    subjects: Callable[[World], Subjects]
    answer: int = 200
    fields: Callable[[World], Mapping[str, Any]] = lambda _world: {}
    nobody: int | None = field(default=None)
    """The status for those who are not signed in, where it is not the way to the sign-in page."""


def everybody(*paths: str) -> Callable[[World], Subjects]:
    return lambda _world: dict.fromkeys(paths, PEOPLE)


def only(path: str, *accounts: str) -> Callable[[World], Subjects]:
    return lambda _world: {path: frozenset(accounts)}


def tasks(action: str = "", *, also_heads: bool = False, workers: bool = True) -> Callable[[World], Subjects]:
    def subjects(world: World) -> Subjects:
        return {
            f"/tasks/{world.task(story, element)}{action}": (does if workers else _NONE)
            | (heads if also_heads else _NONE)
            for (story, element), (does, heads) in TASKS.items()
        }

    return subjects


def projects(world: World) -> Subjects:
    return {f"/projects/{code}": SEES[story] for story, code in world.standing.codes.items()}


def plans(_world: World) -> Subjects:
    """Whole plans are for the bureaus; a unit reads the lines of its own projects."""
    return {"/plans/PLAN-2027-1": OVERSIGHT | OWN, "/plans/PLAN-2028-1": OVERSIGHT | OWN}


def starting(world: World) -> Subjects:
    code = world.standing.codes
    return {f"/projects/{code['inspecting']}/start": CLERK}


def naming(world: World) -> Subjects:
    return {f"/projects/{world.standing.codes['inspecting']}/responsible": OWN}


def maintaining(world: World) -> Subjects:
    code = world.standing.codes
    return {f"/projects/{code['inspecting']}/maintenance": CLERK}


def cases(world: World) -> Subjects:
    return {f"/cases/{case_id}": SEES[story] for story, case_id in world.standing.cases.items()}


def draws(world: World) -> Subjects:
    return {f"/cases/{case_id}/experts": SEES[story] for story, case_id in world.standing.cases.items()}


def readers(world: World) -> Subjects:
    """The secrecy office and the head of the unit decide; to others the project is unknown."""
    codes = world.standing.codes
    return {f"/projects/{codes['secret']}/readers": frozenset({"bms-gaofeng", "yjj-fz"})}


def expert(world: World) -> Subjects:
    known = world.product.experts.pool(world.identity("dsj-sunmin"))[0]
    return {f"/ledgers/experts/{known.id}": BUREAU | BUREAU_HEAD}


def submissions(ending: str = "") -> Callable[[World], Subjects]:
    def subjects(world: World) -> Subjects:
        return {
            f"/submissions/{world.case(story).submissions[0].id}{ending}": SEES[story]
            for story in ("declared", "accepting", "tendering")
        }

    return subjects


def attachments(world: World) -> Subjects:
    found = {}
    for story, element, key in (
        ("declared", "declare-scope", "special_files"),
        ("accepting", "submit-application", "plan_file"),
    ):
        filed = next(each for each in world.case(story).submissions if each.element_id == element)
        found[f"/attachments/{filed.data[key][0]['id']}"] = SEES[story]
    return found


def papers(**makers: frozenset[str]) -> Callable[[World], Subjects]:
    """Documents, named as story__kind, and who may have them made."""

    def subjects(world: World) -> Subjects:
        named = ((*name.split("__"), may) for name, may in makers.items())
        return {
            f"/cases/{world.standing.cases[story]}/papers/{kind.replace('_', '-')}": may for story, kind, may in named
        }

    return subjects


def scans(world: World) -> Subjects:
    (paper_id,) = world.rows("SELECT id FROM paper")[0]
    return {f"/papers/{paper_id}/scan": BUREAU | BUREAU_HEAD}


def archives(world: World) -> Subjects:
    codes = world.standing.codes
    secretaries = AUTHORISED - {"yjj-jb"}
    return {
        f"/projects/{codes['tendering']}/archive": OVERSIGHT,
        f"/projects/{codes['secret']}/archive": secretaries,
    }


def messages(world: World) -> Subjects:
    for account in world.accounts:
        if told := world.product.notifications.latest(world.identity(account)):
            return {f"/messages/{told[0].id}": frozenset({account})}
    raise AssertionError("nobody was told anything")


def user(ending: str, *accounts: str) -> Callable[[World], Subjects]:
    return lambda world: {f"/admin/users/{world.standing.district.user_ids['wugangwei']}{ending}": frozenset(accounts)}


def source(world: World) -> Subjects:
    return {f"/processes/bundles/{world.product.definitions.current()}/application.bpmn": PEOPLE}


def incident(ending: str) -> Callable[[World], Subjects]:
    """One that administrators repair, and one in a confidential project."""

    def subjects(world: World) -> Subjects:
        found = {account: world.product.case_views.incidents(world.identity(account)) for account in STEWARDS}
        return {f"/admin/incidents/{one.id}/{ending}": frozenset({account}) for account, (one,) in found.items()}

    return subjects


def role_of(account: str, role: str) -> Callable[[World], Mapping[str, str]]:
    return lambda world: {"org_id": world.standing.district.org_ids["区教育和体育局"], "role": role}


def restriction(ending: str, *allowed: frozenset[str]) -> Callable[[World], Subjects]:
    def subjects(world: World) -> Subjects:
        (entry,) = world.product.ledgers.search(world.identity("dsj-sunmin"), RestrictionFilter()).entries
        return {f"/ledgers/restrictions/{entry.id}{ending}": frozenset().union(*allowed)}

    return subjects


def system(ending: str, *allowed: frozenset[str]) -> Callable[[World], Subjects]:
    def subjects(world: World) -> Subjects:
        (found,) = world.product.systems.search(world.identity("dsj-sunmin"), SystemFilter()).systems
        return {f"/ledgers/systems/{found.id}{ending}": frozenset().union(*allowed)}

    return subjects


def school(path: str, *allowed: frozenset[str]) -> Callable[[World], Subjects]:
    return lambda world: {path.format(world.standing.district.org_ids["区教育和体育局"]): frozenset().union(*allowed)}


def inventory_row(world: World) -> Subjects:
    org_id = world.standing.district.org_ids["区教育和体育局"]
    (row,) = world.product.systems.inventory(world.identity("jtj-jb"), org_id).equipment
    return {f"/ledgers/units/{org_id}/rows/{row.id}/remove": OWN}


APPLICANTS = ("jtj-jb", "wjj-jb", "yjj-jb", "yjj-tongshi")
UNITS = frozenset({*APPLICANTS, "jtj-fz", "wjj-fz", "yjj-fz"})
"""The clerks and the heads of the units."""
TRADING = frozenset({"jyzx-zhoujie"})
CLOUDS = frozenset({"yun-shilei", "yun-luomin"})
DUTIES = ("guanli", "anquan", "shenji")
STEWARDS = ("guanli", "bms-gaofeng")

ROWS: Mapping[str, Row] = {
    "GET /": Row(everybody("/"), 302),
    "GET /login": Row(everybody("/login"), 302, nobody=200),
    "POST /login": Row(everybody("/login"), 403, nobody=403),
    "POST /login/demo": Row(everybody("/login/demo"), 302, lambda _: {"account": "jtj-jb"}, nobody=302),
    "POST /logout": Row(everybody("/logout"), 302),
    "GET /password": Row(everybody("/password")),
    "POST /password": Row(everybody("/password"), 422),
    "GET /assets/<path:filename>": Row(everybody("/assets/page.css"), nobody=200),
    "GET /health": Row(everybody("/health"), nobody=200),
    "GET /inbox/<view>": Row(everybody(*(f"/inbox/{view}" for view in ("open", "mine", "done", "started")))),
    "GET /tasks/<task_id>": Row(tasks(also_heads=True)),
    "GET /tasks/<task_id>/print": Row(tasks("/print")),
    "POST /tasks/<task_id>": Row(tasks(), fields=lambda _: {"_draft": "1"}),
    "POST /tasks/<task_id>/claim": Row(tasks("/claim"), 302),
    "POST /tasks/<task_id>/release": Row(tasks("/release", workers=False, also_heads=True), 302),
    "POST /tasks/<task_id>/reassign": Row(tasks("/reassign", workers=False, also_heads=True), 302),
    "GET /tasks/next": Row(everybody("/tasks/next", "/tasks/next?case_id=0"), 302),
    "POST /tasks/<task_id>/draft": Row(tasks("/draft")),
    "POST /tasks/<task_id>/files": Row(
        tasks("/files", also_heads=True), 422, lambda _: {"field": "?", "file": (BytesIO(PDF), "a.pdf")}
    ),
    "GET /attachments/<attachment_id>": Row(attachments),
    "GET /cases/<case_id>": Row(cases),
    "GET /projects/readers": Row(only("/projects/readers", "jtj-fz", "wjj-fz", "yjj-fz", *SECRECY)),
    "GET /projects/<code>/readers": Row(readers),
    "POST /projects/<code>/readers": Row(readers, 302),
    "GET /cases/<case_id>/experts": Row(draws),
    "GET /ledgers/experts": Row(
        only("/ledgers/experts", *BUREAU, *BUREAU_HEAD, *FINANCE, *FINANCE_HEAD, "sjj-chentao")
    ),
    "GET /ledgers/experts/new": Row(only("/ledgers/experts/new", *BUREAU, *BUREAU_HEAD)),
    "POST /ledgers/experts/new": Row(only("/ledgers/experts/new", *BUREAU, *BUREAU_HEAD), 422),
    "GET /ledgers/experts/<expert_id>": Row(expert),
    "POST /ledgers/experts/<expert_id>": Row(expert, 422),
    "GET /submissions/<submission_id>": Row(submissions()),
    "GET /submissions/<submission_id>/print": Row(submissions("/print")),
    "GET /cases/<case_id>/papers/<kind>": Row(
        papers(
            fresh__plan_outline=SEES["fresh"],
            secret__plan_outline=SEES["secret"],
            accepting__application_form=OWN,
            tendering__review_opinion=BUREAU | BUREAU_HEAD,
        )
    ),
    "POST /cases/<case_id>/papers/<kind>": Row(
        papers(accepting__application_letter=OWN, tendering__review_opinion=BUREAU | BUREAU_HEAD), 302
    ),
    "POST /papers/<paper_id>/scan": Row(scans, 302, lambda _: {"file": (BytesIO(PDF), "盖章.pdf")}),
    "GET /templates/": Row(only("/templates/", "guanli", "liucheng")),
    "GET /templates/<kind>/<int:version>": Row(only("/templates/review-opinion/0", "guanli", "liucheng")),
    "POST /templates/<kind>": Row(
        only("/templates/review-opinion", "guanli", "liucheng"), 302, lambda _: {"file": (BytesIO(PDF), "a.docx")}
    ),
    "POST /projects/<code>/archive": Row(archives),
    "GET /projects/": Row(everybody("/projects/", "/projects/?q=区教育&stage=申报&status=running&year=2027")),
    "GET /projects/<code>": Row(projects),
    "GET /projects/new": Row(only("/projects/new", *APPLICANTS)),
    "POST /projects/new": Row(only("/projects/new", "jtj-jb"), 422, role_of("jtj-jb", "applicant")),
    "POST /projects/<code>/responsible": Row(naming, 302, lambda _: {"name": "李华", "phone": "1", "reason": "调任"}),
    "POST /projects/<code>/maintenance": Row(maintaining, 302),
    "POST /projects/<code>/start": Row(starting, 302, lambda _: {"process": "plan-adjustment"}),
    "GET /plans/": Row(lambda _: {"/plans/": OVERSIGHT | UNITS}),
    "GET /plans/<plan_id>": Row(plans),
    "GET /ledgers/payments": Row(lambda _: {"/ledgers/payments": OVERSIGHT - {"qzf-xuhui"}}),
    "GET /ledgers/cloud": Row(lambda _: {"/ledgers/cloud": OVERSIGHT | UNITS | CLOUDS}),
    "GET /ledgers/cloud/usage": Row(lambda _: {"/ledgers/cloud/usage": CLOUDS}),
    "GET /ledgers/cloud/usage/template": Row(lambda _: {"/ledgers/cloud/usage/template": CLOUDS}),
    "POST /ledgers/cloud/usage": Row(lambda _: {"/ledgers/cloud/usage": CLOUDS}, 422),
    "POST /ledgers/cloud/usage/send": Row(lambda _: {"/ledgers/cloud/usage/send": CLOUDS}, 422),
    "GET /ledgers/": Row(lambda _: {"/ledgers/": OVERSIGHT | UNITS | TRADING | SECRECY | CLOUDS}),
    "GET /ledgers/classified": Row(lambda _: {"/ledgers/classified": FINANCE | FINANCE_HEAD | SECRECY}),
    "GET /ledgers/restrictions": Row(lambda _: {"/ledgers/restrictions": OVERSIGHT | UNITS}),
    "GET /ledgers/restrictions/new": Row(only("/ledgers/restrictions/new", *BUREAU, *BUREAU_HEAD)),
    "POST /ledgers/restrictions/new": Row(only("/ledgers/restrictions/new", *BUREAU, *BUREAU_HEAD), 422),
    "GET /ledgers/restrictions/<restriction_id>": Row(restriction("", OVERSIGHT, OWN)),
    "GET /ledgers/restrictions/<restriction_id>/file": Row(restriction("/file", OVERSIGHT, OWN)),
    "POST /ledgers/restrictions/<restriction_id>/lift": Row(restriction("/lift", BUREAU, BUREAU_HEAD), 422),
    "POST /ledgers/restrictions/<restriction_id>/exempt": Row(restriction("/exempt", BUREAU_HEAD), 422),
    "GET /ledgers/units/<org_id>": Row(school("/ledgers/units/{}", OVERSIGHT, OWN)),
    "POST /ledgers/units/<org_id>/equipment": Row(school("/ledgers/units/{}/equipment", OWN), 302),
    "POST /ledgers/units/<org_id>/networks": Row(school("/ledgers/units/{}/networks", OWN), 302),
    "POST /ledgers/units/<org_id>/rows/<row_id>/remove": Row(inventory_row, 302),
    "GET /ledgers/systems": Row(lambda _: {"/ledgers/systems": OVERSIGHT | UNITS}),
    "GET /ledgers/systems/new": Row(lambda _: {"/ledgers/systems/new": UNITS}),
    "POST /ledgers/systems/new": Row(school("/ledgers/systems/new", OWN), 422, role_of("jtj-jb", "applicant")),
    "GET /ledgers/systems/<system_id>": Row(system("", OVERSIGHT, OWN)),
    "POST /ledgers/systems/<system_id>": Row(system("", OWN), 422),
    "POST /ledgers/systems/<system_id>/report": Row(system("/report", OWN), 422),
    "POST /ledgers/systems/<system_id>/confirm": Row(system("/confirm", BUREAU, BUREAU_HEAD), 409),
    "POST /ledgers/systems/<system_id>/return": Row(system("/return", BUREAU, BUREAU_HEAD), 409),
    "POST /ledgers/systems/<system_id>/due": Row(system("/due", BUREAU, BUREAU_HEAD), 422),
    "GET /ledgers/suppliers": Row(lambda _: {"/ledgers/suppliers": OVERSIGHT | TRADING}),
    "GET /ledgers/suppliers/<org_id>": Row(school("/ledgers/suppliers/{}", OVERSIGHT, TRADING)),
    "GET /processes/": Row(everybody("/processes/")),
    "GET /processes/<process_id>": Row(everybody("/processes/application")),
    "GET /processes/bundles/<key>/<path:path>": Row(source),
    "GET /processes/tables/<decision_id>": Row(everybody("/processes/tables/thresholds")),
    "GET /processes/forms/<form_id>": Row(everybody("/processes/forms/declare-scope")),
    "GET /clauses/": Row(everybody("/clauses/", "/clauses/?kind=期限&show=unproven&q=验收")),
    "GET /clauses/<clause_id>": Row(everybody("/clauses/附4-1")),
    "GET /clauses/scenarios/": Row(everybody("/clauses/scenarios/")),
    "GET /clauses/scenarios/<scenario_id>": Row(everybody("/clauses/scenarios/channel-closed")),
    "GET /messages/": Row(everybody("/messages/")),
    "POST /messages/read": Row(everybody("/messages/read"), 302),
    "POST /messages/<notification_id>": Row(messages, 302),
    "GET /admin/": Row(only("/admin/", *DUTIES, *SECRECY)),
    "GET /admin/incidents": Row(only("/admin/incidents", *STEWARDS)),
    "POST /admin/incidents/<incident_id>/party": Row(incident("party"), 302),
    "POST /admin/incidents/<incident_id>/retry": Row(incident("retry"), 302),
    "GET /admin/clock": Row(only("/admin/clock", "guanli")),
    "POST /admin/clock": Row(only("/admin/clock", "guanli"), 302, lambda _: {"day": "2027-01-01", "time": "09:00"}),
    "GET /admin/rules": Row(only("/admin/rules", "guanli")),
    "POST /admin/rules": Row(only("/admin/rules", "guanli"), 422, lambda _: {"valid_from": "2026-01-01"}),
    "GET /admin/calendar": Row(only("/admin/calendar", "guanli")),
    "POST /admin/calendar": Row(only("/admin/calendar", "guanli"), 422, lambda _: {"year": "2031", "off": "元旦"}),
    "GET /admin/trail": Row(only("/admin/trail", "shenji")),
    "GET /admin/users": Row(only("/admin/users", *DUTIES)),
    "GET /admin/users/new": Row(only("/admin/users/new", "guanli")),
    "POST /admin/users/new": Row(only("/admin/users/new", "guanli"), 422),
    "GET /admin/users/<user_id>": Row(user("", *DUTIES)),
    "POST /admin/users/<user_id>/password": Row(user("/password", "anquan")),
    "POST /admin/users/<user_id>/lock": Row(user("/lock", "guanli", "anquan"), 302),
    "POST /admin/users/<user_id>/unlock": Row(user("/unlock", "guanli", "anquan"), 302),
    "POST /admin/users/<user_id>/grant": Row(user("/grant", "anquan"), 302, role_of("wugangwei", "applicant")),
    "POST /admin/users/<user_id>/revoke": Row(user("/revoke", "anquan"), 404, role_of("wugangwei", "applicant")),
    "GET /admin/organisations": Row(only("/admin/organisations", *DUTIES)),
    "POST /admin/organisations": Row(only("/admin/organisations", "guanli"), 422),
    "POST /admin/organisations/authority": Row(only("/admin/organisations/authority", "anquan"), 302),
}


@pytest.fixture(scope="module")
def world(standing: Standing, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = World(standing, tmp_path_factory.mktemp("world"))
    yield world
    world.close()


def test_every_address_has_its_row(flask: Flask):
    rules = {
        f"{method} {rule.rule}"
        for rule in flask.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert rules == ROWS.keys()


def test_every_open_task_is_in_the_tables(world: World):
    assert {
        (story, task.element_id) for story in world.standing.cases for task in world.case(story).open_tasks
    } == TASKS.keys()
    assert world.standing.cases.keys() == SEES.keys()


@pytest.mark.parametrize("address", ROWS)
def test_an_address_answers_whoever_may_and_nobody_else(world: World, address: str):
    row, method = ROWS[address], address.partition(" ")[0]
    for path, allowed in row.subjects(world).items():
        for account in (NOBODY, *world.accounts):
            fields = row.fields(world) if method == "POST" else None
            answer = world.open(account, method, path, data=fields)
            said = f"{account or 'nobody'}: {method} {path} -> {answer.status_code}"
            written = world.written()
            if account == NOBODY and row.nobody is None:
                assert (answer.status_code, answer.location.partition("?")[0]) == (302, "/login"), said
                assert not written, said
            elif account == NOBODY:
                assert answer.status_code == row.nobody, said
            elif account in allowed:
                assert answer.status_code == row.answer, said
            else:
                assert answer.status_code in {403, 404}, said
                assert '<html lang="zh-CN">' in answer.text, said
                assert not written, said
            if written:
                world.restore()
    assert world.changed() == set()
