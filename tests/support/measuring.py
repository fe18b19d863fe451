"""Whole systems to measure, on both databases, and what was measured as lines of JSON."""

from __future__ import annotations

import json
import logging
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from app.bootstrap import Application
from app.features.identity.passwords import Passwords
from app.kernel.config import Config
from app.kernel.logs import configure
from tests.support import postgres, tables

DATABASES = ("sqlite", "postgresql")


@contextmanager
def systems(database: str, count: int = 1) -> Iterator[list[Application]]:
    """Empty systems on databases of this kind, on which every commit reaches the disk."""
    configure()
    logging.getLogger().setLevel(logging.WARNING)
    with ExitStack() as stack:
        server = stack.enter_context(postgres.server(durable=True)) if database == "postgresql" else ""
        yield [stack.enter_context(_system(server, f"yicheng_bench_{number}")) for number in range(count)]


@contextmanager
def _system(server: str, name: str) -> Iterator[Application]:
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="yicheng-bench-")))
        url = f"sqlite:///{directory / name}.db"
        if server:
            url = stack.enter_context(postgres.fresh_database(server, name))
        tables.create_tables(url)
        config = Config(database_url=url, secret_key="0123456789abcdef" * 2, data_dir=directory, https=False)
        product = Application(config, passwords=Passwords(quick=True))
        stack.callback(product.close)
        product.start()
        yield product


def milliseconds(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return (time.perf_counter() - began) * 1000


def p50(times: Sequence[float]) -> float:
    return round(statistics.median(times), 2)


def p95(times: Sequence[float]) -> float:
    return round(statistics.quantiles(times, n=20)[-1], 2)


def say(name: str, *, value: float, unit: str, **more: Any) -> None:
    print(json.dumps({"name": name, "value": value, "unit": unit, **more}), flush=True)  # noqa: T201 - the output
