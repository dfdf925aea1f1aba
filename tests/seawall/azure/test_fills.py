"""What Azure fills in: every answer is valid by Microsoft's schema and every output one of the SDK's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from seawall.azure.bodies import body, outputs
from seawall.azure.fills import client_of, filled, principal_of
from seawall.azure.resource_id import resource_id
from seawall.azure.types import lookup, types
from tests.seawall.azure.azure_sdk import Samples, Schema, args_class, classes_in, leaves, outputs_of, resource_class

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-mlp"
EXAMPLES = [
    (token, inputs)
    for token, examples in yaml.safe_load((Path(__file__).parent / "examples.yaml").read_text()).items()
    if not token.startswith("_")
    for inputs in examples
]
PLATFORM = (
    *("resources", "managedidentity", "machinelearningservices", "storage", "keyvault", "network", "privatedns"),
    *("authorization", "consumption", "monitor", "applicationinsights", "operationalinsights"),
)
"""Modules of which every type has an example, save for what other examples show in full."""


class Case:
    """One example, from its inputs to its outputs."""

    def __init__(self, name: str, inputs: dict[str, Any]) -> None:
        self.token = f"azure-native:{name}"
        self.row = lookup(self.token)
        group = {"resourceGroupName": "rg-mlp"} if "resourceGroupName" in self.row.path_inputs else {}
        self.inputs = {**group, **inputs}
        self.id = resource_id(self.token, self.inputs, SUBSCRIPTION)
        self.body = body(self.token, self.inputs)
        self.response = filled(self.row.arm_type, self.id, self.body)
        self.outputs = outputs(self.token, self.id, self.response)

    @property
    def properties(self) -> dict[str, Any]:
        return self.response["properties"]


def case(name: str, which: int = 0) -> Case:
    return Case(name, [inputs for token, inputs in EXAMPLES if token == name][which])


@pytest.fixture(params=EXAMPLES, ids=lambda example: f"{example[0]}-{next(iter(example[1].values()))}"[:60])
def example(request: pytest.FixtureRequest) -> Case:
    return Case(*request.param)


def test_bodies_are_valid(example: Case, azure_types: Any) -> None:
    """Azure would take the body of each example."""
    assert azure_types.errors(example.row.arm_type, example.body) == []


def test_answers_are_valid(example: Case, azure_types: Any) -> None:
    """The answer to each example has nothing that the type hasn't, read-only properties included."""
    assert azure_types.errors(example.row.arm_type, example.response) == []


def test_an_answer_can_be_put_again(example: Case) -> None:
    """A PUT of what was answered changes nothing, but for secrets, which weren't answered."""
    again = filled(example.row.arm_type, example.id, example.response)
    assert again == example.response


def test_the_body_is_left_alone(example: Case) -> None:
    """Filling in is pure: the same body gives the same answer, and neither shares a part with the other."""
    before = body(example.token, example.inputs)
    scribbled = filled(example.row.arm_type, example.id, example.body)
    scribbled.get("properties", {}).clear()
    assert example.body == before
    assert filled(example.row.arm_type, example.id, example.body) == example.response


def test_outputs_are_the_sdks(example: Case) -> None:
    """Each output, at every depth, is a property of the SDK's output classes."""
    given = {name: value for name, value in example.outputs.items() if name != "id"}
    assert list(strangers(given, [resource_class(example.token)])) == []


def test_secrets_are_never_answered(example: Case) -> None:
    """What Azure takes and never returns is in no answer."""
    assert "hidden" not in set(leaves(example.response))


def strangers(value: Any, classes: list[type], path: str = "") -> Iterator[str]:
    """The paths in outputs that none of the classes has."""
    if isinstance(value, list):
        for item in value:
            yield from strangers(item, classes, path + "[]")
    elif isinstance(value, dict) and classes:
        known = [outputs_of(cls) for cls in classes]
        for name, item in value.items():
            below = f"{path}.{name}"
            kinds = [properties[name] for properties in known if name in properties]
            if not kinds:
                yield below
            for held, cls in (pair for kind in kinds for pair in classes_in(kind)):
                inner = list(item.values()) if held.startswith("{}") and isinstance(item, dict) else item
                if len(kinds) == 1 and len(list(classes_in(kinds[0]))) == 1:
                    yield from strangers(inner, [cls], below)


