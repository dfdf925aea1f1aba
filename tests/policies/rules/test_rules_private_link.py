"""Rules on private endpoints and their names."""

from __future__ import annotations

import pytest
from asking import ask
from guarded import (
    GROUP,
    NETWORK,
    STORAGE,
    WORKSPACE,
    batch_endpoint,
    depending,
    make,
    network,
    own_network_workspace,
    subnet,
    workspace,
)
from guarded_services import (
    AI,
    ENDPOINTS_SUBNET,
    OTHER_SUBSCRIPTION,
    REGISTRY,
    VAULT,
    Builder,
    account,
    ai,
    container_registry,
    cosmos,
    data_factory,
    databricks,
    endpoint,
    event_hubs,
    ml_registry,
    search,
    secured_subnet,
    vault,
    zone,
    zone_group,
    zone_id,
    zone_link,
)

from components import private_dns
from policies import private_link
from policies.rules.private_link import private_dns_per_endpoint, private_endpoint_per_paas
from seawall.plan.model import Resource
from seawall.plan.values import UNKNOWN

BLOB = "privatelink.blob.core.windows.net"
API, NOTEBOOKS = "privatelink.api.azureml.ms", "privatelink.notebooks.azure.net"


@pytest.mark.parametrize(
    ("build", "group"),
    [
        (workspace, "amlworkspace"), (ml_registry, "amlregistry"), (account, "blob"), (vault, "vault"),
        (container_registry, "registry"), (ai, "account"), (search, "searchservice"), (cosmos, "sql"),
        (event_hubs, "namespace"), (data_factory, "datafactory"), (databricks, "databricks_ui_api"),
    ],
)  # fmt: skip
def test_private_endpoint_per_paas_refuses_each_service_without_one(build: Builder, group: str) -> None:
    """Each kind of service is asked for its own group; with an endpoint to that, in any case, nothing is wrong."""
    service = build()
    line = f"violation mandatory {service.name}: no private endpoint leads to its {group}"
    assert ask(private_endpoint_per_paas, service) == [line]
    assert ask(private_endpoint_per_paas, service, endpoint(service.id, "elsewhere")) == [line]
    assert ask(private_endpoint_per_paas, service, endpoint(service.id.upper(), group.upper())) == []


def test_private_endpoint_per_paas_refuses_a_lake_that_lacks_one_of_two() -> None:
    """A hierarchical namespace is reached by blob and by dfs."""
    assert ask(private_endpoint_per_paas, account(isHnsEnabled=True), endpoint(STORAGE, "blob")) == [
        "violation mandatory stml: no private endpoint leads to its dfs"
    ]


def test_private_endpoint_per_paas_refuses_a_workspaces_storage_without_files_and_queues() -> None:
    """A workspace needs files, and for batch jobs queues and tables."""
    made = [endpoint(STORAGE, "blob"), endpoint(WORKSPACE, "amlworkspace")]
    assert ask(private_endpoint_per_paas, account(), own_network_workspace(), *made) == [
        "violation mandatory stml: no private endpoint leads to its file"
    ]
    assert len(ask(private_endpoint_per_paas, account(), own_network_workspace(), batch_endpoint(), *made)) == 3


def test_private_endpoint_per_paas_refuses_other_apis_of_cosmos_with_the_wrong_group() -> None:
    """Each API of Cosmos DB has a group of its own."""
    mongo, cassandra = cosmos(kind="MongoDB"), cosmos(capabilities=[{"name": "EnableCassandra"}])
    for found, group in ((mongo, "mongodb"), (cassandra, "cassandra")):
        assert ask(private_endpoint_per_paas, found, endpoint(found.id, "Sql")) == [
            f"violation mandatory cosmos: no private endpoint leads to its {group}"
        ]


def test_private_endpoint_per_paas_accepts_what_a_managed_network_reaches_by_itself() -> None:
    """A managed network makes endpoints to the workspace's own storage, vault and registry, and to nothing else."""
    inside = workspace(keyVault=VAULT, containerRegistry=REGISTRY)
    resources = [inside, endpoint(WORKSPACE, "amlworkspace"), account(), vault(), container_registry()]
    assert ask(private_endpoint_per_paas, *resources) == []
    assert ask(private_endpoint_per_paas, *resources, account("lake")) == [
        "violation mandatory lake: no private endpoint leads to its blob"
    ]


def test_private_endpoint_per_paas_accepts_projects_file_storage_and_manual_connections() -> None:
    """A project is reached through its hub; file storage by file; an endpoint that somebody approves counts."""
    assert ask(private_endpoint_per_paas, workspace(hubResourceId="/hub")) == []
    files = account(kind="FileStorage")
    assert ask(private_endpoint_per_paas, files, endpoint(STORAGE, "file")) == []
    manual = endpoint(VAULT, "vault")
    inputs = {**manual.inputs, "manualPrivateLinkServiceConnections": manual.inputs["privateLinkServiceConnections"]}
    del inputs["privateLinkServiceConnections"]
    assert ask(private_endpoint_per_paas, vault(), make("network:PrivateEndpoint", "pep", manual.id, inputs)) == []


def test_private_endpoint_per_paas_cannot_tell_while_an_endpoints_target_is_unknown() -> None:
    """An endpoint whose target is unknown may lead here, unless it came from elsewhere."""
    coming = endpoint(VAULT, "vault", privateLinkServiceConnections=[
        {"privateLinkServiceId": UNKNOWN, "groupIds": ["vault"]}
    ])  # fmt: skip
    line = (
        "whether a private endpoint leads to its vault: property privateLinkServiceConnections[0].privateLinkServiceId "
        "of pep-kvml-vault"
    )
    assert ask(private_endpoint_per_paas, vault(), coming) == [f"unknown mandatory vault: unknown: {line}"]
    mine = depending(coming, privateLinkServiceConnections=vault())
    assert ask(private_endpoint_per_paas, vault(), mine) == []
    others = depending(coming, privateLinkServiceConnections=account())
    found = ask(private_endpoint_per_paas, vault(), account(), others)
    assert [line.partition(": no")[0] for line in found] == ["violation mandatory vault", "violation mandatory stml"]


