"""Cloud providers report the utilisation of many resources at once, by a list (附5-9)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from app.engine.model import OutMessage
from app.features.audit import store as audit
from app.features.audit.model import Act
from app.features.audit.refusals import recording_refusals
from app.features.cases import store
from app.features.cases.step import Tools
from app.features.cloud import lists
from app.features.cloud import store as cloud
from app.features.cloud.model import CloudEntry
from app.features.cloud.usecases import organisations_of
from app.features.identity.model import Identity
from app.kernel.clock import local
from app.kernel.database import Database, UnitOfWork
from app.kernel.errors import Conflict, Invalid, Refused
from services.amounts import number
from services.checks.cloud import report
from services.cloud import MEASURED, PROVIDER, Usage
from services.cloud_list import Problem, Reported, as_lines, read

MESSAGE: Final = "cloud-usage-listed"
"""A process that begins with it takes up one line of a list, beside the project of its resource."""


@dataclass(frozen=True)
class UsageList:
    """A list that was read: each line with its resource, or what is wrong. `text` is the list to be sent in."""

    lines: tuple[tuple[Reported, CloudEntry], ...]
    problems: tuple[Problem, ...]

    @property
    def text(self) -> str:
        return as_lines(line for line, _ in self.lines)


class UsageLists:
    """The use cases of whoever provides cloud resources; everybody else is Refused."""

    def __init__(self, database: Database, tools: Tools) -> None:
        self._database = database
        self._tools = tools

    def resources(self, identity: Identity) -> list[CloudEntry]:
        """What the provider has running, by number: what it reports of."""
        providers = self._providers(identity)
        with self._database.read() as uow:
            return cloud.in_use(uow, identity, providers)

    def template(self, identity: Identity) -> bytes:
        """A workbook to fill in, with a line for each of the provider's running resources."""
        providers = self._providers(identity)
        with self._database.read() as uow:
            return lists.template(cloud.in_use(uow, identity, providers), at=local(uow.now))

    def look_at(self, identity: Identity, content: bytes) -> UsageList:
        """Read a file without recording anything. Raises TooLarge or Invalid for what is no list at all."""
        providers = self._providers(identity)
        table = lists.table(content)
        with self._database.read() as uow:
            return _read(uow, identity, providers, table)

    def send_in(self, identity: Identity, content: bytes) -> int:
        """Report all lines of a list, or none; returns their number.

        The utilisation is in the ledger at once; a case for each line then looks whether something has to change.
        Raises Invalid when anything is wrong, such as a line that was reported meanwhile; Conflict when no process
        in force takes lists up.
        """
        providers = self._providers(identity)
        table = lists.table(content)
        with self._database.write() as uow:
            self._require_taken_up(uow)
            found = _read(uow, identity, providers, table)
            if found.problems:
                raise Invalid("清单没有导入。" + "".join(each.sentence() for each in found.problems[:5]))
            cloud.put_usages(uow, {line.number: line.usage for line, _ in found.lines})
            store.send(uow, [_message(line, entry) for line, entry in found.lines], source_case_id=None)
            digest = hashlib.sha256(found.text.encode()).hexdigest()
            details = {"lines": len(found.lines), "sha256": digest}
            audit.append_to_system(uow, Act(identity.acting(), "report-usage-list", "cloud-usage:list", details))
        return len(found.lines)

    def _providers(self, identity: Identity) -> frozenset[str]:
        with recording_refusals(self._database, identity.acting(), "cloud-usage:list", "report-usage-list"):
            if not identity.has(PROVIDER):
                raise Refused("只有云服务单位可以上报云资源利用率。")
        return organisations_of(identity)

    def _require_taken_up(self, uow: UnitOfWork) -> None:
        bundles = self._tools.bundles
        current = bundles.compiled_in(uow, bundles.current_in(uow))
        if MESSAGE not in {start.message for start in current.message_starts}:
            raise Conflict("现行流程没有办理利用率清单的环节，请在项目页面逐项上报。")


def _read(
    uow: UnitOfWork, identity: Identity, providers: frozenset[str], table: Sequence[Sequence[object]]
) -> UsageList:
    """Line by line in their order, so that a resource may be reported for one month after the other."""
    reported, problems = read(table)
    known = {entry.resource.number: entry for entry in cloud.in_use(uow, identity, providers)}
    today = local(uow.now).date()
    lines: list[tuple[Reported, CloudEntry]] = []
    wrong = list(problems)
    for line in reported:
        entry = known.get(line.number)
        if entry is None:
            wrong.append(Problem(line.line, f"“{line.number[:40]}”不是本单位正式运行的云资源。"))
            continue
        found = [Problem(line.line, each.message) for each in report(_answers(line), entry.resource, today=today)]
        wrong += found
        if not found:
            lines.append((line, entry))
            known[line.number] = replace(entry, resource=replace(entry.resource, usage=line.usage))
    wrong.sort(key=lambda each: each.line or 0)
    return UsageList(tuple(lines), tuple(wrong))


def _answers(line: Reported) -> dict[str, Any]:
    """What the form of one report would hold."""
    return {
        "cloud_number": line.number,
        "cloud_usage_since": line.usage.since.isoformat(),
        "cloud_usage_until": line.usage.until.isoformat(),
        **_shares(line.usage),
    }


def _shares(usage: Usage) -> Mapping[str, int | float]:
    return {f"cloud_{name}_usage": number(getattr(usage, name)) for name in MEASURED}


def _message(line: Reported, entry: CloudEntry) -> OutMessage:
    return OutMessage(MESSAGE, entry.project_code, {"cloud_provider_org": entry.resource.provider_id, **_answers(line)})
