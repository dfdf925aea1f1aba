from __future__ import annotations

import json
import runpy
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from policies import Context, check
from seawall.plan.engine import plan_program
from seawall.plan.errors import PlanErrors
from seawall.plan.model import Plan
from stacks.settings.operations import State
from tests.components.judged import azure_resources, inputs, judge, one, short

FOLDER = Path(__file__).parents[2] / "examples" / "bootstrap"
TODAY = date(2026, 11, 21)
NETWORK = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg-larkspur-mlp-shared-weu-network"
ZONES = ("privatelink.blob.core.windows.net", "privatelink.vaultcore.azure.net")
LINK = {
    "resourceGroupId": NETWORK,
    "location": "westeurope",
    "subnetId": f"{NETWORK}/providers/Microsoft.Network/virtualNetworks/hub/subnets/snet-private-endpoints",
    "zones": {zone: f"{NETWORK}/providers/Microsoft.Network/privateDnsZones/{zone}" for zone in ZONES},
}
SUBSCRIPTION = "/subscriptions/22222222-2222-2222-2222-222222222222"
LOGS = f"{NETWORK}/providers/Microsoft.OperationalInsights/workspaces/log-larkspur-mlp-shared-weu"


def planned(**changed: Any) -> Plan:
    """The program as Pulumi runs it, with the settings of its stack file and those given; None takes one out."""
    project = yaml.safe_load((FOLDER / "Pulumi.yaml").read_text())["name"]
    settings = yaml.safe_load((FOLDER / "Pulumi.dev.yaml").read_text())["config"]
    settings |= {f"bootstrap:{key}": value for key, value in changed.items()}
    config = {key: v if isinstance(v, str) else json.dumps(v) for key, v in settings.items() if v is not None}
    return plan_program(lambda: runpy.run_path(str(FOLDER)), stack="dev", project=project, config=config)


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


def test_each_identity_has_no_more_than_it_needs(first):
    """The deployer writes the state, the previewer reads it; neither has a role on the platform that changes it."""
    given = roles(first)
    key = given["deployer-key"][0]
    assert one(first, "authorization:RoleDefinition").inputs["permissions"][0]["dataActions"] == [
        "Microsoft.KeyVault/vaults/keys/read",
        "Microsoft.KeyVault/vaults/keys/encrypt/action",
        "Microsoft.KeyVault/vaults/keys/decrypt/action",
    ]
    writes, reads = "ba92f5b4-2d11-453d-a403-e96b0029c9fe", "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
    vault = "Microsoft.KeyVault/vaults/kvmlpdevstateaekug/keys/pulumi"
    account = "Microsoft.Storage/storageAccounts/stmlpdevstateaekug"
    container = f"{account}/blobServices/default/containers/state"
    assert given == {
        "deployer-state": (writes, container),
        "deployer-key": (key, vault),
        "previewer-state": (reads, container),
        "previewer-key": (key, vault),
        "previewer-reads": ("acdd72a7-3385-48ef-bd42-f606fba81ae7", SUBSCRIPTION),
        "operators-state": (writes, account),
        "operators-key": (key, vault),
    }


def test_a_deployer_and_a_previewer_trust_other_tokens():
    """Each trusts one GitHub environment and one service connection, none of the other's."""
    connections = {"organisationId": "bbbbbbbb-0000-0000-0000-000000000001"}
    connections |= {f"{use}ConnectionId": f"bbbbbbbb-0000-0000-0000-00000000000{n}" for use, n in
                    (("deploy", 2), ("preview", 3))}  # fmt: skip
    plan = planned(azureDevOps=connections)
    trusted = {
        r.name: r.inputs["subject"]
        for r in azure_resources(plan)
        if short(r.type) == "managedidentity:FederatedIdentityCredential"
    }
    repository = "repo:larkspur-insurance/ml-platform"
    assert trusted["identity-deploy-fc-github-deploy"] == f"{repository}:environment:dev"
    assert trusted["identity-preview-fc-github-preview"] == f"{repository}:environment:dev-preview"
    assert len(trusted) == len(set(trusted.values())) == 4


def test_readers_of_other_environments_read_the_state():
    """An environment that looks at this one before it is deployed reads its state and decrypts it, and writes none."""
    given = roles(planned(stateReaders=["cccccccc-0002-0000-0000-000000000020"]))
    assert given["reader-0-state"][0] == "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"


def test_every_fault_is_told_at_once():
    """Missing words, a wrong GUID, a wrong range, one environment for both: a line each."""
    hub = {"organisation": "larkspur-insurance", "repository": "ml-platform"}
    same = {**hub, "deployEnvironment": "dev", "previewEnvironment": "dev"}
    with pytest.raises(PlanErrors) as told:
        planned(owner=None, tenant="larkspur", github=same, allowedAddresses=["everywhere"])
    lines = "\n".join(told.value.errors)
    for part in (
        "bootstrap:owner is missing",
        "bootstrap:tenant is to be a GUID, got 'larkspur'",
        "bootstrap:allowedAddresses has 'everywhere', no IPv4 range",
        "another than the deployments'",
    ):
        assert part in lines
