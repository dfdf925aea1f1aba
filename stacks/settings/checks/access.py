"""Who the personas are, and how many role assignments a subscription takes."""

from __future__ import annotations

from collections.abc import Iterator

from components.names import NameRefused
from rbac import Persona, TableErrors, Tables, load_grants, load_tables
from rbac.document import meant
from rbac.limits import MOST_ASSIGNMENTS, counted
from rbac.model import (
    ARTIFACTS,
    COLLECTION_ADMINISTRATORS,
    DEVOPS,
    MACHINE_LEARNING_PERSONA,
    PROJECT_ADMINISTRATORS,
    Kind,
)
from stacks.settings.access import PersonaPrincipal
from stacks.settings.checks.base import Fault, check
from stacks.settings.model import Settings


def _tables() -> Tables | None:
    """The tables; None where they are wrong, which one check tells."""
    try:
        return load_tables()
    except TableErrors:
        return None


def _mapped(settings: Settings) -> Iterator[tuple[Persona, PersonaPrincipal]]:
    tables = _tables()
    if tables is not None:
        for persona in tables.personas:
            mapped = settings.access.personas.get(persona.name)
            if mapped is not None:
                yield persona, mapped


@check("access")
def personas_are_known(settings: Settings) -> Iterator[Fault]:
    """Personas are those of rbac/personas.yaml: what is wrong there, or in rbac/grants.yaml, stops everything."""
    try:
        names = [persona.name for persona in load_tables().personas]
        load_grants()
    except TableErrors as errors:
        for error in errors.errors:
            yield Fault(("access",), str(error), "tables and grants without faults")
        return
    for name in settings.access.personas:
        if name not in names:
            yield Fault(("access", "personas", name), "an unknown persona", meant(name, names))
        elif name == MACHINE_LEARNING_PERSONA:
            expected = "none: it is the identity of the stack's own workspace"
            yield Fault(("access", "personas", name), "a principal", expected)


@check("access")
def personas_are_somebody(settings: Settings) -> Iterator[Fault]:
    """A persona is one thing: a group where it is persons, a service principal where it is a process.

    A group of people gets a role through the group and never one by one. Source: the reference's "Microsoft Entra
    group membership".
    """
    for persona, mapped in _mapped(settings):
        place = ("access", "personas", persona.name)
        if len(mapped.ways) != 1:
            got = " and ".join(mapped.ways) or "nothing"
            yield Fault(place, got, "one of group, groups, create, servicePrincipal")
            continue
        is_process = mapped.ways == ("servicePrincipal",)
        if is_process and persona.kind is Kind.PERSON:
            yield Fault((*place, "servicePrincipal"), "a service principal", "a group: the persona is persons")
        if not is_process and persona.kind is Kind.PROCESS:
            yield Fault((*place, mapped.ways[0]), "a group", "servicePrincipal: the persona is a process")


@check("access", "workload")
def groups_are_the_projects(settings: Settings) -> Iterator[Fault]:
    """A project-specific persona has a group for each project, another one a group for all."""
    for index, project in enumerate(settings.access.projects):
        if project in settings.access.projects[:index]:
            yield Fault(("access", "projects", index), repr(project), "each project once")
    for persona, mapped in _mapped(settings):
        if mapped.groups is None:
            continue
        place = ("access", "personas", persona.name, "groups")
        if not persona.project_specific:
            yield Fault(place, "groups by project", "group: the persona isn't project-specific")
            continue
        for project in mapped.groups:
            if project not in settings.projects:
                yield Fault((*place, project), repr(project), f"a project: {', '.join(settings.projects)}")
        for project in settings.projects:
            if project not in mapped.groups:
                yield Fault(place, f"no group for {project}", f"one for each project: {', '.join(settings.projects)}")


