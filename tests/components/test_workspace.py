from __future__ import annotations

import pulumi
import pytest

from components.managed_network import FqdnRule, ManagedNetwork, PrivateEndpointRule, ServiceTagRule
from components.workspace import Workspace, WorkspaceArgs
from tests.components.judged import inputs, judge, one, tree, waits_for
from tests.components.ml_samples import IDENTITY, INSIGHTS, KEY, LAKE, REGISTRY, VAULT, WORKSPACE
from tests.components.samples import LOGS, STORAGE_ACCOUNT, SUBNET, placed, private_link

GIVEN = {
    "storage_account_id": STORAGE_ACCOUNT,
    "key_vault_id": VAULT,
    "container_registry_id": REGISTRY,
    "application_insights_id": INSIGHTS,
}
ML_WORKSPACE = "machinelearningservices:Workspace"


def args(**more: object) -> WorkspaceArgs:
    return WorkspaceArgs(**placed("mlw-larkspur", **{"log_analytics_workspace_id": None, "private_link": None, **more}))


def test_a_workspace_on_given_companions_is_private_by_default(plan, azure_types):
    """Nothing is made but the workspace: private, by identity, in a managed network that is provisioned with it."""
    planned = plan(lambda: Workspace("ml", args(**GIVEN, identity_ids=[IDENTITY])))
    judge(planned, azure_types)
    assert tree(planned) == {("Workspace", "ml", ""), (ML_WORKSPACE, "ml", "Workspace ml")}
    assert inputs(planned, ML_WORKSPACE) == {
        **{"workspaceName": "mlw-larkspur", "resourceGroupName": "rg-larkspur-mlp", "location": "westeurope"},
        "tags": {"owner": "ml-platform@larkspur.example", "env": "test"},
        **{"kind": "Default", "sku": {"name": "Basic", "tier": "Basic"}, "friendlyName": "mlw-larkspur"},
        "identity": {"type": "UserAssigned", "userAssignedIdentities": [IDENTITY]},
        "primaryUserAssignedIdentity": IDENTITY,
        **{"storageAccount": STORAGE_ACCOUNT, "keyVault": VAULT},
        **{"containerRegistry": REGISTRY, "applicationInsights": INSIGHTS},
        "systemDatastoresAuthMode": "Identity",
        **{"publicNetworkAccess": "Disabled", "allowPublicAccessWhenBehindVnet": False, "v1LegacyMode": False},
        "managedNetwork": {
            "isolationMode": "AllowOnlyApprovedOutbound",
            "firewallSku": "Standard",
            "enableNetworkMonitor": False,
        },
        "provisionNetworkNow": True,
        **{"hbiWorkspace": True, "enableDataIsolation": True},
    }


def test_a_hardened_workspace_is_linked_logged_and_has_its_own_key(plan, azure_types):
    """One endpoint with both zones, one setting, no lock, and encryption with the key's current version."""
    planned = plan(
        lambda: Workspace(
            "ml",
            args(
                **GIVEN,
                system_identity=True,
                log_analytics_workspace_id=LOGS,
                private_link=private_link(),
                encryption_key=KEY,
                image_build_compute="cpu",
            ),
        )
    )
    judge(planned, azure_types)
    assert tree(planned) == {
        ("Workspace", "ml", ""),
        (ML_WORKSPACE, "ml", "Workspace ml"),
        ("PrivateEndpoint", "ml-amlworkspace", "Workspace ml"),
        ("network:PrivateEndpoint", "ml-amlworkspace", "PrivateEndpoint ml-amlworkspace"),
        ("network:PrivateDnsZoneGroup", "ml-amlworkspace", "PrivateEndpoint ml-amlworkspace"),
        ("monitor:DiagnosticSetting", "ml", "Workspace ml"),
    }
    workspace = one(planned, ML_WORKSPACE)
    assert workspace.options.protect is False
    assert workspace.inputs["identity"] == {"type": "SystemAssigned"}
    assert "primaryUserAssignedIdentity" not in workspace.inputs
    assert workspace.inputs["imageBuildCompute"] == "cpu"
    assert workspace.inputs["encryption"] == {
        "status": "Enabled",
        "identity": {"userAssignedIdentity": IDENTITY},
        "keyVaultProperties": {
            "keyVaultArmId": VAULT,
            "keyIdentifier": KEY.key_uri_with_version,
            "identityClientId": KEY.identity_client_id,
        },
    }
    zones = inputs(planned, "network:PrivateDnsZoneGroup")["privateDnsZoneConfigs"]
    assert {zone["privateDnsZoneId"].rsplit("/", 1)[-1] for zone in zones} == {
        "privatelink.api.azureml.ms",
        "privatelink.notebooks.azure.net",
    }


