from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from services.checks.materials import COMPONENTS, OUTLINE, PROCESS_DOCUMENTS, Composition, required
from services.facts import Facts
from services.registry import TASKS

FILE = [{"id": "a1", "name": "材料.pdf", "size": 900}]


def complete(*components: str, **more: object) -> dict:
    """An application for acceptance with every document that its components need."""
    documents = [*OUTLINE, *(document for name in components for document in PROCESS_DOCUMENTS[name])]
    return {
        "components": list(components),
        "largest_software": "99.999999",
        "fiscal_funding": 90,
        "self_funding": "8.5",
        "funding_total": "98.5",
        **{document.key: FILE for document in documents},
        **more,
    }


def fields(check: str, answers: dict, facts: Facts) -> list[str | None]:
    return [finding.field for finding in TASKS[check](answers, {}, facts).findings]


@pytest.mark.parametrize("component", COMPONENTS)
def test_each_kind_of_project_has_its_own_list(facts: Callable[..., Facts], component: str) -> None:
    answers = complete(component)
    assert fields("check-acceptance-materials", answers, facts()) == []
    for document in (*OUTLINE, *PROCESS_DOCUMENTS[component]):
        (finding,) = TASKS["check-acceptance-materials"]({**answers, document.key: []}, {}, facts()).findings
        assert finding.field == document.key
        assert document.title in finding.message
        assert document.clause in finding.message


@pytest.mark.parametrize(
    ("circumstance", "field"),
    [
        ({"largest_software": "100"}, "software_outline_design"),
        ({"third_party_test": "yes"}, "software_third_party_test"),
    ],
)
def test_circumstances_add_documents(facts: Callable[..., Facts], circumstance: dict, field: str) -> None:
    assert fields("check-acceptance-materials", complete("software", **circumstance), facts()) == [field]
    assert fields("check-acceptance-materials", complete("software", **circumstance, **{field: FILE}), facts()) == []


def test_whoever_has_a_supervisor_hands_in_his_opinion(facts: Callable[..., Facts]) -> None:
    watched = replace(facts(), parties={"supervisor": "org-1"})
    answers = complete("hardware")
    assert fields("check-acceptance-materials", answers, watched) == ["material_supervision"]
    assert fields("check-acceptance-materials", {**answers, "material_supervision": FILE}, watched) == []


def test_software_documents_are_not_asked_of_hardware() -> None:
    listed = {document.key for document in required(Composition(frozenset({"hardware"}), large_software=True))}
    assert not any(key.startswith("software") for key in listed)


def test_the_value_of_the_largest_software_is_asked_of_software_only(facts: Callable[..., Facts]) -> None:
    unknown = {"largest_software": None}
    assert fields("check-acceptance-materials", complete("software", **unknown), facts()) == ["largest_software"]
    assert fields("check-acceptance-materials", complete("hardware", **unknown), facts()) == []


def test_a_project_consists_of_something(facts: Callable[..., Facts]) -> None:
    assert fields("check-acceptance-materials", complete(), facts()) == ["components"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"funding_total": 98}, "funding_total"),
        ({"fiscal_funding": None}, "fiscal_funding"),
        ({"self_funding": "x"}, "funding_total"),
    ],
)
def test_the_sums_of_the_application_agree(facts: Callable[..., Facts], change: dict, field: str) -> None:
    (finding,) = TASKS["check-acceptance-materials"](complete("software", **change), {}, facts()).findings
    assert (finding.field, finding.clause) == (field, "附4-7")


def test_all_six_conditions_open_the_acceptance(facts: Callable[..., Facts]) -> None:
    answers = {"completeness_result": "complete", **{f"condition_{n}": "yes" for n in range(1, 7)}}
    assert fields("check-conditions", answers, facts()) == []
    for n in range(1, 7):
        assert fields("check-conditions", {**answers, f"condition_{n}": "no"}, facts()) == [f"condition_{n}"]
    returned = {**answers, "condition_3": "no", "completeness_result": "returned"}
    assert fields("check-conditions", returned, facts()) == []


FINAL = {
    "preliminary_on": "2026-02-27",
    "final_on": "2026-03-02",
    **{f"content_{n}": "qualified" for n in range(1, 6)},
    "parameters_match": "yes",
    "catalogue_registered": "yes",
    "final_result": "pass",
}


@pytest.mark.parametrize("veto", ["parameters_match", "catalogue_registered"])
def test_either_veto_stops_a_pass_but_not_a_failure(facts: Callable[..., Facts], veto: str) -> None:
    assert fields("check-final", FINAL, facts()) == []
    (finding,) = TASKS["check-final"]({**FINAL, veto: "no"}, {}, facts()).findings
    assert (finding.clause, finding.field, finding.blocking) == ("3.4-6", "final_result", True)
    assert fields("check-final", {**FINAL, veto: "no", "final_result": "fail"}, facts()) == []


@pytest.mark.parametrize("day", ["2026-02-26", "2026-03-03", None])
def test_acceptance_is_held_after_the_preliminary_one_and_before_it_is_entered(
    facts: Callable[..., Facts], day: str | None
) -> None:
    assert fields("check-final", {**FINAL, "final_on": day}, facts()) == ["final_on"]


def test_all_five_items_are_recorded(facts: Callable[..., Facts]) -> None:
    for n in range(1, 6):
        assert fields("check-final", {**FINAL, f"content_{n}": ""}, facts()) == [f"content_{n}"]


def test_no_pass_while_an_item_is_unqualified(facts: Callable[..., Facts]) -> None:
    answers = {**FINAL, "content_3": "unqualified"}
    assert fields("check-final", answers, facts()) == ["final_result"]
    assert fields("check-final", {**answers, "final_result": "fail"}, facts()) == []
