"""Files by the SHA-256 of their content: written once, whole or not at all, and never changed."""

from __future__ import annotations

import fcntl
import hashlib
import os
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

try:
    import magic
except ImportError:
    # This machine has no libmagic of its own: the one that comes with pylibmagic serves, once that is imported.
    import pylibmagic  # noqa: F401, I001

    import magic

from app.features.documents.model import ACCEPTED_NAMES, MAX_SIZE, content_type_of, readable_size, split_name
from app.kernel.errors import Invalid, TooLarge, Unsupported

_CHUNK = 1024 * 1024
_MAX_ZIP_ENTRIES = 20_000
_OLE = frozenset({"application/x-ole-storage", "application/cdfv2", "application/vnd.ms-office"})
# What libmagic may say of each extension's content. Office files of today are zip archives, and which one it is shows
# in the names inside; older ones are OLE containers, which WPS uses too.
_PLAIN_CONTENT = {
    ".pdf": {"application/pdf"},
    ".jpg": {"image/jpeg"},
    ".jpeg": {"image/jpeg"},
    ".png": {"image/png"},
    ".doc": {*_OLE, "application/msword"},
    ".xls": {*_OLE, "application/vnd.ms-excel"},
    ".wps": {*_OLE, "application/msword", "application/vnd.ms-works"},
    ".et": {*_OLE, "application/vnd.ms-excel"},
}
_ZIP_CONTENT = {
    ".docx": "word/",
    ".xlsx": "xl/",
    ".wps": "word/",
    ".et": "xl/",
    ".ofd": "ofd.xml",
    ".zip": "",
}


@dataclass(frozen=True)
class Stored:
    sha256: str
    size: int


class ContentStore:
    """A directory of contents, on a disk of this machine or a share of several."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    @contextmanager
    def adding(self, stream: BinaryIO, *, name: str) -> Iterator[Stored]:
        """Check and keep a content while the caller records it; cleaning up waits meanwhile.

        Raises TooLarge, Unsupported, or Invalid for an empty file, and leaves nothing behind then.
        """
        if content_type_of(name) is None:
            raise Unsupported(f"“{name}”不是可以上传的文件类型；可以上传 {ACCEPTED_NAMES}。")
        self._directory.mkdir(parents=True, exist_ok=True)
        handle, path = tempfile.mkstemp(dir=self._directory, prefix="incoming-")
        temporary = Path(path)
        try:
            with os.fdopen(handle, "wb") as target:
                stored = _copy(stream, target, name=name)
            if not _is_what_it_says(temporary, name):
                raise Unsupported(f"“{name}”的内容与扩展名不符，请用原来的软件另存后再上传。")
            with self._locked(fcntl.LOCK_SH):
                self._place(temporary, stored.sha256)
                yield stored
        finally:
            temporary.unlink(missing_ok=True)

    def path(self, sha256: str) -> Path:
        return self._directory / sha256[:2] / sha256

    def remove_unless(self, is_used: Callable[[str], bool], *, older_than: timedelta) -> int:
        """Delete contents that nothing uses, and uploads that broke off, if the disk has had them for long enough.

        The disk's own time counts, not the business time, which a training system moves about.
        """
        before = time.time() - older_than.total_seconds()
        if not self._directory.is_dir():
            return 0
        removed = 0
        with self._locked(fcntl.LOCK_EX):
            for path in [*self._directory.glob("??/*"), *self._directory.glob("incoming-*")]:
                if path.stat().st_mtime < before and not is_used(path.name):
                    path.unlink()
                    removed += 1
        return removed

    def _place(self, temporary: Path, sha256: str) -> None:
        target = self.path(sha256)
        target.parent.mkdir(exist_ok=True)
        temporary.replace(target)
        # The rename is safe from a power cut only when the directory is.
        directory = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)

    @contextmanager
    def _locked(self, how: int) -> Iterator[None]:
        with (self._directory / ".lock").open("a") as lock:
            fcntl.flock(lock, how)
            yield


def _copy(stream: BinaryIO, target: BinaryIO, *, name: str) -> Stored:
    """Copy to the disk itself, counting and hashing on the way."""
    digest, size = hashlib.sha256(), 0
    while chunk := stream.read(_CHUNK):
        size += len(chunk)
        if size > MAX_SIZE:
            raise TooLarge(f"“{name}”超过 {readable_size(MAX_SIZE)}，请压缩或拆分后再上传。")
        digest.update(chunk)
        target.write(chunk)
    if size == 0:
        raise Invalid(f"“{name}”是空文件，请检查后再上传。")
    target.flush()
    os.fsync(target.fileno())
    return Stored(sha256=digest.hexdigest(), size=size)


def _is_what_it_says(path: Path, name: str) -> bool:
    ending = split_name(name)[1].lower()
    found = magic.from_file(str(path), mime=True).lower()
    if found in _PLAIN_CONTENT.get(ending, ()):
        return True
    return ending in _ZIP_CONTENT and zipfile.is_zipfile(path) and _zip_holds(path, _ZIP_CONTENT[ending])


def _zip_holds(path: Path, beginning: str) -> bool:
    """Whether an archive can be listed and has a name in it that begins so."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return False
    return len(names) <= _MAX_ZIP_ENTRIES and any(name.lower().lstrip("/").startswith(beginning) for name in names)
