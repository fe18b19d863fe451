"""What units keep of their systems, and how their migration to the cloud is watched (3.1-8 3.1-9 3.2-4 附2-2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Final

from app.features.audit import store as audit
from app.features.audit.model import AUTOMATIC, Act, Actor
from app.features.audit.refusals import recording_refusals
from app.features.identity import store as identity_store
from app.features.identity.model import Identity
from app.features.ledgers import store, systems_store
from app.features.ledgers.model import (
    COMMON_SYSTEMS,
    KEEPERS,
    LOCATIONS,
    MIGRATION_WAYS,
    NETWORKS,
    Equipment,
    Network,
    UnitSystem,
    may_read,
    units_of,
)
from app.features.ledgers.systems_store import SystemFilter
from app.features.ledgers.usecases import lift_in, readable_units
from app.features.notifications.model import Message
from app.features.notifications.usecases import tell
from app.kernel.clock import local
from app.kernel.database import Database, UnitOfWork
from app.kernel.errors import Conflict, Invalid, Missing, Refused
from services.effects import AddLedgerEntry
from services.ledger import CLAUSES, KINDS

_PAGE: Final = 25
_MOST: Final = 100
_MOST_ROWS: Final = 200
_LONGEST_NAME: Final = 100
_LONGEST: Final = 200
_FIRST_YEAR: Final = 1990
_MOST_UNITS: Final = 1_000_000
_OVERDUE: Final = "migration-overdue"


@dataclass(frozen=True)
class Described:
    """What a unit says of a system; the fields are those of `UnitSystem`."""

    name: str
    network: str
    built_year: int
    location: str
    cost: Decimal | None = None
    usage: str = ""
    common: str = ""
    connected: bool | None = None
    connection: str = ""
    migration_way: str = ""
    migration_due: date | None = None
    retired: bool = False


@dataclass(frozen=True)
class Systems:
    systems: tuple[UnitSystem, ...]
    after: str | None
    today: date


@dataclass(frozen=True)
class Inventory:
    """The equipment and networks of a unit, as 附2 lists them."""

    equipment: tuple[Equipment, ...]
    networks: tuple[Network, ...]


class UnitSystems:
    """The use cases of the ledger of systems. A unit keeps its own; the bureau sees all and confirms migrations."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def search(
        self, identity: Identity, wanted: SystemFilter, *, after: str | None = None, limit: int = _PAGE
    ) -> Systems:
        """The systems that this person may read, the newest first. Raises Refused."""
        among = readable_units(identity)
        limit = max(1, min(limit, _MOST))
        with self._database.read() as uow:
            today = local(uow.now).date()
            found = systems_store.search(uow, wanted, among=among, today=today, limit=limit + 1, after=after)
        return Systems(tuple(found[:limit]), found[limit - 1].id if len(found) > limit else None, today)

    def system(self, identity: Identity, system_id: str) -> tuple[UnitSystem, date]:
        """A system, and today. Raises Missing for whoever may not read it."""
        with self._database.read() as uow:
            return _readable(uow, identity, system_id), local(uow.now).date()

    def inventory(self, identity: Identity, org_id: str) -> Inventory:
        if not may_read(identity, org_id):
            raise Missing("没有这个单位，或者您无权查看它的台账。")
        with self._database.read() as uow:
            return Inventory(
                tuple(systems_store.equipment_of(uow, org_id)), tuple(systems_store.networks_of(uow, org_id))
            )

    def register(self, identity: Identity, org_id: str, described: Described) -> str:
        """A unit enters a system of its own; returns its id. Raises Refused, Invalid."""
        self._require_own(identity, org_id, f"organisation:{org_id}", "register-system")
        with self._database.write() as uow:
            today = local(uow.now).date()
            _raise(_problems(described, today), "系统没有登记。")
            unit = identity_store.organisation_by_id(uow, org_id)
            new = UnitSystem(
                id=uow.ids(),
                org_id=org_id,
                unit=unit.name if unit else "",
                **vars(_cleaned(described)),
                reported_on=None,
                report_note="",
                confirmed_on=None,
                confirmed_by="",
                changed_by=identity.name,
                changed_at=uow.now,
            )
            systems_store.add(uow, new)
            self._record(uow, identity, "register-system", new, {"unit": new.unit, "name": new.name})
        return new.id

    def describe(self, identity: Identity, system_id: str, described: Described) -> None:
        """A unit changes what it says of a system. A plan of migration that stands is not the unit's to change.

        Raises Refused, Missing, Invalid.
        """
        before = self.system(identity, system_id)[0]
        self._require_own(identity, before.org_id, f"system:{system_id}", "describe-system")
        with self._database.write() as uow:
            before = _locked(uow, identity, system_id)
            _raise(_problems(described, local(uow.now).date(), before=before), "系统没有修改。")
            said = vars(_cleaned(described))
            if before.migration_due is not None:
                said = {**said, "migration_due": before.migration_due}
                if before.confirmed_on is None:
                    # Saying that it is gone already does not stand for the bureau's confirmation.
                    said |= {"location": before.location, "retired": before.retired}
            after = replace(before, **said, changed_by=identity.name, changed_at=uow.now)
            systems_store.change(uow, after)
            self._record(uow, identity, "describe-system", after, _differences(before, after))

    def report(self, identity: Identity, system_id: str, *, done_on: date | None, note: str) -> None:
        """A unit reports that a migration is done, for the bureau to confirm.

        Raises Refused, Missing, Invalid, Conflict.
        """
        before = self.system(identity, system_id)[0]
        self._require_own(identity, before.org_id, f"system:{system_id}", "report-migration")
        with self._database.write() as uow:
            before = _locked(uow, identity, system_id)
            if before.migration_due is None or before.confirmed_on is not None:
                raise Conflict("这个系统没有待完成的迁移。")
            problems = {} if note.strip() else {"note": "请说明迁移的完成情况。"}
            if done_on is None or done_on > local(uow.now).date():
                problems["done_on"] = "请填写完成日期，不能晚于今天。"
            _raise(problems, "完成情况没有报送。")
            after = replace(before, reported_on=done_on, report_note=note.strip()[:_LONGEST])
            systems_store.change(uow, replace(after, changed_by=identity.name, changed_at=uow.now))
            self._record(uow, identity, "report-migration", after, {"done_on": str(done_on), "note": note.strip()})

    def confirm(self, identity: Identity, system_id: str) -> None:
        """The bureau confirms a migration, which lifts what its delay had brought upon the unit.

        Raises Refused, Missing, Conflict.
        """
        self._require_bureau(identity, system_id, "confirm-migration")
        with self._database.write() as uow:
            before = _locked(uow, identity, system_id)
            if before.reported_on is None or before.confirmed_on is not None:
                raise Conflict("单位还没有报送完成情况，或者已经确认过了。")
            today = local(uow.now).date()
            location = before.location if before.migration_way == "backup" else "city-cloud"
            after = replace(before, confirmed_on=today, confirmed_by=identity.name, location=location)
            systems_store.change(uow, after)
            self._record(uow, identity, "confirm-migration", after, {"name": after.name})
            self._lift(uow, after, by=identity.name, reason=f"“{after.name}”的迁移已于{after.reported_on}完成并确认")

    def return_report(self, identity: Identity, system_id: str, *, reason: str) -> None:
        """The bureau finds that a migration is not done as reported. Raises Refused, Missing, Invalid, Conflict."""
        self._require_bureau(identity, system_id, "return-migration")
        with self._database.write() as uow:
            before = _locked(uow, identity, system_id)
            if before.reported_on is None or before.confirmed_on is not None:
                raise Conflict("没有待确认的完成情况。")
            _raise({} if reason.strip() else {"reason": "请填写退回的理由。"}, "完成情况没有退回。")
            systems_store.change(uow, replace(before, reported_on=None, report_note=""))
            self._record(uow, identity, "return-migration", before, {"name": before.name, "reason": reason.strip()})
            _tell(uow, before, f"return:{uow.ids()}", "迁移完成情况被退回", f"{before.name}：{reason.strip()}")

    def set_due(self, identity: Identity, system_id: str, *, way: str, due: date | None, reason: str) -> None:
        """The bureau sets or moves the day by which a system is to be migrated.

        A later day lifts what the delay had brought upon the unit. Raises Refused, Missing, Invalid, Conflict.
        """
        self._require_bureau(identity, system_id, "set-migration-due")
        with self._database.write() as uow:
            before = _locked(uow, identity, system_id)
            if before.confirmed_on is not None:
                raise Conflict("这个系统的迁移已经完成。")
            problems = {} if reason.strip() else {"reason": "请填写确定或调整期限的理由。"}
            if way not in MIGRATION_WAYS:
                problems["way"] = "请选择迁移方式。"
            if due is None or due < local(uow.now).date():
                problems["due"] = "期限不能早于今天。"
            _raise(problems, "迁移期限没有改动。")
            after = replace(before, migration_way=way, migration_due=due)
            systems_store.change(uow, after)
            words = f"迁移期限由{before.migration_due or '未定'}改为{due}：{reason.strip()}"
            self._record(uow, identity, "set-migration-due", after, {"name": after.name, "change": words})
            self._lift(uow, after, by=identity.name, reason=words)

    def add_row(self, identity: Identity, org_id: str, row: Equipment | Network) -> None:
        """A unit enters a row of equipment or of networks; its id and unit are set here. Raises Refused, Invalid."""
        self._require_own(identity, org_id, f"organisation:{org_id}", "change-inventory")
        with self._database.write() as uow:
            _raise(_row_problems(row, local(uow.now).date()), "没有登记。")
            count = len(systems_store.equipment_of(uow, org_id)) + len(systems_store.networks_of(uow, org_id))
            if count >= _MOST_ROWS:
                raise Invalid(f"一个单位最多登记 {_MOST_ROWS} 行。")
            systems_store.add_row(uow, replace(row, id=uow.ids(), org_id=org_id))
            details = {"row": " ".join(str(value) for name, value in vars(row).items() if name not in ("id", "org_id"))}
            audit.append_to_system(
                uow, Act(_acting(identity, org_id), "change-inventory", f"organisation:{org_id}", details)
            )

    def remove_row(self, identity: Identity, org_id: str, row_id: str) -> None:
        """Raises Refused, Missing."""
        self._require_own(identity, org_id, f"organisation:{org_id}", "change-inventory")
        with self._database.write() as uow:
            if not systems_store.remove_row(uow, org_id, row_id):
                raise Missing("没有这一行。")
            act = Act(_acting(identity, org_id), "change-inventory", f"organisation:{org_id}", {"removed": row_id})
            audit.append_to_system(uow, act)

    def enter_one_overdue(self) -> bool:
        """The worker's part: a unit that let a migration's day pass enters the ledger of restrictions (3.2-4).

        One unit of work for each; returns whether there was one.
        """
        with self._database.read() as uow:
            if systems_store.next_overdue(uow, local(uow.now).date()) is None:
                return False
        with self._database.write() as uow:
            today = local(uow.now).date()
            late = systems_store.next_overdue(uow, today)
            if late is None:
                return False
            # Locked, it is looked at again: another worker may have entered it in this moment.
            systems_store.by_id(uow, late.id, lock=True)
            again = systems_store.next_overdue(uow, today)
            if again is None or again.id != late.id:
                return True
            reason = f"“{late.name}”应于{late.migration_due}前完成迁移，到期没有完成"
            entry = AddLedgerEntry(_OVERDUE, reason, CLAUSES[_OVERDUE], today)
            new = store.add_restriction(
                uow,
                entry,
                org_id=late.org_id,
                project_id=None,
                entered_by=AUTOMATIC.name,
                system_id=late.id,
                evidence=f"单位系统台账：{MIGRATION_WAYS.get(late.migration_way, '')}，期限{late.migration_due}",
            )
            details = {"unit": late.unit, "kind": _OVERDUE, "clause": entry.clause, "reason": reason}
            audit.append_to_system(uow, Act(AUTOMATIC, "enter-restriction", f"restriction:{new}", details))
            _tell(uow, late, new, "单位限制已登记", f"{KINDS[_OVERDUE]}：{reason}（{entry.clause}）")
        return True

    def _lift(self, uow: UnitOfWork, system: UnitSystem, *, by: str, reason: str) -> None:
        for entry in store.of_system(uow, system.id):
            lift_in(uow, entry, by=by, reason=reason)

    def _record(
        self, uow: UnitOfWork, identity: Identity, action: str, system: UnitSystem, details: Mapping[str, str]
    ) -> None:
        act = Act(_acting(identity, system.org_id), action, f"system:{system.id}", dict(details))
        audit.append_to_system(uow, act)

    def _require_own(self, identity: Identity, org_id: str, subject: str, action: str) -> None:
        with recording_refusals(self._database, identity.acting(), subject, action):
            if org_id not in units_of(identity):
                raise Refused("只有本单位的申报经办人员和负责人可以登记本单位的台账。")

    def _require_bureau(self, identity: Identity, system_id: str, action: str) -> None:
        with recording_refusals(self._database, identity.acting(), f"system:{system_id}", action):
            if not identity.roles & KEEPERS:
                raise Refused("迁移期限和完成情况由区大数据局确认。")


