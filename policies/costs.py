"""What computes and deployments would cost in a month, at full size and at the price list's price."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from policies.context import Context
from policies.facts import managed_compute
from policies.prices import Tier
from policies.reading import ResourceView, same
from policies.relations import PlanView
from policies.rules.ml_workspace import COMPUTE, WORKSPACE

DEPLOYMENT = "machinelearningservices:OnlineDeployment"

HOURS_A_MONTH = 730
"""365 days of 24 hours over 12 months, as Azure's pricing calculator counts."""
DEFAULT_INSTANCE = "Standard_F4s_v2"
"""Size of an online deployment that names none. Source: azure-native SDK, ManagedOnlineDeploymentArgs."""


@dataclass(frozen=True)
class Cost:
    """What one resource would cost in a month if all its nodes ran all the time."""

    spender: ResourceView
    size: str
    count: int
    """Nodes at most."""
    region: str
    tier: Tier
    monthly: Decimal | None
    """In the context's currency; None where the list has no price of the size there."""


def estimated(plan: PlanView, context: Context) -> Iterator[Cost]:
    """The worst case of everything that costs by the hour: every node of every cluster, instance and deployment.

    It leaves out storage, network and autoscale beyond the instances given.
    """
    for spender in plan.of_type(COMPUTE, DEPLOYMENT):
        size, count = _size(spender)
        if not count:
            continue
        region, tier = _region(spender, plan), _tier(spender)
        quote = context.prices.hourly(size, region, context.currency, tier)
        yield Cost(spender, size, count, region, tier, quote.hourly * count * HOURS_A_MONTH if quote else None)


def _size(spender: ResourceView) -> tuple[str, int]:
    """The size of a compute or deployment, and how many nodes it has at most. No nodes for what is attached."""
    if spender.type == DEPLOYMENT:
        if not same(spender.get("properties.endpointComputeType", "Managed"), "Managed"):
            return "", 0
        return spender.get("properties.instanceType", DEFAULT_INSTANCE), spender.get("sku.capacity", 1)
    kind = managed_compute(spender)
    size = spender.get("properties.properties.vmSize", "")
    if kind == "AmlCompute":
        return size, spender.get("properties.properties.scaleSettings.maxNodeCount", 1)
    return size, 1 if kind else 0


def _region(spender: ResourceView, plan: PlanView) -> str:
    own = spender.get("properties.computeLocation") or spender.get("location")
    if own:
        return str(own)
    workspace = plan.owner(spender, WORKSPACE, "workspaceName")
    return str(workspace.get("location", "")) if workspace else ""


def _tier(spender: ResourceView) -> Tier:
    """What its nodes are billed as: those that can be evicted are cheaper."""
    return "lowPriority" if same(spender.get("properties.properties.vmPriority"), "LowPriority") else "dedicated"
