"""Reading `.form` files: form-js JSON becomes a `Form`, or is refused with everything that is wrong with it.

Only what this system renders, checks and prints faithfully is accepted, so that a form never behaves differently in
use than in the editor's preview.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeAlias

from app.features.forms import expressions, patterns
from app.features.forms.model import (
    MANY_CHOICES,
    ONE_CHOICE,
    Component,
    Computed,
    Field,
    Form,
    FormInvalid,
    Group,
    Json,
    Kind,
    Limits,
    Option,
    Placement,
    Rows,
    Separator,
    Spacer,
    Table,
    Text,
)

_Item: TypeAlias = Mapping[str, Json]
_Common: TypeAlias = dict[str, Any]

GRID_COLUMNS = 16
MAX_DECIMALS = 6
MAX_COMPONENTS = 300
MAX_SPACER = 400

_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_DYNAMIC = re.compile(r"^=|\{\{")
# FEEL words that an expression could not use as a name, and names that rows give their own meaning.
_TAKEN_KEYS = frozenset({"this", "parent", "i", "today", "project", "and", "or", "not", "if", "then", "else",
                         "for", "in", "return", "some", "every", "satisfies", "null", "true", "false", "between",
                         "function", "instance", "of"})  # fmt: skip

_KIND_NAMES = {
    Kind.TEXT: "单行文本 textfield",
    Kind.LONG_TEXT: "多行文本 textarea",
    Kind.NUMBER: "数字 number",
    Kind.SELECT: "下拉选择 select",
    Kind.RADIO: "单选 radio",
    Kind.CHECKBOX: "勾选框 checkbox",
    Kind.CHECKLIST: "多选 checklist",
    Kind.TAGLIST: "标签多选 taglist",
    Kind.DATE: "日期 datetime",
    Kind.FILES: "附件 filepicker",
}
_OTHER_NAMES = {
    "text": "文字 text",
    "group": "分组 group",
    "dynamiclist": "可增删的明细表 dynamiclist",
    "table": "只读表格 table",
    "expression": "算式 expression",
    "separator": "分隔线 separator",
    "spacer": "空白 spacer",
    "button": "提交按钮 button",
}
_SUPPORTED = "、".join([*_KIND_NAMES.values(), *_OTHER_NAMES.values()])
_VALIDATIONS: Mapping[Kind, frozenset[str]] = {
    Kind.TEXT: frozenset({"required", "minLength", "maxLength", "pattern", "patternErrorMessage", "validationType"}),
    Kind.LONG_TEXT: frozenset({"required", "minLength", "maxLength"}),
    Kind.NUMBER: frozenset({"required", "min", "max"}),
}
_IN_ROWS = frozenset({*Kind, "text", "expression"})


def parse(schema: Json, *, check_expression: Callable[[str], None] | None = None) -> Form:
    """The form of a decoded `.form` file.

    `check_expression` raises an exception, with a Chinese message, for FEEL that cannot be parsed. Raises
    `FormInvalid` with one sentence for each problem, naming the component by its label.
    """
    form, problems = _Reader().form(schema)
    if not problems and check_expression is not None:
        problems = _expression_problems(form, check_expression)
    if problems:
        raise FormInvalid(problems)
    return form


def _expression_problems(form: Form, check: Callable[[str], None]) -> list[str]:
    problems = []
    for where, expression in expressions.expressions(form):
        try:
            check(expression)
        except Exception as error:  # noqa: BLE001  (whatever stops the expression is what the author must read)
            problems.append(f"{where}写错了：{error}")
    return problems


class _Reader:
    """Reads one schema and gathers what is wrong on the way, so that its author sees it all at once."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.count = 0
        self.submit_label = "提交"

    def form(self, schema: Json) -> tuple[Form, list[str]]:
        if not isinstance(schema, Mapping) or not isinstance(schema.get("components"), list):
            raise FormInvalid(["这不是表单文件：缺少组件列表 components"])
        form_id = schema.get("id")
        if not isinstance(form_id, str) or not form_id:
            self.problems.append("表单没有标识 id")
        components = self._components(schema["components"], keys=set())
        form = Form(id=str(form_id), components=components, submit_label=self.submit_label)
        return form, self.problems

    def _components(self, items: Json, *, keys: set[str], in_row: bool = False) -> tuple[Component, ...]:
        found = (self._component(item, keys=keys, in_row=in_row) for item in _list(items))
        return tuple(component for component in found if component is not None)

    def _component(self, item: Json, *, keys: set[str], in_row: bool) -> Component | None:
        self.count += 1
        if self.count > MAX_COMPONENTS:
            raise FormInvalid([f"一张表单最多 {MAX_COMPONENTS} 个组件，请拆成几张"])
        if not isinstance(item, Mapping):
            self.problems.append("组件列表里有一项不是组件")
            return None
        kind, title = item.get("type"), _title(item)
        if kind not in _KIND_NAMES and kind not in _OTHER_NAMES:
            self._problem(title, f"组件类型 {kind} 不支持；支持的有：{_SUPPORTED}")
            return None
        if in_row and kind not in _IN_ROWS:
            self._problem(title, f"明细表的一行里不能放 {_OTHER_NAMES[kind]}，只能放要填的项目、文字和算式")
            return None
        readers = {
            "text": self._text,
            "group": self._group,
            "dynamiclist": self._rows,
            "table": self._table,
            "expression": self._computed,
            "separator": self._separator,
            "spacer": self._spacer,
            "button": self._button,
        }
        return readers.get(kind, self._field)(item, title, keys, self._common(item, title))

    # What every component has

    def _common(self, item: _Item, title: str) -> _Common:
        hide = _inside(item, "conditional").get("hide")
        layout = _inside(item, "layout")
        columns = _whole(layout.get("columns"))
        if columns is not None and not 1 <= columns <= GRID_COLUMNS:
            self._problem(title, f"宽度应为 1 到 {GRID_COLUMNS} 列")
            columns = None
        return {
            "id": f"c{self.count}",
            "hide": self._feel(hide, title, "隐藏条件"),
            "clauses": tuple(str(_inside(item, "properties").get("clause") or "").split()),
            "placement": Placement(row=layout.get("row"), columns=columns),
        }

    def _feel(self, value: Json, title: str, what: str) -> str | None:
        """An expression without its `=`; an empty one is none."""
        if value in (None, "", False):
            return None
        text = value.strip() if isinstance(value, str) else ""
        if not text.startswith("=") or not text[1:].strip():
            self._problem(title, f"{what}应是以“=”开头的表达式")
            return None
        return text[1:].strip()

    def _key(self, item: _Item, title: str, keys: set[str], *, name: str = "key") -> str:
        key = item.get(name)
        if not isinstance(key, str) or not _KEY.fullmatch(key):
            self._problem(title, "没有可用的键（key）：只能用英文字母、数字和下划线，以字母开头，不能带点")
            return ""
        if key in _TAKEN_KEYS:
            self._problem(title, f"键 {key} 在表达式里另有含义，请换一个")
        if key in keys:
            self._problem(title, f"键 {key} 与另一个组件重复")
        keys.add(key)
        return key

    def _plain(self, item: _Item, name: str, title: str, what: str) -> str:
        value = item.get(name)
        text = value if isinstance(value, str) else ""
        if _DYNAMIC.search(text):
            self._problem(title, f"{what}不能用表达式，请写成固定的文字")
        return text.strip()

    def _problem(self, title: str, sentence: str) -> None:
        self.problems.append(f"“{title}”：{sentence}")

    # Fields

    def _field(self, item: _Item, title: str, keys: set[str], common: _Common) -> Field:
        kind = Kind(item["type"])
        label = self._plain(
            item, "dateLabel" if kind is Kind.DATE and item.get("dateLabel") else "label", title, "标题"
        )
        if not label:
            self._problem(title, "没有标题（label），填写的人不知道要填什么")
        if kind is Kind.DATE and item.get("subtype", "date") != "date":
            self._problem(title, f"时间类型 {item.get('subtype')} 不支持，只支持日期 date")
        adorners = _inside(item, "appearance")
        options, options_key = self._options(item, kind, title)
        return Field(
            kind=kind,
            key=self._key(item, title, keys),
            label=label,
            description=self._plain(item, "description", title, "说明"),
            limits=self._limits(item, kind, title),
            read_only=self._read_only(item, title),
            default=item.get("defaultValue"),
            prefix=self._plain(adorners, "prefixAdorner", title, "前缀"),
            suffix=self._plain(adorners, "suffixAdorner", title, "后缀"),
            decimals=self._decimals(item, title),
            options=options,
            options_key=options_key,
            accept=self._accept(item, title) if kind is Kind.FILES else (),
            multiple=item.get("multiple") is True,
            fresh=_inside(item, "properties").get("fresh") in {True, "true"},
            outcome=_inside(item, "properties").get("outcome") in {True, "true"},
            prefill=self._feel(_inside(item, "properties").get("prefill"), title, "预先填写的内容"),
            **common,
        )

    def _read_only(self, item: _Item, title: str) -> bool:
        if isinstance(item.get("readonly"), str) and item["readonly"]:
            self._problem(title, "只读不能用表达式；请放两个组件，用隐藏条件选择显示哪一个")
        return item.get("disabled") is True or item.get("readonly") is True

    def _decimals(self, item: _Item, title: str) -> int:
        decimals = _whole(item.get("decimalDigits"))
        if decimals is None:
            return MAX_DECIMALS
        if not 0 <= decimals <= MAX_DECIMALS:
            self._problem(title, f"小数位数应为 0 到 {MAX_DECIMALS}")
        return decimals

    def _accept(self, item: _Item, title: str) -> tuple[str, ...]:
        endings = tuple(part.strip().lower() for part in str(item.get("accept") or "").split(",") if part.strip())
        if any(not ending.startswith(".") for ending in endings):
            self._problem(title, "允许的文件类型请写成扩展名，例如 .pdf,.docx")
        return endings

    def _options(self, item: _Item, kind: Kind, title: str) -> tuple[tuple[Option, ...], str | None]:
        if kind not in ONE_CHOICE | MANY_CHOICES:
            return (), None
        if item.get("valuesExpression"):
            self._problem(title, "选项不能用表达式；请逐项列出（values），或用 valuesKey 指明一个名单")
        if options_key := item.get("valuesKey"):
            return (), str(options_key)
        found = [as_option(value) for value in _list(item.get("values"))]
        options = tuple(option for option in found if option)
        if not found:
            self._problem(title, "没有选项：请逐项列出（values），或用 valuesKey 指明一个名单")
        if len(options) < len(found):
            self._problem(title, "选项的值（value）应是文字，不能为空，也不能是数字")
        if len({option.value for option in options}) < len(options):
            self._problem(title, "有两个选项的值相同")
        return options, None

    def _limits(self, item: _Item, kind: Kind, title: str) -> Limits:
        rules = _inside(item, "validate")
        allowed = _VALIDATIONS.get(kind, frozenset({"required"}))
        if unknown := [name for name in rules if name not in allowed]:
            supported = "、".join(sorted(allowed))
            self._problem(title, f"校验 {'、'.join(unknown)} 不支持；{_KIND_NAMES[kind]} 支持的有：{supported}")
        form = rules.get("validationType")
        if form not in {None, "", "custom", "email", "phone"}:
            self._problem(title, f"格式 {form} 不支持；支持的有：email、phone、custom")
        return Limits(
            required=rules.get("required") is True,
            min=self._bound(rules, "min", title),
            max=self._bound(rules, "max", title),
            min_length=self._length(rules, "minLength", title),
            max_length=self._length(rules, "maxLength", title),
            pattern=self._pattern(rules, title),
            pattern_message=str(rules.get("patternErrorMessage") or ""),
            format=form if form in {"email", "phone"} else None,
            not_before_today=item.get("disallowPassedDates") is True,
        )

    def _pattern(self, rules: _Item, title: str) -> str | None:
        pattern = rules.get("pattern")
        if not pattern:
            return None
        try:
            patterns.compile_pattern(str(pattern))
        except patterns.PatternInvalid as error:
            self._problem(title, str(error))
            return None
        return str(pattern)

    def _bound(self, rules: _Item, name: str, title: str) -> Decimal | str | None:
        value = rules.get(name)
        if isinstance(value, str) and value.startswith("="):
            return self._feel(value, title, name)
        if value in (None, ""):
            return None
        if isinstance(value, bool) or not re.fullmatch(r"-?\d{1,15}(\.\d{1,6})?", str(value)):
            self._problem(title, f"{name} 应是数字，或以“=”开头的表达式")
            return None
        return Decimal(str(value))

    def _length(self, rules: _Item, name: str, title: str) -> int | str | None:
        bound = self._bound(rules, name, title)
        return int(bound) if isinstance(bound, Decimal) else bound

    # The other components

    def _text(self, item: _Item, _title: str, _keys: set[str], common: _Common) -> Text:
        text = str(item.get("text") or "").strip()
        label = str(_inside(item, "properties").get("label") or "")
        if text.startswith("="):
            return Text(expression=text[1:].strip(), label=label, **common)
        return Text(text=text, label=label, **common)

    def _computed(self, item: _Item, title: str, keys: set[str], common: _Common) -> Computed:
        expression = self._feel(item.get("expression"), title, "算式")
        if expression is None:
            self._problem(title, "没有算式")
        own = _inside(item, "properties")
        return Computed(
            key=self._key(item, title, keys),
            expression=expression or "null",
            label=str(own.get("label") or item.get("label") or ""),
            suffix=str(own.get("suffix") or ""),
            **common,
        )

    def _group(self, item: _Item, title: str, keys: set[str], common: _Common) -> Group:
        if item.get("path"):
            self._problem(title, "分组不能有路径（path）")
        return Group(
            label=self._plain(item, "label", title, "标题"),
            description=self._plain(item, "description", title, "说明"),
            components=self._components(item.get("components"), keys=keys),
            outlined=item.get("showOutline") is True,
            **common,
        )

    def _rows(self, item: _Item, title: str, keys: set[str], common: _Common) -> Rows:
        label = self._plain(item, "label", title, "标题")
        if not label:
            self._problem(title, "没有标题（label）")
        components = self._components(item.get("components"), keys=set(), in_row=True)
        if not any(isinstance(part, Field | Computed) for part in components):
            self._problem(title, "明细表里没有要填的项目")
        if item.get("allowAddRemove") is not False and any(isinstance(p, Field) and p.read_only for p in components):
            self._problem(title, "可以增删行的明细表里不能有只读项目")
        own = _inside(item, "properties")
        source, row_key = own.get("rows"), str(own.get("rowKey") or "")
        if source and not any(isinstance(p, Field) and p.read_only and p.key == row_key for p in components):
            self._problem(title, "由名单给出的明细表，要用 rowKey 指明一个只读项目，用它区分各行")
        if source and item.get("allowAddRemove") is not False:
            self._problem(title, "由名单给出的明细表不能增删行")
        return Rows(
            key=self._key(item, title, keys, name="path"),
            label=label,
            description=self._plain(item, "description", title, "说明"),
            components=components,
            changeable=item.get("allowAddRemove") is not False,
            first_rows=min(max(_whole(item.get("defaultRepetitions")) or 0, 0), 100),
            min_rows=_whole(own.get("minRows")) or 0,
            max_rows=min(_whole(own.get("maxRows")) or 200, 200),
            source=str(source) if source else None,
            row_key=row_key if source else "",
            prefill=self._feel(own.get("prefill"), title, "预先填写的内容"),
            **common,
        )

    def _table(self, item: _Item, title: str, _keys: set[str], common: _Common) -> Table:
        columns = {
            str(column["key"]): str(column.get("label") or column["key"])
            for column in _list(item.get("columns"))
            if isinstance(column, Mapping) and column.get("key")
        }
        if item.get("columnsExpression") or not columns:
            self._problem(title, "只读表格请逐列列出（columns），列不能用表达式")
        return Table(
            label=self._plain(item, "label", title, "标题"),
            source=self._feel(item.get("dataSource"), title, "数据来源") or "[]",
            columns=columns,
            **common,
        )

    def _separator(self, _item: _Item, _title: str, _keys: set[str], common: _Common) -> Separator:
        return Separator(**common)

    def _spacer(self, item: _Item, _title: str, _keys: set[str], common: _Common) -> Spacer:
        return Spacer(height=min(max(_whole(item.get("height")) or 0, 0), MAX_SPACER), **common)

    def _button(self, item: _Item, title: str, _keys: set[str], _common: _Common) -> None:
        if item.get("action", "submit") != "submit":
            self._problem(title, "按钮只支持“提交”（submit）；暂存和重置由页面提供")
        elif label := self._plain(item, "label", title, "按钮文字"):
            self.submit_label = label


def as_option(item: Json) -> Option | None:
    """An option from what stands in `values`, or in a list of the context: a text, or a value with its label."""
    if isinstance(item, Mapping):
        value = item.get("value")
        label = item.get("label", value)
    else:
        value = label = item
    return Option(value=value, label=str(label)) if isinstance(value, str) and value else None


def _title(item: _Item) -> str:
    names = (item.get(name) for name in ("label", "dateLabel", "key", "path", "id", "type"))
    return next((str(name) for name in names if name), "未命名组件")


def _inside(item: _Item, name: str) -> _Item:
    part = item.get(name)
    return part if isinstance(part, Mapping) else {}


def _list(value: Json) -> Sequence[Json]:
    return value if isinstance(value, list) else []


def _whole(value: Json) -> int | None:
    """A whole number, which custom properties hold as text."""
    return int(value) if not isinstance(value, bool) and re.fullmatch(r"-?\d{1,6}", str(value)) else None
