"""Checking the answers to a form: conditions, sums and limits in one go, exactly as the page shows them.

Conditions and sums depend on one another and on the entries; they are worked out again and again until nothing
changes any more. The script in the page does the same with the same FEEL, so both show the same form.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation

from app.engine.model import EngineError
from app.features.forms import decimals, fields
from app.features.forms.entries import Entries, is_blank, with_given
from app.features.forms.expressions import placeholders
from app.features.forms.model import (
    Component,
    Computed,
    Data,
    Evaluate,
    Field,
    Form,
    Group,
    Json,
    Kind,
    Limits,
    Rows,
    Table,
    Text,
    walk,
)

MAX_PASSES = 8
"""Conditions that turn each other on and off for ever are left as they stand after so many rounds."""

_NOT_FOR_ENGINE = frozenset({Kind.LONG_TEXT, Kind.FILES})
_STEP = Decimal("0.000001")


@dataclass(frozen=True)
class Answers:
    """The outcome of a check.

    `data` is canonical: what is kept as the submission, hidden fields and blank rows left out. `errors` maps names of
    fields as they are posted (`title`, `items-0-price`, `items`) to Chinese sentences, in the order of the form.
    `hidden` holds names as `name_of` gives them. `shown` has, by name, what the placeholders of a text, the source of
    a table and a computed value came to; `bounds` the limits in force.
    """

    data: dict[str, Json]
    errors: dict[str, str]
    entries: Entries
    hidden: frozenset[str]
    shown: Mapping[str, Json]
    bounds: Mapping[str, fields.Bounds]


def name_of(component: Component, prefix: str = "") -> str:
    """The name of a component on the page; `prefix` is `items-0-` for what stands in a row."""
    return f"{prefix}{getattr(component, 'key', component.id)}"


def check_answers(
    form: Form,
    entries: Entries,
    *,
    context: Data,
    feel: Evaluate,
    given: Entries | None = None,
    with_words: bool = True,
) -> Answers:
    """What `entries` amount to in a `context` of JSON (process variables, project, today, option lists).

    `given` holds the entries of fields that may be read but not filled in, as `prefill` makes them; whatever is
    posted for these is ignored. Without `with_words` the texts and tables, which are only for the eye, are left out.
    """
    return _Check(form, entries, context=context, feel=feel, given=given or {}).answers(with_words=with_words)


def process_variables(form: Form, data: Data) -> dict[str, Json]:
    """What the process learns from canonical `data`: no long text, no files, no rows; numbers as JSON numbers.

    Every variable the form can set is there, None when it has no answer, so that nothing stays from an earlier round.
    """
    variables: dict[str, Json] = {}
    for part in walk(form.components):
        if isinstance(part, Field) and part.kind not in _NOT_FOR_ENGINE:
            variables[part.key] = fields.to_feel(part, data.get(part.key))
        elif isinstance(part, Computed):
            computed = data.get(part.key)
            variables[part.key] = None if isinstance(computed, list | Mapping) else computed
    return variables


@dataclass
class _Record:
    """The form as a whole, or one row: `view` is what FEEL sees of it, `row` the row's number from 1."""

    view: dict[str, Json]
    blank: bool = False
    row: int | None = None


@dataclass
class _Cell:
    """One component in one record."""

    component: Component
    name: str
    record: _Record
    within: tuple[str, ...]
    entry: Json = None
    rows: list[_Record] = field(default_factory=list)


