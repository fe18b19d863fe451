"""A person filling in the form of a task: opening it, what a post brings, and what to show next."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, BinaryIO, cast

from flask import Request, render_template, url_for
from markupsafe import Markup

from app.features.cases.held import Held
from app.features.cases.model import Completed
from app.features.forms import entries as posts
from app.features.forms.answers import Answers
from app.features.forms.entries import Entries, File
from app.features.forms.expressions import expressions
from app.features.forms.fields import file_problem
from app.features.forms.model import Field, Form, Kind, Rows, find_field, walk
from app.features.forms.usecases import saved_words
from app.features.identity.model import Identity
from app.features.inbox.usecases import Inbox, TaskForm
from app.kernel.errors import Conflict, Invalid, TooLarge, Unsupported
from app.kernel.ids import new_id
from app.web.forms.view import build

_LONGEST_KEY = 64
_MOST_DIGITS = 9


@dataclass(frozen=True)
class FormPage:
    """A task's form as it is shown: `html` is the whole `<form>`, to stand in the task's page.

    `errors` maps names of fields to what is wrong with them, "" to what is wrong with the whole; `rev` and `saved_at`
    are those of the draft.
    """

    task: TaskForm
    answers: Answers
    now: datetime
    action: str
    rev: int
    saved_at: datetime | None
    submission_key: str
    errors: Mapping[str, str] = field(default_factory=dict)
    notice: str = ""
    notice_style: str = "success"

    @property
    def status(self) -> int:
        """The HTTP status: 422 when something must be mended first."""
        return 422 if self.errors else 200

    def html(self) -> Markup:
        task = self.task
        lines, errors = build(
            task.form, self.answers, errors=self.errors, context=task.context, file_url=attachment_url
        )
        written = " ".join(expression for _, expression in expressions(task.form))
        page = {
            "lines": lines,
            "errors": errors,
            "notice": self.notice,
            "notice_style": self.notice_style,
            "action": self.action,
            "draft_url": url_for("forms.save_draft", task_id=task.page.task.id),
            "upload_url": url_for("forms.upload", task_id=task.page.task.id),
            "print_url": url_for("tasks.printed", task_id=task.page.task.id),
            "now_millis": int(self.now.timestamp() * 1000),
            "needs_feel": bool(written),
            # The page is told only what its expressions mention.
            "context": {name: value for name, value in task.context.items() if name in written},
            "submission_key": self.submission_key,
            "rev": self.rev,
            "saved": saved_words(self.saved_at, self.now) if self.saved_at else "",
            "has_required": _has_required(task.form),
            "submit_label": task.form.submit_label,
        }
        return Markup(render_template("forms/form.html", page=page))  # noqa: S704  (a template's output)


def opened(task: TaskForm, *, action: str, now: datetime) -> FormPage:
    """The form as somebody finds it: with his draft in it, or prefilled. It is posted to `action`."""
    return FormPage(
        task=task,
        answers=task.shown,
        now=now,
        action=action,
        rev=task.draft.rev if task.draft else 0,
        saved_at=task.draft.saved_at if task.draft else None,
        submission_key=new_id(),
    )


def received(
    inbox: Inbox, identity: Identity, task_id: str, request: Request, *, action: str, now: Callable[[], datetime]
) -> Completed | FormPage:
    """Do what a post of the form asks for: submit it, save it as a draft, or change its rows and files.

    Unless it was submitted, what was typed is saved, so that neither it nor the files that came along are lost with
    the page. Raises what the use cases raise, except for what can be mended in the form.
    """
    uploads = _keep_files(inbox, identity, task_id, request)

    def read(form: Form, files: Mapping[str, File]) -> Entries:
        return posts.read(form, request.form, files=files, uploads=uploads)

    button, key = posts.button(request.form), request.form.get("_key", "")[:_LONGEST_KEY] or new_id()
    errors: Mapping[str, str] = {}
    if button == "submit":
        try:
            return inbox.submit(identity, task_id, read, submission_key=key)
        except Invalid as refused:
            errors = refused.fields or {"": refused.message}
        except Held as held:
            # What was typed is kept as the draft, for the day the measure is lifted.
            errors = {"": held.message}
    task = inbox.open_task(identity, task_id)
    answers = inbox.check(task, read(task.form, task.files))
    if button != "submit":
        errors = _errors_of_refused(answers)
    page = FormPage(
        task=task,
        answers=answers,
        now=now(),
        action=action,
        rev=revision(request),
        saved_at=None,
        submission_key=key,
        errors=errors,
    )
    return _saved(inbox, identity, page, told=button == "draft")


def keep_file(inbox: Inbox, identity: Identity, task: TaskForm, *, name: str, filename: str, stream: BinaryIO) -> File:
    """Keep one file for the field of that posted name; raises Invalid, TooLarge or Unsupported in words."""
    found = find_field(task.form, name)
    if found is None or found.kind is not Kind.FILES or found.read_only:
        raise Invalid("表单里没有这个附件栏，请刷新页面。")
    if problem := file_problem(found, filename):
        raise Unsupported(f"“{found.label}”{problem}。")
    return inbox.attach(identity, task.page.task.id, name=filename, stream=stream).reference


def revision(request: Request) -> int:
    """The revision of the draft that a post goes on from."""
    text = request.form.get("_rev", "")
    return int(text) if text.isdecimal() and len(text) <= _MOST_DIGITS else 0


def attachment_url(attachment_id: str) -> str:
    return url_for("forms.attachment", attachment_id=attachment_id)


def _keep_files(inbox: Inbox, identity: Identity, task_id: str, request: Request) -> dict[str, Sequence[File]]:
    """Keep the files that came in the post itself, as they do without the script."""
    posted = [(name, upload) for name, uploads in request.files.lists() for upload in uploads if upload.filename]
    kept: dict[str, list[File]] = {}
    if not posted:
        return {}
    task = inbox.open_task(identity, task_id)
    for name, upload in posted:
        filename, stream = str(upload.filename), cast("BinaryIO", upload.stream)
        try:
            file = keep_file(inbox, identity, task, name=name, filename=filename, stream=stream)
        except (Invalid, TooLarge, Unsupported) as refused:
            file = {"name": filename, "problem": refused.message}
        kept.setdefault(name, []).append(file)
    return dict(kept)


def _saved(inbox: Inbox, identity: Identity, page: FormPage, *, told: bool) -> FormPage:
    entries: dict[str, Any] = posts.without_refused(page.answers.entries)
    task_id = page.task.page.task.id
    try:
        draft = inbox.save_draft(identity, task_id, lambda _form, _files: entries, rev=page.rev)
    except Conflict as conflict:
        newer = inbox.open_task(identity, task_id).draft
        if newer is None:
            raise
        advice = "如要以这里的内容为准，请再点一次“暂存”。"
        return replace(page, rev=newer.rev, notice=f"{conflict.message}{advice}", notice_style="warning")
    notice = f"草稿已保存（{saved_words(draft.saved_at, page.now)}）。" if told else ""
    return replace(page, rev=draft.rev, saved_at=draft.saved_at, notice=notice)


def _has_required(form: Form) -> bool:
    parts = [*walk(form.components)]
    cells = [cell for part in parts if isinstance(part, Rows) for cell in part.components]
    return any(isinstance(part, Field) and part.limits.required for part in [*parts, *cells])


def _errors_of_refused(answers: Answers) -> dict[str, str]:
    """Of all errors those about files that were sent and not kept: they would be gone without a word."""
    refused = posts.refused_names(answers.entries)
    return {name: message for name, message in answers.errors.items() if name in refused}
