"""The ledger of resources on the government cloud (附5-5 to 附5-9)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from flask import Blueprint, render_template, request

from app.features.cloud.model import CloudFilter
from app.web.current import identity, product
from services.cloud import STATES

cloud = Blueprint("cloud", __name__, url_prefix="/ledgers")

_MAX_TEXT: Final = 100


@cloud.get("/cloud")
def search() -> str:
    wanted = _wanted(request.args)
    return render_template(
        "ledgers/cloud.html",
        found=product().cloud.entries(identity(), wanted, after=request.args.get("after")),
        wanted=wanted,
        filtered=wanted != CloudFilter(),
        states=STATES,
    )


def _wanted(arguments: Mapping[str, str]) -> CloudFilter:
    """The search in an address; what is not on offer narrows nothing."""
    state = next((each for each in STATES if each == arguments.get("state")), None)
    return CloudFilter(text=arguments.get("q", "").strip()[:_MAX_TEXT], state=state)
