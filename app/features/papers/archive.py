"""The archive of a project: everything that was filed, with an index of digests, in a zip made as it is sent."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from io import RawIOBase
from pathlib import Path
from typing import Any, Final

from app.features.audit import store as audit
from app.features.audit.model import Act, Entry
from app.features.cases import queries
from app.features.cases import store as cases
from app.features.cases.model import CaseSummary, Submission, TimelineEntry
from app.features.definitions.usecases import DefinitionLibrary
from app.features.documents import store as documents
from app.features.documents.model import safe_name
from app.features.documents.usecases import Attachments
from app.features.identity.model import Identity
from app.features.papers import sheets, store
from app.features.papers.model import Paper
from app.features.projects import store as projects
from app.features.projects.access import APPLICANT_ROLES, SEES_CONFIDENTIAL_PROJECTS, SEES_OPEN_PROJECTS
from app.features.projects.model import Project
from app.kernel.clock import local
from app.kernel.database import Database, UnitOfWork
from app.kernel.errors import Missing, Refused

Written = Callable[[Submission, str], bytes]
"""A submission as a page that can be read without this system, under the name of its step."""

_CHUNK: Final = 256 * 1024
_INDEX: Final = "目录.xlsx"
_HAPPENED: Final = {
    "entered": "到达",
    "completed": "办结",
    "cancelled": "取消",
    "failed": "故障",
    "claimed": "领取",
    "released": "退回岗位",
    "reassigned": "转办",
    "recounted": "期限重算",
}


@dataclass(frozen=True)
class Package:
    """The file's name, and its content as it comes into being."""

    name: str
    content: Iterator[bytes]


@dataclass(frozen=True)
class _Part:
    """A file of the archive: where in it, what it is, and its content in pieces."""

    path: str
    what: str
    pieces: Callable[[], Iterator[bytes]]


@dataclass(frozen=True)
class _Packed:
    path: str
    what: str
    size: int
    sha256: str


@dataclass(frozen=True)
class _Case:
    summary: CaseSummary
    name: str
    history: Sequence[TimelineEntry]
    submissions: Sequence[Submission]
    trail: Sequence[Entry]


class Archive:
    """The use case of archiving (附5-10)."""

    def __init__(self, database: Database, *, library: DefinitionLibrary, attachments: Attachments) -> None:
        self._database = database
        self._library = library
        self._attachments = attachments

    def may(self, identity: Identity, project: Project) -> bool:
        """Whoever sees every project may at any time, the applicant once the project has come to its end.

        The caller has seen to it that this person may know of the project.
        """
        if identity.roles & (SEES_OPEN_PROJECTS | SEES_CONFIDENTIAL_PROJECTS):
            return True
        own = any(identity.has(role, project.org_id) for role in APPLICANT_ROLES)
        return own and project.status != "running"

    def open(self, identity: Identity, code: str, written: Written) -> Package:
        """Write down that the archive is fetched, and hand it out. Raises Missing, Refused."""
        with self._database.write() as uow:
            project = self._allowed(uow, identity, code)
            first = queries.cases_of_project(uow, project.id)[-1].id
            locked = cases.lock(uow, first)
            if locked is None:
                raise _missing()
            act = Act(identity.acting(), "fetch-archive", f"project:{project.id}", {"code": project.code})
            head = audit.append(uow, f"case:{first}", locked[0].head, act)
            cases.note(uow, replace(locked[0], head=head))
        with self._database.read() as uow:
            found = [self._case(uow, each) for each in reversed(queries.cases_of_project(uow, project.id))]
            filed = [*self._filed(uow, project, found), _trail(found)]
            at = local(uow.now)
        # Pages are written before the first byte goes out: what goes wrong with one is still told as an error.
        parts = [*self._submitted(found, written), *filed]
        name = safe_name(f"{project.code} {project.name} 归档包.zip")
        return Package(name, _stream(project, found, parts, at))

    def _allowed(self, uow: UnitOfWork, identity: Identity, code: str) -> Project:
        project_id = projects.id_of_code(uow, code)
        project = projects.visible(uow, identity, project_id) if project_id else None
        if project is None:
            raise _missing()
        if not self.may(identity, project):
            raise Refused("归档包由主管部门随时下载；申报单位在项目办结后下载。")
        return project

    def _case(self, uow: UnitOfWork, summary: CaseSummary) -> _Case:
        known = cases.by_id(uow, summary.id)
        if known is None:
            raise _missing()
        definitions = self._library.compiled_in(uow, known[0].bundle_key)
        return _Case(
            summary,
            definitions.processes[summary.process_id].name,
            queries.timeline(uow, summary.id),
            cases.submissions(uow, [summary.id]),
            audit.entries(uow, f"case:{summary.id}"),
        )

    def _submitted(self, found: Sequence[_Case], written: Written) -> Iterator[_Part]:
        filled = [each for case in found for each in case.submissions if each.form_id]
        for number, each in enumerate(sorted(filled, key=lambda one: one.submitted_at), 1):
            name = self._library.compiled(each.bundle_key).element(each.process_id, each.element_id).name
            path = f"1 填报内容/{number:03d} {safe_name(name)}.html"
            what = f"{name}，{each.submitted_by_name} {_minute(each.submitted_at)} 提交"
            yield _Part(path, what, partial(_whole, written(each, name)))

    def _filed(self, uow: UnitOfWork, project: Project, found: Sequence[_Case]) -> Iterator[_Part]:
        case_ids = [case.summary.id for case in found]
        issued = store.of_cases(uow, case_ids)
        official = _official(issued)
        for number, each in enumerate(documents.of_cases(uow, case_ids), 1):
            content = self._attachments.content(each.sha256)
            folder, what = official.get(each.id, ("2 申报和验收等材料", ""))
            what = what or f"{each.name}，{_minute(each.uploaded_at)} 提交"
            yield _Part(f"{folder}/{number:03d} {each.name}", what, partial(_read, content))


