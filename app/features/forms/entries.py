"""What stands in the fields of a form: read from a post, or put there from what is known already.

Entries have the form's shape and are raw: text as typed (numbers, dates and single choices too), `bool` for a tick,
a list of texts for several choices, a list of files, a list of rows. A draft keeps exactly this.
A file is `{"id", "name", "size"}`; one that was refused has `{"name", "problem"}` instead.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, Protocol, TypeAlias

from app.engine.model import EngineError
from app.features.forms.decimals import plain
from app.features.forms.model import MANY_CHOICES, Component, Data, Evaluate, Field, Form, Json, Kind, Rows, walk

Entries: TypeAlias = dict[str, Any]
File: TypeAlias = Mapping[str, Json]
Button: TypeAlias = Literal["submit", "draft", "edit"]

MAX_TYPED = 50_000
# Control characters, and marks without width: a field that holds nothing else is empty, and none may turn text around.
_UNPRINTABLE = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)


class Posted(Protocol):
    """A posted form, as werkzeug's MultiDict is."""

    def getlist(self, key: str) -> list[str]: ...
    def __contains__(self, key: object) -> bool: ...


def button(posted: Posted) -> Button:
    """Which button sent the form: the one that submits, 暂存, or one that only changes the form on the page."""
    if any(name in posted for name in ("_add", "_del", "_drop", "_refresh")):
        return "edit"
    return "draft" if "_draft" in posted else "submit"


def read(
    form: Form,
    posted: Posted,
    *,
    files: Mapping[str, File],
    uploads: Mapping[str, Sequence[File]] | None = None,
) -> Entries:
    """The entries of a post, after the row and file buttons in it have done their work.

    `files` holds, by id, those that the person may refer to: others are dropped. `uploads` are files that came in
    this very post, by the posted name of their field. Names the form does not have are ignored.
    """
    return _Reader(form, posted, files=files, uploads=uploads or {}).read()


class _Reader:
    def __init__(
        self, form: Form, posted: Posted, *, files: Mapping[str, File], uploads: Mapping[str, Sequence[File]]
    ) -> None:
        self.form = form
        self.posted = posted
        self.files = files
        self.uploads = uploads
        self.deleted = frozenset(posted.getlist("_del"))
        self.dropped = frozenset(posted.getlist("_drop"))

    def read(self) -> Entries:
        entries: Entries = {}
        for component in walk(self.form.components):
            if isinstance(component, Field):
                entries[component.key] = self._field(component, component.key)
            elif isinstance(component, Rows):
                entries[component.key] = self._rows(component)
        return entries

    def _rows(self, rows: Rows) -> list[Entries]:
        # The numbers are only names: rows stand in the order they are posted in, and gaps are what was deleted.
        numbers = list(dict.fromkeys(n for n in self.posted.getlist(f"{rows.key}-row") if re.fullmatch(r"\d{1,4}", n)))
        if rows.changeable:
            numbers = [number for number in numbers if f"{rows.key}-{number}" not in self.deleted]
        found = [
            {cell.key: self._field(cell, f"{rows.key}-{number}-{cell.key}") for cell in fields(rows.components)}
            for number in numbers[: rows.max_rows]
        ]
        if rows.changeable and rows.key in self.posted.getlist("_add") and len(found) < rows.max_rows:
            found.append(blank_row(rows))
        return found if rows.changeable or rows.source else padded(found, rows)

    def _field(self, field: Field, name: str) -> Json:
        values = self.posted.getlist(name)
        if field.kind is Kind.FILES:
            return self._files(field, name, values)
        if field.kind is Kind.CHECKBOX:
            return bool(values)
        if field.kind in MANY_CHOICES:
            return list(dict.fromkeys(values))[:500]
        return clean(values[0]) if values else ""

    def _files(self, field: Field, name: str, ids: Iterable[str]) -> list[File]:
        kept = dict.fromkeys(i for i in ids if i in self.files and f"{name}:{i}" not in self.dropped)
        found = [*(self.files[i] for i in kept), *self.uploads.get(name, ())]
        return found if field.multiple else found[-1:]


