"""Published records of real projects elsewhere, as data for trying things out."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final

import yaml

from services.amounts import amount

_FILE: Final = Path(__file__).with_name("records.yaml")


@dataclass(frozen=True)
class Record:
    """A project as it was published. `amount` in 万元; `unit` is "" where the source names none."""

    id: str
    name: str
    unit: str
    region: str
    nature: str
    category: str
    amount: Decimal
    printed: str
    contents: tuple[str, ...]
    purchase_only: bool = False
    negative_items: tuple[str, ...] = ()


def records() -> list[Record]:
    return [
        Record(
            id=each["id"],
            name=each["name"],
            unit=each.get("unit", ""),
            region=each["region"],
            nature=each["nature"],
            category=each["category"],
            amount=amount(each["amount"]),
            printed=str(each["printed"]),
            contents=tuple(map(str, each["contents"])),
            purchase_only=each.get("purchase_only", False),
            negative_items=tuple(each.get("negative_items", ())),
        )
        for each in yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    ]
