"""The rule that keeps environments apart."""

from __future__ import annotations

from dataclasses import replace

from asking import ask
from guarded import GROUP, PREPRODUCTION, PRODUCTION, SUBSCRIPTION, depending, group, make, workspace
from guarded_services import OTHER_SUBSCRIPTION, account, public_ip

from policies.rules.isolation import env_isolation
from seawall.plan.model import Resource
from seawall.plan.values import UNKNOWN

OWN, OTHER = SUBSCRIPTION.rpartition("/")[2], OTHER_SUBSCRIPTION.rpartition("/")[2]
FOREIGN = f"{OTHER_SUBSCRIPTION}/resourceGroups/rg-prod/providers/Microsoft.Storage/storageAccounts/stprod"


def test_env_isolation_refuses_a_reference_to_another_subscription() -> None:
    """Whatever it names there, in every tier."""
    assert ask(env_isolation, workspace(storageAccount=FOREIGN), context=PREPRODUCTION) == [
        f"violation mandatory workspace: it refers to resource group rg-prod of subscription {OTHER}, which isn't one "
        "of this stack's"
    ]
    assert ask(env_isolation, account(networkRuleSet__resourceAccessRules=[{"resourceId": OTHER_SUBSCRIPTION}])) == [
        f"violation mandatory stml: it refers to subscription {OTHER}, which isn't one of this stack's"
    ]


def test_env_isolation_refuses_a_key_of_a_map_that_leads_elsewhere() -> None:
    """Identities stand as keys, where nothing else would look."""
    identity = FOREIGN.replace("Microsoft.Storage/storageAccounts", "Microsoft.ManagedIdentity/userAssignedIdentities")
    found = ask(env_isolation, workspace(identity={"type": "UserAssigned", "userAssignedIdentities": {identity: {}}}))
    assert [line.partition(" of sub")[0] for line in found] == [
        "violation mandatory workspace: it refers to resource group rg-prod"
    ]


def test_env_isolation_refuses_the_twin_in_the_own_subscription() -> None:
    """Environments that have one subscription together are told apart by their resource groups."""
    own = group("rg-mlp-test-weu-data")
    twin = f"{SUBSCRIPTION}/resourceGroups/rg-mlp-prod-weu-data/providers/Microsoft.Storage/storageAccounts/stprod"
    assert ask(env_isolation, own, workspace(storageAccount=twin)) == [
        "violation mandatory workspace: it refers to resource group rg-mlp-prod-weu-data, the twin of this stack's own "
        "in another environment"
    ]
    shared = twin.replace("-prod-", "-shared-")
    assert ask(env_isolation, own, workspace(storageAccount=shared)) == []


def test_env_isolation_refuses_to_stand_elsewhere() -> None:
    """A provider of another subscription would put a resource there."""
    there = make("network:PublicIPAddress", "address", public_ip().id.replace(OWN, OTHER), {"resourceGroupName": "rg"})
    assert ask(env_isolation, there, context=replace(PRODUCTION, subscriptions=frozenset({OWN}))) == [
        f"violation mandatory address: it would stand in subscription {OTHER}, which isn't one of this stack's"
    ]


def test_env_isolation_accepts_own_shared_and_agreed_subscriptions() -> None:
    """What the settings name, in any case; and where nothing is named, where the plan's resources stand."""
    referring = workspace(storageAccount=FOREIGN.upper())
    for allowed in (
        replace(PRODUCTION, subscriptions=frozenset({OWN, OTHER})),
        replace(PRODUCTION, controlled_subnets=frozenset({FOREIGN})),
        replace(PRODUCTION, declared_resources=frozenset({FOREIGN})),
    ):
        assert ask(env_isolation, referring, context=allowed) == []
    beside = Resource(urn=f"{public_ip().urn}2", type=public_ip().type, name="b", id=public_ip().id.replace(OWN, OTHER))
    assert ask(env_isolation, referring, beside, group()) == []


def test_env_isolation_accepts_what_belongs_to_nobody() -> None:
    """A definition of the tenant has no subscription."""
    role = {"roleDefinitionId": "/providers/Microsoft.Authorization/roleDefinitions/x", "scope": GROUP}
    assert ask(env_isolation, make("authorization:RoleAssignment", "grant", f"{GROUP}/x", role)) == []


def test_env_isolation_cannot_tell_of_an_id_from_nowhere() -> None:
    """An unknown ID that comes from no resource of the plan may lead anywhere; one that does is own."""
    unknown = account(encryption={"encryptionIdentity": {"scopeId": UNKNOWN}})
    assert ask(env_isolation, unknown) == [
        "unknown mandatory stml: unknown: property encryption.encryptionIdentity.scopeId can't be known before "
        "deployment"
    ]
    assert ask(env_isolation, depending(unknown, encryption=group()), group()) == []
    assert ask(env_isolation, account(tags={"build": UNKNOWN})) == []
