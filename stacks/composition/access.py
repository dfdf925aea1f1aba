"""Who may do what: the roles of a stack's own identities before whatever acts by them, everyone else's after it.

What is assigned stands in `rbac/`; here the plain IDs that it works with get their resources back. A component's
`depends_on` doesn't reach its children, so whatever acts by an identity waits by that identity's ID: see `Grants`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pulumi import Input, Output, ProviderResource, ResourceOptions

import components
from rbac import Access, Assignment, load_grants
from rbac.access import AccessControl, AccessControlArgs, CustomRoles, CustomRolesArgs
from rbac.eligibility import JustInTime
from rbac.model import Service
from stacks.access import IDENTITIES, access, estate, groups_to_make, stack_name
from stacks.composition.data import Data
from stacks.composition.ground import Ground
from stacks.composition.identities import Identities
from stacks.composition.monitoring import Monitoring

BEFORE = frozenset(f"identity:{use}" for use in IDENTITIES.values())
"""The keys of the principals that something in the stack acts by."""


@dataclass(frozen=True)
class Grants:
    """The IDs of an environment's identities; who uses one waits for that identity's role assignments."""

    workspace_id: Output[str]
    compute_id: Output[str]
    endpoints_id: Output[str]


def grants(ground: Ground, who: Identities, data: Data, watched: Monitoring) -> Grants:
    """Give the identities of an environment what tables and grants say, at the resource in question and never wider."""
    assert who.workspace and who.compute and who.endpoints  # every environment has them
    made = AccessControl(
        "access-of-identities",
        AccessControlArgs(
            assignments=_of(access(ground.settings), before=True),
            scopes=_scopes(ground, data, watched, {}),
            principal_ids=_own(who),
        ),
        ground.opts,
    )

    def granted(use: str, identity: components.UserAssignedIdentity) -> Output[str]:
        return Output.all(identity.id, *made.ids.get(f"identity:{use}", ())).apply(lambda known: known[0])

    return Grants(
        workspace_id=granted("workspace", who.workspace),
        compute_id=granted("compute", who.compute),
        endpoints_id=granted("endpoints", who.endpoints),
    )


def everyone(ground: Ground, who: Identities, data: Data, watched: Monitoring, more: Mapping[str, Input[str]]) -> None:
    """Give everyone else what tables and grants say. `more` are IDs of what else was made, by name in Azure."""
    wanted = access(ground.settings)
    elsewhere = [one for one in wanted.assignments if one.service is not Service.AZURE]
    entra = _entra(ground, elsewhere)
    principal_ids = {**_own(who), **_known(wanted.assignments), **_made_groups(ground, entra)}
    after = _of(wanted, before=False)
    AccessControl(
        "access",
        AccessControlArgs(
            assignments=after,
            scopes=_scopes(ground, data, watched, more),
            principal_ids=principal_ids,
            custom_roles=_custom_roles(ground, after),
            just_in_time=_just_in_time(ground),
        ),
        ground.opts,
    )
    _devops(ground, elsewhere, principal_ids, entra)


def _of(wanted: Access, before: bool) -> list[Assignment]:
    return [
        one
        for one in wanted.assignments
        if one.service is Service.AZURE and not one.by_component and (one.principal.key in BEFORE) is before
    ]


def _scopes(ground: Ground, data: Data, watched: Monitoring, more: Mapping[str, Input[str]]) -> dict[str, Input[str]]:
    """The IDs that wait for what roles are assigned at, by what they are planned to be, in lower case."""
    made: dict[str, Any] = {
        ground.name("container registry"): data.images,
        ground.name("key vault"): data.vault,
        ground.name("log analytics"): watched.logs,
        ground.name("application insights"): watched.insights,
        "monitoring": ground.groups["monitoring"],
    }
    if not ground.settings.is_shared:
        made |= {ground.name("storage account"): data.storage, ground.name("data lake account"): data.lake}
    ids = {name: one.id for name, one in made.items() if one is not None} | dict(more)
    places = estate(ground.settings).places
    return {place.scope.lower(): ids[place.name] for place in places if place.name in ids}


def _own(who: Identities) -> dict[str, Input[str]]:
    """The object IDs of the stack's identities, by their principals' keys."""
    made = {"ci": who.ci, "workspace": who.workspace, "compute": who.compute, "endpoints": who.endpoints}
    return {f"identity:{use}": one.principal_id for use, one in made.items() if one is not None}


def _known(assignments: Iterable[Assignment]) -> dict[str, Input[str]]:
    return {one.principal.key: one.principal.id for one in assignments if one.principal.id}


def _made_groups(ground: Ground, entra: Sequence[ProviderResource]) -> Mapping[str, Input[str]]:
    wanted = groups_to_make(ground.settings)
    if not wanted:
        return {}
    from rbac.groups import Group, PersonaGroups, PersonaGroupsArgs

    groups = [Group(one.key, one.display_name, one.description) for one in wanted]
    owners = ground.settings.access.group_owners
    args = PersonaGroupsArgs(groups=groups, owners=owners)
    return PersonaGroups("groups", args, ResourceOptions(providers=[*entra])).object_ids


def _custom_roles(ground: Ground, assignments: Iterable[Assignment]) -> CustomRoles | None:
    used = {one.role for one in assignments}
    roles = [role for name, role in load_grants().roles.items() if name in used]
    if not roles:
        return None
    args = CustomRolesArgs(subscription=ground.settings.subscription, roles=roles, suffix=stack_name(ground.settings))
    return CustomRoles("roles", args, ground.opts)


def _just_in_time(ground: Ground) -> JustInTime | None:
    wanted = ground.settings.access.just_in_time
    if wanted is None:
        return None
    return JustInTime(until=wanted.until, hours=wanted.hours, approvers=wanted.approvers, policies=wanted.policies)


def _devops(
    ground: Ground,
    assignments: Sequence[Assignment],
    principal_ids: Mapping[str, Input[str]],
    entra: Sequence[ProviderResource],
) -> None:
    wanted = ground.settings.access.azure_dev_ops
    if wanted is None or not assignments:
        return
    # Imported where they are used: most stacks that are planned have neither package's resources.
    import pulumi_azuredevops as devops

    from rbac.devops import DEVOPS_GROUPS, DevOpsAccess, DevOpsAccessArgs

    organisation = devops.Provider(
        "azure-devops",
        org_service_url=f"https://dev.azure.com/{wanted.organisation}",
        tenant_id=ground.settings.tenant,
    )
    descriptors = {role: getattr(wanted.groups, name) for role, name in DEVOPS_GROUPS.items()}
    DevOpsAccess(
        "devops",
        DevOpsAccessArgs(
            assignments=assignments,
            principal_ids=principal_ids,
            project_id=wanted.project_id,
            feed_id=wanted.feed_id,
            groups={role: descriptor for role, descriptor in descriptors.items() if descriptor},
            prefix=stack_name(ground.settings),
            owners=ground.settings.access.group_owners,
            just_in_time=_just_in_time(ground),
        ),
        ResourceOptions(providers=[organisation, *entra]),
    )


def _entra(ground: Ground, elsewhere: Iterable[Assignment]) -> Sequence[ProviderResource]:
    """The provider of the stack's tenant, where groups are made in it: for personas, or for just-in-time access."""
    if not groups_to_make(ground.settings) and not any(one.access == "eligible" for one in elsewhere):
        return ()
    import pulumi_azuread as azuread

    return (azuread.Provider("entra", tenant_id=ground.settings.tenant),)
