"""What people are told: reminders, overdue tasks, and the messages that a diagram sends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

from app.features.cases import access
from app.features.cases.context import CaseContext
from app.features.cases.model import Task
from app.features.identity import store as identity_store
from app.features.identity.model import AUTHORITY_ROLES, ROLES
from app.features.jobs.model import Job
from app.features.notifications import store as notifications
from app.features.notifications.model import Message
from app.features.notifications.usecases import tell
from app.features.projects.model import Project
from app.kernel.clock import local
from app.kernel.database import UnitOfWork
from services.reminders import HEAD, Rhythm

# What the send tasks of the diagrams say, by their header `template`; {project} is the project's name, and any other
# name in braces an input of the task.
TEMPLATES = {
    "meeting-called": (
        "现场评审会：{project}",
        "定于 {meeting_on} 在{meeting_place}召开现场评审会，请准备材料，按时派员参加。（3.2-7 3.2-8）",
    ),
    "consent-closed": (
        "年内追加已截止：{project}",
        "年底以前没有登记区政府主要领导的同意意见，年内追加的途径关闭。仍需建设的，可以在下一年度申报截止以前重新登记项目，按年度申报办理。（3.1-2）",
    ),
    "correction-closed": (
        "补正期限已过：{project}",
        "申报材料没有按期补正，已回到受理审查，由区大数据局按现有材料决定不予受理或者再次限期补正；已填写的草稿仍然保留。（3.1-3）",
    ),
    "acceptance-overdue": (
        "验收逾期提醒：{project}",
        "建成已满半年，尚未完成初步验收并提交竣工验收申请，逾期已记入限制台账，不再受理延期，请办理。（附4-1 3.4-9）",
    ),
    "measure-imposed": (
        "督查处置措施：{project}",
        "督查发现重大问题，区政府已批准处置措施，自即日起生效，内容和解除办法见项目页面。（3.3-11）",
    ),
    "measure-lifted": (
        "解除处置措施：{project}",
        "区政府已批准解除对项目的处置措施，自即日起恢复办理，内容见项目页面。（3.3-11）",
    ),
    "project-terminated": (
        "终止项目：{project}",
        "督查发现重大问题，区政府已批准终止项目（{document}），自即日起停止建设和拨付，政务云资源请报备停用。（3.3-11）",
    ),
    "audit-opinion": (
        "审计意见：{project}",
        "区审计局出具了审计意见（{number}），内容见项目页面的办理记录；有须整改的问题的，请按期整改并答复。（2-4）",
    ),
    "not-applicable": (
        "不适用实施细则：{project}",
        "{reason}，不属于《实施细则》的适用范围，本事项就此办结，请按原有的程序办理；适用范围填错的，请重新登记项目。",
    ),
    "refused": (
        "{outcome}：{project}",
        "办理结果为{outcome}，理由见项目页面的办理记录。（{clause}）",
    ),
    "final-acceptance-overdue": (
        "竣工验收逾期：{project}",
        "材料收齐之日起已满20个工作日，竣工验收尚未完成，请督促办理。（3.4-5）",
    ),
    "rectification-closed": (
        "绩效整改逾期：{project}",
        "没有按期提交整改情况，视为没有达到应有绩效，由区大数据局会同区财政局认定压缩或者不予安排下一年度项目。（4-3）",
    ),
    "warranty-ending": (
        "维保即将到期：{project}",
        "维保即将到期，请选择以后的运维安排；需列支运维费用的，按程序申报。（3.5-2）",
    ),
    "cloud-waste": (
        "云资源浪费通报：{project}",
        "云资源利用率偏低，没有按期申请变更或者报备停用，造成财政浪费，现予通报，使用单位不再获批云资源。（附5-8）",
    ),
}
# Copies of confidential projects for those who may not know of them: a code, and no way to the case (3.1-6).
CODED = {
    "classified-copy": (
        "涉密项目抄送：代号 {code}",
        "保密安全室已审查确认代号为 {code} 的涉密项目，特此抄送，请向保密安全室签收；名称和内容不在这里提供。（3.1-6）",
    ),
}


def notify(uow: UnitOfWork, job: Job, context: CaseContext) -> Mapping[str, Any]:
    """Do a `notify` job: tell the roles in header `to` what the header `template` says.

    Harmless to repeat. Raises ValueError for an unknown template, or one that is not told what it says; either becomes
    an incident.
    """
    template = job.headers.get("template", "")
    words = (TEMPLATES | CODED).get(template)
    if words is None:
        raise ValueError(f"没有“{template}”这个通知模板。")
    known = {**job.inputs, "project": context.project.name if context.project else job.name}
    title, body = (_said(text, known, template) for text in words)
    for role in job.headers.get("to", "").split():
        org_id = context.organisation_of(role)
        if org_id is None:
            continue
        message = Message(key=f"job:{job.id}:{role}", role=role, org_id=org_id, title=title, body=body)
        if template in CODED:
            tell(uow, message)
        else:
            _tell(uow, replace(message, case_id=job.case_id), context.project)
    return {}


def _said(text: str, known: Mapping[str, Any], template: str) -> str:
    try:
        return text.format_map(known)
    except KeyError as missing:
        raise ValueError(f"通知“{template}”没有得到{missing}。") from None


def remind(uow: UnitOfWork, task: Task, *, project: Project | None, rhythm: Rhythm) -> int:
    """Tell a task's people that its deadline comes near or has passed; returns how many were told.

    Who is late is reported to those whom the rhythm names, first of all his head; nothing is ever closed by this
    (3.2-1 3.4-5).
    """
    if task.org_id is None:
        return 0
    overdue = task.due_at is not None and task.due_at <= uow.now
    told = {task.role: task.org_id}
    if overdue:
        told |= {role: org_id for role, org_id in _reported_to(uow, task, rhythm) if org_id is not None}
    # A deadline that has moved is another occasion.
    occasion = f"overdue:{task.id}:{task.due_at:%Y%m%d%H%M}" if overdue else f"reminder:{task.id}:{uow.now:%Y%m%d}"
    messages = (
        _message(task, role=role, org_id=org_id, overdue=overdue, project=project, occasion=occasion)
        for role, org_id in told.items()
    )
    return sum(_tell(uow, message, project) for message in messages)


def _reported_to(uow: UnitOfWork, task: Task, rhythm: Rhythm) -> list[tuple[str, str | None]]:
    """The roles that hear of a task that is late, and at which organisation."""
    found: list[tuple[str, str | None]] = []
    for role in rhythm.escalate:
        if role == HEAD:
            head = f"{task.role}-lead"
            if head in ROLES:
                found.append((head, task.org_id))
        elif role in AUTHORITY_ROLES:
            found.append((role, identity_store.authority_of(uow, role)))
    return found


def tell_moved(uow: UnitOfWork, task: Task, *, due_at: datetime, year: int, project: Project | None) -> None:
    """Tell a task's people that its deadline has moved, because the working days of a year were published."""
    if task.org_id is None or task.due_at is None:
        return
    subject = _subject(task, project)
    message = Message(
        key=f"moved:{task.id}:{due_at:%Y%m%d%H%M}",
        role=task.role,
        org_id=task.org_id,
        title=f"期限调整：{subject}",
        body=f"{year}年节假日安排公布，办理期限由 {last_moment(task.due_at)} 改为 {last_moment(due_at)}。",
        case_id=task.case_id,
        task_id=task.id,
    )
    _tell(uow, message, project)


