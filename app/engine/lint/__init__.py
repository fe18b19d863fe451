"""Judges a bundle before it is accepted: what would run wrongly, or not as it looks, is refused by name.

Every finding says, in the words of the person who drew it, which element is meant, what is wrong, and what to draw
instead. Errors keep the bundle from being deployed; warnings are shown and let it pass. What cannot be read or built
at all is reported where it is read and built (app.engine.dialect, app.engine.building), and not again here.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.engine.decisions import Decision
from app.engine.expressions import Feel
from app.engine.lint import activities, events, files, flows, formulas, parallel, tables
from app.engine.lint.draft import Draft, Drawing
from app.engine.model import Finding

__all__ = ["Drawing", "lint"]

RULES = (
    *files.RULES,
    *flows.RULES,
    *events.RULES,
    *activities.RULES,
    *formulas.RULES,
    *parallel.RULES,
    *tables.RULES,
)


def lint(drawings: Sequence[Drawing], decisions: Sequence[Decision], feel: Feel) -> list[Finding]:
    """Everything found in a bundle, errors first, each only once."""
    draft = Draft(drawings, decisions, feel)
    found = dict.fromkeys(finding for rule in RULES for finding in rule(draft))
    return sorted(found, key=lambda finding: finding.severity != "error")
