"""Reading scenarios from YAML. What is not understood is refused, so that no expectation is silently ignored."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, TypeVar

import yaml

from app.kernel.clock import local
from app.scenarios.ledger_acts import ACTS
from app.scenarios.model import (
    CANDIDATE,
    Advance,
    ChangeTable,
    Do,
    Expectation,
    Issue,
    Ledger,
    Other,
    Proceed,
    PublishCalendar,
    Scenario,
    ScenarioUnclear,
    Start,
    StartBeside,
    Step,
)
from app.scenarios.moments import is_stretch, moment
from services.amounts import amount

_T = TypeVar("_T")
_SCENARIO = {"name", "clauses", "start", "others", "steps", "expect"}
_OTHER = {"at", "unit", "project", "round_year", "proceed_to", "with"}
_START = {"at", "unit", "project", "round_year", "confidential", "in_year", "registered", "lapsed", "refused"}
_DO = {"do", "answers", "at", "after", "as", "refused", "expect"}
_LEDGER = {"ledger", "with", "at", "after", "as", "refused", "expect"}
_ISSUE = {"issue", "at", "after", "as", "refused", "number", "contains", "lacks", "expect"}
_BESIDE = {"start_beside", "at", "after", "as", "refused", "expect"}
_PROCEED = {"proceed_to", "proceed", "with", "except", "expect"}
_ADVANCE = {"advance", "expect"}
_CHANGE = {"change_table", "since", "where", "values", "at", "expect"}
_PUBLISH = {"publish_calendar", "days_off", "make_up", "at", "expect"}
_EXPECT = {
    "tasks",
    "open",
    "not_open",
    "stage",
    "status",
    "passed",
    "not_passed",
    "variables",
    "amounts",
    "due",
    "incidents",
    "standing",
    "told",
}
_KINDS = {"estimate", "approved", "budget", "contract", "paid", "settled"}


def scenario_files(directory: Path) -> list[Path]:
    return sorted(directory.glob("*.yaml"))


def read(path: Path) -> Scenario:
    """Raises ScenarioUnclear."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        return _scenario(path, content)
    except (yaml.YAMLError, ValueError, KeyError, TypeError) as error:
        raise _unclear(path, error) from error


def read_many(path: Path) -> list[Scenario]:
    """A file that lists several scenarios. Raises ScenarioUnclear."""
    try:
        contents = yaml.safe_load(path.read_text(encoding="utf-8"))
        return [_scenario(path, content) for content in contents]
    except (yaml.YAMLError, ValueError, KeyError, TypeError) as error:
        raise _unclear(path, error) from error


def read_usual(directory: Path) -> dict[str, dict[str, Any]]:
    """The usual answers by form id, from one file a form."""
    usual: dict[str, dict[str, Any]] = {}
    for path in sorted(directory.glob("*.yaml")):
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        if not isinstance(content, dict):
            raise ScenarioUnclear(f"{path.name}：应是“字段: 值”的列表。")
        usual[path.stem] = content
    return usual


def _unclear(path: Path, error: Exception) -> ScenarioUnclear:
    reason = f"缺少 {error}" if isinstance(error, KeyError) else str(error)
    return ScenarioUnclear(f"{path.name}：{reason}")


def _scenario(path: Path, content: Any) -> Scenario:
    given = _mapping(content, _SCENARIO, "场景")
    return Scenario(
        path=path,
        name=str(given["name"]),
        clauses=tuple(str(clause) for clause in given.get("clauses") or ()),
        start=_start(given["start"]),
        steps=tuple(_numbered(given.get("steps") or (), _step)),
        expect=_expectation(given.get("expect") or {}),
        others=tuple(_numbered(given.get("others") or (), _other, what="others 第{}个")),
    )


def _other(content: Any) -> Other:
    given = _mapping(content, _OTHER, "others")
    start = {key: value for key, value in given.items() if key in _START}
    return Other(_start(start), str(given.get("proceed_to", CANDIDATE)), given.get("with") or {})


def _start(content: Any) -> Start:
    given = _mapping(content, _START, "start")
    lapsed = given.get("lapsed", "decided")
    if lapsed not in ("decided", "undecided"):
        raise ValueError(f"start 的 lapsed 应为 decided 或 undecided：{lapsed}")
    return Start(
        at=moment(given["at"]),
        unit=str(given["unit"]),
        project=str(given["project"]),
        round_year=given.get("round_year"),
        confidential=given.get("confidential") is True,
        in_year=given.get("in_year") is True,
        registered=given.get("registered") is True,
        continued=lapsed == "decided",
        refused=_words(given.get("refused")),
    )


def _step(content: Any) -> Step:
    reader = next((_READERS[key] for key in _READERS if key in content), None) if isinstance(content, dict) else None
    if reader is None:
        raise ValueError(f"步骤应以 {'、'.join(_READERS)} 开头：{content}")
    expect = _expectation(content["expect"]) if content.get("expect") is not None else None
    return reader(content, expect)


def _do(content: Any, expect: Expectation | None) -> Do:
    given = _mapping(content, _DO, "do")
    return Do(str(given["do"]), given.get("answers") or {}, **_who_and_when(given), expect=expect)


