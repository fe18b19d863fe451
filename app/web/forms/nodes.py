"""What the templates are given: one node a component, with everything worked out that a template would ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from markupsafe import Markup

from app.features.forms.model import Json

_FILE_KINDS = {
    ".pdf": "PDF",
    ".ofd": "OFD",
    **dict.fromkeys((".doc", ".docx"), "Word"),
    **dict.fromkeys((".xls", ".xlsx"), "Excel"),
    **dict.fromkeys((".wps", ".et"), "WPS"),
    **dict.fromkeys((".jpg", ".jpeg", ".png"), "图片（jpg、png）"),
    ".zip": "zip 压缩包",
}
_ALL_KINDS = "、".join(dict.fromkeys(_FILE_KINDS.values()))

SHORT_TEXT = 300
LINE_OF_CHOICES = 44
"""Characters."""


@dataclass(frozen=True, kw_only=True)
class Node:
    """What every component shows: `span` of the 16 columns, and the condition that hides it, for the script."""

    template: ClassVar[str]
    name: str
    span: int
    hidden: bool
    hide: str | None

    @property
    def id(self) -> str:
        return f"f-{self.name}"


@dataclass(frozen=True, kw_only=True)
class TextNode(Node):
    template = "text"
    html: Markup
    label: str


@dataclass(frozen=True, kw_only=True)
class SeparatorNode(Node):
    template = "separator"


@dataclass(frozen=True, kw_only=True)
class SpacerNode(Node):
    template = "spacer"


@dataclass(frozen=True, kw_only=True)
class ComputedNode(Node):
    template = "computed"
    key: str
    label: str
    expression: str
    suffix: str
    words: str


@dataclass(frozen=True, kw_only=True)
class TableNode(Node):
    template = "table"
    label: str
    headings: Sequence[str]
    records: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Choice:
    id: str
    value: str
    label: str
    chosen: bool


@dataclass(frozen=True)
class FileItem:
    """A file in a field; one without `url` was refused, which the error tells."""

    id: str
    name: str
    size: str
    bytes: int
    url: str


@dataclass(frozen=True, kw_only=True)
class FieldNode(Node):
    """A field. `entry` is the text in it, `words` what a field that is only read shows; `longest` limits the text."""

    template = "field"
    kind: str
    key: str
    label: str
    description: str
    required: bool
    entry: str
    ticked: bool
    choices: Sequence[Choice]
    files: Sequence[FileItem]
    error: str
    locked: bool
    words: str
    value: Json
    """What FEEL sees of a field that is only read."""
    prefix: str
    suffix: str
    longest: int | None
    accept: str
    multiple: bool
    spoken: str
    """The label as it is read out: with the row it is in."""

    @property
    def accepted(self) -> str:
        """The kinds of file, in words."""
        names = (_FILE_KINDS.get(ending, ending.lstrip(".")) for ending in self.accept.split(",") if ending)
        return f"可上传 {'、'.join(dict.fromkeys(names)) or _ALL_KINDS}"

    @property
    def height(self) -> int:
        """Lines of a long text."""
        return 3 if self.longest and self.longest <= SHORT_TEXT else 6

    @property
    def long_choices(self) -> bool:
        """Whether the choices stand below each other."""
        return sum(len(choice.label) + 3 for choice in self.choices) > LINE_OF_CHOICES

    @property
    def in_table(self) -> FieldNode:
        """The same in a table, whose heading has the unit."""
        return replace(self, suffix="") if self.kind == "number" else self

    @property
    def target(self) -> str:
        """The id of the element that an error leads to."""
        return self.choices[0].id if self.kind in {"radio", "checklist"} and self.choices else self.id

    @property
    def described_by(self) -> str:
        said = [("e", self.error), ("d", self.description), ("c", self.longest)]
        return " ".join(f"{self.id}-{part}" for part, present in said if present)


@dataclass(frozen=True, kw_only=True)
class GroupNode(Node):
    template = "group"
    label: str
    description: str
    outlined: bool
    lines: Sequence[Sequence[Node]]


@dataclass(frozen=True)
class RowNode:
    """`index` is its number in the names of its fields, `number` what is shown, from 1.

    `key_value` says which record of a list it is for, where a list gives the rows.
    """

    number: int
    index: str
    name: str
    cells: Sequence[Node]
    lines: Sequence[Sequence[Node]]
    key_value: str = ""


@dataclass(frozen=True, kw_only=True)
class RowsNode(Node):
    """A list of rows; `blank` is the row that the script adds, with `__i__` for its number."""

    template = "rows"
    key: str
    label: str
    description: str
    error: str
    changeable: bool
    longest: int
    as_table: bool
    headings: Sequence[Node]
    rows: Sequence[RowNode]
    blank: RowNode
    row_key: str = ""

    @property
    def described_by(self) -> str:
        return " ".join(
            f"{self.id}-{part}" for part, present in (("e", self.error), ("d", self.description)) if present
        )