def _acting(identity: Identity, org_id: str) -> Actor:
    member = next((each for each in identity.memberships if each.org_id == org_id), None)
    if member is None:
        member = next((each for each in identity.memberships if each.role in KEEPERS), None)
    return identity.acting(member.role, member.org_id) if member else identity.acting()


def _tell(uow: UnitOfWork, system: UnitSystem, occasion: str, title: str, body: str) -> None:
    for role in ("applicant", "applicant-lead"):
        tell(uow, Message(key=f"system:{occasion}", role=role, org_id=system.org_id, title=title, body=body))


def _readable(uow: UnitOfWork, identity: Identity, system_id: str, *, lock: bool = False) -> UnitSystem:
    found = systems_store.by_id(uow, system_id, lock=lock)
    if found is None or not may_read(identity, found.org_id):
        raise Missing("没有这个系统，或者您无权查看。")
    return found


def _locked(uow: UnitOfWork, identity: Identity, system_id: str) -> UnitSystem:
    return _readable(uow, identity, system_id, lock=True)


def _cleaned(said: Described) -> Described:
    """Without blanks around, and without what does not belong to this kind of system."""
    common = said.common if said.common in COMMON_SYSTEMS else ""
    return replace(
        said,
        name=said.name.strip(),
        usage=said.usage.strip(),
        common=common,
        connected=said.connected if common else None,
        connection=said.connection.strip() if common else "",
    )


