"""Messages to the person who is signed in: reminders, deadlines, and what the processes have to say."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.web.current import identity, product

messages = Blueprint("messages", __name__, url_prefix="/messages")

_PAGE: Final = 30


@messages.get("/")
def list_messages() -> str:
    found = product().notifications.latest(identity(), limit=_PAGE + 1, after=request.args.get("after"))
    return render_template(
        "messages/list.html",
        notifications=found[:_PAGE],
        after=found[_PAGE - 1].id if len(found) > _PAGE else None,
        unread=product().notifications.unread(identity()),
    )


@messages.post("/read")
def read_all() -> Response:
    product().notifications.mark_read(identity())
    return redirect(url_for("messages.list_messages"))


@messages.post("/<notification_id>")
def open_message(notification_id: str) -> Response:
    """Mark a message as read and go to what it is about."""
    found = product().notifications.by_id(identity(), notification_id)
    product().notifications.mark_read(identity(), [notification_id])
    if found.task_id is not None:
        return redirect(url_for("tasks.show", task_id=found.task_id))
    if found.case_id is not None:
        return redirect(url_for("cases.show", case_id=found.case_id))
    return redirect(url_for("messages.list_messages"))
