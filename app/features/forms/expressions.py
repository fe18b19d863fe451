"""The FEEL inside a form: where it stands, and texts that have it between double braces."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from app.features.forms.model import Component, Computed, Field, Form, Rows, Table, Text, title_of, walk

_PLACEHOLDER = re.compile(r"\{\{(.+?)\}\}", re.DOTALL)


def fill(template: str, replace: Callable[[str], str]) -> str:
    """The template with each `{{expression}}` replaced by `replace(expression)`."""
    return _PLACEHOLDER.sub(lambda match: replace(match[1].strip()), template)


def placeholders(template: str) -> list[str]:
    return [match.strip() for match in _PLACEHOLDER.findall(template)]


def expressions(form: Form, *, words: bool = True) -> Iterator[tuple[str, str]]:
    """Every expression of the form, after the Chinese words that say where it stands.

    Without `words` those of texts and tables, which are only for the eye, are left out.
    """
    for component in walk(form.components):
        if not words and isinstance(component, Text | Table):
            continue
        yield from _own_expressions(component)
        for cell in component.components if isinstance(component, Rows) else ():
            yield from _own_expressions(cell)


def _own_expressions(component: Component) -> Iterator[tuple[str, str]]:
    name = f"“{title_of(component)}”"
    if component.hide is not None:
        yield f"{name}的隐藏条件", component.hide
    if isinstance(component, Field | Rows) and component.prefill is not None:
        yield f"{name}预先填写的内容", component.prefill
    match component:
        case Text(expression=str(expression)):
            yield f"{name}的内容", expression
        case Text(text=text):
            yield from ((f"{name}中的表达式", expression) for expression in placeholders(text))
        case Computed(expression=expression):
            yield f"{name}的算式", expression
        case Table(source=source):
            yield f"{name}的数据来源", source
        case Field(limits=limits):
            for bound in (limits.min, limits.max, limits.min_length, limits.max_length):
                if isinstance(bound, str):
                    yield f"{name}的限值", bound
        case _:
            pass
