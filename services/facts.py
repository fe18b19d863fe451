"""What a check is told, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeAlias

from services.calendar import WorkingCalendar
from services.cloud import CloudResource
from services.effects import Effect
from services.experts import Draw, Expert, Interest
from services.ledger import Restriction
from services.measures import Measure
from services.plan import Candidate
from services.splitting import Sibling

Json: TypeAlias = bool | int | float | str | list[Any] | dict[str, Any] | None
Inputs: TypeAlias = Mapping[str, Json]
Headers: TypeAlias = Mapping[str, str]


@dataclass(frozen=True)
class ProjectFacts:
    """The project's entry in the register; amounts in 万元, None while unknown.

    `details` are the facts that checks have written with `SetProject` and that have no column of their own, such as
    `completed_on` (ISO date), `acceptance_until` or `accepted_on`.
    """

    code: str
    name: str
    round_year: int
    registered_on: date
    unit_id: str
    unit: str
    confidential: bool = False
    stage: str = ""
    estimate: Decimal | None = None
    approved: Decimal | None = None
    budget: Decimal | None = None
    contract: Decimal | None = None
    paid: Decimal = Decimal(0)
    settled: Decimal | None = None
    details: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Facts:
    """What holds while a task runs. `now` is aware, in Shanghai time.

    `restrictions` are the ledger entries of the applicant's unit, `siblings` its other projects of the same round that
    are not over, `measures` what was imposed on the project, lifted or not, `cloud` its resources on the government
    cloud. `organisations` maps ids to names, `parties` the roles in this case to ids, and `decide` evaluates a decision
    table of the case's own bundle. `candidates` reads the projects of the annual plan of a code, whose row it locks.
    `experts` are the pool, `interests` the organisations whose people must not review, `draws` those of this case in
    their order, and `seed` gives that of the draw with a number. `is_code_given` tells whether another classified
    project has a code.
    """

    now: datetime
    calendar: WorkingCalendar
    decide: Callable[[str, Mapping[str, Json]], Json]
    project: ProjectFacts | None = None
    restrictions: tuple[Restriction, ...] = ()
    siblings: tuple[Sibling, ...] = ()
    measures: tuple[Measure, ...] = ()
    candidates: Callable[[str], tuple[Candidate, ...]] = lambda _plan: ()
    cloud: tuple[CloudResource, ...] = ()
    organisations: Mapping[str, str] = field(default_factory=dict)
    parties: Mapping[str, str] = field(default_factory=dict)
    experts: tuple[Expert, ...] = ()
    interests: tuple[Interest, ...] = ()
    draws: tuple[Draw, ...] = ()
    seed: Callable[[int], str] = lambda number: f"{number:064x}"
    is_code_given: Callable[[str], bool] = lambda _code: False

    @property
    def today(self) -> date:
        return self.now.date()

    @property
    def as_of(self) -> str:
        """The date whose version of the decision tables holds: the project's registration, for life (4-5)."""
        return (self.project.registered_on if self.project else self.today).isoformat()


@dataclass(frozen=True)
class Finding:
    """What is missing or wrong, as a Chinese sentence that ends with the clause's id; `field` is the form's key."""

    clause: str
    message: str
    field: str | None = None
    blocking: bool = True


@dataclass(frozen=True)
class Outcome:
    variables: Mapping[str, Json] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    effects: tuple[Effect, ...] = ()

    @property
    def refused(self) -> bool:
        return any(finding.blocking for finding in self.findings)


Task: TypeAlias = Callable[[Inputs, Headers, Facts], Outcome]
