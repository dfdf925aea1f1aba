"""`seawall release plan`: what a release would do, and what stands against it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from rich.table import Table

from policies.prices import own_prices
from seawall.cli import gate, planning, release_gate, releasing
from seawall.cli.release_words import split
from seawall.cli.releasing import NotReleased, Wanted
from seawall.cli.screen import Screen
from seawall.delivery.checks import Analysis
from seawall.delivery.controller import Look
from seawall.delivery.durations import written
from seawall.delivery.guardrails import first_step
from seawall.delivery.port import CloudError, Deployment, Port
from seawall.delivery.quota import Quota, quota
from seawall.delivery.wanted import asset_id, instances


def show(screen: Screen, file: Path, env: str, local: bool, cwd: Path, store: Path | None) -> None:
    wanted = releasing.wanted(file, env, local, cwd, store, screen)
    with releasing.cloud(wanted) as port, screen.working("Looking at the endpoint"):
        seen, there = releasing.seen(port), port.deployments()
        room = _room(wanted, port, list(there))
        release_gate.check_assets(wanted, port, there)
        promotion = release_gate.promotion(wanted, port, strict=False)
    stable = next((name for name in seen.endpoint.live() if name != wanted.released.candidate), None)
    report = release_gate.judge(wanted, there, stable)
    _tell(screen, wanted, seen, stable, room, promotion.words)
    gate.show(screen, [report])
    document = _document(wanted, seen, stable, room) | {"promotion": promotion.words}
    document |= {"guardrails": gate.document([report])}
    release_gate.refuse(wanted, report, promotion)
    _enough(room, document)
    screen.say(f"To begin: seawall release start {wanted.command}", style="dim")
    screen.result(document)


def _enough(room: Quota, document: dict[str, Any]) -> None:
    if room.enough is False:
        raise NotReleased(room.words, hint="Nothing was changed.", document=document)


def _room(wanted: Wanted, port: Port, there: list[Deployment]) -> Quota:
    if any(one.name == wanted.released.candidate for one in there):
        return Quota(True, f"{wanted.released.candidate} is there already")
    try:
        capacity = port.capacity()
    except CloudError as error:
        return Quota(None, f"can't be read: {error}")
    return quota(
        capacity, wanted.release.instance.type, instances(wanted.release), wanted.target.location, there
    )


def _tell(screen: Screen, wanted: Wanted, seen: Look, stable: str | None, room: Quota, promotion: str) -> None:
    release, released = wanted.release, wanted.released
    live = split(seen.endpoint.live(), seen.endpoint.mirrored())
    screen.say(f"Release of {released.model} to {wanted.target.endpoint_name} of {wanted.env}", style="bold")
    table = Table.grid(padding=(0, 2))
    table.add_row("  endpoint", f"{wanted.target.endpoint}; now: {live}")
    table.add_row("  model", asset_id(release.model, "models", wanted.target))
    table.add_row("  promotion", promotion)
    scale = f", scales from {release.autoscale.min} to {release.autoscale.max}" if release.autoscale else ""
    table.add_row("  deployment", f"{released.candidate}: {instances(release)} x {release.instance.type}{scale}")
    table.add_row("  quota", room.words)
    table.add_row("  cost", cost(wanted))
    if release.smoke_tests:
        table.add_row("  smoke tests", ", ".join(test.name for test in release.smoke_tests))
    for name, gates in (("before traffic", released.before_traffic), ("before promotion", released.before_promotion)):
        for one in gates:
            who = "hook"
            if one.approvers is not None:
                who = f"approval in the name of {' or '.join(one.approvers) or 'anyone'}"
            table.add_row(f"  {name}", f"{one.name}: {who}, within {written(one.timeout)}")
    for index, words in enumerate(stays(wanted, stable), 1):
        table.add_row(f"  step {index}", words)
    for words in looks(release.analysis) if _watched(wanted, stable) else ():
        table.add_row("  check", words)
    if stable:
        table.add_row("  then", f"{stable} is kept for {written(release.keep.previous)}, and removed")
    screen.say(table)


def _watched(wanted: Wanted, stable: str | None) -> bool:
    released = wanted.released
    return bool(released.soak.watched or (stable and (released.steps or released.mirror)))


def stays(wanted: Wanted, stable: str | None) -> Iterator[str]:
    """Each exposure in words."""
    released = wanted.released
    if stable is None:
        yield f"{released.candidate} 100 %: nobody answers yet, so there is nobody to share with"
        return
    if released.mirror:
        mirror = released.mirror
        yield f"{mirror.mirror} % mirrored to {released.candidate}, for {written(mirror.bake)} at least"
    for stay in released.steps:
        waits = ", then waits for a person" if stay.waits else ""
        yield f"{stable} {100 - stay.traffic} %, {released.candidate} {stay.traffic} %, for {written(stay.bake)}{waits}"
    watched = f", watched for {written(released.soak.bake)}" if released.soak.watched else ", not watched"
    yield f"{released.candidate} 100 %{watched}"


def looks(analysis: Analysis) -> Iterator[str]:
    """What each look checks, in words."""
    checks = analysis.checks
    yield f"every {written(analysis.interval)}, with {checks.requests.at_least} requests at least"
    if checks.error_rate and checks.requests.to_fail and checks.requests.to_fail < checks.requests.at_least:
        yield f"from {checks.requests.to_fail} requests on: no more errors than chance has"
    if checks.error_rate and checks.error_rate.at_most is not None:
        yield f"errors at most {checks.error_rate.at_most:g} %"
    if checks.error_rate and checks.error_rate.above_stable is not None:
        yield f"errors at most {checks.error_rate.above_stable:g} points above the stable deployment's"
    for one in checks.latency:
        if one.at_most is not None:
            yield f"{one.percentile} at most {written(one.at_most)}"
        if one.to_stable is not None:
            yield f"{one.percentile} at most {one.to_stable:g} times the stable deployment's"
    if checks.throttling and checks.throttling.share is not None:
        yield f"answers of 429 at most {checks.throttling.share:g} %"
    if checks.throttling and checks.throttling.delay is not None:
        yield f"delay by throttling at most {written(checks.throttling.delay)}"
    for query in checks.queries:
        bounds = [f"at least {query.at_least:g}" if query.at_least is not None else "",
                  f"at most {query.at_most:g}" if query.at_most is not None else ""]  # fmt: skip
        yield f"{query.name} {' and '.join(filter(None, bounds))}"
    row, whole = analysis.consecutive_failures, analysis.failure_limit + 1
    yield f"back after {row} failing in a row, or {whole} in all" if row < whole else f"back after {whole} failing"
    then = "back" if analysis.on_inconclusive == "rollBack" else "waits for a person"
    yield f"{then} after {analysis.inconclusive_limit + 1} that say nothing, in a row"


def cost(wanted: Wanted) -> str:
    """What the new deployment costs while both run, by the price list."""
    release = wanted.release
    currency = planning.settings(wanted.project, wanted.env).budget.currency
    quote = own_prices().hourly(release.instance.type, wanted.target.location, currency)
    if quote is None:
        return f"no price of {release.instance.type} in {wanted.target.location}"
    count = instances(release)
    hourly = (quote.hourly * count).quantize(Decimal("0.01"))
    return f"{hourly} {currency} an hour more while old and new run side by side ({count} x {quote.hourly:.3f})"


def _document(wanted: Wanted, seen: Look, stable: str | None, room: Quota) -> dict[str, Any]:
    return {
        "environment": wanted.env,
        "endpoint": wanted.target.endpoint,
        "model": asset_id(wanted.release.model, "models", wanted.target),
        "deployment": wanted.released.candidate,
        "stable": stable,
        "traffic": seen.endpoint.live(),
        "firstStep": first_step(wanted.released, stable),
        "steps": list(stays(wanted, stable)),
        "checks": list(looks(wanted.release.analysis)),
        "quota": {"enough": room.enough, "needed": room.needed, "used": room.used, "limit": room.limit},
        "cost": cost(wanted),
    }


