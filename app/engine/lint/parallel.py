"""Variables that two parallel branches change: at the join the later one would win, and a list would lose entries."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from app.engine.dialect import Element
from app.engine.lint.draft import Draft, Part, Rule
from app.engine.model import Finding

GROWING: Final = re.compile(r"\b(append|concatenate|insert before|union|list replace|remove)\s*\(")


def shared_variables(draft: Draft) -> Iterator[Finding]:
    for part, gateway in draft.elements("parallelGateway", "inclusiveGateway"):
        flows = part.outgoing[gateway.id]
        branches = [_branch(part, flow.target, gateway.id) for flow in flows]
        if len(branches) < 2:  # noqa: PLR2004 - one exit is no split
            continue
        common = set.intersection(*branches)
        changed: dict[str, list[tuple[Element, bool]]] = {}
        for branch in branches:
            own: dict[str, tuple[Element, bool]] = {}
            for element_id in sorted(branch - common):
                for name, is_list in _changes(part.elements[element_id]):
                    before = own.get(name)
                    own[name] = (part.elements[element_id], is_list or (before is not None and before[1]))
            for name, change in own.items():
                changed.setdefault(name, []).append(change)
        for name, changes in changed.items():
            yield from _clash(part, gateway, name, changes)


def _clash(part: Part, gateway: Element, name: str, changes: list[tuple[Element, bool]]) -> Iterator[Finding]:
    labels = {element.id: element.label for element, _ in changes}
    if len(labels) < 2:  # noqa: PLR2004 - changed in one place only
        return
    where = "、".join(f"“{label}”" for label in labels.values())
    if any(is_list for _, is_list in changes):
        yield part.find(
            gateway, f"的几个分支（{where}）都改列表“{name}”，汇合时会丢失内容；请各用各的变量，汇合之后再合并"
        )
    else:
        yield part.find(
            gateway, f"的几个分支（{where}）都改变量“{name}”，汇合时以后办结的为准；请各用各的变量", "warning"
        )


def _branch(part: Part, start: str, gateway: str) -> set[str]:
    """Everything that can be reached by one exit, without passing the gateway again."""
    reached: set[str] = set()
    pending = [start]
    while pending:
        current = pending.pop()
        if current in reached or current == gateway or current not in part.elements:
            continue
        reached.add(current)
        pending += [flow.target for flow in part.outgoing[current]]
        pending += [boundary.id for boundary in part.boundaries(current)]
    return reached


def _changes(element: Element) -> Iterator[tuple[str, bool]]:
    """The variables that a diagram shows an element to change, and whether it adds to a list."""
    for mapping in element.outputs:
        yield mapping.target.partition(".")[0], bool(GROWING.search(mapping.source))
    if element.result is not None and not element.outputs:
        yield element.result, bool(GROWING.search(element.script or ""))
    if element.loop is not None and element.loop.output_collection is not None:
        yield element.loop.output_collection, True
    if element.content is not None and not element.outputs:
        for inner in element.content.elements:
            yield from _changes(inner)


RULES: Final[tuple[Rule, ...]] = (shared_variables,)
