"""What a scenario does with documents: issuing one as a project's page does, and reading what was issued."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from docx import Document
from docx.oxml.ns import qn
from openpyxl import load_workbook

from app.bootstrap import Application
from app.features.identity.model import Identity
from app.features.papers.model import Kind


def kind_of(application: Application, kind_id: str) -> Kind:
    """A kind of document. Raises ValueError."""
    known = application.paper_kinds
    if kind_id not in known:
        raise ValueError(f"没有“{kind_id}”这种文书；有 {'、'.join(known)}")
    return known[kind_id]


def issue(application: Application, who: Identity, case_ids: Sequence[str], kind: Kind) -> tuple[str | None, str]:
    """Issue a document from one of a project's cases: its number, and its text, a line a paragraph.

    A sample that nobody issues is only made. Raises YichengError.
    """
    papers = application.papers
    offers = {offer.kind.id: offer.case_id for offer in papers.panel(who, case_ids).offers}
    case_id = offers.get(kind.id, case_ids[0])
    if not kind.issuers:
        return None, _text(kind, papers.preview(who, case_id, kind.id).content)
    issued = papers.issue(who, case_id, kind.id)
    kept = application.documents.open(
        who, issued.attachment_id, may_see_case=lambda holder: application.case_views.may_see_case(who, holder)
    )
    return issued.number, _text(kind, kept.path.read_bytes())


def _text(kind: Kind, content: bytes) -> str:
    if kind.sheet is not None:
        rows = load_workbook(BytesIO(content), read_only=True).active.iter_rows(values_only=True)
        return "\n".join("\t".join(str(cell) for cell in row if cell is not None) for row in rows)
    paragraphs = Document(BytesIO(content)).element.body.iter(qn("w:p"))
    return "\n".join("".join(part.text or "" for part in each.iter(qn("w:t"))) for each in paragraphs)
