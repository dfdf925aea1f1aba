"""Where violations can be mended: the section of the stack file, the component, or the line of a plan's file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from policies.report import Violation
from policies.reports.locations import Location, Locator

if TYPE_CHECKING:
    from stacks.settings.document import Document
    from stacks.settings.errors import Place

SECTIONS: Mapping[str, tuple[str, ...]] = {
    "AccessControl": ("access",),
    "ActionGroup": ("monitoring",),
    "ActivityLogAlert": ("monitoring",),
    "ApplicationInsights": ("monitoring",),
    "Bastion": ("network",),
    "BatchEndpoint": ("endpoints", "batch"),
    "Budget": ("budget",),
    "ComputeCluster": ("compute", "clusters"),
    "ComputeInstance": ("compute", "instances"),
    "ContainerRegistry": ("containerRegistry",),
    "CustomRoles": ("access",),
    "CustomerManagedKey": ("security", "customerManagedKeys"),
    "DataLake": ("dataLake",),
    "Datastore": ("datastores",),
    "DefenderPlan": ("security",),
    "DevOpsAccess": ("access",),
    "EnvironmentVersion": ("environments",),
    "Firewall": ("network",),
    "FlowLog": ("network",),
    "HubNetwork": ("network",),
    "KeyVault": ("security", "keyVault"),
    "LogAnalyticsWorkspace": ("monitoring",),
    "MachineLearningRegistry": ("registry",),
    "ManagedNetwork": ("network",),
    "MetricAlert": ("monitoring",),
    "OnlineEndpoint": ("endpoints", "online"),
    "Peering": ("network",),
    "PolicyAssignments": ("azurePolicy",),
    "PrivateDns": ("network",),
    "PrivateDnsZones": ("network",),
    "PrivateEndpoint": ("network",),
    "PrivateLinkScope": ("monitoring",),
    "PrivateLinkScopeMembers": ("monitoring",),
    "QueryAlert": ("monitoring",),
    "ResourceGroup": ("tags",),
    "RoleAssignment": ("identities",),
    "SecurityContact": ("security",),
    "StorageAccount": ("storage",),
    "UserAssignedIdentity": ("identities",),
    "VirtualNetwork": ("network",),
    "Workspace": ("workspace",),
}
"""By component, the section of a stack file that it is made from."""

COMPONENT = "seawall:components:"
_CLASS = re.compile(rb"^class (\w+)\(", re.MULTILINE)


def in_stack_file(root: Path, env: str) -> Locator:
    """Locations in an environment's stack file: what a resource was made from, then the component that made it.

    That is an item, a section, or the settings as a whole where neither was written.
    """
    from stacks.settings.document import read

    path = root / "stacks" / f"Pulumi.{env}.yaml"
    document = read(path)
    name = path.relative_to(root).as_posix()

    def locate(violation: Violation) -> Sequence[Location]:
        components = _components(violation.urn)
        place = _place(document, SECTIONS.get(components[0], ()) if components else (), violation.name)
        stated = Location(name, document.line(place) or 1, ".".join(str(step) for step in place))
        return [stated, *(one for made in components[:1] if (one := _source(root, made)))]

    return locate


def in_plan_file(path: Path, root: Path, urns: Iterable[str]) -> Locator:
    """Locations in a plan's or a state's own file: the line of the resource's URN."""
    wanted = {urn.encode(): urn for urn in urns}
    lines: dict[str, int] = {}
    pattern = re.compile(rb'"urn":\s*"([^"]+)"')
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            for found in pattern.findall(line):
                if found in wanted:
                    lines.setdefault(wanted[found], number)
    absolute = path.resolve()
    name = absolute.relative_to(root).as_posix() if absolute.is_relative_to(root) else path.name
    return lambda violation: (Location(name, lines.get(violation.urn)),)


def _components(urn: str) -> list[str]:
    """The classes of a resource's components, outermost first; a URN's third part has the types of all parents."""
    types = urn.split("::")[2].split("$") if urn.count("::") > 2 else []
    return [type.removeprefix(COMPONENT) for type in types if type.startswith(COMPONENT)]


def _place(document: Document, section: tuple[str, ...], name: str) -> Place:
    """The place of a resource in a stack file: the item that gives it its name, else the nearest section there is."""
    place: Place = ("config",)
    value: Any = document.values.get("config")
    for number, step in enumerate(section):
        key = f"seawall:{step}" if number == 0 else step
        if not isinstance(value, dict) or key not in value:
            return place
        place, value = (*place, key), value[key]
    item = _named_item(value, name)
    return place if item is None else (*place, item)


def _named_item(values: Any, name: str) -> int | None:
    """The item of a list of settings whose `name` ends a resource's, such as `cpu` that of `cluster-cpu`."""
    if not isinstance(values, list):
        return None
    names = [str(item.get("name") or "") if isinstance(item, dict) else "" for item in values]
    ending = [(len(one), index) for index, one in enumerate(names) if one and f"-{name}".endswith(f"-{one}")]
    return max(ending)[1] if ending else None


@cache
def _classes(root: Path) -> Mapping[str, tuple[str, int]]:
    """The components of a project, by class, with their file and line."""
    found = {}
    for path in sorted((root / "components").glob("*.py")):
        text = path.read_bytes()
        for match in _CLASS.finditer(text):
            line = text.count(b"\n", 0, match.start()) + 1
            found[match[1].decode()] = (path.relative_to(root).as_posix(), line)
    return found


def _source(root: Path, component: str) -> Location | None:
    if component not in _classes(root):
        return None
    path, line = _classes(root)[component]
    return Location(path, line, f"component {component}")
