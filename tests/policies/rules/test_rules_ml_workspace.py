"""Rules on workspaces."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from guarded import (
    GONE,
    IDENTITY,
    NETWORK,
    PREPRODUCTION,
    PRODUCTION,
    STORAGE,
    WORKSPACE,
    ask,
    cluster,
    datastore,
    depending,
    network,
    outbound,
    outbound_rule,
    own_network_workspace,
    route_table,
    security_group,
    storage_account,
    subnet,
    workspace,
)

from policies.rules.ml_workspace import (
    ml_datastore_identity,
    ml_managed_network,
    ml_outbound_allowlist,
    ml_user_assigned_identity,
    ml_workspace_public_off,
)
from seawall.plan.model import Resource
from seawall.plan.values import UNKNOWN, Secret

TRAINING = f"{NETWORK}/subnets/training"
NSG_ID = {"id": security_group().id}


def in_subnet(**inside: Any) -> tuple[Resource, Resource, Resource]:
    """A workspace of an own network, a cluster in its subnet, and the network with that subnet inside."""
    compute = cluster(properties__properties__subnet={"id": TRAINING})
    return own_network_workspace(), compute, network({"name": "training", **inside})


def test_ml_workspace_public_off_refuses_an_open_workspace() -> None:
    """Public network access that is enabled is refused."""
    assert ask(ml_workspace_public_off, workspace(publicNetworkAccess="Enabled")) == [
        "violation mandatory workspace: publicNetworkAccess is Enabled"
    ]


def test_ml_workspace_public_off_refuses_silence() -> None:
    """A workspace that doesn't say it is closed is open."""
    assert ask(ml_workspace_public_off, workspace(publicNetworkAccess=GONE)) == [
        "violation mandatory workspace: publicNetworkAccess is not set"
    ]


def test_ml_workspace_public_off_refuses_the_back_door() -> None:
    """allowPublicAccessWhenBehindVnet opens a closed workspace."""
    assert ask(ml_workspace_public_off, workspace(allowPublicAccessWhenBehindVnet=True)) == [
        "violation mandatory workspace: allowPublicAccessWhenBehindVnet opens it to the Internet again"
    ]


def test_ml_workspace_public_off_accepts_a_closed_workspace() -> None:
    """Disabled, in whatever case, is closed."""
    assert ask(ml_workspace_public_off, workspace()) == []
    assert ask(ml_workspace_public_off, workspace(publicNetworkAccess="disabled")) == []


def test_ml_workspace_public_off_cannot_tell_before_deployment() -> None:
    """An unknown access is refused in production and advice elsewhere."""
    unknown = workspace(publicNetworkAccess=UNKNOWN)
    message = "workspace: unknown: property publicNetworkAccess can't be known before deployment"
    assert ask(ml_workspace_public_off, unknown) == [f"unknown mandatory {message}"]
    assert ask(ml_workspace_public_off, unknown, context=PREPRODUCTION) == [f"unknown advisory {message}"]


def test_ml_workspace_public_off_is_read_through_versions_and_secrets() -> None:
    """A versioned token is the same type, and a secret value is read but never shown."""
    hidden = workspace(publicNetworkAccess=Secret("Enabled"))
    assert ask(ml_workspace_public_off, Resource(
        urn=hidden.urn, type="azure-native:machinelearningservices/v20251201:Workspace", name="workspace",
        inputs={"publicNetworkAccess": "Enabled"},
    )) == ["violation mandatory workspace: publicNetworkAccess is Enabled"]  # fmt: skip


def test_ml_managed_network_refuses_internet_access_in_production() -> None:
    """A managed network that reaches the Internet will do in preproduction only."""
    open_network = workspace(managedNetwork__isolationMode="AllowInternetOutbound")
    assert ask(ml_managed_network, open_network) == [
        "violation mandatory workspace: managedNetwork.isolationMode is AllowInternetOutbound: "
        "computes reach the whole Internet"
    ]
    assert ask(ml_managed_network, open_network, context=PREPRODUCTION) == []


