"""Components made through the package are those that Python makes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Any

import grpc
import pytest
from msgspec.structs import replace
from pulumi.runtime.proto import errors_pb2, status_pb2

import components as c
from seawall.plan.model import Plan, Resource
from seawall.plan.values import UNKNOWN, Secret
from tests.components.ml_samples import IDENTITY, KEY, VAULT, WORKSPACE, of_workspace
from tests.components.package.hosting import OTHER, Host, Recording, running
from tests.components.samples import GROUP, LOGS, SUBNET, TAGS, placed, private_link

LINK = {
    "resourceGroupId": GROUP,
    "location": "westeurope",
    "subnetId": SUBNET,
    "zoneIds": dict(private_link().zone_ids),
}
PLACED = {"resourceGroupId": GROUP, "location": "westeurope", "tags": TAGS}
IN_WORKSPACE = {"workspaceId": WORKSPACE, "tags": {"env": "test"}}
RULES = {
    "packages": {"kind": "FqdnRule", "host": "packages.larkspur.example"},
    "factory": {"kind": "ServiceTagRule", "serviceTag": "DataFactory.WestEurope"},
    "lake": {"kind": "PrivateEndpointRule", "resourceId": f"{GROUP}/x/lake", "subresource": "dfs", "fqdns": ["a.b"]},
}
KEY_SAID = {
    "vaultId": KEY.vault_id,
    "vaultUri": KEY.vault_uri,
    "keyName": KEY.key_name,
    "keyUri": KEY.key_uri,
    "keyUriWithVersion": KEY.key_uri_with_version,
    "identityId": KEY.identity_id,
    "identityClientId": KEY.identity_client_id,
}
SUBNETS = [{"name": "training", "prefix": "10.0.1.0/24", "rules": [
    {"name": "AllowHttps", "direction": "Outbound", "source": "*", "destination": "Storage", "ports": ["443"]}
]}]  # fmt: skip


def rules() -> dict[str, Any]:
    return {
        "packages": c.FqdnRule(host="packages.larkspur.example"),
        "factory": c.ServiceTagRule(service_tag="DataFactory.WestEurope"),
        "lake": c.PrivateEndpointRule(resource_id=f"{GROUP}/x/lake", subresource="dfs", fqdns=["a.b"]),
    }


def subnets() -> list[Any]:
    rule = c.SecurityRule(name="AllowHttps", direction="Outbound", source="*", destination="Storage", ports=["443"])
    return [c.Subnet(name="training", prefix="10.0.1.0/24", rules=[rule])]


CASES: dict[str, tuple[dict[str, Any], Callable[[], Any]]] = {
    "ResourceGroup": (
        {"subscriptionId": "s", "location": "westeurope", "tags": TAGS, "resourceName": "rg-larkspur"},
        lambda: c.ResourceGroupArgs(
            subscription_id="s", location="westeurope", tags=TAGS, resource_name="rg-larkspur"
        ),
    ),
    "StorageAccount": (
        {**PLACED, "resourceName": "stlarkspur", "logAnalyticsWorkspaceId": LOGS, "privateLink": LINK,
         "deleteProtection": True, "softDeleteDays": 14, "redundancy": "GRS", "encryptionKey": KEY_SAID},
        lambda: c.StorageAccountArgs(
            **placed("stlarkspur"), log_analytics_workspace_id=LOGS, private_link=private_link(),
            delete_protection=True, soft_delete_days=14, redundancy="GRS", encryption_key=KEY,
        ),
    ),
    "Workspace": (
        {**PLACED, "resourceName": "mlw-larkspur", "logAnalyticsWorkspaceId": LOGS, "privateLink": LINK,
         "managedNetwork": {"outboundRules": RULES}, "encryptionKey": KEY_SAID},
        lambda: c.WorkspaceArgs(
            **placed("mlw-larkspur"), log_analytics_workspace_id=LOGS, private_link=private_link(),
            managed_network=c.ManagedNetwork(outbound_rules=rules()), encryption_key=KEY,
        ),
    ),
    "OnlineEndpoint": (
        {**IN_WORKSPACE, "location": "westeurope", "resourceName": "fraud", "logAnalyticsWorkspaceId": LOGS},
        lambda: c.OnlineEndpointArgs(
            **of_workspace("fraud"), location="westeurope", log_analytics_workspace_id=LOGS  # type: ignore[arg-type]
        ),
    ),
    "ComputeCluster": (
        {**IN_WORKSPACE, "location": "westeurope", "resourceName": "cpu", "size": "STANDARD_D4S_V5", "maxNodes": 4,
         "identityIds": [IDENTITY]},
        lambda: c.ComputeClusterArgs(
            **of_workspace("cpu"), location="westeurope", size="STANDARD_D4S_V5",  # type: ignore[arg-type]
            max_nodes=4, identity_ids=[IDENTITY],
        ),
    ),
    "VirtualNetwork": (
        {**PLACED, "resourceName": "vnet", "logAnalyticsWorkspaceId": LOGS, "addressSpace": ["10.0.0.0/16"],
         "subnets": SUBNETS},
        lambda: c.VirtualNetworkArgs(
            **placed("vnet"), log_analytics_workspace_id=LOGS, address_space=["10.0.0.0/16"], subnets=subnets()
        ),
    ),
    "CustomerManagedKey": (
        {**PLACED, "resourceName": "key-data", "vaultId": VAULT, "identityName": "id-key", "keySize": 4096},
        lambda: c.CustomerManagedKeyArgs(**placed("key-data"), vault_id=VAULT, identity_name="id-key", key_size=4096),
    ),
    "Budget": (
        {"scope": GROUP, "resourceName": "budget", "amount": 1500, "start": "2027-01-01", "emails": ["a@b.example"],
         "thresholds": [{"percent": 90, "kind": "Forecasted"}]},
        lambda: c.BudgetArgs(
            scope=GROUP, resource_name="budget", amount=1500, start=date(2027, 1, 1), emails=["a@b.example"],
            thresholds=[c.Threshold(percent=90, kind="Forecasted")],
        ),
    ),
}  # fmt: skip
"""A component's inputs in another language's names, and its arguments in Python."""


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with running() as found:
        yield found


def registered(resources: Iterable[Resource]) -> dict[str, Resource]:
    """What was registered by URN, without the stack.

    Aliases of old API versions are left out: a transformation drops them from a program, of which a plugin has none.
    """
    found = {}
    for one in resources:
        if one.type != "pulumi:pulumi:Stack":
            aliases = tuple(alias for alias in one.options.aliases if "azure-native:" not in alias)
            found[one.urn] = replace(one, options=replace(one.options, aliases=aliases))
    return found


@pytest.mark.parametrize("kind", CASES)
def test_a_component_is_the_one_that_python_makes(kind: str, host: Host, plan: Callable[..., Plan]) -> None:
    """URNs, parents, inputs, dependencies and options of the component and all its children are the same."""
    inputs, args = CASES[kind]
    monitor, state, answer = host.construct(kind, "larkspur", inputs)
    planned = registered(plan(lambda: getattr(c, kind)("larkspur", args())).resources)
    assert registered(monitor.resources.values()) == planned
    assert len(planned) > 1
    assert answer.urn == f"urn:pulumi:test::seawall::seawall:components:{kind}::larkspur"
    own = planned[answer.urn].outputs
    assert state.get("resourceId", "") == own.get("id", ""), "the ID that others are told is the component's own"


def made(monitor: Recording, kind: str) -> Resource:
    """The one resource of a type of azure-native."""
    (found,) = (one for one in monitor.resources.values() if one.type == f"azure-native:{kind}")
    return found


def faults(error: grpc.RpcError) -> list[str]:
    """What the package says of a component that it refuses."""
    details = dict(error.trailing_metadata())["grpc-status-details-bin"]
    found = errors_pb2.InputPropertiesError()
    status_pb2.Status.FromString(details).details[0].Unpack(found)
    return [one.reason for one in found.errors]


def test_everything_that_is_wrong_is_said_at_once(host: Host) -> None:
    """A component that can't be made says why, each fault with its path, and no traceback."""
    wrong = {
        "resourceName": 3,
        "redundancy": "TWICE",
        "locatoin": "westeurope",
        "tags": {"env": True},
        "softDeleteDays": 1.5,
        "privateLink": {"location": "westeurope"},
    }
    with pytest.raises(grpc.RpcError) as raised:
        host.construct("StorageAccount", "st", wrong)
    assert raised.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert raised.value.details() == "StorageAccount 'st' can't be made of its inputs"
    assert sorted(faults(raised.value)) == [
        "location: it is required by StorageAccount",
        "locatoin: there is no such property; did you mean location?",
        "privateLink.resourceGroupId: it is required by PrivateLink",
        "privateLink.subnetId: it is required by PrivateLink",
        "privateLink.zoneIds: it is required by PrivateLink",
        "redundancy: expected one of LRS, ZRS, GRS, GZRS, RAGRS, RAGZRS, got 'TWICE'",
        "resourceGroupId: it is required by StorageAccount",
        "resourceName: expected text, got 3.0",
        "softDeleteDays: expected a whole number, got 1.5",
        "tags.env: expected text, got True",
    ]


