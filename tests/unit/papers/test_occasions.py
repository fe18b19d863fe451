"""Which answers a document is filled from: those of its own occasion, not of what has happened since."""

from __future__ import annotations

from datetime import UTC, datetime

from app.bootstrap import DOCUMENTS
from app.features.cases.model import Submission
from app.features.papers.gathering import on_its_occasion
from app.features.papers.kinds import read_kinds

KINDS = read_kinds(DOCUMENTS / "kinds.yaml")
AT = datetime(2026, 9, 18, tzinfo=UTC)


def submitted(*forms: str, case_id: str = "case", first: int = 1) -> list[Submission]:
    """Forms as they were filled in one after the other; their ids tell the order."""
    return [
        Submission(f"{number:03}", case_id, "task", "process", form, form, "bundle", "key", {}, {}, "user", "某人", AT)
        for number, form in enumerate(forms, first)
    ]


def told(kind: str, history: list[Submission], *, typed: bool = False) -> dict[str, str]:
    return {form: each.id for form, each in on_its_occasion(KINDS[kind], history, typed=typed).items()}


def test_a_notice_that_is_issued_late_tells_of_the_acceptance_that_failed():
    history = submitted("hold-final", "order-final-rectification", "hold-final")
    assert told("acceptance-rectification-notice", history)["hold-final"] == "001"
    assert told("acceptance-rectification-notice", history, typed=True)["hold-final"] == "003", "a second failure"


def test_what_the_offices_said_of_an_application_is_printed_in_it_but_not_in_the_corrected_one():
    history = submitted("apply-cloud", "sign-cloud-application", "endorse-cloud")
    assert told("cloud-application", history)["endorse-cloud"] == "003"
    assert told("cloud-application", history, typed=True) == {"apply-cloud": "001"}
    corrected = [*history, *submitted("apply-cloud", first=4)]
    assert told("cloud-application", corrected) == {"apply-cloud": "004"}
    elsewhere = submitted("endorse-cloud", case_id="another", first=5)
    assert told("cloud-application", [*elsewhere, *corrected]) == {"apply-cloud": "004"}


def test_a_document_without_a_form_is_filled_from_what_is_known_now():
    assert told("plan-outline", submitted("submit-application", "submit-application")) == {"submit-application": "002"}
