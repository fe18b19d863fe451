"""What people do with the ledger of restrictions (3.2-4 3.4-9 4-3 附5-8), and reading the ratings (4-1 4-2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import BinaryIO, Final

from app.features.audit import store as audit
from app.features.audit.model import Act
from app.features.audit.refusals import recording_refusals
from app.features.documents import store as documents
from app.features.documents.usecases import Attachments, Download
from app.features.identity import store as identity_store
from app.features.identity.model import Identity, Organisation
from app.features.ledgers import store
from app.features.ledgers.model import (
    EXEMPTERS,
    KEEPERS,
    OVERSEERS,
    RATING_READERS,
    UNIT_ROLES,
    Entry,
    Rating,
    RestrictionFilter,
    Standing,
    may_read,
    units_of,
)
from app.features.notifications.model import Message
from app.features.notifications.usecases import tell
from app.features.projects import store as projects
from app.kernel.clock import local
from app.kernel.database import Database, UnitOfWork
from app.kernel.errors import Conflict, Invalid, Missing, Refused
from services.effects import AddLedgerEntry
from services.ledger import BARRING_TODAY, CLAUSES, KINDS, Exemption

_LONGEST: Final = 500
_LONGEST_DOCUMENT: Final = 100
_MOST: Final = 100
_PAGE: Final = 25


@dataclass(frozen=True)
class Evidence:
    """What a restriction rests on: words, the number of a document, and possibly a file of this name."""

    words: str
    document: str = ""
    file_name: str = ""
    stream: BinaryIO | None = None


@dataclass(frozen=True)
class Entries:
    """A page of restrictions; `projects` has code and name of those that the reader may know of, by id."""

    entries: tuple[Entry, ...]
    projects: Mapping[str, tuple[str, str]]
    after: str | None
    today: date


@dataclass(frozen=True)
class Ratings:
    ratings: tuple[Rating, ...]
    organisation: Organisation
    after: str | None


class Ledgers:
    """The use cases of the ledgers of units and of suppliers. Whoever reaches for what is not his leaves a trace."""

    def __init__(self, database: Database, attachments: Attachments) -> None:
        self._database = database
        self._attachments = attachments

    # Reading

    def search(
        self, identity: Identity, wanted: RestrictionFilter, *, after: str | None = None, limit: int = _PAGE
    ) -> Entries:
        """The restrictions that this person may read, the newest first. Raises Refused."""
        among = readable_units(identity)
        limit = max(1, min(limit, _MOST))
        with self._database.read() as uow:
            today = local(uow.now).date()
            found = store.search(uow, wanted, among=among, today=today, limit=limit + 1, after=after)
            page = tuple(found[:limit])
            ids = {entry.project_id for entry in page if entry.project_id}
            known = store.known_projects(uow, identity, ids)
        return Entries(page, known, page[-1].id if len(found) > limit else None, today)

    def entry(self, identity: Identity, restriction_id: str) -> Entries:
        """One restriction. Raises Missing for whoever may not read it."""
        with self._database.read() as uow:
            found = _readable(uow, identity, restriction_id)
            known = store.known_projects(uow, identity, [found.project_id] if found.project_id else [])
            return Entries((found,), known, None, local(uow.now).date())

    def standing_against(self, org_id: str) -> tuple[Entry, ...]:
        """What is in force against a unit today, for the pages on which its people apply."""
        with self._database.read() as uow:
            today = local(uow.now).date()
            wanted = RestrictionFilter(org_id=org_id, in_force=True)
            return tuple(store.search(uow, wanted, among=None, today=today, limit=_MOST, after=None))

    def units(self, identity: Identity) -> list[Organisation]:
        """The units whose ledgers this person may read, by name. Raises Refused."""
        among = readable_units(identity)
        with self._database.read() as uow:
            return identity_store.organisations(uow, kind="applicant" if among is None else None, ids=among)

    def unit(self, identity: Identity, org_id: str) -> Organisation:
        """Raises Missing for whoever may not read its ledger."""
        with self._database.read() as uow:
            found = identity_store.organisation_by_id(uow, org_id)
        if found is None or not may_read(identity, org_id):
            raise Missing("没有这个单位，或者您无权查看它的台账。")
        return found

    def evidence_file(self, identity: Identity, restriction_id: str) -> Download:
        """The file beside a restriction. Raises Missing for whoever may not read it."""
        with self._database.read() as uow:
            file_id = _readable(uow, identity, restriction_id).file_id
        if file_id is None:
            raise Missing("这条记录没有附件。")
        return self._attachments.open(identity, file_id, may_see_case=lambda holder: holder == restriction_id)

    def standings(
        self,
        identity: Identity,
        *,
        role: str | None = None,
        word: str = "",
        after: tuple[str, str] | None = None,
        limit: int = _PAGE,
    ) -> tuple[tuple[Standing, ...], tuple[str, str] | None]:
        """Suppliers with their mean ratings, and where the next page begins. Raises Refused."""
        _require(identity, RATING_READERS, "查看服务单位评价")
        with self._database.read() as uow:
            found = store.standings(uow, role=role, word=word.strip(), limit=limit + 1, after=after)
        page = tuple(found[:limit])
        return page, (page[-1].name, page[-1].role) if len(found) > limit else None

    def ratings(self, identity: Identity, org_id: str, *, as_unit: bool = False, after: str | None = None) -> Ratings:
        """How an organisation was rated: as the unit that built (4-1) or a supplier (4-2). Raises Refused, Missing."""
        if as_unit:
            self.unit(identity, org_id)
        else:
            _require(identity, RATING_READERS, "查看服务单位评价")
        with self._database.read() as uow:
            organisation = identity_store.organisation_by_id(uow, org_id)
            if organisation is None:
                raise Missing("没有这个单位。")
            found = store.ratings(uow, identity, org_id, as_unit=as_unit, limit=_PAGE + 1, after=after)
        return Ratings(tuple(found[:_PAGE]), organisation, found[_PAGE - 1].id if len(found) > _PAGE else None)

    # Writing

    def enter(
        self,
        identity: Identity,
        org_id: str,
        *,
        kind: str,
        reason: str,
        evidence: Evidence,
        clause: str = "",
        since: date | None = None,
        until: date | None = None,
        project_code: str = "",
    ) -> str:
        """The bureau enters a restriction of a unit; returns its id. Raises Refused, Invalid, what a file raises."""
        with recording_refusals(self._database, identity.acting(), f"organisation:{org_id}", "enter-restriction"):
            _require(identity, KEEPERS, "登记单位限制")
        problems = _problems_of_entry(kind, reason, evidence)
        _raise(problems, "单位限制没有登记。")
        file_id = self._added(identity, org_id, evidence)
        with self._database.write() as uow:
            since = since or local(uow.now).date()
            if until is not None and until < since:
                problems["until"] = "截止日期不能早于起始日期。"
            unit = identity_store.organisation_by_id(uow, org_id)
            if unit is None or unit.kind != "applicant":
                problems["org_id"] = "请选择项目单位。"
            source = _project_of(uow, identity, org_id, project_code, problems)
            _raise(problems, "单位限制没有登记。")
            entry = AddLedgerEntry(kind, reason.strip(), clause.strip()[:32] or CLAUSES[kind], since, until)
            new = store.add_restriction(
                uow,
                entry,
                org_id=org_id,
                project_id=source,
                entered_by=identity.name,
                evidence=evidence.words.strip(),
                document=evidence.document.strip(),
                file_id=file_id,
            )
            if file_id is not None:
                documents.keep(uow, [file_id], case_id=new)
            details = {"unit": unit.name if unit else "", "kind": kind, "clause": entry.clause, "reason": entry.reason}
            self._record(uow, identity, "enter-restriction", f"restriction:{new}", details)
            _tell_unit(uow, new, org_id, "单位限制已登记", f"{KINDS[kind]}：{entry.reason}（{entry.clause}）")
        return new

    def lift(self, identity: Identity, restriction_id: str, *, reason: str) -> None:
        """The bureau lifts a restriction from today on. Raises Refused, Missing, Invalid, Conflict."""
        with recording_refusals(self._database, identity.acting(), f"restriction:{restriction_id}", "lift-restriction"):
            _require(identity, KEEPERS, "解除单位限制")
        with self._database.write() as uow:
            store.lock(uow, restriction_id)
            found = _readable(uow, identity, restriction_id)
            if found.restriction.lifted_on is not None:
                raise Conflict("这条限制已经解除过了。")
            _raise(_problems_of_words({"reason": ("解除的理由", reason)}), "限制没有解除。")
            lift_in(uow, found, by=identity.name, reason=reason.strip())
            details = {"unit": found.unit, "kind": found.restriction.kind, "reason": reason.strip()}
            self._record(uow, identity, "lift-restriction", f"restriction:{restriction_id}", details)

    def exempt(
        self, identity: Identity, restriction_id: str, *, basis: str, reason: str, project_code: str = ""
    ) -> None:
        """The head of the bureau exempts a unit, or one project of it, from a restriction; for ever on record.

        A restriction by 3.2-4 yields to a law only, which the basis names. Raises Refused, Missing, Invalid, Conflict.
        """
        with recording_refusals(self._database, identity.acting(), f"restriction:{restriction_id}", "grant-exemption"):
            _require(identity, EXEMPTERS, "批准例外")
        with self._database.write() as uow:
            store.lock(uow, restriction_id)
            found = _readable(uow, identity, restriction_id)
            if found.restriction.lifted_on is not None:
                raise Conflict("这条限制已经解除，不需要例外。")
            problems = _problems_of_words({"basis": ("例外的依据", basis), "reason": ("例外的理由", reason)})
            if found.restriction.kind in BARRING_TODAY and "basis" not in problems and "《" not in basis:
                problems["basis"] = (
                    "这类限制只有法律法规明确规定的才能例外，请写明法律法规的名称（用书名号）和条款。（3.2-4）"
                )
            _project_of(uow, identity, found.org_id, project_code, problems)
            _raise(problems, "例外没有批准。")
            granted = Exemption(
                basis.strip(), reason.strip(), identity.name, local(uow.now).date(), project_code.strip() or None
            )
            if any(each.project == granted.project for each in found.exemptions):
                raise Conflict("已经批准过同样范围的例外。")
            store.add_exemption(uow, restriction_id, granted)
            details = {"unit": found.unit, "kind": found.restriction.kind, "basis": granted.basis}
            details |= {"reason": granted.reason, "project": granted.project or ""}
            self._record(uow, identity, "grant-exemption", f"restriction:{restriction_id}", details)
            _tell_unit(uow, f"{restriction_id}:{uow.ids()}", found.org_id, "单位限制已准予例外", granted.sentence())

    def _added(self, identity: Identity, org_id: str, evidence: Evidence) -> str | None:
        """Keep the file of an entry that is being made; without an entry it is cleared away like an abandoned draft."""
        if evidence.stream is None or not evidence.file_name:
            return None
        stream, name = evidence.stream, evidence.file_name
        scope = f"restriction:{org_id}"
        return self._attachments.add(identity, scope=scope, name=name, stream=stream, may=lambda _uow: None).id

    def _record(self, uow: UnitOfWork, identity: Identity, action: str, subject: str, details: dict[str, str]) -> None:
        role = next(iter(sorted(identity.roles & KEEPERS)), "")
        org_id = next((member.org_id for member in identity.memberships if member.role == role), "")
        audit.append_to_system(uow, Act(identity.acting(role, org_id), action, subject, details))


def readable_units(identity: Identity) -> frozenset[str] | None:
    """The units whose ledgers this person may read, None for all. Raises Refused if there are none."""
    if identity.roles & OVERSEERS:
        return None
    own = units_of(identity)
    if not own:
        raise Refused("只有主管部门和项目单位可以查看单位台账。")
    return own


def lift_in(uow: UnitOfWork, entry: Entry, *, by: str, reason: str) -> None:
    """Lift a restriction within a unit of work, and tell the unit."""
    store.lift(uow, entry.id, on=local(uow.now).date(), by=by, reason=reason)
    _tell_unit(uow, f"{entry.id}:lifted", entry.org_id, "单位限制已解除", f"{KINDS[entry.restriction.kind]}：{reason}")


def _tell_unit(uow: UnitOfWork, occasion: str, org_id: str, title: str, body: str) -> None:
    for role in sorted(UNIT_ROLES):
        tell(uow, Message(key=f"restriction:{occasion}", role=role, org_id=org_id, title=title, body=body))


def _readable(uow: UnitOfWork, identity: Identity, restriction_id: str) -> Entry:
    found = store.by_id(uow, restriction_id)
    if found is None or not may_read(identity, found.org_id):
        raise Missing("没有这条记录，或者您无权查看。")
    return found


def _require(identity: Identity, roles: frozenset[str], what: str) -> None:
    if not identity.roles & roles:
        raise Refused(f"您的岗位不能{what}。")


def _project_of(uow: UnitOfWork, identity: Identity, org_id: str, code: str, problems: dict[str, str]) -> str | None:
    """The id of the unit's project with this code; without a code, none."""
    if not code.strip():
        return None
    project_id = projects.id_of_code(uow, code.strip())
    found = projects.visible(uow, identity, project_id) if project_id else None
    if found is None or found.org_id != org_id:
        problems["project_code"] = "这个单位没有这一编号的项目。"
        return None
    return found.id


def _problems_of_entry(kind: str, reason: str, evidence: Evidence) -> dict[str, str]:
    problems = _problems_of_words({"reason": ("限制的事由", reason), "evidence": ("证据", evidence.words)})
    if kind not in KINDS:
        problems["kind"] = "请选择限制的类别。"
    if not evidence.document.strip():
        problems["document"] = "请填写依据文件的文号。"
    elif len(evidence.document.strip()) > _LONGEST_DOCUMENT:
        problems["document"] = f"文号最多 {_LONGEST_DOCUMENT} 字。"
    return problems


def _problems_of_words(said: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    problems = {}
    for key, (label, words) in said.items():
        if not words.strip():
            problems[key] = f"请填写{label}。"
        elif len(words.strip()) > _LONGEST:
            problems[key] = f"{label}最多 {_LONGEST} 字。"
    return problems


def _raise(problems: Mapping[str, str], words: str) -> None:
    if problems:
        raise Invalid(words, dict(problems))
