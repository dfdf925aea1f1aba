"""Managed online and batch endpoints, their deployments and their traffic.

Sources: Azure ML docs, how-to-safely-rollout-online-endpoints, reference-yaml-endpoint-online, how-to-manage-quotas.
"""

from __future__ import annotations

import re
from typing import Any

from seawall.local.errors import AzureError
from seawall.local.mlservices import quota
from seawall.local.mlservices.vm_sizes import vm_size
from seawall.local.services.machine_learning import WORKSPACE, network_is_provisioned
from seawall.local.services.ml_assets import check_reference
from seawall.local.services.reading import mapping, number, text
from seawall.local.services.service import Put, Service, refuse
from seawall.local.store import Row, Store

ENDPOINT = f"{WORKSPACE}/onlineendpoints"
DEPLOYMENT = f"{ENDPOINT}/deployments"
BATCH_ENDPOINT = f"{WORKSPACE}/batchendpoints"

RELEASE_TAGS = "seawall-release"
"""The prefix of the tags in which a release keeps its state on the endpoint."""

MOST_MIRRORED = 50
MOST_DEPLOYMENTS = 20
MOST_INSTANCES = 50
MOST_ENDPOINTS = 100

DEFAULT_SIZE = "Standard_F4s_v2"
"""Of a managed deployment that asks for none. Source: Azure ML docs, reference-yaml-deployment-managed-online."""

_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9-]{2,31}")
_TAG_LENGTH = 256


def check_endpoint(put: Put) -> None:
    _check_name(put, "endpoint")
    traffic, mirrored = _weights(put, "traffic"), _weights(put, "mirrorTraffic")
    deployments = {row.id.rsplit("/", 1)[-1].lower() for row in put.children(DEPLOYMENT)}
    total = sum(traffic.values())
    if total not in (0, 100):
        raise _invalid(f"The traffic of an endpoint must sum to 0 or 100, not {total}.", "properties.traffic")
    for name in [*traffic, *mirrored]:
        if name.lower() not in deployments:
            raise _invalid(f"Traffic names the deployment {name}, which doesn't exist.", "properties.traffic")
    _check_mirror(put, traffic, mirrored)
    for tag, value in mapping(put.body, "tags").items():
        if len(value) > _TAG_LENGTH:
            raise _invalid(f"The value of tag {tag} has {len(value)} characters, more than {_TAG_LENGTH}.", "tags")
    region, subscription = str(put.body.get("location", "")).lower(), f"/subscriptions/{put.route.subscription}"
    if put.before is None and _count_in_region(put.store, subscription, region) >= MOST_ENDPOINTS:
        raise refuse("QuotaExceeded", f"{region} has {MOST_ENDPOINTS} online endpoints already.", status=409)


def _count_in_region(store: Store, subscription: str, region: str) -> int:
    if store.count(ENDPOINT, subscription) < MOST_ENDPOINTS:
        return 0
    rows = store.of_type(ENDPOINT, subscription)
    return sum(str(row.body.get("location", "")).lower() == region for row in rows)


def _check_mirror(put: Put, traffic: dict[str, int], mirrored: dict[str, int]) -> None:
    live = {name.lower() for name, weight in traffic.items() if weight}
    mirrors = {name: weight for name, weight in mirrored.items() if weight}
    if not mirrors:
        return
    if len(mirrors) > 1:
        raise _invalid("Traffic can be mirrored to one deployment only.", "properties.mirrorTraffic")
    name, weight = next(iter(mirrors.items()))
    if weight > MOST_MIRRORED:
        raise _invalid(f"At most {MOST_MIRRORED} percent can be mirrored, not {weight}.", "properties.mirrorTraffic")
    if name.lower() in live:
        raise _invalid(f"Deployment {name} takes live traffic and can't be mirrored to.", "properties.mirrorTraffic")
    if put.properties.get("compute"):
        raise _invalid("Only managed endpoints mirror traffic.", "properties.mirrorTraffic")


def _weights(put: Put, name: str) -> dict[str, int]:
    weights = mapping(put.properties, name)
    for deployment, weight in weights.items():
        if isinstance(weight, bool) or not isinstance(weight, int) or not 0 <= weight <= 100:
            raise _invalid(f"{deployment}: {weight!r} is no percentage of 0 to 100.", f"properties.{name}")
    return weights


