"""Rules on keys, passwords and local accounts of services: whoever calls proves who they are to Entra instead."""

from __future__ import annotations

from policies.reading import ListView, ResourceView, View, same
from policies.rule import CRITICAL, HIGH, Found, rule

KEYLESS = (
    "AAD",
    "ManagedIdentity",
    "AccountManagedIdentity",
    "ProjectManagedIdentity",
    "UserEntraToken",
    "AgentUserImpersonation",
    "AgenticIdentityToken",
    "AgenticUser",
)
"""Ways of a connection to sign in by Entra. Source: azure-native SDK, ConnectionAuthType."""

SAS_RULES = ("eventhub:NamespaceAuthorizationRule", "eventhub:EventHubAuthorizationRule")


@rule(
    "machinelearningservices:WorkspaceConnection",
    "cognitiveservices:AccountConnection",
    group="identity",
    severity=HIGH,
    mcsb="IM-8",
    fix="Set properties.authType to AAD or ManagedIdentity, and grant that identity a role at the target.",
)
def ml_connection_no_keys(connection: ResourceView) -> Found:
    """Connections sign in with an identity, never with a key that they hold.

    Everybody who may use a connection can read its key and take it along. A connection with authType None signs in as
    nobody, which no target of a platform should take.
    """
    kind = connection.get("properties.authType", "not set")
    if not any(same(kind, keyless) for keyless in KEYLESS):
        yield f"properties.authType is {kind}"


@rule(
    "storage:StorageAccount",
    group="identity",
    severity=HIGH,
    psrule="Azure.Storage.LocalAuth",
    checkov="CKV2_AZURE_40 CKV_AZURE_244",
    azure_policy="8c6a50c6-9ffd-4ae7-986f-5fa6111f9a54",
    mcsb="IM-1",
    fix="Set allowSharedKeyAccess and isLocalUserEnabled to false, and leave isSftpEnabled off.",
)
def storage_shared_key_off(account: ResourceView) -> Found:
    """Storage accounts take neither account keys nor local users.

    A key opens all of an account to whoever holds it, past every role assignment, and no log says who it was. Both
    have to be said: an absent allowSharedKeyAccess is true, and what Azure does of itself with local users may change.
    """
    if account.get("allowSharedKeyAccess", True) is not False:
        yield "allowSharedKeyAccess isn't false: account keys work"
    if account.get("isLocalUserEnabled", True) is not False:
        yield "isLocalUserEnabled isn't false: local users can be made"
    if account.get("isSftpEnabled"):
        yield "isSftpEnabled is true: SFTP takes local users only"


@rule(
    "cognitiveservices:Account",
    "search:Service",
    group="identity",
    severity=HIGH,
    psrule="Azure.AI.DisableLocalAuth",
    checkov="CKV_AZURE_236",
    azure_policy="71ef260a-8f18-47b7-abcb-62d0673d94dc 6300012e-e9a4-4649-b41f-a85f5c43be91",
    mcsb="IM-1",
    fix="Set disableLocalAuth to true; of a search service leave authOptions out too.",
)
def ai_search_local_auth_off(service: ResourceView) -> Found:
    """AI services and search services take no keys.

    Whoever finds a key in a notebook can ask a model, or read an index, at the platform's expense and as nobody.
    """
    path = "disableLocalAuth" if service.type == "search:Service" else "properties.disableLocalAuth"
    if service.get(path) is not True:
        yield f"{path} isn't true"


