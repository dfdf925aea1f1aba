"""Everything a stack builds has a name that Azure takes."""

from __future__ import annotations

from collections.abc import Iterator

from components.names import RULES, Kind, NameRefused, Names
from stacks.settings.checks.base import Fault, check
from stacks.settings.errors import Place
from stacks.settings.model import Settings
from stacks.settings.services import SHARED

_EVERYWHERE: tuple[tuple[Kind, str], ...] = (
    ("resource group", "monitoring"),
    ("virtual network", ""),
    ("private dns link", ""),
    ("identity", "key-workspace"),
    ("key vault", ""),
    ("container registry", ""),
    ("log analytics", ""),
    ("application insights", ""),
    ("action group", ""),
    ("action group short name", ""),
    ("private link scope", ""),
    ("diagnostic setting", ""),
    ("budget", ""),
)
"""What every stack has, each with the longest instance of it."""


@check("organisation", "workload", "environment", "location", "subscription", "registry", "workspace", "shared")
def names_are_short_enough(settings: Settings) -> Iterator[Fault]:
    """Azure's limits of names, for what is named after organisation, workload and environment."""
    worst: dict[str, NameRefused] = {}
    for names, kind, instance in planned_names(settings):
        refusal = _refusal(names, kind, instance)
        if refusal is None:
            continue
        part = _longest_part(names, kind)
        if part not in worst or refusal.excess > worst[part].excess:
            worst[part] = refusal
    for part, refusal in worst.items():
        yield Fault((part,), repr(getattr(settings, part)), f"something shorter: {refusal}")


def planned_names(settings: Settings) -> Iterator[tuple[Names, Kind, str]]:
    """The kinds that a stack builds or refers to, each with the names that it takes them from and an instance of it."""
    own, shared = settings.names, settings.shared_names
    for kind, instance in _EVERYWHERE:
        yield own, kind, instance
    if (settings.registry.name if settings.is_shared else settings.shared.registry_name) is None:
        yield shared, "ml registry", ""
    if settings.is_production:
        yield own, "flow log account", ""
    if settings.is_shared:
        return
    yield own, "storage account", ""
    if settings.has_data_lake:
        yield own, "data lake account", ""
    if settings.workspace.name is None:
        yield own, "ml workspace", ""


def _longest_part(names: Names, kind: Kind) -> str:
    """The setting to shorten: the longest of those that are in the name."""
    parts = [part for part in ("workload", "organisation", "environment") if f"{{{part}}}" in RULES[kind].form]
    if names.environment == SHARED and "environment" in parts:
        parts.remove("environment")
    return max(parts, key=lambda part: len(getattr(names, part)))


def _refusal(names: Names, kind: Kind, instance: str) -> NameRefused | None:
    try:
        names.of(kind, instance)
    except NameRefused as refusal:
        return refusal
    return None


@check("organisation", "workload", "environment", "location", "subscription", "compute", "endpoints")
def instance_names_are_short_enough(settings: Settings) -> Iterator[Fault]:
    """Names of computes and endpoints are unique in their region, so environment and hash are added to them."""
    named: list[tuple[Place, Kind, str]] = [
        *((("compute", "clusters", i), "compute cluster", one.name) for i, one in enumerate(settings.compute.clusters)),
        *(
            (("compute", "instances", i), "compute instance", one.name)
            for i, one in enumerate(settings.compute.instances)
        ),
        *((("endpoints", "online", i), "online endpoint", one.name) for i, one in enumerate(settings.endpoints.online)),
        *((("endpoints", "batch", i), "batch endpoint", one.name) for i, one in enumerate(settings.endpoints.batch)),
    ]
    for place, kind, name in named:
        if refusal := _refusal(settings.names, kind, name):
            yield Fault((*place, "name"), repr(name), f"something else: {refusal}")
