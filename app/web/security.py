"""What every answer says to the browser about what it may do, and every form proves about where it was shown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Flask, Request, abort, request
from flask_limiter import Limiter
from flask_wtf import CSRFProtect
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response

from app.kernel.config import Config

# An attachment of 50 MB, and the form around it.
LARGEST_REQUEST = 52 * 1024 * 1024
LARGEST_FORM = 2 * 1024 * 1024
MOST_FIELDS = 5000

_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}
_HEADERS = {
    "Content-Security-Policy": "; ".join(f"{directive} {source}" for directive, source in _POLICY.items()),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # The token check of forms needs the referrer on our own pages; no other site learns an address.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
_HSTS = "max-age=31536000; includeSubDomains"


class _Sent(ImmutableMultiDict[str, Any]):
    """What a browser sent, without the character NUL: nobody types it, and PostgreSQL keeps no text that has it."""

    def __init__(self, sent: Iterable[tuple[str, Any]] = ()) -> None:
        super().__init__([(name, value.replace("\0", "") if isinstance(value, str) else value) for name, value in sent])


class _Request(Request):
    parameter_storage_class = _Sent


def _client_address() -> str:
    return request.remote_addr or ""


# Counted by each process for itself: it only slows a flood down. What counts is the account's lock, in the database.
limiter = Limiter(_client_address, storage_uri="memory://")


def init_app(flask: Flask, config: Config) -> None:
    flask.config.update(
        SESSION_COOKIE_SECURE=config.https,
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        MAX_FORM_MEMORY_SIZE=LARGEST_FORM,
        MAX_FORM_PARTS=MOST_FIELDS,
        # A token is good for as long as its session: a form may be filled in all morning.
        WTF_CSRF_TIME_LIMIT=None,
        RATELIMIT_HEADERS_ENABLED=False,
    )
    if config.proxies:
        flask.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            flask.wsgi_app, x_for=config.proxies, x_proto=config.proxies, x_host=config.proxies
        )

    flask.request_class = _Request

    @flask.before_request
    def refuse_nul() -> None:
        """No address of ours has the character NUL in it."""
        if "\0" in request.path:
            abort(404)

    @flask.before_request
    def limit_text() -> None:
        """Only a form with files in it may be as large as a file; the parser itself limits the texts in those."""
        if request.mimetype != "multipart/form-data":
            request.max_content_length = LARGEST_FORM

    CSRFProtect(flask)
    limiter.init_app(flask)

    @flask.after_request
    def protect(response: Response) -> Response:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        if request.is_secure:
            response.headers.setdefault("Strict-Transport-Security", _HSTS)
        # A page of someone's work must not wait in a shared computer's cache for the next person.
        response.headers.setdefault("Cache-Control", "no-store")
        return response
