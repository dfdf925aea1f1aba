from __future__ import annotations

import pulumi

from components.batch_endpoint import BatchEndpoint, BatchEndpointArgs
from tests.components.judged import inputs, judge, one, tree
from tests.components.ml_samples import IDENTITY, WORKSPACE, of_workspace

ENDPOINT = "machinelearningservices:BatchEndpoint"


def args(**more: object) -> BatchEndpointArgs:
    return BatchEndpointArgs(**of_workspace("claims-batch", **{"location": "westeurope", **more}))


def test_an_endpoint_takes_entra_tokens(plan, azure_types):
    """One resource with an identity of its own, and no default deployment: a release says which."""
    planned = plan(lambda: BatchEndpoint("claims", args()))
    judge(planned, azure_types)
    assert tree(planned) == {("BatchEndpoint", "claims", ""), (ENDPOINT, "claims", "BatchEndpoint claims")}
    endpoint = one(planned, ENDPOINT)
    assert endpoint.inputs == {
        **{"endpointName": "claims-batch", "workspaceName": "mlw-larkspur", "resourceGroupName": "rg-larkspur-mlp"},
        **{"location": "westeurope", "tags": {"env": "test"}, "identity": {"type": "SystemAssigned"}},
        "properties": {"authMode": "AADToken"},
    }
    assert endpoint.options.ignore_changes == ("properties.defaults",)


def test_an_endpoint_takes_all_settings(plan, azure_types):
    """User-assigned identities and a description."""
    planned = plan(lambda: BatchEndpoint("claims", args(identity_ids=[IDENTITY], description="Scores a month.")))
    judge(planned, azure_types)
    endpoint = inputs(planned, ENDPOINT)
    assert endpoint["identity"] == {"type": "UserAssigned", "userAssignedIdentities": [IDENTITY]}
    assert endpoint["properties"]["description"] == "Scores a month."


def test_id_name_principal_and_address_are_known(plan):
    """What callers and role assignments need is known beforehand."""

    def program() -> None:
        endpoint = BatchEndpoint("claims", args())
        pulumi.export("all", [endpoint.id, endpoint.name])
        pulumi.export("principal", endpoint.principal_id)
        pulumi.export("scoring", endpoint.scoring_uri)

    planned = plan(program)
    endpoint = one(planned, ENDPOINT)
    assert planned.outputs["all"] == [f"{WORKSPACE}/batchEndpoints/claims-batch", "claims-batch"]
    assert planned.outputs["principal"] == endpoint.outputs["identity"]["principalId"]
    assert planned.outputs["scoring"] == endpoint.outputs["properties"]["scoringUri"]
