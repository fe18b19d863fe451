"""One line a request, as JSON on standard error: the route and not the address, the user's id and not the name."""

from __future__ import annotations

import logging
import sys
import time

import structlog
from flask import Flask, g, request
from flask_login import current_user
from werkzeug.wrappers import Response

_log = structlog.get_logger("yicheng.web")


def configure() -> None:
    """Write structured lines to standard error; tracebacks without the values of variables."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )


def init_app(flask: Flask) -> None:
    @flask.before_request
    def start() -> None:
        g.started = time.perf_counter()

    @flask.after_request
    def note(response: Response) -> Response:
        if request.endpoint == "assets":
            return response
        _log.info(
            "request",
            method=request.method,
            route=str(request.url_rule or "-"),
            status=response.status_code,
            milliseconds=round((time.perf_counter() - g.get("started", time.perf_counter())) * 1000, 1),
            user=current_user.identity.user_id if current_user.is_authenticated else None,
        )
        return response