class _Check:
    def __init__(self, form: Form, entries: Entries, *, context: Data, feel: Evaluate, given: Entries) -> None:
        self.entries = with_given(form, entries, given)
        self.context = context
        self.feel = feel
        self.root = _Record(view={})
        self.cells = list(self._place(form.components, self.root, self.entries, within=(), prefix=""))
        self.hidden: set[str] = set()
        self.shown: dict[str, Json] = {}
        self.evaluated: dict[tuple[str, str], Json] = {}

    def answers(self, *, with_words: bool) -> Answers:
        self._settle()
        visible = [cell for cell in self.cells if cell.name not in self.hidden]
        worded = [cell for cell in visible if with_words and isinstance(cell.component, Text | Table)]
        bounds = {c.name: self._bounds(c, c.component.limits) for c in self.cells if isinstance(c.component, Field)}
        problems = {cell.name: self._problem(cell, bounds) for cell in visible if not cell.record.blank}
        return Answers(
            data=self._data(visible),
            errors={name: problem for name, problem in problems.items() if problem is not None},
            entries=self.entries,
            hidden=frozenset(self.hidden),
            shown=self.shown | {cell.name: self._words(cell) for cell in worded},
            bounds=bounds,
        )

    def _place(
        self,
        components: Sequence[Component],
        record: _Record,
        entries: Data,
        *,
        within: tuple[str, ...],
        prefix: str,
    ) -> Iterator[_Cell]:
        for component in components:
            cell = _Cell(component=component, name=name_of(component, prefix), record=record, within=within)
            yield cell
            inside = (*within, cell.name)
            match component:
                case Field(key=key):
                    cell.entry = entries.get(key)
                case Group(components=parts):
                    yield from self._place(parts, record, entries, within=inside, prefix=prefix)
                case Rows():
                    yield from self._place_rows(cell, component, entries)
                case _:
                    pass

    def _place_rows(self, cell: _Cell, rows: Rows, entries: Data) -> Iterator[_Cell]:
        for index, row in enumerate(entries.get(rows.key) or []):
            record = _Record(view={}, row=index + 1, blank=rows.changeable and is_blank(row))
            cell.rows.append(record)
            yield from self._place(
                rows.components,
                record,
                row,
                within=(*cell.within, cell.name),
                prefix=f"{cell.name}-{index}-",
            )

    # Conditions and sums

    def _settle(self) -> None:
        state: object = None
        for _ in range(MAX_PASSES):
            for cell in self.cells:
                self._evaluate_cell(cell)
            before, state = state, (frozenset(self.hidden), repr(self.shown))
            if state == before:
                return

    def _evaluate_cell(self, cell: _Cell) -> None:
        component = cell.component
        hide = component.hide is not None and self._evaluate(component.hide, cell.record) is True
        hidden = hide or any(name in self.hidden for name in cell.within)
        (self.hidden.add if hidden else self.hidden.discard)(cell.name)
        view = cell.record.view
        match component:
            case Field(key=key):
                view[key] = None if hidden else fields.to_feel(component, self._value(cell, component))
            case Computed(key=key, expression=expression):
                view[key] = None if hidden else _tidy(self._evaluate(expression, cell.record))
                self.shown[cell.name] = view[key]
            case Rows(key=key):
                view[key] = [] if hidden else [record.view for record in cell.rows if not record.blank]
            case _:
                pass

    def _evaluate(self, expression: str, record: _Record) -> Json:
        """What FEEL makes of it; nothing when it fails, as it may while a form is still being filled in."""
        names = {**self.context, **self.root.view, "this": record.view}
        if record.row is not None:
            names |= {"parent": self.root.view, "i": [record.row]}
        # Contexts can be large, and only names that are written in the expression can be used by it.
        context = {name: value for name, value in names.items() if name in expression}
        # The last round of settling asks for nothing new.
        key = expression, repr(context)
        if key not in self.evaluated:
            try:
                self.evaluated[key] = self.feel(expression, context)
            except EngineError:
                self.evaluated[key] = None
        return self.evaluated[key]

    def _words(self, cell: _Cell) -> Json:
        match cell.component:
            case Text(expression=str(expression)):
                return [self._evaluate(expression, cell.record)]
            case Text(text=text):
                return [self._evaluate(expression, cell.record) for expression in placeholders(text)]
            case Table(source=source):
                records = self._evaluate(source, cell.record)
                return [r for r in records if isinstance(r, Mapping)] if isinstance(records, list) else []
        return None

    # Values and limits

    def _value(self, cell: _Cell, component: Field) -> Json:
        try:
            return fields.value(component, cell.entry, context=self.context)
        except fields.NotAccepted:
            return [] if isinstance(cell.entry, list) else None

    def _bounds(self, cell: _Cell, limits: Limits) -> fields.Bounds:

        def bound(limit: Decimal | int | str | None) -> Decimal | None:
            return fields.as_bound(self._evaluate(limit, cell.record) if isinstance(limit, str) else limit)

        shortest, longest = bound(limits.min_length), bound(limits.max_length)
        return fields.Bounds(
            min=bound(limits.min),
            max=bound(limits.max),
            min_length=None if shortest is None else int(shortest),
            max_length=None if longest is None else int(longest),
        )

    def _problem(self, cell: _Cell, bounds: Mapping[str, fields.Bounds]) -> str | None:
        component = cell.component
        if isinstance(component, Rows):
            return _too_few(component, sum(not record.blank for record in cell.rows))
        if not isinstance(component, Field) or component.read_only:
            return None
        try:
            value = fields.value(component, cell.entry, context=self.context)
            fields.check(component, value, bounds=bounds[cell.name], today=self._today())
        except fields.NotAccepted as error:
            return str(error) if cell.record.row is None else f"第 {cell.record.row} 行：{error}"
        return None

    def _today(self) -> date | None:
        today = self.context.get("today")
        return date.fromisoformat(today) if isinstance(today, str) else None

    def _data(self, visible: Sequence[_Cell]) -> dict[str, Json]:
        kept: dict[int, dict[str, Json]] = {id(self.root): {}}
        for cell in visible:
            here = kept[id(cell.record)]
            match cell.component:
                case Field(key=key):
                    here[key] = self._value(cell, cell.component)
                case Computed(key=key):
                    here[key] = self.shown[cell.name]
                case Rows(key=key):
                    for record in cell.rows:
                        kept[id(record)] = {}
                    here[key] = [kept[id(record)] for record in cell.rows if not record.blank]
                case _:
                    pass
        return kept[id(self.root)]


def _too_few(rows: Rows, count: int) -> str | None:
    return f"“{rows.label}”至少填写 {rows.min_rows} 行" if count < rows.min_rows else None


def _tidy(result: Json) -> Json:
    """A computed number with at most six decimals: binary fractions such as 0.30000000000000004 are no amounts."""
    if isinstance(result, bool) or not isinstance(result, int | float):
        return result
    try:
        return decimals.to_json(Decimal(str(result)).quantize(_STEP))
    except InvalidOperation:
        return result
