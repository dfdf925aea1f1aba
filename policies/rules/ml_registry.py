"""Rules on Azure Machine Learning registries."""

from __future__ import annotations

from policies.facts import closed
from policies.reading import ResourceView
from policies.rule import HIGH, Found, rule

REGISTRY = "machinelearningservices:Registry"


@rule(
    REGISTRY,
    group="network",
    severity=HIGH,
    mcsb="NS-2",
    fix="Set publicNetworkAccess to Disabled.",
    remedy={"publicNetworkAccess": "Disabled"},
)
def ml_registry_private(registry: ResourceView) -> Found:
    """ML registries can't be reached from the Internet.

    Every environment deploys what it finds in the registry: who can put a model there runs code in production.
    """
    if not closed(registry):
        yield f"publicNetworkAccess is {registry.get('publicNetworkAccess', 'not set')}"
