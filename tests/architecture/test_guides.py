"""The guides for process owners say what the program does: everything it knows is mentioned, every example works."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from lxml import etree

from app.bootstrap import FORMS, PROCESSES
from app.cli import _parser
from app.engine import dialect
from app.engine.decisions import AGGREGATIONS, HIT_POLICIES, parse_decisions
from app.engine.engine import Engine
from app.engine.expressions import Feel, FeelError
from app.engine.lint.files import EXTENSIONS, PROPERTIES
from app.engine.model import Resource
from app.features.calendar import notices as calendar_notices
from app.features.calendar.model import working_calendar, working_dates
from app.features.cases import notices
from app.features.definitions.checks import TASK_ROLES, check, parse_forms
from app.features.definitions.usecases import read_directories
from app.features.documents.model import ACCEPTED_NAMES
from app.features.forms import schema
from app.features.forms.answers import process_variables
from app.features.forms.model import Form, Kind
from app.features.inbox.known import LISTS as KNOWN_LISTS
from app.features.inbox.surroundings import OPTION_LISTS
from app.features.projects.model import OUTCOMES, STAGES, STATUS_LABELS
from app.kernel.clock import ZONE
from app.scenarios import reading
from app.scenarios.ledger_acts import ACTS
from app.scenarios.running import Stage, report
from services.ledger import KINDS
from services.registry import EXTERNAL, TASKS

ROOT = Path(__file__).parents[2]
PROCESS_GUIDE = PROCESSES / "README.md"
FORM_GUIDE = FORMS / "README.md"
NOW = datetime(2026, 10, 12, 9, tzinfo=ZONE)

_FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_EXAMPLE = re.compile(r"(?P<expression>.+?) // (?:\? = (?P<value>.+?) )?→ (?P<expected>.+)")
_VARIABLES = "// 变量："
_FAULT = "出错："


def blocks(guide: Path, language: str) -> list[str]:
    return [text for info, text in _FENCE.findall(guide.read_text(encoding="utf-8")) if info.strip() == language]


def mentioned(guide: Path) -> set[str]:
    """Everything that stands in the guide as code outside its examples, whole and word by word."""
    text = _FENCE.sub("", guide.read_text(encoding="utf-8"))
    spans = re.findall(r"`([^`]+)`", text)
    return {*spans, *(word for span in spans for word in re.findall(r"[\w-]+", span))}


# Everything is there


def decision_ids() -> Iterator[str]:
    for path in sorted((PROCESSES / "decisions").glob("*.dmn")):
        yield from (decision.id for decision in parse_decisions(Resource(path.name, path.read_bytes())))


def period_keys() -> set[str]:
    root = etree.parse(PROCESSES / "decisions" / "periods.dmn").getroot()
    texts = root.xpath("//*[local-name()='inputValues']/*[local-name()='text']/text()")
    return set(re.findall(r'"([^"]+)"', " ".join(map(str, texts))))


def headers_of_checks() -> set[str]:
    """The properties that checks read, beside the ones that the diagrams know by themselves."""
    sources = (path.read_text(encoding="utf-8") for path in (ROOT / "services" / "checks").glob("*.py"))
    return {name for source in sources for name in re.findall(r'headers\.get\("(\w+)"', source)}


def own_functions() -> set[str]:
    """The functions that our rules add to FEEL's, or refuse."""
    rules = (ROOT / "app/assets/src/feelin/rules.js").read_text(encoding="utf-8")
    refused = rules.split("const UNSUPPORTED")[1].split(";")[0]
    return {"working days after(date, n)", "is defined(x)", "get or else(x, y)", *re.findall(r"'([a-z ]+)'", refused)}


def start_variables() -> set[str]:
    source = (ROOT / "app/features/projects/entering.py").read_text(encoding="utf-8")
    return set(re.findall(r'"(\w+)":', source.split("variables = {")[1].split("}")[0]))