def _official(issued: Sequence[Paper]) -> Mapping[str, tuple[str, str]]:
    """Where issued documents and their scans lie, and what they are, by the id of the attachment."""
    found = {}
    for paper in issued:
        said = f"{paper.title} {paper.number or ''}（第{paper.version}版），{paper.issued_org}{paper.issued_by_name}"
        found[paper.attachment_id] = ("3 制发的公文和表单", f"{said} {_minute(paper.issued_at)} 制发")
        for scan in paper.scans:
            found[scan.attachment.id] = (
                "4 盖章扫描件",
                f"{said}的扫描件，{scan.added_by} {_minute(scan.added_at)} 上传",
            )
    return found


def _trail(found: Sequence[_Case]) -> _Part:
    chains = {f"case:{case.summary.id}": [_entry(entry) for entry in case.trail] for case in found}
    return _Part("操作日志.json", "各流程的操作日志，每条以摘要与前一条相连", lambda: iter((_json(chains),)))


def _entry(entry: Entry) -> Mapping[str, Any]:
    actor = entry.act.actor
    return {
        "seq": entry.seq,
        "at": entry.at.isoformat(timespec="microseconds"),
        "actor": [actor.user_id, actor.name, actor.role],
        "action": entry.act.action,
        "subject": entry.act.subject,
        "details": entry.act.details,
        "previous": entry.previous,
        "hash": entry.hash,
    }


def _stream(project: Project, found: Sequence[_Case], parts: Sequence[_Part], at: datetime) -> Iterator[bytes]:
    """The zip in pieces. The index comes last, because it holds the digests of everything before it."""
    sink = _Sink()
    packed: list[_Packed] = []
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as package:
        for part in parts:
            for written in _pack(package, part, at):
                if written is not None:
                    packed.append(written)
                yield sink.taken()
        index = {
            "project": project.code,
            "name": project.name,
            "packed_at": at.isoformat(),
            "files": list(map(vars, packed)),
        }
        for last in (
            _Part(_INDEX, "目录", lambda: iter((_workbook(project, found, packed, at),))),
            _Part("目录.json", "供程序读取的目录", lambda: iter((_json(index),))),
        ):
            for _ in _pack(package, last, at):
                yield sink.taken()
    yield sink.taken()


def _pack(package: zipfile.ZipFile, part: _Part, at: datetime) -> Iterator[_Packed | None]:
    """Write a part; tells after every piece, so that it can be sent, and at its end what was written."""
    info = zipfile.ZipInfo(part.path, at.timetuple()[:6])
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    digest, size = hashlib.sha256(), 0
    with package.open(info, "w", force_zip64=True) as target:
        for piece in part.pieces():
            target.write(piece)
            digest.update(piece)
            size += len(piece)
            yield None
    yield _Packed(part.path, part.what, size, digest.hexdigest())


def _whole(content: bytes) -> Iterator[bytes]:
    yield content


def _read(path: Path) -> Iterator[bytes]:
    with path.open("rb") as source:
        while piece := source.read(_CHUNK):
            yield piece


def _workbook(project: Project, found: Sequence[_Case], packed: Sequence[_Packed], at: datetime) -> bytes:
    book = sheets.workbook(at)
    index = book.create_sheet("目录")
    sheets.write(index.cell(1, 1), f"{project.code} {project.name}（{project.unit}），{_minute(at)} 生成")
    rows = [(number, each.path, each.what, each.size, each.sha256) for number, each in enumerate(packed, 1)]
    widths = {"序号": 6, "文件": 60, "说明": 50, "字节": 12, "SHA-256": 68}
    sheets.table(index, top=2, headings=widths, rows=rows)
    told = [
        (
            _minute(each.at),
            case.name,
            each.name,
            _HAPPENED[each.kind],
            each.actor_org,
            each.actor_name or "系统",
            each.note,
        )
        for case in found
        for each in case.history
        if each.name
    ]
    widths = {"时间": 18, "流程": 24, "环节": 30, "情况": 12, "单位": 28, "办理人": 12, "说明": 40}
    sheets.table(book.create_sheet("办理记录"), top=1, headings=widths, rows=sorted(told, key=lambda row: str(row[0])))
    heads = [
        (case.name, case.summary.id, case.trail[-1].seq if case.trail else 0, case.trail[-1].hash if case.trail else "")
        for case in found
    ]
    widths = {"流程": 24, "编号": 36, "日志条数": 10, "日志链末端的摘要": 68}
    sheets.table(book.create_sheet("操作日志"), top=1, headings=widths, rows=heads)
    return sheets.saved(book)


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1, default=str).encode()


def _minute(at: datetime) -> str:
    return local(at).strftime("%Y-%m-%d %H:%M")


def _missing() -> Missing:
    return Missing("没有这个项目，或者您无权查看。")


class _Sink(RawIOBase):
    """Where the zip is written: what has come is taken away again at once, so that nothing piles up."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        self._waiting.append(bytes(piece))
        return len(piece)

    def taken(self) -> bytes:
        taken = b"".join(self._waiting)
        self._waiting.clear()
        return taken
