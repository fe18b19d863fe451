"""The pages of the product, one module a section."""

from __future__ import annotations

from flask import Blueprint, Flask

from app.web import presentation
from app.web.forms.blueprint import forms
from app.web.pages.admin import admin
from app.web.pages.calendar import calendar
from app.web.pages.cases import cases
from app.web.pages.clauses import clauses
from app.web.pages.cloud import cloud
from app.web.pages.experts import experts
from app.web.pages.inbox import inbox
from app.web.pages.ledgers import ledgers
from app.web.pages.messages import messages
from app.web.pages.papers import papers
from app.web.pages.payments import payments
from app.web.pages.people import people
from app.web.pages.plans import plans
from app.web.pages.processes import processes
from app.web.pages.projects import projects
from app.web.pages.readers import readers
from app.web.pages.secrecy import secrecy
from app.web.pages.submissions import submissions
from app.web.pages.systems import systems
from app.web.pages.tasks import tasks

BLUEPRINTS: tuple[Blueprint, ...] = (
    inbox,
    tasks,
    forms,
    cases,
    submissions,
    papers,
    projects,
    readers,
    plans,
    processes,
    clauses,
    ledgers,
    systems,
    cloud,
    experts,
    payments,
    secrecy,
    messages,
    admin,
    calendar,
    people,
)


def init_app(flask: Flask) -> None:
    """Register every section."""
    presentation.init_app(flask)
    for blueprint in BLUEPRINTS:
        flask.register_blueprint(blueprint)
