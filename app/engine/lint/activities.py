"""Activities: what each kind of task must say before it can be done, and how it may be repeated."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from app.engine.dialect import ACTIVITIES, is_expression
from app.engine.lint.draft import Draft, Rule
from app.engine.model import Finding
from app.engine.parsing import BPMN

VARIABLE: Final = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")
# Words of FEEL that cannot be read back as a variable.
# fmt: off
RESERVED: Final = frozenset((
    "and", "between", "else", "every", "external", "false", "for", "function", "if", "in", "instance",
    "item", "not", "null", "of", "or", "partial", "return", "satisfies", "some", "then", "true", "date",
    "time", "duration", "now", "today",
))
# fmt: on


def user_tasks(draft: Draft) -> Iterator[Finding]:
    for part, task in draft.elements("userTask"):
        if not task.name:
            yield part.find(task, "没有名称，待办列表无法显示；请写上要做的事")
        if not task.form_id:
            yield part.find(task, "没有表单；请在属性面板中选择表单（formId）")
        roles = [role for role in re.split(r"[,，;；\s]+", task.role or "") if role]
        if len(roles) != 1:
            count = "没有办理角色" if not roles else f"有 {len(roles)} 个办理角色"
            yield part.find(task, f"{count}；请只填一个候选组（candidateGroups），几方都要办时分别画任务")
        elif is_expression(roles[0]):
            yield part.find(task, "的办理角色是表达式；请直接写角色名称")


def service_tasks(draft: Draft) -> Iterator[Finding]:
    for part, task in draft.elements("serviceTask", "sendTask"):
        if task.task_type is None and task.trigger is None:
            yield part.find(task, "没有说明调用哪项服务；请填写任务类型（taskDefinition type）")
        elif task.task_type is not None and is_expression(task.task_type):
            yield part.find(task, "的任务类型是表达式；请直接写服务名称")
    for part, task in draft.elements("receiveTask"):
        if task.trigger is None:
            yield part.find(task, "没有说明等待什么消息；请选择或新建消息")


def rule_tasks(draft: Draft) -> Iterator[Finding]:
    known = {decision.id for decision in draft.decisions}
    for part, task in draft.elements("businessRuleTask"):
        if task.decision is None:
            yield part.find(task, "没有说明使用哪个决策；请在属性面板中填写决策（decisionId）")
        elif task.decision not in known:
            yield part.find(task, f"使用的决策“{task.decision}”不在本次部署中；请改为已有的决策，或把决策文件一起部署")
        if task.result is None:
            yield part.find(task, "没有结果变量，判定结果会丢失；请填写结果变量（resultVariable）")


def script_tasks(draft: Draft) -> Iterator[Finding]:
    for part, task in draft.elements("scriptTask"):
        if task.script is None:
            yield part.find(task, "没有 FEEL 表达式；请在属性面板中选择 FEEL 表达式并填写，不支持其他脚本语言")
        if task.result is None:
            yield part.find(task, "没有结果变量，计算结果会丢失；请填写结果变量（resultVariable）")


def variable_names(draft: Draft) -> Iterator[Finding]:
    for part, element in draft.elements():
        names = [element.result, *(mapping.target for mapping in (*element.inputs, *element.outputs))]
        if element.loop is not None:
            names += [element.loop.element, element.loop.output_collection]
        for name in names:
            if name is not None and (not VARIABLE.fullmatch(name) or name in RESERVED):
                yield part.find(element, f"的变量名“{name}”不能使用；请只用字母、数字和下划线，并避开 FEEL 的关键字")


def loops(draft: Draft) -> Iterator[Finding]:
    for part, element in draft.elements(*ACTIVITIES):
        if part.node(element).find(f"{{{BPMN}}}standardLoopCharacteristics") is not None:
            yield part.find(element, "带有标准循环标记，运行时只会做一次；请用排他网关和退回的连线画出循环")
        loop = element.loop
        if loop is None:
            continue
        if loop.collection is None and loop.cardinality is None:
            yield part.find(element, "是多实例，却没有说明对哪个列表逐项办理；请填写输入集合（inputCollection）")
        if (loop.output_collection is None) != (loop.output_element is None):
            yield part.find(element, "的输出集合和输出元素要一起填写；请补上另一个，或都去掉")
        if not loop.sequential and loop.output_collection is None and element.type == "userTask":
            yield part.find(
                element,
                "是并行多实例而没有输出集合，各实例填写的内容会互相覆盖；请填写输出集合和输出元素，或改为顺序多实例",
            )


def clauses(draft: Draft) -> Iterator[Finding]:
    for part, element in draft.elements(*ACTIVITIES):
        if element.type not in {"subProcess", "transaction"} and not element.clauses:
            yield part.find(element, "没有注明依据条款；请在扩展属性中添加 clause，例如 3.2-7", "warning")


RULES: Final[tuple[Rule, ...]] = (
    user_tasks,
    service_tasks,
    rule_tasks,
    script_tasks,
    variable_names,
    loops,
    clauses,
)