@check("access")
def principals_differ(settings: Settings) -> Iterator[Fault]:
    """Two personas with one principal are one persona with the roles of both, which the tables keep apart."""
    seen: dict[str, str] = {}
    for persona, mapped in _mapped(settings):
        for id in (mapped.group, mapped.service_principal, *(mapped.groups or {}).values()):
            if id is not None and seen.setdefault(id, persona.name) != persona.name:
                expected = f"a principal of its own: {seen[id]} has this one"
                yield Fault(("access", "personas", persona.name), id, expected)
    deployer = settings.access.deployer
    if deployer is not None and deployer in seen:
        expected = f"a principal of its own: {seen[deployer]} has this one, and builds nothing"
        yield Fault(("access", "deployer"), deployer, expected)


@check("access")
def made_groups_have_owners(settings: Settings) -> Iterator[Fault]:
    """A group that nobody owns can't be mended by anyone but an administrator of the directory."""
    for persona, mapped in _mapped(settings):
        if mapped.create and not settings.access.group_owners:
            yield Fault(("access", "groupOwners"), "nothing", f"who owns the group that is made for {persona.name}")
            return


@check("access", "tier")
def just_in_time_has_its_rules(settings: Settings) -> Iterator[Fault]:
    """Access that is just-in-time ends on a day, and in production someone approves each activation."""
    rules = settings.access.just_in_time
    for persona, _ in _mapped(settings):
        if not persona.just_in_time:
            continue
        if rules is None:
            yield Fault(("access", "justInTime"), "nothing", f"until when {persona.name} is eligible: until")
        elif settings.is_production and not rules.approvers:
            expected = f"a group that approves activations of {persona.name}: production needs one"
            yield Fault(("access", "justInTime", "approvers"), "nothing", expected)
        if settings.access.azure_dev_ops is not None and not settings.access.group_owners:
            yield Fault(
                ("access", "groupOwners"), "nothing", f"who owns the groups that make {persona.name} eligible in DevOps"
            )


@check("access", "tier")
def devops_groups_are_there(settings: Settings) -> Iterator[Fault]:
    """Azure DevOps gives its roles by groups that it has by itself; whoever gets one becomes a member."""
    tables, wanted = _tables(), settings.access.azure_dev_ops
    if tables is None or wanted is None:
        return
    needed = {"Reader": "readers", "Contributor": "contributors", "Owner": "projectAdministrators"}
    needed |= {PROJECT_ADMINISTRATORS: "projectAdministrators", COLLECTION_ADMINISTRATORS: "collectionAdministrators"}
    given = wanted.groups.model_dump(by_alias=True, exclude_none=True)
    missing = {
        needed[role]
        for cell in tables.cells(settings.tier)
        if cell.resource == DEVOPS
        for role in cell.roles
        if needed[role] not in given
    }
    for name in sorted(missing):
        place = ("access", "azureDevOps", "groups", name)
        yield Fault(place, "nothing", f"its descriptor: the {settings.tier} table gives its role")
    if wanted.feed_id is None and any(cell.resource == ARTIFACTS for cell in tables.cells(settings.tier)):
        expected = f"the ID of the feed: the {settings.tier} table gives roles on {ARTIFACTS}"
        yield Fault(("access", "azureDevOps", "feedId"), "nothing", expected)


@check("access", "workload", "organisation", "environment", "endpoints", "subscription", "shared", "workspace")
def assignments_fit_in_the_subscription(settings: Settings) -> Iterator[Fault]:
    """A subscription takes 4,000 role assignments. Source: Azure RBAC docs, troubleshoot-limits."""
    from stacks.access import access  # it needs the settings' model, as this module's neighbours do

    try:
        compiled = access(settings)
    except (TableErrors, NameRefused):
        return  # told by checks of their own
    number = counted(compiled.assignments)[settings.subscription.lower()]
    free = MOST_ASSIGNMENTS - settings.access.other_assignments
    if number > free:
        got = f"{number:,} role assignments in subscription {settings.subscription}"
        others = settings.access.other_assignments
        taken = f", of which others have {others:,}" if others else ""
        expected = f"at most {free:,}: a subscription takes {MOST_ASSIGNMENTS:,}{taken}; serve fewer projects from it"
        yield Fault(("access", "projects"), got, expected)
