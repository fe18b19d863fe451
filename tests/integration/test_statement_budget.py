"""What a request may ask of the database, from its arrival to the answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.bootstrap import Application
from app.factory import create_app
from app.features.cases.model import Task
from app.features.identity.passwords import Passwords
from app.features.projects.model import Project
from app.kernel.clock import FrozenClock
from app.kernel.config import Config
from app.scenarios import reading
from app.scenarios.organisations import District
from app.scenarios.player import OBSERVER, Player
from app.scenarios.running import SCENARIOS, prepare, record_basis
from tests.support.district import statements
from tests.support.posting import Visitor

MOST_STATEMENTS = 15
UNIT = "区教育和体育局"
SCOPE = {
    "budget_unit": "yes",
    "fiscal_funds": "yes",
    "purchase_only": "no",
    "classified": "no",
    "superior_funded": "no",
    "nature": "engineering",
    "category": "software",
    "estimate": "99.999999",
    "complex": "no",
    "negative_hit": "no",
}
ACCEPTANCE = {
    "accept_checks": ["complete", "chapters", "shared", "interconnected"],
    "negative_found": "none",
    "complex_found": "no",
    "application_result": "accepted",
    "accept_opinion": "三件材料齐全，予以受理。",
}


@pytest.fixture
def product(database_url: str, clock: FrozenClock, tmp_path: Path) -> Iterator[Application]:
    config = Config(database_url=database_url, secret_key="0123456789abcdef" * 2, data_dir=tmp_path, https=False)
    product = Application(config, clock=clock, passwords=Passwords(quick=True))
    yield product
    product.close()


@pytest.fixture
def district(product: Application) -> District:
    district = prepare(product)
    record_basis(product, district)
    return district


def visitor(product: Application, district: District, account: str) -> Visitor:
    return Visitor(create_app(product=product), product, district.user_ids[account])


def open_task(product: Application, case_id: str) -> Task:
    (task,) = product.case_views.case_view(OBSERVER, case_id).open_tasks
    return task


def complete(product: Application, who: Visitor, case_id: str, **answers: object) -> None:
    """Post the form of the case's one open task, and count."""
    task = open_task(product, case_id)
    fields = who.hidden_of(f"/tasks/{task.id}") | answers
    with statements(product.database) as sent:
        response = who.post(f"/tasks/{task.id}", fields)
    assert response.location == f"/tasks/next?case_id={case_id}"
    assert sent.count("COMMIT") == 1
    told = [sql for sql in sent if sql != "COMMIT"]
    assert len(told) <= MOST_STATEMENTS, f"{task.element_id}: {len(told)} statements\n" + "\n".join(told)


def apply_for_project(product: Application, district: District, clock: FrozenClock) -> tuple[Project, str]:
    """A project whose application is filed, and the id of its case."""
    clerk = visitor(product, district, "jtj-jb")
    project, case_id = product.projects.register(clerk.identity, district.org_ids[UNIT], name="数字阅读平台")
    complete(product, clerk, case_id, **SCOPE)

    usual = reading.read_usual(SCENARIOS / "usual")
    player = Player(product, clock=clock, district=district, usual=usual)
    player.complete(clerk.identity, open_task(product, case_id), {})
    player.close()
    return project, case_id


def test_a_completion_keeps_within_its_statements(product: Application, district: District, clock: FrozenClock) -> None:
    _, case_id = apply_for_project(product, district, clock)
    complete(product, visitor(product, district, "dsj-sunmin"), case_id, **ACCEPTANCE)
    assert open_task(product, case_id).element_id != "accept-application"


def test_the_page_of_a_project_costs_the_same_however_many_cases_it_has(
    product: Application, district: District, clock: FrozenClock
) -> None:
    project, _ = apply_for_project(product, district, clock)
    auditor = visitor(product, district, "sjj-chentao")

    def cost_of_page() -> int:
        with statements(product.database) as sent:
            assert auditor.get(f"/projects/{project.code}").status_code == 200
        return len(sent)

    def begin_audits(count: int) -> None:
        for _ in range(count):
            product.cases.start_beside(auditor.identity, project.id, "audit-opinion")

    begin_audits(1)
    before = cost_of_page()
    begin_audits(5)
    assert cost_of_page() == before
