from __future__ import annotations

import pytest

from app.features.cases.outcome import outcome


@pytest.mark.parametrize(
    ("variables", "status"),
    [
        ({}, "withdrawn"),
        ({"application_route": "superior"}, "withdrawn"),
        ({"next_route": "withdraw"}, "withdrawn"),
        ({"special_case": "refused"}, "rejected"),
        ({"application_result": "rejected"}, "rejected"),
        ({"application_result": "accepted", "precheck_result": "refused"}, "rejected"),
        ({"precheck_result": "passed", "review_conclusion": "fail"}, "rejected"),
        ({"review_conclusion": "pass", "plan_decision": "dropped"}, "rejected"),
        ({"review_conclusion": "pass", "plan_decision": "approved"}, "finished"),
        ({"plan_decision": "approved", "project_sanction": "terminate"}, "terminated"),
        ({"plan_decision": "approved", "project_sanction": "notice"}, "finished"),
    ],
)
def test_how_a_project_ends(variables: dict[str, str], status: str) -> None:
    assert outcome(variables) == status
