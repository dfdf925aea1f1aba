"""What a stack has that roles are assigned at, and who its personas are: from its settings alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from rbac import Access, Demand, Estate, Grants, Persona, Place, Principal, Tables, compiled, load_grants, load_tables
from rbac import demanded as demanded_of
from rbac.grants import COMPUTE, DEPLOYER, ENDPOINTS_IDENTITY, FLOWS, KEYS, WORKSPACE
from rbac.model import (
    ARTIFACTS,
    CI_PERSONA,
    DEVOPS,
    ENDPOINTS,
    FLOW_LOGS,
    IMAGES,
    INSIGHTS,
    LAKE,
    LOGS,
    MACHINE_LEARNING_PERSONA,
    MONITOR,
    REGISTRY,
    SHARED,
    STORAGE,
    SUBSCRIPTION,
    VAULT,
)  # fmt: skip
from rbac.model import WORKSPACE as WORKSPACE_RESOURCE
from rbac.roles import arm_id, slug
from stacks.settings.model import Settings

IDENTITIES = {WORKSPACE: "workspace", COMPUTE: "compute", ENDPOINTS_IDENTITY: "endpoints"}
"""The identities of an environment, by how grants call them, each with its use in the stack."""

NO_DEVOPS = "the stack has no Azure DevOps organisation: access.azureDevOps isn't set"
NO_FEED = "access.azureDevOps has no feedId"


def access(settings: Settings, tables: Tables | None = None, grants: Grants | None = None) -> Access:
    """Who may do what in a stack. Raises `rbac.TableErrors` where tables or grants can't be used."""
    return compiled(tables or load_tables(), grants or load_grants(), estate(settings, tables))


def demanded(settings: Settings) -> tuple[Demand, ...]:
    """What the stack's plan has to hold of role assignments and eligibilities in Azure, and no more."""
    return demanded_of(access(settings))


def estate(settings: Settings, tables: Tables | None = None) -> Estate:
    """The places and principals of a stack."""
    return Estate(
        tier=settings.tier,
        kind=SHARED if settings.is_shared else settings.tier,
        name=stack_name(settings),
        subscription=settings.subscription,
        places=tuple(_places(settings)),
        principals=_principals(settings, tables or load_tables()),
        lacks=_lacks(settings),
    )


def stack_name(settings: Settings) -> str:
    """What tells a stack from others in the tenant, in the names of groups and roles."""
    return f"{settings.organisation}-{settings.workload}-{settings.environment}"


@dataclass(frozen=True)
class GroupToMake:
    """An Entra group for a persona, of one project where it is project-specific."""

    key: str
    display_name: str
    description: str


def groups_to_make(settings: Settings, tables: Tables | None = None) -> tuple[GroupToMake, ...]:
    return tuple(
        GroupToMake(one.key, one.shown, f"{persona}{f' of {one.project}' if one.project else ''}: see its tables.")
        for persona, principals in _principals(settings, tables or load_tables()).items()
        for one in principals
        if one.is_made
    )


def _places(settings: Settings) -> Iterator[Place]:
    names = settings.names

    def place(resource: str, concern: str, arm_type: str, *own: str, keys_off: bool = False) -> Place:
        group = f"/subscriptions/{settings.subscription}/resourceGroups/{names.of('resource group', concern)}"
        return Place(resource, arm_id(group, arm_type, *own) if own else group, own[-1] if own else concern, keys_off)

    yield place(IMAGES, "data", "Microsoft.ContainerRegistry/registries", names.of("container registry"))
    yield place(LOGS, "monitoring", "Microsoft.OperationalInsights/workspaces", names.of("log analytics"))
    yield place(MONITOR, "monitoring", "")
    if not settings.is_shared or settings.uses_own_keys:
        yield place(VAULT, "security", "Microsoft.KeyVault/vaults", names.of("key vault"))
    yield Place(SUBSCRIPTION, f"/subscriptions/{settings.subscription}", settings.subscription)
    shared = settings.shared_names
    registry = f"/subscriptions/{shared.subscription}/resourceGroups/{shared.of('resource group', 'ml')}"
    name = settings.shared_registry_name
    yield Place(REGISTRY, arm_id(registry, "Microsoft.MachineLearningServices/registries", name), name)
    yield from _devops_places(settings)
    if settings.is_production:
        account = names.of("flow log account")
        yield place(FLOW_LOGS, "monitoring", "Microsoft.Storage/storageAccounts", account, keys_off=True)
    if settings.is_shared:
        return
    ml = "Microsoft.MachineLearningServices/workspaces"
    workspace = settings.workspace.name or names.of("ml workspace")
    yield place(WORKSPACE_RESOURCE, "ml", ml, workspace)
    accounts = "Microsoft.Storage/storageAccounts"
    keys_off = not settings.storage.shared_key_access
    yield place(STORAGE, "data", accounts, names.of("storage account"), keys_off=keys_off)
    if settings.has_data_lake:
        lake = names.of("data lake account")
        # A data lake is a storage account as the tables know it; grants tell the two apart.
        yield replace(place(STORAGE, "data", accounts, lake, keys_off=True), tables_only=True)
        yield place(LAKE, "data", accounts, lake, keys_off=True)
    insights = names.of("application insights")
    yield place(INSIGHTS, "monitoring", "Microsoft.Insights/components", insights)
    for endpoint in settings.endpoints.online:
        own = names.of("online endpoint", endpoint.name)
        yield place(ENDPOINTS, "ml", f"{ml}/onlineEndpoints", workspace, own)


