"""What a view asks about the request it serves."""

from __future__ import annotations

from typing import cast

from flask import current_app, request
from flask_login import current_user

from app.bootstrap import Application
from app.features.identity.model import ROLES, Identity
from app.kernel.errors import Refused

EXTENSION = "yicheng"


def product() -> Application:
    """The application, with every use case."""
    return cast("Application", current_app.extensions[EXTENSION])


def identity() -> Identity:
    """Who is signed in. Views that anybody may open must not ask."""
    return cast("Identity", current_user.identity)


def require(role: str) -> None:
    """Keep a page that only shows something to fill in from those whose post would be refused. Raises Refused."""
    if not identity().has(role):
        raise Refused(f"只有{ROLES[role]}可以打开这个页面。")


def wants_json() -> bool:
    """Whether the client is a script that asked for JSON rather than a page."""
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"
