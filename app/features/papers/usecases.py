"""Making documents, issuing them, and putting the stamped scan beside each."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import BinaryIO, Final

from app.features.audit import store as audit
from app.features.audit.model import Act
from app.features.cases import queries
from app.features.cases import store as cases
from app.features.cases.model import Submission
from app.features.definitions.usecases import DefinitionLibrary
from app.features.documents.model import content_type_of, safe_name
from app.features.documents.usecases import Attachments
from app.features.forms import store as drafts
from app.features.forms.model import Field, walk
from app.features.identity.model import Identity
from app.features.inbox.usecases import Inbox, TaskForm
from app.features.papers import sheets, store
from app.features.papers.gathering import Surroundings, on_day
from app.features.papers.material import Material
from app.features.papers.model import SCAN_TYPES, Kind, Made, Offer, Panel, Paper, Scan
from app.features.papers.rendering import render
from app.features.papers.templates import Templates
from app.features.papers.values import values
from app.kernel.clock import local
from app.kernel.database import Database, UnitOfWork
from app.kernel.errors import Conflict, Missing, Refused, Unsupported

MAX_SCANS: Final = 20
_NO_KIND: Final = "没有这种文书。"
_NO_PAPER: Final = "没有这份文书，或者您无权查看。"


class Papers:
    """The use cases of documents: who may see a case may read what was issued in it, the kind says who may issue."""

    def __init__(
        self,
        database: Database,
        *,
        kinds: Mapping[str, Kind],
        templates: Templates,
        inbox: Inbox,
        library: DefinitionLibrary,
        attachments: Attachments,
    ) -> None:
        self._database = database
        self._kinds = kinds
        self._templates = templates
        self._inbox = inbox
        self._library = library
        self._attachments = attachments

    def panel(self, identity: Identity, case_ids: Sequence[str]) -> Panel:
        """The documents of a project's cases, the newest case first, or of one case without a project."""
        with self._database.read() as uow:
            visible = queries.visible(uow, identity, case_ids)
            if not visible:
                return Panel((), (), frozenset())
            found = Surroundings.of(uow, self._library, identity, visible[-1])
            latest = found.latest()
            offers = []
            for kind in self._kinds.values():
                acts = found.acts(identity, kind.issuers) is not None
                ready = _is_ready(kind, latest)
                if _fits(kind, found) and ready and (acts or not kind.issuers):
                    case_id = latest[kind.form].case_id if kind.form else visible[-1]
                    offers.append(Offer(kind, case_id, None, may_issue=acts))
            issued = store.of_cases(uow, visible)
            return Panel(offers, issued, self._scannable(identity, found, issued))

    def panel_of_task(self, identity: Identity, task: TaskForm) -> Panel:
        """The documents that are made in a task, for whoever may work on it; and those of their kinds in its case."""
        at_hand = task.page.task
        kinds = [kind for kind in self._kinds.values() if at_hand.element_id in kind.tasks]
        if not kinds or not task.page.may_work:
            return Panel((), (), frozenset())
        with self._database.read() as uow:
            found = Surroundings.of(uow, self._library, identity, at_hand.case_id)
            latest = found.latest()
            offers = []
            for kind in kinds:
                ready = kind.form == at_hand.form_id or _is_ready(kind, latest)
                acts = found.acts(identity, kind.issuers) is not None
                if _fits(kind, found) and ready and (acts or not kind.issuers):
                    offers.append(Offer(kind, at_hand.case_id, at_hand.id, may_issue=acts))
            here = {kind.id for kind in kinds}
            issued = tuple(each for each in store.of_cases(uow, [at_hand.case_id]) if each.kind in here)
            return Panel(offers, issued, self._scannable(identity, found, issued))

    def preview(self, identity: Identity, case_id: str, kind_id: str, *, task_id: str | None = None) -> Made:
        """The document as it would be, without a number and on no record. Raises Missing, Refused, Conflict."""
        kind = self._kind(kind_id)
        typed = self._typed(identity, kind, case_id, task_id)
        with self._database.read() as uow:
            found, material = self._prepared(uow, identity, kind, case_id, typed)
            content, _, _ = self._written(uow, kind, material)
            return Made(_name(kind, found, kind.title), content)

    def issue(self, identity: Identity, case_id: str, kind_id: str, *, task_id: str | None = None) -> Paper:
        """Number the document, keep it for good, and write down who issued it, all or nothing.

        Issued again for the same occasion it is another version under the same number. From a task's draft, the
        number goes into the draft too. Raises Missing, Refused, Conflict.
        """
        kind = self._kind(kind_id)
        typed = self._typed(identity, kind, case_id, task_id)
        with ExitStack() as kept, self._database.write() as uow:
            locked = cases.lock(uow, case_id)
            found, material = self._prepared(uow, identity, kind, case_id, typed)
            acts = found.acts(identity, kind.issuers)
            if locked is None or acts is None:
                raise Refused(f"您不能制发“{kind.title}”。")
            occasion = material.answers[kind.form].task_id if kind.form else case_id
            before = store.latest_version(uow, kind=kind.id, occasion=occasion)
            today = local(uow.now).date()
            material = on_day(material, today)
            number = before.number if before else None
            if number is None and kind.series:
                number = _numbered(uow, kind, material, occasion=occasion, year=(material.dated or today).year)
            version = before.version + 1 if before else 1
            content, template_version, template_sha256 = self._written(uow, kind, replace(material, number=number))
            name = _name(kind, found, number or kind.title, version)
            filed = self._attachments.file(uow, kept, identity, case_id=case_id, name=name, stream=io.BytesIO(content))
            issued = Paper(
                id=uow.ids(),
                kind=kind.id,
                title=kind.title,
                case_id=case_id,
                project_id=found.case.project_id,
                occasion=occasion,
                version=version,
                number=number,
                dated=material.dated or today,
                template_version=template_version,
                template_sha256=template_sha256,
                attachment_id=filed.id,
                name=filed.name,
                sha256=filed.sha256,
                size=filed.size,
                issued_by=identity.user_id,
                issued_by_name=identity.name,
                issued_org=next((each.org_name for each in identity.memberships if each.org_id == acts[1]), ""),
                issued_at=uow.now,
            )
            store.add(uow, issued)
            details = {"kind": kind.title, "number": number or "", "version": version, "sha256": filed.sha256}
            act = Act(identity.acting(*acts), "issue-paper", f"paper:{issued.id}", details)
            head = audit.append(uow, f"case:{case_id}", locked[0].head, act)
            cases.note(uow, replace(locked[0], head=head))
            if typed is not None and number is not None:
                _take_over(uow, identity, kind, typed, number)
            return issued

    def add_scan(self, identity: Identity, paper_id: str, *, name: str, stream: BinaryIO) -> Paper:
        """Put a stamped scan beside a document. Raises Missing, Refused, Unsupported, TooLarge, Conflict."""
        with self._database.read() as uow:
            self._require_scannable(uow, identity, paper_id)
        if content_type_of(safe_name(name)) not in SCAN_TYPES:
            raise Unsupported("盖章扫描件请上传 pdf、ofd、jpg 或 png 文件。")
        with ExitStack() as kept, self._database.write() as uow:
            issued, acts = self._require_scannable(uow, identity, paper_id)
            locked = cases.lock(uow, issued.case_id)
            if locked is None:
                raise Missing(_NO_PAPER)
            if len(issued.scans) >= MAX_SCANS:
                raise Conflict(f"一份文书最多上传 {MAX_SCANS} 份扫描件。")
            filed = self._attachments.file(uow, kept, identity, case_id=issued.case_id, name=name, stream=stream)
            store.add_scan(uow, paper_id=issued.id, scan=Scan(filed, identity.name, uow.now))
            details = {"kind": issued.title, "number": issued.number or "", "sha256": filed.sha256}
            act = Act(identity.acting(*acts), "add-scan", f"paper:{issued.id}", details)
            head = audit.append(uow, f"case:{issued.case_id}", locked[0].head, act)
            cases.note(uow, replace(locked[0], head=head))
            return issued

    def paper(self, identity: Identity, paper_id: str) -> Paper:
        """What was issued, for whoever may see its case. Raises Missing."""
        with self._database.read() as uow:
            issued = store.find(uow, paper_id)
            if issued is None or not queries.is_visible(uow, identity, issued.case_id):
                raise Missing(_NO_PAPER)
            return issued

    def _require_scannable(self, uow: UnitOfWork, identity: Identity, paper_id: str) -> tuple[Paper, tuple[str, str]]:
        issued = store.find(uow, paper_id)
        if issued is None or not queries.is_visible(uow, identity, issued.case_id):
            raise Missing(_NO_PAPER)
        found = Surroundings.of(uow, self._library, identity, issued.case_id)
        acts = found.acts(identity, self._kind(issued.kind).issuers)
        if acts is None:
            raise Refused("只有制发单位可以上传盖章扫描件。")
        return issued, acts

    def _scannable(self, identity: Identity, found: Surroundings, issued: Sequence[Paper]) -> frozenset[str]:
        return frozenset(
            each.id
            for each in issued
            if each.kind in self._kinds and found.acts(identity, self._kinds[each.kind].issuers) is not None
        )

    def _prepared(
        self, uow: UnitOfWork, identity: Identity, kind: Kind, case_id: str, typed: TaskForm | None
    ) -> tuple[Surroundings, Material]:
        found = Surroundings.of(uow, self._library, identity, case_id)
        if kind.issuers and found.acts(identity, kind.issuers) is None:
            raise Refused(f"您不能制发“{kind.title}”。")
        if not _fits(kind, found):
            raise Missing(_NO_KIND)
        material = found.material(identity, kind, typed=typed)
        if kind.form is not None and kind.form not in material.answers:
            raise Conflict(f"还没有填报，不能生成“{kind.title}”。")
        if kind.form is not None and not kind.belongs_to(material.answers[kind.form].data):
            raise Conflict(f"按填报的结论，不需要“{kind.title}”。")
        return found, material

    def _written(self, uow: UnitOfWork, kind: Kind, material: Material) -> tuple[bytes, int, str]:
        """The document, and the number and digest of the template it was made with; 0 and "" for a workbook."""
        filled = values(kind.values, material)
        if kind.sheet is not None:
            return sheets.render(kind, filled, at=local(uow.now)), 0, ""
        template = self._templates.in_force(uow, kind)
        content = render(template.content, filled, title=kind.title, at=local(uow.now))
        return content, template.version, template.sha256

    def _typed(self, identity: Identity, kind: Kind, case_id: str, task_id: str | None) -> TaskForm | None:
        """A task's form as far as this person has filled it in, where the document is made from that form."""
        if task_id is None:
            return None
        task = self._inbox.open_task(identity, task_id)
        if task.page.task.case_id != case_id or not task.page.may_work:
            raise Refused("只有办理人可以用还没有提交的内容生成文书。")
        return task if task.page.task.form_id == kind.form else None

    def _kind(self, kind_id: str) -> Kind:
        try:
            return self._kinds[kind_id]
        except KeyError:
            raise Missing(_NO_KIND) from None


