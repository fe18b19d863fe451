"""Deployed definitions: bundles of diagrams, decision tables and forms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.engine.model import Finding
from app.kernel.errors import Invalid


@dataclass(frozen=True)
class Deployment:
    """The bundle that new cases begin on. `version` counts bundles from 1; `new` is False if it was known already."""

    key: str
    version: int
    new: bool = True
    warnings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Bundle:
    """A bundle as the list of versions shows it; `current` is the one that new cases begin on."""

    key: str
    version: int
    created_at: datetime
    created_by: str
    current: bool


class BundleRefused(Invalid):
    """A bundle that cannot be deployed; `findings` says in Chinese what to mend, element by element."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        errors = [finding for finding in findings if finding.severity == "error"]
        lines = [f"{finding.file}：{_place(finding)}{finding.message}" for finding in errors]
        super().__init__("\n".join(["流程定义没有部署，请先修改以下问题：", *lines]))
        self.findings = tuple(findings)


def _place(finding: Finding) -> str:
    return f"“{finding.element_name or finding.element_id}”" if finding.element_id else ""
