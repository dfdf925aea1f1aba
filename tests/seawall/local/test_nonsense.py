"""Whatever a client sends, Azure answers or refuses: nothing else ever gets out."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from arm import ACCOUNT, GROUP, NET, STORAGE_BODY, SUB, VAULT, VAULT_BODY
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seawall.azure.types import types
from seawall.local.azure import LocalAzure
from seawall.local.errors import AzureError

_ACCESS = f"{GROUP}/providers/Microsoft.Authorization"
_WORKSPACE = f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/mlw"
_NAME = "00000000-0000-0000-0000-000000000001"
_ROLE = f"{SUB}/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7"
_GRANT = {"principalId": _NAME, "principalType": "Group", "roleDefinitionId": _ROLE}
_RULES = {"pypi": {"type": "FQDN", "destination": "packages.larkspur.example:443"}}

VALID: dict[str, dict[str, Any]] = {
    ACCOUNT: {**STORAGE_BODY, "properties": {"isHnsEnabled": False}, "tags": {"a": "b"}},
    f"{ACCOUNT}/blobServices/default": {"properties": {"deleteRetentionPolicy": {"enabled": True, "days": 7}}},
    VAULT: {**VAULT_BODY, "properties": {**VAULT_BODY["properties"], "softDeleteRetentionInDays": 90}},
    f"{NET}/virtualNetworks/vnet": {
        "location": "westeurope",
        "properties": {
            "addressSpace": {"addressPrefixes": ["10.0.0.0/16"]},
            "subnets": [{"name": "s", "properties": {"addressPrefix": "10.0.0.0/24"}}],
        },
    },
    f"{NET}/virtualNetworks/vnet/subnets/s": {"properties": {"addressPrefixes": ["10.0.0.0/24"]}},
    _WORKSPACE: {
        "location": "westeurope",
        "kind": "Default",
        "identity": {"type": "UserAssigned", "userAssignedIdentities": {}},
        "properties": {
            "storageAccount": ACCOUNT,
            "provisionNetworkNow": True,
            "managedNetwork": {"isolationMode": "AllowOnlyApprovedOutbound", "outboundRules": _RULES},
        },
    },
    f"{_WORKSPACE}/computes/cpu": {
        "location": "westeurope",
        "identity": {"type": "SystemAssigned"},
        "properties": {"computeType": "AmlCompute", "properties": {"scaleSettings": {"minNodeCount": 0}}},
    },
    f"{_WORKSPACE}/outboundRules/rule": {"properties": {"type": "FQDN", "destination": "packages.larkspur.example"}},
    f"{_WORKSPACE}/onlineEndpoints/fraud": {
        "location": "westeurope",
        "tags": {"a": "b"},
        "properties": {"authMode": "Key", "traffic": {}, "mirrorTraffic": {}},
    },
    f"{_WORKSPACE}/onlineEndpoints/fraud/deployments/blue": {
        "location": "westeurope",
        "sku": {"name": "Default", "capacity": 1},
        "properties": {"endpointComputeType": "Managed"},
    },
    f"{_ACCESS}/roleAssignments/{_NAME}": {"properties": _GRANT},
    f"{_ACCESS}/roleEligibilityScheduleRequests/{_NAME}": {
        "properties": {**_GRANT, "scheduleInfo": {"expiration": {"type": "AfterDuration", "duration": "P1D"}}}
    },
    f"{_ACCESS}/locks/lock": {"properties": {"level": "NotSpecified"}},
    f"{GROUP}/providers/Microsoft.Consumption/budgets/b": {
        "properties": {
            "amount": 1,
            "timePeriod": {"startDate": "2026-01-01", "endDate": "2027-01-01"},
            "notifications": {"a": {"threshold": 50}},
        }
    },
    f"{VAULT}/providers/Microsoft.Insights/diagnosticSettings/d": {
        "properties": {"workspaceId": "x", "logs": [{"category": "a", "enabled": True}]}
    },
    f"{GROUP}/providers/Microsoft.CognitiveServices/accounts/ai": {
        "location": "westeurope",
        "kind": "AIServices",
        "sku": {"name": "S0"},
        "properties": {"customSubDomainName": "ai"},
    },
}

_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 500) | st.text(max_size=6) | st.sampled_from([GROUP, ACCOUNT, "0.5"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)


@pytest.fixture(scope="module")
def full() -> Iterator[LocalAzure]:
    """An Azure in which every valid body has been put."""
    with tempfile.TemporaryDirectory() as folder, LocalAzure.open(Path(folder) / "azure.db") as azure:
        azure.put(GROUP, {"location": "westeurope"})
        for id, body in VALID.items():
            azure.put(id, body)
        yield azure


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of all values within a body."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        yield (*path, key)
        yield from _places(part, (*path, key))


def _with(body: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    """The body with another value at a path."""
    result: Any = deepcopy(body)
    target = result
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    return result


@st.composite
def _spoilt(draw: Any) -> tuple[str, dict[str, Any]]:
    """A valid body with one or two values replaced by anything."""
    id = draw(st.sampled_from(sorted(VALID)))
    body = VALID[id]
    for _ in range(draw(st.integers(1, 2))):
        body = _with(body, draw(st.sampled_from(sorted(_places(body), key=repr))), draw(_ANYTHING))
    return id, body


def _is_answered(azure: LocalAzure, method: str, id: str, body: dict[str, Any]) -> None:
    try:
        response = azure.request(method, id, "2024-01-01", body)
    except AzureError as error:
        assert 400 <= error.status < 600
        assert error.body["error"]["message"]
    else:
        assert response.status in (200, 201, 202, 204)
    while azure.tick():
        continue


@settings(max_examples=800, deadline=None, suppress_health_check=list(HealthCheck))
@given(spoilt=_spoilt(), method=st.sampled_from(["PUT", "PATCH"]), anew=st.booleans())
def test_a_spoilt_body_is_answered_or_refused(
    full: LocalAzure, spoilt: tuple[str, dict[str, Any]], method: str, anew: bool
) -> None:
    """At a creation, an update, a change of a part; and the right body works afterwards."""
    id, body = spoilt
    if anew:
        _is_answered(full, "DELETE", id, {})
    _is_answered(full, method, id, body)
    _is_answered(full, "DELETE", id, {})
    if full.is_soft_deleted(id):
        full.purge(id)
    for each in VALID:
        if not full.store.exists(each):
            full.put(each, VALID[each])


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(arm=st.sampled_from(types()), body=st.dictionaries(st.text(max_size=4), _ANYTHING, max_size=3))
def test_every_type_answers_or_refuses(full: LocalAzure, arm: Any, body: dict[str, Any]) -> None:
    """Any object, sent to any type that the platform knows."""
    namespace, *kinds = arm.arm_type.split("/")
    id = f"{GROUP}/providers/{namespace}/" + "/".join(f"{kind}/default" for kind in kinds)
    _is_answered(full, "PUT", id, {"location": "westeurope", "properties": body})
    _is_answered(full, "GET", id, {})
    _is_answered(full, "DELETE", id, {})


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="/abcPROVIDERSproviderssubscriptionsresourceGroups$? .%", max_size=60))
def test_every_path_is_answered_or_refused(path: str) -> None:
    """Any text in a path's place."""
    with tempfile.TemporaryDirectory() as folder, LocalAzure.open(Path(folder) / "azure.db") as azure:
        for method in ("GET", "PUT", "DELETE", "POST"):
            _is_answered(azure, method, path, {})
