"""From a form and its answers to what the templates show."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from app.features.documents.model import readable_size
from app.features.forms import fields
from app.features.forms.answers import Answers, name_of
from app.features.forms.model import (
    MANY_CHOICES,
    Component,
    Computed,
    Data,
    Field,
    Form,
    Group,
    Json,
    Kind,
    Rows,
    Spacer,
    Table,
    Text,
)
from app.features.forms.schema import GRID_COLUMNS
from app.web.forms import markdown
from app.web.forms.nodes import (
    Choice,
    ComputedNode,
    FieldNode,
    FileItem,
    GroupNode,
    Node,
    RowNode,
    RowsNode,
    SeparatorNode,
    SpacerNode,
    TableNode,
    TextNode,
)
from app.web.forms.reading import readable, words

MAX_TABLE_COLUMNS = 7
"""A list with more columns stands as one block a row."""

FileUrl = Callable[[str], str]


class _Builder:
    def __init__(self, answers: Answers, errors: Mapping[str, str], context: Data, file_url: FileUrl) -> None:
        self.answers = answers
        self.errors = errors
        self.context = context
        self.file_url = file_url

    def lines(
        self, components: Sequence[Component], entries: Data, *, prefix: str = "", row: int | None = None
    ) -> list[list[Node]]:
        """Components that share a row of the form editor stand in one line."""
        found = []
        for _, group in groupby(components, key=lambda part: part.placement.row or part.id):
            line = list(group)
            pairs = zip(line, _spans(line), strict=True)
            found.append([self.node(part, entries, span=span, prefix=prefix, row=row) for part, span in pairs])
        return found

    def node(
        self, component: Component, entries: Data, *, span: int = GRID_COLUMNS, prefix: str = "", row: int | None = None
    ) -> Node:
        name = name_of(component, prefix)
        common: dict[str, Any] = {
            "name": name,
            "span": span,
            "hidden": name in self.answers.hidden,
            "hide": component.hide,
        }
        match component:
            case Field():
                return self.field(component, entries.get(component.key), common, row=row)
            case Group():
                return self.group(component, entries, common)
            case Rows():
                return self.rows(component, entries, common)
        return self.shown(component, self.answers.shown.get(name), common)

    def shown(self, component: Component, shown: Json, common: dict[str, Any]) -> Node:
        """A component that is only looked at."""
        node: Node = SeparatorNode(**common)
        match component:
            case Computed(key=key, label=label, expression=expression, suffix=suffix):
                node = ComputedNode(
                    key=key, label=label, expression=expression, suffix=suffix, words=words(shown), **common
                )
            case Table(label=label, columns=columns):
                records = [[words(record.get(key)) for key in columns] for record in shown or []]
                node = TableNode(label=label, headings=list(columns.values()), records=records, **common)
            case Text(label=label):
                node = TextNode(html=markdown.render(component, shown), label=label, **common)
            case Spacer():
                node = SpacerNode(**common)
            case _:
                pass
        return node

    def field(self, part: Field, entry: Json, common: dict[str, Any], *, row: int | None) -> FieldNode:
        name = common["name"]
        options = fields.options(part, self.context)
        # The row that a script adds is not among the answers; bounds that are FEEL it learns from the server.
        fixed = part.limits.max_length if isinstance(part.limits.max_length, int) else None
        bounds = self.answers.bounds.get(name, fields.Bounds(max_length=fixed))
        chosen = entry if isinstance(entry, list) else [entry]
        return FieldNode(
            kind=_shape(part.kind),
            key=part.key,
            label=part.label,
            description=part.description,
            required=part.limits.required,
            entry=entry if isinstance(entry, str) else "",
            ticked=entry is True,
            choices=[
                Choice(
                    id=f"f-{name}-{number}",
                    value=option.value,
                    label=option.label,
                    chosen=option.value in chosen,
                )
                for number, option in enumerate(options, start=1)
            ],
            files=self.files(entry) if part.kind is Kind.FILES else (),
            error=self.errors.get(name, ""),
            locked=part.read_only,
            words=readable(part, entry, options=options) if part.read_only else "",
            value=self.locked_value(part, entry) if part.read_only else None,
            prefix=part.prefix,
            suffix=part.suffix,
            longest=bounds.max_length,
            accept=",".join(part.accept),
            multiple=part.multiple,
            spoken=part.label if row is None else f"第 {row} 行 {part.label}",
            **common,
        )

    def locked_value(self, part: Field, entry: Json) -> Json:
        try:
            return fields.to_feel(part, fields.value(part, entry, context=self.context))
        except fields.NotAccepted:
            return None

    def files(self, entry: Json) -> list[FileItem]:
        return [
            FileItem(
                id=str(file.get("id", "")),
                name=str(file["name"]),
                size=readable_size(file.get("size", 0)),
                bytes=file.get("size", 0),
                url=self.file_url(str(file["id"])) if "id" in file else "",
            )
            for file in entry or []
        ]

    def group(self, part: Group, entries: Data, common: dict[str, Any]) -> GroupNode:
        return GroupNode(
            label=part.label,
            description=part.description,
            outlined=part.outlined,
            lines=self.lines(part.components, entries),
            **common,
        )

    def rows(self, part: Rows, entries: Data, common: dict[str, Any]) -> RowsNode:
        found = entries.get(part.key) or []
        columns = [cell for cell in part.components if not isinstance(cell, Computed) or cell.label]
        return RowsNode(
            key=part.key,
            label=part.label,
            description=part.description,
            error=self.errors.get(part.key, ""),
            changeable=part.changeable,
            longest=part.max_rows,
            as_table=len(columns) <= MAX_TABLE_COLUMNS,
            headings=[self.node(cell, {}) for cell in columns],
            rows=[self.row(part, row, str(index), number=index + 1) for index, row in enumerate(found)],
            blank=self.row(part, {}, "__i__", number=0),
            row_key=part.row_key,
            **common,
        )

    def row(self, part: Rows, entries: Data, index: str, *, number: int) -> RowNode:
        prefix = f"{part.key}-{index}-"
        return RowNode(
            number=number,
            index=index,
            name=f"{part.key}-{index}",
            cells=[self.node(cell, entries, prefix=prefix, row=number) for cell in part.components],
            lines=self.lines(part.components, entries, prefix=prefix, row=number),
            key_value=str(entries.get(part.row_key) or ""),
        )


def build(
    form: Form, answers: Answers, *, errors: Mapping[str, str], context: Data, file_url: FileUrl
) -> tuple[list[list[Node]], list[tuple[str, str]]]:
    """The lines of the form, and its errors with the ids of the elements they lead to."""
    builder = _Builder(answers, errors, context, file_url)
    lines = builder.lines(form.components, answers.entries)
    targets = dict(_targets(node for line in lines for node in line))
    return lines, [(targets.get(name, ""), message) for name, message in errors.items()]


def _targets(nodes: Iterator[Node]) -> Iterator[tuple[str, str]]:
    for node in nodes:
        match node:
            case FieldNode():
                yield node.name, node.target
            case GroupNode():
                yield from _targets(inner for line in node.lines for inner in line)
            case RowsNode():
                yield node.name, node.id
                yield from _targets(cell for row in node.rows for cell in row.cells)
            case _:
                pass


def _shape(kind: Kind) -> str:
    """The template of a kind of field; tags are chosen like a checklist."""
    return "checklist" if kind in MANY_CHOICES else kind.value


def _spans(line: Sequence[Component]) -> list[int]:
    """The columns of each component of a line: those it asks for, or an equal share of what is left."""
    taken = sum(part.placement.columns or 0 for part in line)
    free = sum(part.placement.columns is None for part in line)
    share = max((GRID_COLUMNS - taken) // free, 4) if free else 0
    return [part.placement.columns or share for part in line]