def _devops_places(settings: Settings) -> Iterator[Place]:
    wanted = settings.access.azure_dev_ops
    if wanted is None:
        return
    organisation = f"https://dev.azure.com/{wanted.organisation}"
    project = f"{organisation}/{wanted.project_id}"
    yield Place(DEVOPS, project, wanted.organisation, organisation=organisation)
    if wanted.feed_id is not None:
        yield Place(ARTIFACTS, f"{project}/_artifacts/feed/{wanted.feed_id}", wanted.feed_id)


def _lacks(settings: Settings) -> Mapping[str, str]:
    wanted = settings.access.azure_dev_ops
    in_environments = "shared has none: each environment has its own"
    return {
        DEVOPS: NO_DEVOPS,
        ARTIFACTS: NO_DEVOPS if wanted is None else NO_FEED,
        WORKSPACE_RESOURCE: in_environments,
        STORAGE: in_environments,
        VAULT: "shared has one only where it keeps keys of its own",
    }


def _principals(settings: Settings, tables: Tables) -> dict[str, tuple[Principal, ...]]:
    """By persona, and by how grants call an identity."""
    found = {persona.name: tuple(_of_persona(settings, persona)) for persona in tables.personas}
    found |= {key: (_identity(settings, use),) for key, use in IDENTITIES.items() if not settings.is_shared}
    if settings.uses_own_keys:
        found[KEYS] = tuple(_identity(settings, f"key-{use}") for use in _encrypted(settings))
    if settings.is_production:
        found[FLOWS] = (_identity(settings, "flows"),)
    found[CI_PERSONA] = found.get(CI_PERSONA) or (_identity(settings, "ci"),)
    if not settings.is_shared:
        found[MACHINE_LEARNING_PERSONA] = found[WORKSPACE]
    deployer = settings.access.deployer
    if deployer is not None:
        found[DEPLOYER] = (Principal("deployer", "ServicePrincipal", deployer, deployer),)
    return {name: principals for name, principals in found.items() if principals}


def _encrypted(settings: Settings) -> Iterator[str]:
    """What has a key of its own, where the stack keeps its own keys."""
    yield "images"
    if not settings.is_shared:
        yield from ("storage", "workspace")
    if settings.has_data_lake:
        yield "lake"
    if settings.is_production:
        yield "flows"


def _identity(settings: Settings, use: str) -> Principal:
    names = settings.names
    group = f"/subscriptions/{settings.subscription}/resourceGroups/{names.of('resource group', 'security')}"
    id = arm_id(group, "Microsoft.ManagedIdentity/userAssignedIdentities", names.of("identity", use))
    return Principal(f"identity:{use}", "ServicePrincipal", id)


def _of_persona(settings: Settings, persona: Persona) -> Iterator[Principal]:
    mapped = settings.access.personas.get(persona.name)
    if mapped is None:
        return
    key = slug(persona.name)
    if mapped.service_principal is not None:
        yield Principal(key, "ServicePrincipal", mapped.service_principal, mapped.service_principal)
    elif mapped.group is not None:
        yield Principal(key, "Group", mapped.group, mapped.group)
    elif mapped.groups is not None:
        for project, id in mapped.groups.items():
            yield Principal(f"{key}:{project}", "Group", id, id, project)
    elif mapped.create:
        for project in settings.projects if persona.project_specific else ("",):
            name = "-".join(part for part in (stack_name(settings), project, key) if part)
            yield Principal(f"{key}:{project}" if project else key, "Group", name, "", project, is_made=True)
