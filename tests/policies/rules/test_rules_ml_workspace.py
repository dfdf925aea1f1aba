"""Rules on workspaces."""

from __future__ import annotations

from dataclasses import replace

from asking import ask
from guarded import (
    GONE,
    IDENTITY,
    PREPRODUCTION,
    PRODUCTION,
    STORAGE,
    datastore,
    outbound_rule,
    storage_account,
    workspace,
)

from policies.rules.ml_workspace import (
    ml_datastore_identity,
    ml_outbound_allowlist,
    ml_user_assigned_identity,
    ml_workspace_public_off,
)
from seawall.plan.model import Resource
from seawall.plan.values import UNKNOWN, Secret


def test_ml_workspace_public_off_refuses_an_open_workspace() -> None:
    """Public network access that is enabled is refused."""
    assert ask(ml_workspace_public_off, workspace(publicNetworkAccess="Enabled")) == [
        "violation mandatory workspace: publicNetworkAccess is Enabled"
    ]


def test_ml_workspace_public_off_refuses_silence() -> None:
    """A workspace that doesn't say it is closed is open."""
    assert ask(ml_workspace_public_off, workspace(publicNetworkAccess=GONE)) == [
        "violation mandatory workspace: publicNetworkAccess is not set"
    ]


def test_ml_workspace_public_off_refuses_the_back_door() -> None:
    """allowPublicAccessWhenBehindVnet opens a closed workspace."""
    assert ask(ml_workspace_public_off, workspace(allowPublicAccessWhenBehindVnet=True)) == [
        "violation mandatory workspace: allowPublicAccessWhenBehindVnet opens it to the Internet again"
    ]


def test_ml_workspace_public_off_accepts_a_closed_workspace() -> None:
    """Disabled, in whatever case, is closed."""
    assert ask(ml_workspace_public_off, workspace()) == []
    assert ask(ml_workspace_public_off, workspace(publicNetworkAccess="disabled")) == []


def test_ml_workspace_public_off_cannot_tell_before_deployment() -> None:
    """An unknown access is refused in production and advice elsewhere."""
    unknown = workspace(publicNetworkAccess=UNKNOWN)
    message = "workspace: unknown: property publicNetworkAccess can't be known before deployment"
    assert ask(ml_workspace_public_off, unknown) == [f"unknown mandatory {message}"]
    assert ask(ml_workspace_public_off, unknown, context=PREPRODUCTION) == [f"unknown advisory {message}"]


def test_ml_workspace_public_off_is_read_through_versions_and_secrets() -> None:
    """A versioned token is the same type, and a secret value is read but never shown."""
    hidden = workspace(publicNetworkAccess=Secret("Enabled"))
    assert ask(ml_workspace_public_off, Resource(
        urn=hidden.urn, type="azure-native:machinelearningservices/v20251201:Workspace", name="workspace",
        inputs={"publicNetworkAccess": "Enabled"},
    )) == ["violation mandatory workspace: publicNetworkAccess is Enabled"]  # fmt: skip


def test_ml_outbound_allowlist_refuses_wildcards_even_if_approved() -> None:
    """A wildcard lets anybody's host in, whoever approved it."""
    approved = replace(PRODUCTION, approved_fqdns=frozenset({"*.larkspur.example"}))
    assert ask(
        ml_outbound_allowlist, outbound_rule(properties__destination="*.larkspur.example"), context=approved
    ) == ["violation mandatory packages: *.larkspur.example is a wildcard"]


def test_ml_outbound_allowlist_refuses_hosts_that_nobody_approved() -> None:
    """Each of several hosts in one rule is looked at."""
    two = outbound_rule(properties__destination="packages.larkspur.example, paste.example")
    assert ask(ml_outbound_allowlist, two) == ["violation mandatory packages: paste.example isn't approved"]


def test_ml_outbound_allowlist_refuses_rules_inside_of_a_workspace() -> None:
    """What stands in a workspace's outboundRules counts as much as a rule of its own."""
    rules = {
        "paste": {"type": "FQDN", "destination": "paste.example"},
        "all": {"type": "ServiceTag", "destination": {"serviceTag": "Internet", "action": "Allow"}},
        "addresses": {"type": "ServiceTag", "destination": {"serviceTag": "x", "addressPrefixes": ["0.0.0.0/0"]}},
    }
    assert ask(ml_outbound_allowlist, workspace(managedNetwork__outboundRules=rules)) == [
        "violation mandatory workspace: outbound rule addresses: 0.0.0.0/0 opens the whole Internet",
        "violation mandatory workspace: outbound rule all: Internet opens the whole Internet",
        "violation mandatory workspace: outbound rule paste: paste.example isn't approved",
    ]


