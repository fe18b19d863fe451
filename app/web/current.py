"""What a view asks about the request it serves."""

from __future__ import annotations

from typing import cast

from flask import current_app, request
from flask_login import current_user

from app.bootstrap import Application
from app.features.identity.model import Identity

EXTENSION = "yicheng"


def product() -> Application:
    """The application, with every use case."""
    return cast("Application", current_app.extensions[EXTENSION])


def identity() -> Identity:
    """Who is signed in. Views that anybody may open must not ask."""
    return cast("Identity", current_user.identity)


def wants_json() -> bool:
    """Whether the client is a script that asked for JSON rather than a page."""
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"
