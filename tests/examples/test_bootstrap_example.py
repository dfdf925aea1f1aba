from __future__ import annotations

import json
import runpy
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from policies import Context, check
from seawall.delivery.promotion import log
from seawall.plan.engine import plan_program
from seawall.plan.errors import PlanErrors
from seawall.plan.model import Plan
from stacks.settings.operations import State
from tests.components.judged import azure_resources, inputs, judge, one, short
from tests.stack_plans import stack_plan

FOLDER = Path(__file__).parents[2] / "examples" / "bootstrap"
TODAY = date(2026, 11, 21)
NETWORK = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg-larkspur-mlp-shared-weu-network"
ZONES = ("privatelink.blob.core.windows.net", "privatelink.vaultcore.azure.net")
LINK = {
    "resourceGroupId": NETWORK,
    "location": "westeurope",
    "subnetId": f"{NETWORK}/providers/Microsoft.Network/virtualNetworks/hub/subnets/private-endpoints",
    "zones": {zone: f"{NETWORK}/providers/Microsoft.Network/privateDnsZones/{zone}" for zone in ZONES},
}
SUBSCRIPTION = "/subscriptions/22222222-2222-2222-2222-222222222222"
LOGS = f"{NETWORK}/providers/Microsoft.OperationalInsights/workspaces/log-larkspur-mlp-shared-weu"


def planned(stack: str = "dev", **changed: Any) -> Plan:
    """The program as Pulumi runs it, with the settings of its stack file and those given; None takes one out."""
    project = yaml.safe_load((FOLDER / "Pulumi.yaml").read_text())["name"]
    settings = yaml.safe_load((FOLDER / f"Pulumi.{stack}.yaml").read_text())["config"]
    settings |= {f"bootstrap:{key}": value for key, value in changed.items()}
    config = {key: v if isinstance(v, str) else json.dumps(v) for key, v in settings.items() if v is not None}
    return plan_program(lambda: runpy.run_path(str(FOLDER)), stack=stack, project=project, config=config)


@pytest.fixture(scope="module")
def first() -> Plan:
    """The first run, when no network is there."""
    return planned()


@pytest.fixture(scope="module")
def closed() -> Plan:
    """The second run, with a way in by the hub's network, and logged."""
    return planned(privateLink=LINK, logAnalyticsWorkspaceId=LOGS)


def roles(plan: Plan) -> dict[str, tuple[str, str]]:
    """By name of the assignment: the role's GUID and the scope below the resource group."""
    found = [r for r in azure_resources(plan) if short(r.type) == "authorization:RoleAssignment"]
    return {
        r.name: (r.inputs["roleDefinitionId"].rsplit("/", 1)[-1], r.inputs["scope"].rpartition("/providers/")[2])
        for r in found
    }


def test_azure_would_take_every_resource(first, closed, azure_types):
    """Each body is valid, and all of it is known before anything exists, in the first run and in the second."""
    judge(first, azure_types)
    judge(closed, azure_types)


def test_a_stack_file_takes_what_the_program_gives_out(first):
    """Backend and secrets provider are what `seawall:state` accepts; the provider names the key's version."""
    state = State(backend=first.outputs["backend"], secretsProvider=first.outputs["secretsProvider"])
    assert state.backend == "azblob://state?storage_account=stmlpdevstateaekug"
    assert state.secrets_provider.rsplit("/", 2)[1] == "pulumi"


def test_nothing_opens_the_state_but_an_identity(first):
    """No account key and no anonymous read; versions and what was deleted are kept; protected and locked."""
    account = one(first, "storage:StorageAccount")
    assert account.inputs["allowSharedKeyAccess"] is False and account.inputs["allowBlobPublicAccess"] is False
    assert account.options.protect and one(first, "authorization:ManagementLockByScope", "state")
    blobs = inputs(first, "storage:BlobServiceProperties")
    assert blobs["isVersioningEnabled"] is True
    assert blobs["deleteRetentionPolicy"] == blobs["containerDeleteRetentionPolicy"] == {"enabled": True, "days": 90}


