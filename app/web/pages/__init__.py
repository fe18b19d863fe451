"""The pages of the product, one module a section."""

from __future__ import annotations

from flask import Blueprint, Flask

BLUEPRINTS: tuple[Blueprint, ...] = ()


def init_app(flask: Flask) -> None:
    """Register every section."""
    for blueprint in BLUEPRINTS:
        flask.register_blueprint(blueprint)
