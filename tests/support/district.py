"""A small district to run cases in: a few organisations with their people, and all use cases around one database."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any

from sqlalchemy import event

from app.engine.engine import Engine
from app.engine.expressions import Feel
from app.engine.model import Resource
from app.features.calendar.usecases import Calendars
from app.features.cases import access
from app.features.cases.background import CaseWork
from app.features.cases.model import Completed, TaskSummary
from app.features.cases.step import Tools
from app.features.cases.usage_lists import UsageLists
from app.features.cases.usecases import Cases
from app.features.cases.views import CaseViews
from app.features.definitions.model import Deployment
from app.features.definitions.usecases import DefinitionLibrary
from app.features.identity import store as identity_store
from app.features.identity.model import Identity, Organisation
from app.features.notifications.usecases import Notifications
from app.features.projects.usecases import Projects
from app.kernel.database import Database
from app.worker.loop import Worker
from tests.support.drawing import ANY_FORM

ORGANISATIONS = (
    Organisation("bureau", "区大数据局", "大数据局", "authority", "", ("data-bureau", "data-bureau-lead")),
    Organisation("treasury", "区财政局", "财政局", "authority", "", ("finance", "finance-lead")),
    Organisation("secrecy", "区委保密安全室", "保密室", "authority", "", ("secrecy-office",)),
    Organisation("trading", "区公共资源交易中心", "交易中心", "authority", "", ("trading-center",)),
    Organisation("school", "区教育和体育局", "教体局", "applicant"),
    Organisation("health", "区卫生健康局", "卫健局", "applicant"),
    Organisation("builder", "枣庄智云科技有限公司", "智云科技", "contractor"),
)
PEOPLE = {
    "bai": ("bureau", "data-bureau"),
    "bao": ("bureau", "data-bureau"),
    "bei": ("bureau", "data-bureau-lead"),
    "cai": ("treasury", "finance"),
    "mi": ("secrecy", "secrecy-office"),
    "jiao": ("trading", "trading-center"),
    "xue": ("school", "applicant"),
    "xiao": ("school", "applicant"),
    "xin": ("school", "applicant-lead"),
    "wei": ("health", "applicant"),
    "jian": ("builder", "contractor"),
    "admin": ("bureau", "administrator"),
    "owner": ("bureau", "process-owner"),
}

ANY_FORM_FILE = Resource(
    f"{ANY_FORM}.form",
    json.dumps(
        {
            "type": "default",
            "id": ANY_FORM,
            "schemaVersion": 19,
            "components": [{"type": "textarea", "id": "remark-field", "key": "remark", "label": "意见"}],
        }
    ).encode(),
)


class District:
    """People by their account in `people`; the use cases under the names that the application gives them."""

    def __init__(self, database: Database, feel: Feel) -> None:
        engine = Engine(feel)
        self.database = database
        self.calendar = Calendars(database, set_working_days=feel.set_working_days)
        self.definitions = DefinitionLibrary(database, engine, check_expression=feel.check)
        tools = Tools(engine, self.definitions, self.calendar.current)
        self.cases = Cases(database, tools)
        self.views = CaseViews(database, self.definitions)
        self.work = CaseWork(database, tools)
        self.worker = Worker(self.work, pause=0.01)
        self.usage_lists = UsageLists(database, tools)
        self.projects = Projects(database, self.cases.start_lifecycle)
        self.notifications = Notifications(database)
        self.people = self._settle()

    def _settle(self) -> Mapping[str, Identity]:
        with self.database.write() as uow:
            for org in ORGANISATIONS:
                identity_store.add_organisation(uow, org)
            for account, (org_id, role) in PEOPLE.items():
                identity_store.add_user(
                    uow, user_id=account, account=account, name=account, password_hash="", must_change_password=False
                )
                identity_store.add_membership(uow, account, org_id=org_id, role=role)
            found = {account: identity_store.identity(uow, account) for account in PEOPLE}
        return {account: person for account, person in found.items() if person is not None}

    def deploy(self, *resources: Resource) -> Deployment:
        """Deploy the files, with the form that drawn tasks have unless they name another."""
        return self.definitions.deploy(None, [*resources, ANY_FORM_FILE])

    def start(self, process_id: str, *, parties: Mapping[str, str] | None = None, **variables: Any) -> str:
        """Start a process that belongs to no project, as the applicant; returns the id of the case."""
        with self.database.write() as uow:
            return self.cases.start_in(
                uow,
                process_id,
                variables=variables,
                by=access.by(self.people["xue"], "applicant", "school"),
                business_key=process_id,
                parties={"applicant": "school", "applicant-lead": "school"} if parties is None else parties,
            )

    def register(self, name: str = "数字阅读平台", *, confidential: bool = False) -> tuple[str, str]:
        """Register a project of the school under a recorded decision; returns its id and that of its case."""
        if self.projects.standing() is None:
            self.projects.record_basis(
                self.people["admin"], basis="区政府会议纪要〔2024〕1号", valid_from=date(2024, 1, 1)
            )
        project, case_id = self.projects.register(self.people["xue"], "school", name=name, confidential=confidential)
        return project.id, case_id

    def tasks(self, person: str) -> list[TaskSummary]:
        return list(self.views.open_tasks(self.people[person]).tasks)

    def task(self, person: str) -> TaskSummary:
        """The one open task of a person."""
        (task,) = self.tasks(person)
        return task

    def complete(self, person: str, *, key: str | None = None, **answers: Any) -> Completed:
        """Complete a person's one open task."""
        task = self.task(person)
        return self.cases.complete_task(
            self.people[person], task.id, answers=answers, submission=answers, submission_key=key or f"key-{task.id}"
        )


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """The SQL statements sent meanwhile, and a COMMIT for every one; the driver's own housekeeping left out."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(("PRAGMA", "BEGIN")):
            sent.append(statement)

    def committed(_connection: Any) -> None:
        sent.append("COMMIT")

    event.listen(database.engine, "before_cursor_execute", note)
    event.listen(database.engine, "commit", committed)
    try:
        yield sent
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
        event.remove(database.engine, "commit", committed)
