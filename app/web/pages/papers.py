"""Official documents: making and issuing them, their scans, their templates, and the archive of a project."""

from __future__ import annotations

from io import BytesIO
from typing import BinaryIO, cast
from urllib.parse import quote

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from app.features.cases.model import Submission
from app.features.documents.model import content_type_of, safe_name
from app.features.papers.model import Made
from app.features.papers.rendering import MAX_TEMPLATE
from app.kernel.errors import Conflict, Invalid, TooLarge, Unsupported
from app.web.current import identity, product
from app.web.pages.submissions import submitted
from app.web.presentation import local_time

papers = Blueprint("papers", __name__)


@papers.get("/cases/<case_id>/papers/<kind>")
def preview(case_id: str, kind: str) -> Response:
    """The document as it would be now, without a number; with `task`, of what is being filled in there."""
    try:
        made = product().papers.preview(identity(), case_id, kind, task_id=request.args.get("task"))
    except Conflict as conflict:
        flash(conflict.message, "warning")
        return redirect(_back(case_id, request.args.get("task")))
    return _download(made)


@papers.post("/cases/<case_id>/papers/<kind>")
def issue(case_id: str, kind: str) -> Response:
    task_id = request.form.get("task") or None
    try:
        issued = product().papers.issue(identity(), case_id, kind, task_id=task_id)
    except Conflict as conflict:
        flash(conflict.message, "warning")
    else:
        named = f"，文号 {issued.number}" if issued.number else ""
        flash(f"已生成《{issued.title}》第 {issued.version} 版{named}。可在“公文与表单”中下载。", "success")
    return redirect(_back(case_id, task_id))


@papers.post("/papers/<paper_id>/scan")
def add_scan(paper_id: str) -> Response:
    """Put a stamped scan beside a document: `file` of a multipart post."""
    paper = product().papers.paper(identity(), paper_id)
    posted = request.files.get("file")
    try:
        name, stream = _sent(posted)
        product().papers.add_scan(identity(), paper_id, name=name, stream=stream)
    except (Invalid, Unsupported, TooLarge, Conflict) as error:
        flash(error.message, "warning")
    else:
        flash("盖章扫描件已上传。", "success")
    return redirect(_back(paper.case_id, request.form.get("task") or None))


@papers.get("/templates/")
def templates() -> str:
    return _templates_page()


@papers.get("/templates/<kind>/<int:version>")
def template(kind: str, version: int) -> Response:
    return _download(product().templates.file(identity(), kind, version))


@papers.post("/templates/<kind>")
def add_template(kind: str) -> Response:
    """Put another version of a template in force: `file` of a multipart post, and a `note` on what was changed."""
    posted = request.files.get("file")
    try:
        content = _sent(posted)[1].read(MAX_TEMPLATE + 1)
        added = product().templates.add(identity(), kind, content=content, note=request.form.get("note", ""))
    except (Invalid, Conflict) as error:
        problems = "".join(error.fields.values()) if isinstance(error, Invalid) else ""
        flash(f"模板没有保存。{problems}" if problems else error.message, "warning")
    else:
        flash(f"第 {added.version} 版模板已启用，以后制发的文书按它生成；已制发的不变。", "success")
    return redirect(url_for("papers.templates"))


@papers.post("/projects/<code>/archive")
def archive(code: str) -> Response:
    """Everything of a project in one zip, sent as it is made."""
    package = product().archive.open(identity(), code, _readable)
    response = Response(package.content, mimetype="application/zip")
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(package.name)}"
    return response


def _readable(submission: Submission, name: str) -> bytes:
    """A submission as a page that needs no server: its styles are in it, its files lie beside it in the archive."""
    page = render_template(
        "papers/submission.html",
        title=name,
        facts=[
            ("项目", str(submission.variables.get("project_name", ""))),
            ("项目编号", str(submission.variables.get("project_code", ""))),
            ("提交人", submission.submitted_by_name),
            ("提交时间", local_time(submission.submitted_at)),
        ],
        record=submitted(submission, linked=False),
    )
    return page.encode()


def _sent(posted: FileStorage | None) -> tuple[str, BinaryIO]:
    """The name and content of the file that was sent; nothing under no name where none was chosen."""
    if posted is None or not posted.filename:
        return "", BytesIO()
    return posted.filename, cast("BinaryIO", posted.stream)


def _templates_page() -> str:
    return render_template("papers/templates.html", kinds=product().templates.versions(identity()))


def _download(made: Made) -> Response:
    name = safe_name(made.name)
    return send_file(
        BytesIO(made.content), mimetype=content_type_of(name), as_attachment=True, download_name=name, max_age=0
    )


def _back(case_id: str, task_id: str | None) -> str:
    """The page from which a document was made: of the task, else of the project, of the plan, or of the case."""
    if task_id is not None:
        return url_for("tasks.show", task_id=task_id)
    view = product().case_views.case_view(identity(), case_id)
    if view.project is not None and view.knows_project:
        return f"{url_for('projects.show', code=view.project.code)}#papers-title"
    return f"{url_for('cases.show', case_id=case_id)}#papers-title"
