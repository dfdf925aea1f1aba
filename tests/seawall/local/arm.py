"""Requests to a local Azure: IDs, bodies, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.local.azure import LocalAzure
from seawall.local.errors import AzureError

SUB = "/subscriptions/00000000-0000-0000-0000-000000000001"
GROUP = f"{SUB}/resourceGroups/rg-mlp"
NET = f"{GROUP}/providers/Microsoft.Network"
ACCOUNT = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/stmlp"
VAULT = f"{GROUP}/providers/Microsoft.KeyVault/vaults/kv-mlp"
TENANT = "00000000-0000-0000-0000-0000000000aa"

STORAGE_BODY: dict[str, Any] = {"location": "westeurope", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}}
VAULT_BODY: dict[str, Any] = {
    "location": "westeurope",
    "properties": {"tenantId": TENANT, "sku": {"family": "A", "name": "standard"}},
}


def refusal(azure: LocalAzure, method: str, id: str, body: dict[str, Any] | None = None, **options: Any) -> AzureError:
    with pytest.raises(AzureError) as caught:
        azure.request(method, id, "2024-01-01", body, **options)
    return caught.value


ML = f"{GROUP}/providers/Microsoft.MachineLearningServices"
WORKSPACE = f"{ML}/workspaces/mlw"
ENDPOINT = f"{WORKSPACE}/onlineEndpoints/fraud-online"


def workspace_body(mode: str = "", **properties: Any) -> dict[str, Any]:
    if mode:
        properties["managedNetwork"] = {"isolationMode": mode}
    return {"location": "westeurope", "identity": {"type": "SystemAssigned"}, "properties": properties}


def endpoint_body(**properties: Any) -> dict[str, Any]:
    return {"location": "westeurope", "properties": {"authMode": "AADToken", **properties}}


def deployment_body(instances: int = 1) -> dict[str, Any]:
    sku = {"name": "Default", "capacity": instances}
    return {"location": "westeurope", "sku": sku, "properties": {"endpointComputeType": "Managed"}}