def _problems(said: Described, today: date, *, before: UnitSystem | None = None) -> dict[str, str]:
    common = said.common in COMMON_SYSTEMS
    planned = before is not None and before.migration_due is not None
    half_planned = bool(said.migration_way) != bool(said.migration_due)
    checks = (
        ("name", bool(said.name.strip()) and len(said.name.strip()) <= _LONGEST_NAME, "请填写系统名称，最多 100 字。"),
        ("network", said.network in NETWORKS, "请选择所在网络。"),
        ("built_year", _FIRST_YEAR <= said.built_year <= today.year, f"请填写建成年份，{_FIRST_YEAR}至{today.year}。"),
        ("cost", said.cost is None or 0 <= said.cost <= _MOST_UNITS, "请填写投资，单位万元，最多六位小数。"),
        ("location", said.location in LOCATIONS, "请选择现在部署在哪里。"),
        ("usage", len(said.usage.strip()) <= _LONGEST, "应用情况最多 200 字。"),
        ("connected", not common or said.connected is not None, "请说明是否与全市统一系统互联互通。（3.1-9）"),
        ("connection", len(said.connection.strip()) <= _LONGEST, "互联方式最多 200 字。"),
        (
            "connection",
            not (common and said.connected) or bool(said.connection.strip()),
            "请说明怎样互联互通。（3.1-9）",
        ),
        ("migration_way", not said.migration_way or said.migration_way in MIGRATION_WAYS, "请选择迁移方式。"),
        ("migration_due", planned or not half_planned, "迁移计划须同时写明方式和期限。（3.1-8）"),
    )
    return {name: words for name, fine, words in checks if not fine}


