"""Messages inside the system, to one person each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Notification:
    """`case_id` and `task_id` say what it is about; the page makes links of them."""

    id: str
    title: str
    body: str
    case_id: str | None
    task_id: str | None
    created_at: datetime
    read_at: datetime | None


@dataclass(frozen=True)
class Message:
    """What is to be told to everybody who works for a role of an organisation.

    `key` names the occasion: whoever has been told of it already is not told again.
    """

    key: str
    role: str
    org_id: str
    title: str
    body: str = ""
    case_id: str | None = None
    task_id: str | None = None
