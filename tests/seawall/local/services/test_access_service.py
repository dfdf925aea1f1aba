"""Role assignments and eligibilities."""

from __future__ import annotations

from typing import Any

from arm import ACCOUNT, GROUP, STORAGE_BODY, SUB, TENANT, refusal

from seawall.local.azure import LocalAzure

READER = f"{SUB}/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7"
PRINCIPAL = "00000000-0000-0000-0000-0000000000bb"


def _assignment(number: int, **properties: Any) -> tuple[str, dict[str, Any]]:
    id = f"{GROUP}/providers/Microsoft.Authorization/roleAssignments/00000000-0000-0000-0000-00000000000{number}"
    defaults = {"principalId": PRINCIPAL, "principalType": "Group", "roleDefinitionId": READER}
    return id, {"properties": {**defaults, **properties}}


def test_the_same_assignment_under_another_name_exists(azure: LocalAzure, group: str) -> None:
    """RoleAssignmentExists; below the scope, or for another principal, it is another one."""
    azure.put(*_assignment(1))
    assert refusal(azure, "PUT", *_assignment(2)).code == "RoleAssignmentExists"
    azure.put(*_assignment(3, principalId=TENANT))
    azure.put(ACCOUNT, STORAGE_BODY)
    id, body = _assignment(4)
    azure.put(id.replace(GROUP, ACCOUNT), body)


def test_an_assignment_keeps_its_principal_and_role(azure: LocalAzure, group: str) -> None:
    """An update may change the rest; the same again is no error."""
    azure.put(*_assignment(1))
    azure.put(*_assignment(1, description="why"))
    changed = _assignment(1, principalId=TENANT)
    assert refusal(azure, "PUT", *changed).code == "RoleAssignmentUpdateNotPermitted"


def test_a_new_principal_needs_its_type(azure: LocalAzure, group: str) -> None:
    """Without it Azure looks the principal up, and finds only what has been there for a while."""
    id, body = _assignment(1)
    del body["properties"]["principalType"]
    assert refusal(azure, "PUT", id, body).code == "PrincipalNotFound"
    identity = f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id"
    principal = azure.put(identity, {"location": "x"})["properties"]["principalId"]
    azure.put(id, {"properties": {**body["properties"], "principalId": principal}})


def test_an_eligibility_ends_some_day(azure: LocalAzure, group: str) -> None:
    """The default policy of PIM asks for an expiry."""
    access = f"{GROUP}/providers/Microsoft.Authorization"
    id = f"{access}/roleEligibilityScheduleRequests/00000000-0000-0000-0000-00000000000a"
    properties = {"principalId": PRINCIPAL, "roleDefinitionId": READER, "requestType": "AdminAssign"}
    body = {"properties": {**properties, "scheduleInfo": {"expiration": {"type": "NoExpiration"}}}}
    assert refusal(azure, "PUT", id, body).code == "RoleAssignmentRequestPolicyValidationFailed"
    expiration = {"type": "AfterDuration", "duration": "P180D"}
    azure.put(id, {"properties": {**properties, "scheduleInfo": {"expiration": expiration}}})