def _is_ready(kind: Kind, latest: Mapping[str, Submission]) -> bool:
    """Whether what the document is made of has been submitted, with answers that call for it."""
    return kind.form is None or (kind.form in latest and kind.belongs_to(latest[kind.form].data))


def _fits(kind: Kind, found: Surroundings) -> bool:
    """Whether the kind is about what this case is about."""
    return (found.plan if kind.about == "plan" else found.project) is not None


def _numbered(uow: UnitOfWork, kind: Kind, material: Material, *, occasion: str, year: int) -> str:
    """The number that was written into the form, else the next of the series. Raises Conflict if it is taken."""
    series = kind.series or ""
    written = material.answers[kind.form].data.get(kind.number_field) if kind.form and kind.number_field else None
    if not written:
        return store.next_number(uow, series=series, year=year)
    if not store.take_number(uow, str(written), series=series, occasion=occasion):
        raise Conflict(f"文号“{written}”已经用于另一份文书，请更正文号后再制发。")
    return str(written)


def _name(kind: Kind, found: Surroundings, title: str, version: int = 1) -> str:
    plan = f"{found.plan.round_year}年度第{found.plan.batch}批" if found.plan else found.case.business_key
    about = found.project.name if found.project else plan
    again = f"（第{version}版）" if version > 1 else ""
    return f"{title} {about}{again}{kind.ending}"


def _take_over(uow: UnitOfWork, identity: Identity, kind: Kind, typed: TaskForm, number: str) -> None:
    """Fill the number into the field of the form that is for it."""
    fields = {part.key for part in walk(typed.form.components) if isinstance(part, Field)}
    if kind.number_field not in fields:
        return
    task_id, user_id = typed.page.task.id, identity.user_id
    known = drafts.find(uow, task_id=task_id, user_id=user_id)
    entries = {**(known.entries if known else typed.entries), kind.number_field: number}
    drafts.save(uow, entries, task_id=task_id, user_id=user_id, rev=(known.rev if known else 0) + 1)
