from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import inspect

from app.kernel.database import Database, metadata
from app.migrations import schema
from tests.support import postgres, tables


@pytest.fixture
def blank(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without any table."""
    tables.import_all_stores()
    if request.config.getoption("--database") == "sqlite":
        database = Database(f"sqlite:///{tmp_path / 'blank.db'}")
        yield database
        database.close()
        return
    server = request.getfixturevalue("postgres_server")
    worker = getattr(request.config, "workerinput", {}).get("workerid", "main")
    with postgres.fresh_database(server, f"yicheng_blank_{worker}") as url:
        database = Database(url)
        yield database
        database.close()


def test_the_migrations_make_the_tables_of_the_code(blank: Database):
    schema.upgrade(blank)
    schema.check(blank)
    made = set(inspect(blank.engine).get_table_names()) - {"alembic_version"}
    assert made == set(metadata.tables)


def test_the_migrations_make_the_keys_of_the_code(blank: Database):
    schema.upgrade(blank)
    made = inspect(blank.engine)
    keys = {name: made.get_pk_constraint(name)["constrained_columns"] for name in metadata.tables}
    assert keys == {name: [column.name for column in table.primary_key] for name, table in metadata.tables.items()}


def test_upgrading_again_changes_nothing(blank: Database):
    schema.upgrade(blank)
    schema.upgrade(blank)
    schema.check(blank)
