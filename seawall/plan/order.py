"""The order of a plan: each resource after what it needs."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping

from seawall.plan.errors import PlanErrors
from seawall.plan.model import Resource


def ordered(resources: Iterable[Resource]) -> tuple[Resource, ...]:
    """The resources, each after its parent and its dependencies, otherwise by URN: the same in every run."""
    by_urn = {resource.urn: resource for resource in resources}
    waits_for = {
        urn: {dep for dep in (resource.parent, *resource.dependencies) if dep in by_urn and dep != urn}
        for urn, resource in by_urn.items()
    }
    needed_by: dict[str, list[str]] = {urn: [] for urn in by_urn}
    for urn, needs in waits_for.items():
        for need in needs:
            needed_by[need].append(urn)
    ready = [urn for urn, needs in waits_for.items() if not needs]
    heapq.heapify(ready)
    result = []
    while ready:
        urn = heapq.heappop(ready)
        result.append(by_urn[urn])
        for dependent in needed_by[urn]:
            waits_for[dependent].discard(urn)
            if not waits_for[dependent]:
                heapq.heappush(ready, dependent)
    if len(result) < len(by_urn):
        circle = _circle({urn: needs for urn, needs in waits_for.items() if needs})
        more = f" and {len(circle) - _NAMED} more" if len(circle) > _NAMED else ""
        raise PlanErrors([f"resources depend on each other in a circle: {', '.join(circle[:_NAMED])}{more}"])
    return tuple(result)


_NAMED = 10
"""How many resources of a circle a message names."""


def _circle(stuck: Mapping[str, set[str]]) -> list[str]:
    """One circle among resources that wait for each other or for one, from its first URN on."""
    walked: dict[str, None] = {}
    urn = min(stuck)
    while urn not in walked:
        walked[urn] = None
        urn = min(stuck[urn])
    path = list(walked)
    circle = path[path.index(urn) :]
    first = circle.index(min(circle))
    return circle[first:] + circle[:first]
