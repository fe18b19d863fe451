"""Filling in a form as a clerk would: what the story says, else what is usual, else what the page offers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeAlias

from app.features.forms import fields
from app.features.forms.entries import Entries, text_of
from app.features.forms.model import MANY_CHOICES, ONE_CHOICE, Data, Field, Form, Kind, Rows, walk

Attach: TypeAlias = Callable[[str, bytes], Mapping[str, Any]]
"""Uploads a file (name, content) and gives the entry that a field keeps of it."""

_EMAIL, _PHONE = "lianxi@yicheng.gov.cn", "0632-7711234"


class Clerk:
    """Fills in one form. `names` maps short names to what options mean, `attach` uploads a file of a field.

    `evaluate` works out FEEL in answers that begin with "=".
    """

    def __init__(
        self,
        form: Form,
        *,
        context: Data,
        names: Mapping[str, str],
        evaluate: Callable[[str], Any],
        attach: Callable[[Field, Any], Mapping[str, Any]],
    ) -> None:
        self._form = form
        self._context = context
        self._names = names
        self._evaluate = evaluate
        self._attach = attach

    def fill(self, *, offered: Entries, answers: Mapping[str, Any]) -> Entries:
        """The entries for `answers`, on top of what the page offers; required fields left over are made up.

        Raises KeyError with the names of answers that the form has no field for.
        """
        entries: Entries = {}
        known = set()
        for component in walk(self._form.components):
            if isinstance(component, Field):
                known.add(component.key)
                entries[component.key] = self._entry(component, offered.get(component.key), answers)
            elif isinstance(component, Rows):
                known.add(component.key)
                entries[component.key] = self._rows(component, offered.get(component.key) or [], answers)
        if unknown := set(answers) - known:
            raise KeyError(f"表单 {self._form.id} 没有这些字段：{'、'.join(sorted(unknown))}")
        return entries

    def _entry(self, field: Field, offered: Any, answers: Mapping[str, Any]) -> Any:
        if field.key in answers:
            return self._written(field, answers[field.key])
        if offered not in (None, "", [], False) or not field.limits.required:
            return offered
        return self._written(field, self._made_up(field))

    def _rows(self, rows: Rows, offered: list[Entries], answers: Mapping[str, Any]) -> list[Entries]:
        if rows.source is not None:
            return self._given_rows(rows, offered, answers.get(rows.key) or [])
        if rows.key in answers:
            written = answers[rows.key] or []
            return [self._row(rows, {}, row) for row in written]
        filled = [self._row(rows, row, {}) for row in offered]
        missing = rows.min_rows - len(filled)
        return [*filled, *(self._row(rows, {}, {}) for _ in range(missing))]

    def _given_rows(self, rows: Rows, offered: list[Entries], written: list[Mapping[str, Any]]) -> list[Entries]:
        """The rows that a list gives, with what is written of some of them; a row is named by a cell of its.

        Raises KeyError for a row that is not there.
        """
        filled = []
        left = list(written)
        for row in offered:
            said = next((each for each in left if _names(rows, each, row)), {})
            left = [each for each in left if each is not said]
            filled.append(self._row(rows, row, {key: value for key, value in said.items() if key != "row"}))
        if left:
            raise KeyError(f"“{rows.label}”没有这些行：{'、'.join(str(each.get('row')) for each in left)}")
        return filled

    def _row(self, rows: Rows, offered: Entries, answers: Mapping[str, Any]) -> Entries:
        cells = (cell for cell in rows.components if isinstance(cell, Field))
        return {cell.key: self._entry(cell, offered.get(cell.key), answers) for cell in cells}

    def _written(self, field: Field, value: Any) -> Any:
        """An answer as it stands in the field of the page."""
        if isinstance(value, str) and value.startswith("="):
            value = self._evaluate(value)
        if field.kind is Kind.FILES:
            if value in (None, []):
                return []
            return [self._attach(field, each) for each in (value if isinstance(value, list) else [value])]
        if field.kind is Kind.CHECKBOX:
            return value is True or value == "yes"
        if field.kind in MANY_CHOICES:
            return [] if value is None else [self._text(field, each) for each in value]
        return self._text(field, value)

    def _text(self, field: Field, value: Any) -> str:
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, datetime | date):
            return value.isoformat()[:10]
        text = text_of(value) if isinstance(value, int | float | Decimal) else str(value or "")
        return self._names.get(text, text) if field.kind in ONE_CHOICE else text

    def _made_up(self, field: Field) -> Any:
        if field.kind is Kind.NUMBER:
            least = field.limits.min
            return max(least, Decimal(1)) if isinstance(least, Decimal) else 1
        if field.kind in ONE_CHOICE:
            return self._first_option(field)
        if field.kind in MANY_CHOICES:
            return [self._first_option(field)]
        words = {"email": _EMAIL, "phone": _PHONE}.get(field.limits.format or "", field.label[:30])
        return {
            Kind.CHECKBOX: True,
            Kind.FILES: True,
            Kind.DATE: self._context["today"],
            Kind.LONG_TEXT: f"{field.label}：情况属实，已按要求办理。",
        }.get(field.kind, words)

    def _first_option(self, field: Field) -> str:
        options = fields.options(field, self._context)
        return str(options[0].value) if options else ""


def _names(rows: Rows, written: Mapping[str, Any], row: Entries) -> bool:
    """Whether `row` of what is written is what stands in a cell of the row that may only be read."""
    locked = [cell.key for cell in rows.components if isinstance(cell, Field) and cell.read_only]
    return written.get("row") in [row.get(key) for key in locked]
