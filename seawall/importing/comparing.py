"""The plan of a stack file held against what exists: what is imported as it is, changed, made anew, left alone."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from components.role_assignment import assignment_name
from seawall.azure.bodies import outputs
from seawall.azure.resource_id import parse
from seawall.azure.types import canonical
from seawall.importing.existing import Existing, Inventory, plain_location
from seawall.local.changes import ABSENT, Change, Path, change, differences, matches, parsed
from seawall.local.releases import released_inputs
from seawall.plan.adopting import adopted_inputs
from seawall.plan.model import Plan, Resource
from seawall.plan.values import MASK, masked, plain

_ASSIGNMENT = "azure-native:authorization:RoleAssignment"
_PARTS = frozenset(
    {
        "microsoft.network/virtualnetworks/subnets",
        "microsoft.network/networksecuritygroups/securityrules",
        "microsoft.network/routetables/routes",
    }
)
"""Types, in lower case, that the program says within the resource above them."""

_LEAST = 16
"""Characters of a value that a plan may have simulated: GUIDs, addresses and keys are longer than any word."""


@dataclass(frozen=True, kw_only=True)
class Match:
    """A planned resource and the one that exists under its ID, with what would change."""

    planned: Resource
    existing: Existing
    changes: tuple[Change, ...] = ()

    @property
    def compared(self) -> bool:
        """Whether enough is known of what exists."""
        return self.existing.body is not None


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Everything planned and everything that exists, each in one of these."""

    matches: tuple[Match, ...]
    created: tuple[Resource, ...]
    left: tuple[Existing, ...]
    """What exists and the program makes under another name, or not at all."""
    elsewhere: tuple[Resource, ...] = ()
    """Planned outside of Resource Manager, in Entra ID or Azure DevOps: an export says nothing of it."""

    @property
    def unchanged(self) -> tuple[Match, ...]:
        return tuple(one for one in self.matches if not one.changes)

    @property
    def changed(self) -> tuple[Match, ...]:
        return tuple(one for one in self.matches if one.changes)


def compared(plan: Plan, inventory: Inventory) -> Comparison:
    """What bringing an inventory under the program of a plan would mean.

    What the plan had to simulate, such as the object ID of an identity, is taken from what exists, as the real
    engine would.
    """
    planned = [one for one in plan.managed if one.type.startswith("azure-native:")]
    real = _simulated(planned, inventory)
    known = [_with(one, real) for one in planned]
    found = [(one, inventory.get(one.id)) for one in known]
    pairs = [(one, existing) for one, existing in found if existing is not None]
    taken = {existing.key for _, existing in pairs}
    taken |= {one.key for one in inventory if one.arm_type in _PARTS and parse(one.id).parent.lower() in taken}
    return Comparison(
        matches=tuple(Match(planned=one, existing=there, changes=tuple(_changes(one, there))) for one, there in pairs),
        created=tuple(one for one, existing in found if existing is None),
        left=tuple(one for one in inventory if one.key not in taken),
        elsewhere=tuple(one for one in plan.managed if not one.type.startswith("azure-native:") and not _is_ours(one)),
    )


def _is_ours(resource: Resource) -> bool:
    return resource.type.startswith("pulumi:")


def _simulated(planned: Iterable[Resource], inventory: Inventory) -> dict[str, str]:
    """What exists instead of each value that the plan could only simulate."""
    real: dict[str, str] = {}
    for one in planned:
        existing = inventory.get(one.id)
        if existing is None or existing.body is None:
            continue
        asked = plain(one.inputs)
        for path, ours, theirs in differences(plain(one.outputs), outputs(one.type, one.id, existing.body)):
            filled = isinstance(ours, str) and isinstance(theirs, str) and not _has(asked, path)
            if filled and len(ours) >= _LEAST and ours.lower() != theirs.lower() and not ours.startswith("/"):
                real[ours] = theirs
    return real


def _with(resource: Resource, real: Mapping[str, str]) -> Resource:
    """A planned resource with the real values; a role assignment's name follows from its principal's."""
    if not real:
        return resource
    inputs, made = _replaced(resource.inputs, real), _replaced(resource.outputs, real)
    id = resource.id
    if canonical(resource.type) == _ASSIGNMENT and inputs != resource.inputs:
        role = str(inputs["roleDefinitionId"]).rpartition("/")[2]
        name = assignment_name(str(inputs["scope"]), str(inputs["principalId"]), role)
        id = f"{id.rpartition('/')[0]}/{name}"
        inputs, made = {**inputs, "roleAssignmentName": name}, {**made, "id": id, "name": name}
    return msgspec.structs.replace(resource, inputs=inputs, outputs=made, id=id)


def _replaced(value: Any, real: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _replaced(one, real) for key, one in value.items()}
    if isinstance(value, list):
        return [_replaced(one, real) for one in value]
    return real.get(value, value) if isinstance(value, str) else value


def _changes(planned: Resource, existing: Existing) -> Iterator[Change]:
    """What the program would change, property by property, in the names of its inputs."""
    if existing.body is None:
        return
    token = canonical(planned.type)
    asked = plain(planned.inputs)
    wanted = _uniform(adopted_inputs(token, planned.id, masked(planned.outputs)))
    found = _uniform(adopted_inputs(token, planned.id, outputs(token, planned.id, existing.body)))
    ignored = [parsed(one) for one in (*planned.options.ignore_changes, *released_inputs(token))]
    for path, before, after in differences(found, wanted):
        if any(matches(path, pattern) for pattern in ignored) or (_is_empty(before) and _is_empty(after)):
            continue
        # What nobody asks for, and isn't there, is what Azure fills in.
        if before is ABSENT and not _has(asked, path):
            continue
        if after != MASK:  # a secret that the stack file has no clear text of
            yield change(path, before, after)


def _has(values: Any, path: Path) -> bool:
    for part in path:
        there = part in values if isinstance(values, dict) else isinstance(values, list) and _index(part) < len(values)
        if not there:
            return False
        values = values[part]
    return True


def _index(part: str | int) -> int:
    return part if isinstance(part, int) else sys.maxsize


def _is_empty(value: Any) -> bool:
    return value is ABSENT or value is None or value is False or (isinstance(value, (str, list, dict)) and not value)


def _uniform(value: Any, key: str = "") -> Any:
    """A value as Azure takes it for equal to others: IDs in any case, regions however written, sets in any order."""
    if isinstance(value, dict):
        return {name: _uniform(one, name) for name, one in value.items()}
    if isinstance(value, list):
        items = [_uniform(one, key) for one in value]
        return sorted(items) if all(isinstance(one, str) for one in items) else items
    if isinstance(value, str) and value.lower().startswith("/subscriptions/"):
        return value.lower()
    if isinstance(value, str) and key.lower().endswith("location"):
        return plain_location(value)
    return int(value) if isinstance(value, float) and value.is_integer() else value
