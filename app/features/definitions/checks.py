"""What a bundle must hold besides diagrams that the engine can run: forms, roles and task types that exist."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from app.engine.model import Definitions, ElementInfo, Finding, Resource
from app.features.forms.model import Form, FormInvalid
from app.features.forms.schema import parse
from app.features.identity.model import AUTHORITY_ROLES, PARTY_ROLES
from app.features.projects.model import NEEDS, OUTCOMES, STAGES
from services.measures import HOLDING

FORM_SUFFIX = ".form"
_SUFFIXES = (".bpmn", ".dmn", FORM_SUFFIX)
# Whom a task may be given to: people who act on projects, not those who run the system.
TASK_ROLES = AUTHORITY_ROLES | PARTY_ROLES

CheckExpression = Callable[[str], None]


def check_files(resources: Sequence[Resource]) -> list[Finding]:
    """What is wrong with a bundle as a set of files, before anything in them is read."""
    counts = Counter(resource.path for resource in resources)
    strange = [path for path in counts if ".." in path.split("/") or not path.endswith(_SUFFIXES)]
    findings = [
        *(Finding(path, None, None, "同一路径的文件有两份，请只保留一份。") for path in counts if counts[path] > 1),
        *(Finding(path, None, None, "不是流程图、决策表或表单文件，请从部署目录中移走。") for path in strange),
    ]
    if not any(path.endswith(".bpmn") for path in counts):
        findings.append(Finding("部署目录", None, None, "其中没有流程图（.bpmn 文件），请检查目录是否正确。"))
    return findings


def parse_forms(
    resources: Iterable[Resource], *, check_expression: CheckExpression | None = None
) -> tuple[Mapping[str, Form], list[Finding]]:
    """The forms of a bundle by id, and what is wrong with those that cannot be used."""
    forms: dict[str, Form] = {}
    findings: list[Finding] = []
    for resource in resources:
        if not resource.path.endswith(FORM_SUFFIX):
            continue
        try:
            form = parse(json.loads(resource.content), check_expression=check_expression)
        except FormInvalid as refused:
            findings += [Finding(resource.path, None, None, problem) for problem in refused.problems]
            continue
        except (ValueError, RecursionError):
            findings.append(Finding(resource.path, None, None, "表单文件不是有效的 JSON，请用表单编辑器重新保存。"))
            continue
        if form.id in forms:
            findings.append(Finding(resource.path, form.id, None, f"表单标识“{form.id}”与另一张表单重复，请改名。"))
        forms[form.id] = form
    return forms, findings


def check(
    definitions: Definitions, *, form_ids: Collection[str], task_types: Collection[str], checks: Collection[str]
) -> list[Finding]:
    """What the diagrams refer to and nobody knows. `checks` are the task types that may be run on answers."""
    return [
        Finding(process.file, element.id, element.name, problem)
        for process in definitions.processes.values()
        for element in process.elements.values()
        for problem in _problems(element, form_ids=form_ids, task_types=task_types, checks=checks)
    ]


def _problems(
    element: ElementInfo, *, form_ids: Collection[str], task_types: Collection[str], checks: Collection[str]
) -> Iterator[str]:
    if element.form_id is not None and element.form_id not in form_ids:
        yield f"没有标识为“{element.form_id}”的表单，请选用已有的表单，或把表单一起部署。"
    if element.role is not None and element.role not in TASK_ROLES:
        yield f"没有“{element.role}”这个角色，请改为：{'、'.join(TASK_ROLES)}。"
    if element.task_type is not None and element.task_type not in task_types:
        yield f"没有“{element.task_type}”这种服务，请改为：{'、'.join(sorted(task_types))}。"
    checked_by = element.properties.get("check")
    if checked_by is not None and checked_by not in checks:
        yield f"没有“{checked_by}”这种核对，请改为：{'、'.join(sorted(checks))}。"
    if checked_by is not None and element.type != "userTask":
        yield "只有用户任务的填报内容可以核对（check），请把这一属性移到用户任务上。"
    stage, outcome = element.properties.get("stage"), element.properties.get("outcome")
    if stage is not None and stage not in STAGES:
        yield f"没有“{stage}”这个阶段（stage），请改为：{'、'.join(STAGES)}。"
    if outcome is not None and outcome not in OUTCOMES:
        yield f"没有“{outcome}”这种结局（outcome），请改为：{'、'.join(OUTCOMES)}。"
    if outcome is not None and element.type != "endEvent":
        yield "项目的结局（outcome）只能写在结束事件上。"
    if element.properties.get("keep", "no") != "no":
        yield "消息发出时没有人等就作废的，写“no”（keep）；其余的去掉这项属性，消息保留 30 天。"
    yield from _holding(element)
    yield from _starting(element)


def _holding(element: ElementInfo) -> Iterator[str]:
    """What is wrong with the measures that stop a task."""
    held_by = element.properties.get("held-by")
    if unknown := set((held_by or "").split()) - HOLDING:
        yield f"没有“{'、'.join(sorted(unknown))}”这种措施（held-by），请改为：{'、'.join(sorted(HOLDING))}。"
    if held_by is not None and element.type != "userTask":
        yield "只有用户任务会被处置措施挡住（held-by），请把这一属性移到用户任务上。"


def _starting(element: ElementInfo) -> Iterator[str]:
    """What is wrong with what a start event says about who may start its process, and when."""
    starting = {name: value for name, value in element.properties.items() if name.split("-")[0] == "starter"}
    role = starting.get("starter")
    if starting and (element.type != "startEvent" or role is None):
        yield "谁可以发起流程（starter）只能写在开始事件上，其余 starter- 开头的属性与它写在一起。"
    if role is not None and role not in TASK_ROLES:
        yield f"没有“{role}”这个角色（starter），请改为：{'、'.join(TASK_ROLES)}。"
    if unknown := set(starting.get("starter-stages", "").split()) - set(STAGES):
        yield f"没有“{'、'.join(sorted(unknown))}”阶段（starter-stages），请改为：{'、'.join(STAGES)}。"
    endings = set(starting.get("starter-ended", "").split()) - {"yes"}
    if unknown := endings - set(OUTCOMES):
        allowed = "、".join(OUTCOMES)
        yield f"没有“{'、'.join(sorted(unknown))}”这种结局（starter-ended），请改为 yes，或者：{allowed}。"
    need = starting.get("starter-needs")
    if need is not None and need not in NEEDS:
        yield f"没有“{need}”这种条件（starter-needs），请改为：{'、'.join(NEEDS)}。"
