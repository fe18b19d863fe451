"""What surrounds a case while it takes a step: project, parties, the facts services ask for, what they order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from types import MappingProxyType
from typing import Any, Protocol

from app.engine.model import PENDING, Definitions, Json, Pending, ServiceCall
from app.features.audit.model import Actor
from app.features.cases import store
from app.features.cases.live import Live
from app.features.cases.orders import Here, carry_out
from app.features.cloud import store as cloud
from app.features.experts import store as experts
from app.features.experts.model import Seed
from app.features.identity import store as identity_store
from app.features.identity.model import AUTHORITY_ROLES, Organisation
from app.features.ledgers import store as ledgers
from app.features.measures import store as imposed
from app.features.plans import store as plans
from app.features.projects import responsible_store as responsible
from app.features.projects import store as projects
from app.features.projects.model import AmountChange, Party, Project
from app.kernel.clock import local
from app.kernel.database import UnitOfWork
from services.calendar import WorkingCalendar
from services.cloud import CloudResource
from services.effects import (
    AddLedgerEntry,
    AssignParty,
    Beginning,
    Effect,
    Order,
    RecordDraw,
    RegisterMaintenance,
    SetAmount,
    SetCloud,
    SetProject,
    SetResponsible,
    StartProcess,
)
from services.experts import Draw, Expert, Interest
from services.facts import Facts, Outcome, ProjectFacts
from services.ledger import Restriction
from services.measures import Measure, ordered
from services.plan import Candidate
from services.registry import EXTERNAL, TASKS
from services.splitting import Sibling

INTERESTED: Mapping[str, str] = MappingProxyType(
    {"applicant": "申报单位", "consultant": "咨询单位", "review-agency": "评审机构", "contractor": "可能的承建单位"}
)
_REGISTER_FIELDS = frozenset({"name", "round_year", "confidential"})


class Decider(Protocol):
    """What is needed of the engine here: a decision table of a bundle, evaluated."""

    def decide(
        self, definitions: Definitions, decision_id: str, context: Mapping[str, Json], *, now: datetime
    ) -> Json: ...


class ServiceRefused(Exception):
    """A service found something that stops the case; the text becomes the incident that an administrator reads."""


class CaseContext:
    """The surroundings of one case in one unit of work. Everything is read when it is first asked for.

    What services order is applied to this picture at once, so that the next one sees it, and written by `write`.
    """

    def __init__(
        self,
        uow: UnitOfWork,
        decider: Decider,
        calendar: Callable[[UnitOfWork], WorkingCalendar],
        *,
        definitions: Definitions,
        project_id: str | None,
        case_id: str,
        live: Live,
        seed: Seed,
    ) -> None:
        self._uow = uow
        self._decider = decider
        self._read_calendar = calendar
        self._definitions = definitions
        self._project_id = project_id
        self._case_id = case_id
        self._live = live
        self._seed = seed
        self._parties = {**live.project_parties, **live.parties}
        self._changes: dict[str, Any] = {}
        self._assigned: dict[str, str] = {}
        self._orders: list[Order] = []
        self._beginnings: list[Beginning] = []

    @cached_property
    def _registered(self) -> Project | None:
        return None if self._project_id is None else projects.by_id(self._uow, self._project_id)

    def hold_project(self) -> None:
        """Read the project so that nobody changes it before this unit ends; to be called before anything reads it."""
        if self._project_id is not None:
            self._registered = projects.by_id(self._uow, self._project_id, hold=True)

    @property
    def project(self) -> Project | None:
        """The project as it is after all that was ordered so far."""
        return replace(self._registered, **self._changes) if self._registered and self._changes else self._registered

    @property
    def declared_confidential(self) -> Project | None:
        """The project, if it was open before this step and is confidential from now on."""
        before, now = self._registered, self.project
        return now if before and now and now.confidential and not before.confidential else None

    @property
    def assigned(self) -> Mapping[str, str]:
        """The roles that were given to an organisation in this step."""
        return self._assigned

    @property
    def beginnings(self) -> Sequence[Beginning]:
        """What this step ordered to begin beside the case, once the step is written."""
        return self._beginnings

    @cached_property
    def calendar(self) -> WorkingCalendar:
        return self._read_calendar(self._uow)

    @cached_property
    def directory(self) -> list[Organisation]:
        """All organisations by name."""
        return identity_store.organisations(self._uow)

    @cached_property
    def organisations(self) -> Mapping[str, str]:
        """The names of all organisations by id."""
        return {org.id: org.name for org in self.directory}

    @cached_property
    def _recorded_restrictions(self) -> tuple[Restriction, ...]:
        return ledgers.restrictions(self._uow, self.project.org_id) if self.project else ()

    def candidates(self, plan: str) -> tuple[Candidate, ...]:
        """The projects that the annual plan of this code has to decide on."""
        return plans.candidates(self._uow, plan)

    @property
    def restrictions(self) -> tuple[Restriction, ...]:
        org_id, code = (self.project.org_id, self.project.code) if self.project else ("", None)
        added = (
            Restriction(org_id, entry.kind, entry.reason, entry.clause, entry.since, entry.until, project=code)
            for entry in self._orders
            if isinstance(entry, AddLedgerEntry)
        )
        return (*self._recorded_restrictions, *added)

    @cached_property
    def siblings(self) -> tuple[Sibling, ...]:
        """The other projects that the unit applies for in the same round."""
        return projects.siblings(self._uow, self._registered) if self._registered else ()

    @cached_property
    def _recorded_cloud(self) -> tuple[CloudResource, ...]:
        if self._project_id is None:
            return ()
        # Several cases of a project may allocate at once: each counts what the others have written.
        projects.lock(self._uow, self._project_id)
        return cloud.of_project(self._uow, self._project_id)

    @property
    def cloud(self) -> tuple[CloudResource, ...]:
        """The project's resources on the government cloud, by number."""
        ordered = [order.resource for order in self._orders if isinstance(order, SetCloud)]
        return tuple({each.number: each for each in (*self._recorded_cloud, *ordered)}.values())

    @cached_property
    def _recorded_measures(self) -> tuple[Measure, ...]:
        return imposed.of_project(self._uow, self._project_id) if self._project_id else ()

    @property
    def measures(self) -> tuple[Measure, ...]:
        return tuple(ordered(self._recorded_measures, self._orders, at=local(self._uow.now), case_id=self._case_id))

    @property
    def parties(self) -> Mapping[str, str]:
        """The organisations that have a role in this case, by role."""
        return self._parties

    @property
    def experts(self) -> tuple[Expert, ...]:
        """The pool that reviewers are drawn from."""
        return experts.pool(self._uow)

    @property
    def draws(self) -> tuple[Draw, ...]:
        """The draws of experts in this case so far, this step included."""
        written = (drawn.draw for drawn in experts.draws(self._uow, self._case_id))
        return (*written, *(order.draw for order in self._orders if isinstance(order, RecordDraw)))

    @property
    def interests(self) -> tuple[Interest, ...]:
        """Whose people must not review the project: its parties, and everybody who may come to build it (3.2-3)."""
        known = {org.id: org for org in self.directory}
        of_roles = [(role, org_id) for role, org_id in self._parties.items() if role in INTERESTED]
        of_roles += [("contractor", org.id) for org in self.directory if org.kind == "contractor"]
        return tuple(
            Interest(INTERESTED[role], (known[org_id].name, known[org_id].short_name))
            for role, org_id in dict.fromkeys(of_roles)
            if org_id in known
        )

    def seed(self, number: int) -> str:
        """The seed of the draw with this number."""
        subject = self.project.code if self.project else self._case_id
        return self._seed(f"{subject} {number} {self._uow.now.isoformat()}")

    def is_code_given(self, code: str) -> bool:
        """Whether another classified project has this code; nobody else gives one before this unit ends."""
        identity_store.lock_office(self._uow, "secrecy-office")
        return projects.is_secrecy_code_given(self._uow, code, but=self._project_id or "")

    def organisation_of(self, role: str) -> str | None:
        """The organisation that does a role's tasks in this case: the office that holds it, or else the party.

        A party of the case comes before the project's, so that a case can go its own way.
        """
        return self._live.offices.get(role) if role in AUTHORITY_ROLES else self._parties.get(role)

    def decide(self, decision_id: str, inputs: Mapping[str, Json]) -> Json:
        return self._decider.decide(self._definitions, decision_id, inputs, now=self._uow.now)

    def run(self, task_type: str, inputs: Mapping[str, Json], headers: Mapping[str, str]) -> Outcome:
        """Run a task of the registry on the facts as they are now. Nothing it orders is done yet."""
        return TASKS[task_type](inputs, headers, _LazyFacts(self, self._uow.now))

    def serve(self, call: ServiceCall) -> Mapping[str, Json] | Pending:
        """Answer the engine: run the task and do what it orders, or leave it to the worker.

        Raises ServiceRefused when the task finds something that stops the case.
        """
        if call.type in EXTERNAL:
            return PENDING
        outcome = self.run(call.type, call.inputs, call.headers)
        if outcome.refused:
            raise ServiceRefused("；".join(finding.message for finding in outcome.findings if finding.blocking))
        self.apply(outcome.effects)
        return outcome.variables

    def apply(self, effects: Iterable[Effect]) -> None:
        """Do what a task ordered, in this picture; `write` puts it into the tables."""
        for effect in effects:
            match effect:
                case SetAmount(kind=kind, value=value):
                    self.change_project({kind: value})
                case SetProject(fields=fields):
                    self._set_fields(fields)
                case SetResponsible(name=name, phone=phone):
                    self.change_project({"responsible": name})
                    self._set_fields({"responsible_phone": phone})
                case AssignParty(role=role, org_id=org_id):
                    self.assign(role, org_id)
                case StartProcess() | RegisterMaintenance():
                    self._beginnings.append(effect)
                case _:
                    self._orders.append(effect)

    def change_project(self, changes: Mapping[str, Any]) -> None:
        """Change columns of the project's entry in the register."""
        self._changes.update(changes)

    def assign(self, role: str, org_id: str) -> None:
        """Let an organisation take a party's role from now on."""
        self._parties[role] = self._assigned[role] = org_id

    def write(self, case_id: str, *, actor: Actor) -> None:
        """Write everything that was ordered in a step of `actor`. A case without a project keeps its parties only."""
        for role, org_id in self._assigned.items():
            store.set_party(self._uow, case_id=case_id, role=role, org_id=org_id, known=role in self._live.parties)
        project = self.project if self._assigned or self._changes else None
        if project is not None:
            self._write_project(project, case_id, actor=actor)
        for order in self._orders:
            carry_out(self._uow, order, Here(case_id, self.project, actor, self._parties.get))

    def _write_project(self, project: Project, case_id: str, *, actor: Actor) -> None:
        for role, org_id in self._assigned.items():
            party = Party(role, org_id, self.organisations.get(org_id, org_id))
            known = role in self._live.project_parties
            projects.set_party(self._uow, project_id=project.id, party=party, known=known)
        projects.change(self._uow, project.id, self._changes)
        self._keep_former_amounts(project, case_id, actor=actor)
        before = self._registered.responsible if self._registered else None
        if project.responsible and project.responsible != before:
            phone = str(project.details.get("responsible_phone") or "")
            named = responsible.Responsible(project.responsible, phone, "", actor.name, self._uow.now)
            responsible.enter(self._uow, project.id, named)
        if self._changes.get("confidential"):
            # Whoever entered the project, and whoever declared it classified, go on with it (2-2).
            for reader in {project.created_by, actor.user_id} - {""}:
                projects.authorise_reader(self._uow, project_id=project.id, user_id=reader, by=actor.user_id)

    def _keep_former_amounts(self, project: Project, case_id: str, *, actor: Actor) -> None:
        """An amount that replaces another leaves a trace in the register (3.2-16)."""
        former = self._registered.amounts if self._registered else {}
        changes = [
            AmountChange(kind, before, after, self._uow.now, actor.name, case_id)
            for kind, before in former.items()
            if before is not None and (after := project.amounts[kind]) is not None and after != before
        ]
        projects.add_amount_changes(self._uow, project.id, changes)

    def _set_fields(self, fields: Mapping[str, Any]) -> None:
        register = {key: value for key, value in fields.items() if key in _REGISTER_FIELDS}
        details = {key: value for key, value in fields.items() if key not in _REGISTER_FIELDS}
        if details and self.project is not None:
            register["details"] = {**self.project.details, **details}
        self.change_project(register)


