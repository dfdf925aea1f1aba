"""What is examined: an environment's plans, and the cloud and the machine that they are to come about with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from seawall.azure.resource_id import BadResourceId, ResourceId, parse
from seawall.azure.types import ArmType, UnknownType, lookup
from seawall.doctor.machine import Machine
from seawall.doctor.port import Port
from seawall.plan.model import Plan
from seawall.plan.values import masked

T = TypeVar("T")
R = TypeVar("R")

AT_ONCE = 8
"""So many questions a check asks at the same time."""


@dataclass(frozen=True)
class Wanted:
    """A resource of Resource Manager that a plan asks for. Secrets in its inputs are masked."""

    id: ResourceId
    token: str
    type: ArmType
    inputs: Mapping[str, Any]
    stack: str

    @property
    def subscription(self) -> str:
        return self.id.subscription

    @property
    def name(self) -> str:
        return self.id.name

    @property
    def location(self) -> str:
        """The region as IDs have it; empty where it has none, or is everywhere."""
        found = region(self.inputs.get("location"))
        return "" if found == "global" else found

    @property
    def scope(self) -> str:
        """The ID of the resource group that it lies in, else of the subscription."""
        base = f"/subscriptions/{self.id.subscription}"
        own_group = self.type.arm_type == "Microsoft.Resources/resourceGroups"
        return f"{base}/resourceGroups/{self.id.resource_group}" if self.id.resource_group and not own_group else base


@dataclass(frozen=True, kw_only=True)
class Case:
    """What the checks are given."""

    env: str
    local: bool
    """Whether it is the Azure of this machine: nothing is private there, and `up` brings back what is soft-deleted."""
    port: Port
    machine: Machine
    root: Path
    """The project's folder."""
    store: Path | None = None
    """The file of the local Azure, where it is that one."""
    plans: tuple[Plan, ...] = ()
    """Of the environment and of what it needs; none where the stack file is wrong."""
    input_faults: tuple[str, ...] = ()
    """What is wrong with the stack files, or the program."""
    tenant: str = ""
    backend: str = ""
    """The URL of the state's backend in the stack file; empty where it has none."""
    secrets_provider: str = "passphrase"
    virtualenv: str = ""
    """The folder of the program's packages that Pulumi.yaml names."""
    known_any_tenant: str = field(default="", compare=False)
    """A tenant that stands for every one: the local Azure's, until something says another."""

    @cached_property
    def wanted(self) -> tuple[Wanted, ...]:
        """Every resource of Resource Manager that the plans ask for."""
        return tuple(_wanted(self.plans))

    @property
    def subscriptions(self) -> tuple[str, ...]:
        """Those that the plans change something in, in order."""
        return tuple(dict.fromkeys(one.subscription for one in self.wanted if one.subscription))

    def of_type(self, *arm_types: str) -> tuple[Wanted, ...]:
        names = {name.lower() for name in arm_types}
        return tuple(one for one in self.wanted if one.type.arm_type.lower() in names)

    def each(self, ask: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """Ask about each item, several at the same time; answers in the items' order. The first error is raised."""
        items = list(items)
        if len(items) < 2:
            return [ask(item) for item in items]
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="asking") as pool:
            return list(pool.map(ask, items))

    def there(self, id: ResourceId | str, version: str) -> dict[str, Any] | None:
        """The resource as it is now, or nothing."""
        return self.port.get(str(id), version)


def region(value: object) -> str:
    """A region's name as IDs have it: `West Europe` is `westeurope`."""
    return value.replace(" ", "").lower() if isinstance(value, str) else ""


def _wanted(plans: Sequence[Plan]) -> Iterator[Wanted]:
    for plan in plans:
        for resource in plan.managed:
            if not resource.arm:
                continue
            try:
                yield Wanted(
                    parse(resource.id), resource.type, lookup(resource.type), masked(resource.inputs), plan.stack
                )
            except (BadResourceId, UnknownType):
                continue  # an invoke's or a provider's own; nothing that Resource Manager is asked for
