"""The state of a case as bytes: what lives, and nothing that the bundle says already.

The bytes are zstd over JSON: a version, the bundle's key, the process, and for each workflow its tasks, parents
before children, with the data each differs by from its parent. User data is never interpreted, so no name in it
can be mistaken for one of ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import orjson
from backports import zstd
from SpiffWorkflow.task import Task

from app.engine.data import difference
from app.engine.model import Json, StateInvalid
from app.engine.runtime import Case, Part, Turn
from app.engine.tokens import Flowing, Token

VERSION: Final = 1
_LEVEL: Final = 3
_LARGEST_STATE: Final = 256_000_000


def dump(case: Case) -> bytes:
    document = {
        "version": VERSION,
        "bundle": case.turn.bundle.key,
        "process": case.spec.name,
        "arrivals": case.arrivals,
        "cancelled": case.cancelled,
        "case": _workflow(case),
        "parts": [
            {"holder": holder.hex, "spec": part.spec.name, **_workflow(part)}
            for holder, part in case.subprocesses.items()
        ],
    }
    return zstd.compress(orjson.dumps(document), level=_LEVEL)


def load(state: bytes, turn: Turn) -> Case:
    """Restore a case; StateInvalid for bytes that are no state of this version and bundle."""
    document = _document(state)
    bundle = turn.bundle
    if document["bundle"] != bundle.key:
        raise StateInvalid("事项的状态属于另一个流程版本，不能用当前版本读取")
    case = Case(bundle.specs[document["process"]], bundle.specs, turn, deserializing=True)
    case.arrivals = document["arrivals"]
    case.cancelled = document["cancelled"]
    _fill(case, document["case"])
    for saved in document["parts"]:
        # A part is saved after the workflow that holds it, so its holder is there already.
        holder = UUID(saved["holder"])
        part = Part(bundle.specs[saved["spec"]], parent_task_id=holder, top_workflow=case, deserializing=True)
        case.subprocesses[holder] = part
        _fill(part, saved)
    return case


def _document(state: bytes) -> dict[str, Any]:
    try:
        document = orjson.loads(_decompressed(state))
    except (zstd.ZstdError, orjson.JSONDecodeError, EOFError) as error:
        raise StateInvalid("事项的状态已损坏，无法读取") from error
    if not isinstance(document, dict) or document.get("version") != VERSION:
        raise StateInvalid("事项的状态由不兼容的版本保存，无法读取")
    return document


def _decompressed(state: bytes) -> bytes:
    decompressor = zstd.ZstdDecompressor()
    content = decompressor.decompress(state, max_length=_LARGEST_STATE)
    if not decompressor.eof:
        raise StateInvalid("事项的状态不完整或过大，无法读取")
    return content


def _workflow(workflow: Flowing) -> dict[str, Any]:
    tasks = []
    pending = [workflow.task_tree]
    while pending:
        task = pending.pop()
        tasks.append(_task(task))
        pending.extend(reversed(task.children))
    return {
        "completed": workflow.completed,
        "success": workflow.success,
        "data": workflow.data if workflow.completed else {},
        "tasks": tasks,
    }


def _task(task: Token) -> list[Any]:
    parent = task.parent
    changes, removed = _delta({} if parent is None else parent.data, task.data)
    return [
        task.id.hex,
        None if parent is None else parent.id.hex,
        task.task_spec.name,
        task.state,
        task.triggered,
        task.internal_data,
        changes,
        removed,
    ]


def _delta(old: Mapping[str, Json], new: Mapping[str, Json]) -> tuple[dict[str, Json], list[str]]:
    changes = difference(old, new)
    removed = [key for key in old if key not in new]
    return {key: value for key, value in changes.items() if key in new}, removed


def _fill(workflow: Flowing, saved: Mapping[str, Any]) -> None:
    workflow.completed = saved["completed"]
    workflow.success = saved["success"]
    workflow.data = saved["data"]
    specs = workflow.spec.task_specs
    for task_id, parent_id, spec, state, triggered, memo, changes, removed in saved["tasks"]:
        parent = None if parent_id is None else workflow.tasks[UUID(parent_id)]
        task = Task(workflow, specs[spec], parent, state=state, id=UUID(task_id))
        task.triggered = triggered
        task.internal_data = memo
        task.data = {**parent.data, **changes} if parent is not None else changes
        for key in removed:
            del task.data[key]
        if parent is None:
            workflow.task_tree = task