def clean(typed: str) -> str:
    """Typed text without what no eye sees: no control characters, no blanks at either end; line feeds end lines."""
    text = typed[:MAX_TYPED].replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", _UNPRINTABLE.sub("", text)).strip()


def fields(components: Iterable[Component]) -> list[Field]:
    return [component for component in components if isinstance(component, Field)]


def blank_row(rows: Rows) -> Entries:
    return {cell.key: entry(cell, cell.default) for cell in fields(rows.components)}


def padded(found: list[Entries], rows: Rows) -> list[Entries]:
    """A list whose rows are given has exactly those."""
    return [*found, *(blank_row(rows) for _ in range(rows.first_rows - len(found)))][: rows.first_rows]


def prefill(form: Form, *sources: Data, lists: Data | None = None) -> Entries:
    """The entries of a form nobody has drafted: each from the first source that knows it, else its default.

    Sources hold data as submissions or process variables do: decimal strings or JSON numbers, and so on. A decision
    that must be taken anew is left to its default. `lists` holds those that give rows.
    """
    return _entries(form, sources, fresh=False, lists=lists or {})


def beforehand(form: Form, context: Data, feel: Evaluate) -> Data:
    """What the form itself wants to stand in its fields, worked out in a context; a source for `prefill`."""
    wanted = {
        part.key: part.prefill
        for part in walk(form.components)
        if isinstance(part, Field | Rows) and part.prefill is not None
    }
    found: dict[str, Json] = {}
    for key, expression in wanted.items():
        try:
            found[key] = feel(expression, context)
        except EngineError:
            # What cannot be worked out is left to whoever fills in the form.
            found[key] = None
    return found


def entries_of(form: Form, data: Data) -> Entries:
    """The entries that submitted data once were."""
    return _entries(form, (data,), fresh=True)


def _entries(form: Form, sources: Sequence[Data], *, fresh: bool, lists: Data | None = None) -> Entries:
    entries: Entries = {}
    for component in walk(form.components):
        if not isinstance(component, Field | Rows):
            continue
        known = next((s[component.key] for s in sources if s.get(component.key) is not None), None)
        if isinstance(component, Rows):
            if component.source is not None and lists is not None:
                known = lists.get(component.source)
            entries[component.key] = _row_entries(component, known)
        else:
            known = None if component.fresh and not fresh else known
            entries[component.key] = entry(component, component.default if known is None else known)
    return entries


def resume(form: Form, draft: Data, *, files: Mapping[str, File], otherwise: Entries) -> Entries:
    """The entries of a saved draft, whatever has changed since: unknown keys and lost files fall away.

    Fields the draft does not know, and those that may not be filled in, stand as `otherwise` has them.
    """
    entries = dict(otherwise)
    for component in walk(form.components):
        if isinstance(component, Rows) and isinstance(draft.get(component.key), list):
            drafted = _row_entries(component, draft[component.key], files=files)
            if component.source is not None:
                drafted = _resumed(component, drafted, entries[component.key])
            entries[component.key] = drafted
        elif isinstance(component, Field) and component.key in draft and not component.read_only:
            entries[component.key] = entry(component, draft[component.key], files=files)
    return entries


def _resumed(rows: Rows, drafted: list[Entries], given: list[Entries]) -> list[Entries]:
    """The rows that a list gives now, each as it was drafted, if it was there already."""
    typed = {row[rows.row_key]: row for row in drafted}
    return [{**row, **_open_cells(rows, typed.get(row[rows.row_key], {}))} for row in given]


def _open_cells(rows: Rows, row: Data) -> Entries:
    """What a row holds in cells that may be filled in."""
    return {cell.key: row[cell.key] for cell in fields(rows.components) if not cell.read_only and cell.key in row}


def _row_entries(rows: Rows, known: Json, *, files: Mapping[str, File] | None = None) -> list[Entries]:
    if not isinstance(known, list):
        return [blank_row(rows) for _ in range(rows.first_rows)]
    found = [
        {cell.key: entry(cell, row.get(cell.key), files=files) for cell in fields(rows.components)}
        for row in known[: rows.max_rows]
        if isinstance(row, Mapping)
    ]
    return found if rows.changeable or rows.source else padded(found, rows)