def withdraw(uow: UnitOfWork, case_id: str, project: Project) -> None:
    """Take back what people were told who may not know of the project any more (2-2)."""
    told = notifications.told_of(uow, case_id)
    known = [person for user_id in told if (person := identity_store.identity(uow, user_id)) is not None]
    allowed = {person.user_id for person in known if access.may_know(project, uow, person)}
    notifications.withdraw(uow, case_id, user_ids=set(told) - allowed)


def _tell(uow: UnitOfWork, message: Message, project: Project | None) -> int:
    """Tell those of the message's people who may know of the project: of a confidential one, few may (2-2)."""
    return tell(uow, message, may_know=lambda person: access.may_know(project, uow, person))


def _message(task: Task, *, role: str, org_id: str, overdue: bool, project: Project | None, occasion: str) -> Message:
    subject = _subject(task, project)
    due = last_moment(task.due_at) if task.due_at else ""
    body = f"办理期限为 {due}，已经逾期，请尽快办理。" if overdue else f"办理期限为 {due}，请按时办理。"
    if not due:
        body = "这项任务已到跟进时间，请及时办理。"
    return Message(
        key=f"{occasion}:{role}",
        role=role,
        org_id=org_id,
        title=f"{'已逾期' if overdue else '即将到期'}：{subject}" if due else f"待跟进：{subject}",
        body=body,
        case_id=task.case_id,
        task_id=task.id,
    )


def last_moment(due_at: datetime) -> str:
    """A deadline as people say it: one that ends a day is 24:00 of that day, not 00:00 of the next."""
    due = local(due_at)
    if due.time() == time():
        return f"{due - timedelta(days=1):%Y-%m-%d} 24:00"
    return f"{due:%Y-%m-%d %H:%M}"


def _subject(task: Task, project: Project | None) -> str:
    """A task with what it is about: its project, or the annual plan across projects."""
    about = project.name if project else task.variables.get("plan_code")
    return f"{task.name}（{about}）" if about else task.name
