"""Machine-learning workspaces, their managed network, computes, registries and assets."""

from __future__ import annotations

import re
from typing import Any

from seawall.local.errors import AzureError
from seawall.local.routes import Route
from seawall.local.services.reading import mapping, number, text
from seawall.local.services.service import Put, Service, SoftDelete, lower_name, name_conflict, refuse
from seawall.local.store import Store

WORKSPACE = "microsoft.machinelearningservices/workspaces"
COMPUTE = f"{WORKSPACE}/computes"
REGISTRY = "microsoft.machinelearningservices/registries"

DATASTORES = ("workspaceblobstore", "workspaceartifactstore", "workspaceworkingdirectory", "workspacefilestore")
"""Those that a workspace has by itself, the default one first."""

_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_-]{2,32}")
_REGISTRY_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_-]{4,31}")
_ISOLATION = ("Disabled", "AllowInternetOutbound", "AllowOnlyApprovedOutbound")
"""From loose to tight. It can be tightened, never loosened. Source: Azure ML docs, how-to-managed-network."""


def check_workspace(put: Put) -> None:
    if not _NAME.fullmatch(put.route.name):
        raise _invalid(f"The workspace name {put.route.name!r} must have 3 to 33 letters, digits, '-' and '_'.")
    _check_default_storage(put)
    _check_isolation(put)
    before, wanted = put.properties_before, put.properties
    if put.before and wanted.get("enableDataIsolation", before.get("enableDataIsolation")) != before.get(
        "enableDataIsolation"
    ):
        raise _invalid("enableDataIsolation can be set only when the workspace is created.")
    identity_before = _identity(put.before.body) if put.before else ""
    if identity_before == "UserAssigned" and _identity(put.body) == "SystemAssigned":
        # Source: Azure ML docs, how-to-identity-based-service-authentication.
        raise _invalid("A workspace can't go back from a user-assigned to a system-assigned identity.")


def _check_default_storage(put: Put) -> None:
    """Source: Azure ML docs, concept-workspace ("Associated resources")."""
    account = put.referenced(put.properties.get("storageAccount"))
    if account.get("properties", {}).get("isHnsEnabled"):
        raise _invalid("A workspace's default storage account can't have a hierarchical namespace (isHnsEnabled).")
    sku = str(account.get("sku", {}).get("name", ""))
    if sku.startswith("Premium") or account.get("kind") in ("BlobStorage", "BlockBlobStorage", "FileStorage"):
        raise _invalid(
            f"A workspace's default storage account must be general purpose v2 and standard, not {sku or '?'} of kind "
            f"{account.get('kind')}."
        )


def _check_isolation(put: Put) -> None:
    wanted, before = isolation(put.properties), isolation(put.properties_before)
    if put.before and wanted in _ISOLATION and _ISOLATION.index(wanted) < _ISOLATION.index(before):
        raise _invalid(f"The isolation mode of a managed network can't be loosened: it is {before}, not {wanted}.")
    for name, rule in mapping(put.properties, "managedNetwork", "outboundRules").items():
        check_rule(name, mapping(rule), wanted)


def isolation(properties: dict[str, Any]) -> str:
    """The isolation mode that a workspace's properties ask for."""
    return text(properties, "managedNetwork", "isolationMode") or "Disabled"


def check_rule(name: str, rule: dict[str, Any], mode: str) -> None:
    """Source: Azure ML docs, how-to-managed-network ("FQDN outbound rules", limitations)."""
    if mode == "Disabled":
        raise _invalid(f"Outbound rule {name}: the workspace has no managed network.")
    if rule.get("type") != "FQDN":
        return
    if mode != "AllowOnlyApprovedOutbound":
        raise _invalid(f"Outbound rule {name}: FQDN rules need isolation mode AllowOnlyApprovedOutbound, not {mode}.")
    port = str(rule.get("destination", "")).rpartition(":")[2]
    if port.isdigit() and port not in ("80", "443"):
        raise _invalid(f"Outbound rule {name}: FQDN rules allow ports 80 and 443 only, not {port}.")


