"""The templates of documents: those that came with the product, and the versions that people uploaded."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from app.features.audit import store as audit
from app.features.audit.model import Act
from app.features.identity.model import Identity
from app.features.papers import store
from app.features.papers.model import Kind, Made, Template
from app.features.papers.rendering import check
from app.kernel.database import Database, UnitOfWork
from app.kernel.errors import Conflict, Invalid, Missing, Refused

EDITORS: Final = ("process-owner", "administrator")
_MAX_NOTE: Final = 200
_FIRST_NOTE: Final = "随系统提供"


@dataclass(frozen=True)
class InForce:
    version: int
    sha256: str
    content: bytes


class Templates:
    """The use cases of templates. `directory` holds those that came with the product, one file a kind."""

    def __init__(self, database: Database, kinds: Mapping[str, Kind], directory: Path) -> None:
        self._database = database
        self._kinds = kinds
        self._first = cache(lambda kind_id: (directory / f"{kind_id}.docx").read_bytes())

    def versions(self, identity: Identity) -> list[tuple[Kind, list[Template]]]:
        """Every kind that has a template with its versions, the one in force first. Raises Refused."""
        _require_editor(identity)
        with self._database.read() as uow:
            return [
                (kind, [*store.templates(uow, kind.id), self._built_in(kind)])
                for kind in self._kinds.values()
                if not kind.sheet
            ]

    def file(self, identity: Identity, kind_id: str, version: int) -> Made:
        """A version as a file to edit. Raises Refused, Missing."""
        _require_editor(identity)
        kind = self._kind(kind_id)
        with self._database.read() as uow:
            content = store.template_content(uow, kind=kind.id, version=version) if version else self._first(kind.id)
        if content is None:
            raise Missing("没有这个版本的模板。")
        return Made(f"{kind.title} 模板{version}.docx", content)

    def add(self, identity: Identity, kind_id: str, *, content: bytes, note: str) -> Template:
        """Check a new version and put it in force. Raises Refused, Missing, Invalid, Conflict."""
        _require_editor(identity)
        kind = self._kind(kind_id)
        note = " ".join(note.split())
        if len(note) > _MAX_NOTE:
            raise Invalid("模板没有保存。", {"note": f"说明最多 {_MAX_NOTE} 字。"})
        check(content, kind)
        digest = hashlib.sha256(content).hexdigest()
        with self._database.write() as uow:
            if self.in_force(uow, kind).sha256 == digest:
                raise Conflict("这份模板与现行版本完全相同，没有保存。")
            new = Template(
                kind=kind.id,
                version=store.latest_template(uow, kind.id) + 1,
                sha256=digest,
                size=len(content),
                note=note,
                added_by=identity.name,
                added_at=uow.now,
            )
            store.add_template(uow, new, content)
            details = {"kind": kind.title, "version": new.version, "sha256": digest}
            audit.append_to_system(uow, Act(identity.acting(), "add-template", f"template:{kind.id}", details))
        return new

    def in_force(self, uow: UnitOfWork, kind: Kind) -> InForce:
        """The latest version of a kind's template."""
        version = store.latest_template(uow, kind.id)
        content = store.template_content(uow, kind=kind.id, version=version) if version else None
        kept = self._first(kind.id) if content is None else content
        return InForce(version, hashlib.sha256(kept).hexdigest(), kept)

    def _built_in(self, kind: Kind) -> Template:
        content = self._first(kind.id)
        digest = hashlib.sha256(content).hexdigest()
        return Template(kind.id, 0, digest, len(content), _FIRST_NOTE, "", None)

    def _kind(self, kind_id: str) -> Kind:
        kind = self._kinds.get(kind_id)
        if kind is None or kind.sheet:
            raise Missing("没有这种文书的模板。")
        return kind


def _require_editor(identity: Identity) -> None:
    if not any(identity.has(role) for role in EDITORS):
        raise Refused("只有流程管理员和系统管理员可以维护文书模板。")
