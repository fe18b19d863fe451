"""The ledger of government cloud resources, read and kept by service tasks (附5-5 to 附5-9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from services.amounts import AmountInvalid
from services.checks.answers import text
from services.checks.cloud import low_of, sizes_of
from services.cloud import MEASURED, PROVIDER, CloudResource, Sizes, SpecialPeriod, Usage, next_number, numbered
from services.deadlines import day_of
from services.effects import SetCloud
from services.facts import Facts, Finding, Headers, Inputs, Json, Outcome
from services.ledger import barring_cloud


def restrictions(inputs: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """Whether the unit is among those that get no cloud resources: `cloud_barred` yes/no and the reasons (附5-8)."""
    code = facts.project.code if facts.project else None
    found = barring_cloud(facts.restrictions, day=facts.today, project=code)
    variables: dict[str, Json] = {
        "cloud_barred": "yes" if found else "no",
        "cloud_barred_text": "；".join(entry.sentence() for entry in found),
    }
    return Outcome(variables=variables)


def read(inputs: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """`cloud_choices`: the project's resources in use, for a form to choose from.

    If `cloud_number` is known already, it alone, whatever became of it. Header `of` "provider" leaves only what the
    cloud provider of this case provides. Finds fault when there is nothing to choose.
    """
    known = numbered(facts.cloud, inputs.get("cloud_number"))
    found = [known] if known else [each for each in facts.cloud if each.state == "running"]
    if headers.get("of") == "provider":
        found = [each for each in found if each.provider_id == facts.parties.get(PROVIDER)]
    if not found:
        return _wrong("本项目没有正式运行的政务云资源。（附5-7）")
    choices: list[Json] = [{"value": each.number, "label": each.label} for each in found]
    variables: dict[str, Json] = {"cloud_choices": choices}
    if len(found) == 1:
        variables["cloud_number"] = found[0].number
    return Outcome(variables=variables)


def record(inputs: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """Header `as` says what happened to the resource `cloud_number`.

    "allocated": `cloud_cpu` … of `cloud_system` by `cloud_provider_org`, under a new number unless it has one;
    "resized": it has `cloud_cpu` … from now on; "running": paid for from `cloud_billing_from`; "stopped": paid for up
    to `cloud_done_on`. Results: `cloud_number` and the sizes.
    """
    known, happened = numbered(facts.cloud, inputs.get("cloud_number")), headers.get("as", "")
    if happened == "allocated":
        return _recorded(_allocated(known, inputs, facts))
    if known is None:
        return _unknown(inputs)
    match happened:
        case "resized":
            return _recorded(replace(known, sizes=_sizes(inputs), asked_on=None))
        case "running":
            return _recorded(replace(known, state="running", billing_from=day_of(inputs.get("cloud_billing_from"))))
        case "stopped":
            until = day_of(inputs.get("cloud_done_on"))
            return _recorded(replace(known, state="stopped", billing_to=until, asked_on=None))
    return _wrong(f"没有“{happened}”这种云资源变动（as）。")


def record_usage(inputs: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """Keeps the last utilisation, and what it was measured on (`cloud_reported_cpu` …).

    `cloud_special` is "yes" when the bureau was told in advance of special needs in these days (附5-9).
    """
    known = numbered(facts.cloud, inputs.get("cloud_number"))
    if known is None:
        return _unknown(inputs)
    since, until = day_of(inputs.get("cloud_usage_since")), day_of(inputs.get("cloud_usage_until"))
    cpu, memory, storage = (Decimal(str(inputs.get(f"cloud_{name}_usage"))) for name in MEASURED)
    special = known.told_of(since, until)
    variables: dict[str, Json] = {
        **_variables(known.sizes, "reported"),
        "cloud_special": "yes" if special else "no",
        "cloud_special_text": _sentence(special) if special else "",
    }
    used = Usage(since, until, cpu, memory, storage)
    # Of a list, the last report of a resource is in the ledger before the cases of its lines begin.
    later = known.usage is not None and known.usage.until >= until
    return Outcome(variables=variables, effects=() if later else (SetCloud(replace(known, usage=used)),))


def waste(inputs: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """`cloud_wasted` is "no" when the unit has asked for a change or return by now, or it was carried out (附5-8)."""
    known = numbered(facts.cloud, inputs.get("cloud_number"))
    if known is None:
        return _unknown(inputs)
    smaller = known.smaller_than(sizes_of(inputs, "reported"), low_of(inputs))
    attended = known.state == "stopped" or known.asked_on is not None or smaller
    return Outcome(variables={"cloud_wasted": "no" if attended else "yes"})


def record_period(inputs: Inputs, headers: Headers, facts: Facts) -> Outcome:
    """Adds a special period that the unit told the bureau of on `cloud_told_on` (附5-9)."""
    known = numbered(facts.cloud, inputs.get("cloud_number"))
    if known is None:
        return _unknown(inputs)
    period = SpecialPeriod(
        since=day_of(inputs.get("cloud_special_since")),
        until=day_of(inputs.get("cloud_special_until")),
        reason=text(inputs, "cloud_special_reason"),
        told_on=day_of(inputs.get("cloud_told_on")),
    )
    return Outcome(effects=(SetCloud(replace(known, special=(*known.special, period))),))


def _allocated(known: CloudResource | None, inputs: Inputs, facts: Facts) -> CloudResource:
    code = facts.project.code if facts.project else ""
    return CloudResource(
        number=known.number if known else next_number(facts.cloud, code),
        system=text(inputs, "cloud_system"),
        provider_id=text(inputs, "cloud_provider_org"),
        sizes=_sizes(inputs),
        others=text(inputs, "cloud_others"),
    )


def _sizes(inputs: Inputs) -> Sizes:
    found = sizes_of(inputs)
    if found is None:
        raise AmountInvalid("云资源的CPU、内存和存储没有写明。")
    return found


def _recorded(resource: CloudResource) -> Outcome:
    variables: dict[str, Json] = {"cloud_number": resource.number, **_variables(resource.sizes)}
    return Outcome(variables=variables, effects=(SetCloud(resource),))


def _variables(sizes: Sizes, stem: str = "") -> Mapping[str, Json]:
    return {"_".join(part for part in ("cloud", stem, name) if part): getattr(sizes, name) for name in MEASURED}


def _sentence(period: SpecialPeriod) -> str:
    days = f"{period.since.isoformat()}至{period.until.isoformat()}"
    return f"{days}：{period.reason}（{period.told_on.isoformat()}告知）"


def _unknown(inputs: Inputs) -> Outcome:
    return _wrong(f"云资源台账没有“{inputs.get('cloud_number')}”。")


def _wrong(message: str) -> Outcome:
    return Outcome(findings=(Finding("", message),))