def test_what_a_component_refuses_is_refused(host: Host) -> None:
    """The arguments' own checks speak to other languages too."""
    with pytest.raises(grpc.RpcError) as raised:
        host.construct("Workspace", "ml", {**CASES["Workspace"][0], "identityIds": [IDENTITY], "systemIdentity": True})
    assert faults(raised.value) == ["Workspace: a workspace has identity_ids or a system_identity, not both"]


def test_an_unknown_component_is_refused(host: Host) -> None:
    """A type that isn't in the package is said, with those that are."""
    with pytest.raises(grpc.RpcError) as raised:
        host.construct("Workspaec", "ml", {})
    assert "this package has no seawall:index:Workspaec; it has seawall:index:ActionGroup" in raised.value.details()


def test_what_comes_from_another_resource_is_waited_for(host: Host) -> None:
    """An input's dependency reaches the child that takes it; a plain value takes what is known of it."""
    inputs = {**CASES["OnlineEndpoint"][0]}
    monitor, _, _ = host.construct(
        "OnlineEndpoint", "fraud", inputs, dependencies={"logAnalyticsWorkspaceId": [OTHER], "location": [OTHER]}
    )
    setting = next(one for one in monitor.requests if one.type.endswith(":DiagnosticSetting"))
    assert OTHER in setting.propertyDependencies["workspaceId"].urns
    endpoint = next(one for one in monitor.requests if one.type.endswith(":OnlineEndpoint") and one.custom)
    assert endpoint.object["location"] == "westeurope"


