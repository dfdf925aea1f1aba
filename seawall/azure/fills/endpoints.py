"""Azure Machine Learning: online, batch and serverless endpoints and their deployments."""

from __future__ import annotations

from seawall.azure.fills.base import Filling, Put, fills, properties

_WS = "Microsoft.MachineLearningServices/workspaces"


@fills(f"{_WS}/onlineEndpoints")
def online_endpoint(put: Put) -> Filling:
    """Its address is unique in the region. Source: Azure ML docs, concept-endpoints-online."""
    host = f"https://{put.id.name.lower()}.{put.region}.inference.ml.azure.com"
    return Filling(
        {
            "kind": "Managed",
            "properties": {"mirrorTraffic": {}, "publicNetworkAccess": "Enabled", "traffic": {}},
        },
        {"properties": {"scoringUri": f"{host}/score", "swaggerUri": f"{host}/swagger.json"}},
    )


_PROBE = {
    "failureThreshold": 30,
    "initialDelay": "PT10S",
    "period": "PT10S",
    "successThreshold": 1,
    "timeout": "PT2S",
}
_REQUESTS = {"maxConcurrentRequestsPerInstance": 1, "maxQueueWait": "PT0.5S", "requestTimeout": "PT5S"}


@fills(f"{_WS}/onlineEndpoints/deployments")
def online_deployment(put: Put) -> Filling:
    """Scale, probes and requests. Source: Azure ML docs, reference-yaml-deployment-managed-online.

    A client reads `scaleSettings` back, so it is always there.
    """
    managed = put.word("properties", "endpointComputeType") != "Kubernetes"
    scale = {"scaleType": "Default" if managed else "TargetUtilization"}
    return Filling(
        {
            "sku": {"capacity": 1, "name": "Default", "tier": "Standard"},
            "properties": {
                "appInsightsEnabled": False,
                "egressPublicNetworkAccess": "Enabled",
                "endpointComputeType": "Managed",
                "livenessProbe": _PROBE,
                "readinessProbe": _PROBE,
                "requestSettings": _REQUESTS,
                **({} if put.said("properties", "scaleSettings") else {"scaleSettings": scale}),
                **({"instanceType": "Standard_F4s_v2"} if managed else {}),
            },
        }
    )


@fills(f"{_WS}/batchEndpoints")
def batch_endpoint(put: Put) -> Filling:
    """A client sets `defaults.deployment_name` of what it got. Source: docs, how-to-use-batch-model-deployments."""
    host = f"https://{put.id.name.lower()}.{put.region}.inference.ml.azure.com"
    known = {"authMode": "AADToken", "defaults": {}}
    return properties(defaults=known, scoringUri=f"{host}/jobs", swaggerUri=f"{host}/swagger.json")


@fills(f"{_WS}/batchEndpoints/deployments")
def batch_deployment(put: Put) -> Filling:
    """Source: Azure ML docs, reference-yaml-deployment-batch."""
    return properties(
        defaults={
            "errorThreshold": -1,
            "loggingLevel": "Info",
            "maxConcurrencyPerInstance": 1,
            "miniBatchSize": 10,
            "outputAction": "AppendRow",
            "outputFileName": "predictions.csv",
            "resources": {"instanceCount": 1},
            "retrySettings": {"maxRetries": 3, "timeout": "PT30S"},
        }
    )


@fills(f"{_WS}/serverlessEndpoints")
def serverless_endpoint(put: Put) -> Filling:
    uri = f"https://{put.id.name.lower()}.{put.region}.models.ai.azure.com"
    return properties(endpointState="Online", inferenceEndpoint={"uri": uri})
