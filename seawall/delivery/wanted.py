"""A release file as the deployment that Azure is to make. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from seawall.delivery.document import Asset, Probe, Release
from seawall.delivery.port import NewDeployment
from seawall.delivery.target import Target


def new_deployment(
    release: Release, target: Target, name: str, folder: Path, tags: Mapping[str, str] | None = None
) -> NewDeployment:
    """The deployment of a release. `folder` is the release file's, to which its paths are relative."""
    probes = release.probes
    return NewDeployment(
        name=name,
        model=asset_id(release.model, "models", target),
        environment=asset_id(release.environment, "environments", target) if release.environment else "",
        code=str((folder / release.code.folder).resolve()) if release.code else "",
        scoring_script=release.code.script if release.code else "",
        environment_variables=dict(release.environment_variables),
        instance_type=release.instance.type,
        instances=instances(release),
        egress=egress(target),
        request_timeout_ms=milliseconds(release.requests.timeout),
        max_concurrent_requests=release.requests.max_concurrent,
        max_queue_wait_ms=milliseconds(release.requests.max_queue_wait),
        liveness=probe(probes.liveness) if probes.liveness else {},
        readiness=probe(probes.readiness) if probes.readiness else {},
        data_collector=release.data_collector,
        tags=dict(tags or {}),
    )


def instances(release: Release) -> int:
    """How many instances a deployment begins with: never fewer than what it may scale down to."""
    return max(release.instance.count, release.autoscale.min if release.autoscale else 1)


def egress(target: Target) -> bool | None:
    """Whether a deployment may reach the Internet: never; where a managed network decides, it isn't said.

    Source: Azure Machine Learning docs, concept-secure-online-endpoint.
    """
    return None if target.managed_network else False


def asset_id(asset: Asset, kind: str, target: Target) -> str:
    """What names a version of an asset: of the shared registry, or of the workspace."""
    if asset.source == "registry":
        return f"azureml://registries/{target.registry}/{kind}/{asset.name}/versions/{asset.version}"
    return f"azureml:{asset.name}:{asset.version}"


def arm_asset_id(asset: Asset, kind: str, target: Target) -> str:
    """As Azure has it on a deployment: a registry's as it is, the workspace's by ARM ID."""
    if asset.source == "registry":
        return asset_id(asset, kind, target)
    return f"{target.workspace_id}/{kind}/{asset.name}/versions/{asset.version}"


def probe(wanted: Probe) -> dict[str, int]:
    """A probe's settings by azure-ai-ml's names, in seconds."""
    return {
        "initial_delay": round(wanted.initial_delay.total_seconds()),
        "period": max(1, round(wanted.period.total_seconds())),
        "timeout": max(1, round(wanted.timeout.total_seconds())),
        "success_threshold": wanted.successes,
        "failure_threshold": wanted.failures,
    }


def milliseconds(length: timedelta) -> int:
    return max(1, round(length / timedelta(milliseconds=1)))