def test_ml_managed_network_refuses_no_network_at_all() -> None:
    """A workspace with neither a managed network nor a subnet is refused."""
    message = "workspace: it has neither a managed network nor a subnet of ours for its computes"
    assert ask(ml_managed_network, workspace(managedNetwork=GONE)) == [f"violation mandatory {message}"]
    assert ask(ml_managed_network, own_network_workspace(), cluster(), context=PREPRODUCTION) == [
        f"violation advisory {message}"
    ]


def test_ml_managed_network_refuses_a_subnet_with_an_open_way_out() -> None:
    """Azure lets a subnet without a rule against it out to the whole Internet."""
    message = "workspace: the subnet of cluster reaches the whole Internet: no firewall, and nothing denies it"
    assert ask(ml_managed_network, *in_subnet()) == [f"violation mandatory {message}"]


def test_ml_managed_network_refuses_internet_that_is_allowed_before_it_is_denied() -> None:
    """A rule that allows the Internet wins over a later one that denies it."""
    group = security_group(outbound("Deny", 4096), outbound("Allow", 200, destinationPortRange="443"))
    found = ask(ml_managed_network, *in_subnet(networkSecurityGroup=NSG_ID), group)
    assert [line.partition(" the")[0] for line in found] == ["violation mandatory workspace:"]


def test_ml_managed_network_refuses_a_nat_gateway_in_production() -> None:
    """A NAT gateway gives a fixed address but no filter: good enough in preproduction only."""
    resources = in_subnet(natGateway={"id": "/nat"}, defaultOutboundAccess=False)
    assert ask(ml_managed_network, *resources) == [
        "violation mandatory workspace: the subnet of cluster leaves through a NAT gateway, which filters nothing"
    ]
    assert ask(ml_managed_network, *resources, context=PREPRODUCTION) == []


def test_ml_managed_network_accepts_a_route_to_a_firewall() -> None:
    """All traffic that is routed to a virtual appliance is controlled; so is traffic that is dropped."""
    for hop in ("VirtualAppliance", "None"):
        table = route_table(hop)
        assert ask(ml_managed_network, *in_subnet(routeTable={"id": table.id}), table) == []
    table = route_table("Internet")
    assert len(ask(ml_managed_network, *in_subnet(routeTable={"id": table.id}), table)) == 1


def test_ml_managed_network_accepts_a_subnet_that_denies_the_internet() -> None:
    """A security group that denies the Internet controls what leaves, NAT gateway or not."""
    group = security_group(
        outbound("Allow", 100, destinationAddressPrefix="AzureMachineLearning"), outbound("Deny", 4096)
    )
    assert ask(ml_managed_network, *in_subnet(networkSecurityGroup=NSG_ID, natGateway={"id": "/nat"}), group) == []


@pytest.mark.parametrize(
    "narrow", [{"destinationPortRange": "80"}, {"protocol": "Tcp"}, {"sourceAddressPrefix": "10.0.0.4"}]
)
def test_ml_managed_network_refuses_a_denial_of_a_part(narrow: dict[str, str]) -> None:
    """A rule that denies one port, one protocol or one source leaves the rest open."""
    group = security_group(outbound("Deny", 4096, **narrow))
    assert len(ask(ml_managed_network, *in_subnet(networkSecurityGroup=NSG_ID), group)) == 1


def test_ml_managed_network_accepts_a_subnet_without_any_way_out() -> None:
    """A private subnet without NAT gateway or route reaches nothing outside."""
    assert ask(ml_managed_network, *in_subnet(defaultOutboundAccess=False)) == []


def test_ml_managed_network_accepts_a_managed_network_that_approves() -> None:
    """A managed network that lets out only what was approved is accepted."""
    assert ask(ml_managed_network, workspace()) == []


def test_ml_managed_network_looks_at_serverless_compute_and_at_subnets_of_their_own() -> None:
    """Serverless compute counts, and so does a subnet that is a resource of its own."""
    serverless = own_network_workspace(serverlessComputeSettings={"serverlessComputeCustomSubnet": TRAINING})
    assert len(ask(ml_managed_network, serverless, subnet())) == 1
    assert ask(ml_managed_network, serverless, subnet(defaultOutboundAccess=False)) == []


