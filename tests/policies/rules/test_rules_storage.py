"""Rules on storage accounts."""

from __future__ import annotations

from typing import Any

import pytest
from asking import ask
from guarded import GONE, PREPRODUCTION, depending
from guarded_services import account, blob_service, container, lifecycle, promoting_account

from policies.rules.storage import (
    storage_exfiltration,
    storage_lifecycle,
    storage_network,
    storage_no_anonymous_blob,
    storage_redundancy,
    storage_soft_delete_versioning,
)
from seawall.plan.values import UNKNOWN


@pytest.mark.parametrize("access", ["Enabled", GONE])
def test_storage_network_refuses_an_account_that_is_open(access: Any) -> None:
    """Public access without a denial is refused, said or not."""
    said = "not set" if access is GONE else access
    assert ask(storage_network, account(publicNetworkAccess=access, networkRuleSet=GONE)) == [
        f"violation mandatory stml: publicNetworkAccess is {said}, and nothing denies by default"
    ]


@pytest.mark.parametrize("everybody", ["0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/2"])
def test_storage_network_refuses_a_list_that_lets_everybody_in(everybody: str) -> None:
    """Half of all addresses is everybody; so are all accounts of a kind of service."""
    rules = {"defaultAction": "Deny", "ipRules": [{"iPAddressOrRange": everybody}]}
    assert ask(storage_network, account(publicNetworkAccess="Enabled", networkRuleSet=rules)) == [
        f"violation mandatory stml: networkRuleSet lets {everybody} in: that is everybody"
    ]


def test_storage_network_refuses_every_instance_of_a_service() -> None:
    """A resource rule with a wildcard lets in what anybody in the tenant makes."""
    every = "/subscriptions/s/resourceGroups/*/providers/Microsoft.MachineLearningServices/registries/*"
    rules = {"defaultAction": "Deny", "resourceAccessRules": [{"resourceId": every}]}
    assert ask(storage_network, promoting_account(networkRuleSet=rules), context=PREPRODUCTION) == [
        f"violation advisory stml: networkRuleSet lets in {every}, and not one resource by its ID"
    ]


def test_storage_network_accepts_closed_accounts_and_those_that_a_registry_reads() -> None:
    """Promotion to a registry needs selected networks with the registry's instance: that isn't open."""
    assert ask(storage_network, account(), promoting_account(accountName="other")) == []
    assert ask(storage_network, account(publicNetworkAccess="SecuredByPerimeter", networkRuleSet=GONE)) == []


def test_storage_network_cannot_tell_before_deployment() -> None:
    """An unknown access, or an unknown address in the list, is refused in production."""
    assert ask(storage_network, account(publicNetworkAccess=UNKNOWN)) == [
        "unknown mandatory stml: unknown: property publicNetworkAccess can't be known before deployment"
    ]
    rules = {"defaultAction": "Deny", "ipRules": [{"iPAddressOrRange": UNKNOWN}]}
    assert ask(storage_network, promoting_account(networkRuleSet=rules)) == [
        "unknown mandatory stml: unknown: property networkRuleSet.ipRules[0].iPAddressOrRange "
        "can't be known before deployment"
    ]


@pytest.mark.parametrize("allowed", [True, GONE])
def test_storage_no_anonymous_blob_refuses_accounts_that_allow_it_or_are_silent(allowed: Any) -> None:
    """It has to be said, in every tier."""
    assert ask(storage_no_anonymous_blob, account(allowBlobPublicAccess=allowed), context=PREPRODUCTION) == [
        "violation mandatory stml: allowBlobPublicAccess isn't false"
    ]


@pytest.mark.parametrize("access", ["Blob", "Container"])
def test_storage_no_anonymous_blob_refuses_a_public_container(access: str) -> None:
    """A container is refused whatever its account says."""
    assert ask(storage_no_anonymous_blob, account(), container(publicAccess=access)) == [
        f"violation mandatory raw: publicAccess is {access}: anybody reads its blobs"
    ]


def test_storage_no_anonymous_blob_accepts_private_ones() -> None:
    """A container that says nothing is private."""
    assert ask(storage_no_anonymous_blob, account(), container(), container(publicAccess=GONE)) == []


def test_storage_no_anonymous_blob_cannot_tell_before_deployment() -> None:
    """An unknown access may be any."""
    assert ask(storage_no_anonymous_blob, container(publicAccess=UNKNOWN)) == [
        "unknown mandatory raw: unknown: property publicAccess can't be known before deployment"
    ]


def test_storage_soft_delete_versioning_refuses_an_account_without_any() -> None:
    """An account whose blob service is as Azure makes it keeps nothing."""
    assert ask(storage_soft_delete_versioning, account(), blob_service("other")) == [
        "violation mandatory stml: it has no BlobServiceProperties: what is deleted is gone"
    ]


def test_storage_soft_delete_versioning_refuses_what_is_off_or_too_short() -> None:
    """Blobs, containers and versions are looked at one by one."""
    weak = blob_service(
        deleteRetentionPolicy__days=6, containerDeleteRetentionPolicy__enabled=False, isVersioningEnabled=GONE
    )
    assert ask(storage_soft_delete_versioning, account(), weak) == [
        "violation mandatory stml: deleted blobs can be recovered for 6 days; at least 7",
        "violation mandatory stml: deleted containers can't be recovered: containerDeleteRetentionPolicy isn't enabled",
        "violation mandatory stml: overwritten blobs are lost: isVersioningEnabled isn't true",
    ]


