"""What exists, told as the settings of a stack file, as far as it can be told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from seawall.importing.existing import Inventory
from seawall.importing.telling import learning, network, people, services
from seawall.importing.telling.ground import (
    WORKSPACE,
    NotTold,
    Told,
    Workspace,
    asked_for,
    ground,
    workspace_of,
)

__all__ = ["WORKSPACE", "NotTold", "Told", "told", "workspace_of"]

_SECTIONS: Mapping[str, Callable[[Workspace], Any]] = {
    "network": network.network,
    "monitoring": services.monitoring,
    "security": services.security,
    "storage": services.storage,
    "dataLake": services.data_lake,
    "containerRegistry": services.container_registry,
    "shared": services.shared,
    "workspace": learning.workspace,
    "compute": learning.compute,
    "datastores": learning.datastores,
    "environments": learning.environments,
    "endpoints": learning.endpoints,
    "identities": people.identities,
    "access": people.access,
    "budget": people.budget,
}
"""The sections of a stack file in its order, and who tells each."""


def told(inventory: Inventory, env: str, *, workspace: str = "", given: Mapping[str, Any] | None = None) -> Told:
    """The settings of the environment around a workspace, the only one or the one that is named.

    `given` are settings that a person adds or that win over what is told. Raises `NotTold`, with a line for each
    thing that has to be said.
    """
    found = workspace_of(inventory, workspace)
    base, where, faults = ground(inventory, found, env, given or {})
    sections = {name: tell(where) for name, tell in _SECTIONS.items()}
    settings = _merged(_without_nothing({**base, **sections}), given or {})
    faults += [asked_for(path, example) for path, example in _needed(settings) if _at(settings, path) is None]
    if faults:
        raise NotTold(faults)
    return Told(settings=settings, unsaid=tuple(dict.fromkeys(where.unsaid)))


def _needed(settings: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What every stack file has to say besides, with an example."""
    yield "network.addressSpace", "10.20.0.0/22"
    if _at(settings, "network.mode") == "hubAndSpoke":
        yield "network.hub.addressSpace", "10.20.0.0/22"
    yield "budget.amount", "1500"
    yield "budget.start", "2027-01-01"


def _at(settings: Mapping[str, Any], path: str) -> Any:
    value: Any = settings
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _without_nothing(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    kept = {key: _without_nothing(one) for key, one in value.items()}
    return {key: one for key, one in kept.items() if one is not None and one != {} and one != []}


def _merged(settings: dict[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(settings)
    for key, value in given.items():
        both = isinstance(value, Mapping) and isinstance(result.get(key), dict)
        result[key] = _merged(result[key], value) if both else value
    return result
