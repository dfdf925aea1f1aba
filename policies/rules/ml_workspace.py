"""Rules on Azure Machine Learning workspaces: their network, their identity, their data stores."""

from __future__ import annotations

from collections.abc import Iterator

from policies.context import Context
from policies.egress import WayOut, subnet_at, way_out
from policies.facts import managed_compute, user_assigned
from policies.reading import ListView, ResourceView, View, same
from policies.relations import PlanView
from policies.rule import HIGH, MANDATORY, MEDIUM, OFF, Finding, Found, Level, rule

WORKSPACE = "machinelearningservices:Workspace"
COMPUTE = "machinelearningservices:Compute"
OUTBOUND_RULE = "machinelearningservices:ManagedNetworkSettingsRule"


@rule(
    WORKSPACE,
    group="network",
    severity=HIGH,
    psrule="Azure.ML.PublicAccess",
    checkov="CKV_AZURE_144 CKV2_AZURE_49",
    azure_policy="438c38d2-3772-465a-a9cc-7a6666a275ce",
    mcsb="NS-2",
    fix="Set publicNetworkAccess to Disabled, and leave allowPublicAccessWhenBehindVnet out.",
    remedy=lambda workspace: {
        "publicNetworkAccess": "Disabled",
        **({"allowPublicAccessWhenBehindVnet": False} if workspace.get("allowPublicAccessWhenBehindVnet") else {}),
    },
)
def ml_workspace_public_off(workspace: ResourceView) -> Found:
    """Workspaces can't be reached from the Internet.

    A workspace runs code with access to training data: whoever reaches it needs but one stolen token. It must be said
    out loud, since an absent publicNetworkAccess is open; CKV2_AZURE_49 lets that pass.
    """
    if not same(workspace.get("publicNetworkAccess"), "Disabled"):
        yield f"publicNetworkAccess is {workspace.get('publicNetworkAccess', 'not set')}"
    if workspace.get("allowPublicAccessWhenBehindVnet"):
        yield "allowPublicAccessWhenBehindVnet opens it to the Internet again"


@rule(
    WORKSPACE,
    group="network",
    severity=HIGH,
    azure_policy="6ddb1705-c8cf-450e-aa4b-19ad6703c440",
    mcsb="NS-2",
    fix="Set managedNetwork.isolationMode to AllowOnlyApprovedOutbound, or give computes a subnet whose traffic to the "
    "Internet goes through a firewall or is denied.",
)
def ml_managed_network(workspace: ResourceView, plan: PlanView, context: Context) -> Found:
    """What a workspace's computes may reach is decided, not left open.

    Code from a package registry runs next to the data; without control of egress it can carry the data away. Either
    a managed network does it, or an own network with controlled egress; in preproduction Internet access is tolerated.
    A project uses the network of its hub.
    """
    hub = plan.target(workspace, "hubResourceId", WORKSPACE)
    if hub is None and workspace.get("hubResourceId"):
        yield Finding("the network of its hub, which isn't in this plan", unknown=True)
        return
    mode = (hub or workspace).get("managedNetwork.isolationMode", "Disabled")
    if same(mode, "AllowOnlyApprovedOutbound"):
        return
    if not same(mode, "Disabled"):
        if context.production:
            yield f"managedNetwork.isolationMode is {mode}: computes reach the whole Internet"
        return
    holders = list(_subnet_holders(workspace, plan))
    if not holders:
        yield "it has neither a managed network nor a subnet of ours for its computes"
    for holder, path in holders:
        yield from _of_subnet(holder, path, plan, context)


@rule(
    OUTBOUND_RULE,
    WORKSPACE,
    group="network",
    severity=HIGH,
    mcsb="NS-2",
    fix="Name each host in full, and have it approved for the stack; for Azure services use a private endpoint.",
)
def ml_outbound_allowlist(resource: ResourceView, context: Context) -> Found:
    """Computes reach approved hosts only, each named in full.

    One wildcard, or one host that anybody can write to, is a way out for the data. Rules inside of a workspace count
    as much as those that are resources of their own.
    """
    rules = resource.get("managedNetwork.outboundRules")
    inside = rules.items() if isinstance(rules, View) else ()
    own = [("", resource.get("properties"))] if resource.type == OUTBOUND_RULE else []
    for name, outbound in (*own, *inside):
        if isinstance(outbound, View):
            yield from _of_outbound_rule(f"outbound rule {name}: " if name else "", outbound, context)


