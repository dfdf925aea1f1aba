from __future__ import annotations

import pulumi

from components.online_endpoint import OnlineEndpoint, OnlineEndpointArgs
from tests.components.judged import inputs, judge, one, tree
from tests.components.ml_samples import IDENTITY, WORKSPACE, of_workspace
from tests.components.samples import LOGS

ENDPOINT = "machinelearningservices:OnlineEndpoint"


def args(**more: object) -> OnlineEndpointArgs:
    settings = {"location": "westeurope", "log_analytics_workspace_id": None, **more}
    return OnlineEndpointArgs(**of_workspace("claims-test", **settings))


def test_an_endpoint_is_private_and_takes_entra_tokens_by_default(plan, azure_types):
    """A managed endpoint with an identity of its own; nothing says what its traffic is."""
    planned = plan(lambda: OnlineEndpoint("claims", args()))
    judge(planned, azure_types)
    assert tree(planned) == {("OnlineEndpoint", "claims", ""), (ENDPOINT, "claims", "OnlineEndpoint claims")}
    assert inputs(planned, ENDPOINT) == {
        **{"endpointName": "claims-test", "workspaceName": "mlw-larkspur", "resourceGroupName": "rg-larkspur-mlp"},
        **{"location": "westeurope", "tags": {"env": "test"}, "kind": "Managed"},
        "identity": {"type": "SystemAssigned"},
        "properties": {"authMode": "AADToken", "publicNetworkAccess": "Disabled"},
    }


def test_a_hardened_endpoint_logs_its_traffic(plan, azure_types):
    """All log categories are on, the traffic, console and event logs among them; identities are user-assigned."""
    planned = plan(
        lambda: OnlineEndpoint(
            "claims",
            args(log_analytics_workspace_id=LOGS, identity_ids=[IDENTITY], description="Scores claims."),
        )
    )
    judge(planned, azure_types)
    assert tree(planned) == {
        ("OnlineEndpoint", "claims", ""),
        (ENDPOINT, "claims", "OnlineEndpoint claims"),
        ("monitor:DiagnosticSetting", "claims", "OnlineEndpoint claims"),
    }
    endpoint = one(planned, ENDPOINT)
    assert endpoint.inputs["identity"] == {"type": "UserAssigned", "userAssignedIdentities": [IDENTITY]}
    assert endpoint.inputs["properties"]["description"] == "Scores claims."
    setting = inputs(planned, "monitor:DiagnosticSetting")
    assert setting["resourceUri"] == endpoint.id
    assert setting["logs"] == [{"categoryGroup": "allLogs", "enabled": True}]


def test_traffic_belongs_to_releases(plan):
    """Traffic and mirroring are never an input, and an update keeps what a release has set."""
    endpoint = one(plan(lambda: OnlineEndpoint("claims", args())), ENDPOINT)
    assert not {"traffic", "mirrorTraffic"} & set(endpoint.inputs["properties"])
    assert {"properties.traffic", "properties.mirrorTraffic"} <= set(endpoint.options.ignore_changes)
    assert 'tags["seawall-release-step"]' in endpoint.options.ignore_changes


def test_id_name_principal_and_address_are_known(plan):
    """What callers and role assignments need is known beforehand."""

    def program() -> None:
        endpoint = OnlineEndpoint("claims", args(auth="Key"))
        pulumi.export("all", [endpoint.id, endpoint.name])
        pulumi.export("principal", endpoint.principal_id)
        pulumi.export("scoring", endpoint.scoring_uri)

    planned = plan(program)
    endpoint = one(planned, ENDPOINT)
    assert planned.outputs["all"] == [f"{WORKSPACE}/onlineEndpoints/claims-test", "claims-test"]
    assert planned.outputs["principal"] == endpoint.outputs["identity"]["principalId"]
    assert planned.outputs["scoring"] == endpoint.outputs["properties"]["scoringUri"]
    assert endpoint.inputs["properties"]["authMode"] == "Key"
