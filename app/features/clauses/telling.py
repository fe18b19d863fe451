"""A scenario in words: what its YAML says, step by step, with the names that diagrams and forms give to things."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.engine.model import Definitions, ElementInfo
from app.features.forms.model import Field, Form, find_field, find_rows

_STATUSES: Final = {"running": "办理中", "completed": "已办结", "cancelled": "已取消"}
_AMOUNTS: Final = {
    "estimate": "计划投资",
    "approved": "核定投资",
    "budget": "列入预算",
    "contract": "合同价",
    "paid": "已拨付",
    "settled": "结算",
}
_PAPER: Final = {"number": "文号是", "contains": "文书中写着", "lacks": "文书中没有"}
_LEDGER_ACTS: Final = {
    "restrict": "登记单位限制",
    "lift": "解除单位限制",
    "exempt": "登记限制的例外",
    "register-system": "登记单位系统",
    "report-migration": "报送迁移完成",
    "confirm-migration": "确认迁移完成",
    "set-migration-due": "确定迁移期限",
}
_LISTS: Final = {
    "tasks": "待办任务正好是",
    "open": "待办任务中有",
    "not_open": "待办任务中没有",
    "passed": "经过了",
    "not_passed": "没有经过",
}


@dataclass(frozen=True)
class Told:
    """A step: when, what is done, with which answers, and what must then be true."""

    when: str
    words: str
    answers: tuple[tuple[str, str], ...] = ()
    expected: tuple[str, ...] = ()


class Teller:
    """Tells scenarios in the words of one bundle."""

    def __init__(self, definitions: Definitions, forms: Mapping[str, Form], titles: Mapping[str, str]) -> None:
        """`titles` are those of the kinds of documents."""
        self._definitions = definitions
        self._forms = forms
        self._titles = titles

    def tell(self, content: Mapping[str, Any]) -> list[Told]:
        """The steps in order; the first is the beginning, the last what must be true in the end."""
        others = map(self._other, content.get("others") or ())
        told = [self._start(content.get("start") or {}), *others, *map(self._step, content.get("steps") or ())]
        if expected := self._expected(content.get("expect")):
            told.append(Told("最后", "应当是", (), expected))
        return told

    def _start(self, start: Mapping[str, Any]) -> Told:
        words = f"{start['unit']}登记项目“{start['project']}”" if "project" in start else "开始"
        if start.get("confidential") is True:
            words += "（涉密）"
        if start.get("in_year") is True:
            words += "（年内追加）"
        if start.get("lapsed") == "undecided":
            words += "，管理员还没有登记续用依据"
        return Told(str(start.get("at", "")), words, (), _refused(start.get("refused")))

    def _other(self, other: Mapping[str, Any]) -> Told:
        words = f"另有{other['unit']}登记项目“{other['project']}”"
        if "proceed_to" in other:
            words += f"，按通常的填法办到“{self._name(other['proceed_to'])}”"
        return Told(str(other.get("at", "")), words, self._differing(other))

    def _step(self, step: Mapping[str, Any]) -> Told:
        when = str(step.get("at") or (f"过 {step['after']} 后" if "after" in step else ""))
        expected = (*_refused(step.get("refused")), *self._expected(step.get("expect")))
        expected = (*expected, *(f"{words}：{_shown(step[key])}" for key, words in _PAPER.items() if key in step))
        return Told(when, self._words(step), self._given(step), expected)

    def _words(self, step: Mapping[str, Any]) -> str:
        who = f"{step['as']} " if "as" in step else ""
        tellers: tuple[tuple[str, Callable[[Any], str]], ...] = (
            ("do", lambda element: f"{who}办理“{self._name(element)}”"),
            ("start_beside", lambda process: f"{who}发起“{self._process(process)}”"),
            ("ledger", lambda act: f"{who}在台账{_LEDGER_ACTS.get(act, act)}"),
            ("issue", lambda kind: f"{who}制发“{self._titles.get(kind, kind)}”"),
            ("publish_calendar", lambda year: f"管理员发布{year}年工作日历"),
            ("advance", lambda to: f"时间到 {to}"),
            ("proceed_to", lambda element: self._proceeding(step, f"到“{self._name(element)}”待办为止")),
            ("proceed", lambda _: self._proceeding(step, "到项目办结为止")),
        )
        for key, words in tellers:
            if key in step:
                return words(step[key])
        return "、".join(f"{key} {value}" for key, value in step.items())

    def _proceeding(self, step: Mapping[str, Any], until: str) -> str:
        left = "、".join(f"“{self._name(each)}”" for each in step.get("except") or ())
        return f"各单位按通常的填法依次办理，{until}" + (f"，{left}留着不办" if left else "")

    def _given(self, step: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
        if "do" in step:
            return tuple(self._answers(step["do"], step.get("answers")))
        if "ledger" in step:
            return tuple((str(name), _shown(value)) for name, value in (step.get("with") or {}).items())
        return self._differing(step)

    def _differing(self, step: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
        given = (step.get("with") or {}).items()
        return tuple(pair for each, answers in given for pair in self._answers(each, answers))

    def _answers(self, element_id: str, answers: Mapping[str, Any] | None) -> Iterator[tuple[str, str]]:
        element = self._element(element_id)
        form = self._forms.get(element.form_id or "") if element else None
        for key, value in (answers or {}).items():
            field, rows = (find_field(form, key), find_rows(form, key)) if form else (None, None)
            label = field.label if field else rows.label if rows else key
            yield label, _chosen(field, value) if field else _shown(value)

    def _expected(self, expected: Mapping[str, Any] | None) -> tuple[str, ...]:
        return tuple(sentence for key, value in (expected or {}).items() for sentence in self._sentences(key, value))

    def _sentences(self, key: str, value: Any) -> Iterator[str]:
        if key in _LISTS:
            yield f"{_LISTS[key]}：{'、'.join(f'“{self._name(each)}”' for each in value or ()) or '（无）'}"
        elif key == "amounts":
            yield from (f"{_AMOUNTS.get(kind, kind)}为 {_shown(amount)} 万元" for kind, amount in value.items())
        elif key == "due":
            yield from (f"“{self._name(element)}”的期限到 {at}" for element, at in value.items())
        elif key == "variables":
            yield from (self._variable(str(name), each) for name, each in value.items())
        elif key == "status":
            yield f"状态为{_STATUSES.get(value, value)}"
        elif key == "stage":
            yield f"阶段为“{value}”"
        elif key == "standing":
            yield f"单位限制正好是：{_shown(value)}"
        elif key == "incidents":
            yield f"故障 {value} 个"
        else:
            yield f"{key}：{_shown(value)}"

    def _variable(self, name: str, value: Any) -> str:
        """By the label of the field that fills it in; what no form asks for is known by its name alone."""
        fields = (find_field(form, name) for form in self._forms.values())
        field = next((each for each in fields if each is not None and each.label), None)
        if field is None:
            return f"流程变量 {name} 为 {_shown(value)}"
        return f"“{field.label}”为 {_chosen(field, value)}"

    def _name(self, written: str) -> str:
        element = self._element(written)
        return element.name or written if element else written

    def _process(self, process_id: str) -> str:
        process = self._definitions.processes.get(process_id)
        return process.name if process else process_id

    def _element(self, written: str) -> ElementInfo | None:
        """The element of an id, written with or without its process ("application.declare-scope")."""
        process_id, _, element_id = str(written).rpartition(".")
        processes = self._definitions.processes.values()
        found = (p.elements[element_id] for p in processes if process_id in ("", p.id) and element_id in p.elements)
        return next(found, None)


def _chosen(field: Field, value: Any) -> str:
    """The label of an option, however YAML has read its value; anything else as it is."""
    labels = {option.value: option.label for option in field.options}
    written = {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
    return labels.get(written, _shown(value))


def _refused(words: Any) -> tuple[str, ...]:
    if not words:
        return ()
    listed = words if isinstance(words, list) else [words]
    return (f"应当被拒绝，理由中说到：{'、'.join(map(str, listed))}",)


def _shown(value: Any) -> str:
    if value is None:
        return "（不填）"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(map(_shown, value)) or "（无）"
    if isinstance(value, Mapping):
        return "，".join(f"{key} {_shown(each)}" for key, each in value.items())
    return str(value)
