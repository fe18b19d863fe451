from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.engine.model import Resource
from app.features.audit import store as audit
from app.features.definitions.model import BundleRefused
from app.features.definitions.usecases import read_directories
from app.kernel.errors import Conflict, Missing, Refused
from tests.support.district import District
from tests.support.drawing import drawing, end, line, service, start, user

ROOT = Path(__file__).parents[3]


def form(form_id: str, *components: object) -> Resource:
    schema = {"type": "default", "id": form_id, "schemaVersion": 19, "components": list(components)}
    return Resource(f"{form_id}.form", json.dumps(schema).encode())


AMOUNT = form("amount-form", {"type": "number", "id": "f1", "key": "amount", "label": "金额"})
ONE = line("one", {"fill": user("applicant", form="amount-form")})


def test_a_bundle_is_its_content(district: District) -> None:
    with pytest.raises(Conflict):
        district.definitions.current()
    first = district.deploy(ONE, AMOUNT)
    again = district.deploy(AMOUNT, ONE)
    assert (first.version, first.new, again.key, again.version, again.new) == (1, True, first.key, 1, False)
    second = district.deploy(line("one", {"fill": user("applicant")}))
    assert (second.version, district.definitions.current()) == (2, second.key)
    assert [(each.version, each.current) for each in district.definitions.bundles()] == [(2, True), (1, False)]


def test_an_earlier_bundle_can_be_made_current_again(district: District) -> None:
    first = district.deploy(ONE, AMOUNT)
    district.deploy(line("one", {"fill": user("applicant")}))
    district.deploy(ONE, AMOUNT)
    assert district.definitions.current() == first.key
    assert len(district.definitions.bundles()) == 2


def test_a_running_case_stays_on_its_bundle(district: District) -> None:
    district.deploy(line("one", {"fill": user("applicant"), "check": user("data-bureau")}))
    old = district.start("one")
    district.deploy(line("one", {"fill": user("applicant")}))
    new = district.start("one")
    xue = district.people["xue"]
    for task in district.tasks("xue"):
        district.cases.complete_task(xue, task.id, answers={}, submission={}, submission_key=task.id)
    assert district.views.case_view(xue, old).case.status == "running"
    assert district.views.case_view(xue, new).case.status == "completed"


def test_what_was_deployed_comes_back_byte_by_byte(district: District) -> None:
    key = district.deploy(ONE, AMOUNT).key
    assert district.definitions.source(key, "one.bpmn") == ONE.content
    assert {each.path for each in district.definitions.sources(key)} == {
        "one.bpmn",
        "amount-form.form",
        "any-form.form",
    }
    assert district.definitions.form(key, "amount-form")["id"] == "amount-form"
    assert district.definitions.parsed_form(key, "amount-form").id == "amount-form"
    assert district.definitions.compiled(key).processes["one"].elements["fill"].form_id == "amount-form"
    with pytest.raises(Missing):
        district.definitions.source(key, "two.bpmn")
    with pytest.raises(Missing):
        district.definitions.form(key, "other")
    with pytest.raises(Missing):
        district.definitions.compiled("0" * 64)


def test_everything_unknown_is_told_at_once_by_element(district: District) -> None:
    wrong = line(
        "wrong",
        {
            "no-form": user("applicant", form="missing-form"),
            "no-role": user("wizard"),
            "no-service": service("conjure"),
            "no-check": user("applicant", check="check-nothing"),
            "no-stage": user("applicant", stage="收尾"),
            "no-outcome": user("applicant", outcome="finished"),
        },
    )
    beside = drawing(
        "beside",
        {
            "no-starter": start(
                {"starter": "wizard", "starter-stages": "采购 收尾", "starter-needs": "luck", "starter-ended": "lost"}
            ),
            "no-start": user("applicant", **{"starter-label": "发起"}),
            "finish": end(),
        },
        ["no-starter -> no-start", "no-start -> finish"],
    )
    bad_form = form("bad-form", {"type": "iframe", "id": "x"})
    with pytest.raises(BundleRefused) as refused:
        district.deploy(wrong, beside, bad_form, Resource("broken.form", b"{"))
    found = {(finding.element_id or finding.file) for finding in refused.value.findings}
    assert found >= {
        "no-form",
        "no-role",
        "no-service",
        "no-check",
        "no-stage",
        "no-outcome",
        "no-starter",
        "no-start",
        "bad-form.form",
        "broken.form",
    }
    assert "missing-form" in refused.value.message
    assert "没有“收尾”阶段（starter-stages）" in refused.value.message
    assert "没有“luck”这种条件（starter-needs）" in refused.value.message
    assert "没有“lost”这种结局（starter-ended）" in refused.value.message
    with pytest.raises(Conflict):
        district.definitions.current()


def test_a_diagram_the_engine_refuses_is_told_together_with_bad_forms(district: District) -> None:
    with pytest.raises(BundleRefused) as refused:
        district.deploy(Resource("x.bpmn", b"<not bpmn"), Resource("broken.form", b"{"))
    assert {finding.file for finding in refused.value.findings} == {"x.bpmn", "broken.form"}


def test_only_a_process_owner_deploys_and_it_is_recorded(district: District) -> None:
    with pytest.raises(Refused):
        district.definitions.deploy(district.people["admin"], [ONE, AMOUNT])
    deployed = district.definitions.deploy(district.people["owner"], [ONE, AMOUNT])
    with district.database.read() as uow:
        (entry,) = [each for each in audit.entries(uow, "system") if each.act.action == "deploy-bundle"]
    assert (entry.act.actor.name, entry.act.subject) == ("owner", f"bundle:{deployed.key}")


def test_the_official_bundle_deploys(district: District) -> None:
    deployed = district.definitions.deploy_directories(ROOT / "processes", ROOT / "forms")
    compiled = district.definitions.compiled(deployed.key)
    assert "project-lifecycle" in compiled.processes
    assert len(read_directories(ROOT / "processes", ROOT / "forms")) == len(district.definitions.sources(deployed.key))
