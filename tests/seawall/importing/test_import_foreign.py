"""A workspace that somebody else made: what is told, what is asked for, and what becomes of its names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stacks.settings import load
from tests.seawall.importing.conftest import ImportProject
from tests.seawall.importing.exporting import Bodies, templates

SUBSCRIPTION = "55555555-5555-5555-5555-555555555555"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-claims"
WORKSPACE = f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/claims-ws"
TENANT = "99999999-9999-9999-9999-999999999999"
SAID = (
    "--set", "organisation=larkspur", "--set", "workload=claims", "--set", "owner=ml-platform@larkspur.example",
    "--set", "costCenter=CC-4110", "--set", "network.addressSpace=10.60.0.0/22",
    "--set", "budget.amount=1500", "--set", "budget.start=2026-12-01",
)  # fmt: skip


def companion(provider: str, name: str) -> str:
    return f"{GROUP}/providers/{provider}/{name}"


STORAGE = companion("Microsoft.Storage/storageAccounts", "claimsws1234")
VAULT = companion("Microsoft.KeyVault/vaults", "claimsvault1234")
IMAGES = companion("Microsoft.ContainerRegistry/registries", "claimsimages")
INSIGHTS = companion("Microsoft.Insights/components", "claimsinsights")


@pytest.fixture
def foreign() -> Bodies:
    """A public workspace as a portal makes one, with computes and an endpoint."""
    cluster = {
        "location": "northeurope",
        "identity": {"type": "SystemAssigned"},
        "properties": {
            "computeType": "AmlCompute",
            "properties": {
                "vmSize": "STANDARD_DS3_V2",
                "scaleSettings": {"maxNodeCount": 8, "minNodeCount": 0, "nodeIdleTimeBeforeScaleDown": "PT2H"},
            },
        },
    }
    attached = {"location": "northeurope", "properties": {"computeType": "Kubernetes", "properties": {}}}
    return {
        WORKSPACE: {
            "location": "northeurope",
            "tags": {"team": "claims"},
            "identity": {"type": "SystemAssigned", "tenantId": TENANT},
            "properties": {
                "storageAccount": STORAGE,
                "keyVault": VAULT,
                "containerRegistry": IMAGES,
                "applicationInsights": INSIGHTS,
                "publicNetworkAccess": "Enabled",
                "hbiWorkspace": False,
                "managedNetwork": {
                    "isolationMode": "AllowOnlyApprovedOutbound",
                    "outboundRules": {
                        "packages": {
                            "type": "FQDN",
                            "category": "UserDefined",
                            "destination": "packages.larkspur.example",
                        },
                        "__SYS_mcr": {"type": "FQDN", "category": "Required", "destination": "mcr.microsoft.com"},
                    },
                },
            },
        },
        STORAGE: {"location": "northeurope", "sku": {"name": "Standard_RAGRS"}, "kind": "StorageV2", "properties": {}},
        VAULT: {
            "location": "northeurope",
            "properties": {"tenantId": TENANT, "sku": {"name": "Premium"}, "softDeleteRetentionInDays": 30},
        },
        IMAGES: {"location": "northeurope", "sku": {"name": "Basic"}, "properties": {}},
        INSIGHTS: {"location": "northeurope", "properties": {}},
        f"{WORKSPACE}/computes/gpu": cluster,
        f"{WORKSPACE}/computes/aks": attached,
        f"{WORKSPACE}/onlineEndpoints/triage": {
            "location": "northeurope",
            "identity": {"type": "SystemAssigned"},
            "properties": {"authMode": "Key", "description": "Sends a claim on."},
        },
    }


def source(foreign: Bodies, folder: Path) -> str:
    (argument,) = templates(foreign, folder)
    return argument


def test_what_is_not_told_is_asked_for_all_at_once(project: ImportProject, foreign: Bodies, tmp_path: Path) -> None:
    """Names that follow no rule, missing tags, no network and no budget: each is one line, and no file is written."""
    before = project.files()
    refused = project.run("claims", source(foreign, tmp_path))
    assert refused.code == 2
    asked = [
        line.partition("tell ")[2].partition(":")[0] for line in refused.err.splitlines() if "doesn't tell" in line
    ]
    assert asked == [
        "organisation", "workload", "owner", "costCenter", "network.addressSpace", "budget.amount", "budget.start",
    ]  # fmt: skip
    assert project.files() == before


def test_the_stack_file_says_what_can_be_told(project: ImportProject, foreign: Bodies, tmp_path: Path) -> None:
    """Place, network, computes, endpoints and the workspace's name are told; the rest has its guarded default."""
    outcome = project.run("claims", source(foreign, tmp_path), *SAID, "--json")
    assert outcome.code == 0, outcome.err
    found = load(project.root / "stacks" / "Pulumi.claims.yaml")
    assert (found.location, found.subscription, found.tenant) == ("northeurope", SUBSCRIPTION, TENANT)
    assert found.workspace.name == "claims-ws" and found.workspace.identity == "systemAssigned"
    assert not found.workspace.high_business_impact and found.tags == {"team": "claims"}
    (rule,) = found.network.managed.outbound_rules
    assert (rule.name, rule.type, rule.destination) == ("packages", "fqdn", "packages.larkspur.example")
    (cluster,) = found.compute.clusters
    assert (cluster.name, cluster.size, cluster.max_nodes, cluster.idle_minutes) == ("gpu", "Standard_DS3_V2", 8, 120)
    (endpoint,) = found.endpoints.online
    assert (endpoint.name, endpoint.auth, endpoint.identity) == ("triage", "key", "systemAssigned")
    assert found.security.key_vault.sku == "premium" and not found.data_lake.enabled


