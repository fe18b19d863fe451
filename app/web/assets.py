"""The built scripts and styles. Their addresses carry a digest of their content, so browsers keep them for good."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, request, send_from_directory
from werkzeug.wrappers import Response

from app.web.sessions import public

DIST = Path(__file__).parents[1] / "assets" / "dist"
_FOR_GOOD = "public, max-age=31536000, immutable"


def init_app(flask: Flask) -> None:
    flask.add_url_rule("/assets/<path:filename>", endpoint="assets", view_func=_send)

    @flask.url_defaults
    def add_digest(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "assets" and (digest := _digest(values["filename"])):
            values.setdefault("v", digest)


@public
def _send(filename: str) -> Response:
    response = send_from_directory(DIST, filename)
    named_by_content = request.args.get("v") == _digest(filename)
    response.headers["Cache-Control"] = _FOR_GOOD if named_by_content else "no-cache"
    return response


@cache
def _digest(filename: str) -> str | None:
    path = DIST / filename
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12] if path.is_file() else None
