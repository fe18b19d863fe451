from __future__ import annotations

from datetime import UTC, datetime
from types import MappingProxyType

from app.engine.model import Definitions, ElementInfo, ProcessInfo
from app.features.cases.diagrams import diagrams
from app.features.cases.model import TimelineEntry


def definitions(**processes: dict[str, ElementInfo]) -> Definitions:
    infos = {name: ProcessInfo(name, f"{name} 流程", f"{name}.bpmn", elements) for name, elements in processes.items()}
    nothing: frozenset[str] = frozenset()
    return Definitions("key", MappingProxyType(infos), nothing, nothing, nothing, nothing, (), (), None)


def element(element_id: str, kind: str = "userTask", **more: str) -> dict[str, ElementInfo]:
    return {element_id: ElementInfo(element_id, element_id, kind, **more)}


def happened(*events: tuple[str, str, str, str | None]) -> list[TimelineEntry]:
    return [
        TimelineEntry(
            seq=seq,
            at=datetime(2026, 1, 1, tzinfo=UTC),
            kind=kind,
            process_id=process_id,
            element_id=element_id,
            element_type="userTask",
            name=element_id,
            task_id=None,
            flow_id=flow_id,
            actor_id=None,
            actor_name=None,
            actor_org=None,
            submission_id=None,
            note=None,
            changes={},
        )
        for seq, (kind, process_id, element_id, flow_id) in enumerate(events, start=1)
    ]


def test_what_was_done_and_comes_round_again_is_running() -> None:
    bundle = definitions(main={**element("a"), **element("b"), **element("c")})
    history = happened(
        ("entered", "main", "a", None),
        ("completed", "main", "a", None),
        ("entered", "main", "b", "a-b"),
        ("completed", "main", "b", "a-b"),
        ("entered", "main", "a", "b-a"),
    )
    (diagram,) = diagrams(bundle, "main", history=history, failed=[])
    assert (diagram.done, diagram.running, diagram.coming) == ({"b"}, {"a"}, {"c"})
    assert diagram.flows == {"a-b", "b-a"}


def test_an_open_incident_is_failed_and_a_cancelled_task_is_neither() -> None:
    bundle = definitions(main={**element("a"), **element("b")})
    history = happened(
        ("entered", "main", "a", None),
        ("failed", "main", "a", None),
        ("entered", "main", "b", None),
        ("cancelled", "main", "b", None),
    )
    (diagram,) = diagrams(bundle, "main", history=history, failed=[("main", "a")])
    assert (diagram.failed, diagram.running, diagram.done, diagram.coming) == ({"a"}, set(), set(), set())


def test_a_boundary_event_counts_only_once_it_has_happened() -> None:
    bundle = definitions(main={**element("a"), **element("late", "boundaryEvent", attached_to="a")})
    waiting = happened(("entered", "main", "a", None), ("entered", "main", "late", None))
    (before,) = diagrams(bundle, "main", history=waiting, failed=[])
    assert (before.running, before.coming) == ({"a"}, {"late"})
    fired = [*waiting, *happened(("cancelled", "main", "a", None), ("completed", "main", "late", None))]
    (after,) = diagrams(bundle, "main", history=fired, failed=[])
    assert (after.done, after.running) == ({"late"}, set())


def test_called_processes_follow_their_caller_once_they_were_reached() -> None:
    bundle = definitions(
        main={
            **element("first", "callActivity", called_process="one"),
            **element("second", "callActivity", called_process="two"),
        },
        one=element("x"),
        two=element("y"),
    )
    history = happened(("entered", "main", "first", None), ("entered", "one", "x", None))
    found = diagrams(bundle, "main", history=history, failed=[])
    assert [(each.process_id, each.called_by) for each in found] == [("main", None), ("one", ("main", "first"))]