def check_deployment(put: Put) -> None:
    _check_name(put, "deployment")
    endpoint = put.route.parent
    workspace = endpoint.rsplit("/", 2)[0]
    if put.before is None and put.store.count(DEPLOYMENT, endpoint) >= MOST_DEPLOYMENTS:
        raise refuse("QuotaExceeded", f"The endpoint has {MOST_DEPLOYMENTS} deployments already.", status=409)
    capacity = number(put.body, "sku", "capacity", default=1)
    if capacity > MOST_INSTANCES:
        raise refuse("QuotaExceeded", f"A deployment has at most {MOST_INSTANCES} instances, not {capacity}.")
    if capacity < 1 or capacity != int(capacity):
        raise _invalid(f"A deployment has a whole number of instances from 1, not {capacity}.", "sku.capacity")
    check_reference(put, put.properties.get("model"), "model")
    check_reference(put, put.properties.get("environmentId"), "environment")
    check_reference(put, mapping(put.properties, "codeConfiguration").get("codeId"), "code")
    if text(put.properties, "endpointComputeType", default="Managed") == "Managed":
        _check_quota(put, int(capacity))
    if not network_is_provisioned(workspace, put.store):
        raise refuse(
            "ManagedNetworkNotProvisioned",
            "The workspace's managed network isn't provisioned yet: set provisionNetworkNow, or create a compute "
            "first.",
            status=409,
        )


def _check_quota(put: Put, instances: int) -> None:
    """Raises for machines that there aren't, and for more vCPUs than are left in the region."""
    wanted = text(put.properties, "instanceType", default=DEFAULT_SIZE)
    size = vm_size(wanted)
    if size is None:
        message = f"The instance type {wanted} isn't supported by managed online endpoints."
        raise refuse("InstanceTypeNotSupported", message, target="properties.instanceType")
    before, region = put.before.body if put.before else {}, str(put.body.get("location", ""))
    needed = quota.needed(wanted, instances)
    same = text(before, "properties", "instanceType") == wanted
    if same and quota.needed(wanted, int(number(before, "sku", "capacity", default=1))) >= needed:
        return
    limit = quota.limit(put.store, put.route.subscription, region, size.family)
    used = quota.used(put.store, put.route.subscription, region, size.family, without=put.route.id)
    if used + needed > limit:
        raise refuse(
            "OutOfQuota",
            f"Not enough quota available for {wanted} in SubscriptionId {put.route.subscription}. Current usage/limit: "
            f"{used}/{limit}. Additional needed: {needed} ({instances} instances with a reserve of 20 percent, "
            f"{size.cores} vCPUs each, family {size.family}, region {region}).",
        )


def _check_delete(row: Row, store: Store) -> None:
    endpoint = store.resource(row.id.rsplit("/", 2)[0])
    name = row.id.rsplit("/", 1)[-1].lower()
    properties: dict[str, Any] = endpoint.body.get("properties", {}) if endpoint else {}
    for kind in ("traffic", "mirrorTraffic"):
        weights = {key.lower(): weight for key, weight in (properties.get(kind) or {}).items()}
        if weights.get(name):
            raise refuse(
                "DeploymentHasTraffic",
                f"Deployment {name} still takes {weights[name]} percent of its endpoint's {kind}: set it to 0 first.",
            )


def _check_name(put: Put, what: str) -> None:
    if not _NAME.fullmatch(put.route.name):
        raise _invalid(f"The {what} name {put.route.name!r} must have 3 to 32 letters, digits and '-', a letter first.")


def _invalid(message: str, target: str = "") -> AzureError:
    return refuse("ValidationError", message, target=target)


def _in_region(put: Put) -> str:
    return f"endpoint:{str(put.body.get('location', '')).lower()}:{put.route.name.lower()}"


def _taken(put: Put, holder: str) -> AzureError:
    return refuse(
        "EndpointNameInUse",
        f"An endpoint named {put.route.name} exists already in {put.body.get('location')}.",
        status=409,
    )


def _check_batch_name(put: Put) -> None:
    _check_name(put, "endpoint")


SERVICES = {
    ENDPOINT: Service(
        put_ticks=2,
        delete_ticks=1,
        check=check_endpoint,
        global_name=_in_region,
        name_taken=_taken,
        if_match=False,
        owned_by_releases=("traffic", "mirrorTraffic"),
        release_tags=RELEASE_TAGS,
    ),
    DEPLOYMENT: Service(put_ticks=2, delete_ticks=1, check=check_deployment, check_delete=_check_delete),
    BATCH_ENDPOINT: Service(put_ticks=1, check=_check_batch_name, global_name=_in_region, name_taken=_taken),
    f"{BATCH_ENDPOINT}/deployments": Service(put_ticks=1),
}
