"""What Resource Manager fills in for resources of every type: who they are, that they are ready, their identity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seawall.azure.fills.base import merged, said, without
from seawall.azure.guid import guid
from seawall.azure.model import ArmType
from seawall.azure.resource_id import ResourceId


def generic(row: ArmType, id: ResourceId, body: Mapping[str, Any], tenant: str) -> dict[str, Any]:
    """The body with `id`, `name`, `type`, `provisioningState` and the principals of its identity; nothing secret."""
    result = dict(body)
    for path in row.no_output:
        result = without(result, path)
    facts: dict[str, Any] = {"id": str(id), "name": id.name, "type": row.arm_type}
    if row.state:
        facts["properties"] = {"provisioningState": row.state}
    identity = said(body, "identity")
    if isinstance(identity, Mapping):
        facts["identity"] = _principals(id, identity, tenant)
    return merged(result, facts)


def principal_of(identity_id: str) -> str:
    """The principal (object) ID of a user-assigned identity, or of the system-assigned one of a resource."""
    return guid(identity_id, "principal")


def client_of(identity_id: str) -> str:
    """The client (application) ID of a user-assigned identity."""
    return guid(identity_id, "client")


def _principals(id: ResourceId, identity: Mapping[str, Any], tenant: str) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    kind = identity.get("type")
    if isinstance(kind, str) and "systemassigned" in kind.lower():
        facts |= {"principalId": principal_of(str(id)), "tenantId": tenant}
    assigned = identity.get("userAssignedIdentities")
    if isinstance(assigned, Mapping):
        facts["userAssignedIdentities"] = {
            key: {"principalId": principal_of(key), "clientId": client_of(key)} if isinstance(key, str) else {}
            for key in assigned
        }
    return facts