def test_a_value_that_is_not_known_yet_is_refused_where_it_must_be(host: Host) -> None:
    """At a preview, a name that comes from what doesn't exist yet is refused; so is a secret one."""
    unknown = {**CASES["OnlineEndpoint"][0], "resourceName": UNKNOWN}
    with pytest.raises(grpc.RpcError) as raised:
        host.construct("OnlineEndpoint", "fraud", unknown, dependencies={"resourceName": [OTHER]})
    assert faults(raised.value) == [
        "resourceName: it must be known when the program runs, and comes from what isn't there yet"
    ]
    with pytest.raises(grpc.RpcError) as raised:
        host.construct("OnlineEndpoint", "fraud", {**unknown, "resourceName": Secret("fraud")})
    assert faults(raised.value) == ["resourceName: it takes no secret: it becomes part of what everybody sees"]


def test_no_managed_network_can_be_said(host: Host) -> None:
    """`withoutManagedNetwork` is Python's `managed_network=None`."""
    inputs = {**CASES["Workspace"][0], "withoutManagedNetwork": True}
    del inputs["managedNetwork"]
    monitor, _, _ = host.construct("Workspace", "ml", inputs)
    workspace = made(monitor, "machinelearningservices:Workspace")
    assert workspace.inputs["managedNetwork"]["isolationMode"] == "Disabled"


def test_what_one_component_gives_another_takes(host: Host) -> None:
    """A key's `encryption` is a storage account's `encryptionKey`; secrets stay secret."""
    _, key, _ = host.construct("CustomerManagedKey", "key", CASES["CustomerManagedKey"][0])
    assert set(key["encryption"]) == set(KEY_SAID)
    account = {**CASES["StorageAccount"][0], "encryptionKey": key["encryption"]}
    monitor, _, _ = host.construct("StorageAccount", "st", account, dependencies={"encryptionKey": [OTHER]})
    taken = made(monitor, "storage:StorageAccount")
    assert taken.inputs["encryption"]["keyVaultProperties"]["keyName"] == "key-data"
    hooks = {"resourceGroupId": GROUP, "tags": TAGS, "location": "global", "resourceName": "ag", "shortName": "ag"}
    told = {"emails": {"team": "ml-platform@larkspur.example"}}
    address = "https://larkspur.example"
    for webhooks in ({"chat": Secret(address)}, Secret({"chat": address})):
        monitor, _, _ = host.construct("ActionGroup", "ag", {**hooks, **told, "webhooks": webhooks})
        group = made(monitor, "monitor:ActionGroup")
        assert group.inputs["webhookReceivers"] and address not in repr(group.inputs)