def _check_outbound_rule(put: Put) -> None:
    id = put.route.id.lower().split("/managednetworks/")[0].split("/outboundrules/")[0]
    properties = put.referenced(id).get("properties", {})
    if not _NAME.fullmatch(put.route.name):
        raise _invalid(f"The outbound rule name {put.route.name!r} must have 3 to 33 letters, digits, '-' and '_'.")
    check_rule(put.route.name, put.properties, isolation(properties))


def _check_compute(put: Put) -> None:
    """Source: Azure ML docs, how-to-create-attach-compute-cluster and how-to-identity-based-service-authentication."""
    identity = _identity(put.body).replace(" ", "")
    if identity == "SystemAssigned,UserAssigned":
        raise _invalid("A compute has one system-assigned identity or user-assigned ones, not both.")
    scale = mapping(put.properties, "properties", "scaleSettings")
    if scale and number(scale, "minNodeCount") > number(scale, "maxNodeCount"):
        raise _invalid("scaleSettings: minNodeCount is greater than maxNodeCount.")


def network_is_provisioned(workspace_id: str, store: Store) -> bool:
    """Whether a workspace's managed network exists: by its first compute, or at once where asked for.

    Source: Azure ML docs, how-to-managed-network ("Manually provision a managed VNet").
    """
    row = store.resource(workspace_id)
    properties = row.body.get("properties", {}) if row else {}
    if isolation(properties) == "Disabled" or properties.get("provisionNetworkNow"):
        return True
    return store.count(COMPUTE, workspace_id) > 0


def _check_registry(put: Put) -> None:
    if not _REGISTRY_NAME.fullmatch(put.route.name):
        raise _invalid(f"The registry name {put.route.name!r} must have 5 to 32 letters, digits, '-' and '_'.")


def _identity(body: dict[str, Any]) -> str:
    return str((body.get("identity") or {}).get("type", ""))


def _invalid(message: str) -> AzureError:
    return refuse("ValidationError", message)


def _deleted_exists(route: Route) -> AzureError:
    """Source: Azure ML docs, concept-soft-delete."""
    return refuse(
        "Conflict",
        f"Soft-deleted workspace exists: {route.name}. Recover it, or purge it to use its name again.",
        status=409,
    )


_LOST = ("computes", "onlineendpoints", "batchendpoints", "serverlessendpoints")

SERVICES = {
    WORKSPACE: Service(
        put_ticks=2,
        created_status=202,  # clients take 200 and 202 only
        delete_ticks=1,
        check=check_workspace,
        nested=(COMPUTE,),
        soft_delete=SoftDelete(
            recover=("allowRecoverSoftDeletedWorkspace", True),
            conflict=_deleted_exists,
            # Hubs, projects and feature stores are deleted for good. Source: concept-soft-delete, limitations.
            applies=lambda body: body.get("kind", "Default") in ("Default", "default", None),
            lost=tuple(f"{WORKSPACE}/{name}" for name in _LOST),
        ),
    ),
    f"{WORKSPACE}/datastores": Service(exists_by_itself=lambda name: name.lower() in DATASTORES),
    f"{WORKSPACE}/connections": Service(created_status=200),  # clients take nothing else
    COMPUTE: Service(put_ticks=2, delete_ticks=1, check=_check_compute),
    f"{WORKSPACE}/outboundrules": Service(check=_check_outbound_rule),
    f"{WORKSPACE}/managednetworks": Service(exists_by_itself=lambda name: name.lower() == "default"),
    f"{WORKSPACE}/managednetworks/outboundrules": Service(check=_check_outbound_rule),
    REGISTRY: Service(
        put_ticks=2,
        delete_ticks=1,
        check=_check_registry,
        global_name=lower_name,
        name_taken=name_conflict("RegistryNameUnavailable", "registry"),
    ),
}

ASSETS = (
    *(f"{WORKSPACE}/{kind}" for kind in ("models", "environments", "data", "codes", "components")),
    *(f"{WORKSPACE}/{kind}" for kind in ("featuresets", "featurestoreentities")),
    *(f"{REGISTRY}/{kind}" for kind in ("models", "environments", "data", "codes", "components")),
)
"""Containers of versions: the first version makes its container. Source: REST reference, model-versions."""
