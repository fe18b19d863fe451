"""What is done with the pool of experts; drawing from it is an order of a review's process."""

from __future__ import annotations

from collections.abc import Mapping

from app.features.audit import store as audit
from app.features.audit.model import AUTOMATIC, Act
from app.features.experts import store
from app.features.experts.model import Drawn, Listed
from app.features.identity.model import Identity
from app.kernel.database import Database
from app.kernel.errors import Conflict, Invalid, Missing, Refused
from services.experts import FIELDS, Expert

KEEPERS = ("data-bureau", "data-bureau-lead")
READERS = (*KEEPERS, "finance", "finance-lead", "audit")
_LONGEST = {"name": 30, "work_unit": 100, "phone": 30}
_MOST_TIES = 20


class Experts:
    """The data bureau keeps the pool; finance and audit may look at it (2-3 2-4)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def pool(self, identity: Identity, *, field: str | None = None) -> list[Listed]:
        """All experts, also those who are not asked any more. Raises Refused."""
        _require(identity, READERS, "只有大数据局、财政局和审计局可以查看评审专家库。")
        with self._database.read() as uow:
            return store.listed(uow, field=field)

    def one(self, identity: Identity, expert_id: str) -> Listed:
        """Raises Refused, Missing."""
        _require(identity, KEEPERS, "评审专家库由大数据局维护。")
        with self._database.read() as uow:
            found = store.by_id(uow, expert_id)
        if found is None:
            raise Missing("专家库里没有这位专家。")
        return found

    def add(self, identity: Identity | None, expert: Expert) -> str:
        """Enter an expert; returns his id. Raises Refused, Invalid, Conflict."""
        return self._put(identity, expert, expert_id=None, active=True)

    def change(self, identity: Identity, expert_id: str, expert: Expert, *, active: bool) -> None:
        """Raises Refused, Missing, Invalid, Conflict. What was drawn before stays on record as it was."""
        self.one(identity, expert_id)
        self._put(identity, expert, expert_id=expert_id, active=active)

    def draws(self, case_id: str) -> tuple[Drawn, ...]:
        """The draws for a case; the caller has seen to it that the case may be seen."""
        with self._database.read() as uow:
            return store.draws(uow, case_id)

    def count_draws(self, case_id: str) -> int:
        with self._database.read() as uow:
            return store.count_draws(uow, case_id)

    def _put(self, identity: Identity | None, expert: Expert, *, expert_id: str | None, active: bool) -> str:
        if identity is not None:
            _require(identity, KEEPERS, "评审专家库由大数据局维护。")
        if problems := _problems(expert):
            raise Invalid("没有保存。", problems)
        with self._database.write() as uow:
            if store.is_taken(uow, expert, but=expert_id):
                raise Conflict(f"专家库里已有{expert.label}。")
            by = identity.acting() if identity else AUTOMATIC
            known = Listed(expert_id or uow.ids(), expert, active, by.name, uow.now)
            store.put(uow, known)
            details = {"expert": expert.label, "field": expert.field, "active": active}
            action = "change-expert" if expert_id else "add-expert"
            audit.append_to_system(uow, Act(by, action, f"expert:{known.id}", details))
        return known.id


def _problems(expert: Expert) -> Mapping[str, str]:
    problems = {}
    for name, label in (("name", "姓名"), ("work_unit", "工作单位")):
        if not getattr(expert, name).strip():
            problems[name] = f"请填写{label}。"
    for name, most in _LONGEST.items():
        if len(getattr(expert, name)) > most:
            problems[name] = f"最多 {most} 字。"
    if expert.field not in FIELDS:
        problems["field"] = "请选择专业领域。"
    if "；" in expert.label or "|" in expert.mark.replace("|", "", 2):
        problems["name"] = "姓名和单位里不能有“；”“|”。"
    if len(expert.ties) > _MOST_TIES or any(len(tie) > _LONGEST["work_unit"] for tie in expert.ties):
        problems["ties"] = f"最多 {_MOST_TIES} 个单位，每个最多 {_LONGEST['work_unit']} 字。"
    return problems


def _require(identity: Identity, roles: tuple[str, ...], words: str) -> None:
    if not any(identity.has(role) for role in roles):
        raise Refused(words)
