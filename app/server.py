"""The web server: gunicorn with threads, configured from the command line."""

from __future__ import annotations

import multiprocessing
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from app.bootstrap import Application
from app.factory import create_app
from app.kernel import logs
from app.kernel.config import Config
from app.worker.loop import Worker

_PROCESSES_PER_CORE = 2
_TIMEOUT_SECONDS = 60
# Processes are renewed now and then, not all at the same moment.
_REQUESTS_BEFORE_RENEWAL = 20_000


def serve(config: Config, *, address: str, processes: int | None, threads: int, with_worker: bool) -> None:
    """Serve until told to stop. SQLite gets one process by default, because it takes one writer at a time anyway.

    `with_worker` runs the worker beside the pages in each process, so that nothing else needs to be started.
    """
    if processes is None:
        on_sqlite = config.database_url.startswith("sqlite")
        processes = 1 if on_sqlite else _PROCESSES_PER_CORE * multiprocessing.cpu_count()
    settings = {
        "bind": address,
        "worker_class": "gthread",
        "workers": processes,
        "threads": threads,
        "timeout": _TIMEOUT_SECONDS,
        "max_requests": _REQUESTS_BEFORE_RENEWAL,
        "max_requests_jitter": _REQUESTS_BEFORE_RENEWAL // 10,
        "forwarded_allow_ips": "*" if config.proxies else "127.0.0.1",
        "proc_name": "yicheng",
        # Nobody steers a running server but by signals.
        "control_socket_disable": True,
    }
    logs.configure()
    _Server(config, settings, with_worker=with_worker).run()


class _Server(BaseApplication):
    """Gunicorn calls `load` in each process it has forked: the database and V8 belong to one process."""

    def __init__(self, config: Config, settings: dict[str, Any], *, with_worker: bool) -> None:
        self._config = config
        self._settings = settings
        self._with_worker = with_worker
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._settings.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        product = Application(self._config)
        flask = create_app(product=product)
        if self._with_worker:
            Worker(product.case_work, others=product.comes_due, tidy=product.tidy).start()
        return flask