def test_the_managed_network_lets_out_what_its_rules_say(plan, azure_types):
    """A host, a service tag and a resource are three shapes of one rule; Spark is readied where it is asked for."""
    network = ManagedNetwork(
        outbound_rules={
            "packages": FqdnRule(host="packages.larkspur.example"),
            "data-factory": ServiceTagRule(service_tag="DataFactory.WestEurope"),
            "lake": PrivateEndpointRule(resource_id=LAKE, subresource="dfs", spark=True),
        },
        include_spark=True,
        firewall_sku="Basic",
        provision_now=False,
    )
    planned = plan(lambda: Workspace("ml", args(**GIVEN, identity_ids=[IDENTITY], managed_network=network)))
    judge(planned, azure_types)
    workspace = inputs(planned, ML_WORKSPACE)
    assert workspace["provisionNetworkNow"] is False
    assert workspace["managedNetwork"]["firewallSku"] == "Basic"
    assert workspace["managedNetwork"]["status"] == {"sparkReady": True}
    assert workspace["managedNetwork"]["outboundRules"] == {
        "packages": {"type": "FQDN", "category": "UserDefined", "destination": "packages.larkspur.example"},
        "data-factory": {
            "type": "ServiceTag",
            "category": "UserDefined",
            "destination": {
                "action": "Allow",
                "serviceTag": "DataFactory.WestEurope",
                "protocol": "TCP",
                "portRanges": "443",
            },
        },
        "lake": {
            "type": "PrivateEndpoint",
            "category": "UserDefined",
            "destination": {"serviceResourceId": LAKE, "subresourceTarget": "dfs", "sparkEnabled": True},
        },
    }


def test_an_open_managed_network_has_no_firewall(plan, azure_types):
    """Only approved-outbound networks have a firewall to choose."""
    network = ManagedNetwork(isolation="AllowInternetOutbound")
    planned = plan(lambda: Workspace("ml", args(**GIVEN, identity_ids=[IDENTITY], managed_network=network)))
    judge(planned, azure_types)
    assert inputs(planned, ML_WORKSPACE)["managedNetwork"] == {
        "isolationMode": "AllowInternetOutbound",
        "enableNetworkMonitor": False,
    }


def test_in_a_network_of_ones_own_serverless_computes_have_no_public_ip(plan, azure_types):
    """Without a managed network nothing is provisioned, and serverless computes go to the given subnet."""
    planned = plan(
        lambda: Workspace(
            "ml", args(**GIVEN, identity_ids=[IDENTITY], managed_network=None, serverless_subnet_id=SUBNET)
        )
    )
    judge(planned, azure_types)
    workspace = inputs(planned, ML_WORKSPACE)
    assert workspace["managedNetwork"]["isolationMode"] == "Disabled"
    assert "provisionNetworkNow" not in workspace
    assert workspace["serverlessComputeSettings"] == {
        "serverlessComputeCustomSubnet": SUBNET,
        "serverlessComputeNoPublicIP": True,
    }


def test_id_name_guid_and_principal_are_known(plan):
    """What others build on is known beforehand."""

    def program() -> None:
        workspace = Workspace("ml", args(**GIVEN, system_identity=True))
        pulumi.export("all", [workspace.id, workspace.name])
        pulumi.export("guid", workspace.guid)
        pulumi.export("principal", workspace.principal_id)

    planned = plan(program)
    workspace = one(planned, ML_WORKSPACE)
    assert planned.outputs["all"] == [WORKSPACE, "mlw-larkspur"] and workspace.id == WORKSPACE
    assert planned.outputs["guid"] == workspace.outputs["workspaceId"]
    assert planned.outputs["principal"] == workspace.outputs["identity"]["principalId"]


def test_given_identities_bring_their_own_principal(plan):
    """A workspace of user-assigned identities has no principal of its own."""
    seen = []
    plan(lambda: seen.append(Workspace("ml", args(**GIVEN, identity_ids=[IDENTITY])).principal_id))
    assert seen == [None]


def test_a_workspace_takes_no_delete_protection():
    """A lock on a workspace would stop its clusters from scaling down: there is no such setting."""
    with pytest.raises(TypeError, match="delete_protection"):
        args(delete_protection=True)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"identity_ids": [IDENTITY], "system_identity": True}, "not both"),
        ({"serverless_subnet_id": SUBNET}, "set managed_network to None"),
    ],
)
def test_what_azure_refuses_is_refused_beforehand(wrong, message):
    """Combinations that Azure doesn't take are errors that say why."""
    with pytest.raises(ValueError, match=message):
        args(**wrong)


def test_the_identity_has_its_roles_before_the_workspace_is_made(plan):
    """The managed network and its private endpoints are made with them, along with the workspace."""
    planned = plan(lambda: Workspace("ml", args()))
    before = waits_for(planned, one(planned, ML_WORKSPACE))
    assert "authorization:RoleAssignment ml-storage-azure-ai-enterprise-network-connection-approver" in before
    assert "authorization:RoleAssignment ml-vault-key-vault-administrator" in before
