"""The list that `pulumi import --file` reads: what exists under the URNs that the program gives it.

Components are in it, since they are the parents, and so are the program's own providers, with their settings: a
resource that was imported by another provider than the program's would be replaced.
Source: Pulumi docs, iac/guides/migration/import; pulumi/pkg, operations/import.go.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import version
from typing import Any

from seawall.importing.comparing import Match
from seawall.plan.model import Plan, Resource
from seawall.plan.values import plain

_PROVIDER = "pulumi:providers:"
_STACK = "pulumi:pulumi:Stack"


def import_list(plan: Plan, matches: Iterable[Match]) -> dict[str, Any]:
    """The document for `pulumi import --file`, parents before their children."""
    found = {one.planned.urn: one for one in matches}
    wanted = set(found)
    for urn in found:
        wanted.update(_needed(plan, urn))
    listed = [one for one in plan.resources if one.urn in wanted]
    names = _names(listed)
    return {"resources": [_entry(plan, one, names, found.get(one.urn)) for one in listed]}


def _needed(plan: Plan, urn: str) -> Iterable[str]:
    """The components that a resource is in, and its provider."""
    resource = plan.by_urn[urn]
    provider = _provider(resource)
    if provider in plan.by_urn:
        yield provider
    parent = resource.parent
    while parent in plan.by_urn and plan.by_urn[parent].type != _STACK:
        yield parent
        parent = plan.by_urn[parent].parent


def _entry(plan: Plan, resource: Resource, names: dict[str, str], match: Match | None) -> dict[str, Any]:
    entry: dict[str, Any] = {"type": resource.type, "name": names[resource.urn]}
    if names[resource.urn] != resource.name:
        entry["logicalName"] = resource.name
    if resource.parent in names:
        entry["parent"] = names[resource.parent]
    if resource.type.startswith(_PROVIDER):
        settings = {key: value for key, value in plain(resource.inputs).items() if key != "version"}
        return {**entry, "version": _sdk(resource.type.removeprefix(_PROVIDER)), "inputs": settings}
    if match is None:
        return {**entry, "component": True}
    entry |= {"id": match.existing.id, "version": _sdk(resource.type.partition(":")[0])}
    if (provider := _provider(resource)) in names:
        entry["provider"] = names[provider]
    return entry


def _provider(resource: Resource) -> str:
    """The URN of a resource's provider, empty where it has the default one."""
    return resource.options.provider


def _sdk(package: str) -> str:
    """The version of a package's SDK, which is that of the plugin that the program asks for."""
    return version(f"pulumi-{package}")


def _names(resources: Iterable[Resource]) -> dict[str, str]:
    """A name for each that no other one has: its own, or with its type, or counted."""
    taken: set[str] = set()
    names: dict[str, str] = {}
    for one in resources:
        kind = one.type.rpartition(":")[2]
        candidates = (one.name, f"{one.name}-{kind}", *(f"{one.name}-{kind}-{count}" for count in range(2, 1000)))
        names[one.urn] = next(name for name in candidates if name not in taken)
        taken.add(names[one.urn])
    return names
