"""The words of a form: a small part of markdown, with values from FEEL in it, as HTML that cannot be misused.

Headings, **bold**, lists and paragraphs. No links, images or HTML: those come out as the text they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from markupsafe import Markup, escape

from app.features.forms.expressions import fill
from app.features.forms.model import Json, Text
from app.web.forms.reading import words

_BOLD = re.compile(r"\*\*(.+?)\*\*")
_HEADING = re.compile(r"(#{1,3})\s+(.+)")
_BULLET = re.compile(r"[-*]\s+(.+)")
_NUMBER = re.compile(r"(\d{1,4})[.、]\s+(.+)")
# Private characters stand for the values while the text around them is read, so that no value is read as markdown.
_MARK = re.compile("\ue000(\\d+)\ue001")


def render(text: Text, values: Sequence[Json] | None, *, heading: int = 2) -> Markup:
    """The HTML of a text whose placeholders came to `values`; headings begin at `<h{heading}>`.

    Values carry their expression, for the script that keeps them up to date.
    """
    if text.expression is not None:
        value = values[0] if values else None
        return Markup('<p data-feel="{}">{}</p>').format(text.expression, "" if value is None else words(value))
    expressions: list[str] = []

    def mark(expression: str) -> str:
        expressions.append(expression)
        return f"\ue000{len(expressions) - 1}\ue001"

    marked = fill(re.sub("[\ue000\ue001]", "", text.text), mark)
    html = "".join(_blocks(marked.splitlines(), heading))

    def value_of(match: re.Match[str]) -> str:
        number = int(match[1])
        value = values[number] if values and number < len(values) else None
        return str(Markup('<span data-feel="{}">{}</span>').format(expressions[number], words(value)))

    return Markup(_MARK.sub(value_of, html))  # noqa: S704  (every part of it has been escaped)


def _blocks(lines: Sequence[str], heading: int) -> Iterator[str]:
    for kind, group in groupby((line.strip() for line in lines), key=_kind):
        found = list(group)
        match kind:
            case "heading":
                for line in found:
                    match = _HEADING.fullmatch(line)
                    if match:
                        level = min(heading + len(match[1]) - 1, 6)
                        yield f"<h{level}>{_inline(match[2])}</h{level}>"
            case "bullet":
                yield f"<ul>{_items(_BULLET, found)}</ul>"
            case "number":
                first = found[0].partition(".")[0].partition("、")[0]
                yield f'<ol start="{first}">{_items(_NUMBER, found)}</ol>'
            case "text":
                yield f"<p>{'<br>'.join(map(_inline, found))}</p>"


def _kind(line: str) -> str:
    if not line:
        return "blank"
    patterns = (("heading", _HEADING), ("bullet", _BULLET), ("number", _NUMBER))
    return next((name for name, pattern in patterns if pattern.fullmatch(line)), "text")


def _items(pattern: re.Pattern[str], lines: Sequence[str]) -> str:
    matches = (pattern.fullmatch(line) for line in lines)
    return "".join(f"<li>{_inline(match.groups()[-1])}</li>" for match in matches if match)


def _inline(text: str) -> str:
    return _BOLD.sub(r"<strong>\1</strong>", str(escape(text)))
