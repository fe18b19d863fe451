"""A district at work: the real diagrams and forms, projects at many stages, and somebody in every role, here and
elsewhere. It is played once; every test that needs it works on a copy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from app.bootstrap import FORMS, PROCESSES, Application
from app.features.identity.passwords import Passwords
from app.features.ledgers.model import Equipment
from app.features.ledgers.systems import Described
from app.features.ledgers.usecases import Evidence
from app.kernel.clock import ZONE, FrozenClock
from app.kernel.config import Config
from app.scenarios.experts import fill_pool
from app.scenarios.model import Advance, Answers, Do, Expectation, Proceed, Scenario, Start, Step
from app.scenarios.organisations import BODIES, Body, District, Person, settle
from app.scenarios.player import OBSERVER, Player
from app.scenarios.reading import read_usual
from app.scenarios.running import SCENARIOS, record_basis, report
from tests.support import tables
from tests.support.filling import PDF

BEGINS: Final = datetime(2026, 7, 1, 9, tzinfo=ZONE)
SECRET: Final = "玄鸟七号专用系统"
DECLARED: Final = "白泽九号信息系统"
COPIED: Final = "毕方三号监管系统"
STUCK: Final = "英招五号涉密系统"
"""Names of the confidential projects: words that stand on no other page."""
CODE: Final = "FM-2026-77"
"""What the data bureau is told of the last one of them."""

ELSEWHERE: Final = (
    Body("峄城区应急管理局", "", "applicant", (Person("yjj-tongshi", "汤雨", ("applicant",)),)),
    Body("济南同济工程咨询有限公司", "济南同济", "consultant", (Person("zx-bieren", "钱远", ("consultant",)),)),
    Body("山东正大信息监理有限公司", "正大监理", "supervisor", (Person("jl-bieren", "郑方", ("supervisor",)),)),
    Body("青岛海测检测有限公司", "青岛海测", "test-agency", (Person("pc-bieren", "宋岚", ("test-agency",)),)),
    Body(
        "枣庄市信息化专家库",
        "专家库",
        "review-agency",
        (Person("zhuanjia", "冯时", ("expert",)), Person("wugangwei", "尤静", ())),
    ),
)
"""A colleague who is not authorised, firms that take part in nothing, an expert, and somebody without any role."""

_LIKE_OTHERS: Final = ("zrzy-", "mzj-", "nyj-", "ypz-", "gsz-")
PEOPLE: Final = frozenset(
    person.account
    for body in (*BODIES, *ELSEWHERE)
    for person in body.people
    if not person.account.startswith(_LIKE_OTHERS)
)
"""Everybody who counts: of the units that have no project here, one is enough."""


@dataclass(frozen=True)
class Standing:
    """`directory` holds the database and the attachments; `cases` and `codes` are by the name of the
    story; among the cases, "plan" is that of the plan in which "approving" stands."""

    directory: Path
    at: datetime
    district: District
    cases: Mapping[str, str]
    codes: Mapping[str, str]

    @property
    def database(self) -> Path:
        return self.directory / "yicheng.db"


def play(directory: Path) -> Standing:
    """Settle the district in an empty directory and play its projects to where they stand."""
    url = f"sqlite:///{directory / 'yicheng.db'}"
    tables.create_tables(url)
    clock = FrozenClock(BEGINS)
    config = Config(database_url=url, secret_key="0123456789abcdef" * 2, data_dir=directory)
    application = Application(config, clock=clock, passwords=Passwords(quick=True))
    try:
        application.start()
        application.definitions.deploy_directories(PROCESSES, FORMS)
        late = [body for body in BODIES if body.short_name in _LATE]
        bodies = (replace(body, people=(), offices=()) if body in late else body for body in BODIES)
        district = settle(application.administration, bodies=bodies)
        settle(application.administration, bodies=ELSEWHERE)
        fill_pool(application.experts)
        record_basis(application, district)
        # As long as nobody holds their offices, what the bureau and the secrecy office have to do becomes an incident.
        unassigned = _played(application, clock, district, _INCIDENTS)
        for body in late:
            for role in body.offices:
                application.administration.assign_authority(None, role, district.org_ids[body.name])
        user_ids = settle(application.administration).user_ids
        district = replace(district, user_ids=user_ids)
        stories = unassigned | _played(application, clock, district, _STORIES)
        _keep_ledgers(application, district)
        _issue_papers(application, district, stories)
        return Standing(
            directory,
            clock.now(),
            district,
            {name: case_id for name, (case_id, _) in stories.items()} | {"plan": _plan_of(application, stories)},
            {name: code for name, (_, code) in stories.items()},
        )
    finally:
        application.close()


def _keep_ledgers(application: Application, district: District) -> None:
    """A restriction with its evidence, a system that is to be migrated, and a row of equipment, all of one unit."""
    bureau, clerk = (application.sign_in.load(district.user_ids[account]) for account in ("dsj-sunmin", "jtj-jb"))
    org_id = district.org_ids["区教育和体育局"]
    evidence = Evidence("交换平台九月监测", "峄数〔2026〕12号", "监测.pdf", BytesIO(PDF))
    application.ledgers.enter(bureau, org_id, kind="reduced", reason="上一项目绩效低下", evidence=evidence)
    application.systems.register(
        clerk,
        org_id,
        Described("办公系统", "gov_extranet", 2019, "own", migration_way="physical", migration_due=date(2099, 12, 31)),
    )
    application.systems.add_row(clerk, org_id, Equipment("", "", "服务器", 2, "双路", 2018, "办公"))


def _plan_of(application: Application, stories: Mapping[str, tuple[str, str]]) -> str:
    """The case of the plan that waits for its approval."""
    project = application.projects.page_by_code(OBSERVER, stories["approving"][1]).project
    (case_id,) = application.plans.cases_of_project(project.id)
    return case_id


def _issue_papers(application: Application, district: District, stories: Mapping[str, tuple[str, str]]) -> None:
    """The bureau's opinion on one project, issued and numbered."""
    clerk = application.sign_in.load(district.user_ids["dsj-sunmin"])
    application.papers.issue(clerk, stories["tendering"][0], "review-opinion")


