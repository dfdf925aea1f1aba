"""Identities, roles, PIM, Azure Policy and Defender."""

from __future__ import annotations

from typing import Any

from seawall.azure.fills.base import Filling, Put, fills, properties
from seawall.azure.fills.generic import client_of, principal_of
from seawall.azure.guid import guid


@fills("Microsoft.ManagedIdentity/userAssignedIdentities")
def user_assigned_identity(put: Put) -> Filling:
    key = str(put.id)
    return properties(principalId=principal_of(key), clientId=client_of(key), tenantId=put.tenant)


@fills("Microsoft.Authorization/roleAssignments")
def role_assignment(put: Put) -> Filling:
    """Without a principal type Azure takes a user (Source: Role Assignments - Create, REST reference)."""
    return properties(defaults={"principalType": "User"}, scope=put.id.scope or "/")


@fills("Microsoft.Authorization/roleDefinitions")
def role_definition(put: Put) -> Filling:
    return properties(defaults={"type": "CustomRole", "assignableScopes": [put.id.scope or "/"]})


@fills("Microsoft.Authorization/roleEligibilityScheduleRequests")
def role_eligibility(put: Put) -> Filling:
    """A request that an administrator makes for others is carried out without approval."""
    return properties(
        defaults={"requestType": "AdminAssign"},
        scope=put.id.scope or "/",
        status="Provisioned",
        requestorId=guid(put.id.subscription, "caller"),
    )


@fills("Microsoft.Authorization/roleManagementPolicies")
def role_management_policy(put: Put) -> Filling:
    """A policy shows the rules in force: those written, over those that the directory keeps and nobody sees here."""
    rules = put.items("properties", "rules")
    return properties(defaults={"scope": put.id.scope or "/"}, **({"effectiveRules": rules} if rules else {}))


@fills("Microsoft.Authorization/policyAssignments")
def policy_assignment(put: Put) -> Filling:
    return properties(
        defaults={"enforcementMode": "Default"}, scope=put.id.scope or "/", instanceId=guid(str(put.id), "instance")
    )


@fills("Microsoft.Authorization/policyDefinitions", "Microsoft.Authorization/policySetDefinitions")
def policy_definition(put: Put) -> Filling:
    return properties(defaults={"policyType": "Custom"})


@fills("Microsoft.Security/pricings")
def defender_plan(put: Put) -> Filling:
    """A plan's extensions report how their activation went."""
    extensions = [
        {**extension, "operationStatus": {"code": "Succeeded"}}
        for extension in put.items("properties", "extensions")
        if isinstance(extension, dict)
    ]
    facts: dict[str, Any] = {"deprecated": False, "resourcesCoverageStatus": "FullyCovered"}
    return properties(defaults={"enforce": "False"}, **facts, **({"extensions": extensions} if extensions else {}))
