"""Arguments that the tests of data and machine-learning components share."""

from __future__ import annotations

from components.customer_managed_key import EncryptionKey
from tests.components.samples import GROUP

WORKSPACE = f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/mlw-larkspur"
VAULT = f"{GROUP}/providers/Microsoft.KeyVault/vaults/kv-larkspur"
LAKE = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/dlslarkspur"
REGISTRY = f"{GROUP}/providers/Microsoft.ContainerRegistry/registries/crlarkspur"
INSIGHTS = f"{GROUP}/providers/Microsoft.Insights/components/appi-larkspur"
IDENTITY = f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-larkspur"
TENANT = "00000000-0000-0000-0000-00000000bbbb"
PERSON = "00000000-0000-0000-0000-00000000cccc"

KEY = EncryptionKey(
    vault_id=VAULT,
    vault_uri="https://kv-larkspur.vault.azure.net/",
    key_name="key-data",
    key_uri="https://kv-larkspur.vault.azure.net/keys/key-data",
    key_uri_with_version="https://kv-larkspur.vault.azure.net/keys/key-data/0123456789abcdef0123456789abcdef",
    identity_id=IDENTITY,
    identity_client_id="00000000-0000-0000-0000-00000000dddd",
)


def of_workspace(resource_name: str, **more: object) -> dict[str, object]:
    """The keywords of `WorkspaceChildArgs`, and more."""
    return {"workspace_id": WORKSPACE, "tags": {"env": "test"}, "resource_name": resource_name, **more}
