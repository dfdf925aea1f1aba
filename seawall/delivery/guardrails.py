"""A release as the resources that it would make, put into its environment's plan: guardrails judge them by the same
rules as all else. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from seawall.delivery import autoscale
from seawall.delivery.document import Release
from seawall.delivery.port import Deployment
from seawall.delivery.state import PREFIX, STEP_TAG
from seawall.delivery.strategy import ALL, ReleasePlan
from seawall.delivery.target import Target
from seawall.delivery.wanted import arm_asset_id, instances, milliseconds
from seawall.plan.model import Plan, Resource
from seawall.plan.values import plain

ENDPOINT = "azure-native:machinelearningservices:OnlineEndpoint"
DEPLOYMENT = "azure-native:machinelearningservices:OnlineDeployment"
AUTOSCALE = "azure-native:monitor:AutoscaleSetting"


def with_release(
    plan: Plan,
    target: Target,
    release: Release,
    released: ReleasePlan,
    *,
    beside: Sequence[Deployment] = (),
    stable: str | None = None,
) -> Plan:
    """The plan with a release at its first step: the deployment, its autoscale setting, the endpoint's traffic.

    `beside` are the endpoint's deployments as they are live; `stable` the one that answers now, None where none does.
    """
    endpoint = next(one for one in plan.of_type(ENDPOINT) if one.id.casefold() == target.endpoint_id.casefold())
    tags = {key: str(value) for key, value in (plain(endpoint.inputs).get("tags") or {}).items()}
    made = [_deployment(plan, target, release, released.candidate, tags)]
    if release.autoscale:
        made.append(_autoscale(plan, target, release, released.candidate, tags, made[0].urn))
    others = [_beside(plan, target, one, tags) for one in beside if one.name != released.candidate]
    kept = [_at_first_step(one, released, stable) if one is endpoint else one for one in plan.resources]
    return msgspec.structs.replace(plan, resources=(*kept, *others, *made))


def first_step(released: ReleasePlan, stable: str | None) -> dict[str, int]:
    """The traffic of the first step that has any: what the guardrail on canaries is about."""
    if stable is None or not released.steps:
        return {released.candidate: ALL}
    share = released.steps[0].traffic
    return {stable: ALL - share, released.candidate: share}


def _at_first_step(endpoint: Resource, released: ReleasePlan, stable: str | None) -> Resource:
    inputs = dict(endpoint.inputs)
    # What is mirrored before has no live traffic, and mirrors no more at the first step that has.
    inputs["properties"] = {**(inputs.get("properties") or {}), "traffic": first_step(released, stable)}
    ours = {STEP_TAG: "1", PREFIX: released.candidate, **({f"{PREFIX}-stable": stable} if stable else {})}
    inputs["tags"] = {**(inputs.get("tags") or {}), **ours}
    return msgspec.structs.replace(endpoint, inputs=inputs)


def _deployment(plan: Plan, target: Target, release: Release, name: str, tags: Mapping[str, str]) -> Resource:
    properties: dict[str, Any] = {
        "endpointComputeType": "Managed",
        "instanceType": release.instance.type,
        "model": arm_asset_id(release.model, "models", target),
        "environmentVariables": dict(release.environment_variables),
        "requestSettings": {
            "requestTimeout": f"PT{milliseconds(release.requests.timeout) / 1000:g}S",
            "maxConcurrentRequestsPerInstance": release.requests.max_concurrent,
        },
    }
    if release.environment:
        properties["environmentId"] = arm_asset_id(release.environment, "environments", target)
    if release.code:
        properties["codeConfiguration"] = {"scoringScript": release.code.script}
    if release.data_collector:
        collections = {one: {"dataCollectionMode": "Enabled"} for one in ("model_inputs", "model_outputs")}
        properties["dataCollector"] = {"collections": collections}
    if not target.managed_network:
        properties["egressPublicNetworkAccess"] = "Disabled"
    inputs = {
        "deploymentName": name,
        "endpointName": target.endpoint,
        "workspaceName": target.workspace,
        "resourceGroupName": target.resource_group,
        "location": target.location,
        "sku": {"name": "Default", "capacity": instances(release)},
        "tags": {**tags, PREFIX: name},
        "properties": properties,
    }
    return Resource(
        urn=_urn(plan, DEPLOYMENT, name), type=DEPLOYMENT, name=name, id=target.deployment_id(name), inputs=inputs
    )


def _beside(plan: Plan, target: Target, one: Deployment, tags: Mapping[str, str]) -> Resource:
    """A deployment that is there already: it counts for costs and names, and is no release's to answer for."""
    inputs = {
        "deploymentName": one.name,
        "endpointName": target.endpoint,
        "workspaceName": target.workspace,
        "resourceGroupName": target.resource_group,
        "location": target.location,
        "sku": {"name": "Default", "capacity": one.instances},
        "tags": dict(tags),
        "properties": {"endpointComputeType": "Managed", "instanceType": one.instance_type, "model": one.model},
    }
    id = target.deployment_id(one.name)
    return Resource(urn=_urn(plan, DEPLOYMENT, one.name), type=DEPLOYMENT, name=one.name, id=id, inputs=inputs)


def deployments_of(plan: Plan, beside: Sequence[Deployment]) -> frozenset[str]:
    """The URNs that `with_release` gives to deployments which are there already."""
    return frozenset(_urn(plan, DEPLOYMENT, one.name) for one in beside)


def _autoscale(
    plan: Plan, target: Target, release: Release, name: str, tags: Mapping[str, str], deployment: str
) -> Resource:
    assert release.autoscale is not None
    setting = target.autoscale_name(name)
    inputs = {
        "autoscaleSettingName": setting,
        "resourceGroupName": target.resource_group,
        "location": target.location,
        "tags": {**tags, PREFIX: name},
        **autoscale.properties(target, name, release.autoscale),
    }
    return Resource(
        urn=_urn(plan, AUTOSCALE, setting),
        type=AUTOSCALE,
        name=setting,
        id=target.autoscale_id(name),
        inputs=inputs,
        dependencies=(deployment,),
    )


def _urn(plan: Plan, token: str, name: str) -> str:
    return f"urn:pulumi:{plan.stack}::{plan.project}::{token}::{name}"
