"""A form as this system understands it: what `.form` JSON becomes after `schema.parse` has accepted it.

Expressions are FEEL, kept without their leading `=`. Amounts of anything are `Decimal`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeAlias

from app.kernel.errors import Invalid

Json: TypeAlias = Any
Data: TypeAlias = Mapping[str, Json]
Evaluate: TypeAlias = Callable[[str, Data], Json]
"""Evaluates a FEEL expression (without `=`) in a context of JSON; raises an exception when it cannot."""


class FormInvalid(Invalid):
    """The form cannot be used; `problems` are Chinese sentences, one for each thing to mend."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class Kind(StrEnum):
    """The kinds of field a person fills in, by their form-js names."""

    TEXT = "textfield"
    LONG_TEXT = "textarea"
    NUMBER = "number"
    SELECT = "select"
    RADIO = "radio"
    CHECKBOX = "checkbox"
    CHECKLIST = "checklist"
    TAGLIST = "taglist"
    DATE = "datetime"
    FILES = "filepicker"


ONE_CHOICE = frozenset({Kind.SELECT, Kind.RADIO})
MANY_CHOICES = frozenset({Kind.CHECKLIST, Kind.TAGLIST})


@dataclass(frozen=True)
class Placement:
    """Where a component stands: components of one `row` share its 16 columns; None means an equal share."""

    row: str | None = None
    columns: int | None = None


@dataclass(frozen=True, kw_only=True)
class Component:
    """What every component has.

    `id` is unique in the form and given in the order of reading. `hide` is the condition under which the component
    is neither shown, nor checked, nor kept. `clauses` are the ids of the custom property `clause`.
    """

    id: str
    hide: str | None = None
    clauses: tuple[str, ...] = ()
    placement: Placement = Placement()


@dataclass(frozen=True, kw_only=True)
class Text(Component):
    """Words for the reader: a markdown subset with `{{FEEL}}` inside, or one `expression` that makes the words."""

    text: str = ""
    expression: str | None = None
    label: str = ""


@dataclass(frozen=True, kw_only=True)
class Separator(Component):
    """A horizontal rule."""


@dataclass(frozen=True, kw_only=True)
class Spacer(Component):
    """Empty space of `height` pixels."""

    height: int = 0


@dataclass(frozen=True)
class Option:
    value: str
    label: str


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What an answer must meet. The four bounds are numbers, or FEEL that gives one."""

    required: bool = False
    min: Decimal | str | None = None
    max: Decimal | str | None = None
    min_length: int | str | None = None
    max_length: int | str | None = None
    pattern: str | None = None
    pattern_message: str = ""
    format: str | None = None
    """`email` or `phone`."""
    not_before_today: bool = False


@dataclass(frozen=True, kw_only=True)
class Field(Component):
    """Something to fill in, or only to read.

    Options are `options`, or the list named `options_key` in the context the form is shown in. A `fresh` field is a
    decision to be taken anew each time: an earlier answer to it is never filled in beforehand. An `outcome` is what
    lists of finished tasks tell about the form.
    """

    kind: Kind
    key: str
    label: str
    description: str = ""
    limits: Limits = Limits()
    read_only: bool = False
    default: Json = None
    prefix: str = ""
    suffix: str = ""
    decimals: int = 6
    options: tuple[Option, ...] = ()
    options_key: str | None = None
    accept: tuple[str, ...] = ()
    multiple: bool = False
    fresh: bool = False
    outcome: bool = False
    prefill: str | None = None
    """What stands in it beforehand, as FEEL, where nothing else is known."""


@dataclass(frozen=True, kw_only=True)
class Computed(Component):
    """A value worked out from the others; shown only when it has a label."""

    key: str
    expression: str
    label: str = ""
    suffix: str = ""


@dataclass(frozen=True, kw_only=True)
class Table(Component):
    """A read-only table of a list of records; `columns` maps the records' keys to headings."""

    label: str
    source: str
    columns: Mapping[str, str]
    description: str = ""


@dataclass(frozen=True, kw_only=True)
class Group(Component):
    label: str
    components: tuple[Component, ...] = ()
    outlined: bool = False
    description: str = ""


@dataclass(frozen=True, kw_only=True)
class Rows(Component):
    """A list of records filled in row by row (form-js: dynamic list).

    With a `source`, the list of that name in the context gives the rows: one for each of its records, known by its
    value of the cell `row_key`, with what the record says in cells that may only be read.
    """

    key: str
    label: str
    components: tuple[Component, ...] = ()
    changeable: bool = True
    first_rows: int = 1
    min_rows: int = 0
    max_rows: int = 200
    description: str = ""
    source: str | None = None
    row_key: str = ""
    prefill: str | None = None


@dataclass(frozen=True)
class Form:
    id: str
    components: tuple[Component, ...]
    submit_label: str = "提交"


Keyed: TypeAlias = Field | Computed | Rows


def walk(components: Sequence[Component]) -> Iterator[Component]:
    """Every component outside rows, a group before what it holds."""
    for component in components:
        yield component
        if isinstance(component, Group):
            yield from walk(component.components)


def find_rows(form: Form, key: str) -> Rows | None:
    return next((part for part in walk(form.components) if isinstance(part, Rows) and part.key == key), None)


def find_field(form: Form, name: str) -> Field | None:
    """The field of a posted name, such as `title` or `items-0-price`."""
    key, *inside = name.split("-")
    parts: Iterator[Component] = walk(form.components)
    if inside:
        rows = find_rows(form, key)
        key, parts = inside[-1], iter(rows.components if rows else ())
    return next((part for part in parts if isinstance(part, Field) and part.key == key), None)


def title_of(component: Component) -> str:
    """What to call a component when speaking to its author: its label, else its key, else how its text begins."""
    names = (getattr(component, name, "") for name in ("label", "key", "text"))
    return next((" ".join(str(name).split())[:20] for name in names if name), component.id)
