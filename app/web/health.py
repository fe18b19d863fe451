"""For load balancers and monitors: whether this process can serve."""

from __future__ import annotations

from flask import Flask

from app.web.current import product
from app.web.sessions import public


def init_app(flask: Flask) -> None:
    flask.add_url_rule("/health", view_func=health)


@public
def health() -> dict[str, str]:
    """Answers 200 when the database answers, and like every other page when it does not."""
    product().now()
    return {"status": "ok"}
