"""The record of a submission: labels and values to read and to print, no longer a form."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from flask import render_template
from markupsafe import Markup

from app.features.documents.model import readable_size
from app.features.forms import fields
from app.features.forms.answers import Answers, check_answers
from app.features.forms.entries import entries_of
from app.features.forms.model import (
    ONE_CHOICE,
    Component,
    Computed,
    Data,
    Evaluate,
    Field,
    Form,
    Group,
    Json,
    Kind,
    Rows,
    Table,
    Text,
)
from app.web.forms import markdown
from app.web.forms.reading import NOTHING, readable, words

SHORT = 28
"""Characters of a value that has room beside another."""
LONG_LABEL = 14
SHORT_VALUE = 10
MOST_TOGETHER = 8
"""Rows of a table that is not torn apart by the end of a page."""


@dataclass(frozen=True)
class File:
    name: str
    size: str
    url: str


@dataclass(frozen=True)
class Cell:
    """A label with its value: `files`, or else `words`. `long` ones have a line of their own.

    A `question` is answered in a word: its label needs the room rather than the value.
    """

    label: str
    words: str
    files: Sequence[File] = ()
    long: bool = False
    question: bool = False


@dataclass
class Facts:
    """Lines of one cell or two."""

    template = "facts"
    lines: list[list[Cell]] = field(default_factory=list)

    def add(self, cell: Cell, *, beside: bool) -> None:
        """Put a cell below the others, or `beside` the last one where both are short."""
        last = self.lines[-1] if self.lines else []
        if beside and len(last) == 1 and not last[0].long and not cell.long:
            last.append(cell)
        else:
            self.lines.append([cell])

    @property
    def asks(self) -> bool:
        """Whether there are questions that need a wide column."""
        return any(cell.question and len(cell.label) > LONG_LABEL for line in self.lines for cell in line)


@dataclass(frozen=True)
class Heading:
    template = "heading"
    label: str


@dataclass(frozen=True)
class Words:
    template = "words"
    html: Markup


@dataclass(frozen=True)
class Records:
    """A table of rows."""

    template = "records"
    label: str
    headings: Sequence[str]
    rows: Sequence[Sequence[Cell]]

    @property
    def stays_together(self) -> bool:
        return len(self.rows) <= MOST_TOGETHER


Block = Facts | Heading | Words | Records


def record_html(
    form: Form, data: Data, *, context: Data, feel: Evaluate, file_url: Callable[[str], str] | None
) -> Markup:
    """The record of canonical `data`, evaluated in the `context` it was submitted in.

    Without `file_url` the names of files are no links.
    """
    answers = check_answers(form, entries_of(form, data), context=context, feel=feel, given=entries_of(form, data))
    blocks = list(_Record(answers, data, context, file_url).blocks(form.components))
    return Markup(render_template("forms/record.html", blocks=_joined(blocks)))  # noqa: S704  (a template's output)


class _Record:
    def __init__(self, answers: Answers, data: Data, context: Data, file_url: Callable[[str], str] | None) -> None:
        self.answers = answers
        self.data = data
        self.context = context
        self.file_url = file_url

    def blocks(self, components: Sequence[Component]) -> Iterator[Block]:
        row: str | None = None
        facts = Facts()
        for component in components:
            beside = row is not None and component.placement.row == row
            row = component.placement.row
            if isinstance(component, Field | Computed):
                if (cell := self.cell(component, self.data)) is not None:
                    facts.add(cell, beside=beside)
                continue
            if facts.lines:
                yield facts
                facts = Facts()
            yield from self.other(component)
        if facts.lines:
            yield facts

    def cell(self, component: Component, data: Data) -> Cell | None:
        """None for what was hidden, and has therefore no answer at all."""
        match component:
            case Field(key=key, label=label) if key in data:
                options = fields.options(component, self.context)
                text = readable(component, data[key], options=options)
                files = self.files(data[key]) if component.kind is Kind.FILES else ()
                long = component.kind in {Kind.LONG_TEXT, Kind.FILES} or len(text) > SHORT or len(label) > LONG_LABEL
                question = component.kind in ONE_CHOICE | {Kind.CHECKBOX} and len(text) <= SHORT_VALUE
                return Cell(label, text, files, long, question)
            case Computed(key=key, label=label, suffix=suffix) if label and key in data:
                return Cell(label, f"{words(data[key])} {suffix}".rstrip())
        return None

    def files(self, value: Json) -> list[File]:
        return [
            File(
                name=str(file["name"]),
                size=readable_size(file["size"]),
                url=self.file_url(str(file["id"])) if self.file_url else "",
            )
            for file in value or []
        ]

    def other(self, component: Component) -> Iterator[Block]:
        if component.id in self.answers.hidden:
            return
        shown = self.answers.shown.get(component.id)
        match component:
            case Group(label=label, components=parts):
                inner = list(self.blocks(parts))
                if inner and label:
                    yield Heading(label)
                yield from inner
            case Rows(key=key, label=label, components=cells) if key in self.data:
                yield self.rows(label, cells, self.data[key])
            case Table(label=label, columns=columns):
                found = [[Cell(name, words(record.get(k))) for k, name in columns.items()] for record in shown or []]
                yield Records(label, list(columns.values()), found)
            case Text(text=text) if shown or text.startswith("#"):
                yield Words(markdown.render(component, shown, heading=3))
            case _:
                pass

    def rows(self, label: str, cells: Sequence[Component], rows: Sequence[Data]) -> Records:
        columns = [c for c in cells if isinstance(c, Field) or (isinstance(c, Computed) and c.label)]
        empty = Cell("", NOTHING)
        return Records(
            label=label,
            headings=[f"{column.label}（{column.suffix}）" if column.suffix else column.label for column in columns],
            rows=[[self.cell(replace(column, suffix=""), row) or empty for column in columns] for row in rows],
        )


def _joined(blocks: Sequence[Block]) -> list[Block]:
    """Headings without anything below them say nothing."""
    return [
        block
        for index, block in enumerate(blocks)
        if not isinstance(block, Heading) or (index + 1 < len(blocks) and not isinstance(blocks[index + 1], Heading))
    ]
