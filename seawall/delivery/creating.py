"""A deployment made by azure-ai-ml: code uploaded, assets found by their short names, and the request sent."""

from __future__ import annotations

import re
import sys
import threading
from typing import TYPE_CHECKING, Any, TextIO

from seawall.delivery.clients import told
from seawall.delivery.cloud import Cloud
from seawall.delivery.port import NewDeployment
from seawall.delivery.target import Target

if TYPE_CHECKING:
    from azure.ai.ml import MLClient
    from azure.core.credentials import TokenCredential

_ASSET = re.compile(
    r"azureml:(?://registries/(?P<registry>[^/]+)/\w+/)?(?P<name>[^/:]+)(?:/versions/|:)(?P<version>[^/:]+)"
)
"""How `wanted.asset_id` names a version: of a registry, or of the workspace."""


def create(target: Target, wanted: NewDeployment, credential: TokenCredential, cloud: Cloud) -> None:
    """Ask for a deployment; returns once Azure has accepted that. Raises `CloudError`."""
    with told(f"deployment {wanted.name}"):
        client = _client(target, credential, cloud)
        client.online_deployments.begin_create_or_update(entity(target, wanted), skip_script_validation=True)


def missing(target: Target, wanted: NewDeployment, credential: TokenCredential, cloud: Cloud) -> list[str]:
    """The assets that a deployment names and that aren't there. Raises `CloudError`."""
    assets = (("models", wanted.model), ("environments", wanted.environment))
    named = [(kind, name) for kind, name in assets if _ASSET.fullmatch(name)]
    return [name for kind, name in named if _asset(target, kind, name, credential, cloud) is None]


def model_tags(target: Target, wanted: NewDeployment, credential: TokenCredential, cloud: Cloud) -> dict[str, str]:
    """The tags of a deployment's model version; none where there is no such version. Raises `CloudError`."""
    found = _asset(target, "models", wanted.model, credential, cloud)
    return {str(key): str(value) for key, value in (getattr(found, "tags", None) or {}).items()}


def _asset(target: Target, kind: str, name: str, credential: TokenCredential, cloud: Cloud) -> Any:
    """A version of an asset; None where there is none."""
    from azure.core.exceptions import ResourceNotFoundError

    found = _ASSET.fullmatch(name)
    if found is None:
        return None
    with told(name):
        client = _client(target, credential, cloud, registry=found["registry"] or "")
        try:
            return getattr(client, kind).get(found["name"], version=found["version"])
        except ResourceNotFoundError:
            return None


def _client(target: Target, credential: TokenCredential, cloud: Cloud, *, registry: str = "") -> MLClient:
    """A client of the workspace, or of a registry."""
    import logging

    from azure.ai.ml import MLClient

    _without_dots()
    logging.getLogger("azure.ai.ml").setLevel(logging.ERROR)
    quiet: dict[str, Any] = {"cloud": cloud.name, "show_progress": False, "enable_telemetry": False}
    if registry:
        return MLClient(credential, registry_name=registry, **quiet)
    return MLClient(credential, target.subscription, target.resource_group, target.workspace, **quiet)


def entity(target: Target, wanted: NewDeployment) -> Any:
    """What is wanted, as azure-ai-ml has it."""
    from azure.ai.ml.entities import CodeConfiguration, ManagedOnlineDeployment, OnlineRequestSettings, ProbeSettings

    code = CodeConfiguration(code=wanted.code, scoring_script=wanted.scoring_script) if wanted.code else None
    return ManagedOnlineDeployment(
        name=wanted.name,
        endpoint_name=target.endpoint,
        model=wanted.model,
        environment=wanted.environment or None,
        code_configuration=code,
        instance_type=wanted.instance_type,
        instance_count=wanted.instances,
        environment_variables=dict(wanted.environment_variables) or None,
        request_settings=OnlineRequestSettings(
            request_timeout_ms=wanted.request_timeout_ms,
            max_concurrent_requests_per_instance=wanted.max_concurrent_requests,
            max_queue_wait_ms=wanted.max_queue_wait_ms,
        ),
        liveness_probe=ProbeSettings(**wanted.liveness) if wanted.liveness else None,
        readiness_probe=ProbeSettings(**wanted.readiness) if wanted.readiness else None,
        egress_public_network_access=None if wanted.egress is None else ("enabled" if wanted.egress else "disabled"),
        data_collector=_collector() if wanted.data_collector else None,
        tags=dict(wanted.tags),
    )


def _collector() -> Any:
    """What goes in and what comes out. Source: Azure Machine Learning docs, how-to-collect-production-data."""
    from azure.ai.ml.entities import DataCollector, DeploymentCollection

    return DataCollector(
        collections={name: DeploymentCollection(enabled="true") for name in ("model_inputs", "model_outputs")}
    )


class _Stdout:
    """Standard output without the dots that azure-ai-ml's poller prints from a thread of its own."""

    def __init__(self, real: TextIO) -> None:
        self._real = real

    def write(self, text: str) -> int:
        if threading.current_thread().name.startswith("LROPoller("):
            return len(text)
        return self._real.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


def _without_dots() -> None:
    if not isinstance(sys.stdout, _Stdout):
        sys.stdout = _Stdout(sys.stdout)  # type: ignore[assignment]
