"""What the audit trail of the system tells, in words: whom an act concerned, and the facts that matter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from app.features.audit.model import Act, Entry
from app.features.identity.model import ORGANISATION_KINDS, ROLES
from app.kernel.clock import local
from app.web.presentation import ACTIONS

_SHORT: Final = 8
"""Characters of an id that has no name; they tell it from others nearby, and the trail keeps the whole."""

Names = Mapping[str, str]

_SUBJECTS: Final[Mapping[str, str]] = {
    "user": "",
    "organisation": "",
    "ruleset": "",
    "project": "项目",
    "case": "流程",
    "user_task": "事项",
    "incident": "故障",
    "bundle": "流程定义",
    "business_clock": "业务时钟",
    "calendar-year": "工作日历",
    "restriction": "单位限制",
    "system": "单位系统",
    "expert": "评审专家",
    "paper": "文书",
    "template": "文书模板",
    "cloud-usage": "云资源利用率",
}

_REFUSED: Final[Mapping[str, str]] = {
    "claim-task": "领取",
    "complete-task": "办理",
    "reassign-task": "转办",
    "release-task": "退回岗位",
    "start-beside": "另外发起流程",
    "report-usage-list": "上报云资源利用率清单",
}


def _named(names: Names, value: Any) -> str:
    return names.get(str(value), str(value)[:_SHORT])


def _moment(value: Any) -> str:
    return f"{local(datetime.fromisoformat(str(value))):%Y-%m-%d %H:%M}"


# The facts of an act in the order they are told; those not listed are for the machine.
_FACTS: Final[Mapping[str, Callable[[Names, Any], str]]] = {
    "account": lambda _names, value: f"账号 {value}",
    "role": lambda _names, value: ROLES.get(value, value),
    "org_id": _named,
    "org": _named,
    "kind": lambda _names, value: ORGANISATION_KINDS.get(value, value),
    "before": lambda names, value: f"原为 {names.get(value, value)}",
    "user": _named,
    "basis": lambda _names, value: str(value),
    "valid_from": lambda _names, value: f"自 {value}",
    "from": lambda _names, value: f"从 {_moment(value)}",
    "to": lambda _names, value: f"到 {_moment(value)}",
    "version": lambda _names, value: f"第 {value} 版",
    "lines": lambda _names, value: f"{value} 项",
    "notice_no": lambda _names, value: str(value),
    "action": lambda _names, value: _REFUSED.get(value, ACTIONS.get(value, value)),
    "ip": lambda _names, value: f"来自 {value}",
    "demo": lambda _names, _value: "演示账号，没有密码",
}


_SECRET: Final = frozenset({"authorise-reader", "withdraw-reader"})
"""Acts on confidential projects: that they were done is told, not for which project nor for whom (2-2)."""


@dataclass(frozen=True)
class Line:
    """An entry of the trail as its page shows it."""

    entry: Entry
    subject: str
    facts: str


def mentioned(entries: Iterable[Entry]) -> set[str]:
    """The ids of users and organisations that may have names."""
    found: set[str] = set()
    for entry in entries:
        found.add(entry.act.subject.partition(":")[2])
        found |= {value for value in entry.act.details.values() if isinstance(value, str)}
    return found


def told(entries: Iterable[Entry], names: Names) -> list[Line]:
    return [Line(entry, _subject(entry.act, names), _facts(entry.act, names)) for entry in entries]


def _subject(act: Act, names: Names) -> str:
    if act.action in _SECRET:
        return "涉密项目"
    kind, _, key = act.subject.partition(":")
    readable = key if kind in {"ruleset", "calendar-year"} else key[:_SHORT]
    return " ".join(filter(None, (_SUBJECTS.get(kind, kind), names.get(key, readable))))


def _facts(act: Act, names: Names) -> str:
    if act.action in _SECRET:
        return ""
    facts = (words(names, act.details[key]) for key, words in _FACTS.items() if act.details.get(key) not in (None, ""))
    return "，".join(facts)
