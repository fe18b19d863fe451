"""What the bureau finds on accepting an application leaves only the results that follow from it (3.1-5 3.1-10)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from services.facts import Facts
from services.registry import TASKS

FOUND = {"negative_found": "hit", "negative_found_items": ["website"]}
GRANTED = {"special_case": "granted", "negative_items": ["website", "office_system"]}
COMPLEX = {"negative_found": "none", "complex_found": "yes"}


@pytest.mark.parametrize(
    ("answers", "result", "allowed"),
    [
        ({"negative_found": "none"}, "accepted", True),
        ({"negative_found": "none"}, "special", False),
        (FOUND, "accepted", False),
        (FOUND | {"split_finding": "split"}, "split", False),
        (FOUND, "special", True),
        (FOUND, "returned", True),
        (FOUND, "rejected", True),
        (FOUND | GRANTED, "accepted", True),
        (FOUND | GRANTED, "special", False),
        (FOUND | {"negative_items": ["website"]}, "accepted", False),
        (FOUND | {"special_case": "refused", "negative_items": ["website"]}, "accepted", False),
        (
            {"negative_found": "hit", "negative_found_items": ["website", "command_dispatch"]} | GRANTED,
            "accepted",
            False,
        ),
        (COMPLEX, "accepted", False),
        (COMPLEX, "complex", True),
        (COMPLEX | {"consultant_required": True}, "accepted", True),
        (COMPLEX | {"consultant_required": True}, "complex", False),
        ({"complex_found": "no"}, "complex", False),
    ],
)
def test_the_result_follows_from_what_was_found(
    facts: Callable[..., Facts], answers: dict[str, Any], result: str, allowed: bool
) -> None:
    outcome = TASKS["check-intake"]({**answers, "application_result": result}, {}, facts())
    assert outcome.refused is not allowed
    assert {finding.field for finding in outcome.findings if finding.blocking} == (
        set() if allowed else {"application_result"}
    )


def test_what_is_found_complex_needs_a_consultant_from_then_on(facts: Callable[..., Facts]) -> None:
    outcome = TASKS["check-intake"](COMPLEX | {"application_result": "complex"}, {}, facts())
    assert outcome.variables == {"consultant_required": True}


def test_a_special_case_covers_the_kinds_that_were_found(facts: Callable[..., Facts]) -> None:
    check = TASKS["check-special-case"]
    assert check(FOUND | {"special_case": "granted"}, {}, facts()).variables == {"negative_items": ["website"]}
    assert check(FOUND | {"special_case": "refused"}, {}, facts()).variables == {}
    assert check({"special_case": "granted"}, {}, facts()).refused
