"""Rules on keys and local accounts."""

from __future__ import annotations

import pytest
from asking import ask
from guarded import GONE, PREPRODUCTION
from guarded_operations import (
    ai_account,
    connection,
    container_registry,
    cosmos,
    event_hubs,
    kubernetes,
    sas_rule,
    search_service,
    storage,
    vault,
)

from policies.rules.local_auth import (
    acr_admin_anonymous_off,
    ai_search_local_auth_off,
    aks_entra_only,
    cosmos_eventhub_local_auth_off,
    keyvault_rbac,
    ml_connection_no_keys,
    storage_shared_key_off,
)
from seawall.plan.values import UNKNOWN


def test_ml_connection_no_keys_refuses_a_key() -> None:
    """A connection that holds a key is refused, and advice in preproduction."""
    keyed = connection(properties__authType="ApiKey")
    assert ask(ml_connection_no_keys, keyed) == ["violation mandatory lake: properties.authType is ApiKey"]
    assert ask(ml_connection_no_keys, keyed, context=PREPRODUCTION) == [
        "violation advisory lake: properties.authType is ApiKey"
    ]


@pytest.mark.parametrize("kind", ["SAS", "UsernamePassword", "ServicePrincipal", "CustomKeys", "None", GONE])
def test_ml_connection_no_keys_refuses_other_secrets_and_none(kind: object) -> None:
    """Whatever a connection would hold is refused, and so is signing in as nobody."""
    assert len(ask(ml_connection_no_keys, connection(properties__authType=kind))) == 1


def test_ml_connection_no_keys_accepts_identities() -> None:
    """Entra and managed identities are accepted, in any case."""
    for kind in ("AAD", "managedidentity", "ProjectManagedIdentity"):
        assert ask(ml_connection_no_keys, connection(properties__authType=kind)) == []


def test_ml_connection_no_keys_cannot_tell_before_deployment() -> None:
    """An unknown kind may be a key."""
    assert ask(ml_connection_no_keys, connection(properties__authType=UNKNOWN)) == [
        "unknown mandatory lake: unknown: property properties.authType can't be known before deployment"
    ]


def test_storage_shared_key_off_refuses_keys() -> None:
    """Keys that work are refused, said or not."""
    for value in (True, GONE):
        assert ask(storage_shared_key_off, storage(allowSharedKeyAccess=value)) == [
            "violation mandatory storage: allowSharedKeyAccess isn't false: account keys work"
        ]


def test_storage_shared_key_off_refuses_local_users() -> None:
    """Local users, and SFTP that needs them, are refused."""
    assert ask(storage_shared_key_off, storage(isLocalUserEnabled=GONE)) == [
        "violation mandatory storage: isLocalUserEnabled isn't false: local users can be made"
    ]
    assert len(ask(storage_shared_key_off, storage(isSftpEnabled=True))) == 1


def test_storage_shared_key_off_accepts_an_account_without_either() -> None:
    """Both said to be off."""
    assert ask(storage_shared_key_off, storage(isSftpEnabled=False)) == []


def test_storage_shared_key_off_cannot_tell_before_deployment() -> None:
    """An unknown access may be open."""
    assert ask(storage_shared_key_off, storage(allowSharedKeyAccess=UNKNOWN)) == [
        "unknown mandatory storage: unknown: property allowSharedKeyAccess can't be known before deployment"
    ]


def test_ai_search_local_auth_off_refuses_keys_of_ai_services() -> None:
    """An AI service with keys, or that says nothing of them."""
    for value in (False, GONE):
        assert ask(ai_search_local_auth_off, ai_account(properties__disableLocalAuth=value)) == [
            "violation mandatory ai: properties.disableLocalAuth isn't true"
        ]


def test_ai_search_local_auth_off_refuses_keys_of_search() -> None:
    """A search service with keys."""
    assert ask(ai_search_local_auth_off, search_service(disableLocalAuth=GONE)) == [
        "violation mandatory search: disableLocalAuth isn't true"
    ]


def test_ai_search_local_auth_off_accepts_entra_alone() -> None:
    """Local authentication off."""
    assert ask(ai_search_local_auth_off, ai_account(), search_service()) == []


def test_ai_search_local_auth_off_cannot_tell_before_deployment() -> None:
    """Properties that are unknown as a whole."""
    assert ask(ai_search_local_auth_off, ai_account(properties=UNKNOWN)) == [
        "unknown mandatory ai: unknown: property properties can't be known before deployment"
    ]


