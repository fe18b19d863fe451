"""One line a request in the log: the route and not the address, the user's id and not the name."""

from __future__ import annotations

import time

import structlog
from flask import Flask, g, request
from flask_login import current_user
from werkzeug.wrappers import Response

_log = structlog.get_logger("yicheng.web")


def init_app(flask: Flask) -> None:
    @flask.before_request
    def start() -> None:
        g.started = time.perf_counter()

    @flask.after_request
    def note(response: Response) -> Response:
        if request.endpoint in {"assets", "health"}:
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
