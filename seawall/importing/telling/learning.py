"""What stands in a workspace: computes, data stores, environments, endpoints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seawall.importing.existing import Existing
from seawall.importing.telling.ground import Workspace
from seawall.importing.telling.services import lake_of
from seawall.importing.telling.words import lower_first, minutes, unless

_AUTH = {"aadtoken": "aadToken", "amltoken": "amlToken", "key": "key"}


def workspace(where: Workspace) -> dict[str, Any]:
    """The section `workspace`."""
    found = where.workspace
    build = found.at("imageBuildCompute")
    clusters = [one["name"] for one in compute(where).get("clusters", [])]
    short = where.short("compute cluster", str(build)) if build else None
    return {
        "name": unless(where.by_rule("ml workspace"), found.name),
        "highBusinessImpact": unless(True, bool(found.at("hbiWorkspace"))),
        "imageBuildCompute": unless(clusters[0], short) if clusters and short in clusters else None,
        "datastoreAuth": unless("identity", lower_first(found.at("systemDatastoresAuthMode") or "AccessKey")),
        "identity": unless("userAssigned", _identity(found)),
        "dataIsolation": unless(True, bool(found.at("enableDataIsolation"))),
    }


def compute(where: Workspace) -> dict[str, Any]:
    """The section `compute`; what is neither a cluster nor an instance is unsaid."""
    clusters, instances = [], []
    for one in where.within("computes"):
        kind, inner = one.at("computeType"), one.at("properties") or {}
        if kind == "AmlCompute":
            clusters.append(_cluster(where, one, inner))
        elif kind == "ComputeInstance":
            instances.append(_instance(where, one, inner))
        else:
            where.unsaid.append(f"{one.name}: no component makes a compute of type {kind}")
    return {"clusters": clusters, "instances": [one for one in instances if one]}


def _cluster(where: Workspace, one: Existing, inner: Mapping[str, Any]) -> dict[str, Any]:
    scale = inner.get("scaleSettings") or {}
    said = {
        "name": where.short("compute cluster", one.name),
        "size": _size(inner),
        "maxNodes": scale.get("maxNodeCount") or 1,
        "minNodes": scale.get("minNodeCount") or None,
        "idleMinutes": unless(15, minutes(scale.get("nodeIdleTimeBeforeScaleDown"))),
        "tier": "lowPriority" if inner.get("vmPriority") == "LowPriority" else None,
        "identity": unless("userAssigned", _identity(one)),
    }
    return {key: value for key, value in said.items() if value is not None}


def _instance(where: Workspace, one: Existing, inner: Mapping[str, Any]) -> dict[str, Any]:
    assigned = (inner.get("personalComputeInstanceSettings") or {}).get("assignedUser") or {}
    if not assigned.get("objectId"):
        where.unsaid.append(f"{one.name}: a compute instance is somebody's; this one is assigned to nobody")
        return {}
    idle = minutes(inner.get("idleTimeBeforeShutdown"))
    said = {
        "name": where.short("compute instance", one.name),
        "size": _size(inner),
        "assignedTo": assigned["objectId"],
        "idleShutdownMinutes": unless(60, idle),
    }
    return {key: value for key, value in said.items() if value is not None}


def _size(inner: Mapping[str, Any]) -> str:
    """A size as the stack file writes it: Azure takes `STANDARD_DS3_V2` too."""
    size = str(inner.get("vmSize", ""))
    return size if size.startswith("Standard_") else "_".join(["Standard", *size.split("_")[1:]])


def datastores(where: Workspace) -> list[dict[str, Any]] | None:
    """The section `datastores`: those over the lake; None where they are the ones that it has by itself."""
    lake = lake_of(where)
    found = [one for one in where.within("datastores") if lake and one.at("accountName") == lake.name]
    said = [
        {
            "name": one.name,
            "zone": one.at("filesystem") or one.at("containerName"),
            **({"description": text} if (text := one.at("description")) else {}),
        }
        for one in found
    ]
    by_itself = all(one["name"] == f"lake_{str(one['zone']).replace('-', '_')}" and len(one) == 2 for one in said)
    return None if by_itself else said


def environments(where: Workspace) -> list[dict[str, Any]]:
    """The section `environments`: the newest version of each that was made here."""
    newest: dict[str, Existing] = {}
    for one in where.within("environments/versions"):
        if one.at("environmentType") == "Curated" or one.at("isAnonymous"):
            continue
        name = one.id.split("/")[-3]
        if name in newest and _order(newest[name].name) > _order(one.name):
            one = newest[name]
        newest[name] = one
    said = []
    for name, one in sorted(newest.items()):
        if one.at("build") or one.at("condaFile"):
            where.unsaid.append(f"the environment {name} {one.name}: its Conda file; add it beside the stack file")
        if not one.at("image"):
            continue
        entry = {"name": name, "version": one.name, "image": one.at("image"), "description": one.at("description")}
        said.append({key: value for key, value in entry.items() if value})
    return said


def _order(version: str) -> tuple[int, int, str]:
    return (1, int(version), "") if version.isdecimal() else (0, 0, version)


def endpoints(where: Workspace) -> dict[str, Any]:
    """The section `endpoints`."""
    online = [
        {
            "name": where.short("online endpoint", one.name),
            "auth": unless("aadToken", _AUTH.get(str(one.at("authMode")).lower())),
            "identity": unless("userAssigned", _identity(one)),
            "description": one.at("description") or None,
        }
        for one in where.within("onlineEndpoints")
    ]
    batch = [
        {"name": where.short("batch endpoint", one.name), "description": one.at("description") or None}
        for one in where.within("batchEndpoints")
    ]
    return {"online": [_said(one) for one in online], "batch": [_said(one) for one in batch]}


def _said(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if value is not None}


def _identity(one: Existing) -> str:
    kind = str(((one.body or {}).get("identity") or {}).get("type", ""))
    return "userAssigned" if "UserAssigned" in kind.replace(" ", "") else "systemAssigned"