@pytest.mark.parametrize(
    ("what", "known"),
    [
        ("services and checks", TASKS.keys() | EXTERNAL),
        ("roles", TASK_ROLES.keys()),
        ("elements", dialect.RUNNABLE | dialect._UNRUNNABLE.keys()),
        ("extensions", EXTENSIONS.keys()),
        ("properties", PROPERTIES | headers_of_checks()),
        ("functions", own_functions()),
        ("hit policies", HIT_POLICIES | AGGREGATIONS),
        ("decisions", set(decision_ids())),
        ("periods", period_keys()),
        ("restrictions", KINDS.keys()),
        ("templates", notices.TEMPLATES.keys() | notices.CODED.keys()),
        ("variables of the start", start_variables()),
        ("scenarios", reading._SCENARIO | reading._START),
        (
            "steps",
            reading._DO
            | reading._CHANGE
            | reading._BESIDE
            | reading._LEDGER
            | reading._ISSUE
            | ACTS.keys()
            | reading._PROCEED
            | reading._ADVANCE,
        ),
        ("expectations", reading._EXPECT | reading._KINDS),
        ("rules that are switched off", json.loads((PROCESSES / ".bpmnlintrc").read_text())["rules"].keys()),
    ],
)
def test_the_process_guide_mentions_all(what: str, known: set[str]) -> None:
    assert known, what
    assert set(known) - mentioned(PROCESS_GUIDE) == set(), what


def test_roles_have_their_chinese_names() -> None:
    text = PROCESS_GUIDE.read_text(encoding="utf-8")
    assert [role for role, name in TASK_ROLES.items() if f"| `{role}` | {name} |" not in text] == []


def test_stages_and_outcomes_are_the_ones_that_diagrams_may_name() -> None:
    text = PROCESS_GUIDE.read_text(encoding="utf-8")
    assert "、".join(STAGES) in text
    assert "、".join(f"`{outcome}` {STATUS_LABELS[outcome]}" for outcome in OUTCOMES) in text


def form_properties() -> set[str]:
    """The custom properties that reading a form looks for."""
    source = Path(schema.__file__).read_text(encoding="utf-8")
    return set(re.findall(r'(?:own|_inside\(item, "properties"\))\.get\("(\w+)"', source))


@pytest.mark.parametrize(
    ("what", "known"),
    [
        ("components", schema._KIND_NAMES.keys() | schema._OTHER_NAMES.keys()),
        ("validations", set().union(*schema._VALIDATIONS.values())),
        ("properties", form_properties()),
        ("lists of organisations", OPTION_LISTS.keys()),
        ("lists of the ledgers", KNOWN_LISTS.keys()),
        ("keys that mean something else", {key for key in schema._TAKEN_KEYS if len(key) > 4}),
    ],
)
def test_the_form_guide_mentions_all(what: str, known: set[str]) -> None:
    assert known, what
    assert set(known) - mentioned(FORM_GUIDE) == set(), what


def test_the_form_guide_names_the_files_that_are_accepted() -> None:
    assert ACCEPTED_NAMES in FORM_GUIDE.read_text(encoding="utf-8")


# Examples work


@dataclass(frozen=True)
class Example:
    """One line of a FEEL block, with the variables given above it. Unary tests have a `value`, as JSON."""

    expression: str
    expected: str
    variables: dict[str, Any]
    value: str | None

    def __str__(self) -> str:
        return self.expression


def examples(guide: Path, language: str) -> Iterator[Example]:
    for block in blocks(guide, language):
        variables: dict[str, Any] = {}
        for line in filter(None, map(str.strip, block.splitlines())):
            if line.startswith(_VARIABLES):
                variables = json.loads(line.removeprefix(_VARIABLES))
                continue
            match = _EXAMPLE.fullmatch(line)
            assert match, f"{guide}: an example without a result: {line}"
            yield Example(match["expression"], match["expected"], variables, match["value"])


@pytest.fixture(scope="module")
def feel() -> Iterator[Feel]:
    evaluator = Feel()
    evaluator.set_working_days(working_dates(working_calendar(calendar_notices.known(at=NOW))))
    yield evaluator
    evaluator.close()


