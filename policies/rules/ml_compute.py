"""Rules on compute clusters and compute instances. Attached computes are guarded by the rules of their own service."""

from __future__ import annotations

import re
from datetime import timedelta

from policies.context import Context
from policies.facts import managed_compute
from policies.reading import ResourceView, same
from policies.relations import PlanView
from policies.rule import CRITICAL, HIGH, MEDIUM, Finding, Found, rule
from policies.rules.ml_workspace import COMPUTE, WORKSPACE

_SSH = {
    "AmlCompute": "properties.properties.remoteLoginPortPublicAccess",
    "ComputeInstance": "properties.properties.sshSettings.sshPublicAccess",
}
"""The property that opens or closes SSH, by kind of compute."""
_DURATION = re.compile(r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", re.IGNORECASE)


@rule(
    COMPUTE,
    group="network",
    severity=HIGH,
    psrule="Azure.ML.ComputeVnet",
    azure_policy="7804b5c7-01dc-4723-969b-ae300cc07ff1",
    mcsb="NS-2",
    fix="Give the workspace a managed network, or the compute a subnet.",
)
def ml_compute_isolated(compute: ResourceView, plan: PlanView) -> Found:
    """Computes run in a network: the workspace's managed one, or a subnet of ours.

    Otherwise they run in a network of Microsoft's that nobody here controls. Microsoft's policy and PSRule demand a
    subnet, which contradicts a managed network: either satisfies.
    """
    path = "properties.properties.subnet.id"
    if managed_compute(compute) is None or compute.is_unknown(path) or compute.get(path):
        return
    workspace = plan.owner(compute, WORKSPACE, "workspaceName")
    if workspace is None:
        yield Finding("the network of its workspace, which isn't in this plan", unknown=True)
    elif same(workspace.get("managedNetwork.isolationMode", "Disabled"), "Disabled"):
        yield f"it has no subnet, and workspace {workspace.name} has no managed network"


@rule(
    COMPUTE,
    group="network",
    severity=HIGH,
    mcsb="NS-2",
    fix="Set enableNodePublicIp to false, and remoteLoginPortPublicAccess or sshSettings.sshPublicAccess to Disabled.",
    remedy=lambda compute: {
        "properties.properties.enableNodePublicIp": False,
        _SSH[str(managed_compute(compute))]: "Disabled",
    },
)
def ml_compute_no_public_ip(compute: ResourceView) -> Found:
    """Computes have no public address and no open SSH port.

    A node with a public address is a door past the workspace's private endpoint. An absent enableNodePublicIp gives
    one, and an unspecified remoteLoginPortPublicAccess is open wherever there is no subnet of ours.
    Source: azure-native SDK, AmlComputePropertiesArgs.
    """
    kind = managed_compute(compute)
    if kind is None:
        return
    if compute.get("properties.properties.enableNodePublicIp", True) is not False:
        yield "its nodes have public addresses"
    if kind == "ComputeInstance":
        if same(compute.get("properties.properties.sshSettings.sshPublicAccess", "Disabled"), "Enabled"):
            yield "its SSH port is public"
        return
    login = compute.get("properties.properties.remoteLoginPortPublicAccess", "NotSpecified")
    path = "properties.properties.subnet.id"
    in_subnet = compute.is_unknown(path) or bool(compute.get(path))
    if not same(login, "Disabled") and not (same(login, "NotSpecified") and in_subnet):
        yield f"its remote login port is {'public' if same(login, 'Enabled') else 'not closed'}"


@rule(
    COMPUTE,
    group="identity",
    severity=CRITICAL,
    psrule="Azure.ML.DisableLocalAuth",
    checkov="CKV_AZURE_142",
    azure_policy="e96a9a5f-07ca-471b-9bc5-6a0f33cbd68f",
    mcsb="IM-1",
    fix="Set disableLocalAuth to true.",
    remedy={"properties.disableLocalAuth": True},
)
def ml_compute_local_auth_off(compute: ResourceView) -> Found:
    """Nobody signs in to a compute with a local account.

    A key or a password on a node belongs to no person: it can't be revoked with their access, nor audited.
    """
    if managed_compute(compute) and compute.get("properties.disableLocalAuth") is not True:
        yield "disableLocalAuth isn't true"


@rule(
    COMPUTE,
    group="budget",
    severity=MEDIUM,
    psrule="Azure.ML.ComputeIdleShutdown",
    azure_policy="679ddf89-ab8f-48a5-9029-e76054077449",
    fix="Set idleTimeBeforeShutdown, such as PT30M, within the stack's cap; Azure takes 15 minutes to 3 days.",
)
def ml_instance_idle_shutdown(compute: ResourceView, context: Context) -> Found:
    """Compute instances shut down soon after they fall idle.

    A workstation that nobody turned off costs as much at night as by day, and nothing else on the platform stops it.
    """
    if managed_compute(compute) != "ComputeInstance":
        return
    written = compute.get("properties.properties.idleTimeBeforeShutdown")
    idle = duration(written) if isinstance(written, str) else None
    if written is None:
        yield "it never shuts down by itself"
    elif idle is None or not idle:
        yield f"idleTimeBeforeShutdown is {written}, which is no duration such as PT30M"
    elif idle > context.idle_cap:
        yield f"it shuts down after {_minutes(idle)} idle minutes; the cap is {_minutes(context.idle_cap)}"


def duration(text: str) -> timedelta | None:
    """An ISO 8601 duration of weeks, days and times; None for anything else.

    >>> duration("PT1H30M")
    datetime.timedelta(seconds=5400)
    """
    found = _DURATION.fullmatch(text.strip())
    if not found or not any(found.groups()):
        return None
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)


def _minutes(time: timedelta) -> int:
    return int(time.total_seconds() // 60)
