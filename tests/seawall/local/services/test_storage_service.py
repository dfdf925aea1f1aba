"""Storage accounts and key vaults."""

from __future__ import annotations

from typing import Any

import pytest
from arm import ACCOUNT, GROUP, STORAGE_BODY, VAULT, VAULT_BODY, refusal

from seawall.local.azure import LocalAzure


@pytest.mark.parametrize("name", ["st-mlp", "ST", "a", "a" * 25])
def test_a_storage_account_s_name_is_short_and_plain(azure: LocalAzure, group: str, name: str) -> None:
    """3 to 24 lower-case letters and digits."""
    id = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/{name}"
    assert refusal(azure, "PUT", id, STORAGE_BODY).code == "AccountNameInvalid"


def test_a_hierarchical_namespace_is_for_good(azure: LocalAzure, group: str) -> None:
    """It can't be turned on, or off, after the creation."""
    azure.put(ACCOUNT, STORAGE_BODY)
    hns = {**STORAGE_BODY, "properties": {"isHnsEnabled": True}}
    assert refusal(azure, "PUT", ACCOUNT, hns).code == "AccountPropertyIsImmutable"


@pytest.mark.parametrize(
    "properties",
    [{"enableSoftDelete": False}, {"softDeleteRetentionInDays": 3}, {"softDeleteRetentionInDays": 400}],
)
def test_a_vault_is_always_soft_deleted(azure: LocalAzure, group: str, properties: dict[str, Any]) -> None:
    """And kept for 7 to 90 days."""
    body = {**VAULT_BODY, "properties": {**VAULT_BODY["properties"], **properties}}
    assert refusal(azure, "PUT", VAULT, body).code == "BadRequest"


def test_purge_protection_stays_on(azure: LocalAzure, group: str) -> None:
    """A PUT that says false is refused, one that says nothing leaves it on."""
    properties = VAULT_BODY["properties"]
    azure.put(VAULT, {**VAULT_BODY, "properties": {**properties, "enablePurgeProtection": True}})
    off = {**VAULT_BODY, "properties": {**properties, "enablePurgeProtection": False}}
    assert "purge protection stays on" in refusal(azure, "PUT", VAULT, off).message
    assert azure.put(VAULT, VAULT_BODY)["properties"]["enablePurgeProtection"] is True