@pytest.mark.parametrize(
    "example", [each for guide in (PROCESS_GUIDE, FORM_GUIDE) for each in examples(guide, "feel")], ids=str
)
def test_an_expression_has_the_result_that_the_guide_says(feel: Feel, example: Example) -> None:
    if example.expected.startswith(_FAULT):
        with pytest.raises(FeelError, match=example.expected.removeprefix(_FAULT)):
            feel.evaluate(example.expression, example.variables, now=NOW, strict=True)
    else:
        found = feel.evaluate(example.expression, example.variables, now=NOW, strict=True)
        assert json.dumps(found) == json.dumps(json.loads(example.expected))
        feel.check(example.expression)


@pytest.mark.parametrize("example", list(examples(PROCESS_GUIDE, "feel unary")), ids=str)
def test_a_cell_passes_what_the_guide_says(feel: Feel, example: Example) -> None:
    value = json.loads(example.value or "")
    if example.expected.startswith(_FAULT):
        with pytest.raises(FeelError, match=example.expected.removeprefix(_FAULT)):
            feel.unary_test(example.expression, value, {}, now=NOW)
    else:
        assert feel.unary_test(example.expression, value, {}, now=NOW) is json.loads(example.expected)


def test_the_diagram_of_the_guide_can_be_deployed(feel: Feel) -> None:
    (text,) = blocks(PROCESS_GUIDE, "xml")
    bundle = [*read_directories(PROCESSES, FORMS), Resource("guide.bpmn", text.encode())]
    definitions = Engine(feel).compile(bundle)
    forms, problems = parse_forms(bundle, check_expression=feel.check)
    problems += check(definitions, form_ids=forms, task_types=TASKS.keys() | EXTERNAL, checks=TASKS.keys())
    assert problems == []
    warnings = [finding.message for finding in definitions.findings if finding.file == "guide.bpmn"]
    assert warnings == ["文件没有图形信息，页面上无法显示流程图；请在建模工具中画出并保存"]


def test_the_scenario_of_the_guide_holds(tmp_path: Path) -> None:
    (text,) = blocks(PROCESS_GUIDE, "yaml")
    path = tmp_path / "guide.yaml"
    path.write_text(text, encoding="utf-8")
    stage = tmp_path / "stage"
    stage.mkdir()
    story = Stage(stage).run(reading.read(path))
    assert not story.problems, report([story])
    assert {line.words for line in story.lines} > {"时间推移", "结果"}
    assert yaml.safe_load(text)["steps"][1]["refused"]


def form_of_the_guide(feel: Feel) -> Form:
    (text,) = blocks(FORM_GUIDE, "json")
    return schema.parse(json.loads(text), check_expression=feel.check)


def test_the_form_of_the_guide_is_accepted(feel: Feel) -> None:
    form = form_of_the_guide(feel)
    kinds = {getattr(component, "kind", None) for component in form.components}
    assert {Kind.RADIO, Kind.NUMBER, Kind.SELECT, Kind.LONG_TEXT, Kind.FILES} <= kinds


def test_what_the_process_learns_from_the_form_of_the_guide(feel: Feel) -> None:
    (said,) = re.findall(r"这张表单给流程的变量：(.+)。", FORM_GUIDE.read_text(encoding="utf-8"))
    assert list(process_variables(form_of_the_guide(feel), {})) == re.findall(r"`(\w+)`", said)


@pytest.mark.parametrize("guide", [PROCESS_GUIDE, FORM_GUIDE], ids=["processes", "forms"])
def test_commands_of_the_guides_exist(guide: Path) -> None:
    commands = [span for span in re.findall(r"`([^`]+)`", guide.read_text(encoding="utf-8")) if "yicheng " in span]
    assert commands
    for command in commands:
        _parser().parse_args(command.split()[1:])


# Links lead somewhere


def anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize(
    "page",
    [ROOT / "README.md", PROCESS_GUIDE, FORM_GUIDE, *sorted((ROOT / "app/decisions").glob("*.md"))],
    ids=lambda page: str(page.relative_to(ROOT)),
)
def test_links_lead_somewhere(page: Path) -> None:
    for link in _LINK.findall(_FENCE.sub("", page.read_text(encoding="utf-8"))):
        if "://" in link:
            continue
        target, _, part = link.partition("#")
        file = (page.parent / target).resolve() if target else page
        assert file.exists(), link
        if part:
            assert part in {anchor(heading) for heading in _HEADING.findall(file.read_text(encoding="utf-8"))}, link
