"""Who answers for a project at its unit (3.2-13 3.3-5): everybody who ever did, since when, and why it changed."""

from __future__ import annotations

from typing import Final

from app.features.audit import store as audit
from app.features.audit.model import Act
from app.features.audit.refusals import recording_refusals
from app.features.identity.model import Identity
from app.features.projects import responsible_store, store
from app.features.projects.access import APPLICANT_ROLES
from app.features.projects.responsible_store import Responsible
from app.kernel.database import Database, UnitOfWork
from app.kernel.errors import Conflict, Invalid, Missing, Refused

_LONGEST_NAME: Final = 30
_LONGEST_PHONE: Final = 20
_LONGEST_REASON: Final = 200


class Responsibility:
    """The use cases of the unit that names who answers for its project."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def history(self, identity: Identity, project_id: str) -> tuple[Responsible, ...]:
        """Everybody who answered for the project, the latest first. Raises Missing for whoever may not know of it."""
        with self._database.read() as uow:
            if store.visible(uow, identity, project_id) is None:
                raise Missing("没有这个项目，或者您无权查看。")
            return responsible_store.history(uow, project_id)

    def may_change(self, identity: Identity, org_id: str) -> bool:
        return any(identity.has(role, org_id) for role in APPLICANT_ROLES)

    def change(self, identity: Identity, project_id: str, *, name: str, phone: str, reason: str) -> None:
        """The unit names somebody else; whoever it was before stays on record.

        Raises Missing, Refused, Conflict, Invalid.
        """
        with (
            recording_refusals(self._database, identity.acting(), f"project:{project_id}", "change-responsible"),
            self._database.write() as uow,
        ):
            self._change(uow, identity, project_id, name=name.strip(), phone=phone.strip(), reason=reason.strip())

    def _change(
        self, uow: UnitOfWork, identity: Identity, project_id: str, *, name: str, phone: str, reason: str
    ) -> None:
        store.lock(uow, project_id)
        project = store.visible(uow, identity, project_id)
        if project is None:
            raise Missing("没有这个项目，或者您无权查看。")
        if not self.may_change(identity, project.org_id):
            raise Refused("只有本项目的申报单位可以变更项目负责人。")
        if project.responsible is None:
            raise Conflict("项目负责人在登记合同时确定，现在还没有登记。（3.3-5）")
        problems = {
            key: f"请填写{label}，最多 {most} 字。"
            for key, label, words, most in (
                ("name", "新的项目负责人", name, _LONGEST_NAME),
                ("phone", "联系电话", phone, _LONGEST_PHONE),
                ("reason", "变更的理由", reason, _LONGEST_REASON),
            )
            if not words or len(words) > most
        }
        if problems:
            raise Invalid("项目负责人没有变更。", problems)
        details = {**project.details, "responsible_phone": phone}
        store.change(uow, project.id, {"responsible": name, "details": details})
        responsible_store.enter(uow, project.id, Responsible(name, phone, reason, identity.name, uow.now))
        role = "applicant-lead" if identity.has("applicant-lead", project.org_id) else "applicant"
        said = {"before": project.responsible, "after": name, "reason": reason}
        act = Act(identity.acting(role, project.org_id), "change-responsible", f"project:{project.code}", said)
        audit.append_to_system(uow, act)