def test_ml_outbound_allowlist_accepts_approved_hosts_and_azure_services() -> None:
    """An approved host in any case, a service tag of one service and a private endpoint are accepted."""
    assert ask(ml_outbound_allowlist, outbound_rule(properties__destination="Packages.Larkspur.example")) == []
    tag = outbound_rule(properties={"type": "ServiceTag", "destination": {"serviceTag": "AzureMonitor"}})
    assert ask(ml_outbound_allowlist, tag) == []
    endpoint = outbound_rule(properties={"type": "PrivateEndpoint", "destination": {"serviceResourceId": STORAGE}})
    assert ask(ml_outbound_allowlist, endpoint) == []


def test_ml_outbound_allowlist_cannot_tell_before_deployment() -> None:
    """A host that is unknown isn't approved."""
    assert ask(ml_outbound_allowlist, outbound_rule(properties__destination=UNKNOWN)) == [
        "unknown mandatory packages: unknown: property properties.destination can't be known before deployment"
    ]


def test_ml_user_assigned_identity_refuses_a_system_assigned_one() -> None:
    """A system-assigned identity, or none, is refused."""
    for identity in (GONE, {"type": "SystemAssigned"}, {"type": "None"}):
        assert ask(ml_user_assigned_identity, workspace(identity=identity)) == [
            "violation mandatory workspace: its identity isn't user-assigned"
        ]


def test_ml_user_assigned_identity_refuses_a_primary_that_is_missing_or_strange() -> None:
    """The primary identity has to be set, and to be one of those assigned."""
    assert ask(ml_user_assigned_identity, workspace(primaryUserAssignedIdentity=GONE)) == [
        "violation mandatory workspace: primaryUserAssignedIdentity isn't set"
    ]
    assert ask(ml_user_assigned_identity, workspace(primaryUserAssignedIdentity="/other")) == [
        "violation mandatory workspace: primaryUserAssignedIdentity isn't one of its userAssignedIdentities"
    ]
    assert ask(ml_user_assigned_identity, workspace(identity__userAssignedIdentities=[])) == [
        "violation mandatory workspace: identity.userAssignedIdentities names no identity"
    ]


def test_ml_user_assigned_identity_accepts_list_and_map() -> None:
    """Identities come as a list in inputs and as a map from Azure, in any case."""
    assert ask(ml_user_assigned_identity, workspace()) == []
    answered = {"type": "SystemAssigned, UserAssigned", "userAssignedIdentities": {IDENTITY.upper(): {}}}
    assert ask(ml_user_assigned_identity, workspace(identity=answered)) == []


def test_ml_user_assigned_identity_cannot_tell_before_deployment() -> None:
    """An unknown identity is named by its place in the list."""
    assert ask(ml_user_assigned_identity, workspace(identity__userAssignedIdentities=[UNKNOWN])) == [
        "unknown mandatory workspace: unknown: property identity.userAssignedIdentities[0] "
        "can't be known before deployment"
    ]


def test_ml_datastore_identity_refuses_account_keys() -> None:
    """A workspace that reaches its storage with keys is refused; saying nothing means keys."""
    for change in ({"systemDatastoresAuthMode": "AccessKey"}, {"systemDatastoresAuthMode": GONE}):
        assert ask(ml_datastore_identity, workspace(**change)) == [
            "violation mandatory workspace: systemDatastoresAuthMode is AccessKey"
        ]


def test_ml_datastore_identity_refuses_stored_credentials() -> None:
    """A data store with a stored credential is refused."""
    stored = datastore(properties__credentials={"credentialsType": "Sas", "secrets": {"sasToken": Secret("sv=2024")}})
    assert ask(ml_datastore_identity, stored) == ["violation mandatory curated: its credentials are Sas"]


def test_ml_datastore_identity_refuses_keys_in_every_tier_where_they_are_off() -> None:
    """Where the storage account has no keys, a data store that needs one can't work: refused in preproduction too."""
    keyed, stored = (
        workspace(systemDatastoresAuthMode="AccessKey"),
        datastore(properties__credentials__credentialsType="AccountKey"),
    )
    for off, level in ((False, "mandatory"), (True, "advisory"), (UNKNOWN, "advisory")):
        account = storage_account(allowSharedKeyAccess=off)
        assert ask(ml_datastore_identity, account, keyed, stored, context=PREPRODUCTION) == [
            f"violation {level} curated: its credentials are AccountKey",
            f"violation {level} workspace: systemDatastoresAuthMode is AccessKey",
        ]


def test_ml_datastore_identity_accepts_identities() -> None:
    """Identity-based system data stores, and a data store without credentials, are accepted."""
    assert ask(ml_datastore_identity, storage_account(), workspace(), datastore()) == []


def test_ml_datastore_identity_cannot_tell_before_deployment() -> None:
    """An unknown mode, or an unknown kind of credential, is refused in production."""
    unknown = workspace(systemDatastoresAuthMode=UNKNOWN), datastore(properties__credentials=UNKNOWN)
    assert ask(ml_datastore_identity, *unknown) == [
        "unknown mandatory curated: unknown: property properties.credentials can't be known before deployment",
        "unknown mandatory workspace: unknown: property systemDatastoresAuthMode can't be known before deployment",
    ]
