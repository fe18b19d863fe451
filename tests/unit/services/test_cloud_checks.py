from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from services.cloud import CloudResource, Sizes, SpecialPeriod, Usage, next_number
from services.effects import AddLedgerEntry, AssignParty, SetCloud
from services.facts import Facts, Json, Outcome
from services.ledger import Exemption, Restriction
from services.registry import TASKS

FILE = [{"id": "a1", "name": "申请表.pdf", "size": 900}]
APPLICATION = {
    "cloud_form_file": FILE,
    "cloud_plan_file": FILE,
    "cloud_calculation_file": FILE,
    "cloud_types_basic": ["server"],
    "cloud_large": "no",
    "cloud_subordinate": "no",
    "cloud_need_cpu": 16,
    "cloud_need_memory": 32,
    "cloud_need_storage": 500,
}
ADVISED = {"cloud_report_file": FILE, "cloud_advised_cpu": 16, "cloud_advised_memory": 32, "cloud_advised_storage": 500}
RUNNING = CloudResource(
    number="YC2026-0001-Y01",
    system="预约系统",
    provider_id="cloud-1",
    sizes=Sizes(16, 32, 500),
    state="running",
    billing_from=date(2025, 12, 1),
)
CHANGE = {
    "cloud_number": RUNNING.number,
    "cloud_change_kind": "change",
    "cloud_new_cpu": 8,
    "cloud_new_memory": 32,
    "cloud_new_storage": 500,
}
USAGE = {
    "cloud_number": RUNNING.number,
    "cloud_usage_since": "2026-02-01",
    "cloud_usage_until": "2026-02-28",
    "cloud_cpu_usage": 19.99,
    "cloud_memory_usage": 30,
    "cloud_storage_usage": 60,
}
WASTE = Restriction("unit-1", "no-cloud", "利用率偏低", "附5-8", date(2026, 1, 1))


@pytest.fixture
def holding(facts: Callable[..., Facts]) -> Callable[..., Facts]:
    """Facts of a project with these cloud resources."""

    def make(*resources: CloudResource, **more: object) -> Facts:
        return replace(facts(**more), cloud=resources or (RUNNING,))

    return make


def run(task: str, answers: dict[str, Json], facts: Facts, **headers: str) -> Outcome:
    return TASKS[task](answers, headers, facts)


def fields(task: str, answers: dict[str, Json], facts: Facts, **headers: str) -> list[str | None]:
    return [finding.field for finding in run(task, answers, facts, **headers).findings]


def recorded(outcome: Outcome) -> CloudResource:
    (order,) = outcome.effects
    assert isinstance(order, SetCloud)
    return order.resource


def test_a_complete_application_is_taken(facts: Callable[..., Facts]) -> None:
    assert run("check-cloud-application", APPLICATION, facts()) == Outcome()


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"cloud_calculation_file": []}, ["cloud_calculation_file"]),
        ({"cloud_types_basic": []}, ["cloud_types_basic"]),
        ({"cloud_types_basic": None, "cloud_types_data": ["site"]}, []),
        ({"cloud_large": "yes"}, ["cloud_technical_file", "cloud_concurrency"]),
        ({"cloud_subordinate": "yes"}, ["cloud_authority_file"]),
        ({"cloud_need_cpu": 0}, ["cloud_need_cpu"]),
        ({"cloud_need_memory": 1.5}, ["cloud_need_memory"]),
        ({"cloud_need_storage": None}, ["cloud_need_storage"]),
    ],
)
def test_what_an_application_lacks_is_named(
    facts: Callable[..., Facts], changed: dict[str, Json], wrong: list[str]
) -> None:
    assert fields("check-cloud-application", {**APPLICATION, **changed}, facts()) == wrong


def test_no_step_grants_more_than_the_step_before(facts: Callable[..., Facts]) -> None:
    known = {**APPLICATION, **ADVISED}
    assert fields("check-cloud-research", known, facts()) == []
    assert fields("check-cloud-research", {**known, "cloud_advised_cpu": 17}, facts()) == ["cloud_advised_cpu"]
    allocated = {"cloud_cpu": 16, "cloud_memory": 32, "cloud_storage": 500}
    assert fields("check-cloud-allocation", {**known, **allocated}, facts()) == []
    assert fields("check-cloud-allocation", {**known, **allocated, "cloud_storage": 501}, facts()) == ["cloud_storage"]


