"""Rules on the identities of services, whichever they are."""

from __future__ import annotations

from policies.facts import has_identity, managed_compute
from policies.reading import ResourceView
from policies.rule import HIGH, Found, rule
from policies.rules.ml_workspace import COMPUTE


@rule(
    "cognitiveservices:Account",
    "search:Service",
    COMPUTE,
    "machinelearningservices:OnlineEndpoint",
    group="identity",
    severity=HIGH,
    psrule="Azure.AI.ManagedIdentity Azure.Search.ManagedIdentity",
    checkov="CKV_AZURE_238 CKV_AZURE_207",
    azure_policy="fe3fd216-4f83-4fc1-8984-2bbec80a3418",
    mcsb="IM-3",
    fix="Set identity: SystemAssigned, or UserAssigned with the identity to use.",
)
def managed_identity_required(resource: ResourceView) -> Found:
    """Services and computes have a managed identity.

    What has none needs a key or a password to reach anything, and somebody has to keep it. Attached computes are left
    to their own service.
    """
    if resource.type == COMPUTE and managed_compute(resource) is None:
        return
    if not has_identity(resource):
        yield "it has no managed identity"
