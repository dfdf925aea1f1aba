"""The services around a workspace: logs, keys, storage, the data lake, images, and where `shared` is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from seawall.azure.resource_id import parse
from seawall.importing.existing import Existing
from seawall.importing.telling.ground import Workspace
from seawall.importing.telling.network import hub_subscription
from seawall.importing.telling.words import days, unless

_ACCOUNTS = "Microsoft.Storage/storageAccounts"
_REDUNDANCIES = ("LRS", "ZRS", "GRS", "GZRS")


def monitoring(where: Workspace) -> dict[str, Any]:
    """The section `monitoring`, from the workspace that Application Insights logs to."""
    insights = where.companion("applicationInsights")
    logs = where.inventory.get(insights.at("WorkspaceResourceId") if insights else None) or where.named(
        "Microsoft.OperationalInsights/workspaces", "log analytics"
    )
    if logs is None:
        return {}
    cap = logs.at("workspaceCapping.dailyQuotaGb")
    return {
        "retentionDays": unless(90, _whole(logs.at("retentionInDays"))),
        "dailyCapGb": _whole(cap) if cap and cap > 0 else None,
        "privateIngestion": unless(True, logs.at("publicNetworkAccessForIngestion") == "Disabled"),
        "alertReceivers": unless([where.owner], _receivers(where)),
    }


def _receivers(where: Workspace) -> list[str] | None:
    group = where.named("Microsoft.Insights/actionGroups", "action group")
    found = [one.get("emailAddress") for one in (group.at("emailReceivers") if group else None) or []]
    return [one for one in found if one] or None


def security(where: Workspace) -> dict[str, Any]:
    """The section `security`: the vault, and the keys in it where the workspace is encrypted with one of them."""
    vault = where.companion("keyVault")
    if vault is None:
        return {}
    keys = where.inventory.of("Microsoft.KeyVault/vaults/keys", f"{vault.id}/")
    ours = next((one for one in keys if one.name == where.by_rule("key", "workspace")), None)
    own = where.workspace.at("encryption.status") == "Enabled"
    return {
        "keyVault": {
            "sku": unless("standard", str(vault.at("sku.name") or "standard").lower()),
            "softDeleteDays": unless(90, vault.at("softDeleteRetentionInDays")),
            "purgeProtection": unless(True, bool(vault.at("enablePurgeProtection"))),
        },
        "customerManagedKeys": {"enabled": True, **_key(ours)} if own else None,
    }


def _key(key: Existing | None) -> dict[str, Any]:
    if key is None:
        return {}
    actions = key.at("rotationPolicy.lifetimeActions") or []
    rotations = [one for one in actions if (one.get("action") or {}).get("type") == "rotate"]
    rotation = [(one.get("trigger") or {}).get("timeAfterCreate") for one in rotations]
    return {
        "hardware": unless(False, str(key.at("kty")).endswith("-HSM")),
        "keySize": unless(3072, key.at("keySize")),
        "rotationDays": unless(365, days(rotation[0])) if rotation else None,
    }


def storage(where: Workspace) -> dict[str, Any]:
    """The section `storage`: the workspace's own account."""
    account = where.companion("storageAccount")
    if account is None:
        return {}
    blobs = where.inventory.get(f"{account.id}/blobServices/default")
    return {
        "redundancy": unless("ZRS", _redundancy(where, account)),
        "softDeleteDays": unless(30, blobs.at("deleteRetentionPolicy.days") if blobs else None),
        "versioning": unless(True, bool(blobs.at("isVersioningEnabled")) if blobs else True),
        "sharedKeyAccess": unless(False, account.at("allowSharedKeyAccess") is not False),
    }


def lake_of(where: Workspace) -> Existing | None:
    """The data lake: the account with a hierarchical namespace that has the rule's name, or is the only such one."""
    there = [one for one in where.inventory.of(_ACCOUNTS) if one.at("isHnsEnabled") is True]
    named = [one for one in there if one.name == where.by_rule("data lake account")]
    used = {one.at("accountName") for one in where.within("datastores")}
    return next(iter(named or [one for one in there if one.name in used] or (there if len(there) == 1 else [])), None)


def data_lake(where: Workspace) -> dict[str, Any]:
    """The section `dataLake`."""
    lake = lake_of(where)
    if lake is None:
        return {"enabled": False}
    blobs = where.inventory.get(f"{lake.id}/blobServices/default")
    containers = where.inventory.of(f"{_ACCOUNTS}/blobServices/containers", f"{lake.id}/")
    policy = where.inventory.get(f"{lake.id}/managementPolicies/default")
    rules = (policy.at("policy.rules") if policy else None) or []
    order = [str(rule.get("name", "")).removeprefix("age-") for rule in rules]
    there = [one.name for one in containers]
    zones = [zone for zone in order if zone in there] + [zone for zone in there if zone not in order]
    return {
        "redundancy": unless("ZRS", _redundancy(where, lake)),
        "zones": unless(["raw", "curated", "features"], zones) if zones else None,
        "lifecycle": _lifecycle(rules[0]) if rules else None,
        "softDeleteDays": unless(30, blobs.at("deleteRetentionPolicy.days") if blobs else None),
    }


def _lifecycle(rule: Any) -> dict[str, Any]:
    actions = (rule.get("definition") or {}).get("actions", {}).get("baseBlob") or {}

    def after(action: str) -> int | None:
        return _whole((actions.get(action) or {}).get("daysAfterModificationGreaterThan"))

    return {
        "coolAfterDays": unless(30, after("tierToCool")),
        "archiveAfterDays": after("tierToArchive"),
        "deleteAfterDays": after("delete"),
    }


def container_registry(where: Workspace) -> dict[str, Any]:
    """The section `containerRegistry`."""
    images = where.companion("containerRegistry")
    if images is None:
        return {}
    return {
        "retentionDays": unless(30, _whole(images.at("policies.retentionPolicy.days"))),
        "zoneRedundant": unless(True, images.at("zoneRedundancy") == "Enabled"),
    }


def shared(where: Workspace) -> dict[str, Any]:
    """The section `shared`: where the ML registry is that reads the workspace's storage, or the hub."""
    account = where.companion("storageAccount")
    rules = (account.at("networkAcls.resourceAccessRules") if account else None) or []
    registries = [str(one.get("resourceId", "")) for one in rules if "/registries/" in str(one.get("resourceId", ""))]
    subscription = parse(registries[0]).subscription if registries else hub_subscription(where)
    subscription = subscription or where.workspace.subscription
    names = replace(where.names, environment="shared", subscription=subscription)
    by_rule = replace(where, names=names).by_rule("ml registry")
    return {
        "subscription": unless(where.workspace.subscription, subscription.lower()),
        "registryName": unless(by_rule, parse(registries[0]).name) if registries else None,
    }


def _redundancy(where: Workspace, account: Existing) -> str | None:
    sku = str(((account.body or {}).get("sku") or {}).get("name", "")).rpartition("_")[2]
    if sku in _REDUNDANCIES:
        return sku
    if sku:
        known = ", ".join(_REDUNDANCIES)
        where.unsaid.append(f"{account.name}: its redundancy is {sku}; a stack file says one of {known}")
    return None


def _whole(value: Any) -> int | None:
    return None if value is None else int(value)