class _LazyFacts(Facts):
    """The facts of a case, each read when a task first asks for it."""

    def __init__(self, context: CaseContext, now: datetime) -> None:
        self._context = context
        self._now = now

    @cached_property
    def now(self) -> datetime:
        return local(self._now)

    @cached_property
    def calendar(self) -> WorkingCalendar:
        return self._context.calendar

    @cached_property
    def decide(self) -> Callable[[str, Mapping[str, Json]], Json]:
        return self._context.decide

    @cached_property
    def project(self) -> ProjectFacts | None:
        known = self._context.project
        return None if known is None else _facts_of(known)

    @cached_property
    def restrictions(self) -> tuple[Restriction, ...]:
        return self._context.restrictions

    @cached_property
    def siblings(self) -> tuple[Sibling, ...]:
        return self._context.siblings

    @cached_property
    def candidates(self) -> Callable[[str], tuple[Candidate, ...]]:
        return self._context.candidates

    @cached_property
    def cloud(self) -> tuple[CloudResource, ...]:
        return self._context.cloud

    @cached_property
    def measures(self) -> tuple[Measure, ...]:
        return self._context.measures

    @cached_property
    def parties(self) -> Mapping[str, str]:
        return self._context.parties

    @cached_property
    def experts(self) -> tuple[Expert, ...]:
        return self._context.experts

    @cached_property
    def interests(self) -> tuple[Interest, ...]:
        return self._context.interests

    @cached_property
    def draws(self) -> tuple[Draw, ...]:
        return self._context.draws

    @cached_property
    def seed(self) -> Callable[[int], str]:
        return self._context.seed

    @cached_property
    def is_code_given(self) -> Callable[[str], bool]:
        return self._context.is_code_given

    @cached_property
    def organisations(self) -> Mapping[str, str]:
        return self._context.organisations


def _facts_of(known: Project) -> ProjectFacts:
    return ProjectFacts(
        code=known.code,
        name=known.name,
        round_year=known.round_year,
        registered_on=known.registered_on,
        unit_id=known.org_id,
        unit=known.unit,
        confidential=known.confidential,
        stage=known.stage,
        estimate=known.estimate,
        approved=known.approved,
        budget=known.budget,
        contract=known.contract,
        paid=known.paid or Decimal(0),
        settled=known.settled,
        details=known.details,
    )
