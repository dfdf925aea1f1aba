"""Who releases and promotes models: the stack's CI identity has what that takes, and the deployer hasn't."""

from __future__ import annotations

import pytest

from rbac import load_grants
from rbac.assignments import permissions_with
from rbac.grants import CI, DEPLOYER, PERSONA_OF
from rbac.permissions import matches
from rbac.report import who_says_so
from seawall.delivery.target import ML
from tests.rbac.environments import ENVIRONMENTS, access_to

WORKSPACE, STORAGE, REGISTRY = "Machine Learning workspace", "Azure Storage account", "Machine Learning registry"
BLOBS = "Microsoft.Storage/storageAccounts/blobServices/containers"
ENDPOINT = f"{ML}/workspaces/onlineEndpoints"
DATA = [(f"{BLOBS}/blobs/{may}", STORAGE) for may in ("read", "write", "add/action", "delete")]
"""Leases, histories, the record of promotions, and the files of models."""
OF_REGISTRY = [(f"{ML}/registries/assets/{may}", REGISTRY) for may in ("read", "write")]
CONTROL = [
    *((f"{ENDPOINT}/{action}", WORKSPACE) for action in ("read", "write", "score/action", "listKeys/action")),
    *((f"{ENDPOINT}/deployments/{action}", WORKSPACE) for action in ("write", "delete", "getLogs/action")),
    (f"{ML}/workspaces/models/versions/read", WORKSPACE),
    (f"{BLOBS}/write", STORAGE),
    ("Microsoft.OperationalInsights/workspaces/query/read", "Log Analytics workspace"),
    *((f"Microsoft.Insights/autoscaleSettings/{may}", "Subscription") for may in ("read", "write", "delete")),
    (f"{ML}/locations/usages/read", "Subscription"),
    (f"{ML}/locations/vmSizes/read", "Subscription"),
]
"""What seawall.delivery asks of Resource Manager, and of a workspace's logs."""


def may(env: str, who: str, action: str, resource: str) -> bool:
    return bool(who_says_so(access_to(env), load_grants(), PERSONA_OF[who], action, resource))


def may_with_data(env: str, who: str, action: str, resource: str) -> bool:
    """By data actions alone: `*` among the others is no right on data. Source: Azure RBAC docs, role-definitions."""
    permitted = permissions_with(load_grants())
    says = who_says_so(access_to(env), load_grants(), PERSONA_OF[who], action, resource)
    roles = [permitted[one.assignment.role] for one in says]
    return any(matches(pattern, action) for role in roles for pattern in role.data_actions)


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_the_ci_identity_may_do_what_releases_and_promotions_do(env):
    """By effective access, at the resource itself: data by a role on data, since Owner sees none."""
    assert [one for one in DATA if not may_with_data(env, CI, *one)] == []
    assert [one for one in (*OF_REGISTRY, *CONTROL) if not may(env, CI, *one)] == []


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_the_deployer_could_not(env):
    """It has no right on data; nor on the registry, which stands in another subscription."""
    assert [one for one in DATA if may_with_data(env, DEPLOYER, *one)] == []
    assert [one for one in OF_REGISTRY if may(env, DEPLOYER, *one)] == []


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_the_ci_identity_has_no_more_on_data_or_the_subscription_than_that(env):
    """No data but the workspace's own storage; of the subscription five actions, each written out."""
    held = [one for one in access_to(env).assignments if one.persona == PERSONA_OF[CI]]
    permitted = permissions_with(load_grants())
    with_data = {one.place for one in held if one.role in permitted and permitted[one.role].data_actions}
    account = next(one.place for one in held if one.role == "Storage Blob Data Contributor")
    vault = next(one.place for one in held if one.resource == "Azure Key Vault")
    assert with_data == {account, vault}
    (role,) = {one.role for one in held if one.resource == "Subscription"}
    assert len(permitted[role].actions) == 5 and not [one for one in permitted[role].actions if "*" in one]
