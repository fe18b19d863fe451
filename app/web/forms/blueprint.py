"""What the page of a form asks for by itself: saving the draft, uploading files, and handing files out."""

from __future__ import annotations

from functools import partial
from typing import BinaryIO, cast

from flask import Blueprint, jsonify, request, send_file
from werkzeug.wrappers import Response

from app.features.documents.model import readable_size
from app.features.forms import entries as posts
from app.features.forms.usecases import saved_words
from app.kernel.errors import Invalid
from app.web.current import identity, product
from app.web.forms.filling import attachment_url, keep_file, revision

# A file that somebody uploaded runs nothing, whatever it holds; the browser's PDF viewer brings its own styles.
_POLICY = (
    "default-src 'none'; img-src 'self' data:; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"
)

forms = Blueprint("forms", __name__)


@forms.post("/tasks/<task_id>/draft")
def save_draft(task_id: str) -> Response:
    """The draft that the page saves by itself: answers with its revision and the time of saving, in words."""
    draft = product().inbox.save_draft(
        identity(),
        task_id,
        lambda form, files: posts.read(form, request.form, files=files),
        rev=revision(request),
    )
    answer: Response = jsonify({"rev": draft.rev, "saved": saved_words(draft.saved_at, draft.saved_at)})
    return answer


@forms.post("/tasks/<task_id>/files")
def upload(task_id: str) -> Response:
    """One file for one field: `file` and `field` of a multipart post."""
    posted = request.files.get("file")
    if posted is None or not posted.filename:
        raise Invalid("没有收到文件，请重新选择。")
    inbox = product().inbox
    added = keep_file(
        inbox,
        identity(),
        inbox.open_task(identity(), task_id),
        name=request.form.get("field", ""),
        filename=posted.filename,
        stream=cast("BinaryIO", posted.stream),
    )
    shown = {"shown_size": readable_size(added["size"]), "url": attachment_url(added["id"])}
    answer: Response = jsonify({**added, **shown})
    answer.status_code = 201
    return answer


@forms.get("/attachments/<attachment_id>")
def attachment(attachment_id: str) -> Response:
    """A file: shown by the browser where it can do so safely, else, and with `?download=1`, saved."""
    may_see_case = partial(product().case_views.may_see_case, identity())
    found = product().documents.open(identity(), attachment_id, may_see_case=may_see_case)
    shown = found.attachment.shown_in_browser and "download" not in request.args
    response = send_file(
        found.path,
        mimetype=found.attachment.content_type,
        as_attachment=not shown,
        download_name=found.attachment.name,
        etag=found.attachment.sha256,
        max_age=0,
    )
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-cache"
    return response
