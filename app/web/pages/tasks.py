"""The page of a task: its form, what was filled in before it, and taking it or giving it back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from app.features.cases.model import Completed, Task
from app.features.forms import entries as posts
from app.features.identity.model import Identity
from app.features.inbox.usecases import TaskForm
from app.kernel.errors import Conflict, Invalid, Refused
from app.web.current import identity, product
from app.web.forms.filling import FormPage, attachment_url, opened, received
from app.web.forms.record import record_html
from app.web.pages.record import Filed, filed
from app.web.pages.submissions import concerning, submitted

_LONGEST_REASON: Final = 200

tasks = Blueprint("tasks", __name__, url_prefix="/tasks")


@tasks.get("/<task_id>")
def show(task_id: str) -> str:
    task = product().inbox.open_task(identity(), task_id)
    form = opened(task, action=_address(task_id), now=product().now()) if task.page.may_work else None
    # A task that was taken away is not done any more; what its people had typed is theirs to copy.
    left = task.page.task.status == "cancelled" and task.draft is not None
    return _page(task, form, unsent=_read_only(task, task.shown.data) if left else None)


@tasks.post("/<task_id>")
def submit(task_id: str) -> Response | tuple[str, int]:
    """Submit the form, save it as a draft, or change its rows and files, whichever button was pressed."""
    try:
        outcome = received(product().inbox, identity(), task_id, request, action=_address(task_id), now=product().now)
    except Conflict as conflict:
        return _too_late(task_id, conflict)
    if isinstance(outcome, Completed):
        return _completed(outcome)
    return _page(outcome.task, outcome), outcome.status


@tasks.get("/<task_id>/print")
def printed(task_id: str) -> str:
    """What was typed so far, on paper: some forms are stamped and scanned before they are submitted."""
    task = product().inbox.open_task(identity(), task_id)
    if not task.page.may_work:
        raise Refused("只有办理人可以打印还没有提交的内容。")
    return render_template(
        "forms/print.html",
        title=task.page.task.name,
        facts=[
            *concerning(task.page.task.variables),
            ("状态", "草稿，尚未提交"),
        ],
        record=_read_only(task, task.shown.data),
        back=_address(task_id),
    )


@tasks.get("/next")
def go_on() -> Response:
    """After a submission: to what the person can do next in the case, or back to the list."""
    following = product().case_views.next_task(identity(), request.args.get("case_id", ""))
    if following is None:
        flash("已提交。", "success")
        return redirect(url_for("inbox.list_tasks", view="open"))
    flash(f"已提交。接下来仍由您的岗位办理：{following.name}。", "success")
    return redirect(_address(following.id))


@tasks.post("/<task_id>/claim")
def claim(task_id: str) -> Response:
    return _handed_over(task_id, product().cases.claim, "已领取，办结或退回之前由您办理。")


@tasks.post("/<task_id>/release")
def release(task_id: str) -> Response:
    return _handed_over(task_id, product().cases.release, "已退回岗位，同岗位的人员都可以办理。")


@tasks.post("/<task_id>/reassign")
def reassign(task_id: str) -> Response:
    """Give the task to a colleague of the same office (转办)."""
    to, reason = request.form.get("user_id", ""), request.form.get("reason", "")[:_LONGEST_REASON]
    try:
        given = product().cases.reassign(identity(), task_id, user_id=to, reason=reason)
    except (Conflict, Invalid) as error:
        words = "".join(error.fields.values()) if isinstance(error, Invalid) else error.message
        flash(words, "warning")
        return redirect(_address(task_id))
    flash(f"已转由{given.assignee_name}办理。", "success")
    return redirect(url_for("inbox.list_tasks", view="open"))


def _handed_over(task_id: str, act: Callable[[Identity, str], Task], words: str) -> Response:
    try:
        act(identity(), task_id)
    except Conflict as conflict:
        flash(conflict.message, "warning")
    else:
        flash(words, "success")
    return redirect(_address(task_id))


def _completed(outcome: Completed) -> Response:
    for notice in outcome.notices:
        flash(notice, "warning")
    return redirect(url_for("tasks.go_on", case_id=outcome.case_id))


def _too_late(task_id: str, conflict: Conflict) -> tuple[str, int]:
    """Somebody else was first, or a deadline: what was typed is shown, so that it can be copied."""
    flash(conflict.message, "warning")
    task = product().inbox.open_task(identity(), task_id)
    typed = product().inbox.check(task, posts.read(task.form, request.form, files=task.files))
    return _page(task, None, unsent=_read_only(task, typed.data)), conflict.status


def _read_only(task: TaskForm, data: Mapping[str, Any]) -> Markup:
    feel = product().inbox.evaluator()
    return record_html(task.form, data, context=task.context, feel=feel, file_url=attachment_url)


def _page(task: TaskForm, form: FormPage | None, *, unsent: Markup | None = None) -> str:
    page = task.page
    definitions = product().definitions.compiled(page.bundle_key)
    earlier = _earlier(page.task.case_id)
    return render_template(
        "tasks/show.html",
        task=page.task,
        page=page,
        phase=definitions.processes[page.task.process_id].name,
        form=form.html() if form else None,
        failed=form is not None and bool(form.errors),
        unsent=unsent,
        filled=submitted(page.submission, linked=True) if page.submission and page.submission.form_id else None,
        colleagues=product().case_views.colleagues(identity(), page.task.id) if page.may_reassign else (),
        earlier=earlier,
        papers=product().papers.panel_of_task(identity(), task),
        decided=_last_decision(earlier) if form else None,
    )


def _earlier(case_id: str) -> list[Filed]:
    return [filed(product(), each) for each in product().case_views.latest_submissions(identity(), case_id)]


def _last_decision(earlier: Sequence[Filed]) -> Filed | None:
    """The step right before this task, if somebody decided there and said why: a return must not be a riddle."""
    return earlier[0] if earlier and earlier[0].remarks else None


def _address(task_id: str) -> str:
    return url_for("tasks.show", task_id=task_id)
