"""Deploying bundles, and handing out what was deployed."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

from sqlalchemy.exc import IntegrityError

from app.engine.decisions import Decision, parse_decisions
from app.engine.model import DefinitionInvalid, Definitions, Resource
from app.features.audit import store as audit
from app.features.audit.model import AUTOMATIC, Act
from app.features.definitions import store
from app.features.definitions.checks import CheckExpression, check, check_files, parse_forms
from app.features.definitions.model import Bundle, BundleRefused, Deployment
from app.features.forms.model import Form
from app.features.identity.model import Identity
from app.kernel.database import Database, UnitOfWork
from app.kernel.errors import Conflict, Missing, Refused
from services.registry import EXTERNAL, TASKS

_Form = TypeVar("_Form")


class Compiler(Protocol):
    """What is needed of the engine here: from files to definitions, or `DefinitionInvalid`."""

    def compile(self, resources: Sequence[Resource]) -> Definitions: ...


class DefinitionLibrary:
    """The deployed bundles. Compiled ones are kept for the life of the process: a bundle never changes."""

    def __init__(
        self, database: Database, compiler: Compiler, *, check_expression: CheckExpression | None = None
    ) -> None:
        self._database = database
        self._compiler = compiler
        self._check_expression = check_expression
        self._compiled: dict[str, Definitions] = {}
        self._forms: dict[str, Mapping[str, Form]] = {}
        self._schemas: dict[str, Mapping[str, Mapping[str, Any]]] = {}
        self._decisions: dict[str, Mapping[str, Decision]] = {}
        self._compiling = threading.Lock()

    def deploy(self, identity: Identity | None, resources: Sequence[Resource]) -> Deployment:
        """Let new cases begin on this bundle; running ones stay on theirs. The same files make the same bundle.

        `identity` is None for the command line. Raises Refused for anybody but a process owner, and BundleRefused
        with all findings when the bundle cannot be run.
        """
        if identity is not None and not identity.has("process-owner"):
            raise Refused("只有流程管理员可以部署流程定义。")
        definitions = self._compile(resources)
        by = "系统" if identity is None else identity.name
        with self._database.write() as uow:
            known = store.version_of(uow, definitions.key)
            current = store.current(uow)
            version = known or _added(uow, definitions.key, resources, by=by)
            if current != definitions.key:
                store.deploy(uow, key=definitions.key, by=by)
                actor = AUTOMATIC if identity is None else identity.acting()
                details = {"version": version}
                audit.append_to_system(uow, Act(actor, "deploy-bundle", f"bundle:{definitions.key}", details))
        return Deployment(definitions.key, version, new=known is None, warnings=definitions.findings)

    def deploy_directories(self, processes: Path, forms: Path) -> Deployment:
        """Deploy what lies in the two directories, as the command line does."""
        return self.deploy(None, read_directories(processes, forms))

    def check(self, resources: Sequence[Resource]) -> Definitions:
        """Compile a bundle without deploying it. Raises BundleRefused with all findings."""
        return self._compile(resources)

    def current(self) -> str:
        """The key of the bundle that new cases begin on. Raises Conflict before the first deployment."""
        with self._database.read() as uow:
            return self.current_in(uow)

    def current_if_any(self, uow: UnitOfWork) -> str | None:
        return store.current(uow)

    def current_in(self, uow: UnitOfWork) -> str:
        """Like `current`, within a unit of work."""
        key = store.current(uow)
        if key is None:
            raise Conflict("还没有部署流程定义，暂时不能办理，请联系流程管理员。")
        return key

    def bundles(self) -> list[Bundle]:
        """All versions, the newest first."""
        with self._database.read() as uow:
            return store.bundles(uow)

    def compiled(self, key: str) -> Definitions:
        """The definitions of a bundle. Raises Missing."""
        if key in self._compiled:
            return self._compiled[key]
        with self._database.read() as uow:
            return self.compiled_in(uow, key)

    def compiled_in(self, uow: UnitOfWork, key: str) -> Definitions:
        """Like `compiled`, within a unit of work."""
        self._load(uow, key)
        return self._compiled[key]

    def form(self, key: str, form_id: str) -> Mapping[str, Any]:
        """A form of a bundle as its owner saved it: form-js JSON. Raises Missing."""
        self.compiled(key)
        return _known(self._schemas[key], form_id)

    def parsed_form(self, key: str, form_id: str) -> Form:
        """A form of a bundle, ready to be shown and checked. Raises Missing."""
        self.compiled(key)
        return self.parsed_form_of_compiled(key, form_id)

    def parsed_form_of_compiled(self, key: str, form_id: str) -> Form:
        """Like `parsed_form`, for a bundle that is compiled already: for use within a unit of work."""
        return _known(self._forms[key], form_id)

    def forms(self, key: str) -> Mapping[str, Form]:
        """All forms of a bundle by id. Raises Missing."""
        self.compiled(key)
        return self._forms[key]

    def decisions(self, key: str) -> Mapping[str, Decision]:
        """The decision tables and expressions of a bundle by id, for reading. Raises Missing."""
        if key not in self._decisions:
            self.compiled(key)
            files = (each for each in self.sources(key) if each.path.endswith(".dmn"))
            self._decisions[key] = {decision.id: decision for file in files for decision in parse_decisions(file)}
        return self._decisions[key]

    def source(self, key: str, path: str) -> bytes:
        """A file of a bundle, byte by byte as it was deployed. Raises Missing."""
        with self._database.read() as uow:
            content = store.content(uow, key, path)
        if content is None:
            raise Missing("没有这个流程定义文件。")
        return content

    def sources(self, key: str) -> list[Resource]:
        """All files of a bundle, by path."""
        with self._database.read() as uow:
            return store.resources(uow, key)

    def _compile(self, resources: Sequence[Resource]) -> Definitions:
        """Compile and check; everything that is wrong is told at once, whoever found it."""
        if problems := check_files(resources):
            raise BundleRefused(problems)
        forms, findings = parse_forms(resources, check_expression=self._check_expression)
        try:
            definitions = self._compiler.compile(resources)
        except DefinitionInvalid as refused:
            raise BundleRefused([*refused.findings, *findings]) from refused
        findings += check(definitions, form_ids=forms, task_types=TASKS.keys() | EXTERNAL, checks=TASKS.keys())
        if findings:
            raise BundleRefused(findings)
        return definitions

    def _load(self, uow: UnitOfWork, key: str) -> None:
        if key in self._compiled:
            return
        with self._compiling:
            if key in self._compiled:
                return
            resources = store.resources(uow, key)
            if not resources:
                raise Missing("没有这个版本的流程定义。")
            self._forms[key], _ = parse_forms(resources)
            self._schemas[key] = {
                schema["id"]: schema
                for schema in (json.loads(each.content) for each in resources if each.path.endswith(".form"))
            }
            # Last, because others take its being there as the sign that everything is.
            self._compiled[key] = self._compiler.compile(resources)


def _added(uow: UnitOfWork, key: str, resources: Sequence[Resource], *, by: str) -> int:
    try:
        return store.add(uow, key=key, resources=resources, by=by)
    except IntegrityError as other:
        raise Conflict("另一个人正在部署，本次没有部署，请稍后重试。") from other


def _known(forms: Mapping[str, _Form], form_id: str) -> _Form:
    try:
        return forms[form_id]
    except KeyError:
        raise Missing("没有这张表单。") from None


def read_directories(processes: Path, forms: Path) -> list[Resource]:
    """The bundle that lies in the directories: `*.bpmn` and `decisions/*.dmn` in one, `*.form` in the other."""
    return [
        Resource(path.relative_to(root).as_posix(), path.read_bytes())
        for root, pattern in ((processes, "*.bpmn"), (processes, "decisions/*.dmn"), (forms, "*.form"))
        for path in sorted(root.glob(pattern))
    ]
