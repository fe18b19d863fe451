"""The composition root: every use case of the product, built once a process from the configuration."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from app.engine.engine import Engine
from app.engine.expressions import Feel
from app.features.calendar.usecases import Calendars
from app.features.cases import staff
from app.features.cases.background import CaseWork
from app.features.cases.step import Tools
from app.features.cases.trail import Trail
from app.features.cases.usage_lists import UsageLists
from app.features.cases.usecases import Cases
from app.features.cases.views import CaseViews
from app.features.clauses.usecases import ClauseMatrix
from app.features.cloud.usecases import CloudLedger
from app.features.definitions.usecases import DefinitionLibrary
from app.features.documents.usecases import Attachments
from app.features.experts.model import fresh_seed, written_seed
from app.features.experts.usecases import Experts
from app.features.forms import store as drafts
from app.features.identity.administration import Administration
from app.features.identity.passwords import Passwords
from app.features.identity.training import TrainingClock
from app.features.identity.usecases import SignIn
from app.features.inbox.usecases import Inbox
from app.features.ledgers.systems import UnitSystems
from app.features.ledgers.usecases import Ledgers
from app.features.notifications.usecases import Notifications
from app.features.papers.archive import Archive
from app.features.papers.kinds import read_kinds
from app.features.papers.templates import Templates
from app.features.papers.usecases import Papers
from app.features.payments.usecases import Payments
from app.features.plans.usecases import Plans
from app.features.projects.responsible import Responsibility
from app.features.projects.usecases import Projects
from app.features.secrecy.usecases import SecrecyLedger
from app.kernel.clock import Clock
from app.kernel.config import Config
from app.kernel.database import Database
from services.calendar import WorkingCalendar

_ROOT = Path(__file__).parents[1]
PROCESSES = _ROOT / "processes"
FORMS = _ROOT / "forms"
DOCUMENTS = FORMS / "documents"


class Application:
    """One attribute a feature. Web, worker and command line get one of these and know nothing below it.

    Tests pass a `clock` to stand still, and `passwords` that hash quickly.
    """

    def __init__(self, config: Config, *, clock: Clock | None = None, passwords: Passwords | None = None) -> None:
        self.config = config
        self.database = Database(config.database_url, clock=clock, training=config.demo)
        passwords = passwords or Passwords()
        feel = Feel()
        engine = Engine(feel)

        self.sign_in = SignIn(self.database, passwords)
        self.administration = Administration(self.database, passwords, tasks=staff)
        self.training_clock = TrainingClock(self.database)
        self.calendar = Calendars(self.database, set_working_days=feel.set_working_days)
        self.notifications = Notifications(self.database)
        self.documents = Attachments(self.database, config.data_dir / "attachments")
        self.definitions = DefinitionLibrary(self.database, engine, check_expression=feel.check)
        self.ledgers = Ledgers(self.database, self.documents)
        self.systems = UnitSystems(self.database)
        self.clauses = ClauseMatrix(self.database, self.definitions, PROCESSES)
        seed = fresh_seed if clock is None else written_seed
        tools = Tools(engine, self.definitions, self.calendar.current, seed)
        self.experts = Experts(self.database)
        self.cases = Cases(self.database, tools)
        self.case_views = CaseViews(self.database, self.definitions)
        self.case_work = CaseWork(self.database, tools)
        self.cloud = CloudLedger(self.database)
        self.usage_lists = UsageLists(self.database, tools)
        self.trail = Trail(self.database)
        self.payments = Payments(self.database)
        self.projects = Projects(self.database, self.cases.start_lifecycle)
        self.plans = Plans(self.database)
        self.secrecy = SecrecyLedger(self.database, self.definitions)
        self.responsibility = Responsibility(self.database)
        self.inbox = Inbox(
            self.database,
            cases=self.cases,
            views=self.case_views,
            library=self.definitions,
            attachments=self.documents,
            feel=feel,
        )
        self.paper_kinds = read_kinds(DOCUMENTS / "kinds.yaml")
        self.templates = Templates(self.database, self.paper_kinds, DOCUMENTS)
        self.papers = Papers(
            self.database,
            kinds=self.paper_kinds,
            templates=self.templates,
            inbox=self.inbox,
            library=self.definitions,
            attachments=self.documents,
        )
        self.archive = Archive(self.database, library=self.definitions, attachments=self.documents)

    def start(self) -> None:
        """What a process does once before it serves: the working calendar is brought up to date."""
        self.calendar.seed()

    def now(self) -> datetime:
        """The business time: the real time, unless this is a training system whose clock was moved."""
        return self.training_clock.now()

    def now_and_calendar(self) -> tuple[datetime, WorkingCalendar]:
        """The business time and the working days, as one transaction sees them."""
        with self.database.read() as uow:
            return uow.now, self.calendar.current(uow)

    @property
    def comes_due(self) -> tuple[Callable[[], bool], ...]:
        """What comes due by itself beside the cases, for the worker."""
        return (self.systems.enter_one_overdue,)

    def tidy(self) -> None:
        """Remove drafts whose tasks have ended, and the files that were added long ago and never submitted."""
        self.case_work.sweep_drafts()
        self.documents.remove_abandoned(in_use=drafts.files_in_use)

    def close(self) -> None:
        self.database.close()
