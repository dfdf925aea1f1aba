"""Rules on storage accounts: who reaches them, what of them can be lost, and where their data may go."""

from __future__ import annotations

from policies.facts import anywhere, closed, views
from policies.reading import ResourceView, View, same
from policies.relations import PlanView
from policies.rule import CRITICAL, HIGH, LOW, MEDIUM, Finding, Found, rule

ACCOUNT = "storage:StorageAccount"
BLOB_SERVICE = "storage:BlobServiceProperties"
CONTAINER = "storage:BlobContainer"
LIFECYCLE = "storage:ManagementPolicy"

LEAST_DAYS = 7
"""Days that what was deleted can be recovered, at least: a week, so that Monday still finds Friday's mistake."""


def _lists(account: View) -> bool:
    """Whether an account names somebody who may come in: closing it would lock them out."""
    return any(
        account.get(f"networkRuleSet.{kind}") for kind in ("ipRules", "resourceAccessRules", "virtualNetworkRules")
    )


@rule(
    ACCOUNT,
    group="network",
    severity=HIGH,
    psrule="Azure.Storage.Firewall",
    checkov="CKV_AZURE_59 CKV_AZURE_35",
    azure_policy="b2982f36-99f2-4db5-8eff-283140c09693 34c877ad-507e-4c82-993e-3452a6e0ad3c",
    mcsb="NS-2",
    fix="Set publicNetworkAccess to Disabled; or networkRuleSet.defaultAction to Deny, and name who may come in.",
    remedy=lambda account: (
        {"networkRuleSet.defaultAction": "Deny"} if _lists(account) else {"publicNetworkAccess": "Disabled"}
    ),
)
def storage_network(account: ResourceView) -> Found:
    """Storage accounts can't be reached from the Internet.

    What holds training data answers private endpoints alone, or a short list of callers. The list is needed: models are
    shared to a registry by its resource instance, which an account without any public access refuses. Source: Azure
    Machine Learning docs, how-to-registry-network-isolation.
    """
    if closed(account):
        return
    if not same(account.get("networkRuleSet.defaultAction"), "Deny"):
        yield f"publicNetworkAccess is {account.get('publicNetworkAccess', 'not set')}, and nothing denies by default"
        return
    for allowed in views(account.get("networkRuleSet.ipRules")):
        address = str(allowed.get("iPAddressOrRange"))
        if anywhere(address):
            yield f"networkRuleSet lets {address} in: that is everybody"
    for allowed in views(account.get("networkRuleSet.resourceAccessRules")):
        if "*" in str(allowed.get("resourceId", "*")):
            yield f"networkRuleSet lets in {allowed.get('resourceId', 'any resource')}, and not one resource by its ID"


@rule(
    ACCOUNT,
    CONTAINER,
    group="data",
    severity=CRITICAL,
    psrule="Azure.Storage.BlobPublicAccess Azure.Storage.BlobAccessType",
    checkov="CKV_AZURE_190 CKV_AZURE_34",
    azure_policy="4fa4b6c0-31ca-4c0d-b10d-24b96f62a751",
    mcsb="NS-2",
    fix="Set allowBlobPublicAccess of the account to false, and publicAccess of the container to None.",
    remedy=lambda resource: {"allowBlobPublicAccess": False} if resource.type == ACCOUNT else {"publicAccess": "None"},
)
def storage_no_anonymous_blob(resource: ResourceView) -> Found:
    """Nobody reads a blob without an identity.

    Training data must never be readable by whoever guesses a name. The account has to say so: accounts of older API
    versions allow it where they say nothing.
    """
    if resource.type == ACCOUNT:
        if resource.get("allowBlobPublicAccess") is not False:
            yield "allowBlobPublicAccess isn't false"
    elif not same(resource.get("publicAccess", "None"), "None"):
        yield f"publicAccess is {resource.get('publicAccess')}: anybody reads its blobs"