def test_storage_soft_delete_versioning_accepts_seven_days() -> None:
    """A lake can't have versions, and file storage has no blobs."""
    assert ask(storage_soft_delete_versioning, account(), blob_service()) == []
    assert (
        ask(storage_soft_delete_versioning, account(isHnsEnabled=True), blob_service(isVersioningEnabled=False)) == []
    )
    assert ask(storage_soft_delete_versioning, account(kind="FileStorage")) == []


def test_storage_soft_delete_versioning_cannot_tell_before_deployment() -> None:
    """An unknown number of days is told with its place; a name that is unknown is found by where it came from."""
    found = ask(storage_soft_delete_versioning, account(), blob_service(deleteRetentionPolicy__days=UNKNOWN))
    assert found == [
        "unknown mandatory stml: unknown: property deleteRetentionPolicy.days can't be known before deployment "
        "(of storage:BlobServiceProperties stml-blobs)"
    ]
    named_later = depending(blob_service(accountName=UNKNOWN), accountName=account())
    assert ask(storage_soft_delete_versioning, account(), named_later) == []


def test_storage_exfiltration_refuses_ways_out_of_the_tenant() -> None:
    """Replication and copies across tenants have to be off."""
    for replication in (True, GONE):
        assert ask(storage_exfiltration, account(allowCrossTenantReplication=replication)) == [
            "violation mandatory stml: allowCrossTenantReplication isn't false: blobs may be replicated to another "
            "tenant"
        ]
    assert ask(storage_exfiltration, account(allowedCopyScope=GONE), context=PREPRODUCTION) == [
        "violation advisory stml: allowedCopyScope is not set: blobs may be copied from and to anywhere"
    ]


def test_storage_exfiltration_refuses_signatures_without_end() -> None:
    """A policy on signatures needs a period."""
    for policy in (GONE, {"expirationAction": "Log"}):
        assert ask(storage_exfiltration, account(sasPolicy=policy)) == [
            "violation mandatory stml: it has no sasPolicy with a sasExpirationPeriod: signatures may hold for ever"
        ]


def test_storage_exfiltration_accepts_either_scope() -> None:
    """The tenant, or networks with a private endpoint to the account."""
    assert ask(storage_exfiltration, account(), account("other", allowedCopyScope="PrivateLink")) == []


def test_storage_exfiltration_cannot_tell_before_deployment() -> None:
    """An unknown scope may be any."""
    assert ask(storage_exfiltration, account(allowedCopyScope=UNKNOWN)) == [
        "unknown mandatory stml: unknown: property allowedCopyScope can't be known before deployment"
    ]


def test_storage_redundancy_refuses_one_place() -> None:
    """Standard or premium, LRS is one building."""
    for sku in ("Standard_LRS", "Premium_LRS"):
        assert ask(storage_redundancy, account(sku__name=sku)) == [
            f"violation mandatory stml: its SKU is {sku}: all copies stand in one place"
        ]


def test_storage_redundancy_refuses_silence() -> None:
    """An account without a SKU isn't redundant."""
    assert ask(storage_redundancy, account(sku=GONE)) == [
        "violation mandatory stml: its SKU is not set: all copies stand in one place"
    ]


def test_storage_redundancy_accepts_zones_and_regions() -> None:
    """Each kind of copy elsewhere will do."""
    skus = ("Standard_ZRS", "Premium_ZRS", "Standard_GRS", "Standard_RAGRS", "Standard_GZRS", "Standard_RAGZRS")
    assert ask(storage_redundancy, *(account(f"st{sku}", sku__name=sku) for sku in skus)) == []


def test_storage_redundancy_cannot_tell_before_deployment() -> None:
    """An unknown SKU may be any."""
    assert ask(storage_redundancy, account(sku__name=UNKNOWN)) == [
        "unknown mandatory stml: unknown: property sku.name can't be known before deployment"
    ]


def test_storage_lifecycle_refuses_accounts_without_a_policy() -> None:
    """It is advice: what is kept too long costs, and breaks nothing."""
    assert ask(storage_lifecycle, account(), lifecycle(accountName="other")) == [
        "violation advisory stml: no enabled rule of a ManagementPolicy moves or deletes what is old"
    ]


def test_storage_lifecycle_refuses_policies_that_do_nothing() -> None:
    """A rule that is off, or has no action, counts for nothing."""
    for off in ({"enabled": False, "definition": {"actions": {"baseBlob": {"delete": {}}}}}, {"enabled": True}):
        assert len(ask(storage_lifecycle, account(), lifecycle(policy={"rules": [off]}))) == 1


def test_storage_lifecycle_accepts_a_rule_that_acts() -> None:
    """A rule on previous versions is one too, and file storage has no blobs."""
    versions = {"definition": {"actions": {"version": {"delete": {"daysAfterCreationGreaterThan": 90}}}}}
    assert ask(storage_lifecycle, account(), lifecycle()) == []
    assert ask(storage_lifecycle, account(), lifecycle(policy={"rules": [versions]})) == []
    assert ask(storage_lifecycle, account(kind="FileStorage")) == []


def test_storage_lifecycle_cannot_tell_before_deployment() -> None:
    """Unknown rules may do nothing."""
    assert ask(storage_lifecycle, account(), lifecycle(policy__rules=UNKNOWN)) == [
        "unknown advisory stml: unknown: property policy.rules can't be known before deployment "
        "(of storage:ManagementPolicy age)"
    ]
