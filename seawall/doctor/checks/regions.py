"""Whether the regions exist, offer every type that the plans ask for, and have zones where those are asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from seawall.doctor.case import Case, Wanted, region
from seawall.doctor.checks.providers import provider
from seawall.doctor.finding import Finding, fault, ok

VERSION = "2022-12-01"

MOVE = "Choose another region in the stack file (`seawall:location`), or ask for access: portal, Quotas, Region access."


def check(case: Case) -> Iterator[Finding]:
    """Sources: REST reference, Subscriptions - List Locations (availabilityZoneMappings: only regions with zones have
    any) and Providers - Get (where a type is offered).
    """
    found = 0
    for subscription in case.subscriptions:
        listed = case.port.listed(f"/subscriptions/{subscription}/locations", VERSION)
        known = {region(entry.get("name")): entry for entry in listed}
        placed = [one for one in case.wanted if one.subscription == subscription and one.location]
        for name in dict.fromkeys(one.location for one in placed):
            if known and name not in known:
                yield fault(f"subscription {subscription} has no region {name}", MOVE)
                found += 1
        there = [one for one in placed if one.location in known]
        for told in [*_not_offered(case, subscription, there), *_without_zones(there, known)]:
            yield told
            found += 1
    if not found:
        names = sorted({one.location for one in case.wanted if one.location})
        yield ok(f"{', '.join(names) or 'no region'}: all that is asked for is offered")


def _not_offered(case: Case, subscription: str, placed: list[Wanted]) -> Iterator[Finding]:
    pairs = dict.fromkeys((one.type.arm_type, one.location) for one in placed)
    offers = dict(
        zip(
            namespaces := list(dict.fromkeys(arm_type.split("/", 1)[0] for arm_type, _ in pairs)),
            case.each(lambda namespace: provider(case, subscription, namespace), namespaces),
            strict=True,
        )
    )
    for arm_type, location in pairs:
        namespace, kind = arm_type.split("/", 1)
        regions = _regions(offers[namespace], kind)
        if regions and location not in regions:
            yield fault(f"{arm_type} isn't offered in {location}", MOVE)


def _regions(offered: dict[str, Any], kind: str) -> set[str]:
    """Where a provider offers a type; nothing where it doesn't say, as for types that stand everywhere."""
    for entry in offered.get("resourceTypes") or ():
        if str(entry.get("resourceType", "")).lower() == kind.lower():
            return {region(name) for name in entry.get("locations") or ()} - {"", "global"}
    return set()


def _without_zones(placed: list[Wanted], known: dict[str, dict[str, Any]]) -> Iterator[Finding]:
    if not any(entry.get("availabilityZoneMappings") for entry in known.values()):
        return  # a cloud that doesn't say
    for location in dict.fromkeys(one.location for one in placed):
        zones = {str(mapping.get("logicalZone")) for mapping in known[location].get("availabilityZoneMappings") or ()}
        for one in placed:
            missing = _zones(one) - zones if one.location == location else set()
            if missing:
                what = f"zone {', '.join(sorted(missing - {'any'}))}" if missing - {"any"} else "zones"
                if missing == {"any"} and zones:
                    continue
                yield fault(
                    f"{one.type.arm_type} {one.name} asks for {what}, which {location} doesn't have",
                    "Choose a region with availability zones, or what isn't spread over zones (redundancy LRS or GRS).",
                )


def _zones(one: Wanted) -> set[str]:
    """The zones that a resource names; `any` for what Azure spreads over zones by itself."""
    named = {str(zone) for zone in one.inputs.get("zones") or ()}
    sku = one.inputs.get("sku")
    copied = isinstance(sku, dict) and "ZRS" in str(sku.get("name", ""))
    spread = copied or one.inputs.get("zoneRedundancy") == "Enabled"
    return named | ({"any"} if spread else set())
