"""Machine-learning workspaces, their network, computes and assets."""

from __future__ import annotations

from typing import Any

import pytest
from arm import (
    ACCOUNT,
    ENDPOINT,
    GROUP,
    STORAGE_BODY,
    WORKSPACE,
    deployment_body,
    endpoint_body,
    refusal,
    workspace_body,
)

from seawall.local.azure import LocalAzure


@pytest.mark.parametrize(
    ("account", "reason"),
    [
        ({"kind": "StorageV2", "properties": {"isHnsEnabled": True}}, "hierarchical namespace"),
        ({"kind": "StorageV2", "sku": {"name": "Premium_LRS"}}, "standard"),
        ({"kind": "BlobStorage"}, "general purpose v2"),
    ],
)
def test_not_every_account_can_be_a_workspace_s_own(
    azure: LocalAzure, group: str, account: dict[str, Any], reason: str
) -> None:
    """The default account is plain: no hierarchical namespace, not premium, not blob-only."""
    azure.put(ACCOUNT, {**STORAGE_BODY, **account})
    assert reason in refusal(azure, "PUT", WORKSPACE, workspace_body(storageAccount=ACCOUNT)).message


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("AllowInternetOutbound", "Disabled"),
        ("AllowInternetOutbound", ""),
        ("AllowOnlyApprovedOutbound", "AllowInternetOutbound"),
    ],
)
def test_isolation_is_never_loosened(azure: LocalAzure, group: str, before: str, after: str) -> None:
    """Tightening works, the way back doesn't."""
    azure.put(WORKSPACE, workspace_body(before))
    assert "can't be loosened" in refusal(azure, "PUT", WORKSPACE, workspace_body(after)).message
    azure.put(WORKSPACE, workspace_body("AllowOnlyApprovedOutbound"))


@pytest.mark.parametrize(
    ("mode", "rule", "reason"),
    [
        ("", {"type": "FQDN", "destination": "feed.example.com"}, "no managed network"),
        ("AllowInternetOutbound", {"type": "FQDN", "destination": "feed.example.com"}, "AllowOnlyApprovedOutbound"),
        ("AllowOnlyApprovedOutbound", {"type": "FQDN", "destination": "git.example:22"}, "ports 80 and 443"),
    ],
)
def test_outbound_rules_fit_the_isolation(
    azure: LocalAzure, group: str, mode: str, rule: dict[str, Any], reason: str
) -> None:
    """The same holds for rules of their own and for those in the workspace's body."""
    azure.put(WORKSPACE, workspace_body(mode))
    assert reason in refusal(azure, "PUT", f"{WORKSPACE}/outboundRules/rule", {"properties": rule}).message
    body = workspace_body(mode or "Disabled")
    body["properties"]["managedNetwork"]["outboundRules"] = {"rule": rule}
    assert reason in refusal(azure, "PUT", WORKSPACE, body).message


def test_the_data_isolation_of_a_workspace_is_set_at_its_creation(azure: LocalAzure, workspace: str) -> None:
    """enableDataIsolation is create-only."""
    assert "created" in refusal(azure, "PUT", workspace, workspace_body(enableDataIsolation=True)).message


def test_the_move_to_a_user_assigned_identity_is_one_way(azure: LocalAzure, group: str) -> None:
    """Back to a system-assigned one is refused."""
    azure.put(WORKSPACE, {**workspace_body(), "identity": {"type": "UserAssigned"}})
    assert "user-assigned" in refusal(azure, "PUT", WORKSPACE, workspace_body()).message


def test_a_cluster_has_one_kind_of_identity(azure: LocalAzure, workspace: str) -> None:
    """Not both."""
    body = {"location": "x", "identity": {"type": "SystemAssigned,UserAssigned"}, "properties": {}}
    assert "not both" in refusal(azure, "PUT", f"{workspace}/computes/c", body).message


def test_a_workspace_with_computes_can_not_be_deleted(azure: LocalAzure, workspace: str) -> None:
    """They go first, unless the whole resource group goes."""
    azure.put(f"{workspace}/computes/c", {"location": "x", "properties": {"computeType": "AmlCompute"}})
    assert refusal(azure, "DELETE", workspace).code == "CannotDeleteResource"
    azure.delete(GROUP)


def test_the_first_version_makes_its_container(azure: LocalAzure, workspace: str) -> None:
    """A model needs no container beforehand."""
    azure.put(f"{workspace}/models/fraud/versions/1", {"properties": {"modelUri": "azureml://x"}})
    assert azure.get(f"{workspace}/models/fraud") is not None


def test_a_deployment_needs_the_managed_network(azure: LocalAzure, group: str) -> None:
    """It is there after the first compute, or at once where that is asked for."""
    azure.put(WORKSPACE, workspace_body("AllowInternetOutbound"))
    azure.put(ENDPOINT, endpoint_body())
    blue = f"{ENDPOINT}/deployments/blue"
    assert refusal(azure, "PUT", blue, deployment_body()).code == "ManagedNetworkNotProvisioned"
    azure.put(f"{WORKSPACE}/computes/c", {"location": "x", "properties": {"computeType": "AmlCompute"}})
    azure.put(blue, deployment_body())


def test_a_network_that_is_provisioned_at_once_is_there(azure: LocalAzure, group: str) -> None:
    """provisionNetworkNow."""
    azure.put(WORKSPACE, workspace_body("AllowInternetOutbound", provisionNetworkNow=True))
    azure.put(ENDPOINT, endpoint_body())
    azure.put(f"{ENDPOINT}/deployments/blue", deployment_body())
