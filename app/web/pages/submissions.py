"""What was submitted with one completion, to read and to print."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, render_template, url_for
from markupsafe import Markup

from app.features.cases.model import Submission
from app.kernel.errors import Missing
from app.web.current import identity, product
from app.web.forms.filling import attachment_url
from app.web.forms.record import record_html
from app.web.pages.record import filed
from app.web.presentation import local_time

submissions = Blueprint("submissions", __name__, url_prefix="/submissions")


@submissions.get("/<submission_id>")
def show(submission_id: str) -> str:
    submission = product().case_views.submission(identity(), submission_id)
    found = filed(product(), submission)
    return render_template("submissions/show.html", found=found, record=submitted(submission, linked=True))


@submissions.get("/<submission_id>/print")
def printed(submission_id: str) -> str:
    submission = product().case_views.submission(identity(), submission_id)
    found = filed(product(), submission)
    return render_template(
        "forms/print.html",
        title=found.name,
        facts=[
            *concerning(submission.variables),
            ("提交人", submission.submitted_by_name),
            ("提交时间", local_time(submission.submitted_at)),
        ],
        record=submitted(submission, linked=False),
        back=url_for("submissions.show", submission_id=submission_id),
    )


def concerning(variables: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a paper is about, from the variables of its case: the project, or the annual plan across projects."""
    named = [("项目", "project_name"), ("项目编号", "project_code"), ("年度", "round_year"), ("计划编号", "plan_code")]
    shown = named[:2] if variables.get("project_code") else named[2:]
    return [(label, str(variables[key])) for label, key in shown if variables.get(key)]


def submitted(submission: Submission, *, linked: bool) -> Markup:
    """The form as it was filled in, with the words its texts had then."""
    if submission.form_id is None:
        raise Missing("这个环节没有填报内容。")
    form = product().definitions.parsed_form(submission.bundle_key, submission.form_id)
    context = product().inbox.surroundings_of(submission)
    url = attachment_url if linked else None
    return record_html(form, submission.data, context=context, feel=product().inbox.evaluator(), file_url=url)
