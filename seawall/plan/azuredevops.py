"""What the azuredevops provider would answer: projects, groups and who is in them, feeds, service connections.

Source: microsoft/terraform-provider-azuredevops, which pulumi-azuredevops 3 bridges: `azuredevops/internal/service`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from seawall.plan import azuread
from seawall.plan.azuredevops_subjects import (
    COLLECTION_GROUPS,
    PROJECT_GROUPS,
    built_in_group,
    descriptor,
    federated_subject,
    organisation,
    storage_key,
)
from seawall.plan.kinds import Asked, Faults, Function, Kind, found, is_guid
from seawall.plan.provider import caller, made_up_id

PACKAGE = "azuredevops"
PROJECT = "azuredevops:index/project:Project"
GROUP = "azuredevops:index/group:Group"
MEMBERSHIP = "azuredevops:index/groupMembership:GroupMembership"
SERVICE_PRINCIPAL = "azuredevops:index/servicePrincipalEntitlement:ServicePrincipalEntitlement"
TEAM = "azuredevops:index/team:Team"
TEAM_ADMINISTRATORS = "azuredevops:index/teamAdministrators:TeamAdministrators"
TEAM_MEMBERS = "azuredevops:index/teamMembers:TeamMembers"
FEED = "azuredevops:index/feed:Feed"
FEED_PERMISSION = "azuredevops:index/feedPermission:FeedPermission"
SERVICE_CONNECTION = "azuredevops:index/serviceEndpointAzureRM:ServiceEndpointAzureRM"

FEED_ROLES = ("reader", "contributor", "administrator", "collaborator")
MODES = ("add", "overwrite")

_PROCESSES = {
    "agile": "adcc42ab-9882-485e-a3ed-7678f01f66bc",
    "basic": "b8a3a935-7e91-48b8-a94c-606d37c3e9f2",
    "cmmi": "27450541-8e31-4150-9947-dc59f998fc01",
    "scrum": "6b724908-ef14-45cf-84f8-768b5384da45",
}
"""Source: Azure DevOps REST reference, Processes - List."""

_RESOURCE_MANAGERS = {
    "AzureCloud": "https://management.azure.com/",
    "AzureChinaCloud": "https://management.chinacloudapi.cn/",
    "AzureUSGovernment": "https://management.usgovcloudapi.net/",
    "AzureGermanCloud": "https://management.microsoftazure.de",
}
_SCHEMES = ("WorkloadIdentityFederation", "ManagedServiceIdentity", "ServicePrincipal")
_NOT_IN_NAMES = re.compile(r"[\\/:*?\"'<>|#$&%;@~{},+=\[\]\x00-\x1f]|^[._]|\.$")


# Projects and groups ------------------------------------------------------------------------------------------------


def _name_faults(inputs: Mapping[str, Any]) -> Faults:
    # Source: Azure DevOps docs, naming-restrictions.
    name = str(inputs.get("name") or "")
    if len(name) > 64 or _NOT_IN_NAMES.search(name):
        yield f"name: {name!r} has more than 64 characters, or one that Azure DevOps doesn't take"


def _project_name(asked: Asked, project_id: str) -> str:
    resource = asked.known.by_id(project_id)
    return str(resource.inputs.get("name")) if resource and resource.type == PROJECT else ""


def _group_id(asked: Asked) -> str:
    # A group of Entra ID is the same in Azure DevOps however often it is brought in.
    if asked.text("originId") or asked.text("mail"):
        return descriptor("aadgp", organisation(asked), asked.text("originId"), asked.text("mail"))
    return descriptor("vssgp", organisation(asked), asked.text("scope"), asked.seed)


def _group_answers(asked: Asked, id: str) -> Mapping[str, Any]:
    org, scope = organisation(asked), asked.text("scope")
    answers: dict[str, Any] = {
        "descriptor": id,
        "description": "",
        "groupId": storage_key(id),
        "members": [],
        "subjectKind": "group",
        "url": f"https://vssps.dev.azure.com/{org}/_apis/Graph/Groups/{id}",
    }
    if id.startswith("aadgp."):
        entra = asked.known.by_id(azuread.group_id(asked.text("originId")))
        name = str(entra.inputs.get("displayName")) if entra else ""
        known = {"displayName": name, "principalName": f"[TEAM FOUNDATION]\\{name}"} if name else {}
        return {**answers, **known, "origin": "aad", "domain": asked.tenant}
    domain = f"Classification/TeamProject/{scope}" if scope else f"Framework/IdentityDomain/{made_up_id(org)}"
    within = _project_name(asked, scope) if scope else org
    known = {"principalName": f"[{within}]\\{asked.text('displayName')}"} if within else {}
    return {**answers, **known, "origin": "vsts", "originId": storage_key(id), "domain": f"vstfs:///{domain}"}


def _group_faults(inputs: Mapping[str, Any]) -> Faults:
    given = [name for name in ("displayName", "originId", "mail") if inputs.get(name)]
    if len(given) != 1:
        yield f"one of displayName, originId and mail must be given, not {' and '.join(given) or 'none'}"
    elif given != ["displayName"] and inputs.get("scope"):
        yield f"scope excludes {given[0]}"


def _random_number(asked: Asked) -> str:
    """The ID of what has none in Azure DevOps: the provider makes up a number."""
    return str(UUID(made_up_id(asked.seed)).int >> 65)


# Service connections ------------------------------------------------------------------------------------------------


def _connection_answers(asked: Asked, id: str) -> Mapping[str, Any]:
    org, scheme = organisation(asked), asked.text("serviceEndpointAuthenticationScheme")
    credentials = asked.inputs.get("credentials") or {}
    answers: dict[str, Any] = {"authorization": {"scheme": scheme}}
    if asked.text("environment") in _RESOURCE_MANAGERS:
        answers["serverUrl"] = _RESOURCE_MANAGERS[asked.text("environment")]
    if scheme != "ManagedServiceIdentity":
        made = made_up_id("service principal", id)
        answers["servicePrincipalId"] = credentials.get("serviceprincipalid") or made
    if scheme == "WorkloadIdentityFederation":
        tenant = asked.text("azurermSpnTenantid")
        answers["workloadIdentityFederationIssuer"] = f"https://login.microsoftonline.com/{tenant}/v2.0"
        answers["workloadIdentityFederationSubject"] = federated_subject(tenant, org, id)
    return answers


def _connection_faults(inputs: Mapping[str, Any]) -> Faults:
    subscription = [name for name in ("azurermSubscriptionId", "azurermSubscriptionName") if inputs.get(name)]
    group = [name for name in ("azurermManagementGroupId", "azurermManagementGroupName") if inputs.get(name)]
    if not subscription and not group:
        yield "its scope is missing: give azurermSubscriptionId and azurermSubscriptionName, or a management group's"
    if len(group) == 1:
        yield "azurermManagementGroupId and azurermManagementGroupName go together"
    if inputs.get("azurermManagementGroupId") and (inputs.get("azurermSubscriptionId") or inputs.get("resourceGroup")):
        yield "azurermManagementGroupId excludes azurermSubscriptionId and resourceGroup"
    if inputs.get("environment") == "AzureStack" and not inputs.get("serverUrl"):
        yield "serverUrl is missing; environment AzureStack requires it"
    credentials = inputs.get("credentials") or {}
    if credentials and inputs.get("resourceGroup"):
        yield "credentials excludes resourceGroup"
    if credentials.get("serviceprincipalkey") and credentials.get("serviceprincipalcertificate"):
        yield "credentials.serviceprincipalkey excludes credentials.serviceprincipalcertificate"


def _membership(token: str, *fixed: str, required: tuple[str, ...] = ()) -> Kind:
    return Kind(
        token=token,
        id=_random_number,
        defaults={"mode": "add"},
        replace_on=fixed,
        required=required,
        guids=tuple(name for name in fixed if name.endswith("Id")),
        choices={"mode": MODES},
    )


KINDS = (
    Kind(
        token=PROJECT,
        id=lambda asked: made_up_id(PROJECT, organisation(asked), asked.seed),
        answers=lambda asked, id: {
            "processTemplateId": _PROCESSES.get(asked.text("workItemTemplate").lower())
            or made_up_id("process", organisation(asked), asked.text("workItemTemplate"))
        },
        defaults={"description": "", "versionControl": "Git", "visibility": "private", "workItemTemplate": "Agile"},
        replace_on=("versionControl", "workItemTemplate"),
        required=("name",),
        choices={"visibility": ("private", "public"), "versionControl": ("Git", "Tfvc")},
        check=_name_faults,
    ),
    Kind(
        token=GROUP,
        id=_group_id,
        answers=_group_answers,
        replace_on=("mail", "originId", "scope"),
        guids=("originId", "scope"),
        check=_group_faults,
    ),
    _membership(MEMBERSHIP, "group"),
    Kind(
        token=SERVICE_PRINCIPAL,
        id=lambda asked: made_up_id(SERVICE_PRINCIPAL, organisation(asked), asked.text("originId")),
        answers=lambda asked, id: {"descriptor": descriptor("aadsp", organisation(asked), asked.text("originId"))},
        defaults={"accountLicenseType": "express", "licensingSource": "account", "origin": "aad"},
        replace_on=("origin", "originId"),
        guids=("originId",),
    ),
    Kind(
        token=TEAM,
        id=lambda asked: made_up_id(TEAM, asked.text("projectId"), asked.seed),
        answers=lambda asked, id: {
            "administrators": [],
            "members": [],
            "descriptor": descriptor("vssgp", organisation(asked), asked.text("projectId"), id),
        },
        defaults={"description": ""},
        replace_on=("projectId",),
        required=("name",),
        guids=("projectId",),
    ),
    _membership(TEAM_ADMINISTRATORS, "projectId", "teamId", required=("administrators",)),
    _membership(TEAM_MEMBERS, "projectId", "teamId", required=("members",)),
    Kind(
        token=FEED,
        id=lambda asked: made_up_id(FEED, organisation(asked), asked.text("projectId"), asked.text("name")),
        replace_on=("name", "projectId"),
        required=("name",),
        guids=("projectId",),
    ),
    Kind(
        token=FEED_PERMISSION,
        id=lambda asked: "fp-" + made_up_id(FEED_PERMISSION, asked.text("feedId"), asked.text("identityDescriptor")),
        answers=lambda asked, id: {"identityId": storage_key(asked.text("identityDescriptor"))},
        replace_on=("feedId", "identityDescriptor", "projectId"),
        guids=("feedId", "projectId"),
        choices={"role": FEED_ROLES},
    ),
    Kind(
        token=SERVICE_CONNECTION,
        id=lambda asked: made_up_id(SERVICE_CONNECTION, asked.text("projectId"), asked.seed),
        answers=_connection_answers,
        defaults={
            "description": "Managed by Pulumi",
            "environment": "AzureCloud",
            "serviceEndpointAuthenticationScheme": "ServicePrincipal",
        },
        replace_on=("environment", "projectId", "resourceGroup", "serverUrl", "serviceEndpointAuthenticationScheme"),
        required=("azurermSpnTenantid",),
        guids=("azurermSpnTenantid", "projectId"),
        choices={
            "environment": (*_RESOURCE_MANAGERS, "AzureStack"),
            "serviceEndpointAuthenticationScheme": _SCHEMES,
        },
        check=_connection_faults,
        sensitive=("credentials.serviceprincipalkey", "credentials.serviceprincipalcertificate"),
    ),
)


# Functions ----------------------------------------------------------------------------------------------------------


def _client_config(asked: Asked) -> dict[str, Any]:
    org = organisation(asked)
    url = f"https://dev.azure.com/{org}"
    id_ = caller(asked.tenant)
    known = {"id": id_, "name": org, "organizationUrl": url, "ownerId": id_}
    return {**known, "status": "enabled", "tenantId": asked.tenant}


def _get_group(asked: Asked) -> dict[str, Any] | None:
    """A group that comes with the project or the organisation, or one of this plan."""
    name, project = asked.text("name"), asked.text("projectId")
    if project and not is_guid(project):
        return None
    those = PROJECT_GROUPS if project else COLLECTION_GROUPS
    built_in = next((one for one in those if one.lower() == name.lower()), "")
    if not built_in:
        own = found(asked, GROUP, displayName=name, scope=project)
        answered = ("id", "descriptor", "origin", "originId", "groupId")
        return {**{key: own[key] for key in answered}, **asked.inputs} if own else None
    id_ = built_in_group(organisation(asked), project, built_in)
    key = storage_key(id_)
    answers = {"id": id_, "descriptor": id_, "origin": "vsts", "originId": key, "groupId": key}
    return {**answers, **asked.inputs}


def _get_project(asked: Asked) -> dict[str, Any] | None:
    """A project of this plan, by its name or ID."""
    if asked.text("projectId"):
        resource = asked.known.by_id(asked.text("projectId"))
        own = {**resource.outputs, "id": resource.id} if resource and resource.type == PROJECT else None
    else:
        own = found(asked, PROJECT, name=asked.text("name"))
    return {**own, "projectId": own["id"]} if own else None


def _get_feed(asked: Asked) -> dict[str, Any] | None:
    """A feed of this plan, by its name and project."""
    own = found(asked, FEED, name=asked.text("name"), projectId=asked.text("projectId")) if asked.text("name") else None
    return {**own, "feedId": own["id"]} if own else None


FUNCTIONS: Mapping[str, Function] = {
    "azuredevops:index/getClientConfig:getClientConfig": _client_config,
    "azuredevops:index/getFeed:getFeed": _get_feed,
    "azuredevops:index/getGroup:getGroup": _get_group,
    "azuredevops:index/getProject:getProject": _get_project,
}
"""What can be known offline; any other function is refused by name."""