@pytest.mark.parametrize("row", types(), ids=lambda row: row.token.removeprefix("azure-native:"))
def test_every_type_is_filled(row: Any, azure_types: Any) -> None:
    """Of every type, whatever the body says, what is filled in has a place in the schema."""
    file = next(entry["file"] for entry in azure_types.index if entry["token"] == row.token)
    schema = Schema(azure_types.folder, file)
    for inputs in Samples().of(args_class(row.token))[:5]:
        asked = body(row.token, inputs)
        answer = filled(row.arm_type, f"{GROUP}/providers/{_path(row.arm_type)}", asked)
        before = set(schema.misplaced(asked, schema.root, read_only=True))
        assert set(schema.misplaced(answer, schema.root, read_only=True)) <= before
        assert answer["type"] == row.arm_type


def _path(arm_type: str) -> str:
    provider, *kinds = arm_type.split("/")
    return provider + "".join(f"/{kind}/name" for kind in kinds)


def test_every_type_of_the_platform_has_an_example() -> None:
    """The examples cover all types of the modules that a platform is made of."""
    shown = {token for token, _ in EXAMPLES}
    table = {row.token.removeprefix("azure-native:") for row in types()}
    missing = {token for token in table - shown if token.split(":")[0] in PLATFORM}
    assert missing == {"network:WebApplicationFirewallPolicy"}


def test_a_users_identity_is_one_everywhere() -> None:
    """The principal that an identity has is the one that every resource with this identity shows."""
    identity, workspace = case("managedidentity:UserAssignedIdentity"), case("machinelearningservices:Workspace")
    shown = workspace.outputs["identity"]["userAssignedIdentities"][identity.id]
    assert shown == {"principalId": identity.outputs["principalId"], "clientId": identity.outputs["clientId"]}
    assert identity.outputs["principalId"] == principal_of(identity.id)
    assert identity.outputs["clientId"] == client_of(identity.id) != principal_of(identity.id)


def test_system_assigned_identities_have_principals() -> None:
    """A system-assigned identity has its own principal, in the tenant; a user-assigned one alone has none."""
    system = case("machinelearningservices:Workspace", 1).outputs["identity"]
    assert system["principalId"] and system["tenantId"]
    assert "principalId" not in case("machinelearningservices:Workspace").outputs["identity"]
    assert "principalId" in case("machinelearningservices:Workspace", 2).outputs["identity"]


def test_the_tenant_is_the_callers() -> None:
    """The tenant that is given stands wherever Azure says the tenant."""
    one = case("managedidentity:UserAssignedIdentity")
    assert filled(one.row.arm_type, one.id, one.body, tenant="t-1")["properties"]["tenantId"] == "t-1"


def test_a_managed_network_waits_for_its_first_compute() -> None:
    """It is active at once only where the workspace asks for it. Source: Azure ML docs, how-to-managed-network."""
    now, later = case("machinelearningservices:Workspace"), case("machinelearningservices:Workspace", 2)
    assert now.outputs["managedNetwork"]["status"]["status"] == "Active"
    assert now.outputs["managedNetwork"]["firewallSku"] == "Standard"
    assert now.outputs["managedNetwork"]["outboundRules"]["packages"]["status"] == "Active"
    assert later.outputs["managedNetwork"]["status"]["status"] == "Inactive"
    assert "managedNetwork" not in case("machinelearningservices:Workspace", 1).outputs


def test_addresses_carry_the_names() -> None:
    """Hosts and URIs are those that the public cloud makes of the names."""
    assert case("keyvault:Vault").outputs["properties"]["vaultUri"] == "https://kv-mlp.vault.azure.net/"
    assert case("keyvault:Key").outputs["keyUri"] == "https://kv-mlp.vault.azure.net/keys/cmk"
    assert case("keyvault:Key").outputs["keyUriWithVersion"].startswith("https://kv-mlp.vault.azure.net/keys/cmk/")
    account = case("storage:StorageAccount").outputs
    assert account["primaryEndpoints"]["dfs"] == "https://stmlp.dfs.core.windows.net/"
    assert account["secondaryEndpoints"]["blob"] == "https://stmlp-secondary.blob.core.windows.net/"
    assert account["secondaryLocation"] == "northeurope"
    registry = case("containerregistry:Registry").outputs
    assert registry["loginServer"] == "crmlp.azurecr.io"
    assert registry["dataEndpointHostNames"] == ["crmlp.westeurope.data.azurecr.io"]
    endpoint = case("machinelearningservices:OnlineEndpoint").outputs["properties"]
    assert endpoint["scoringUri"] == "https://fraud-online.westeurope.inference.ml.azure.com/score"
    batch = case("machinelearningservices:BatchEndpoint").outputs["properties"]
    assert batch["scoringUri"] == "https://fraud-batch.westeurope.inference.ml.azure.com/jobs"
    assert case("cognitiveservices:Account").outputs["properties"]["endpoint"].startswith("https://oai-larkspur.")