def test_the_trial_run_is_counted_from_a_day_that_has_come(facts: Callable[..., Facts]) -> None:
    assert fields("check-cloud-launch", {"cloud_trial_from": "2026-03-02"}, facts()) == []
    assert fields("check-cloud-launch", {"cloud_trial_from": "2026-03-03"}, facts()) == ["cloud_trial_from"]
    assert fields("check-cloud-launch", {"cloud_trial_from": "三月"}, facts()) == ["cloud_trial_from"]


@pytest.mark.parametrize(
    ("begins", "wrong"),
    [("2026-03-02", []), ("2026-03-01", ["cloud_billing_from"]), (None, ["cloud_billing_from"])],
)
def test_payment_begins_after_the_last_day_of_the_trial_run(
    facts: Callable[..., Facts], begins: Json, wrong: list[str]
) -> None:
    answers: dict[str, Json] = {
        "cloud_agreement_file": FILE,
        "cloud_confirmation_file": FILE,
        "cloud_trial_due_last_day": "2026-03-01",
        "cloud_billing_from": begins,
    }
    assert fields("check-cloud-billing", answers, facts()) == wrong


def test_everything_is_put_on_file_and_the_opinion_where_there_was_a_review(facts: Callable[..., Facts]) -> None:
    five: list[Json] = ["needs", "application", "report", "migration", "agreement"]
    assert fields("check-cloud-archive", {"cloud_archived": five}, facts()) == []
    assert fields("check-cloud-archive", {"cloud_archived": five[1:]}, facts()) == ["cloud_archived"]
    assert fields("check-cloud-archive", {"cloud_archived": None}, facts()) == ["cloud_archived"]
    reviewed: dict[str, Json] = {"cloud_expert_review": "yes", "cloud_archived": five}
    assert fields("check-cloud-archive", reviewed, facts()) == ["cloud_archived"]
    assert fields("check-cloud-archive", {**reviewed, "cloud_archived": [*five, "opinion"]}, facts()) == []


def test_a_unit_that_gets_no_cloud_resources_gets_no_more_of_those_it_has(holding: Callable[..., Facts]) -> None:
    barred = replace(holding(), restrictions=(WASTE,))
    assert fields("check-cloud-change", CHANGE, barred) == [], "less of them is what is wanted"
    more: dict[str, Json] = {**CHANGE, "cloud_new_storage": 501}
    assert fields("check-cloud-change", more, barred) == ["cloud_new_storage"]
    assert fields("check-cloud-change", more, holding()) == []


def test_a_trial_adjustment_changes_something(holding: Callable[..., Facts]) -> None:
    assert fields("check-cloud-adjustment", CHANGE, holding()) == []
    assert fields("check-cloud-adjustment", {**CHANGE, "cloud_new_cpu": 16}, holding()) == ["cloud_new_cpu"]


def test_whoever_asks_for_a_change_has_asked(holding: Callable[..., Facts]) -> None:
    facts = holding()
    asked, provider = run("check-cloud-change", CHANGE, facts).effects
    assert isinstance(asked, SetCloud)
    assert asked.resource.asked_on == date(2026, 3, 2)
    assert provider == AssignParty("cloud-provider", facts.cloud[0].provider_id)


def test_what_was_asked_for_is_not_asked_for_again_until_it_is_done(holding: Callable[..., Facts]) -> None:
    facts = holding(replace(RUNNING, asked_on=date(2026, 2, 27)))
    assert fields("check-cloud-change", CHANGE, facts) == ["cloud_number"]


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"cloud_number": "YC2026-0001-Y09"}, ["cloud_number"]),
        ({"cloud_new_cpu": 16}, ["cloud_new_cpu"]),
        ({"cloud_low": ["cpu"]}, []),
        ({"cloud_low": ["memory", "storage"]}, ["cloud_new_memory"]),
        ({"cloud_change_kind": "stop", "cloud_stop_on": "2026-03-02"}, []),
        ({"cloud_change_kind": "stop", "cloud_stop_on": "2026-03-01"}, ["cloud_stop_on"]),
        ({"cloud_change_kind": "settled"}, ["cloud_change_kind"]),
        ({"cloud_change_kind": "settled", "cloud_low": ["cpu"]}, ["cloud_change_kind"]),
    ],
)
def test_a_change_or_the_end_of_use(holding: Callable[..., Facts], changed: dict[str, Json], wrong: list[str]) -> None:
    assert fields("check-cloud-change", {**CHANGE, **changed}, holding()) == wrong