def _played(
    application: Application, clock: FrozenClock, district: District, scenarios: tuple[Scenario, ...]
) -> dict[str, tuple[str, str]]:
    player = Player(application, clock=clock, district=district, usual=read_usual(SCENARIOS / "usual"))
    try:
        stories = player.play(scenarios)
    finally:
        player.close()
    assert not any(story.problems for story in stories), report(stories)
    return {story.scenario.name: (story.case_id, story.project.code if story.project else "") for story in stories}


def _story(
    name: str,
    *steps: Step,
    unit: str = "区教育和体育局",
    project: str = "",
    secret: bool = False,
    incidents: int = 0,
    round_year: int | None = None,
) -> Scenario:
    start = Start(BEGINS, unit, project or f"区教育{name}项目", round_year=round_year, confidential=secret)
    return Scenario(Path(f"{name}.yaml"), name, (), start, steps, Expectation(incidents=incidents))


def _scope(**answers: Any) -> Do:
    return Do("declare-scope", answers)


def _until(
    element: str, *, leaving: frozenset[str] = frozenset(), answers: Mapping[str, Answers] | None = None
) -> Proceed:
    return Proceed(element, answers or {}, leaving)


_ONSITE: Final = {"propose-agency": {"review_agency_org": "齐鲁评审", "review_method": "onsite"}}
_TENDER: Final = {"organise-tender": {"contractor_org": "枣庄智云科技", "award_price": 200}}
_LATE: Final = frozenset({"区大数据局", "区委保密安全室"})
_INCIDENTS: Final = (
    _story("incident", _until("accept-application"), incidents=1),
    _story("stuck", _scope(classified="yes"), unit="区应急管理局", project=STUCK, secret=True, incidents=1),
)
_STORIES: Final = (
    _story("fresh"),
    _story("secret", unit="区应急管理局", project=SECRET, secret=True),
    _story(
        "declared",
        _scope(
            classified="yes",
            negative_hit="yes",
            negative_items=["office_system"],
            special_reason="白泽九号的特殊情况",
            special_files=["白泽九号佐证.pdf"],
        ),
        unit="区应急管理局",
        project=DECLARED,
    ),
    _story(
        "copied",
        _scope(classified="yes"),
        _until(
            "supervise-secrecy",
            leaving=frozenset({"supervise-funds"}),
            answers={"confirm-classified": {"secrecy_code": CODE}},
        ),
        unit="区应急管理局",
        project=COPIED,
    ),
    _story("accepting", _until("accept-application")),
    _story("planning", _scope(estimate=150), _until("compile-plan")),
    _story("reviewing", _scope(estimate=150), _until("submit-review-report", answers=_ONSITE)),
    # A round of its own: its plan waits for the district government, while the others' is issued.
    _story("approving", _until("approve-annual-plan"), round_year=2028),
    _story("tendering", _until("organise-tender")),
    _story(
        "inspecting",
        _scope(estimate=236, nature="engineering", category="software"),
        _until("start-construction", answers={**_ONSITE, **_TENDER}),
        _until("launch-inspection", leaving=frozenset({"report-completion"})),
        Do("launch-inspection"),
    ),
    _story(
        "testing",
        _until("report-completion", leaving=frozenset({"launch-inspection"})),
        Do("report-completion"),
        _until("start-trial-run"),
        Do("start-trial-run", {"new_software": "yes", "test_agency_org": "山东软测"}),
        _until("test-software"),
        # By now the reviewers have been reminded of their deadline.
        Advance(datetime(2026, 11, 24, 9, tzinfo=ZONE)),
    ),
)
