"""Measures the completion of a task through HTTP: `python -m tests.bench.completing`.

http.complete.<database>    one completion in milliseconds, from the request of a person who is signed in to its answer,
                            in a case with 5000 completed tasks, against a case with one; with the SQL statements and
                            the commits of one completion. The cases take turns, so that all meet the same machine.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from flask import Flask

from app.bootstrap import Application
from app.engine.model import Resource
from app.factory import create_app
from app.kernel.ids import new_id
from app.scenarios.organisations import District, settle
from app.scenarios.running import record_basis
from tests.support.district import statements
from tests.support.drawing import choice, drawing, end, start, user
from tests.support.measuring import DATABASES, milliseconds, p50, p95, say, systems
from tests.support.posting import Visitor

COMPLETED = (1, 500, 5000)
ROUNDS = 60
YES_NO = [{"label": "是", "value": "yes"}, {"label": "否", "value": "no"}]
REQUIRED = {"required": True}
FORM = {
    "id": "progress",
    "type": "default",
    "components": [
        {"type": "text", "text": "# 进度填报\n\n项目 **{{project.name}}** 的本期进度。"},
        {
            "type": "number",
            "key": "amount",
            "label": "本期金额",
            "decimalDigits": 6,
            "validate": {"min": 0, **REQUIRED},
        },
        {"type": "radio", "key": "finished", "label": "是否完成", "values": YES_NO, "validate": REQUIRED},
        {"type": "datetime", "subtype": "date", "key": "period_end", "dateLabel": "截止日期"},
        {
            "type": "textarea",
            "key": "remark",
            "label": "完成情况",
            "conditional": {"hide": '=finished != "yes"'},
            "validate": REQUIRED,
        },
        {"type": "textarea", "key": "progress", "label": "进度说明", "validate": {"maxLength": 500}},
    ],
}
ANSWERS = {"amount": "12.345678", "finished": "no", "period_end": "2027-03-31", "progress": "按计划推进。" * 20}


def main() -> None:
    for database in DATABASES:
        with systems(database) as (product,):
            measure(database, product)


def measure(database: str, product: Application) -> None:
    district = begin(product)
    flask = create_app(product=product)
    clerk = Clerk(product, flask, district)
    old = {completed: clerk.case(completed) for completed in COMPLETED[1:]}
    fresh = [clerk.case(COMPLETED[0]) for _ in range(ROUNDS)]
    clerk.filled(clerk.case(COMPLETED[0]))()

    times: dict[int, list[float]] = {completed: [] for completed in COMPLETED}
    for case_id in fresh:
        for completed, measured in ((COMPLETED[0], case_id), *old.items()):
            times[completed].append(milliseconds(clerk.filled(measured)))
    last_one = clerk.filled(old[COMPLETED[-1]])
    with statements(product.database) as sent:
        last_one()
    medians = {completed: p50(each) for completed, each in times.items()}
    first, last = medians[COMPLETED[0]], medians[COMPLETED[-1]]
    say(
        f"http.complete.{database}",
        value=last,
        unit="ms",
        baseline=first,
        ratio=round(last / first, 2),
        p50=medians,
        p95={completed: p95(each) for completed, each in times.items()},
        statements=len(sent) - sent.count("COMMIT"),
        commits=sent.count("COMMIT"),
    )


def begin(product: Application) -> District:
    """A district, and a process that asks for the same form until the answer is that it is finished."""
    loop = drawing(
        "project-lifecycle",
        {"begin": start(), "fill": user("applicant", form="progress"), "more": choice(default="fill"), "done": end()},
        ["begin -> fill", "fill -> more", "more -> fill", 'more -> done: =finished = "yes"'],
    )
    product.definitions.deploy(None, [loop, Resource("progress.form", json.dumps(FORM).encode())])
    district = settle(product.administration)
    record_basis(product, district)
    return district


class Clerk:
    """Somebody of a unit, with a browser, who registers projects and works on them."""

    def __init__(self, product: Application, flask: Flask, district: District) -> None:
        self._product = product
        self._visitor = Visitor(flask, product, district.user_ids["jtj-jb"])
        self._org_id = district.org_ids["区教育和体育局"]
        self._token = ""

    def case(self, completed: int) -> str:
        """A case with so many completed tasks."""
        _, case_id = self._product.projects.register(self._visitor.identity, self._org_id, name="进度填报")
        for _ in range(completed):
            self._product.inbox.submit(
                self._visitor.identity, self._task(case_id), lambda _form, _files: {**ANSWERS}, submission_key=new_id()
            )
        return case_id

    def filled(self, case_id: str) -> Callable[[], None]:
        """The form of a case's open task, filled in: what is left to do is to send it."""
        path = f"/tasks/{self._task(case_id)}"
        self._token = self._token or self._visitor.hidden_of(path)["csrf_token"]
        fields = {"csrf_token": self._token, "_rev": "0", "_key": new_id(), **ANSWERS}

        def send() -> None:
            response = self._visitor.post(path, fields)
            assert response.location.startswith("/tasks/next"), response.text

        return send

    def _task(self, case_id: str) -> str:
        task = self._product.case_views.next_task(self._visitor.identity, case_id)
        assert task is not None
        return task.id


if __name__ == "__main__":
    main()
