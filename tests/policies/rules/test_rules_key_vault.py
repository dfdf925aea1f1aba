"""Rules on key vaults and what is in them."""

from __future__ import annotations

from asking import ask
from guarded import GONE, PREPRODUCTION
from guarded_services import key, secret, vault

from policies.rules.key_vault import keyvault_item_expiry, keyvault_network, keyvault_purge_protection
from seawall.plan.values import UNKNOWN


def test_keyvault_network_refuses_an_open_vault() -> None:
    """Public access without a denial is refused, said or not."""
    for access, said in (("Enabled", "Enabled"), (GONE, "not set")):
        opened = vault(properties__publicNetworkAccess=access, properties__networkAcls=GONE)
        assert ask(keyvault_network, opened) == [
            f"violation mandatory vault: properties.publicNetworkAccess is {said}, and nothing denies by default"
        ]


def test_keyvault_network_refuses_a_list_that_lets_everybody_in() -> None:
    """A range of all addresses undoes the denial."""
    acls = {"defaultAction": "Deny", "ipRules": [{"value": "0.0.0.0/0"}]}
    opened = vault(properties__publicNetworkAccess="Enabled", properties__networkAcls=acls)
    assert ask(keyvault_network, opened, context=PREPRODUCTION) == [
        "violation advisory vault: properties.networkAcls lets 0.0.0.0/0 in: that is everybody"
    ]


def test_keyvault_network_accepts_closed_vaults_and_short_lists() -> None:
    """A vault that nobody reaches needs no list; one that denies by default may name an office."""
    acls = {"defaultAction": "Deny", "ipRules": [{"value": "203.0.113.0/24"}]}
    assert ask(keyvault_network, vault(properties__networkAcls=GONE)) == []
    assert ask(keyvault_network, vault(properties__publicNetworkAccess="Enabled", properties__networkAcls=acls)) == []


def test_keyvault_network_cannot_tell_before_deployment() -> None:
    """Unknown properties are refused in production."""
    assert ask(keyvault_network, vault(properties=UNKNOWN)) == [
        "unknown mandatory vault: unknown: property properties can't be known before deployment"
    ]


def test_keyvault_purge_protection_refuses_a_vault_that_can_be_purged() -> None:
    """Azure takes no false: absence is off."""
    for protection in (False, GONE):
        assert ask(keyvault_purge_protection, vault(properties__enablePurgeProtection=protection)) == [
            "violation mandatory vault: properties.enablePurgeProtection isn't true: a deleted vault can be purged"
        ]


def test_keyvault_purge_protection_refuses_a_short_time_or_none() -> None:
    """Fewer than 90 days, and no soft delete at all."""
    hasty = vault(properties__softDeleteRetentionInDays=7, properties__enableSoftDelete=False)
    assert ask(keyvault_purge_protection, hasty) == [
        "violation mandatory vault: a deleted vault can be recovered for 7 days; at least 90",
        "violation mandatory vault: properties.enableSoftDelete is false: a deleted vault is gone at once",
    ]


def test_keyvault_purge_protection_accepts_azures_own_time() -> None:
    """A vault that says nothing of days has 90."""
    assert ask(keyvault_purge_protection, vault()) == []
    silent = vault(properties__softDeleteRetentionInDays=GONE, properties__enableSoftDelete=GONE)
    assert ask(keyvault_purge_protection, silent) == []


def test_keyvault_purge_protection_cannot_tell_before_deployment() -> None:
    """An unknown protection may be none."""
    assert ask(keyvault_purge_protection, vault(properties__enablePurgeProtection=UNKNOWN)) == [
        "unknown mandatory vault: unknown: property properties.enablePurgeProtection can't be known before deployment"
    ]


def test_keyvault_item_expiry_refuses_a_secret_without_end() -> None:
    """With attributes or without."""
    for attributes in (GONE, {"enabled": True}):
        assert ask(keyvault_item_expiry, secret(properties__attributes=attributes)) == [
            "violation mandatory feed: properties.attributes.expires isn't set: the secret never ends"
        ]


def test_keyvault_item_expiry_refuses_a_key_that_nothing_renews() -> None:
    """A key needs rotation, even where it ends: what it encrypts would stop with it."""
    ending = key(properties={"kty": "RSA", "attributes": {"expires": 1800000000}})
    assert ask(keyvault_item_expiry, ending) == [
        "violation mandatory key: no lifetime action of properties.rotationPolicy rotates it"
    ]
    told = {"lifetimeActions": [{"action": {"type": "notify"}}]}
    assert len(ask(keyvault_item_expiry, key(properties__rotationPolicy=told))) == 2


def test_keyvault_item_expiry_refuses_a_key_whose_versions_never_end() -> None:
    """Rotation leaves the old versions behind."""
    assert ask(keyvault_item_expiry, key(properties__rotationPolicy__attributes=GONE)) == [
        "violation mandatory key: neither properties.attributes.expires nor an expiryTime of its rotationPolicy ends "
        "a version"
    ]


def test_keyvault_item_expiry_accepts_secrets_that_end_and_keys_that_rotate() -> None:
    """The type of an action is taken in any case."""
    rotating = key(properties__rotationPolicy__lifetimeActions=[{"action": {"type": "Rotate"}}])
    assert ask(keyvault_item_expiry, secret(), key(), rotating) == []


def test_keyvault_item_expiry_cannot_tell_before_deployment() -> None:
    """An unknown end may be none."""
    assert ask(keyvault_item_expiry, secret(properties__attributes__expires=UNKNOWN), context=PREPRODUCTION) == [
        "unknown advisory feed: unknown: property properties.attributes.expires can't be known before deployment"
    ]