def test_what_is_settled_was_stopped_or_made_smaller_since_the_report(holding: Callable[..., Facts]) -> None:
    reported: dict[str, Json] = {"cloud_reported_cpu": 32, "cloud_reported_memory": 32, "cloud_reported_storage": 500}
    answers = {**CHANGE, **reported, "cloud_change_kind": "settled", "cloud_low": ["cpu"]}
    assert fields("check-cloud-change", answers, holding()) == []
    assert fields("check-cloud-change", {**answers, "cloud_low": ["memory"]}, holding()) == ["cloud_change_kind"]
    stopped = replace(RUNNING, state="stopped")
    assert fields("check-cloud-change", {**answers, "cloud_low": ["memory"]}, holding(stopped)) == []


def test_nothing_is_changed_before_it_runs(holding: Callable[..., Facts]) -> None:
    assert fields("check-cloud-change", CHANGE, holding(replace(RUNNING, state="trial"))) == ["cloud_number"]


@pytest.mark.parametrize("decision", ["returned", "refused"])
def test_whoever_is_sent_back_has_not_asked(holding: Callable[..., Facts], decision: str) -> None:
    asked = replace(RUNNING, asked_on=date(2026, 3, 1))
    answers: dict[str, Json] = {"cloud_number": RUNNING.number, "cloud_change_review": decision}
    outcome = run("check-cloud-review", answers, holding(asked), prefix="cloud_change")
    assert recorded(outcome) == RUNNING


@pytest.mark.parametrize(
    ("prefix", "decision"), [("cloud_change", "agreed"), ("cloud_city", "approved"), ("cloud_stop", "filed")]
)
def test_whoever_is_granted_it_goes_on_asking(holding: Callable[..., Facts], prefix: str, decision: str) -> None:
    answers: dict[str, Json] = {"cloud_number": RUNNING.number, f"{prefix}_review": decision}
    assert run("check-cloud-review", answers, holding(), prefix=prefix) == Outcome()


def test_a_return_is_carried_out_on_or_after_its_day_and_not_in_the_future(holding: Callable[..., Facts]) -> None:
    stop: dict[str, Json] = {"cloud_change_kind": "stop", "cloud_stop_on": "2026-03-01"}
    assert fields("check-cloud-done", {**stop, "cloud_done_on": "2026-03-01"}, holding()) == []
    assert fields("check-cloud-done", {**stop, "cloud_done_on": "2026-02-28"}, holding()) == ["cloud_done_on"]
    assert fields("check-cloud-done", {**stop, "cloud_done_on": "2026-03-03"}, holding()) == ["cloud_done_on"]


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({}, []),
        ({"cloud_cpu_usage": 0, "cloud_memory_usage": 100}, []),
        ({"cloud_cpu_usage": 100.01}, ["cloud_cpu_usage"]),
        ({"cloud_storage_usage": None}, ["cloud_storage_usage"]),
        ({"cloud_usage_until": "2026-03-03"}, ["cloud_usage_until"]),
        ({"cloud_usage_since": "2026-03-01"}, ["cloud_usage_since"]),
        ({"cloud_usage_since": "2025-11-30"}, ["cloud_usage_since"]),
        ({"cloud_number": None}, ["cloud_number"]),
    ],
)
def test_a_report_of_utilisation(holding: Callable[..., Facts], changed: dict[str, Json], wrong: list[str]) -> None:
    assert fields("check-cloud-usage", {**USAGE, **changed}, holding()) == wrong


@pytest.mark.parametrize(
    ("since", "until", "wrong"),
    [
        ("2026-03-03", "2026-03-03", []),
        ("2026-03-02", "2026-03-09", ["cloud_special_since"]),
        ("2026-03-09", "2026-03-08", ["cloud_special_until"]),
        ("2026-03-09", None, ["cloud_special_until"]),
    ],
)
def test_the_bureau_is_told_of_special_needs_in_advance(
    holding: Callable[..., Facts], since: Json, until: Json, wrong: list[str]
) -> None:
    answers = {"cloud_special_since": since, "cloud_special_until": until}
    assert fields("check-cloud-period", answers, holding()) == wrong