def test_ml_managed_network_cannot_tell_of_a_subnet_elsewhere() -> None:
    """A subnet outside of the plan is unknown, unless the stack declares that someone else controls it."""
    resources = own_network_workspace(), cluster(properties__properties__subnet={"id": TRAINING})
    assert ask(ml_managed_network, *resources) == [
        f"unknown mandatory workspace: unknown: the way out of subnet {TRAINING} of cluster, which isn't in this plan"
    ]
    declared = replace(PRODUCTION, controlled_subnets=frozenset({TRAINING.upper()}))
    assert ask(ml_managed_network, *resources, context=declared) == []


def test_ml_managed_network_cannot_tell_before_deployment() -> None:
    """An unknown isolation mode is refused in production."""
    assert ask(ml_managed_network, workspace(managedNetwork=UNKNOWN)) == [
        "unknown mandatory workspace: unknown: property managedNetwork can't be known before deployment"
    ]


def test_ml_managed_network_follows_a_project_to_its_hub() -> None:
    """A project has the network of its hub; without the hub in the plan it can't be judged."""
    own = workspace(kind="Project", hubResourceId=WORKSPACE, managedNetwork=GONE, workspaceName="mlw-project")
    id = f"{WORKSPACE}-project"
    project = Resource(urn=f"{own.urn}-project", type=own.type, name="project", id=id, inputs=own.inputs)
    project = depending(project, hubResourceId=workspace())
    assert ask(ml_managed_network, workspace(), project) == []
    assert ask(ml_managed_network, project) == [
        "unknown mandatory project: unknown: the network of its hub, which isn't in this plan"
    ]


def test_ml_outbound_allowlist_refuses_wildcards_even_if_approved() -> None:
    """A wildcard lets anybody's host in, whoever approved it."""
    approved = replace(PRODUCTION, approved_fqdns=frozenset({"*.larkspur.example"}))
    assert ask(
        ml_outbound_allowlist, outbound_rule(properties__destination="*.larkspur.example"), context=approved
    ) == ["violation mandatory packages: *.larkspur.example is a wildcard"]


def test_ml_outbound_allowlist_refuses_hosts_that_nobody_approved() -> None:
    """Each of several hosts in one rule is looked at."""
    two = outbound_rule(properties__destination="packages.larkspur.example, paste.example")
    assert ask(ml_outbound_allowlist, two) == ["violation mandatory packages: paste.example isn't approved"]


def test_ml_outbound_allowlist_refuses_rules_inside_of_a_workspace() -> None:
    """What stands in a workspace's outboundRules counts as much as a rule of its own."""
    rules = {
        "paste": {"type": "FQDN", "destination": "paste.example"},
        "all": {"type": "ServiceTag", "destination": {"serviceTag": "Internet", "action": "Allow"}},
        "addresses": {"type": "ServiceTag", "destination": {"serviceTag": "x", "addressPrefixes": ["0.0.0.0/0"]}},
    }
    assert ask(ml_outbound_allowlist, workspace(managedNetwork__outboundRules=rules)) == [
        "violation mandatory workspace: outbound rule addresses: 0.0.0.0/0 opens the whole Internet",
        "violation mandatory workspace: outbound rule all: Internet opens the whole Internet",
        "violation mandatory workspace: outbound rule paste: paste.example isn't approved",
    ]


def test_ml_outbound_allowlist_accepts_approved_hosts_and_azure_services() -> None:
    """An approved host in any case, a service tag of one service and a private endpoint are accepted."""
    assert ask(ml_outbound_allowlist, outbound_rule(properties__destination="Packages.Larkspur.example")) == []
    tag = outbound_rule(properties={"type": "ServiceTag", "destination": {"serviceTag": "AzureMonitor"}})
    assert ask(ml_outbound_allowlist, tag) == []
    endpoint = outbound_rule(properties={"type": "PrivateEndpoint", "destination": {"serviceResourceId": STORAGE}})
    assert ask(ml_outbound_allowlist, endpoint) == []


def test_ml_outbound_allowlist_cannot_tell_before_deployment() -> None:
    """A host that is unknown isn't approved."""
    assert ask(ml_outbound_allowlist, outbound_rule(properties__destination=UNKNOWN)) == [
        "unknown mandatory packages: unknown: property properties.destination can't be known before deployment"
    ]


