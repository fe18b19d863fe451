"""The register of projects: entering one, finding one, and going on under a text that has lapsed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from app.features.audit import store as audit
from app.features.audit.model import Act
from app.features.identity import store as identity_store
from app.features.identity.model import Identity, Membership
from app.features.projects import entering, store
from app.features.projects.access import APPLICANT_ROLES
from app.features.projects.model import MAX_NAME, Found, Project, ProjectFilter, ProjectPage, RuleBasis, ToDecide
from app.kernel.clock import local
from app.kernel.database import Database, UnitOfWork
from app.kernel.errors import Conflict, Invalid, Missing, Refused
from services.deadlines import round_year as round_of
from services.regulation import RULESETS, RulesetLapsed, Standing

LIFECYCLE = "project-lifecycle"
NAMES_READERS = frozenset({"applicant-lead", "secrecy-office"})
_MAX_BASIS = 500
_MAX_PAGE = 100


@dataclass(frozen=True)
class Readers:
    """Who may know of a confidential project: `named` may, `others` of the unit could be authorised."""

    project_id: str
    code: str
    created_by: str
    named: tuple[Identity, ...]
    others: tuple[Identity, ...]


class StartLifecycle(Protocol):
    """Starts the process of a new project in the transaction that registers it; returns the id of its case."""

    def __call__(
        self, uow: UnitOfWork, identity: Identity, *, project: Project, variables: Mapping[str, Any]
    ) -> str: ...


class Projects:
    """The use cases of the register."""

    def __init__(self, database: Database, start_lifecycle: StartLifecycle) -> None:
        self._database = database
        self._start_lifecycle = start_lifecycle

    def register(
        self,
        identity: Identity,
        org_id: str,
        *,
        name: str,
        round_year: int | None = None,
        confidential: bool = False,
        in_year: bool = False,
    ) -> tuple[Project, str]:
        """Enter a project of a unit into the register and start its process, both or neither.

        The project gets its code for life and keeps the version of the rules it begins under (4-5). Without
        `round_year` it applies for the round that is open today (3.1-1); with `in_year` it is to be added to the plan
        of the running year (3.1-2). Returns the project and the id of its case.

        Raises:
            Refused: this person does not apply for this unit.
            Invalid: the name, or a round that is over.
            Conflict: the rules have lapsed and nobody has decided to go on under them.
        """
        unit = _unit(identity, org_id)
        with self._database.write() as uow:
            today = local(uow.now).date()
            project, variables = entering.enter(
                uow,
                name=_checked_name(name),
                org_id=org_id,
                unit=unit.org_name,
                round_year=today.year if in_year else _checked_round(round_year, today),
                by=identity.user_id,
                confidential=confidential,
                details={"channel": "in_year"} if in_year else {},
            )
            case_id = self._start_lifecycle(uow, identity, project=project, variables=variables)
            return store.by_id(uow, project.id) or project, case_id

    def register_maintenance(self, identity: Identity, project_id: str) -> tuple[Project, str]:
        """Apply for the costs of running what a project has built: a project of the open round, linked to it (3.5-2).

        Raises:
            Missing: there is no such project that this person may know of.
            Refused: this person does not apply for its unit.
            Conflict: it is not accepted yet, or the rules have lapsed.
        """
        with self._database.write() as uow:
            store.lock(uow, project_id)
            origin = store.visible(uow, identity, project_id)
            if origin is None:
                raise Missing("没有这个项目，或者您无权查看。")
            _unit(identity, origin.org_id)
            if not origin.accepted:
                raise Conflict("项目还没有通过竣工验收，不能申报运行维护费用。（3.5-2）")
            project, variables = entering.enter_maintenance(uow, origin, by=identity.user_id)
            return project, self._start_lifecycle(uow, identity, project=project, variables=variables)

    def search(
        self, identity: Identity, wanted: ProjectFilter | None = None, *, limit: int = 25, after: str | None = None
    ) -> Found:
        """The projects this person may know of, the newest first; `after` is that of the page before."""
        limit = max(1, min(limit, _MAX_PAGE))
        with self._database.read() as uow:
            found = store.search(uow, identity, wanted or ProjectFilter(), limit=limit + 1, after=after)
        page = tuple(found[:limit])
        return Found(page, page[-1].id if len(found) > limit else None)

    def page(self, identity: Identity, project_id: str) -> ProjectPage:
        """A project with its parties. Raises Missing if there is none that this person may know of."""
        with self._database.read() as uow:
            project = store.visible(uow, identity, project_id)
            if project is None:
                raise Missing("没有这个项目，或者您无权查看。")
            related = [store.visible_of_code(uow, identity, code) for code in project.related_codes]
            return ProjectPage(
                project,
                store.parties(uow, project_id),
                store.amount_changes(uow, project_id),
                tuple(each for each in related if each is not None),
            )

    def page_by_code(self, identity: Identity, code: str) -> ProjectPage:
        """Like `page`, for the project of this code."""
        with self._database.read() as uow:
            project_id = store.id_of_code(uow, code)
        if project_id is None:
            raise Missing("没有这个项目，或者您无权查看。")
        return self.page(identity, project_id)

    def authorise(self, identity: Identity, project_id: str, *, user_id: str) -> None:
        """Let one more person of the applicant see a confidential project (2-2).

        The head of the applicant's unit or the secrecy office decides it. Raises Missing, and Invalid for somebody who
        does not work for the unit.
        """
        with self._database.write() as uow:
            project = _deciding(uow, identity, project_id)
            if user_id not in {person.user_id for person in _staff(uow, project)}:
                raise Invalid("没有授权。", {"user_id": "请选择申报单位的人员。"})
            store.authorise_reader(uow, project_id=project_id, user_id=user_id, by=identity.user_id)
            act = Act(identity.acting(), "authorise-reader", f"project:{project_id}", {"user": user_id})
            audit.append_to_system(uow, act)

    def withdraw(self, identity: Identity, project_id: str, *, user_id: str) -> None:
        """End an authorisation; whoever entered the project keeps his. Raises Missing, Conflict."""
        with self._database.write() as uow:
            project = _deciding(uow, identity, project_id)
            if user_id == project.created_by:
                raise Conflict("登记项目的经办人须继续办理，不能取消授权。")
            store.withdraw_reader(uow, project_id=project_id, user_id=user_id)
            act = Act(identity.acting(), "withdraw-reader", f"project:{project_id}", {"user": user_id})
            audit.append_to_system(uow, act)

    def readers_by_code(self, identity: Identity, code: str) -> Readers:
        """Who of the applicant's unit may know of a confidential project, for those who decide it. Raises Missing."""
        with self._database.read() as uow:
            project = _deciding(uow, identity, store.id_of_code(uow, code) or "")
            allowed = store.readers(uow, project.id)
            named = [person for each in allowed if (person := identity_store.identity(uow, each)) is not None]
            others = [person for person in _staff(uow, project) if person.user_id not in allowed]
        return Readers(project.id, code, project.created_by, tuple(named), tuple(others))

    def to_decide(
        self, identity: Identity, *, limit: int = 25, after: str | None = None
    ) -> tuple[tuple[ToDecide, ...], str | None]:
        """The confidential projects whose readers this person names, and where the next page begins. Raises Refused."""
        if not identity.roles & NAMES_READERS:
            raise Refused("只有申报单位负责人或保密安全室可以决定涉密项目由谁查看。")
        with self._database.read() as uow:
            found = store.decided_by(uow, identity, limit=limit + 1, after=after)
        return tuple(found[:limit]), found[limit - 1].id if len(found) > limit else None

    def standing(self, day: date | None = None) -> Standing | None:
        """The rules that a project registered on a day (default today) would stand under, None if none are in force."""
        with self._database.read() as uow:
            on = day or local(uow.now).date()
            try:
                return entering.standing(uow, on)
            except RulesetLapsed:
                return None

    def bases(self) -> list[RuleBasis]:
        """The recorded decisions to go on under lapsed rules, the latest first."""
        with self._database.read() as uow:
            return store.bases(uow)

    def record_basis(
        self,
        identity: Identity,
        *,
        basis: str,
        valid_from: date,
        valid_to: date | None = None,
        ruleset: str = RULESETS[-1].number,
    ) -> RuleBasis:
        """Record the decision to go on under a text that has lapsed (4-5).

        Raises Refused for anybody but an administrator, and Invalid.
        """
        if not identity.has("administrator"):
            raise Refused("只有系统管理员可以登记续用依据。")
        problems = {}
        if not basis.strip():
            problems["basis"] = "请填写续用依据，例如批准文件的名称和文号。"
        if len(basis.strip()) > _MAX_BASIS:
            problems["basis"] = f"续用依据最多 {_MAX_BASIS} 字。"
        if valid_to is not None and valid_to < valid_from:
            problems["valid_to"] = "截止日期不能早于起始日期。"
        if ruleset not in {known.number for known in RULESETS}:
            problems["ruleset"] = "没有这一文号的实施细则。"
        if problems:
            raise Invalid("续用依据没有登记。", problems)
        with self._database.write() as uow:
            recorded = RuleBasis(
                id=uow.ids(),
                ruleset=ruleset,
                basis=basis.strip(),
                valid_from=valid_from,
                valid_to=valid_to,
                decided_by=identity.name,
                decided_at=uow.now,
            )
            store.add_basis(uow, recorded)
            details = {"ruleset": ruleset, "basis": recorded.basis, "valid_from": valid_from.isoformat()}
            audit.append_to_system(uow, Act(identity.acting(), "record-rule-basis", f"ruleset:{ruleset}", details))
        return recorded


