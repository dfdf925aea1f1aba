"""What every component shares: its arguments, IDs that are known before anything exists, and its children's options.

A component's `id` and `name` are computed from its arguments instead of read back from Azure. They are therefore
known at a preview, and whoever uses them still waits for the component: the dependency is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pulumi import ComponentResource, Input, Output, Resource, ResourceOptions

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class ResourceArgs:
    """What any resource in a resource group needs.

    `resource_group_id` is the group's ARM ID: the subscription and the group's name come from it. `resource_name` is
    the name in Azure, within Azure's limits for its type; it is explicit, so that the ID is known beforehand.
    """

    resource_group_id: Input[str]
    location: str
    tags: Mapping[str, str]
    resource_name: str


@dataclass(frozen=True, kw_only=True)
class PrivateLink:
    """Where the private endpoint of a resource is placed, and the DNS zones that resolve it.

    `resource_group_id` and `location` are the endpoint's own: those of its subnet, not of its target. `zone_ids` maps
    a private DNS zone's name to its ID. An empty mapping leaves DNS to whoever runs the zones (an Azure Policy of a
    landing zone, for example); a mapping that lacks a zone which the target needs is an error.
    """

    resource_group_id: Input[str]
    location: str
    subnet_id: Input[str]
    zone_ids: Mapping[str, Input[str]]


@dataclass(frozen=True, kw_only=True)
class GuardedArgs(ResourceArgs):
    """What a resource needs that can be logged, reached privately and locked.

    The first two have no default, so that their absence is said out loud. `log_analytics_workspace_id=None`: not
    logged. `private_link=None`: no private endpoint is made here, because something else brings its own (a workspace's
    managed network); it never opens the resource to the public. `delete_protection` sets Pulumi's `protect` and a
    CanNotDelete lock on this one resource.
    """

    log_analytics_workspace_id: Input[str] | None
    private_link: PrivateLink | None
    delete_protection: bool = False


class Component(ComponentResource):
    """A component of Seawall: its token is `seawall:components:<Class>`."""

    def __init__(self, name: str, opts: ResourceOptions | None = None) -> None:
        super().__init__(f"seawall:components:{type(self).__name__}", name, None, opts)

    def child_opts(self, **options: Any) -> ResourceOptions:
        """The options of a child of this component. A caller's options are never merged in: their parent would win."""
        return ResourceOptions(parent=self, **options)

    def computed(self, make: Callable[..., T], *inputs: Input[Any]) -> Output[T]:
        """`make(*inputs)` once the inputs are there; whoever uses it depends on this component and all its children.

        For the component's own outputs. A child must not use it, since it would wait for itself: see `computed`.
        """
        return computed(self, make, *inputs)


def computed(resource: Resource, make: Callable[..., T], *inputs: Input[Any]) -> Output[T]:
    """`make(*inputs)`, known at a preview as soon as the inputs are, with a dependency on `resource`."""
    return Output.all(resource.urn, *inputs).apply(lambda values: make(*values[1:]))


def child_id(resource: Resource, scope: Input[str], arm_type: str, *names: str) -> Output[str]:
    """The ARM ID of `resource`, computed, with a dependency on it. For siblings within a component.

    `resource.id` itself would be unknown at a preview.
    """
    return computed(resource, lambda known: arm_id(known, arm_type, *names), scope)


def applied(make: Callable[[Any], T], value: Input[Any]) -> Input[T]:
    """`make(value)`, at once for a plain value and later for an Output."""
    return value.apply(make) if isinstance(value, Output) else make(value)


def resource_group_name(args: ResourceArgs | PrivateLink) -> Input[str]:
    """The name of the resource group that the arguments place their resource in."""
    return applied(lambda id: id_segment(id, "resourceGroups"), args.resource_group_id)


def last_segment(id: Input[str]) -> Input[str]:
    """The name at the end of an ARM ID."""
    return applied(lambda known: known.rsplit("/", 1)[-1], id)


def arm_id(scope: str, arm_type: str, *names: str) -> str:
    """The ARM ID of the resource of `arm_type` in `scope`, one name for each of the type's segments.

    >>> arm_id("/subscriptions/s/resourceGroups/g", "Microsoft.Network/virtualNetworks/subnets", "v", "s")
    '/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/s'
    """
    provider, *types = arm_type.split("/")
    if len(types) != len(names):
        raise ValueError(f"{arm_type} takes {len(types)} names, not {len(names)}: {', '.join(names)}")
    tail = "/".join(f"{kind}/{name}" for kind, name in zip(types, names, strict=True))
    return f"{scope.rstrip('/')}/providers/{provider}/{tail}"


def id_segment(id: str, kind: str) -> str:
    """The segment that follows `kind` in an ARM ID, whatever the case of `kind`. Raises ValueError when it has none.

    >>> id_segment("/subscriptions/s/resourcegroups/g", "resourceGroups")
    'g'
    """
    parts = id.strip("/").split("/")
    for key, value in zip(parts[::2], parts[1::2], strict=False):
        if key.lower() == kind.lower():
            return value
    raise ValueError(f"expected an ARM ID with {kind}/<name>, got {id!r}")
