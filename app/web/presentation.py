"""How facts are written on the pages: times, deadlines, amounts, and the Chinese names of what has an English one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from flask import Flask, g, request, url_for

from app.engine.model import ProcessInfo
from app.features.cases.model import COUNT_CAP, Diagram
from app.features.documents.model import readable_size
from app.features.identity.model import ROLES
from app.features.inbox.deadlines import Remaining, remaining
from app.features.plans.model import title_of
from app.kernel.clock import local
from app.web.current import product
from services.amounts import plain, shown

CASE_STATUSES = {"running": "办理中", "completed": "已办结", "cancelled": "已终止"}

ELEMENT_TYPES = {
    "userTask": "人工办理",
    "serviceTask": "自动核对",
    "sendTask": "发送提醒",
    "receiveTask": "等待消息",
    "businessRuleTask": "查决策表",
    "scriptTask": "计算",
    "callActivity": "调用流程",
    "subProcess": "子流程",
    "startEvent": "开始",
    "endEvent": "结束",
    "boundaryEvent": "到期或中断",
    "intermediateCatchEvent": "等待",
    "intermediateThrowEvent": "通知",
    "exclusiveGateway": "判断",
    "parallelGateway": "并行",
    "inclusiveGateway": "按条件并行",
    "eventBasedGateway": "等待先到者",
}

ACTIONS = {
    "add-scan": "上传盖章扫描件",
    "add-template": "更新文书模板",
    "assign-authority": "指定职责单位",
    "add-expert": "登记评审专家",
    "authorise-reader": "授权查看涉密项目",
    "change-expert": "修改评审专家",
    "change-inventory": "登记单位设备和网络",
    "change-password": "修改密码",
    "change-responsible": "变更项目负责人",
    "confirm-migration": "确认迁移完成",
    "create-organisation": "新增单位",
    "create-user": "新建账号",
    "deploy-bundle": "部署流程定义",
    "describe-system": "修改单位系统",
    "draw-experts": "随机抽取评审专家",
    "enter-restriction": "登记单位限制",
    "grant-exemption": "批准限制例外",
    "fetch-archive": "下载归档包",
    "grant-role": "授予岗位",
    "held": "处置措施期间办理，已拒绝",
    "lift-restriction": "解除单位限制",
    "issue-paper": "制发文书",
    "lock-after-failures": "多次输错密码锁定",
    "lock-user": "停用账号",
    "move-clock": "拨动业务时钟",
    "publish-calendar-year": "发布年度工作日历",
    "recount-deadlines": "重新计算暂定期限",
    "record-rule-basis": "登记续用依据",
    "refused": "越权操作，已拒绝",
    "register-system": "登记单位系统",
    "report-migration": "报送迁移完成",
    "reset-password": "重置密码",
    "return-migration": "退回迁移完成情况",
    "revoke-role": "收回岗位",
    "set-migration-due": "确定迁移期限",
    "sign-in": "登录",
    "sign-out": "退出",
    "unlock-user": "恢复账号",
    "update-organisation": "修改单位",
    "withdraw-reader": "取消涉密项目授权",
}


def local_time(moment: datetime | None) -> str:
    return "" if moment is None else local(moment).strftime("%Y-%m-%d %H:%M")


def local_day(moment: datetime) -> str:
    return local(moment).strftime("%Y-%m-%d")


def left_until(due_at: datetime) -> Remaining:
    """The time left until a deadline, by the calendar and the clock of this request."""
    if "moment" not in g:
        g.moment = product().now_and_calendar()
    now, calendar = g.moment
    return remaining(due_at, now=now, calendar=calendar)


def wan(value: Decimal | None) -> str:
    return "—" if value is None else shown(value)


def capped(count: int) -> str:
    """A count as a tab shows it: counting stops at the cap, so that a full list costs what a short one does."""
    return f"{COUNT_CAP}+" if count >= COUNT_CAP else str(count)


def diagram_state(diagram: Diagram) -> dict[str, Any]:
    """How far a process is, as the viewer's `show` takes it."""
    marks = {state: sorted(getattr(diagram, state)) for state in ("done", "running", "coming", "failed")}
    return {**marks, "taken": sorted(diagram.flows)}


def clauses_drawn(process: ProcessInfo) -> dict[str, tuple[str, ...]]:
    """The clauses of what happens on a diagram, for colouring it; gateways only where they rest on one."""
    elements = process.elements.values()
    return {each.id: each.clauses for each in elements if each.clauses or not each.type.endswith("Gateway")}


def regulation_order(ids: Iterable[str]) -> list[str]:
    """Ids of clauses, each once, as the regulation has them."""
    wanted = set(ids)
    return [each for each in product().clauses.clauses if each in wanted]


def here(**changes: str | None) -> str:
    """The address of this page with other arguments; None leaves one out."""
    merged = {**request.args.to_dict(), **changes}
    arguments = {name: value for name, value in merged.items() if value not in (None, "")}
    address = url_for(str(request.endpoint), **(request.view_args or {}))
    return f"{address}?{urlencode(arguments)}" if arguments else address


def init_app(flask: Flask) -> None:
    """Give the templates these words."""
    flask.jinja_env.filters.update(
        local_time=local_time,
        local_day=local_day,
        file_size=readable_size,
        remaining=left_until,
        wan=wan,
        plain=plain,
        capped=capped,
        diagram_state=diagram_state,
        clauses_drawn=clauses_drawn,
        regulation_order=regulation_order,
        plan_title=title_of,
        role_name=lambda role: ROLES.get(role, role),
        case_status=lambda status: CASE_STATUSES.get(status, status),
        element_type=lambda kind: ELEMENT_TYPES.get(kind, kind),
        action_name=lambda action: ACTIONS.get(action, action),
    )
    flask.jinja_env.globals["here"] = here
