"""Who may work on a task, give it to others, look at its case, and repair it."""

from __future__ import annotations

from app.features.cases.model import By, Task
from app.features.identity.model import Identity, queue
from app.features.projects import store as projects
from app.features.projects.model import Project
from app.kernel.clock import local
from app.kernel.database import UnitOfWork
from app.kernel.errors import Conflict, Missing, Refused

_NO_TASK = "没有这项任务，或者您无权办理。"
STEWARDS = frozenset({"administrator", "secrecy-office"})


def by(identity: Identity, role: str, org_id: str) -> By:
    """A person acting in a role at an organisation."""
    names = {member.org_id: member.org_name for member in identity.memberships}
    return By(identity.acting(role, org_id), names.get(org_id))


def steward(project: Project | None) -> str:
    """The role that repairs what got stuck and takes tasks from whoever keeps them.

    Administrators learn nothing of confidential projects, not even how many are stuck: there it is the secrecy
    office, which supervises them (2-2 3.1-6).
    """
    return "secrecy-office" if project is not None and project.confidential else "administrator"


def require_steward(identity: Identity) -> None:
    """Raises Refused for whoever repairs nothing at all."""
    if not identity.roles & STEWARDS:
        raise Refused("只有系统管理员可以这样操作，涉密项目由保密安全室操作。")


def by_task(identity: Identity, task: Task, project: Project | None) -> By:
    """A person acting on a task: in its role where he serves its queue, else as its head or its steward."""
    if serves(identity, task) and task.org_id:
        return by(identity, task.role, task.org_id)
    if task.org_id and identity.has(_lead(task), task.org_id):
        return by(identity, _lead(task), task.org_id)
    return By(identity.acting(steward(project)))


def serves(identity: Identity, task: Task) -> bool:
    return task.queue is not None and task.queue in identity.queues


def may_reassign(identity: Identity, task: Task, project: Project | None) -> bool:
    """Whoever has claimed a task, the head of its role at its organisation, and the steward of its project."""
    own = task.assignee_id == identity.user_id and serves(identity, task)
    head = task.org_id is not None and queue(_lead(task), task.org_id) in identity.queues
    return own or head or identity.has(steward(project))


def working(uow: UnitOfWork, identity: Identity, task: Task | None, project: Project | None) -> Task:
    """The task, if this person may complete it. Raises Missing or Refused."""
    if task is None:
        raise Missing(_NO_TASK)
    require_visible(project, uow, identity)
    if not serves(identity, task):
        raise Refused("这项任务不属于您的单位和岗位，您不能办理。")
    return task


def reassigning(uow: UnitOfWork, identity: Identity, task: Task | None, project: Project | None) -> Task:
    """The task, if this person may take it from whoever has claimed it. Raises Missing or Refused."""
    if task is None:
        raise Missing(_NO_TASK)
    require_visible(project, uow, identity)
    if not may_reassign(identity, task, project):
        raise Refused("只有正在办理的人员、其负责人和系统管理员可以退回或转办这项任务。")
    return task


def require_visible(project: Project | None, uow: UnitOfWork, identity: Identity) -> None:
    """Raises Missing for whoever may not know of the project."""
    if not may_know(project, uow, identity):
        raise Missing(_NO_TASK)


def may_know(project: Project | None, uow: UnitOfWork, identity: Identity) -> bool:
    """A confidential project is unknown to everybody who is not authorised for it, whatever tasks he has (2-2)."""
    return project is None or not project.confidential or projects.visible(uow, identity, project.id) is not None


def require_open(task: Task) -> None:
    """Raises Conflict, saying what became of the task."""
    if task.status == "done" and task.done_at is not None:
        at = local(task.done_at).strftime("%Y-%m-%d %H:%M")
        raise Conflict(f"这项任务已由{task.done_by_name}于 {at} 办结，您填写的内容没有提交。")
    if task.status == "cancelled":
        raise Conflict("这项任务已随流程变化撤销（例如期限已过），您填写的内容没有提交。")


def require_free(task: Task, identity: Identity) -> None:
    """Raises Conflict unless the task is open and nobody else has claimed it."""
    require_open(task)
    if task.assignee_id is not None and task.assignee_id != identity.user_id:
        raise Conflict(f"{task.assignee_name}正在办理这项任务，如需接手，请先由其退回或转办。")


def _lead(task: Task) -> str:
    return f"{task.role}-lead"
