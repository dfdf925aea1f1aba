"""Rules on online and batch endpoints."""

from __future__ import annotations

from policies.facts import closed
from policies.reading import ResourceView, same
from policies.relations import PlanView
from policies.rule import HIGH, Finding, Found, rule
from policies.rules.ml_workspace import WORKSPACE


@rule(
    "machinelearningservices:OnlineEndpoint",
    "machinelearningservices:BatchEndpoint",
    group="identity",
    severity=HIGH,
    mcsb="IM-1",
    fix="Set properties.authMode to AADToken.",
)
def ml_endpoint_entra_auth(endpoint: ResourceView) -> Found:
    """Whoever calls an endpoint proves who they are to Entra.

    A key is shared, seldom rotated, and says nothing of who called; a workspace token is little better. An Entra token
    names the caller, and role assignments decide.
    """
    mode = endpoint.get("properties.authMode", "not set")
    if not same(mode, "AADToken"):
        yield f"properties.authMode is {mode}"


@rule(
    "machinelearningservices:OnlineEndpoint",
    group="network",
    severity=HIGH,
    mcsb="NS-2",
    fix="Set properties.publicNetworkAccess to Disabled.",
    remedy={"properties.publicNetworkAccess": "Disabled"},
)
def ml_endpoint_private(endpoint: ResourceView) -> Found:
    """Online endpoints can't be reached from the Internet.

    A model answers whatever it is asked: its training data can be asked out of it. Callers come through the workspace's
    private endpoint. An endpoint on Kubernetes has the address of its cluster, which has rules of its own.
    """
    if same(endpoint.get("kind"), "Kubernetes") or same(endpoint.get("kind"), "K8S"):
        return
    if not closed(endpoint, "properties.publicNetworkAccess"):
        yield f"properties.publicNetworkAccess is {endpoint.get('properties.publicNetworkAccess', 'not set')}"


@rule(
    "machinelearningservices:OnlineDeployment",
    group="network",
    severity=HIGH,
    mcsb="NS-2",
    fix="Set properties.egressPublicNetworkAccess to Disabled; under a managed network it may be left out.",
    remedy={"properties.egressPublicNetworkAccess": "Disabled"},
)
def ml_deployment_egress_off(deployment: ResourceView, plan: PlanView) -> Found:
    """The code that serves a model reaches no Internet.

    It sees every request. Under a managed network that network decides, and the property means nothing: there it may be
    left out, and says the wrong thing where it is Enabled. Without one, a deployment that says nothing reaches all.
    Source: Azure Machine Learning docs, concept-secure-online-endpoint.
    """
    if not same(deployment.get("properties.endpointComputeType", "Managed"), "Managed"):
        return
    egress = deployment.get("properties.egressPublicNetworkAccess")
    if egress is not None:
        if not same(egress, "Disabled"):
            yield f"properties.egressPublicNetworkAccess is {egress}"
        return
    workspace = plan.owner(deployment, WORKSPACE, "workspaceName")
    if workspace is None:
        yield Finding("the network of its workspace, which isn't in this plan", unknown=True)
    elif same(workspace.get("managedNetwork.isolationMode", "Disabled"), "Disabled"):
        yield f"properties.egressPublicNetworkAccess isn't set, and workspace {workspace.name} has no managed network"
