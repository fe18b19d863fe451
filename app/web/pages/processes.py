"""The deployed diagrams, for everybody to read."""

from __future__ import annotations

from flask import Blueprint, Response, render_template

from app.features.definitions.model import Bundle
from app.kernel.errors import Missing
from app.web.current import product

processes = Blueprint("processes", __name__, url_prefix="/processes")

_NOT_LISTED = frozenset({"exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway"})


@processes.get("/")
def list_processes() -> str:
    deployed = _deployed()
    return render_template(
        "processes/list.html",
        deployed=deployed,
        processes=product().definitions.compiled(deployed.key).processes.values() if deployed else (),
    )


@processes.get("/<process_id>")
def show(process_id: str) -> str:
    deployed = _deployed()
    definitions = product().definitions.compiled(deployed.key) if deployed else None
    if deployed is None or definitions is None or process_id not in definitions.processes:
        raise Missing("没有这张流程图。")
    process = definitions.processes[process_id]
    return render_template(
        "processes/show.html",
        key=deployed.key,
        process=process,
        elements=[each for each in process.elements.values() if each.name and each.type not in _NOT_LISTED],
        names={each.id: each.name for each in definitions.processes.values()},
    )


@processes.get("/bundles/<key>/<path:path>")
def source(key: str, path: str) -> Response:
    """A diagram as it was deployed. It never changes, so browsers may keep it."""
    if not path.endswith(".bpmn"):
        raise Missing("没有这张流程图。")
    response = Response(product().definitions.source(key, path), content_type="application/xml; charset=utf-8")
    response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    return response


def _deployed() -> Bundle | None:
    return next((bundle for bundle in product().definitions.bundles() if bundle.current), None)