def _row_problems(row: Equipment | Network, today: date) -> dict[str, str]:
    problems: dict[str, str] = {}
    if isinstance(row, Equipment):
        for name, label in (("name", "设备名称"), ("configuration", "主要配置"), ("usage", "应用情况")):
            if not getattr(row, name).strip() or len(getattr(row, name)) > _LONGEST_NAME:
                problems[name] = f"请填写{label}，最多 {_LONGEST_NAME} 字。"
        if not 1 <= row.quantity <= 9999:  # noqa: PLR2004 - as the form of 附2 allows
            problems["quantity"] = "请填写数量，1 至 9999。"
        if not _FIRST_YEAR <= row.year <= today.year:
            problems["year"] = f"请填写购买年份，{_FIRST_YEAR} 至 {today.year}。"
        return problems
    if row.network not in NETWORKS:
        problems["network"] = "请选择网络类型。"
    if not 1 <= row.bandwidth <= _MOST_UNITS:
        problems["bandwidth"] = "请填写带宽，单位 Mbps。"
    if not row.operator.strip() or len(row.operator) > 60:  # noqa: PLR2004 - as the form of 附2 allows
        problems["operator"] = "请填写运营商，最多 60 字。"
    if not 0 <= row.yearly_fee <= _MOST_UNITS:
        problems["yearly_fee"] = "请填写年费用，单位万元。"
    return problems


def _differences(before: UnitSystem, after: UnitSystem) -> dict[str, str]:
    """What changed, for the trail."""
    changed = {
        name: f"{value} → {getattr(after, name)}"
        for name, value in vars(before).items()
        if name not in ("changed_by", "changed_at") and value != getattr(after, name)
    }
    return {"name": after.name, **changed}


def _raise(problems: Mapping[str, str], words: str) -> None:
    if problems:
        raise Invalid(words, dict(problems))
