"""Rules on key vaults, and on the keys and secrets in them."""

from __future__ import annotations

from policies.facts import anywhere, closed, views
from policies.reading import ResourceView, View, same
from policies.rule import HIGH, MEDIUM, Found, rule

VAULT = "keyvault:Vault"
KEY = "keyvault:Key"
SECRET = "keyvault:Secret"

RETENTION_DAYS = 90
"""Days that a deleted vault can be recovered: as many as Azure takes. They can't be changed later."""


@rule(
    VAULT,
    group="network",
    severity=HIGH,
    psrule="Azure.KeyVault.Firewall",
    checkov="CKV_AZURE_189",
    azure_policy="405c5871-3e91-4644-8a63-58e19d68ff5b 55615ac9-af46-4a59-874e-391cc3dfb490",
    mcsb="NS-2",
    fix="Set properties.publicNetworkAccess to Disabled, or properties.networkAcls.defaultAction to Deny.",
)
def keyvault_network(vault: ResourceView) -> Found:
    """Key vaults can't be reached from the Internet.

    A vault holds what opens everything else. Either nobody comes in but by private endpoint, or the vault denies by
    default and names who may; CKV_AZURE_109 wrongly refuses the first of the two.
    """
    if closed(vault, "properties.publicNetworkAccess"):
        return
    if not same(vault.get("properties.networkAcls.defaultAction"), "Deny"):
        access = vault.get("properties.publicNetworkAccess", "not set")
        yield f"properties.publicNetworkAccess is {access}, and nothing denies by default"
        return
    for allowed in views(vault.get("properties.networkAcls.ipRules")):
        if anywhere(str(allowed.get("value"))):
            yield f"properties.networkAcls lets {allowed.get('value')} in: that is everybody"


@rule(
    VAULT,
    group="data",
    severity=HIGH,
    psrule="Azure.KeyVault.PurgeProtect",
    checkov="CKV_AZURE_110 CKV_AZURE_42",
    azure_policy="0b60c0b2-2dc2-4e1c-b5c9-abbed971de53",
    mcsb="DP-8",
    fix="Set properties.enablePurgeProtection to true, and leave softDeleteRetentionInDays at 90.",
)
def keyvault_purge_protection(vault: ResourceView) -> Found:
    """A deleted vault can be brought back for 90 days, whatever happens.

    With the key, all that it encrypts is gone. Purge protection keeps even an owner from making that final.
    """
    if vault.get("properties.enablePurgeProtection") is not True:
        yield "properties.enablePurgeProtection isn't true: a deleted vault can be purged"
    if vault.get("properties.enableSoftDelete", True) is not True:
        yield "properties.enableSoftDelete is false: a deleted vault is gone at once"
    days = vault.get("properties.softDeleteRetentionInDays", RETENTION_DAYS)
    if days < RETENTION_DAYS:
        yield f"a deleted vault can be recovered for {days} days; at least {RETENTION_DAYS}"


@rule(
    SECRET,
    KEY,
    group="data",
    severity=MEDIUM,
    psrule="Azure.KeyVault.AutoRotationPolicy",
    checkov="CKV_AZURE_41 CKV_AZURE_40",
    azure_policy="98728c90-32c7-4049-8429-847dc0f4fe37 152b15f7-8e1f-4c1f-ab71-8c010ba5dbc0",
    mcsb="DP-6",
    fix="Give a secret attributes.expires, and a key a rotationPolicy with an expiryTime and an action of type rotate.",
)
def keyvault_item_expiry(item: ResourceView) -> Found:
    """Secrets end, and keys are renewed by themselves.

    A secret that never ends is still valid when it turns up in an old log. A key that encrypts must not simply end:
    what it encrypts would stop. So a key is either rotated, with an end to each version, or has an end of its own and
    is rotated as well.
    """
    expires = item.get("properties.attributes.expires")
    if item.type == SECRET:
        if expires is None:
            yield "properties.attributes.expires isn't set: the secret never ends"
        return
    policy = item.get("properties.rotationPolicy")
    actions = views(policy.get("lifetimeActions")) if isinstance(policy, View) else ()
    if not any(same(action.get("action.type"), "rotate") for action in actions):
        yield "no lifetime action of properties.rotationPolicy rotates it"
    if expires is None and not item.get("properties.rotationPolicy.attributes.expiryTime"):
        yield "neither properties.attributes.expires nor an expiryTime of its rotationPolicy ends a version"
