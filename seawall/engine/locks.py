"""Locks that stand in the way of what a run deletes.

A lock on a vault forbids to delete the vault, and each role assignment and diagnostic setting on it. Nothing in a
program says so, and so the engine's order doesn't heed it. Source: Azure docs, lock-resources.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from seawall.azure.types import canonical
from seawall.local.diff import Diff
from seawall.local.events import Op
from seawall.local.routes import is_below
from seawall.local.steps import LOCK, lock_scope
from seawall.plan.model import Plan

_DELETING = (Op.DELETE, Op.REPLACE)


def in_the_way(diff: Diff, plan: Plan | None) -> tuple[str, ...]:
    """The URNs of locks to lift before a run, the plan's own and those that it deletes anyway."""
    deleted = [change for change in diff.changing if change.op in _DELETING]
    new = {change.urn for change in diff.changing if change.op is Op.CREATE}
    locks = dict(_standing(diff, plan))
    return tuple(
        urn
        for urn, scope in locks.items()
        if urn not in new and any(c.urn != urn and (is_below(c.id, scope) or is_below(scope, c.id)) for c in deleted)
    )


def freed(deployment: Mapping[str, Any], locks: Collection[str]) -> dict[str, Any]:
    """A deployment in which nothing depends on locks: the engine deletes nothing alone on which something depends.

    What comes after a component depends on all of it, its lock included. The next update notes that again.
    """
    resources = [_freed(resource, locks) for resource in deployment.get("resources") or ()]
    return {**deployment, "resources": resources}


def _freed(resource: Mapping[str, Any], locks: Collection[str]) -> dict[str, Any]:
    kept = dict(resource)
    if "dependencies" in kept:
        kept["dependencies"] = [urn for urn in kept["dependencies"] if urn not in locks]
    if "propertyDependencies" in kept:
        properties = (kept["propertyDependencies"] or {}).items()
        kept["propertyDependencies"] = {key: [u for u in urns or () if u not in locks] for key, urns in properties}
    return kept


def _standing(diff: Diff, plan: Plan | None) -> Iterator[tuple[str, str]]:
    """Each lock's URN and the scope that it guards."""
    for resource in plan.resources if plan else ():
        if resource.custom and _is_lock(resource.type):
            yield resource.urn, lock_scope(resource.id)
    for change in diff.changing:
        if _is_lock(change.type):
            yield change.urn, lock_scope(change.id)


def _is_lock(token: str) -> bool:
    return token.startswith("azure-native:") and canonical(token) == LOCK