def test_cosmos_eventhub_local_auth_off_refuses_keys() -> None:
    """Keys of Cosmos DB and of Event Hubs, and keys that change an account."""
    found = ask(cosmos_eventhub_local_auth_off, cosmos(disableLocalAuth=False), event_hubs(disableLocalAuth=GONE))
    assert found == [
        "violation mandatory cosmos: disableLocalAuth isn't true",
        "violation mandatory events: disableLocalAuth isn't true",
    ]
    assert len(ask(cosmos_eventhub_local_auth_off, cosmos(disableKeyBasedMetadataWriteAccess=False))) == 1


def test_cosmos_eventhub_local_auth_off_refuses_sas_rules() -> None:
    """A SAS rule is a key, whatever the namespace says."""
    assert ask(cosmos_eventhub_local_auth_off, event_hubs(), sas_rule()) == [
        "violation mandatory send: it is a rule for shared access signatures, which are keys"
    ]


def test_cosmos_eventhub_local_auth_off_accepts_entra_alone() -> None:
    """Both with local authentication off."""
    assert ask(cosmos_eventhub_local_auth_off, cosmos(), event_hubs()) == []


def test_cosmos_eventhub_local_auth_off_cannot_tell_before_deployment() -> None:
    """Unknown whether keys are off."""
    assert ask(cosmos_eventhub_local_auth_off, event_hubs(disableLocalAuth=UNKNOWN), context=PREPRODUCTION) == [
        "unknown advisory events: unknown: property disableLocalAuth can't be known before deployment"
    ]


def test_acr_admin_anonymous_off_refuses_the_administrator_in_every_tier() -> None:
    """The shared administrator is refused in preproduction as well."""
    assert ask(acr_admin_anonymous_off, container_registry(adminUserEnabled=True), context=PREPRODUCTION) == [
        "violation mandatory images: adminUserEnabled is true"
    ]


def test_acr_admin_anonymous_off_refuses_anonymous_pulls() -> None:
    """A registry that anybody may read."""
    assert ask(acr_admin_anonymous_off, container_registry(anonymousPullEnabled=True)) == [
        "violation mandatory images: anonymousPullEnabled is true"
    ]


def test_acr_admin_anonymous_off_accepts_silence() -> None:
    """Both are off where nothing is said."""
    assert ask(acr_admin_anonymous_off, container_registry(adminUserEnabled=GONE)) == []


def test_acr_admin_anonymous_off_cannot_tell_before_deployment() -> None:
    """An unknown administrator."""
    assert len(ask(acr_admin_anonymous_off, container_registry(adminUserEnabled=UNKNOWN))) == 1


def test_keyvault_rbac_refuses_access_policies() -> None:
    """A vault under access policies, and one that has any beside role assignments."""
    assert ask(keyvault_rbac, vault(properties__enableRbacAuthorization=False), context=PREPRODUCTION) == [
        "violation mandatory vault: properties.enableRbacAuthorization isn't true"
    ]
    assert ask(keyvault_rbac, vault(properties__accessPolicies=[{"objectId": "x"}])) == [
        "violation mandatory vault: it has 1 access policies"
    ]


def test_keyvault_rbac_refuses_silence() -> None:
    """A vault that says nothing takes access policies."""
    assert len(ask(keyvault_rbac, vault(properties__enableRbacAuthorization=GONE))) == 1


def test_keyvault_rbac_accepts_role_assignments() -> None:
    """Role assignments, and an empty list of policies."""
    assert ask(keyvault_rbac, vault(properties__accessPolicies=[])) == []


def test_keyvault_rbac_cannot_tell_before_deployment() -> None:
    """Unknown who decides."""
    assert len(ask(keyvault_rbac, vault(properties__enableRbacAuthorization=UNKNOWN))) == 1


@pytest.mark.parametrize(
    "path",
    [
        "disableLocalAccounts",
        "aadProfile__managed",
        "aadProfile__enableAzureRBAC",
        "oidcIssuerProfile__enabled",
        "securityProfile__workloadIdentity__enabled",
    ],
)
def test_aks_entra_only_refuses_each_other_way_in(path: str) -> None:
    """Each of the five is needed, and silence is none."""
    for value in (False, GONE):
        assert ask(aks_entra_only, kubernetes(**{path: value})) == [
            f"violation mandatory kubernetes: {path.replace('__', '.')} isn't true"
        ]


def test_aks_entra_only_refuses_pod_identity() -> None:
    """The predecessor of workload identity."""
    assert len(ask(aks_entra_only, kubernetes(podIdentityProfile={"enabled": True}))) == 1


def test_aks_entra_only_accepts_entra_alone() -> None:
    """A cluster with all five."""
    assert ask(aks_entra_only, kubernetes()) == []


def test_aks_entra_only_cannot_tell_before_deployment() -> None:
    """An unknown profile."""
    assert ask(aks_entra_only, kubernetes(aadProfile=UNKNOWN)) == [
        "unknown mandatory kubernetes: unknown: property aadProfile can't be known before deployment"
    ]