def test_a_private_endpoint_names_what_it_serves() -> None:
    """A workspace's endpoint answers for its API, its certificates, its inference and its notebooks."""
    endpoint, workspace = case("network:PrivateEndpoint"), case("machinelearningservices:Workspace")
    names = [config["fqdn"] for config in endpoint.outputs["customDnsConfigs"]]
    own = workspace.outputs["workspaceId"]
    assert f"{own}.workspace.westeurope.api.azureml.ms" in names
    assert workspace.outputs["notebookInfo"]["fqdn"] in names
    assert endpoint.outputs["networkInterfaces"][0]["id"].endswith("/networkInterfaces/nic-mlw")
    state = endpoint.outputs["privateLinkServiceConnections"][0]["privateLinkServiceConnectionState"]
    assert state["status"] == "Approved"
    fixed = case("network:PrivateEndpoint", 1).outputs["customDnsConfigs"]
    assert fixed == [{"fqdn": "stmlp.blob.core.windows.net", "ipAddresses": ["10.1.0.10"]}]
    asked = case("network:PrivateEndpoint", 2).outputs["manualPrivateLinkServiceConnections"][0]
    assert asked["privateLinkServiceConnectionState"]["status"] == "Pending"


def test_inline_subnets_are_resources() -> None:
    """Subnets written inside a network get their IDs and the state of their own."""
    network = case("network:VirtualNetwork")
    first, second = network.outputs["subnets"]
    assert first["id"] == f"{network.id}/subnets/snet-pe"
    assert first["provisioningState"] == "Succeeded"
    assert first["privateEndpointNetworkPolicies"] == "Disabled"
    assert second["delegations"][0]["serviceName"] == "Microsoft.App/environments"


def test_deployments_always_say_how_they_scale() -> None:
    """A client reads `scaleSettings` back, so a deployment has them although its body hasn't."""
    deployment = case("machinelearningservices:OnlineDeployment").outputs
    assert deployment["properties"]["scaleSettings"] == {"scaleType": "Default"}
    assert deployment["sku"]["capacity"] == 3


def test_telemetry_has_its_keys() -> None:
    """Application Insights and Log Analytics say the keys that senders and queries need."""
    insights, logs = case("applicationinsights:Component").outputs, case("operationalinsights:Workspace").outputs
    assert insights["connectionString"].startswith(f"InstrumentationKey={insights['instrumentationKey']};")
    assert insights["ingestionMode"] == "LogAnalytics"
    assert logs["customerId"] and logs["sku"]["name"] == "PerGB2018"
    assert logs["workspaceCapping"] == {"dailyQuotaGb": 5, "dataIngestionStatus": "RespectQuota"}


def test_unknown_values_pass() -> None:
    """What isn't known yet is neither lost nor taken for a text."""
    unknown = object()
    inputs = {
        "resourceGroupName": "rg-mlp",
        "privateEndpointName": "pe",
        "location": unknown,
        "subnet": {"id": unknown},
        "privateLinkServiceConnections": [
            {"name": "a", "privateLinkServiceId": unknown, "groupIds": ["blob"]},
            {"name": "b", "privateLinkServiceId": GROUP, "groupIds": unknown},
        ],
    }
    given = Case("network:PrivateEndpoint", inputs).outputs
    assert given["location"] is unknown
    assert given["subnet"]["id"] is unknown
    assert given["customDnsConfigs"] == []
    assert given["privateLinkServiceConnections"][0]["privateLinkServiceId"] is unknown
