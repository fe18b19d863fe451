"""The main navigation: where each entry leads, and who sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, current_app, request
from flask_login import current_user

from app.features.identity.model import DUTY_ROLES, Identity
from app.kernel.clock import local
from app.web.current import product


@dataclass(frozen=True)
class Entry:
    """A link to an endpoint; `roles` sees it, and everybody where it is empty."""

    label: str
    endpoint: str
    arguments: Mapping[str, str] = field(default_factory=dict)
    roles: frozenset[str] = frozenset()

    @property
    def is_here(self) -> bool:
        """Whether the page shown belongs to this entry."""
        same_section = (request.endpoint or "").partition(".")[0] == self.endpoint.partition(".")[0]
        given = {**request.args, **(request.view_args or {})}
        return same_section and all(given.get(name) == value for name, value in self.arguments.items())


ENTRIES = (
    Entry("待办", "inbox.list_tasks", {"view": "open"}),
    Entry("已办", "inbox.list_tasks", {"view": "done"}),
    Entry("我发起", "inbox.list_tasks", {"view": "started"}),
    Entry("项目库", "projects.search"),
    Entry("流程图", "processes.list_processes"),
    Entry("消息", "messages.list_messages"),
    Entry("管理", "admin.home", roles=frozenset(DUTY_ROLES)),
)


def init_app(flask: Flask) -> None:
    @flask.context_processor
    def layout() -> dict[str, Any]:
        """What the frame of every page shows."""
        demo = product().config.demo
        return {
            "navigation": visible(current_user.identity) if current_user.is_authenticated else [],
            "business_time": local(product().now()) if demo else None,
        }


def visible(identity: Identity) -> list[Entry]:
    known = current_app.view_functions
    return [entry for entry in ENTRIES if entry.endpoint in known and (not entry.roles or entry.roles & identity.roles)]
