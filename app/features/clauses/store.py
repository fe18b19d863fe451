"""The table of what came out of the scenarios: for each bundle, the last result of each."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Boolean, Column, String, Table, delete, insert, select

from app.features.clauses.model import Happened, Result
from app.kernel.database import Json, UnitOfWork, UtcDateTime, metadata

scenario_result = Table(
    "scenario_result",
    metadata,
    # A bundle may be tried before it is deployed, so this is no foreign key.
    Column("bundle_key", String(64), primary_key=True),
    Column("scenario_id", String(100), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("passed", Boolean, nullable=False),
    Column("ran_at", UtcDateTime, nullable=False),
    Column("lines", Json, nullable=False),
)


def keep(uow: UnitOfWork, result: Result) -> None:
    """Put a result in the place of the one before it."""
    columns = scenario_result.c
    uow.connection.execute(
        delete(scenario_result).where(
            columns.bundle_key == result.bundle_key, columns.scenario_id == result.scenario_id
        )
    )
    uow.connection.execute(
        insert(scenario_result).values(
            bundle_key=result.bundle_key,
            scenario_id=result.scenario_id,
            digest=result.digest,
            passed=result.passed,
            ran_at=result.ran_at,
            lines=[[line.at.isoformat(), line.words, list(line.problems)] for line in result.lines],
        )
    )


def results(uow: UnitOfWork) -> list[Result]:
    """All results without their stories, the earliest first."""
    columns = [column for column in scenario_result.c if column.name != "lines"]
    rows = uow.connection.execute(select(*columns).order_by(scenario_result.c.ran_at))
    return [Result(*row) for row in rows]


def story(uow: UnitOfWork, *, bundle_key: str, scenario_id: str) -> Iterable[Happened]:
    """The lines of one result, none without it."""
    columns = scenario_result.c
    lines = uow.connection.scalar(
        select(columns.lines).where(columns.bundle_key == bundle_key, columns.scenario_id == scenario_id)
    )
    return [Happened(datetime.fromisoformat(at), words, tuple(problems)) for at, words, problems in lines or ()]