def test_ml_user_assigned_identity_refuses_a_system_assigned_one() -> None:
    """A system-assigned identity, or none, is refused."""
    for identity in (GONE, {"type": "SystemAssigned"}, {"type": "None"}):
        assert ask(ml_user_assigned_identity, workspace(identity=identity)) == [
            "violation mandatory workspace: its identity isn't user-assigned"
        ]


def test_ml_user_assigned_identity_refuses_a_primary_that_is_missing_or_strange() -> None:
    """The primary identity has to be set, and to be one of those assigned."""
    assert ask(ml_user_assigned_identity, workspace(primaryUserAssignedIdentity=GONE)) == [
        "violation mandatory workspace: primaryUserAssignedIdentity isn't set"
    ]
    assert ask(ml_user_assigned_identity, workspace(primaryUserAssignedIdentity="/other")) == [
        "violation mandatory workspace: primaryUserAssignedIdentity isn't one of its userAssignedIdentities"
    ]
    assert ask(ml_user_assigned_identity, workspace(identity__userAssignedIdentities=[])) == [
        "violation mandatory workspace: identity.userAssignedIdentities names no identity"
    ]


def test_ml_user_assigned_identity_accepts_list_and_map() -> None:
    """Identities come as a list in inputs and as a map from Azure, in any case."""
    assert ask(ml_user_assigned_identity, workspace()) == []
    answered = {"type": "SystemAssigned, UserAssigned", "userAssignedIdentities": {IDENTITY.upper(): {}}}
    assert ask(ml_user_assigned_identity, workspace(identity=answered)) == []


def test_ml_user_assigned_identity_cannot_tell_before_deployment() -> None:
    """An unknown identity is named by its place in the list."""
    assert ask(ml_user_assigned_identity, workspace(identity__userAssignedIdentities=[UNKNOWN])) == [
        "unknown mandatory workspace: unknown: property identity.userAssignedIdentities[0] "
        "can't be known before deployment"
    ]


def test_ml_datastore_identity_refuses_account_keys() -> None:
    """A workspace that reaches its storage with keys is refused; saying nothing means keys."""
    for change in ({"systemDatastoresAuthMode": "AccessKey"}, {"systemDatastoresAuthMode": GONE}):
        assert ask(ml_datastore_identity, workspace(**change)) == [
            "violation mandatory workspace: systemDatastoresAuthMode is AccessKey"
        ]


def test_ml_datastore_identity_refuses_stored_credentials() -> None:
    """A data store with a stored credential is refused."""
    stored = datastore(properties__credentials={"credentialsType": "Sas", "secrets": {"sasToken": Secret("sv=2024")}})
    assert ask(ml_datastore_identity, stored) == ["violation mandatory curated: its credentials are Sas"]


def test_ml_datastore_identity_refuses_keys_in_every_tier_where_they_are_off() -> None:
    """Where the storage account has no keys, a data store that needs one can't work: refused in preproduction too."""
    keyed, stored = (
        workspace(systemDatastoresAuthMode="AccessKey"),
        datastore(properties__credentials__credentialsType="AccountKey"),
    )
    for off, level in ((False, "mandatory"), (True, "advisory"), (UNKNOWN, "advisory")):
        account = storage_account(allowSharedKeyAccess=off)
        assert ask(ml_datastore_identity, account, keyed, stored, context=PREPRODUCTION) == [
            f"violation {level} curated: its credentials are AccountKey",
            f"violation {level} workspace: systemDatastoresAuthMode is AccessKey",
        ]


def test_ml_datastore_identity_accepts_identities() -> None:
    """Identity-based system data stores, and a data store without credentials, are accepted."""
    assert ask(ml_datastore_identity, storage_account(), workspace(), datastore()) == []


def test_ml_datastore_identity_cannot_tell_before_deployment() -> None:
    """An unknown mode, or an unknown kind of credential, is refused in production."""
    unknown = workspace(systemDatastoresAuthMode=UNKNOWN), datastore(properties__credentials=UNKNOWN)
    assert ask(ml_datastore_identity, *unknown) == [
        "unknown mandatory curated: unknown: property properties.credentials can't be known before deployment",
        "unknown mandatory workspace: unknown: property systemDatastoresAuthMode can't be known before deployment",
    ]