def test_until_there_is_a_network_the_named_addresses_come_in(first):
    """Both firewalls deny by default and name the offices."""
    assert inputs(first, "storage:StorageAccount")["networkRuleSet"]["ipRules"] == [
        {"action": "Allow", "iPAddressOrRange": "203.0.113.0/24"}
    ]
    assert inputs(first, "keyvault:Vault")["properties"]["networkAcls"] == {
        "bypass": "None",
        "defaultAction": "Deny",
        "ipRules": [{"value": "203.0.113.0/24"}],
    }


def test_with_a_private_link_nobody_comes_from_the_internet(closed):
    """Public access is off for both, whatever addresses were allowed before."""
    assert inputs(closed, "storage:StorageAccount")["publicNetworkAccess"] == "Disabled"
    assert inputs(closed, "keyvault:Vault")["properties"]["publicNetworkAccess"] == "Disabled"
    endpoints = [r for r in azure_resources(closed) if short(r.type) == "network:PrivateEndpoint"]
    assert len(endpoints) == 2


def test_the_closed_store_keeps_the_guardrails_of_production_but_for_the_keys_rotation(closed):
    """Of storage, vault, network and logging, one rule stands against it: Pulumi can't follow a key that rotates."""
    names = {"storage", "keyvault", "private", "diagnostics", "min", "required", "managed"}
    report = check(closed, Context(declared_resources=frozenset({LOGS})), TODAY)
    found = {v.rule for v in report.violations if v.rule.split("-")[0] in names and str(v.level) == "mandatory"}
    assert found == {"keyvault-item-expiry"}


WRITES, READS = "ba92f5b4-2d11-453d-a403-e96b0029c9fe", "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"


def test_each_identity_has_no_more_than_it_needs(first):
    """Who deploys and who refreshes writes the state, who previews reads it; no role changes the subscription."""
    given = roles(first)
    key = given["deploy-key"][0]
    assert one(first, "authorization:RoleDefinition").inputs["permissions"][0]["dataActions"] == [
        "Microsoft.KeyVault/vaults/keys/read",
        "Microsoft.KeyVault/vaults/keys/encrypt/action",
        "Microsoft.KeyVault/vaults/keys/decrypt/action",
    ]
    vault = "Microsoft.KeyVault/vaults/kvmlpdevstateaekug/keys/pulumi"
    account = "Microsoft.Storage/storageAccounts/stmlpdevstateaekug"
    container = f"{account}/blobServices/default/containers/state"
    assert given == {
        **{f"{who}-key": (key, vault) for who in ("deploy", "preview", "drift", "operators")},
        "deploy-state": (WRITES, container),
        "preview-state": (READS, container),
        "preview-reads": (READER, SUBSCRIPTION),
        "drift-state": (WRITES, container),
        "drift-reads": (READER, SUBSCRIPTION),
        "operators-state": (WRITES, account),
    }


def trusted(plan: Plan) -> dict[str, str]:
    found = [r for r in azure_resources(plan) if short(r.type) == "managedidentity:FederatedIdentityCredential"]
    return {r.name: r.inputs["subject"] for r in found}


def test_the_identities_that_look_at_all_environments_are_made_once(first):
    """With shared; what dev's stack file names isn't made again. Each trusts the environment of its workflows."""
    repository = "repo:larkspur-insurance/ml-platform:environment"
    assert trusted(first) == {"identity-deploy-fc-github-deploy": f"{repository}:dev"}
    assert trusted(planned("shared")) == {
        "identity-deploy-fc-github-deploy": f"{repository}:shared",
        "identity-preview-fc-github-preview": f"{repository}:preview",
        "identity-drift-fc-github-drift": f"{repository}:drift",
    }


def test_service_connections_are_trusted_beside_github():
    """One credential each, to the connection's own subject."""
    connections = {"organisationId": "bbbbbbbb-0000-0000-0000-000000000001"}
    connections["deployConnectionId"] = "bbbbbbbb-0000-0000-0000-000000000002"
    found = trusted(planned(azureDevOps=connections))
    assert len(found) == 2
    assert found["identity-deploy-fc-azure-devops-deploy"].endswith("/bbbbbbbb-0000-0000-0000-000000000002")


NEIGHBOUR = "cccccccc-0002-0000-0000-000000000020"


