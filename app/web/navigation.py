"""The main navigation: where each entry leads, and who sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, request, url_for
from flask_login import current_user

from app.features.cases.access import STEWARDS
from app.features.identity.model import SEPARATED_DUTIES, Identity
from app.features.plans.usecases import READERS
from app.kernel.clock import local
from app.web.current import product
from app.web.pages.ledgers import READERS as READERS_OF_LEDGERS


@dataclass(frozen=True)
class Entry:
    """A link to an endpoint; `roles` sees it, and everybody where it is empty.

    The pages of the blueprints in `holds` lie in its section, though their addresses do not begin like its own.
    """

    label: str
    endpoint: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    roles: frozenset[str] = frozenset()
    holds: frozenset[str] = frozenset()

    @property
    def url(self) -> str:
        return url_for(self.endpoint, **self.arguments)

    @property
    def counts_unread(self) -> bool:
        return self.endpoint == MESSAGES

    @property
    def is_here(self) -> bool:
        """Whether the page shown lies in this entry's section."""
        return request.blueprint in self.holds or f"{request.path}/".startswith(f"{self.url.rstrip('/')}/")


MESSAGES = "messages.list_messages"
ENTRIES = (
    Entry("待办", "inbox.list_tasks", {"view": "open"}, holds=frozenset({"tasks"})),
    Entry("已办", "inbox.list_tasks", {"view": "done"}),
    Entry("我发起", "inbox.list_tasks", {"view": "started"}),
    Entry("项目库", "projects.search", holds=frozenset({"cases", "submissions"})),
    Entry("年度计划", "plans.list_plans", roles=READERS),
    Entry("台账", "ledgers.home", roles=READERS_OF_LEDGERS),
    Entry("流程图", "processes.list_processes"),
    Entry("条款对照", "clauses.matrix"),
    Entry("消息", MESSAGES),
    Entry("管理", "admin.home", roles=SEPARATED_DUTIES | STEWARDS),
)


def init_app(flask: Flask) -> None:
    @flask.context_processor
    def layout() -> dict[str, Any]:
        """What the frame of every page shows."""
        person = current_user.identity if current_user.is_authenticated else None
        return {
            "navigation": visible(person) if person else [],
            "unread": product().notifications.unread(person) if person else 0,
            "business_time": local(product().now()) if product().config.demo else None,
        }


def visible(identity: Identity) -> list[Entry]:
    return [entry for entry in ENTRIES if not entry.roles or entry.roles & identity.roles]
