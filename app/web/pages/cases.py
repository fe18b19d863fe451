"""The page of a case: what waits, how far its diagrams are, what was submitted and what happened."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from app.features.cases.model import CaseView, Diagram
from app.web.current import identity, product
from app.web.pages.record import documents_of, timeline_of

cases = Blueprint("cases", __name__, url_prefix="/cases")


@cases.get("/<case_id>")
def show(case_id: str) -> str:
    view = product().case_views.case_view(identity(), case_id)
    outermost = view.diagrams[0]
    chosen = _chosen(view, request.args.get("process"))
    return render_template(
        "cases/show.html",
        view=view,
        process_name=outermost.name,
        plan=None if view.project else product().plans.of_case(view.case.business_key),
        chosen=chosen,
        drawn=product().definitions.compiled(view.case.bundle_key).processes[chosen.process_id],
        reached=[each for each in view.diagrams if each is outermost or each.done or each.running or each.failed],
        workable={task.id for task in view.open_tasks if task.queue in identity().queues},
        documents=documents_of(product(), view),
        draws=product().experts.count_draws(case_id),
        papers=None if view.project else product().papers.panel(identity(), [case_id]),
        phases=timeline_of(product(), [view]),
    )


def _chosen(view: CaseView, wanted: str | None) -> Diagram:
    """The diagram that was asked for, else the innermost one in which something is going on, else the outermost."""
    by_id = {diagram.process_id: diagram for diagram in view.diagrams}
    if wanted in by_id:
        return by_id[wanted]
    working = {task.process_id for task in view.open_tasks}
    return next((diagram for diagram in view.diagrams if diagram.process_id in working), view.diagrams[0])