def test_a_unit_on_the_list_gets_no_cloud_unless_exempted(facts: Callable[..., Facts]) -> None:
    barred = run("check-cloud-restriction", {}, facts(restrictions=(WASTE,))).variables
    assert (barred["cloud_barred"], "利用率偏低" in str(barred["cloud_barred_text"])) == ("yes", True)
    exempt = replace(WASTE, exemptions=(Exemption("批示", "防汛急需", "赵磊", date(2026, 2, 1), "YC2026-0001"),))
    assert run("check-cloud-restriction", {}, facts(restrictions=(exempt,))).variables["cloud_barred"] == "no"
    lifted = replace(WASTE, lifted_on=date(2026, 3, 2))
    assert run("check-cloud-restriction", {}, facts(restrictions=(lifted,))).variables["cloud_barred"] == "no"
    other = replace(WASTE, kind="reduced")
    assert run("check-cloud-restriction", {}, facts(restrictions=(other,))).variables["cloud_barred"] == "no"


def test_the_waste_of_cloud_resources_bars_until_it_is_lifted(facts: Callable[..., Facts]) -> None:
    reason: dict[str, Json] = {"reason": "逾期没有变更"}
    (entry,) = run("record-restriction", reason, facts(), kind="no-cloud", clause="附5-8").effects
    assert isinstance(entry, AddLedgerEntry)
    assert (entry.kind, entry.clause, entry.until) == ("no-cloud", "附5-8", None)


def test_the_ledger_offers_what_runs(holding: Callable[..., Facts]) -> None:
    stopped = replace(RUNNING, number="YC2026-0001-Y02", state="stopped")
    offered = run("read-cloud", {}, holding(RUNNING, stopped)).variables
    assert offered == {
        "cloud_choices": [{"value": RUNNING.number, "label": RUNNING.label}],
        "cloud_number": RUNNING.number,
    }
    (only,) = run("read-cloud", {"cloud_number": stopped.number}, holding(RUNNING, stopped)).variables["cloud_choices"]
    assert only["value"] == stopped.number
    assert run("read-cloud", {}, holding(stopped)).refused


def test_a_provider_reports_of_its_own_resources_only(holding: Callable[..., Facts]) -> None:
    other = replace(RUNNING, number="YC2026-0001-Y02", provider_id="cloud-2")
    facts = replace(holding(RUNNING, other), parties={"cloud-provider": "cloud-2"})
    (only,) = run("read-cloud", {}, facts, of="provider").variables["cloud_choices"]
    assert only["value"] == other.number
    assert run("read-cloud", {}, replace(facts, parties={}), of="provider").refused
    assert len(run("read-cloud", {}, facts).variables["cloud_choices"]) == 2
    assert fields("check-cloud-usage", USAGE, facts) == ["cloud_number"]
    assert fields("check-cloud-usage", {**USAGE, "cloud_number": other.number}, facts) == []


def test_no_day_is_reported_twice(holding: Callable[..., Facts]) -> None:
    used = Usage(date(2026, 1, 1), date(2026, 2, 1), Decimal(50), Decimal(50), Decimal(70))
    facts = holding(replace(RUNNING, usage=used))
    assert fields("check-cloud-usage", USAGE, facts) == ["cloud_usage_since"]
    assert fields("check-cloud-usage", {**USAGE, "cloud_usage_since": "2026-02-02"}, facts) == []


