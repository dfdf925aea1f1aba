"""Whether every resource provider that the plans need is registered in its subscription."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from seawall.doctor.case import Case
from seawall.doctor.finding import Finding, fault, ok, warning

VERSION = "2021-04-01"

ALWAYS = frozenset(("microsoft.resources", "microsoft.authorization", "microsoft.consumption", "microsoft.billing"))
"""Registered by default in every subscription. Source: Azure docs, azure-services-resource-providers."""


def provider(case: Case, subscription: str, namespace: str) -> dict[str, Any]:
    """What a subscription has of a provider. Source: REST reference, Providers - Get."""
    return case.port.get(f"/subscriptions/{subscription}/providers/{namespace}", VERSION) or {}


def needed(case: Case) -> list[tuple[str, str]]:
    """Subscription and namespace of all that the plans ask for."""
    pairs = ((one.subscription, one.type.arm_type.split("/", 1)[0]) for one in case.wanted if one.subscription)
    return list(dict.fromkeys(pairs))


def check(case: Case) -> Iterator[Finding]:
    """Without it, Azure answers 409 MissingSubscriptionRegistration. Source: Azure docs, resource-providers-and-types,
    error-register-resource-provider.
    """
    asked = [pair for pair in needed(case) if pair[1].lower() not in ALWAYS]
    states = case.each(lambda pair: str(provider(case, *pair).get("registrationState", "")), asked)
    missing: dict[str, list[str]] = {}
    for (subscription, namespace), state in zip(asked, states, strict=True):
        if state == "Registering":
            yield warning(
                f"{namespace} is still being registered in subscription {subscription}",
                f"Wait: `az provider show --namespace {namespace} --subscription {subscription}` says when it is done.",
            )
        elif state != "Registered":
            missing.setdefault(subscription, []).append(namespace)
    for subscription, namespaces in missing.items():
        for namespace in namespaces:
            yield fault(
                f"{namespace} isn't registered in subscription {subscription}",
                f"`az provider register --namespace {namespace} --subscription {subscription} --wait`",
            )
    if asked and not missing:
        yield ok(f"all {len(asked)} that the plan needs are registered")
