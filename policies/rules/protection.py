"""The rule on what must not be deleted by mistake."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping

from policies.reading import ResourceView, UnknownValue, same
from policies.relations import PlanView
from policies.rule import HIGH, Finding, Found, rule
from policies.rules.container_registry import REGISTRY
from policies.rules.key_vault import VAULT
from policies.rules.ml_registry import REGISTRY as ML_REGISTRY
from policies.rules.ml_workspace import WORKSPACE
from policies.rules.storage import ACCOUNT as STORAGE

LOCK = "authorization:ManagementLockByScope"
RESOURCE_GROUP = "resources:ResourceGroup"

STATEFUL = (
    STORAGE,
    VAULT,
    REGISTRY,
    ML_REGISTRY,
    "operationalinsights:Workspace",
    "cosmosdb:DatabaseAccount",
    "search:Service",
    "dbforpostgresql:Server",
    "sql:Server",
)
"""What holds something that no program can make again."""

UNLOCKED = (ML_REGISTRY,)
"""What is protected without a lock: other stacks grant access to it, and no grant can be revoked under a lock."""

_GROUP = re.compile(r"/subscriptions/[^/]+/resourcegroups/[^/]+", re.IGNORECASE)
_SUBSCRIPTION = re.compile(r"/?subscriptions/[^/]+/?", re.IGNORECASE)


@rule(
    *STATEFUL,
    LOCK,
    group="data",
    severity=HIGH,
    azure_policy="78460a36-508a-49a4-b2b2-2f5ec564f4bb",
    mcsb="BR-2",
    fix="Set Pulumi's protect and a CanNotDelete lock on this one resource; lift a lock from a workspace or its group.",
)
def delete_protection(resource: ResourceView, plan: PlanView) -> Found:
    """What can't be made again is deleted by nobody in passing, and no lock stops a workspace.

    Pulumi's protect holds off a program that lost a line, a lock holds off everybody else. A lock on a workspace, on
    its resource group or on their subscription keeps clusters from scaling down: each stateful resource has its own.
    An ML registry takes none: every environment grants access to it, and no grant can be revoked under a lock.
    Source: Azure Machine Learning docs, includes/machine-learning-resource-lock.
    """
    if resource.type == LOCK:
        yield from _of_lock(resource, plan)
        return
    if not resource.resource.options.protect:
        yield "it isn't protected: Pulumi deletes it when the program no longer has it"
    if resource.type in UNLOCKED:
        return
    locks = plan.derived(_locks)
    if resource.urn not in locks.known:
        unknown = locks.undecided.get(resource.urn) or locks.undecided.get("")
        if unknown and unknown.resource:
            message = f"whether a lock holds it: property {unknown.path} of {unknown.resource.name}"
            yield Finding(message, unknown=True)
        else:
            yield "no CanNotDelete lock holds it"


class _Locks:
    """What the locks of a plan hold: URNs of resources, and those that a lock may hold whose scope is unknown."""

    def __init__(self) -> None:
        self.known: set[str] = set()
        self.undecided: dict[str, UnknownValue] = {}


def _locks(plan: PlanView) -> _Locks:
    found = _Locks()
    for lock in plan.of_type(LOCK):
        try:
            target = plan.target(lock, "scope", *STATEFUL) if _holds(lock) else None
        except UnknownValue as unknown:
            for urn in lock.resource.property_dependencies.get("scope", ()) or ("",):
                found.undecided[urn] = unknown
            continue
        if target:
            found.known.add(target.urn)
    return found


def _holds(lock: ResourceView) -> bool:
    """Whether a lock keeps things from being deleted. ReadOnly does too, and stops much else."""
    return same(lock.get("level"), "CanNotDelete") or same(lock.get("level"), "ReadOnly")


def _of_lock(lock: ResourceView, plan: PlanView) -> Found:
    target = plan.target(lock, "scope", *STATEFUL, WORKSPACE, RESOURCE_GROUP)
    if target and target.type == WORKSPACE:
        yield f"it holds workspace {target.name}, whose clusters can't scale down any more"
        return
    if target and target.type != RESOURCE_GROUP:
        return
    scope = "" if target else str(lock.get("scope", "")).rstrip("/")
    groups = plan.derived(_workspace_groups)
    if _SUBSCRIPTION.fullmatch(scope) and groups:
        yield "it holds the whole subscription, workspaces too, whose clusters can't scale down any more"
    elif target or _GROUP.fullmatch(scope):
        group = str(target.get("resourceGroupName")) if target else scope.rpartition("/")[2]
        for name in groups.get(group.lower(), ()):
            yield f"it holds the resource group of workspace {name}, whose clusters can't scale down any more"


def _workspace_groups(plan: PlanView) -> Mapping[str, list[str]]:
    """The names of workspaces by their resource group, in lower case."""
    groups: dict[str, list[str]] = defaultdict(list)
    for workspace in plan.of_type(WORKSPACE):
        if not workspace.is_unknown("resourceGroupName"):
            groups[str(workspace.get("resourceGroupName")).lower()].append(workspace.name)
    return groups
