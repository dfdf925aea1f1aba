"""What the azuread provider would answer: groups of Entra ID, and who may become a member of them for a while.

Source: hashicorp/terraform-provider-azuread 3, which pulumi-azuread 6 bridges: `internal/services/groups`,
`identitygovernance` and `policies`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seawall.plan.kinds import Asked, Faults, Function, Kind, found, is_guid
from seawall.plan.provider import caller, made_up_id

PACKAGE = "azuread"
GROUP = "azuread:index/group:Group"
GROUP_MEMBER = "azuread:index/groupMember:GroupMember"
GROUP_POLICY = "azuread:index/groupRoleManagementPolicy:GroupRoleManagementPolicy"
ELIGIBILITY = "azuread:index/privilegedAccessGroupEligibilitySchedule:PrivilegedAccessGroupEligibilitySchedule"

MOST_OWNERS = 100
UNIFIED, DYNAMIC = "Unified", "DynamicMembership"
RELATIONSHIPS = ("member", "owner")
_ONLY_UNIFIED = (
    "autoSubscribeNewMembers",
    "behaviors",
    "externalSendersAllowed",
    "hideFromAddressLists",
    "hideFromOutlookClients",
    "provisioningOptions",
    "theme",
)
_EXPIRY = tuple(f"P{days}D" for days in (15, 30, 90, 180, 365))
_ACTIVATION = (*(f"PT{h}H{m}" if h else f"PT{m}" for h in range(24) for m in ("", "30M") if h or m), "P1D")


def group_id(object_id: str) -> str:
    """The ID that Pulumi has of a group."""
    return f"/groups/{object_id}"


def _group_id(asked: Asked) -> str:
    # The nickname can't be changed in place, so a group under another one is another group.
    return group_id(made_up_id(GROUP, asked.tenant, asked.seed, asked.text("mailNickname")))


def _group_answers(asked: Asked, id: str) -> Mapping[str, Any]:
    object_id = id.rpartition("/")[2]
    return {
        "objectId": object_id,
        "mailNickname": object_id[:8],
        # The provider makes whoever calls it the owner where nobody else is named.
        "owners": [caller(asked.tenant)],
        **{name: [] for name in ("administrativeUnitIds", "behaviors", "members", "provisioningOptions", "types")},
        **{name: "" for name in ("description", "mail", "onpremisesDomainName", "onpremisesGroupType", "theme")},
        **{name: "" for name in ("onpremisesNetbiosName", "onpremisesSamAccountName", "preferredLanguage")},
        "onpremisesSecurityIdentifier": "",
        "onpremisesSyncEnabled": False,
        "proxyAddresses": [],
        "visibility": "",
        **{name: False for name in ("assignableToRole", "mailEnabled", "securityEnabled", "autoSubscribeNewMembers")},
        **{name: False for name in ("externalSendersAllowed", "hideFromAddressLists", "hideFromOutlookClients")},
    }


def _group_faults(inputs: Mapping[str, Any]) -> Faults:
    types, mail = inputs.get("types") or [], bool(inputs.get("mailEnabled"))
    security, assignable = bool(inputs.get("securityEnabled")), bool(inputs.get("assignableToRole"))
    if not mail and not security:
        yield "one of securityEnabled and mailEnabled must be true"
    if mail and not inputs.get("mailNickname"):
        yield "mailNickname is missing; a group with mail requires it"
    if mail != (UNIFIED in types):
        yield f"mailEnabled and the type {UNIFIED} go together"
    if (DYNAMIC in types) != bool(inputs.get("dynamicMembership")):
        yield f"dynamicMembership and the type {DYNAMIC} go together"
    if inputs.get("dynamicMembership") and inputs.get("members"):
        yield "dynamicMembership excludes members"
    if assignable and not security:
        yield "assignableToRole requires securityEnabled"
    if assignable and inputs.get("dynamicMembership"):
        # Source: Entra docs, groups-concept ("the group's membership type must be Assigned").
        yield "assignableToRole excludes dynamicMembership"
    if len(inputs.get("owners") or []) > MOST_OWNERS:
        yield f"owners: at most {MOST_OWNERS}"
    for name in _ONLY_UNIFIED if UNIFIED not in types else ():
        if inputs.get(name):
            yield f"{name} is only for groups of type {UNIFIED}"


def _policy_id(asked: Asked) -> str:
    group, role = asked.text("groupId"), asked.text("roleId")
    return f"Group_{group}_{made_up_id(GROUP_POLICY, group, role)}"


def _policy_faults(inputs: Mapping[str, Any]) -> Faults:
    activation = inputs.get("activationRules") or {}
    duration = activation.get("maximumDuration")
    if duration is not None and duration not in _ACTIVATION:
        yield f"activationRules.maximumDuration: {duration!r} is not half an hour, or a multiple of it, up to a day"
    for rules in ("activeAssignmentRules", "eligibleAssignmentRules"):
        after = (inputs.get(rules) or {}).get("expireAfter")
        if after is not None and after not in _EXPIRY:
            yield f"{rules}.expireAfter: {after!r} is none of {', '.join(_EXPIRY)}"
    if activation.get("requiredConditionalAccessAuthenticationContext") and "requireMultifactorAuthentication" in (
        activation
    ):
        yield (
            "activationRules: requiredConditionalAccessAuthenticationContext excludes requireMultifactorAuthentication"
        )
    approvers = (activation.get("approvalStage") or {}).get("primaryApprovers") or []
    if activation.get("requireApproval") and not approvers:
        yield "activationRules.requireApproval requires an approvalStage with primaryApprovers"
    for index, approver in enumerate(approvers):
        path = f"activationRules.approvalStage.primaryApprovers[{index}]"
        if not is_guid(approver.get("objectId")):
            yield f"{path}.objectId: {approver.get('objectId')!r} is not a GUID"
        if approver.get("type") not in (None, "singleUser", "groupMembers"):
            yield f"{path}.type: {approver['type']!r} is none of singleUser, groupMembers"


def _eligibility_id(asked: Asked) -> str:
    group, kind, principal = (asked.text(name) for name in ("groupId", "assignmentType", "principalId"))
    return f"{group}_{kind}_{made_up_id(ELIGIBILITY, group, kind, principal)}"


def _eligibility_faults(inputs: Mapping[str, Any]) -> Faults:
    ends = [name for name in ("expirationDate", "duration", "permanentAssignment") if inputs.get(name)]
    if not ends:
        yield "its end is missing: give expirationDate or duration, or set permanentAssignment"
    if {"expirationDate", "duration"} <= set(ends):
        yield "expirationDate excludes duration"
    if bool(inputs.get("ticketNumber")) != bool(inputs.get("ticketSystem")):
        yield "ticketNumber and ticketSystem go together"


def _eligibility_answers(asked: Asked, id: str) -> Mapping[str, Any]:
    # startDate, and the expirationDate of a duration, come from the service's clock.
    return {"permanentAssignment": False, "status": "Provisioned"}


KINDS = (
    Kind(
        token=GROUP,
        id=_group_id,
        answers=_group_answers,
        defaults={"preventDuplicateNames": False, "writebackEnabled": False},
        replace_on=("assignableToRole", "behaviors", "mailNickname", "provisioningOptions", "types"),
        required=("displayName",),
        guids=("administrativeUnitIds", "members", "owners"),
        choices={"types": (DYNAMIC, UNIFIED), "visibility": ("Hiddenmembership", "Private", "Public")},
        check=_group_faults,
    ),
    Kind(
        token=GROUP_MEMBER,
        id=lambda asked: f"{asked.text('groupObjectId')}/member/{asked.text('memberObjectId')}",
        replace_on=("groupObjectId", "memberObjectId"),
        guids=("groupObjectId", "memberObjectId"),
    ),
    Kind(
        token=GROUP_POLICY,
        id=_policy_id,
        answers=lambda asked, id: {"displayName": "Group", "description": "Group"},
        replace_on=("groupId", "roleId"),
        guids=("groupId",),
        choices={"roleId": RELATIONSHIPS},
        check=_policy_faults,
    ),
    Kind(
        token=ELIGIBILITY,
        id=_eligibility_id,
        answers=_eligibility_answers,
        replace_on=("assignmentType", "groupId", "principalId"),
        guids=("groupId", "principalId"),
        choices={"assignmentType": RELATIONSHIPS},
        check=_eligibility_faults,
    ),
)


def _client_config(asked: Asked) -> dict[str, Any]:
    client = asked.setting("clientId") or caller(asked.tenant)
    return {"id": client, "clientId": client, "objectId": caller(asked.tenant), "tenantId": asked.tenant}


def _get_group(asked: Asked) -> dict[str, Any] | None:
    """A group of this plan, by its object ID, nickname or display name."""
    wanted = {name: asked.text(name) for name in ("objectId", "mailNickname", "displayName") if asked.text(name)}
    return found(asked, GROUP, **wanted) if wanted else None


FUNCTIONS: Mapping[str, Function] = {
    "azuread:index/getClientConfig:getClientConfig": _client_config,
    "azuread:index/getGroup:getGroup": _get_group,
}
"""What can be known offline; any other function is refused by name."""