@rule(
    ACCOUNT,
    group="data",
    severity=MEDIUM,
    psrule="Azure.Storage.SoftDelete Azure.Storage.ContainerSoftDelete",
    checkov="CKV2_AZURE_38",
    azure_policy="c36a325b-ae04-4863-ad4f-19c6678f8e08",
    fix="Give it BlobServiceProperties with deleteRetentionPolicy and containerDeleteRetentionPolicy of at least 7 "
    "days, and isVersioningEnabled where it has no hierarchical namespace.",
)
def storage_soft_delete_versioning(account: ResourceView, plan: PlanView) -> Found:
    """What is deleted or overwritten by mistake can be recovered.

    A notebook that writes to the wrong path loses a data set in a second; a week later somebody notices. An account
    with a hierarchical namespace knows no versions: for it, soft delete alone is asked.
    Source: Storage docs, blobs/versioning-overview, "How blob versioning works".
    """
    if same(account.get("kind"), "FileStorage"):
        return
    services = plan.children(account, BLOB_SERVICE, "accountName")
    if not services:
        yield "it has no BlobServiceProperties: what is deleted is gone"
    for service in services:
        for what, path in (("blobs", "deleteRetentionPolicy"), ("containers", "containerDeleteRetentionPolicy")):
            days = service.get(f"{path}.days", 0)
            if service.get(f"{path}.enabled") is not True:
                yield f"deleted {what} can't be recovered: {path} isn't enabled"
            elif days < LEAST_DAYS:
                yield f"deleted {what} can be recovered for {days} days; at least {LEAST_DAYS}"
        if account.get("isHnsEnabled") is not True and service.get("isVersioningEnabled") is not True:
            yield "overwritten blobs are lost: isVersioningEnabled isn't true"


@rule(
    ACCOUNT,
    group="data",
    severity=HIGH,
    checkov="CKV2_AZURE_41",
    azure_policy="92a89a79-6c52-4a7e-a03f-61306fc49312 bc1b984e-ddae-40cc-801a-050a030e4fbe",
    fix="Set allowCrossTenantReplication to false, allowedCopyScope to AAD or PrivateLink, and a sasPolicy with a "
    "sasExpirationPeriod.",
)
def storage_exfiltration(account: ResourceView) -> Found:
    """Data can't be carried out of the tenant, nor by a signature that never ends.

    Replication and copies need no job and leave no trace in the network: whoever may configure an account could send
    its data to another tenant. A shared access signature is a key that nobody can take back.
    """
    if account.get("allowCrossTenantReplication") is not False:
        yield "allowCrossTenantReplication isn't false: blobs may be replicated to another tenant"
    scope = account.get("allowedCopyScope", "not set")
    if not same(scope, "AAD") and not same(scope, "PrivateLink"):
        yield f"allowedCopyScope is {scope}: blobs may be copied from and to anywhere"
    if not account.get("sasPolicy.sasExpirationPeriod"):
        yield "it has no sasPolicy with a sasExpirationPeriod: signatures may hold for ever"


@rule(
    ACCOUNT,
    group="data",
    severity=MEDIUM,
    psrule="Azure.Storage.UseReplication",
    checkov="CKV_AZURE_206",
    azure_policy="bf045164-79ba-4215-8f95-f8048dc1780b",
    fix="Take a SKU with ZRS, GZRS, or where the region has no zones GRS.",
)
def storage_redundancy(account: ResourceView) -> Found:
    """Production data outlives the loss of a data centre.

    LRS keeps three copies in one building. Copies in three zones survive it, and so do those in a second region, all
    that a region without zones can offer.
    """
    sku = str(account.get("sku.name", "not set"))
    if sku.rpartition("_")[2].upper() not in ("ZRS", "GRS", "GZRS", "RAGRS", "RAGZRS"):
        yield f"its SKU is {sku}: all copies stand in one place"


@rule(
    ACCOUNT,
    group="data",
    severity=LOW,
    fix="Give it a ManagementPolicy with an enabled rule that moves what is old to a cooler tier, or deletes it.",
)
def storage_lifecycle(account: ResourceView, plan: PlanView) -> Found:
    """What nobody uses any more gets cheaper, or goes.

    Each run of a pipeline leaves snapshots, logs and versions behind; without a rule they are paid for, and can leak,
    for ever.
    """
    if same(account.get("kind"), "FileStorage"):
        return
    policies = plan.children(account, LIFECYCLE, "accountName")
    rules = [rule for policy in policies for rule in views(policy.get("policy.rules"))]
    if not any(_acts(rule) for rule in rules):
        yield Finding("no enabled rule of a ManagementPolicy moves or deletes what is old")


def _acts(rule: View) -> bool:
    """Whether a lifecycle rule is on and does something. A rule that says nothing of it is enabled."""
    actions = rule.get("definition.actions")
    parts = [part for _, part in actions.items()] if isinstance(actions, View) else []
    return rule.get("enabled", True) is True and any(isinstance(part, View) and len(part) for part in parts)
