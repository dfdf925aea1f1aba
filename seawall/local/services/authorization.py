"""Role assignments, eligibilities, locks: who may do what, and what nobody may."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from seawall.local.errors import AzureError
from seawall.local.services.reading import mapping
from seawall.local.services.service import InUse, Put, Service, refuse
from seawall.local.store import Row
from seawall.plan.azuread import group_id

ROLE_ASSIGNMENT = "microsoft.authorization/roleassignments"
ELIGIBILITY = "microsoft.authorization/roleeligibilityschedulerequests"
LOCK = "microsoft.authorization/locks"

MOST_ASSIGNMENTS = 4000
"""In a subscription. Source: Azure docs, RBAC limits."""

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def check_assignment(put: Put) -> None:
    """Source: Azure docs, role-based-access-control/troubleshooting."""
    _check_role(put)
    principal = str(put.properties.get("principalId", ""))
    if put.before is not None:
        if _grant(put.properties) != _grant(put.properties_before):
            raise refuse(
                "RoleAssignmentUpdateNotPermitted",
                "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.",
            )
        return
    if not _GUID.fullmatch(put.route.name):
        raise refuse(
            "InvalidRoleAssignmentId",
            f"The role assignment ID '{put.route.name}' is not valid. The role assignment ID must be a GUID.",
        )
    _check_type(put, principal)
    if not put.properties.get("principalType") and not _is_known(put, principal):
        raise refuse(
            "PrincipalNotFound",
            f"Principal {principal} does not exist in the directory. If you are creating this principal and then "
            "immediately assigning a role, this error might be related to a replication delay: set principalType.",
        )
    subscription = f"/subscriptions/{put.route.subscription}"
    if put.store.count(ROLE_ASSIGNMENT, subscription) >= MOST_ASSIGNMENTS:
        raise refuse("RoleAssignmentLimitExceeded", "No more role assignments can be created.")


def _grant_name(put: Put) -> str:
    """A principal has a role at a scope once, whatever the assignment's own name."""
    principal, role = _grant(put.properties)
    return f"{put.route.arm_type}:{put.route.scope.lower()}:{principal}:{role}"


def _granted(put: Put, holder: str) -> AzureError:
    return refuse("RoleAssignmentExists", f"The role assignment already exists: {holder}.", status=409)


def _grant(properties: dict[str, Any]) -> tuple[str, str]:
    role = str(properties.get("roleDefinitionId", "")).rsplit("/", 1)[-1].lower()
    return str(properties.get("principalId", "")).lower(), role


def _check_role(put: Put) -> None:
    """Any GUID passes for a built-in role: the list of them is Microsoft's and grows."""
    role = str(put.properties.get("roleDefinitionId", "")).rsplit("/", 1)[-1]
    if not _GUID.fullmatch(role):
        raise refuse("RoleDefinitionDoesNotExist", f"The specified role definition with ID '{role}' does not exist.")


def _check_type(put: Put, principal: str) -> None:
    """What is known to be a group, or an identity, can't be assigned a role as something else.

    The azure-native SDK says `User` where a program says nothing.
    """
    given = put.properties.get("principalType")
    known = "Group" if put.store.exists(group_id(principal)) else ""
    if not known and given not in (None, "", "Group", "ServicePrincipal") and _is_identity(put, principal):
        known = "ServicePrincipal"
    if given and known and given != known:
        raise refuse(
            "UnmatchedPrincipalType",
            f"The PrincipalId '{principal}' has type '{known}', which differs from the specified type '{given}'.",
        )


def _is_known(put: Put, principal: str) -> bool:
    """Whether a group of the directory, or an identity of this Azure, has the principal ID; people aren't simulated."""
    return put.store.exists(group_id(principal)) or _is_identity(put, principal)


def _is_identity(put: Put, principal: str) -> bool:
    return any(principal in _principals(row) for row in put.store.resources())


def _principals(row: Row) -> tuple[Any, ...]:
    identity, properties = row.body.get("identity") or {}, row.body.get("properties") or {}
    own = properties.get("principalId") if row.arm_type == "microsoft.managedidentity/userassignedidentities" else None
    return (identity.get("principalId"), own)


def check_eligibility(put: Put) -> None:
    """Source: Azure docs, PIM role eligibility schedule requests; an administrator's eligibility expires by default."""
    _check_role(put)
    expiration = mapping(put.properties, "scheduleInfo", "expiration")
    if expiration.get("type", "NoExpiration") == "NoExpiration":
        raise refuse(
            "RoleAssignmentRequestPolicyValidationFailed",
            'The following policy rules failed: ["ExpirationRule"]: an eligibility must end at some time.',
        )


def check_lock(put: Put) -> None:
    level = put.properties.get("level")
    if level not in ("CanNotDelete", "ReadOnly", "NotSpecified"):
        raise refuse("InvalidLockLevel", f"The lock level {level!r} is none of CanNotDelete, ReadOnly.")


def locked(scope: str, locks: Iterable[str]) -> AzureError:
    """The answer to what a lock forbids. Source: Azure docs, lock-resources."""
    names = ", ".join(f"'{lock}'" for lock in locks)
    return refuse(
        "ScopeLocked",
        f"The scope '{scope}' cannot perform the operation because following scope(s) are locked: {names}. Please "
        "remove the lock and try again.",
        status=409,
    )


SERVICES = {
    ROLE_ASSIGNMENT: Service(check=check_assignment, global_name=_grant_name, name_taken=_granted),
    ELIGIBILITY: Service(check=check_eligibility, global_name=_grant_name, name_taken=_granted),
    LOCK: Service(check=check_lock),
    "microsoft.authorization/roledefinitions": Service(
        in_use=InUse("RoleDefinitionHasAssignments", (ROLE_ASSIGNMENT, ELIGIBILITY), status=409)
    ),
    # They exist for every role at every scope, and are only ever updated and reset.
    "microsoft.authorization/rolemanagementpolicies": Service(exists_by_itself=lambda name: True),
    "microsoft.authorization/rolemanagementpolicyassignments": Service(exists_by_itself=lambda name: True),
    "microsoft.authorization/policydefinitions": Service(
        in_use=InUse(
            "PolicyDefinitionInUse",
            ("microsoft.authorization/policyassignments", "microsoft.authorization/policysetdefinitions"),
            status=409,
        )
    ),
    "microsoft.authorization/policysetdefinitions": Service(
        in_use=InUse("PolicySetDefinitionInUse", ("microsoft.authorization/policyassignments",), status=409)
    ),
}