@rule(
    "cosmosdb:DatabaseAccount",
    "eventhub:Namespace",
    *SAS_RULES,
    group="identity",
    severity=HIGH,
    psrule="Azure.Cosmos.DisableLocalAuth Azure.EventHub.DisableLocalAuth",
    checkov="CKV_AZURE_140 CKV_AZURE_132",
    azure_policy="5450f5bd-9c72-4390-a9c4-a7aba4edfdd2 5d4e3c65-4873-47be-94f3-6f8b953a3598",
    mcsb="IM-1",
    fix="Set disableLocalAuth to true, of Cosmos DB disableKeyBasedMetadataWriteAccess too, and make no SAS rules.",
)
def cosmos_eventhub_local_auth_off(resource: ResourceView) -> Found:
    """Cosmos DB and Event Hubs take no keys and no shared access signatures.

    A key of Cosmos DB reads and writes all data, and may even change the account; a SAS rule of Event Hubs lets its
    holder read every event.
    """
    if resource.type in SAS_RULES:
        yield "it is a rule for shared access signatures, which are keys"
        return
    if resource.get("disableLocalAuth") is not True:
        yield "disableLocalAuth isn't true"
    cosmos = resource.type == "cosmosdb:DatabaseAccount"
    if cosmos and resource.get("disableKeyBasedMetadataWriteAccess") is not True:
        yield "disableKeyBasedMetadataWriteAccess isn't true: keys may change databases and throughput"


@rule(
    "containerregistry:Registry",
    group="identity",
    severity=CRITICAL,
    psrule="Azure.ACR.AdminUser Azure.ACR.AnonymousAccess",
    checkov="CKV_AZURE_137 CKV_AZURE_138",
    azure_policy="dc921057-6b28-4fbe-9b83-f7bec05db6c2 9f2dea28-e834-476c-99c5-3507b4728395",
    mcsb="IM-1",
    fix="Set adminUserEnabled and anonymousPullEnabled to false, or leave them out.",
)
def acr_admin_anonymous_off(registry: ResourceView) -> Found:
    """Container registries have no administrator's password and no anonymous reader.

    The administrator is one shared account that may push: an image of anybody's would run next to the data.
    """
    if registry.get("adminUserEnabled"):
        yield "adminUserEnabled is true"
    if registry.get("anonymousPullEnabled"):
        yield "anonymousPullEnabled is true"


@rule(
    "keyvault:Vault",
    group="identity",
    severity=HIGH,
    psrule="Azure.KeyVault.RBAC",
    azure_policy="12d4fa5e-1f9f-4c21-97a9-b99b3c6611b5",
    mcsb="PA-7",
    fix="Set properties.enableRbacAuthorization to true and leave accessPolicies out.",
)
def keyvault_rbac(vault: ResourceView) -> Found:
    """Role assignments say who may use a vault, and not access policies.

    Whoever may write to a vault can give himself an access policy; and access policies can't be made eligible, scoped
    to one secret, or seen beside all other access.
    """
    if vault.get("properties.enableRbacAuthorization") is not True:
        yield "properties.enableRbacAuthorization isn't true"
    policies = vault.get("properties.accessPolicies")
    if isinstance(policies, ListView) and len(policies):
        yield f"it has {len(policies)} access policies"


@rule(
    "containerservice:ManagedCluster",
    group="identity",
    severity=HIGH,
    psrule="Azure.AKS.LocalAccounts Azure.AKS.AzureRBAC",
    checkov="CKV_AZURE_141",
    azure_policy="993c2fcd-2b29-49d2-9eb0-df2c3a730c32 2cc2e023-0dac-4046-875b-178f683929d5",
    mcsb="IM-1",
    fix="Set disableLocalAccounts, aadProfile.managed and enableAzureRBAC, oidcIssuerProfile.enabled and "
    "securityProfile.workloadIdentity.enabled to true.",
)
def aks_entra_only(cluster: ResourceView) -> Found:
    """People and pods sign in to Kubernetes clusters by Entra alone.

    A local account is a certificate that can't be revoked, with every right in the cluster. Without workload identity,
    pods need secrets to reach Azure.
    """
    wanted = (
        "disableLocalAccounts",
        "aadProfile.managed",
        "aadProfile.enableAzureRBAC",
        "oidcIssuerProfile.enabled",
        "securityProfile.workloadIdentity.enabled",
    )
    for path in wanted:
        if cluster.get(path) is not True:
            yield f"{path} isn't true"
    profile = cluster.get("podIdentityProfile")
    if isinstance(profile, View) and profile.get("enabled"):
        yield "podIdentityProfile is enabled: it was replaced by workload identity"
