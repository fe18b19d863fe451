"""Adding files to a task's draft, handing them out again, and clearing up what nobody submitted."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from app.features.documents import store
from app.features.documents.content import ContentStore
from app.features.documents.model import Attachment, content_type_of, safe_name
from app.features.identity.model import Identity
from app.kernel.database import Database, UnitOfWork
from app.kernel.errors import Invalid, Missing

MAX_DRAFT_FILES = 200
ABANDONED_AFTER = timedelta(days=7)


@dataclass(frozen=True)
class Download:
    attachment: Attachment
    path: Path


class Attachments:
    """The use cases of attachments, whose contents lie in `directory`."""

    def __init__(self, database: Database, directory: Path) -> None:
        self._database = database
        self._contents = ContentStore(directory)

    def add(
        self, identity: Identity, *, scope: str, name: str, stream: BinaryIO, may: Callable[[UnitOfWork], None]
    ) -> Attachment:
        """Keep a file that is being added to the draft of a task, `scope`.

        `may` raises when this person may not work on the task; it is asked before the file is read and again when
        it is recorded. Raises TooLarge, Unsupported, Invalid with Chinese words that name the file.
        """
        safe = safe_name(name)
        with self._database.read() as uow:
            may(uow)
        with self._contents.adding(stream, name=safe) as stored, self._database.write() as uow:
            may(uow)
            if len(store.of_draft(uow, scope=scope, user_id=identity.user_id)) >= MAX_DRAFT_FILES:
                raise Invalid(f"一项任务最多上传 {MAX_DRAFT_FILES} 个文件。")
            added = Attachment(
                id=uow.ids(),
                sha256=stored.sha256,
                size=stored.size,
                name=safe,
                content_type=content_type_of(safe) or "application/octet-stream",
                scope=scope,
                uploaded_by=identity.user_id,
                uploaded_at=uow.now,
            )
            store.add(uow, added)
        return added

    def file(
        self, uow: UnitOfWork, kept: ExitStack, identity: Identity, *, case_id: str, name: str, stream: BinaryIO
    ) -> Attachment:
        """Give a file to a case at once, in the caller's unit of work; who may is the caller's business.

        The caller closes `kept` after the unit has ended: until then nothing clears the content up. Raises TooLarge,
        Unsupported, Invalid.
        """
        safe = safe_name(name)
        stored = kept.enter_context(self._contents.adding(stream, name=safe))
        filed = Attachment(
            id=uow.ids(),
            sha256=stored.sha256,
            size=stored.size,
            name=safe,
            content_type=content_type_of(safe) or "application/octet-stream",
            scope=case_id,
            uploaded_by=identity.user_id,
            uploaded_at=uow.now,
            case_id=case_id,
        )
        store.add(uow, filed)
        return filed

    def content(self, sha256: str) -> Path:
        """Where the content with this digest lies; who may read it is the caller's business."""
        return self._contents.path(sha256)

    def open(self, identity: Identity, attachment_id: str, *, may_see_case: Callable[[str], bool]) -> Download:
        """A file for reading: one's own while it is in a draft, that of a case for whoever `may_see_case(case_id)`.

        An attachment that may not be seen is as Missing as one that does not exist.
        """
        with self._database.read() as uow:
            found = store.find(uow, attachment_id)
        if found is None:
            raise _missing()
        own_draft = found.case_id is None and found.uploaded_by == identity.user_id
        if not own_draft and not (found.case_id is not None and may_see_case(found.case_id)):
            raise _missing()
        path = self._contents.path(found.sha256)
        if not path.is_file():
            raise Missing(f"附件“{found.name}”的文件已不在存储中，请联系系统管理员从备份恢复。")
        return Download(attachment=found, path=path)

    def remove_abandoned(self, *, in_use: Callable[[UnitOfWork], Collection[str]]) -> int:
        """Remove what was added a week ago or more and never submitted, and contents nothing refers to any more.

        `in_use` gives the ids of attachments that drafts still hold. Returns the number of contents removed.
        """
        with self._database.write() as uow:
            old = store.unclaimed(uow, before=uow.now - ABANDONED_AFTER)
            store.remove(uow, set(old) - set(in_use(uow)))
        with self._database.read() as uow:
            return self._contents.remove_unless(
                lambda name: store.is_content_used(uow, name), older_than=ABANDONED_AFTER
            )


def _missing() -> Missing:
    return Missing("没有这个附件，或者您无权查看。")