@rule(
    WORKSPACE,
    group="identity",
    severity=MEDIUM,
    psrule="Azure.ML.UserManagedIdentity",
    azure_policy="5f0c7d88-c7de-45b8-ac49-db49e72eaa78",
    mcsb="IM-3",
    fix="Give it an identity of type UserAssigned and name that identity in primaryUserAssignedIdentity.",
)
def ml_user_assigned_identity(workspace: ResourceView) -> Found:
    """A workspace acts under an identity that was made for it.

    A user-assigned identity can be granted its roles before the workspace exists, and survives it; a system-assigned
    one gets broad roles by itself. The move from one to the other is one-way.
    """
    identity = workspace.get("identity")
    kinds = str(identity.get("type", "")).casefold() if isinstance(identity, View) else ""
    if "userassigned" not in [kind.strip() for kind in kinds.split(",")]:
        yield "its identity isn't user-assigned"
        return
    assigned = user_assigned(identity)
    primary = workspace.get("primaryUserAssignedIdentity")
    if not assigned:
        yield "identity.userAssignedIdentities names no identity"
    elif primary is None:
        yield "primaryUserAssignedIdentity isn't set"
    elif not any(same(id, str(primary)) for id in assigned):
        yield "primaryUserAssignedIdentity isn't one of its userAssignedIdentities"


@rule(
    WORKSPACE,
    "machinelearningservices:Datastore",
    group="identity",
    severity=HIGH,
    mcsb="IM-1",
    fix="Set systemDatastoresAuthMode to Identity, and the credentials of data stores to None.",
    escalates=True,
    remedy=lambda resource: {"systemDatastoresAuthMode": "Identity"} if resource.type == WORKSPACE else {},
)
def ml_datastore_identity(resource: ResourceView, plan: PlanView) -> Found:
    """Data stores reach storage with an identity, never with a stored key.

    A stored key gives whoever can use the data store everything in the account, past all role assignments. Where the
    account's keys are off, a data store that needs one can't work at all: then it is refused in every tier.
    """
    if resource.type == WORKSPACE:
        mode = resource.get("systemDatastoresAuthMode", "AccessKey")
        if not same(mode, "Identity"):
            storage = plan.target(resource, "storageAccount", "storage:StorageAccount")
            yield Finding(f"systemDatastoresAuthMode is {mode}", level=_level_by_keys(storage))
        return
    stored = resource.get("properties.credentials.credentialsType", "not set")
    if not same(stored, "None"):
        accounts = plan.named("storage:StorageAccount", "accountName", resource.get("properties.accountName"))
        yield Finding(f"its credentials are {stored}", level=_level_by_keys(accounts[0] if accounts else None))


def _subnet_holders(workspace: ResourceView, plan: PlanView) -> Iterator[tuple[ResourceView, str]]:
    """What of a workspace runs in subnets: its managed computes and serverless compute, with the path of the ID."""
    path = "serverlessComputeSettings.serverlessComputeCustomSubnet"
    if workspace.is_unknown(path) or workspace.get(path):
        yield workspace, path
    path = "properties.properties.subnet.id"
    for compute in plan.children(workspace, COMPUTE, "workspaceName"):
        if managed_compute(compute) and (compute.is_unknown(path) or compute.get(path)):
            yield compute, path


def _of_subnet(holder: ResourceView, path: str, plan: PlanView, context: Context) -> Found:
    subnet = subnet_at(holder, path, plan)
    if subnet is None:
        id = str(holder.get(path))
        if not any(same(id, known) for known in context.controlled_subnets):
            yield Finding(f"the way out of subnet {id} of {holder.name}, which isn't in this plan", unknown=True)
        return
    out = way_out(subnet, plan)
    if out is WayOut.OPEN:
        yield f"the subnet of {holder.name} reaches the whole Internet: no firewall, and nothing denies it"
    elif out is WayOut.NAT and context.production:
        yield f"the subnet of {holder.name} leaves through a NAT gateway, which filters nothing"


def _of_outbound_rule(prefix: str, outbound: View, context: Context) -> Found:
    kind = outbound.get("type")
    if same(kind, "FQDN"):
        # One rule may name several hosts with commas between them.
        hosts = [host.strip().lower() for host in str(outbound.get("destination", "")).split(",")]
        for host in hosts:
            if "*" in host:
                yield f"{prefix}{host} is a wildcard"
            elif not any(same(host, approved) for approved in context.approved_fqdns):
                yield f"{prefix}{host or 'an empty host'} isn't approved"
    elif same(kind, "ServiceTag") and not same(outbound.get("destination.action"), "Deny"):
        prefixes = outbound.get("destination.addressPrefixes")
        for target in (outbound.get("destination.serviceTag"), *(prefixes if isinstance(prefixes, ListView) else ())):
            if str(target).casefold() in ("internet", "*", "0.0.0.0/0", "::/0"):
                yield f"{prefix}{target} opens the whole Internet"


def _level_by_keys(storage: ResourceView | None) -> Level:
    """Mandatory where the storage account is known to refuse keys."""
    if storage is None or storage.is_unknown("allowSharedKeyAccess"):
        return OFF
    return MANDATORY if storage.get("allowSharedKeyAccess", True) is False else OFF
