"""Whether the quotas of vCPUs hold what the plans ask for."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from seawall.delivery.bodies import family_key
from seawall.doctor.asked import ML, Machines, machines
from seawall.doctor.case import Case
from seawall.doctor.checks import machines as offers
from seawall.doctor.finding import Finding, fault, ok, warning

VERSION, COMPUTE_VERSION = "2024-10-01", "2024-07-01"

MORE = (
    "Ask for more: portal, Quotas, {service}, region {region}, {name}; or take fewer or smaller machines in the stack "
    "file."
)


@dataclass(frozen=True)
class _Quota:
    """A limit on the vCPUs of a family, or of all, in a region. `key` is empty for the one over all families."""

    subscription: str
    location: str
    learning: bool
    low_priority: bool
    key: str
    name: str


@dataclass(frozen=True)
class _Asked:
    """What one resource asks of a quota, in vCPUs; `has` is what it takes already."""

    name: str
    least: int
    most: int
    has: int


def check(case: Case) -> Iterator[Finding]:
    """The least that is asked for must fit, or a resource doesn't come about; where the most doesn't, clusters stay
    small. Sources: Azure ML docs, how-to-manage-quotas; REST reference, Usages - List of Azure ML and of Compute.
    """
    found, unsaid = 0, set()
    asked = _asked(case)
    for quota, parts in asked.items():
        usage = _usage(case, quota)
        if usage is None:
            unsaid.add(quota.name)
            continue
        told = _judged(quota, parts, *usage)
        if told:
            yield told
            found += 1
    if unsaid and not case.local:
        yield warning(
            f"Azure tells no quota of {', '.join(sorted(unsaid))}", "Look it up: portal, Quotas, Machine Learning."
        )
    if asked and not found:
        yield ok(f"{sum(part.most for parts in asked.values() for part in parts):,} vCPUs at most, and they fit")


def _asked(case: Case) -> dict[_Quota, list[_Asked]]:
    found: dict[_Quota, list[_Asked]] = {}
    for one in machines(case):
        family, cores = _size(case, one)
        if not cores or not one.location:
            continue
        name = "low-priority vCPUs" if one.low_priority else family
        key = "lowpriority" if one.low_priority else family_key(family)
        quota = _Quota(one.wanted.subscription, one.location, one.learning, one.low_priority, key, name)
        part = _Asked(one.name, one.least * cores, one.most * cores, _running(case, one) * cores)
        found.setdefault(quota, []).append(part)
    return found


def _size(case: Case, one: Machines) -> tuple[str, int]:
    """Family and vCPUs of a size; 0 where it isn't offered, which another check tells."""
    if one.learning:
        size = offers.sizes(case, one.wanted.subscription, one.location).get(one.size.lower()) or {}
        return str(size.get("family", "")), int(size.get("vCPUs") or 0)
    size = offers.skus(case, one.wanted.subscription, one.location).get(one.size.lower()) or {}
    said = {str(part.get("name")): part.get("value") for part in size.get("capabilities") or ()}
    return str(size.get("family", "")), int(said.get("vCPUs") or 0)


def _running(case: Case, one: Machines) -> int:
    """How many machines it has already, which are among those in use."""
    body = case.there(one.wanted.id, one.wanted.type.api_version)
    properties: dict[str, Any] = (body or {}).get("properties") or {}
    inner = properties.get("properties") or {}
    if body is None:
        return 0
    if one.kind == "ComputeInstance":
        return int(inner.get("state") == "Running")
    if one.kind == "AmlCompute":
        return int(inner.get("currentNodeCount") or 0)
    if one.kind == "ManagedOnlineEndpoint":
        return math.ceil(round(1.2 * int((body.get("sku") or {}).get("capacity") or 1), 6))
    return int(properties.get("count") or one.least)


def _usage(case: Case, quota: _Quota) -> tuple[int, int] | None:
    """What is in use, and the limit; nothing where Azure doesn't say. -1 stands for no limit."""
    service, version = (ML, VERSION) if quota.learning else ("Microsoft.Compute", COMPUTE_VERSION)
    path = f"/subscriptions/{quota.subscription}/providers/{service}/locations/{quota.location}/usages"
    for entry in case.port.listed(path, version):
        name = family_key(str((entry.get("name") or {}).get("value", "")))
        if name == quota.key or (quota.low_priority and "lowpriority" in name):
            limit = int(entry.get("limit") or 0)
            return (int(entry.get("currentValue") or 0), limit) if limit >= 0 else (0, 1 << 31)
    return None


def _judged(quota: _Quota, parts: Sequence[_Asked], used: int, limit: int) -> Finding | None:
    free = limit - max(used - sum(part.has for part in parts), 0)
    least, most = sum(part.least for part in parts), sum(part.most for part in parts)
    service = "Machine Learning" if quota.learning else "Compute"
    mend = MORE.format(service=service, region=quota.location, name=quota.name)
    names = ", ".join(part.name for part in parts)
    there = f"{quota.name} in {quota.location} has {free} of {limit} vCPUs left"
    if least > free:
        return fault(f"{there}, and {names} need {least}", mend)
    if most > free:
        return warning(f"{there}, and {names} may grow to {most}: they will stay smaller", mend)
    return None
