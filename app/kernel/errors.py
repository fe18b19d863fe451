"""What a use case raises when it will not do what it was asked. The web layer turns these into pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar


class YichengError(Exception):
    """An error with a Chinese message for the user and the HTTP status that fits it."""

    status: ClassVar[int] = 500

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Invalid(YichengError):
    """The input is wrong; `fields` maps a field's name to what is wrong with it."""

    status = 422

    def __init__(self, message: str, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.fields: Mapping[str, str] = dict(fields or {})


class Refused(YichengError):
    """This person may not do this."""

    status = 403


class Missing(YichengError):
    """There is no such thing, or none that this person may know of."""

    status = 404


class Conflict(YichengError):
    """It was possible a moment ago: somebody else was quicker, or it was done already."""

    status = 409


class TooLarge(YichengError):
    """More than is accepted at once."""

    status = 413


class Unsupported(YichengError):
    """A kind of file that is not accepted."""

    status = 415


class TooMany(YichengError):
    """Too many attempts; `retry_after` says in how many seconds to try again."""

    status = 429

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Busy(YichengError):
    """The database could not serve this transaction beside the others; trying again helps."""

    status = 503
