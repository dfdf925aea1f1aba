"""How many role assignments a subscription takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from rbac.assignments import Assignment
from rbac.model import Service

MOST_ASSIGNMENTS = 4000
"""In a subscription, at all scopes within it. Eligibilities don't count.
Source: Azure RBAC docs, troubleshoot-limits; azure-resource-manager/management/azure-subscription-service-limits."""


def counted(assignments: Iterable[Assignment]) -> Counter[str]:
    """How many assignments count towards the limit, by subscription."""
    return Counter(
        one.scope.lower().split("/")[2]
        for one in assignments
        if one.service is Service.AZURE and one.access == "standing" and one.scope.lower().startswith("/subscriptions/")
    )


def subscriptions_needed(projects: Sequence[int], most: int = MOST_ASSIGNMENTS) -> int:
    """How many subscriptions take projects with these numbers of assignments, none of them split.

    First fit, largest first. Raises ValueError for a project that no subscription takes.

    >>> subscriptions_needed([3000, 2000, 1000])
    2
    """
    free: list[int] = []
    for size in sorted(projects, reverse=True):
        if size > most:
            raise ValueError(f"a project with {size:,} role assignments: a subscription takes {most:,}")
        fits = next((index for index, room in enumerate(free) if room >= size), None)
        if fits is None:
            free.append(most - size)
        else:
            free[fits] -= size
    return len(free)