def _start_beside(content: Any, expect: Expectation | None) -> StartBeside:
    given = _mapping(content, _BESIDE, "start_beside")
    return StartBeside(str(given["start_beside"]), **_who_and_when(given), expect=expect)


def _advance(content: Any, expect: Expectation | None) -> Advance:
    to = _mapping(content, _ADVANCE, "advance")["advance"]
    return Advance(str(to) if is_stretch(to) else moment(to), expect)


def _proceed(content: Any, expect: Expectation | None) -> Proceed:
    given = _mapping(content, _PROCEED, "proceed")
    if "proceed" in given and given["proceed"] is not True:
        raise ValueError(f"proceed 应为 true：{given['proceed']}")
    until = str(given["proceed_to"]) if "proceed_to" in given else None
    return Proceed(until, given.get("with") or {}, frozenset(given.get("except") or ()), expect)


def _who_and_when(given: Mapping[str, Any]) -> dict[str, Any]:
    """What every act of a person may say: who does it, when, and in what words it must be refused."""
    return {
        "at": moment(given["at"]) if "at" in given else None,
        "after": str(given["after"]) if "after" in given else None,
        "who": str(given["as"]) if "as" in given else None,
        "refused": _words(given.get("refused")),
    }


def _publish_calendar(content: Any, expect: Expectation | None) -> PublishCalendar:
    given = _mapping(content, _PUBLISH, "publish_calendar")
    return PublishCalendar(
        year=int(given["publish_calendar"]),
        off=_days(given["days_off"]),
        make_up=_days(given.get("make_up") or ()),
        at=moment(given["at"]) if "at" in given else None,
        expect=expect,
    )


def _change_table(content: Any, expect: Expectation | None) -> ChangeTable:
    given = _mapping(content, _CHANGE, "change_table")
    return ChangeTable(
        decision=str(given["change_table"]),
        since=local(moment(given["since"])).date(),
        values={str(name): str(cell) for name, cell in given["values"].items()},
        where={str(name): str(cell) for name, cell in (given.get("where") or {}).items()},
        at=moment(given["at"]) if "at" in given else None,
        expect=expect,
    )


def _ledger(content: Any, expect: Expectation | None) -> Ledger:
    given = _mapping(content, _LEDGER, "ledger")
    act = str(given["ledger"])
    if act not in ACTS:
        raise ValueError(f"台账里没有这种办理：{act}；有 {'、'.join(ACTS)}")
    return Ledger(
        act=act,
        said=given.get("with") or {},
        **_who_and_when(given),
        expect=expect,
    )


def _issue(content: Any, expect: Expectation | None) -> Issue:
    given = _mapping(content, _ISSUE, "issue")
    return Issue(
        kind=str(given["issue"]),
        **_who_and_when(given),
        number=given.get("number"),
        contains=_words(given.get("contains")),
        lacks=_words(given.get("lacks")),
        expect=expect,
    )


_READERS: Final[Mapping[str, Callable[[Any, Expectation | None], Step]]] = {
    "do": _do,
    "start_beside": _start_beside,
    "ledger": _ledger,
    "issue": _issue,
    "publish_calendar": _publish_calendar,
    "change_table": _change_table,
    "advance": _advance,
    "proceed_to": _proceed,
    "proceed": _proceed,
}
"""What reads a step, by the key it begins with."""


def _expectation(content: Any) -> Expectation:
    given = _mapping(content, _EXPECT, "expect")
    unknown = set(given.get("amounts") or {}) - _KINDS
    if unknown:
        raise ValueError(f"没有这种金额：{'、'.join(sorted(unknown))}")
    return Expectation(
        tasks=frozenset(given["tasks"]) if given.get("tasks") is not None else None,
        open=frozenset(given.get("open") or ()),
        closed=frozenset(given.get("not_open") or ()),
        stage=given.get("stage"),
        status=given.get("status"),
        passed=frozenset(given.get("passed") or ()),
        not_passed=frozenset(given.get("not_passed") or ()),
        variables=given.get("variables") or {},
        amounts={kind: _amount(value) for kind, value in (given.get("amounts") or {}).items()},
        due={element: moment(at) for element, at in (given.get("due") or {}).items()},
        incidents=given.get("incidents"),
        standing=_words(given["standing"]) if "standing" in given else None,
        told={named: _words(words) for named, words in (given.get("told") or {}).items()},
    )


def _days(content: Any) -> tuple[date, ...]:
    return tuple(local(moment(day)).date() for day in content)


def _amount(value: Any) -> Decimal | None:
    return None if value is None else amount(value)


def _words(content: Any) -> tuple[str, ...]:
    if content is None:
        return ()
    return tuple(str(word) for word in content) if isinstance(content, list) else (str(content),)


def _numbered(contents: Iterable[Any], reader: Callable[[Any], _T], *, what: str = "第{}步") -> Iterable[_T]:
    for number, content in enumerate(contents, start=1):
        try:
            yield reader(content)
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{what.format(number)}：{error}") from error


def _mapping(content: Any, known: set[str], where: str) -> Mapping[str, Any]:
    if not isinstance(content, dict):
        raise TypeError(f"{where} 应是“键: 值”的形式：{content}")
    if unknown := sorted(str(key) for key in content if key not in known):
        raise ValueError(f"{where} 中有不认识的键：{'、'.join(unknown)}")
    return content
