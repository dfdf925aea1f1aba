"""Rules on how much may run, and so cost: nodes, sizes, capacity of AI models, logs."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

from policies.context import Context
from policies.costs import DEFAULT_INSTANCE, DEPLOYMENT
from policies.facts import managed_compute
from policies.reading import ResourceView, same
from policies.rule import HIGH, LOW, MEDIUM, Found, rule
from policies.rules.ml_compute import duration
from policies.rules.ml_workspace import COMPUTE

_GPU = re.compile(r"(standard|basic)_n", re.IGNORECASE)
"""Every size of family N has GPUs, and no other has. Source: Azure docs, virtual-machines/sizes/overview."""


@rule(
    COMPUTE,
    group="budget",
    severity=MEDIUM,
    checkov="CKV_AZURE_150",
    fix="Set scaleSettings.minNodeCount to 0, and nodeIdleTimeBeforeScaleDown to a duration such as PT15M.",
)
def ml_cluster_scale_to_zero(compute: ResourceView, context: Context) -> Found:
    """Compute clusters release every node when there is nothing to do.

    A node that always runs costs as much as one that works. An absent minNodeCount is 0; an idle time has to be said,
    and to be within the cap for instances.
    """
    if managed_compute(compute) != "AmlCompute":
        return
    base = "properties.properties.scaleSettings"
    least = compute.get(f"{base}.minNodeCount", 0)
    if least != 0:
        yield f"minNodeCount is {least}: these nodes always run"
    written = compute.get(f"{base}.nodeIdleTimeBeforeScaleDown")
    idle = duration(written) if isinstance(written, str) else None
    if idle is None:
        yield f"nodeIdleTimeBeforeScaleDown is {written or 'not set'}, which is no duration such as PT15M"
    elif idle > context.idle_cap:
        cap = int(context.idle_cap.total_seconds() // 60)
        yield f"nodes stay for {int(idle.total_seconds() // 60)} idle minutes; the cap is {cap}"


@rule(
    COMPUTE,
    group="budget",
    severity=MEDIUM,
    fix="Lower scaleSettings.maxNodeCount to the stack's cap, guardrails.clusterNodes.",
)
def ml_cluster_max_nodes(compute: ResourceView, context: Context) -> Found:
    """A compute cluster grows no larger than was agreed.

    One job with a mistaken node count can spend a month's budget in a night.
    """
    if managed_compute(compute) != "AmlCompute":
        return
    most = compute.get("properties.properties.scaleSettings.maxNodeCount", 1)
    if isinstance(most, bool) or not isinstance(most, int):
        yield f"maxNodeCount is {most}, which is no number of nodes"
    elif most > context.cluster_node_cap:
        yield f"maxNodeCount is {most}; the cap is {context.cluster_node_cap}"


@rule(
    COMPUTE,
    DEPLOYMENT,
    group="budget",
    severity=HIGH,
    fix="Take a size that guardrails.computeSizes allows; have an exemption granted for one with GPUs.",
)
def compute_sku_allowlist(resource: ResourceView, context: Context) -> Found:
    """Computes and deployments take the sizes that were agreed, and GPUs by exemption alone.

    The dearest size costs a hundred times the cheapest, and GPUs are scarce as well: who needs one, for what and until
    when is written down. The stack's list can't allow them.
    """
    if resource.type == COMPUTE:
        if managed_compute(resource) is None:
            return
        size = resource.get("properties.properties.vmSize")
    elif same(resource.get("properties.endpointComputeType", "Managed"), "Managed"):
        size = resource.get("properties.instanceType", DEFAULT_INSTANCE)
    else:
        return
    named = str(size or "")
    if _GPU.match(named):
        yield f"{named} has GPUs, which take an exemption"
    elif not any(fnmatchcase(named.casefold(), allowed.casefold()) for allowed in context.allowed_sizes):
        yield f"{named or 'its size, which is not set,'} isn't one of {', '.join(context.allowed_sizes)}"


@rule(
    "cognitiveservices:Deployment",
    group="budget",
    severity=HIGH,
    fix="Lower sku.capacity to guardrails.aiCapacity; have an exemption granted for provisioned throughput.",
)
def ai_capacity_cap(deployment: ResourceView, context: Context) -> Found:
    """Deployments of AI models get no more capacity than was agreed.

    Tokens cost by the thousand and provisioned units by the hour, used or not: those need an exemption, however few.
    """
    sku = str(deployment.get("sku.name", ""))
    if not sku:
        yield "sku.name isn't set"
    elif "provisioned" in sku.casefold():
        yield f"{sku} is provisioned throughput, which costs by the hour and takes an exemption"
        return
    capacity = deployment.get("sku.capacity", 1)
    if isinstance(capacity, bool) or not isinstance(capacity, int | float):
        yield f"sku.capacity is {capacity}, which is no number"
    elif capacity > context.ai_capacity_cap:
        yield f"sku.capacity is {capacity}; the cap is {context.ai_capacity_cap}"


@rule(
    "operationalinsights:Workspace",
    group="budget",
    severity=LOW,
    fix="Set workspaceCapping.dailyQuotaGb to what a day of logs may be.",
)
def log_daily_cap(workspace: ResourceView) -> Found:
    """In preproduction a log workspace takes a limited amount a day.

    A debug log left on can cost more than all computes. In production a cap would hide an attack: whoever fills it up
    is no longer seen.
    """
    quota = workspace.get("workspaceCapping.dailyQuotaGb", -1)
    if isinstance(quota, bool) or not isinstance(quota, int | float) or quota <= 0:
        yield f"workspaceCapping.dailyQuotaGb is {'not set' if quota == -1 else quota}"
