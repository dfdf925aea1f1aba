"""Rules on Microsoft Defender for Cloud."""

from __future__ import annotations

from collections import defaultdict

from policies.context import Context
from policies.reading import same
from policies.relations import PlanView
from policies.rule import HIGH, Finding, Found, rule
from policies.rules.alerts import subscriptions

PLANS = ("AI", "Api", "Arm", "Containers", "KeyVaults", "StorageAccounts")
"""The plans that an ML platform needs, as Defender names them. Source: Defender for Cloud REST reference, pricings."""


@rule(
    group="monitoring",
    severity=HIGH,
    psrule="Azure.Defender.KeyVault Azure.Defender.Containers Azure.Defender.Storage",
    checkov="CKV_AZURE_84 CKV_AZURE_87",
    azure_policy="c2c0c6d8-007b-4a48-8d9b-3539bddd8e87 640d2586-54d2-465f-877f-9ffc1d2109f4 "
    "7926a6d1-b268-4586-8197-e8ae90c877d7",
    mcsb="LT-1",
    fix="Set the plans AI, Api, Arm, Containers, KeyVaults and StorageAccounts to Standard at the subscription, or "
    "name the stack that owns them in guardrails.defenderOwner.",
)
def defender_plans(plan: PlanView, context: Context) -> Found:
    """Defender watches over what a platform is made of.

    It sees what no log tells by itself: malware in an uploaded file, a jailbroken model, a key read from a strange
    place. Plans belong to a subscription: where another stack owns them, this one says so and isn't asked. Told of the
    first of a subscription's resource groups.
    """
    if context.defender_owner:
        return
    standard: dict[str, set[str]] = defaultdict(set)
    for pricing in plan.of_type("security:Pricing"):
        if same(pricing.get("pricingTier"), "Standard"):
            scope = str(pricing.get("scopeId", "")).lower().strip("/").removeprefix("subscriptions/")
            standard[scope].add(str(pricing.get("pricingName", "")).casefold())
    for subscription, group in subscriptions(plan).items():
        on = standard.get(subscription, set()) if subscription else set().union(*standard.values())
        missing = [name for name in PLANS if name.casefold() not in on]
        if missing:
            yield Finding(f"Defender plans {', '.join(missing)} of its subscription aren't Standard", resource=group)
