"""The ledger of classified projects, for the offices that supervise them (3.1-6)."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from app.web.current import identity, product

secrecy = Blueprint("secrecy", __name__, url_prefix="/ledgers/classified")


@secrecy.get("")
def entries() -> str:
    found = product().secrecy.entries(identity(), after=request.args.get("after"))
    return render_template("ledgers/classified.html", found=found)
