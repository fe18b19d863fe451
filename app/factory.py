"""Makes the web application."""

from __future__ import annotations

from flask import Flask

from app.bootstrap import Application
from app.kernel.config import Config
from app.web import assets, errors, health, navigation, pages, request_log, security, sessions
from app.web.current import EXTENSION


def create_app(config: Config | None = None, *, product: Application | None = None) -> Flask:
    """The WSGI application, configured by the environment unless told otherwise.

    Raises ConfigError when the environment lacks what must not be guessed.
    """
    product = product or Application(config or Config.from_environment())
    product.start()
    flask = Flask("app.web", static_folder=None)
    flask.secret_key = product.config.secret_key
    flask.extensions[EXTENSION] = product
    request_log.init_app(flask)
    security.init_app(flask, product.config)
    errors.init_app(flask)
    sessions.init_app(flask)
    assets.init_app(flask)
    health.init_app(flask)
    navigation.init_app(flask)
    pages.init_app(flask)
    return flask
