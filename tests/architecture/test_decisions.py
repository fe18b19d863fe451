"""Decision records stay findable and say how they are confirmed; lock files name no address."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RECORDS = ROOT / "app" / "decisions"
SECTIONS = ["Context", "Decision", "Why", "Consequences", "Confirmation"]

_PATH = re.compile(r"`((?:app|services|processes|forms|tests)/[\w./-]*)`")


def records() -> list[Path]:
    return sorted(path for path in RECORDS.glob("*.md") if path.name != "README.md")


def test_records_are_numbered_and_listed() -> None:
    found = records()
    assert [path.name[:4] for path in found] == [f"{number:04d}" for number in range(1, len(found) + 1)]
    index = (RECORDS / "README.md").read_text(encoding="utf-8")
    for path in found:
        number, _, title = path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ").partition(" ")
        assert f"| [{number}]({path.name}) | {title} |" in index


@pytest.mark.parametrize("path", records(), ids=lambda path: path.stem)
def test_a_record_has_its_sections_and_names_files_that_exist(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == SECTIONS
    assert [name for name in _PATH.findall(text) if not (ROOT / name).exists()] == []


def test_lock_files_name_digests_and_no_address() -> None:
    for lock in ROOT.glob("requirements*.lock"):
        text = lock.read_text()
        assert "--hash=sha256:" in text
        assert "://" not in text
        assert not re.search("index.url", text)
    packages = json.loads((ROOT / "app/assets/package-lock.json").read_text())["packages"]
    installed = {name: package for name, package in packages.items() if name}
    assert installed
    assert [name for name, package in installed.items() if "resolved" in package] == []
    assert [name for name, package in installed.items() if "integrity" not in package] == []
