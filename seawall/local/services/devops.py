"""What Azure DevOps refuses: names that are taken, and access to what isn't there any more."""

from __future__ import annotations

from collections.abc import Callable

from seawall.local.services.directory_type import DirectoryType, Entry
from seawall.local.services.service import refuse
from seawall.local.store import Row
from seawall.plan import azuredevops as devops


def _named(kind: str, name: str, within: str = "") -> Callable[[Entry], str]:
    """A name that is unique in the organisation, or in the project that another input names."""
    return lambda entry: f"azuredevops:{kind}:{entry.text(within)}:{entry.text(name)}".lower()


def _in(*names: str) -> Callable[[Entry], list[str]]:
    return lambda entry: [entry.text(name) for name in names if entry.text(name)]


def _is_of_entra(row: Row) -> bool:
    return bool(row.body["properties"].get("origin") == "aad")


def _group_name(entry: Entry) -> str:
    # One of Entra ID is called as it is there.
    return "" if entry.text("origin") == "aad" else _named("group", "displayName", "scope")(entry)


def _check_group(entry: Entry) -> None:
    if entry.text("origin") != "aad" and entry.text("displayName") in devops.PROJECT_GROUPS and entry.text("scope"):
        raise refuse(
            "GroupNameAlreadyInUse", f"The project has a group '{entry.text('displayName')}' of its own.", status=409
        )


TYPES = {
    kind.token: kind
    for kind in (
        DirectoryType(devops.PROJECT, unique=_named("project", "name"), code="ProjectAlreadyExists"),
        DirectoryType(
            devops.GROUP,
            check=_check_group,
            unique=_group_name,
            code="GroupNameAlreadyInUse",
            goes_with=_in("scope"),
            # Source: Azure DevOps REST reference, Graph groups - Create ("Materialize an existing … group").
            taken_up=_is_of_entra,
        ),
        DirectoryType(devops.MEMBERSHIP, goes_with=_in("group")),
        DirectoryType(devops.SERVICE_PRINCIPAL, taken_up=lambda row: True),
        DirectoryType(
            devops.TEAM,
            unique=_named("team", "name", "projectId"),
            code="TeamAlreadyExists",
            goes_with=_in("projectId"),
        ),
        DirectoryType(devops.TEAM_ADMINISTRATORS, goes_with=_in("projectId", "teamId")),
        DirectoryType(devops.TEAM_MEMBERS, goes_with=_in("projectId", "teamId")),
        DirectoryType(
            devops.FEED,
            unique=_named("feed", "name", "projectId"),
            code="FeedNameAlreadyInUse",
            goes_with=_in("projectId"),
        ),
        DirectoryType(devops.FEED_PERMISSION, goes_with=_in("feedId")),
        DirectoryType(
            devops.SERVICE_CONNECTION,
            unique=_named("connection", "serviceEndpointName", "projectId"),
            code="DuplicateServiceConnection",
            goes_with=_in("projectId"),
        ),
    )
}
