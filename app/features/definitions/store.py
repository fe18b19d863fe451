"""The tables of deployed bundles. A bundle and its files never change; deployments say which is current since when."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, String, Table, func, insert, select

from app.engine.model import Resource
from app.features.definitions.model import Bundle
from app.kernel.database import UnitOfWork, UtcDateTime, metadata

bundle = Table(
    "bundle",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("version", Integer, nullable=False, unique=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", String(100), nullable=False),
)

definition = Table(
    "definition",
    metadata,
    Column("bundle_key", ForeignKey("bundle.key"), primary_key=True),
    Column("path", String(255), primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

deployment = Table(
    "deployment",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("bundle_key", ForeignKey("bundle.key"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("by", String(100), nullable=False),
)


def version_of(uow: UnitOfWork, key: str) -> int | None:
    return uow.connection.scalar(select(bundle.c.version).where(bundle.c.key == key))


def add(uow: UnitOfWork, *, key: str, resources: Iterable[Resource], by: str) -> int:
    """Keep a new bundle; returns its version."""
    version = (uow.connection.scalar(select(func.max(bundle.c.version))) or 0) + 1
    uow.connection.execute(insert(bundle).values(key=key, version=version, created_at=uow.now, created_by=by))
    rows = [{"bundle_key": key, "path": each.path, "content": each.content} for each in resources]
    uow.connection.execute(insert(definition), rows)
    return version


def deploy(uow: UnitOfWork, *, key: str, by: str) -> None:
    uow.connection.execute(insert(deployment).values(bundle_key=key, at=uow.now, by=by))


def current(uow: UnitOfWork) -> str | None:
    return uow.connection.scalar(select(deployment.c.bundle_key).order_by(deployment.c.seq.desc()).limit(1))


def bundles(uow: UnitOfWork) -> list[Bundle]:
    """All versions, the newest first."""
    now = current(uow)
    return [
        Bundle(row.key, row.version, row.created_at, row.created_by, current=row.key == now)
        for row in uow.connection.execute(select(bundle).order_by(bundle.c.version.desc()))
    ]


def resources(uow: UnitOfWork, key: str) -> list[Resource]:
    query = select(definition.c.path, definition.c.content)
    rows = uow.connection.execute(query.where(definition.c.bundle_key == key).order_by(definition.c.path))
    return [Resource(row.path, row.content) for row in rows]


def content(uow: UnitOfWork, key: str, path: str) -> bytes | None:
    return uow.connection.scalar(
        select(definition.c.content).where(definition.c.bundle_key == key, definition.c.path == path)
    )
