"""Comparing a case with what a scenario expects of it; every difference is a Chinese sentence."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from app.features.cases.model import CaseView
from app.kernel.clock import local
from app.scenarios.model import Expectation
from services.amounts import plain

_STATUS = {"running": "办理中", "completed": "已办结", "cancelled": "已取消"}


def differences(expected: Expectation, view: CaseView) -> list[str]:
    """Everything in which the case is not as expected, in the order in which expectations are written."""
    return [*_tasks(expected, view), *_progress(expected, view), *_path(expected, view), *_values(expected, view)]


def refusal_differences(words: Collection[str], said: str | None, *, what: str) -> list[str]:
    """What is wrong with a refusal (None: there was none) that should contain all the words."""
    if said is None:
        return [f"{what}应当被拒绝（{'、'.join(words)}），却成功了"]
    return [f"{what}被拒绝了，但理由中没有“{word}”：{said}" for word in words if word not in said]


def _tasks(expected: Expectation, view: CaseView) -> Iterator[str]:
    tasks = {task.element_id: task for task in view.open_tasks}
    now = f"现有 {_listed(tasks)}"
    if expected.tasks is not None and expected.tasks != tasks.keys():
        yield f"待办任务应为 {_listed(expected.tasks)}，{now}"
    if missing := expected.open - tasks.keys():
        yield f"应有待办任务 {_listed(missing)}，{now}"
    if unexpected := expected.closed & tasks.keys():
        yield f"不应有待办任务 {_listed(unexpected)}"
    for element, at in expected.due.items():
        task = tasks.get(element)
        if task is None:
            yield f"应有待办任务 {element}，{now}"
        elif task.due_at != at:
            shown = f"{local(task.due_at):%Y-%m-%d %H:%M}" if task.due_at else "没有"
            yield f"{element} 的办理期限应为 {at:%Y-%m-%d %H:%M}，实为 {shown}"


def _progress(expected: Expectation, view: CaseView) -> Iterator[str]:
    status, stage = view.case.status, view.project.stage if view.project else ""
    if expected.status is not None and expected.status != status:
        yield f"状态应为{_STATUS.get(expected.status, expected.status)}，实为{_STATUS.get(status, status)}"
    if expected.stage is not None and expected.stage != stage:
        yield f"阶段应为“{expected.stage}”，实为“{stage}”"
    open_incidents = [incident for incident in view.incidents if incident.resolved_at is None]
    if expected.incidents is not None and expected.incidents != len(open_incidents):
        reasons = "；".join(f"{incident.name}：{incident.message}" for incident in open_incidents) or "没有"
        yield f"应有{expected.incidents}个异常，实有{len(open_incidents)}个：{reasons}"


def _path(expected: Expectation, view: CaseView) -> Iterator[str]:
    passed = {entry.element_id for entry in view.timeline if entry.kind == "completed"}
    passed |= {entry.flow_id for entry in view.timeline if entry.flow_id}
    if missing := expected.passed - passed:
        yield f"应当经过 {_listed(missing)}"
    if unexpected := expected.not_passed & passed:
        yield f"不应经过 {_listed(unexpected)}"


def _values(expected: Expectation, view: CaseView) -> Iterator[str]:
    for name, value in expected.variables.items():
        known = view.variables.get(name)
        if not _same(value, known):
            yield f"变量 {name} 应为 {value}，实为 {known}"
    for kind, amount in expected.amounts.items():
        known = getattr(view.project, kind, None)
        if known != amount:
            shown = "没有" if known is None else plain(known)
            yield f"金额 {kind} 应为 {'没有' if amount is None else plain(amount)}，实为 {shown}"


def _same(expected: Any, known: Any) -> bool:
    """Equal, numbers as exact decimals, and yes and no however YAML has read them."""
    if isinstance(expected, bool) and isinstance(known, str):
        return known == ("yes" if expected else "no")
    if isinstance(expected, bool) or isinstance(known, bool):
        return expected is known
    try:
        return Decimal(str(expected)) == Decimal(str(known))
    except InvalidOperation:
        return bool(expected == known or (expected is not None and str(expected) == known))


def _listed(elements: Collection[str]) -> str:
    return "、".join(sorted(elements)) or "（无）"
