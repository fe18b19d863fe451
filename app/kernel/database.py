"""The database and its one way in: a `UnitOfWork`, which is one transaction at one instant."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, event, insert, make_url
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError
from sqlalchemy.pool import ConnectionPoolEntry

from app.kernel import business_clock
from app.kernel.clock import Clock, SystemClock
from app.kernel.columns import Amount, Json, UtcDateTime
from app.kernel.errors import Busy
from app.kernel.ids import new_id
from app.kernel.schema import metadata

__all__ = ["UNUSABLE", "Amount", "Database", "Json", "UnitOfWork", "UtcDateTime", "metadata"]

# PostgreSQL's codes for a transaction that failed only because of others beside it:
# serialization_failure, deadlock_detected, lock_not_available.
_CONTENTION = frozenset({"40001", "40P01", "55P03"})
_SQLITE_WAIT_SECONDS = 30

UNUSABLE = (OperationalError, ProgrammingError)
"""What a database raises that cannot be reached, or that has not the tables of this version."""


@dataclass(frozen=True)
class UnitOfWork:
    """One transaction. `now` (aware, UTC) is the same for everything that happens in it."""

    connection: Connection
    now: datetime
    ids: Callable[[], str] = new_id

    @contextmanager
    def part(self) -> Iterator[None]:
        """A part of the transaction that leaves nothing behind after an exception, while the rest of it can go on."""
        with self.connection.begin_nested():
            yield

    def insert_if_absent(self, table: Table, **values: Any) -> bool:
        """Insert a row unless its key is there already, even if another transaction is inserting it at this moment.

        Returns whether it was inserted. (A savepoint, because not every PostgreSQL relative knows ON CONFLICT.)
        """
        try:
            with self.part():
                self.connection.execute(insert(table).values(values))
        except IntegrityError:
            return False
        return True


class Database:
    """A SQLite or PostgreSQL database.

    In training mode the time of every unit is shifted by the offset that an administrator has set, so that deadlines
    of months can be lived through in an afternoon.
    """

    def __init__(self, url: str, *, clock: Clock | None = None, training: bool = False) -> None:
        self.clock: Clock = clock or SystemClock()
        self.training = training
        self.engine = _engine(url)
        self._open_here = threading.local()

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    def create_all(self) -> None:
        """Create the tables of every feature imported so far; installations use the migrations instead."""
        metadata.create_all(self.engine)

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def read(self) -> Iterator[UnitOfWork]:
        """A read-only transaction that sees one state of the database throughout."""
        with self._unit(write=False) as uow:
            yield uow

    @contextmanager
    def write(self) -> Iterator[UnitOfWork]:
        """A transaction that commits once, on a clean exit, and leaves nothing behind after an exception.

        On SQLite it takes the write lock at its start, so that what it reads cannot change before it writes.
        Raises `Busy` when the database gave the way to others.
        """
        with self._unit(write=True) as uow:
            yield uow

    @contextmanager
    def _unit(self, *, write: bool) -> Iterator[UnitOfWork]:
        # A unit inside another would wait for its own lock on SQLite, and split a transaction in two anywhere else.
        if getattr(self._open_here, "value", False):
            raise RuntimeError("this thread has a unit of work already: pass it on instead of opening another")
        self._open_here.value = True
        try:
            with self.engine.connect() as connection, _contention_as_busy(), self._begin(connection, write=write):
                yield UnitOfWork(connection=connection, now=self._now(connection))
        finally:
            self._open_here.value = False

    @contextmanager
    def _begin(self, connection: Connection, *, write: bool) -> Iterator[None]:
        if self.is_sqlite:
            connection.execution_options(yicheng_write=write)
        elif not write:
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with connection.begin() as transaction:
            yield
            if not write:
                # There is nothing to commit.
                transaction.rollback()

    def _now(self, connection: Connection) -> datetime:
        now = self.clock.now()
        return now + business_clock.offset(connection) if self.training else now


@contextmanager
def _contention_as_busy() -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        code = getattr(error.orig, "sqlstate", None)
        locked = isinstance(error.orig, sqlite3.OperationalError) and "locked" in str(error.orig)
        if locked or code in _CONTENTION:
            raise Busy("系统正忙，本次操作没有保存，请稍后重试。") from error
        raise


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.drivername in {"postgres", "postgresql"}:
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed, pool_pre_ping=True, pool_size=10, max_overflow=20)
    engine = create_engine(parsed, connect_args={"timeout": _SQLITE_WAIT_SECONDS})
    event.listen(engine, "connect", _configure_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _configure_sqlite(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    # The driver's own transactions begin late and never IMMEDIATE: they are switched off for `_begin_sqlite`.
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")


def _begin_sqlite(connection: Connection) -> None:
    # Without the option the transaction is not a unit's but SQLAlchemy's own, such as creating the tables.
    write = connection.get_execution_options().get("yicheng_write", True)
    connection.exec_driver_sql(f"PRAGMA query_only={'OFF' if write else 'ON'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