def test_neighbours_may_do_in_shared_what_their_environments_plans_do_there(azure_types):
    """They read the state, make peerings and names, and let the registry be used."""
    shared = planned("shared", neighbours=[NEIGHBOUR])
    judge(shared, azure_types)
    given = {name: what for name, what in roles(shared).items() if name.startswith("neighbour-0-")}
    assert {name: role for name, (role, _) in given.items() if name != "neighbour-0-key"} == {
        "neighbour-0-state": READS,
        "neighbour-0-registry": "f58310d9-a9f6-439a-9e8d-f62e7b41a168",
        "neighbour-0-network": given["neighbour-0-monitoring"][0],
        "neighbour-0-monitoring": one(shared, "authorization:RoleDefinition", "neighbour").inputs["roleDefinitionId"],
        "neighbour-0-names": "b12aa53e-6015-4669-85d0-8515ebb3ae7f",  # Private DNS Zone Contributor
    }
    registry = one(shared, "authorization:RoleAssignment", "neighbour-0-registry").inputs
    assert "1823dd4f-9b8c-4ab6-ab4e-7397a3684615" in registry["condition"]  # AzureML Registry User, and no other
    scopes = [r.inputs["scope"].lower() for r in azure_resources(shared) if r.name.startswith("neighbour-0-")]
    for env in ("dev", "prod"):
        done = [r for r in stack_plan(env).resources if r.id.startswith("/subscriptions/11111111-")]
        assert done and all(any(r.id.lower().startswith(f"{scope}/") for scope in scopes) for r in done)


def test_neighbours_can_do_no_more_to_the_hub_than_their_plans_do():
    """A role of the program's own has the actions for what the environments make there; the firewall is none of it."""
    role = one(planned("shared", neighbours=[NEIGHBOUR]), "authorization:RoleDefinition", "neighbour").inputs
    actions = {action.lower() for action in role["permissions"][0]["actions"]}
    registries = "Microsoft.MachineLearningServices/registries"  # what is assigned there goes by the condition
    made = {
        arm_type(resource.id)
        for env in ("dev", "test", "prod")
        for resource in stack_plan(env).resources
        if resource.id.startswith("/subscriptions/11111111-") and registries not in resource.id
    }
    assert len(made) == 2
    for kind in made:
        assert {f"{kind}/{may}".lower() for may in ("read", "write", "delete")} <= actions
    assert not [action for action in actions if "*" in action or "firewall" in action or "securityrules" in action]
    assert {scope.rpartition("-")[2] for scope in role["assignableScopes"]} == {"network", "monitoring"}


def arm_type(id: str) -> str:
    parts = id.rpartition("/providers/")[2].split("/")
    return "/".join([parts[0], *parts[1::2]])


def test_who_promotes_models_writes_the_record_in_shared_and_nothing_else_there(azure_types):
    """In the container that promotions to the registry are recorded in, which is made for it."""
    shared = planned("shared", promoters=[NEIGHBOUR])
    judge(shared, azure_types)
    given = {name: what for name, what in roles(shared).items() if name.startswith("promoter-")}
    account = one(shared, "storage:BlobContainer", "records").inputs["accountName"]
    assert account in {r.inputs.get("accountName") for r in azure_resources(stack_plan("shared"))}
    container = f"Microsoft.Storage/storageAccounts/{account}/blobServices/default/containers/{log.CONTAINER}"
    assert given == {"promoter-0-records": (WRITES, container)}


def test_every_fault_is_told_at_once():
    """Missing words, a wrong GUID, a wrong range, nobody to deploy: a line each."""
    with pytest.raises(PlanErrors) as told:
        planned(owner=None, tenant="larkspur", github=None, previewer="ana", allowedAddresses=["everywhere"])
    lines = "\n".join(told.value.errors)
    for part in (
        "bootstrap:owner is missing",
        "bootstrap:tenant is to be a GUID, got 'larkspur'",
        "bootstrap:previewer is to be a GUID, got 'ana'",
        "bootstrap:allowedAddresses has 'everywhere', no IPv4 range",
        "somebody has to deploy",
    ):
        assert part in lines
