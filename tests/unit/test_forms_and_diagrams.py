"""The official forms, the diagrams and the decision tables fit together: nothing is asked that nobody reads by name,
and nothing is read that nobody asks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path

import pytest

from app.engine.decisions import Decision, Table, parse_decisions
from app.engine.dialect import Element, Reader, Scope, is_expression
from app.engine.expressions import Feel
from app.engine.model import Resource
from app.engine.parsing import read_diagram
from app.features.forms.answers import process_variables
from app.features.forms.model import ONE_CHOICE, Field, Form, Kind, Rows, walk
from app.features.forms.schema import parse
from app.features.inbox.known import LISTS as KNOWN_LISTS
from app.features.projects.model import AMOUNT_LABELS
from app.kernel.clock import ZONE
from app.scenarios.reading import read, scenario_files
from services.calendar import WorkingCalendar
from services.facts import Facts
from services.registry import EXTERNAL, TASKS

ROOT = Path(__file__).parents[2]
FORM_FILES = sorted((ROOT / "forms").glob("*.form"))
DIAGRAMS = sorted((ROOT / "processes").glob("*.bpmn"))
SCENARIOS = ROOT / "processes" / "scenarios"
TABLES = sorted((ROOT / "processes" / "decisions").glob("*.dmn"))

CHINESE = re.compile(r"[\u4e00-\u9fff]")
# `name = "value"` and `name != "value"` in FEEL, also around `get or else(name, …)`.
COMPARED = re.compile(r'(?:get or else\((\w+),[^)]*\)|\b(\w+))\s*!?=\s*"([^"]*)"')
START_VARIABLES = {"project_code", "project_name", "applicant_name", "round_year", "registered_on", "channel"}
# What a process that is started beside a life cycle begins with besides.
BESIDE_VARIABLES = {"project_stage", *(f"project_{kind}" for kind in AMOUNT_LABELS)}
# What the messages between an annual plan and the projects in it carry.
MESSAGE_VARIABLES = {"plan_code", "plan_batch", "plan_decision", "plan_amount", "plan_rank", "plan_reason"}
# What the service tasks leave behind, besides the variables that their headers name.
TASK_RESULTS = {
    "next-round": {"round_year", "channel"},
    "read-register": {"approved_amount", "project_stage", "supervised"},
    "check-restrictions": {"restricted", "restriction_text"},
    "score-performance": {"performance_score"},
    "record-late-acceptance": {"acceptance_late"},
    "record-failed-acceptance": {"acceptance_failures"},
    "acceptance-deadline": {"acceptance_due", "acceptance_due_last_day", "acceptance_due_provisional"},
    "draw-experts": {
        *("experts_enough", "experts_missing", "experts_absent", "experts_absence"),
        *("experts_drawn", "experts_number"),
    },
    "check-adjustment": {"reviewed_amount", "estimate"},
    "check-experts": {"experts_complete", "experts_absent", "experts_absence"},
    "check-sign-in": {"experts_complete", "experts_absent", "experts_absence"},
    "check-cloud-restriction": {"cloud_barred", "cloud_barred_text"},
    "read-cloud": {"cloud_choices", "cloud_number"},
    "record-cloud": {"cloud_number", "cloud_cpu", "cloud_memory", "cloud_storage"},
    "record-cloud-usage": {
        *("cloud_special", "cloud_special_text"),
        *("cloud_reported_cpu", "cloud_reported_memory", "cloud_reported_storage"),
    },
    "judge-cloud-waste": {"cloud_wasted"},
}
# What every form is shown with, besides the variables of its case; the last three in the rows of a table.
FORM_CONTEXT = {"project", "today", "this", "parent", "i"}

feel = Feel()


@cache
def schema(form_id: str) -> dict:
    return json.loads((ROOT / "forms" / f"{form_id}.form").read_text(encoding="utf-8"))


@cache
def form(form_id: str) -> Form:
    return parse(schema(form_id), check_expression=feel.check)


def components(form_id: str) -> Iterator[dict]:
    """Every component as it is written in the file, with those inside groups and rows."""
    pending = list(schema(form_id)["components"])
    while pending:
        component = pending.pop(0)
        yield component
        pending = component.get("components", []) + pending


@cache
def processes() -> tuple[Scope, ...]:
    found = []
    for path in DIAGRAMS:
        reader = Reader(read_diagram(Resource(path.name, path.read_bytes())), path.name)
        found += reader.processes()
        assert not reader.findings
    return tuple(found)


def elements() -> Iterator[Element]:
    for process in processes():
        yield from (element for element, _ in process.all_elements())


def user_tasks() -> list[Element]:
    return [element for element in elements() if element.type == "userTask"]


@cache
def decisions() -> tuple[Decision, ...]:
    return tuple(d for path in TABLES for d in parse_decisions(Resource(path.name, path.read_bytes())))


@cache
def options() -> dict[str, set[str]]:
    """The values that the choices of all forms can give, by variable."""
    given: dict[str, set[str]] = {}
    for path in FORM_FILES:
        for part in walk(form(path.stem).components):
            if isinstance(part, Field) and part.options:
                given.setdefault(part.key, set()).update(str(option.value) for option in part.options)
    return given


@cache
def results() -> dict[str, set[str]]:
    """The texts that decision tables can give, by the variable that receives them."""
    tables = {decision.id: decision.logic for decision in decisions() if isinstance(decision.logic, Table)}
    given: dict[str, set[str]] = {}
    for element in elements():
        if element.decision in tables and element.result:
            cells = " ".join(
                [
                    *(cell for rule in tables[element.decision].rules for cell in rule.results),
                    *(output.default or "" for output in tables[element.decision].outputs),
                ]
            )
            given.setdefault(element.result, set()).update(re.findall(r'"([^"]*)"', cells))
    return given


def expressions() -> Iterator[tuple[str, str]]:
    """Every FEEL expression of the diagrams that reads variables of the case, with where it stands."""
    for process in processes():
        for scope in [process, *(e.content for e, _ in process.all_elements() if e.content)]:
            yield from ((flow.id, flow.condition) for flow in scope.flows if flow.condition)
    for element in elements():
        texts = [element.due, element.remind, element.priority, element.script]
        texts += [mapping.source for mapping in element.inputs]
        if element.trigger:
            texts.append(element.trigger.expression)
        yield from ((element.id, text) for text in texts if text and is_expression(text))


def written() -> set[str]:
    """The variables that something in the diagrams gives a value."""
    names = START_VARIABLES | BESIDE_VARIABLES | MESSAGE_VARIABLES
    for element in elements():
        if element.form_id:
            names |= set(process_variables(form(element.form_id), {}))
        if element.result:
            names.add(element.result)
        names |= TASK_RESULTS.get(element.task_type or "", set())
        names |= TASK_RESULTS.get(element.properties.get("check", ""), set())
        if deadline := element.headers.get("result"):
            names |= {deadline, f"{deadline}_last_day", f"{deadline}_provisional"}
        names |= {mapping.target for mapping in element.outputs}
    return names


def test_there_are_forms_diagrams_and_tables() -> None:
    assert len(FORM_FILES) > 60
    assert len(DIAGRAMS) > 10
    assert TABLES


@pytest.mark.parametrize("path", FORM_FILES, ids=lambda path: path.stem)
def test_form_is_one_that_the_system_and_the_modeler_can_use(path: Path) -> None:
    written_schema = schema(path.stem)
    assert form(path.stem).id == path.stem
    assert written_schema["schemaVersion"] == 19
    assert written_schema["type"] == "default"
    assert written_schema["executionPlatform"] == "Camunda Cloud"
    ids = [component["id"] for component in components(path.stem)]
    assert len(ids) == len(set(ids))
    # Printed so that a change made in the modeler shows as a small difference, and can be read without it.
    assert path.read_text(encoding="utf-8") == json.dumps(written_schema, ensure_ascii=False, indent=2) + "\n"


@pytest.mark.parametrize("path", FORM_FILES, ids=lambda path: path.stem)
def test_form_speaks_chinese(path: Path) -> None:
    for component in components(path.stem):
        names = ("label", "dateLabel", "description", "text")
        words = [component[name] for name in names if name in component]
        words += [option["label"] for option in component.get("values", [])]
        words += [component.get("validate", {}).get("patternErrorMessage", "中")]
        for word in words:
            assert CHINESE.search(word), word


@pytest.mark.parametrize("path", FORM_FILES, ids=lambda path: path.stem)
def test_form_opens_with_what_the_step_is_and_where_it_stands_in_the_regulation(path: Path) -> None:
    opening = schema(path.stem)["components"][0]
    assert opening["type"] == "text"
    assert re.search(r"细则|附件", opening["text"]), opening["text"]


def test_every_task_has_its_form_and_every_form_its_task() -> None:
    assert {element.form_id for element in user_tasks()} == {path.stem for path in FORM_FILES}


def test_forms_cite_only_clauses_that_the_diagrams_carry_out() -> None:
    cited = {
        clause
        for path in FORM_FILES
        for component in components(path.stem)
        for clause in component.get("properties", {}).get("clause", "").split()
    }
    drawn = {clause for element in elements() for clause in element.clauses}
    assert cited - drawn == set()


def test_every_clause_that_is_drawn_is_played_in_a_scenario() -> None:
    drawn = {clause for element in elements() for clause in element.clauses}
    played = {clause for path in scenario_files(SCENARIOS) for clause in read(path).clauses}
    assert drawn - played == set()


def test_what_diagrams_read_is_written_by_somebody() -> None:
    known = written()
    unknown = {where: names for where, text in expressions() if (names := feel.names_in(text) - known)}
    assert unknown == {}


def test_what_decisions_read_is_written_by_somebody() -> None:
    own_inputs = {mapping.target for element in elements() if element.decision for mapping in element.inputs}
    # Services ask these with arguments of their own (`key`, `as_of`), by way of `Facts.decide`.
    called = {element.decision for element in elements() if element.decision}
    variables = {decision.id: decision.variable for decision in decisions()}
    unknown = {}
    for decision in decisions():
        if decision.id not in called:
            continue
        texts = (
            [decision.logic]
            if isinstance(decision.logic, str)
            else [column.expression for column in decision.logic.inputs]
        )
        read = {name for text in texts for name in feel.names_in(text)}
        read -= {variables[required] for required in decision.requires}
        if missing := read - written() - own_inputs:
            unknown[decision.id] = missing
    assert unknown == {}


def test_values_that_diagrams_compare_can_be_chosen() -> None:
    impossible = []
    compared = 0
    for where, text in expressions():
        for wrapped, plain, value in COMPARED.findall(text):
            name = wrapped or plain
            possible = options().get(name) or results().get(name)
            if possible is not None:
                compared += 1
                if value not in possible:
                    impossible.append((where, name, value))
    assert impossible == []
    assert compared > 30


def test_values_that_tables_test_can_be_chosen() -> None:
    impossible = []
    for decision in decisions():
        if isinstance(decision.logic, str):
            continue
        for number, column in enumerate(decision.logic.inputs):
            possible = options().get(column.expression)
            if possible is None:
                continue
            for rule in decision.logic.rules:
                impossible += [
                    (decision.id, column.expression, value)
                    for value in re.findall(r'"([^"]*)"', rule.tests[number])
                    if value not in possible
                ]
    assert impossible == []


def test_what_texts_and_conditions_of_forms_read_is_written_by_somebody() -> None:
    from app.features.forms.expressions import expressions as in_form

    known = written() | FORM_CONTEXT | KNOWN_LISTS.keys()
    unknown = set()
    for path in FORM_FILES:
        own = {part.key for part in walk(form(path.stem).components) if isinstance(part, Field | Rows)}
        for where, text in in_form(form(path.stem)):
            unknown |= {(path.stem, where, name) for name in feel.names_in(text) - known - own}
    assert unknown == set()


def test_choices_of_organisations_come_from_the_lists_that_pages_supply() -> None:
    lists = {c["valuesKey"] for path in FORM_FILES for c in components(path.stem) if "valuesKey" in c}
    assert lists - written() == {
        *("consultants", "review_agencies", "contractors", "supervisors", "test_agencies", "cloud_providers"),
    }


def test_task_types_exist() -> None:
    types = {e.task_type for e in elements() if e.task_type} | {
        e.properties["check"] for e in user_tasks() if "check" in e.properties
    }
    assert types - set(TASKS) - EXTERNAL == set()


@pytest.mark.parametrize("answer", [None, "yes", "no", "problem", "unqualified", "pass", "passed", "complete", "clean"])
def test_findings_of_checks_point_at_fields_of_the_form(answer: str | None) -> None:
    """Whatever is answered, a clerk must be led to the field that the message is about."""
    facts = Facts(
        now=datetime(2026, 3, 2, 9, 0, tzinfo=ZONE),
        calendar=WorkingCalendar(),
        decide=lambda _decision, _inputs: {"kind": "months", "value": 3},
    )
    lost = set()
    for task in user_tasks():
        if "check" not in task.properties:
            continue
        keys = {part.key for part in walk(form(task.form_id or "").components) if isinstance(part, Field | Rows)}
        answers = {} if answer is None else dict.fromkeys(keys, answer)
        findings = TASKS[task.properties["check"]](answers, task.properties, facts).findings
        lost |= {(task.id, found.field) for found in findings if found.field and found.field not in keys}
    assert lost == set()


def test_money_is_exact_and_named_in_ten_thousand_yuan() -> None:
    for path in FORM_FILES:
        for component in components(path.stem):
            if component.get("appearance", {}).get("suffixAdorner") == "万元":
                assert component["type"] == "number"
                assert component["decimalDigits"] == 6
                assert component["serializeToString"] is True
                assert component["validate"]["min"] >= 0


def test_decisions_are_asked_anew_every_time() -> None:
    """A choice that a gateway reads must not stand ticked from an earlier round when the task comes again."""
    read = {name for where, text in expressions() for name in feel.names_in(text)}
    stale = set()
    for path in FORM_FILES:
        for component in components(path.stem):
            result = re.search(
                r"_(result|decision|review|approval|verification|conclusion|countersign)$", component.get("key", "")
            )
            decides = component["type"] == "radio" and component.get("key") in read and result
            if decides and not component.get("readonly") and component.get("properties", {}).get("fresh") != "true":
                stale.add((path.stem, component["key"]))
    assert stale == set()


def test_files_are_of_kinds_that_are_accepted() -> None:
    accepted = {".pdf", ".doc", ".docx", ".xls", ".xlsx", ".wps", ".et", ".ofd", ".jpg", ".png", ".zip"}
    for path in FORM_FILES:
        for part in walk(form(path.stem).components):
            if isinstance(part, Field) and part.kind is Kind.FILES:
                assert part.accept
                assert set(part.accept) <= accepted


@pytest.mark.parametrize("form_id", [path.stem for path in FORM_FILES])
def test_a_form_that_asks_for_a_decision_says_which_it_is(form_id: str) -> None:
    """Otherwise the record of a case would not tell whether something was returned."""
    fields = [part for part in walk(form(form_id).components) if isinstance(part, Field)]
    decisions = [field for field in fields if field.fresh and field.kind in ONE_CHOICE]
    outcomes = [field for field in fields if field.outcome]
    assert bool(outcomes) == bool(decisions)
    assert len({field.options for field in outcomes}) <= 1