def resolved(*zones: str, target: str = STORAGE, group: str = "blob") -> list[Resource]:
    """A private endpoint in a network with zones that are linked to it."""
    made = endpoint(target, group)
    around = [resource for name in zones for resource in (zone(name), zone_link(name))]
    inside = network(secured_subnet("endpoints"))
    return [account(), inside, *around, made, zone_group(made, *(zone_id(name) for name in zones))]


def test_private_dns_per_endpoint_refuses_an_endpoint_without_a_zone_group() -> None:
    """Names would lead to the public address."""
    assert ask(private_dns_per_endpoint, *resolved(BLOB)[:-1]) == [
        "violation mandatory pep-stml-blob: it has no PrivateDnsZoneGroup: names lead to the public address"
    ]


def test_private_dns_per_endpoint_refuses_wrong_and_missing_zones() -> None:
    """A zone of another group resolves nothing; a workspace with one of its two zones half works."""
    assert ask(private_dns_per_endpoint, *resolved("privatelink.file.core.windows.net")) == [
        f"violation mandatory pep-stml-blob: its zones lack {BLOB} for group blob"
    ]
    half = resolved(API, target=WORKSPACE, group="amlworkspace")
    assert ask(private_dns_per_endpoint, *half, workspace()) == [
        f"violation mandatory pep-mlw-ml-amlworkspace: its zones lack {NOTEBOOKS} for group amlworkspace"
    ]


def test_private_dns_per_endpoint_refuses_a_zone_that_the_network_does_not_see() -> None:
    """A link to another network, or none, resolves nothing here."""
    unlinked = [
        resource for resource in resolved(BLOB) if resource.type != "azure-native:privatedns:VirtualNetworkLink"
    ]
    other = zone_link(BLOB, f"{NETWORK}-other")
    for resources in (unlinked, [*unlinked, other]):
        assert ask(private_dns_per_endpoint, *resources) == [
            f"violation mandatory pep-stml-blob: zone {BLOB} isn't linked to network network"
        ]


def test_private_dns_per_endpoint_accepts_the_right_zones_of_any_cloud() -> None:
    """Public and US Government, and both zones of a workspace; a subnet may be a resource of its own."""
    assert ask(private_dns_per_endpoint, *resolved(BLOB)) == []
    assert ask(private_dns_per_endpoint, *resolved("privatelink.blob.core.usgovcloudapi.net")) == []
    assert ask(private_dns_per_endpoint, *resolved(API, NOTEBOOKS, target=WORKSPACE, group="amlworkspace")) == []
    own = subnet(subnetName="endpoints")
    standing = Resource(urn=own.urn, type=own.type, name=own.name, id=ENDPOINTS_SUBNET, inputs=own.inputs)
    assert ask(private_dns_per_endpoint, *resolved(BLOB), standing) == []


def test_private_dns_per_endpoint_accepts_zones_and_dns_servers_elsewhere() -> None:
    """The links of a hub's zone can't be seen; a network with DNS servers of its own sees any zone that they see."""
    made = endpoint(STORAGE, "blob")
    hub = zone_id(BLOB, GROUP.replace("rg-ml", "rg-hub"))
    assert ask(private_dns_per_endpoint, account(), made, zone_group(made, hub)) == []
    through_hub = [*resolved(BLOB), network(secured_subnet("endpoints"), dhcpOptions={"dnsServers": ["10.0.0.4"]})]
    assert ask(private_dns_per_endpoint, *through_hub[:1], *through_hub[2:]) == []


def test_private_dns_per_endpoint_cannot_tell_before_deployment() -> None:
    """An unknown zone may be any."""
    made = endpoint(STORAGE, "blob")
    unknown = zone_group(made, privateDnsZoneConfigs=[{"name": "blob", "privateDnsZoneId": UNKNOWN}])
    assert ask(private_dns_per_endpoint, account(), made, unknown) == [
        "unknown mandatory pep-stml-blob: unknown: property privateDnsZoneConfigs[0].privateDnsZoneId "
        "can't be known before deployment (of network:PrivateDnsZoneGroup pep-stml-blob-dns)"
    ]


def test_private_dns_per_endpoint_looks_at_targets_in_other_subscriptions() -> None:
    """A target outside of the plan is told by its ID."""
    foreign = f"{OTHER_SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kvother"
    made = endpoint(foreign, "vault")
    wrong = zone_group(made, zone_id(BLOB))
    assert ask(private_dns_per_endpoint, made, wrong) == [
        "violation mandatory pep-kvother-vault: its zones lack privatelink.vaultcore.azure.net for group vault"
    ]


def test_the_zones_are_those_that_components_make() -> None:
    """Rules and components each have a table of zones, since neither imports the other; both say the same."""
    theirs = {
        (target.arm_type.lower(), target.group_id.lower()): {frozenset(zones) for zones in clouds.values()}
        for target, clouds in private_dns.ZONES.items()
        if "Purview" not in target.arm_type
    }
    mine = {
        (private_link.ARM_TYPES[type].lower(), group): set(zones) for (type, group), zones in private_link.ZONES.items()
    }
    assert mine == theirs
    assert private_link.type_of(AI.upper()) == "cognitiveservices:Account"
