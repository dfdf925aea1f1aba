"""Rules on container registries."""

from __future__ import annotations

from policies.facts import closed
from policies.reading import ResourceView, same
from policies.rule import HIGH, Found, rule

REGISTRY = "containerregistry:Registry"


@rule(
    REGISTRY,
    group="network",
    severity=HIGH,
    psrule="Azure.ACR.Firewall",
    checkov="CKV_AZURE_139",
    azure_policy="0fdf0491-d080-4575-b627-ad0e843cba0f bd560fc0-3c69-498a-ae9f-aa8eb7de0e13",
    mcsb="NS-2",
    fix="Take the SKU Premium and set publicNetworkAccess to Disabled.",
    remedy=lambda registry: {"publicNetworkAccess": "Disabled"} if same(registry.get("sku.name"), "Premium") else {},
)
def acr_network(registry: ResourceView) -> Found:
    """Container registries can't be reached from the Internet.

    Whoever can push an image runs code next to the data. Only Premium takes private endpoints; the other SKUs stand
    open whatever they say.
    """
    sku = registry.get("sku.name", "not set")
    if not same(sku, "Premium"):
        yield f"its SKU is {sku}: only Premium takes private endpoints"
    if not closed(registry):
        yield f"publicNetworkAccess is {registry.get('publicNetworkAccess', 'not set')}"