def test_the_ledger_is_kept_from_allocation_to_the_end(holding: Callable[..., Facts]) -> None:
    allocated: dict[str, Json] = {
        "cloud_system": "预约系统",
        "cloud_provider_org": "cloud-1",
        "cloud_cpu": 16,
        "cloud_memory": 32,
        "cloud_storage": 500,
        "cloud_others": "带宽",
    }
    new = run("record-cloud", allocated, holding(RUNNING), **{"as": "allocated"})
    assert new.variables["cloud_number"] == "YC2026-0001-Y02"
    trial = recorded(new)
    assert (trial.state, trial.sizes, trial.others) == ("trial", Sizes(16, 32, 500), "带宽")
    known: dict[str, Json] = {"cloud_number": trial.number, "cloud_cpu": 8, "cloud_memory": 16, "cloud_storage": 300}
    smaller = recorded(run("record-cloud", known, holding(trial), **{"as": "resized"}))
    assert smaller.sizes == Sizes(8, 16, 300)
    begins = {**known, "cloud_billing_from": "2026-03-02"}
    running = recorded(run("record-cloud", begins, holding(smaller), **{"as": "running"}))
    assert (running.state, running.billing_from) == ("running", date(2026, 3, 2))
    asked = replace(running, asked_on=date(2026, 4, 1))
    stopped = recorded(
        run("record-cloud", {**known, "cloud_done_on": "2026-04-30"}, holding(asked), **{"as": "stopped"})
    )
    assert (stopped.state, stopped.billing_to, stopped.asked_on) == ("stopped", date(2026, 4, 30), None)


@pytest.mark.parametrize(("happened", "number"), [("resized", "YC2026-0001-Y09"), ("lost", RUNNING.number)])
def test_what_the_ledger_does_not_know_stops_the_case(
    holding: Callable[..., Facts], happened: str, number: str
) -> None:
    assert run("record-cloud", {"cloud_number": number}, holding(), **{"as": happened}).refused


def test_sizes_that_nobody_wrote_stop_the_case(holding: Callable[..., Facts]) -> None:
    assert run("record-cloud", {"cloud_number": RUNNING.number}, holding(), **{"as": "resized"}).refused


@pytest.mark.parametrize(
    ("since", "until", "special"),
    [
        (date(2026, 2, 28), date(2026, 3, 10), "yes"),
        (date(2026, 1, 20), date(2026, 2, 1), "yes"),
        (date(2026, 3, 1), date(2026, 3, 10), "no"),
        (date(2026, 1, 20), date(2026, 1, 31), "no"),
    ],
)
def test_a_special_period_excuses_the_days_it_touches(
    holding: Callable[..., Facts], since: date, until: date, special: str
) -> None:
    told = replace(RUNNING, special=(SpecialPeriod(since, until, "高考", date(2026, 1, 4)),))
    outcome = run("record-cloud-usage", USAGE, holding(told))
    assert outcome.variables["cloud_special"] == special
    assert outcome.variables["cloud_reported_cpu"] == 16
    kept = recorded(outcome).usage
    assert kept is not None
    assert (kept.cpu, kept.since) == (Decimal("19.99"), date(2026, 2, 1))


def test_a_special_period_is_kept_with_the_day_it_was_told(holding: Callable[..., Facts]) -> None:
    answers: dict[str, Json] = {
        "cloud_number": RUNNING.number,
        "cloud_special_since": "2026-04-01",
        "cloud_special_until": "2026-04-10",
        "cloud_special_reason": "高考",
        "cloud_told_on": "2026-03-02",
    }
    assert recorded(run("record-cloud-period", answers, holding())).special == (
        SpecialPeriod(date(2026, 4, 1), date(2026, 4, 10), "高考", date(2026, 3, 2)),
    )


@pytest.mark.parametrize(
    ("resource", "wasted"),
    [
        (RUNNING, "yes"),
        (replace(RUNNING, asked_on=date(2026, 3, 1)), "no"),
        (replace(RUNNING, state="stopped"), "no"),
        (replace(RUNNING, sizes=Sizes(8, 32, 500)), "no"),
        (replace(RUNNING, sizes=Sizes(16, 16, 500)), "yes"),
    ],
)
def test_it_is_waste_when_the_unit_did_nothing(
    holding: Callable[..., Facts], resource: CloudResource, wasted: str
) -> None:
    known: dict[str, Json] = {
        "cloud_number": RUNNING.number,
        "cloud_low": ["cpu"],
        "cloud_reported_cpu": 16,
        "cloud_reported_memory": 32,
        "cloud_reported_storage": 500,
    }
    assert run("judge-cloud-waste", known, holding(resource)).variables == {"cloud_wasted": wasted}


def test_numbers_go_on() -> None:
    assert next_number((), "YC2026-0001") == "YC2026-0001-Y01"
    assert next_number((RUNNING,), "YC2026-0001") == "YC2026-0001-Y02"
