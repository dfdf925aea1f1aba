from __future__ import annotations

import pulumi
import pytest

from components.customer_managed_key import CustomerManagedKey, CustomerManagedKeyArgs
from tests.components.judged import inputs, judge, one, tree, waits_for
from tests.components.samples import GROUP, SUBSCRIPTION, placed

SECURITY = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-security"
VAULT = f"{SECURITY}/providers/Microsoft.KeyVault/vaults/kv-larkspur"
IDENTITY = f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-larkspur-data"


def args(**more: object) -> CustomerManagedKeyArgs:
    return CustomerManagedKeyArgs(
        **placed("key-data", **{"vault_id": VAULT, "identity_name": "id-larkspur-data", **more})
    )


def test_a_key_has_an_identity_that_may_use_it(plan, azure_types):
    """A key, an identity, and the identity's role at the vault: no access policy, no wider scope."""
    planned = plan(lambda: CustomerManagedKey("data", args()))
    judge(planned, azure_types)
    assert tree(planned) == {
        ("CustomerManagedKey", "data", ""),
        ("keyvault:Key", "data", "CustomerManagedKey data"),
        ("UserAssignedIdentity", "data", "CustomerManagedKey data"),
        ("managedidentity:UserAssignedIdentity", "data", "UserAssignedIdentity data"),
        ("RoleAssignment", "data", "CustomerManagedKey data"),
        ("authorization:RoleAssignment", "data", "RoleAssignment data"),
    }
    role = inputs(planned, "authorization:RoleAssignment")
    identity = one(planned, "managedidentity:UserAssignedIdentity")
    assert (role["scope"], role["principalType"]) == (VAULT, "ServicePrincipal")
    assert role["principalId"] == identity.outputs["principalId"]
    assert role["roleDefinitionId"].endswith("e147488a-f6f5-4113-8e2d-b22465e65bf6")
    assert (identity.inputs["resourceGroupName"], identity.inputs["resourceName"]) == (
        "rg-larkspur-mlp",
        "id-larkspur-data",
    )


def test_a_key_rotates_by_itself_and_lives_in_the_vaults_group(plan, azure_types):
    """RSA of 3072 bits that only wraps, rotated after a year, notified before it expires; kept when the stack goes."""
    planned = plan(lambda: CustomerManagedKey("data", args()))
    key = one(planned, "keyvault:Key")
    assert {name: key.inputs[name] for name in ("keyName", "vaultName", "resourceGroupName")} == {
        "keyName": "key-data",
        "vaultName": "kv-larkspur",
        "resourceGroupName": "rg-security",
    }
    assert key.inputs["properties"] == {
        "kty": "RSA",
        "keySize": 3072,
        "keyOps": ["wrapKey", "unwrapKey"],
        "rotationPolicy": {
            "attributes": {"expiryTime": "P455D"},
            "lifetimeActions": [
                {"action": {"type": "rotate"}, "trigger": {"timeAfterCreate": "P365D"}},
                {"action": {"type": "notify"}, "trigger": {"timeBeforeExpiry": "P30D"}},
            ],
        },
    }
    assert key.options.retain_on_delete is True


def test_a_hardened_key_is_in_hardware(plan, azure_types):
    """An HSM key of 4096 bits that is rotated each month."""
    planned = plan(lambda: CustomerManagedKey("data", args(hardware=True, key_size=4096, rotation_days=28)))
    judge(planned, azure_types)
    properties = inputs(planned, "keyvault:Key")["properties"]
    assert (properties["kty"], properties["keySize"]) == ("RSA-HSM", 4096)
    assert properties["rotationPolicy"]["attributes"] == {"expiryTime": "P118D"}


def test_what_encrypted_resources_take_is_known(plan):
    """Addresses and IDs are known beforehand, and whoever uses the identity waits for its role."""

    def program() -> None:
        key = CustomerManagedKey("data", args())
        known = key.encryption
        pulumi.export("known", [key.id, key.name, known.vault_uri, known.key_uri, known.identity_id, known.vault_id])
        pulumi.export("client", known.identity_client_id)
        pulumi.export("principal", key.principal_id)
        pulumi.export("version", known.key_uri_with_version)

    planned = plan(program)
    assert planned.outputs["known"] == [
        f"{VAULT}/keys/key-data",
        "key-data",
        "https://kv-larkspur.vault.azure.net/",
        "https://kv-larkspur.vault.azure.net/keys/key-data",
        IDENTITY,
        VAULT,
    ]
    identity = one(planned, "managedidentity:UserAssignedIdentity")
    assert planned.outputs["client"] == identity.outputs["clientId"]
    assert planned.outputs["principal"] == identity.outputs["principalId"]
    assert planned.outputs["version"].startswith("https://kv-larkspur.vault.azure.net/keys/key-data/")


def test_whoever_is_encrypted_waits_for_the_role(plan):
    """A resource that takes the identity's ID is made after the role assignment and the key."""

    def program() -> None:
        key = CustomerManagedKey("data", args())
        user = CustomerManagedKeyArgs(
            **placed("key-other", identity_name="id-other", vault_id=key.encryption.identity_id.apply(lambda _: VAULT))
        )
        CustomerManagedKey("other", user)

    planned = plan(program)
    assert {"authorization:RoleAssignment data", "keyvault:Key data"} <= waits_for(
        planned, one(planned, "keyvault:Key", "other")
    )


@pytest.mark.parametrize(
    ("wrong", "message"),
    [({"rotation_days": 27}, "it takes 28 to 730"), ({"key_size": 1024}, "it takes 2048, 3072 or 4096")],
)
def test_what_key_vault_does_not_take_is_refused(wrong, message):
    """Rotation has limits, and a key has three sizes."""
    with pytest.raises(ValueError, match=message):
        args(**wrong)