def _unit(identity: Identity, org_id: str) -> Membership:
    unit = next((each for each in identity.memberships if each.org_id == org_id and each.role == "applicant"), None)
    if unit is None:
        raise Refused("您不是该单位的申报经办人员，不能为其登记项目。")
    return unit


def decides_readers(identity: Identity, project: Project) -> bool:
    """Whether this person decides who may read a confidential project (2-2)."""
    decides = identity.has("applicant-lead", project.org_id) or identity.has("secrecy-office")
    return project.confidential and decides


def _deciding(uow: UnitOfWork, identity: Identity, project_id: str) -> Project:
    """A confidential project, for whoever decides who may read it; to everybody else it is unknown (2-2)."""
    project = store.by_id(uow, project_id)
    if project is not None and decides_readers(identity, project):
        return project
    if project is not None and store.visible(uow, identity, project_id) is not None:
        raise Refused("只有申报单位负责人或保密安全室可以决定涉密项目由谁查看。")
    raise Missing("没有这个项目，或者您无权查看。")


def _staff(uow: UnitOfWork, project: Project) -> list[Identity]:
    """The people who apply for the project's unit."""
    found = [
        each for role in sorted(APPLICANT_ROLES) for each in identity_store.identities_at(uow, role, project.org_id)
    ]
    return list({person.user_id: person for person in found}.values())


def _checked_name(name: str) -> str:
    cleaned = " ".join(name.split())
    if not cleaned:
        raise Invalid("项目没有登记。", {"name": "请填写项目名称。"})
    if len(cleaned) > MAX_NAME:
        raise Invalid("项目没有登记。", {"name": f"项目名称最多 {MAX_NAME} 字。"})
    return cleaned


def _checked_round(wanted: int | None, today: date) -> int:
    open_round = round_of(today)
    if wanted is None:
        return open_round
    if wanted < open_round:
        problem = f"{wanted}年度申报已于上一年10月31日截止，现在可以申报{open_round}年度。（3.1-1）"
        raise Invalid("项目没有登记。", {"round_year": problem})
    return wanted
