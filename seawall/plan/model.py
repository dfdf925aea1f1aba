"""The Plan: an environment's resources, whoever found them out.

Its producers are the offline engine, a file, a stack's state; its consumers are policies, exports, graphs and
deployments. No consumer knows which producer made it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import msgspec

VERSION = 1
"""The version of the plan format. A file of another version is refused."""


class Options(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The Pulumi resource options that outlive the program: what a deployment has to honour."""

    protect: bool = False
    retain_on_delete: bool = False
    delete_before_replace: bool | None = None
    ignore_changes: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    """URNs under which the resource was known before."""
    provider: str = ""
    """URN of the explicit provider, or nothing for the default one."""
    import_id: str = ""
    deleted_with: str = ""
    additional_secret_outputs: tuple[str, ...] = ()
    custom_timeouts: dict[str, str] = {}
    """By operation (create, update, delete), as Go writes durations: `30m`."""


class Resource(msgspec.Struct, frozen=True, kw_only=True, rename="camel", dict=True):
    """One resource of a plan.

    `inputs` and `outputs` are JSON values in Pulumi's camelCase, in which any part may be `values.UNKNOWN` or a
    `values.Secret`. Whole numbers are `int`.
    """

    urn: str
    type: str
    """The Pulumi token, such as `azure-native:storage:StorageAccount`."""
    name: str
    """The logical name in the program, not the one in Azure."""
    id: str = ""
    """The ARM ID, or what another provider calls it by; empty for a component."""
    parent: str = ""
    """URN of the parent; empty for the stack itself."""
    inputs: dict[str, Any] = {}
    outputs: dict[str, Any] = {}
    dependencies: tuple[str, ...] = ()
    """URNs of all resources that must exist before this one, sorted."""
    property_dependencies: dict[str, tuple[str, ...]] = {}
    """For each input, the URNs of the resources that its value came from, sorted."""
    options: Options = Options()

    @property
    def custom(self) -> bool:
        """Whether a provider manages it; otherwise it is a component, which only groups others."""
        return bool(self.id)

    @property
    def arm(self) -> bool:
        """Whether it stands in Azure Resource Manager, and so has an ARM ID and body; a group of Entra ID doesn't."""
        return self.custom and self.type.startswith("azure-native:")


class Plan(msgspec.Struct, frozen=True, kw_only=True, rename="camel", dict=True):
    """The resources of one stack, each after its parent and its dependencies."""

    stack: str
    project: str = "seawall"
    resources: tuple[Resource, ...] = ()
    outputs: dict[str, Any] = {}
    """What the stack exports."""
    version: int = VERSION

    @cached_property
    def by_urn(self) -> dict[str, Resource]:
        return {resource.urn: resource for resource in self.resources}

    @cached_property
    def by_id(self) -> dict[str, Resource]:
        """By ID in lower case: Azure compares IDs without regard to case."""
        return {resource.id.lower(): resource for resource in self.resources if resource.id}

    def of_type(self, *tokens: str) -> Iterator[Resource]:
        """The resources of the given Pulumi tokens, in the plan's order."""
        return (resource for resource in self.resources if resource.type in tokens)

    @property
    def managed(self) -> tuple[Resource, ...]:
        """The resources that stand in a cloud: neither components nor providers."""
        return tuple(r for r in self.resources if r.custom and not r.type.startswith("pulumi:"))
