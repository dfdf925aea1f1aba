"""Rules on identities and endpoints."""

from __future__ import annotations

import pytest
from asking import ask
from guarded import (
    GONE,
    IDENTITY,
    PREPRODUCTION,
    ai_account,
    attached,
    batch_endpoint,
    cluster,
    instance,
    online_endpoint,
    search_service,
)

from policies.rules.identity import managed_identity_required
from policies.rules.ml_endpoint import ml_endpoint_entra_auth
from seawall.plan.values import UNKNOWN


@pytest.mark.parametrize("build", [ai_account, search_service, cluster, instance, online_endpoint])
def test_managed_identity_required_refuses_services_without_one(build: type) -> None:
    """Each kind of service needs an identity; None is none."""
    for identity in (GONE, {"type": "None"}):
        resource = build(identity=identity)
        assert ask(managed_identity_required, resource) == [
            f"violation mandatory {resource.name}: it has no managed identity"
        ]


def test_managed_identity_required_refuses_a_user_assigned_identity_that_names_none() -> None:
    """UserAssigned without an identity gives none."""
    empty = {"type": "UserAssigned", "userAssignedIdentities": []}
    assert len(ask(managed_identity_required, cluster(identity=empty))) == 1


def test_managed_identity_required_accepts_either_kind() -> None:
    """An identity of its own and an assigned one satisfy alike; attached computes aren't asked."""
    assigned = {"type": "UserAssigned", "userAssignedIdentities": {IDENTITY: {}}}
    resources = ai_account(), search_service(identity=assigned), cluster(), instance(), online_endpoint(), attached()
    assert ask(managed_identity_required, *resources) == []


def test_managed_identity_required_accepts_an_assigned_identity_whose_id_is_unknown() -> None:
    """Which identity it will be doesn't matter here."""
    coming = {"type": "UserAssigned", "userAssignedIdentities": [IDENTITY, IDENTITY]}
    assert ask(managed_identity_required, cluster(identity=coming)) == []


def test_managed_identity_required_cannot_tell_before_deployment() -> None:
    """An unknown identity may be none."""
    assert ask(managed_identity_required, ai_account(identity=UNKNOWN), context=PREPRODUCTION) == [
        "unknown advisory ai: unknown: property identity can't be known before deployment"
    ]


def test_ml_endpoint_entra_auth_refuses_keys() -> None:
    """Keys are refused, on online and batch endpoints."""
    keyed = online_endpoint(properties__authMode="Key"), batch_endpoint(properties__authMode="Key")
    assert ask(ml_endpoint_entra_auth, *keyed) == [
        "violation mandatory nightly: properties.authMode is Key",
        "violation mandatory fraud: properties.authMode is Key",
    ]


def test_ml_endpoint_entra_auth_refuses_workspace_tokens_and_silence() -> None:
    """A token of the workspace doesn't name the caller, and an endpoint that says nothing isn't trusted."""
    assert ask(ml_endpoint_entra_auth, online_endpoint(properties__authMode="AMLToken")) == [
        "violation mandatory fraud: properties.authMode is AMLToken"
    ]
    assert ask(ml_endpoint_entra_auth, online_endpoint(properties__authMode=GONE), context=PREPRODUCTION) == [
        "violation advisory fraud: properties.authMode is not set"
    ]


def test_ml_endpoint_entra_auth_accepts_entra_tokens() -> None:
    """AADToken is accepted in any case."""
    assert ask(ml_endpoint_entra_auth, online_endpoint(), batch_endpoint(properties__authMode="aadToken")) == []


def test_ml_endpoint_entra_auth_cannot_tell_before_deployment() -> None:
    """An endpoint whose properties are unknown is refused in production."""
    assert ask(ml_endpoint_entra_auth, online_endpoint(properties=UNKNOWN)) == [
        "unknown mandatory fraud: unknown: property properties can't be known before deployment"
    ]
