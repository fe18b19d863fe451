"""Measures the inbox with more and more work waiting in it: `python -m tests.bench.inbox`.

inbox.flat.<database>       the page 待办, from the request to the answer, in milliseconds, with a million open tasks in
                            the reader's queues, against a thousand. What others have claimed stands at the front.
inbox.search.<database>     the same with a search text, for the slowest of several texts.

The register holds 20000 projects each time. The systems take turns, so that all meet the same machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection, String, case, cast, func, insert, literal, select

from app.bootstrap import Application
from app.factory import create_app
from app.features.cases.tables import case as case_table
from app.features.cases.tables import user_task
from app.features.identity import store as identity_store
from app.features.projects.model import bigrams
from app.features.projects.store import project, project_gram
from app.scenarios.organisations import settle
from tests.support.measuring import DATABASES, milliseconds, p50, p95, say, systems
from tests.support.posting import Visitor

OPEN_TASKS = (1_000, 100_000, 1_000_000)
PROJECTS = 20_000
ROUNDS = 25
ROLES = ("data-bureau", "finance", "expert", "secrecy-office")
NAMES = tuple(f"{verb}{what}" for verb in ("审核", "会签", "填报") for what in ("方案", "预算", "合同", "材料", "报告"))
RARE = "终止审批"
SEARCHES = {
    "nothing": "",
    "one project": "平台00777",
    "its code": "YC2027-00777",
    "every project": "平台",
    "a name": "会签合同",
    "a rare name": RARE,
    "name and project": "会签 00777",
    "neither": "没有这个",
}
NOW = datetime(2027, 3, 1, 1, tzinfo=UTC)


def main() -> None:
    for database in DATABASES:
        with systems(database, len(OPEN_TASKS)) as products:
            measure(database, products)


def measure(database: str, products: list[Application]) -> None:
    readers = []
    for product, count in zip(products, OPEN_TASKS, strict=True):
        user_id = settle(product.administration).user_ids["dsj-sunmin"]
        fill(product, user_id, count)
        readers.append(Visitor(create_app(product=product), product, user_id))
    times: Mapping[str, list[list[float]]] = {text: [[] for _ in readers] for text in SEARCHES}
    for _ in range(ROUNDS):
        for text, wanted in SEARCHES.items():
            for reader, found in zip(readers, times[text], strict=True):
                found.append(milliseconds(partial(look, reader, wanted)))
    worst = max(list(SEARCHES)[1:], key=lambda text: p50(times[text][-1]) / p50(times[text][0]))
    report(f"inbox.flat.{database}", times["nothing"])
    report(f"inbox.search.{database}", times[worst], text=SEARCHES[worst])


def look(reader: Visitor, text: str) -> None:
    response = reader.get("/inbox/open" + (f"?q={text}" if text else ""))
    assert response.status_code == 200


def report(name: str, times: list[list[float]], **more: Any) -> None:
    medians = [p50(each) for each in times]
    by_count = dict(zip(OPEN_TASKS, medians, strict=True))
    say(
        name,
        value=medians[-1],
        unit="ms",
        baseline=medians[0],
        ratio=round(medians[-1] / medians[0], 2),
        p50=by_count,
        p95=dict(zip(OPEN_TASKS, map(p95, times), strict=True)),
        **more,
    )


def fill(product: Application, user_id: str, count: int) -> None:
    """So many open tasks in the queues of this person, of projects with a case each."""
    with product.database.write() as uow:
        org_id = identity_store.identity(uow, user_id).memberships[0].org_id
        for role in ROLES[1:]:
            identity_store.add_membership(uow, user_id, org_id=org_id, role=role)
        _add_projects(uow.connection)
        if product.database.is_sqlite:
            uow.connection.exec_driver_sql("PRAGMA cache_size=-500000")
        _add_tasks(uow.connection, count, org_id=org_id, user_id=user_id)
    if not product.database.is_sqlite:
        # What the server's own housekeeping does before long.
        with product.database.engine.begin() as connection:
            connection.exec_driver_sql("ANALYZE")


def _add_projects(connection: Connection) -> None:
    rows, grams, cases = [], [], []
    for number in range(PROJECTS):
        name, code = f"平台{number:05d}", f"YC2027-{number:05d}"
        text = f"{name} {code} 区教育和体育局".casefold()
        rows.append(
            {
                "id": str(number),
                "code": code,
                "name": name,
                "org_id": "school",
                "unit": "区教育和体育局",
                "round_year": 2027,
                "registered_on": date(2027, 3, 1),
                "stage": "申报",
                "status": "running",
                "confidential": number % 100 == 0,
                "details": {},
                "ruleset": "",
                "created_by": "",
                "created_at": NOW,
                "search_text": text,
            }
        )
        grams += [{"gram": gram, "project_id": str(number)} for gram in bigrams(text)]
        cases.append(
            {
                "id": str(number),
                "process_id": "project-lifecycle",
                "bundle_key": "",
                "project_id": str(number),
                "business_key": code,
                "status": "running",
                "state": b"",
                "variables": {},
                "rev": 1,
                "event_seq": 0,
                "audit_seq": 0,
                "audit_head": "",
                "started_by_name": "",
                "started_at": NOW,
            }
        )
    for table, values in ((project, rows), (project_gram, grams), (case_table, cases)):
        connection.execute(insert(table), values)


def _add_tasks(connection: Connection, count: int, *, org_id: str, user_id: str) -> None:
    """A thousand tasks, and copies of them for other projects.

    Of the first four tenths in the order of urgency others have claimed every one; of the rest the reader a few. One
    queue is all but claimed by others. `priority` numbers the thousand.
    """
    seeds = [_seed(number, org_id=org_id, user_id=user_id) for number in range(OPEN_TASKS[0])]
    # Indexes are quicker made afterwards.
    for index in user_task.indexes:
        index.drop(connection)
    connection.execute(insert(user_task), seeds)
    copies = count // len(seeds) - 1
    if copies:
        _copy(connection, copies, user_id=user_id)
    for index in user_task.indexes:
        index.create(connection)


def _copy(connection: Connection, copies: int, *, user_id: str) -> None:
    numbers = select(literal(1).label("n")).cte("numbers", recursive=True)
    numbers = numbers.union_all(select(numbers.c.n + 1).where(numbers.c.n < copies))
    of = cast((user_task.c.priority * 7919 + numbers.c.n * 104_729) % PROJECTS, String)
    changed = {
        "id": user_task.c.id + "-" + cast(numbers.c.n, String),
        "case_id": of,
        "project_id": of,
        # The rare name stays rare, and the reader has claimed no more than a person can.
        "name": case((user_task.c.name == RARE, NAMES[0]), else_=user_task.c.name),
        "assignee_id": func.nullif(user_task.c.assignee_id, user_id),
        "free_in": case((user_task.c.assignee_id == user_id, user_task.c.queue), else_=user_task.c.free_in),
    }
    copied = (
        select(*(changed.get(column.name, column) for column in user_task.c))
        .select_from(user_task)
        .join(numbers, literal(True))
    )
    connection.execute(insert(user_task).from_select([column.name for column in user_task.c], copied))


def _seed(number: int, *, org_id: str, user_id: str) -> dict[str, Any]:
    role = ROLES[number % len(ROLES)]
    by_others = number < 400 or (role == ROLES[-1] and number % 40 != 3)
    mine = not by_others and number % 50 == 0
    return {
        "id": f"{number:04d}",
        "case_id": str(number),
        "project_id": str(number),
        "process_id": "application",
        "element_id": "accept-application",
        "name": RARE if number == 900 else NAMES[number % len(NAMES)],
        "form_id": "accept-application",
        "role": role,
        "org_id": org_id,
        "queue": f"{role}@{org_id}",
        "free_in": None if by_others or mine else f"{role}@{org_id}",
        "priority": number,
        "properties": {},
        "clauses": [],
        "variables": {"project_name": "平台", "estimate": number},
        "created_at": NOW,
        "due_at": NOW + timedelta(hours=number),
        "sort_at": NOW + timedelta(hours=number),
        "status": "open",
        "assignee_id": "somebody" if by_others else user_id if mine else None,
        "assignee_name": "别人" if by_others else "孙敏" if mine else None,
    }


if __name__ == "__main__":
    main()