def entry(field: Field, value: Json, *, files: Mapping[str, File] | None = None) -> Json:
    """The entry for a value of any provenance; a value that does not fit the field leaves it empty."""
    if field.kind is Kind.CHECKBOX:
        return value is True
    if field.kind in MANY_CHOICES:
        return [text_of(part) for part in value] if isinstance(value, list) else []
    if field.kind is Kind.FILES:
        found = [part for part in value if isinstance(part, Mapping)] if isinstance(value, list) else []
        return [part for part in found if files is None or part.get("id") in files]
    if field.kind is Kind.DATE:
        return text_of(value)[:10]
    return text_of(value)


def has_given(form: Form) -> bool:
    """Whether a form has fields that may only be read."""
    parts = list(walk(form.components))
    cells = [cell for part in parts if isinstance(part, Rows) for cell in part.components]
    return any(isinstance(part, Field) and part.read_only for part in [*parts, *cells])


def with_given(form: Form, entries: Data, given: Data) -> Entries:
    """The entries with every field that may only be read as it was given, whatever was posted for it."""
    found = dict(entries)
    for component in walk(form.components):
        if isinstance(component, Field) and component.read_only:
            found[component.key] = given.get(component.key)
        elif isinstance(component, Rows) and component.source is not None:
            found[component.key] = _given_rows(
                component, found.get(component.key) or [], given.get(component.key) or []
            )
        elif isinstance(component, Rows) and (locked := [c.key for c in fields(component.components) if c.read_only]):
            known = given.get(component.key) or []
            found[component.key] = [
                {**row, **{key: known[index].get(key) if index < len(known) else None for key in locked}}
                for index, row in enumerate(found.get(component.key) or [])
            ]
    return found


def _given_rows(rows: Rows, posted: list[Entries], given: list[Entries]) -> list[Entries]:
    """The rows that a list gives now, filled in as posted; one that was not on the page has nothing filled in.

    The list may have changed since the page was shown: rows are matched by their key, never by their place.
    """
    typed = {row.get(rows.row_key): row for row in posted}
    blank = blank_row(rows)
    return [{**row, **_open_cells(rows, typed.get(row[rows.row_key], blank))} for row in given]


def text_of(value: Json) -> str:
    """A stored scalar as it stands in a field: numbers without exponent, nothing for what is no scalar."""
    if isinstance(value, bool) or value is None or isinstance(value, list | Mapping):
        return ""
    if isinstance(value, int | float | Decimal):
        try:
            return plain(Decimal(str(value)))
        except InvalidOperation:
            return ""
    return str(value)


def is_blank(row: Entries) -> bool:
    """Whether nobody has put anything into a row."""
    return not any(row.values())


def files_in(entries: Data) -> list[File]:
    """Every file that entries, or submitted data, refer to."""
    found: list[File] = []
    for value in entries.values():
        for part in value if isinstance(value, list) else ():
            if isinstance(part, Mapping):
                found += [part] if isinstance(part.get("size"), int) and "id" in part else files_in(part)
    return found


def refused_names(entries: Data, prefix: str = "") -> set[str]:
    """The names of the fields that hold a file which was refused."""
    names: set[str] = set()
    for key, value in entries.items():
        for index, part in enumerate(value if isinstance(value, list) else ()):
            if isinstance(part, Mapping) and "problem" in part:
                names.add(f"{prefix}{key}")
            elif isinstance(part, Mapping):
                names |= refused_names(part, f"{key}-{index}-")
    return names


def without_refused(entries: Data) -> Entries:
    """The entries without files that were refused, of which there is nothing to keep."""

    def kept(value: Json) -> Json:
        if not isinstance(value, list):
            return value
        parts = [part for part in value if not (isinstance(part, Mapping) and "problem" in part)]
        return [without_refused(part) if isinstance(part, Mapping) else part for part in parts]

    return {key: kept(value) for key, value in entries.items()}
