"""The ledger of contracts and payments (3.3-6 3.4-8), for finance, the bureau, audit and administrators."""

from __future__ import annotations

import re
from dataclasses import replace

from flask import Blueprint, render_template, request

from app.features.projects.model import ProjectFilter
from app.kernel.clock import local
from app.web.current import identity, product
from services.deadlines import round_year

payments = Blueprint("payments", __name__, url_prefix="/ledgers/payments")

_FIRST_YEAR = 2022
_YEAR = re.compile(r"20[0-9]{2}")


@payments.get("")
def search() -> str:
    text, year = request.args.get("q", "").strip()[:100], request.args.get("year", "")
    wanted = ProjectFilter(text=text)
    if _YEAR.fullmatch(year):
        wanted = replace(wanted, round_year=int(year))
    this_year = round_year(local(product().now()).date())
    return render_template(
        "ledgers/payments.html",
        found=product().payments.ledger(identity(), wanted, after=request.args.get("after")),
        search=wanted,
        filtered=wanted != ProjectFilter(),
        years=range(this_year, _FIRST_YEAR - 1, -1),
    )
