"""Whether the caller can make groups in Entra and reach Azure DevOps, where the plans have such things."""

from __future__ import annotations

from collections.abc import Iterator

from seawall.doctor.case import Case
from seawall.doctor.finding import Finding, ok, skipped, warning

GROUP_RIGHTS = frozenset(("Group.ReadWrite.All", "Group.Create", "Directory.ReadWrite.All"))
"""Permissions of an application that make groups. Source: azuread provider's documentation, Group ("API permissions");
Microsoft Graph permissions reference."""

GROUP_ROLES = frozenset(
    (
        "62e90394-69f5-4237-9190-012177145e10",  # Global Administrator
        "fdd7a751-b60b-444a-984c-02652fe8fa1c",  # Groups Administrator
        "fe930be7-5e62-47db-91af-98c3a49a38b1",  # User Administrator
    )
)
"""Directory roles that make groups, by template ID, as the `wids` of a token. Source: Entra docs,
permissions-reference; access-token-claims-reference."""

DEVOPS_LOGIN = (
    ("AZDO_PERSONAL_ACCESS_TOKEN",),
    ("AZDO_USE_OIDC", "ARM_USE_OIDC"),
    ("AZDO_USE_MSI", "ARM_USE_MSI"),
    ("AZDO_CLIENT_ID", "ARM_CLIENT_ID"),
)
"""Environment variables, any of which lets the provider log in to Azure DevOps.
Source: azuredevops provider's documentation, "Authentication"."""


def check(case: Case) -> Iterator[Finding]:
    """What can't be told for certain is a warning: rights may come from the ownership of a group, or from a file."""
    types = {resource.type.partition(":")[0] for plan in case.plans for resource in plan.managed}
    if case.local or not types & {"azuread", "azuredevops"}:
        yield skipped("not examined: the local Azure takes every object") if case.local else ok("the plan has neither")
        return
    told = False
    caller = case.port.caller()
    if "azuread" in types and not caller.directory & (GROUP_RIGHTS | GROUP_ROLES):
        told = True
        yield warning(
            f"the plan makes groups in Entra, and nothing tells that {caller.name} may",
            "For an application: Group.ReadWrite.All of Microsoft Graph, granted by an administrator; for a person: "
            "the directory role Groups Administrator.",
        )
    set_ = {name for name, value in case.machine.environ.items() if value}
    if "azuredevops" in types and not any(set_ & set(names) for names in DEVOPS_LOGIN):
        told = True
        yield warning(
            "the plan changes Azure DevOps, and no variable says how to log in there",
            "Set AZDO_USE_OIDC with AZDO_CLIENT_ID and AZDO_TENANT_ID in a pipeline, or AZDO_PERSONAL_ACCESS_TOKEN.",
        )
    if not told:
        yield ok("groups can be made, and Azure DevOps has a login")
