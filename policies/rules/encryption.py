"""Rules on encryption: on the wire, and at rest with keys of one's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from policies.context import Context
from policies.reading import ResourceView, View, same
from policies.relations import PlanView
from policies.rule import HIGH, Finding, Found, rule
from policies.rules.container_registry import REGISTRY
from policies.rules.ml_workspace import WORKSPACE
from policies.rules.storage import ACCOUNT as STORAGE

EVENT_HUBS = "eventhub:Namespace"
COSMOS = "cosmosdb:DatabaseAccount"

_TLS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    STORAGE: ("minimumTlsVersion", ("TLS1_2", "TLS1_3")),
    EVENT_HUBS: ("minimumTlsVersion", ("1.2", "1.3")),
    COSMOS: ("minimalTlsVersion", ("Tls12",)),
}
"""Where each service says which TLS it takes at least, and what is new enough."""


def _is(path: str, wanted: str) -> Callable[[View], bool]:
    return lambda resource: same(resource.get(path), wanted)


def _given(path: str) -> Callable[[View], bool]:
    # A key that is yet to be made is unknown, and given all the same.
    return lambda resource: resource.is_unknown(path) or resource.get(path) is not None


_OWN_KEY: Mapping[str, tuple[str, Callable[[View], bool]]] = {
    STORAGE: ("encryption.keySource", _is("encryption.keySource", "Microsoft.Keyvault")),
    REGISTRY: ("encryption.status", _is("encryption.status", "enabled")),
    WORKSPACE: ("encryption.status", _is("encryption.status", "Enabled")),
    "cognitiveservices:Account": (
        "properties.encryption.keySource",
        _is("properties.encryption.keySource", "Microsoft.KeyVault"),
    ),
    "search:Service": ("encryptionWithCmk.enforcement", _is("encryptionWithCmk.enforcement", "Enabled")),
    COSMOS: ("keyVaultKeyUri", _given("keyVaultKeyUri")),
    EVENT_HUBS: ("encryption.keySource", _is("encryption.keySource", "Microsoft.KeyVault")),
    "datafactory:Factory": ("encryption.keyName", _given("encryption.keyName")),
    "databricks:Workspace": ("encryption.entities.managedServices", _given("encryption.entities.managedServices")),
}
"""How each service says that it is encrypted with a key of its owner, and the property to name."""


def _https(resource: View) -> dict[str, bool]:
    return {} if resource.get("enableHttpsTrafficOnly", True) else {"enableHttpsTrafficOnly": True}


@rule(
    *_TLS,
    group="network",
    severity=HIGH,
    psrule="Azure.Storage.MinTLS Azure.Storage.SecureTransfer Azure.EventHub.MinTLS",
    checkov="CKV_AZURE_44 CKV_AZURE_3 CKV_AZURE_223",
    azure_policy="fe83a0eb-a853-422d-aac2-1bffd182c5d0 404c3081-a854-4457-ae30-26a93ef643f9",
    mcsb="DP-3",
    fix="Set the least TLS version to 1.2, and for storage leave enableHttpsTrafficOnly true.",
    remedy=lambda resource: {_TLS[resource.type][0]: _TLS[resource.type][1][0], **_https(resource)},
)
def min_tls12_https(resource: ResourceView) -> Found:
    """Nothing travels by a cipher that is broken, or by none.

    An account that says nothing of TLS takes 1.0. HTTPS alone is what storage takes by default, so that only a false
    is refused. Source: azure-native SDK, StorageAccountArgs, minimumTlsVersion and enableHttpsTrafficOnly.
    """
    path, enough = _TLS[resource.type]
    version = resource.get(path, "not set")
    if not any(same(version, each) for each in enough):
        yield f"{path} is {version}"
    if resource.get("enableHttpsTrafficOnly", True) is not True:
        yield "enableHttpsTrafficOnly is false: data travels in clear"


@rule(
    *_OWN_KEY,
    group="data",
    severity=HIGH,
    checkov="CKV2_AZURE_1 CKV2_AZURE_22 CKV2_AZURE_50 CKV_AZURE_100",
    azure_policy="ba769a63-b8cc-4b2d-abf6-ac33c7204be8 6fac406b-40ca-413b-bf8e-0bf964659c25 "
    "5b9159ae-1701-4a6f-9a7a-aa9c8ddd0580 67121cc7-ff39-4ab8-b7e3-95b84dab487d 1f905d99-2ab7-462c-a6b0-f709acca6c8f",
    mcsb="DP-5",
    fix="Encrypt it with a key of your own, and set hbiWorkspace of a workspace: both when it is made.",
)
def cmk_when_confidential(resource: ResourceView, plan: PlanView, context: Context) -> Found:
    """Confidential data is encrypted with a key that its owner can take away.

    Asked where the stack's data is confidential or restricted, and of nothing else. A project is encrypted as its hub
    is. ML registries and Log Analytics workspaces aren't asked: the first take no such key, the second only within a
    dedicated cluster. Source: Azure Machine Learning docs, concept-customer-managed-keys, "Limitations".
    """
    if not context.classification.guarded_as_production:
        return
    if resource.type == WORKSPACE and (resource.is_unknown("hubResourceId") or resource.get("hubResourceId")):
        if plan.target(resource, "hubResourceId", WORKSPACE) is None:
            yield Finding("the encryption of its hub, which isn't in this plan", unknown=True)
        return
    path, own = _OWN_KEY[resource.type]
    if not own(resource):
        yield f"{path} names no key of its owner: Microsoft's own encrypts it"
    if resource.type == WORKSPACE and resource.get("hbiWorkspace") is not True:
        yield "hbiWorkspace isn't true: Microsoft gathers diagnostics that may hold data"
