"""Attachments: what they are, which are accepted, and how their names are made safe."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime

MAX_SIZE = 50 * 1024 * 1024
MAX_NAME_BYTES = 200
"""Of UTF-8: file systems allow 255, and a copy may get a number behind its name."""

CONTENT_TYPES = {
    ".pdf": "application/pdf",
    ".doc": "application/msword",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xls": "application/vnd.ms-excel",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".wps": "application/vnd.ms-works",
    ".et": "application/vnd.ms-excel",
    ".ofd": "application/ofd",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".zip": "application/zip",
}
"""Extensions that are accepted, and the content type each is handed out with, whatever the browser claimed."""

SHOWN_IN_BROWSER = frozenset({"application/pdf", "image/jpeg", "image/png"})
ACCEPTED_NAMES = "pdf、doc、docx、xls、xlsx、wps、et、ofd、jpg、png、zip"

_ENDING = re.compile(r"\.[A-Za-z0-9]{1,10}$")
_SEPARATORS = re.compile(r"[/\\]")
# Not allowed in file names on Windows, control characters, and marks that turn the direction of reading, with which
# `gpj.exe` can be made to look like `exe.jpg`.
_UNSAFE = re.compile(r'[<>:"|?*\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]')


@dataclass(frozen=True)
class Attachment:
    """A file that somebody added.

    `scope` is the task whose draft it belongs to, and `case_id` the case that keeps it for good, once it has been
    submitted. `sha256` addresses its content, which equal files share.
    """

    id: str
    sha256: str
    size: int
    name: str
    content_type: str
    scope: str
    uploaded_by: str
    uploaded_at: datetime
    case_id: str | None = None

    @property
    def shown_in_browser(self) -> bool:
        return self.content_type in SHOWN_IN_BROWSER

    @property
    def reference(self) -> dict[str, str | int]:
        """How forms and submissions refer to it."""
        return {"id": self.id, "name": self.name, "size": self.size}


def safe_name(name: str) -> str:
    """The name without folders and dangerous characters, shortened before its extension; Chinese stays as it is."""
    last = _SEPARATORS.split(unicodedata.normalize("NFC", name))[-1]
    last = " ".join(_UNSAFE.sub("", last).split())
    stem, ending = split_name(last)
    room = MAX_NAME_BYTES - len(ending.encode())
    stem = stem.encode()[:room].decode(errors="ignore").strip(" .")
    return f"{stem or '附件'}{ending}"


def split_name(name: str) -> tuple[str, str]:
    """Stem and extension with its dot; an extension is one to ten letters and digits."""
    ending = _ENDING.search(name)
    return (name[: ending.start()], ending[0]) if ending else (name, "")


def content_type_of(name: str) -> str | None:
    """The content type for the extension of a name; None when it is not accepted."""
    return CONTENT_TYPES.get(split_name(name)[1].lower())


def readable_size(size: int) -> str:
    """Bytes for people: `1.5 MB`."""
    for unit, factor in (("MB", 1024 * 1024), ("KB", 1024)):
        if size >= factor:
            return f"{size / factor:.1f}".rstrip("0").rstrip(".") + f" {unit}"
    return f"{size} 字节"
