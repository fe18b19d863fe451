"""How far the diagrams of a case are, told from its history."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from app.engine.model import Definitions
from app.features.cases.model import Diagram, TimelineEntry

_REACHED = frozenset({"entered", "completed", "cancelled", "failed"})


def diagrams(
    definitions: Definitions, process_id: str, *, history: Sequence[TimelineEntry], failed: Iterable[tuple[str, str]]
) -> tuple[Diagram, ...]:
    """The outermost process and, after it, every process it has called, each coloured by what happened last.

    `failed` are the places (process, element) that stand still with an open incident.
    """
    stuck = frozenset(failed)
    return tuple(_diagrams(definitions, process_id, history, stuck, called_by=None, seen=set()))


def _diagrams(
    definitions: Definitions,
    process_id: str,
    history: Sequence[TimelineEntry],
    stuck: frozenset[tuple[str, str]],
    *,
    called_by: tuple[str, str] | None,
    seen: set[str],
) -> Iterator[Diagram]:
    process = definitions.processes[process_id]
    seen.add(process_id)
    last: dict[str, str] = {}
    flows = set()
    for entry in history:
        if entry.process_id == process_id and entry.kind in _REACHED:
            last[entry.element_id] = entry.kind
            if entry.flow_id is not None:
                flows.add(entry.flow_id)
    for element in process.elements.values():
        # A boundary event that only waits, or waited in vain, has not been reached.
        if element.attached_to is not None and last.get(element.id) != "completed":
            last.pop(element.id, None)
    failed = frozenset(element_id for owner, element_id in stuck if owner == process_id)
    running = frozenset(element_id for element_id, kind in last.items() if kind in {"entered", "failed"}) - failed
    yield Diagram(
        process_id=process_id,
        name=process.name,
        file=process.file,
        done=frozenset(element_id for element_id, kind in last.items() if kind == "completed"),
        running=running,
        failed=failed,
        coming=frozenset(process.elements) - last.keys(),
        flows=frozenset(flows),
        called_by=called_by,
    )
    for element in process.elements.values():
        called = element.called_process
        if called is not None and element.id in last and called in definitions.processes and called not in seen:
            yield from _diagrams(definitions, called, history, stuck, called_by=(process_id, element.id), seen=seen)