def test_a_name_that_no_rule_makes_is_said_for_each_resource(
    project: ImportProject, foreign: Bodies, tmp_path: Path
) -> None:
    """The workspace's name is a setting; the others follow from a rule, so those are made anew beside them."""
    found = project.run("claims", source(foreign, tmp_path), *SAID, "--json").json
    why = {one["id"].rpartition("/")[2]: one["why"] for one in found["left"]}
    for name in ("claimsws1234", "claimsvault1234", "claimsimages", "claimsinsights", "gpu", "triage"):
        assert why[name].startswith("the naming rule makes ") and "no setting gives another name" in why[name], name
    assert why["claims-ws"].startswith("the program makes it in rg-larkspur-claims-claims-neu-ml, whose name follows")
    assert why["aks"] == "the program makes others of its type, and not this one" and "rg-claims" in why
    assert any("RAGRS" in line for line in found["unsaid"])
    assert any("Kubernetes" in line for line in found["unsaid"])


def test_the_workspace_itself_would_move(project: ImportProject, foreign: Bodies, tmp_path: Path) -> None:
    """Its resource group has a name of its own too: the ID that the program gives the workspace is another one."""
    found = project.run("claims", source(foreign, tmp_path), *SAID, "--json").json
    created = {one["id"].rpartition("/")[2]: one["id"] for one in found["created"]}
    assert "rg-larkspur-claims-claims-neu-ml" in created["claims-ws"]
    assert json.dumps(found["unchanged"]) == "[]"


def test_what_a_stack_file_can_not_say_is_taken_out(project: ImportProject, foreign: Bodies, tmp_path: Path) -> None:
    """An endpoint whose name is no name for a setting is left out, and told; the rest is written."""
    endpoint = foreign.pop(f"{WORKSPACE}/onlineEndpoints/triage")
    foreign[f"{WORKSPACE}/onlineEndpoints/triage_old"] = endpoint
    found = project.run("claims", source(foreign, tmp_path), *SAID, "--json").json
    assert any(
        line.startswith("endpoints.online[0].name: it is triage_old; a stack file takes ") for line in found["unsaid"]
    )
    assert load(project.root / "stacks" / "Pulumi.claims.yaml").endpoints.online == ()


def test_a_person_may_say_another_value(project: ImportProject, foreign: Bodies, tmp_path: Path) -> None:
    """--set wins over what is told, in a section as well; a value that isn't taken is refused with its path."""
    argument = source(foreign, tmp_path)
    wrong = project.run("claims", argument, *SAID, "--set", "location=atlantis")
    assert wrong.code == 2 and "atlantis" in wrong.err
    assert project.run("claims", argument, *SAID, "--set", "security.keyVault.sku=standard").code == 0
    said: Any = load(project.root / "stacks" / "Pulumi.claims.yaml")
    assert said.security.key_vault.sku == "standard" and said.security.key_vault.soft_delete_days == 30
