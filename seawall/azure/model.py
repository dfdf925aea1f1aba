"""What is known of an ARM resource type: the records that the table in `tables/` is made of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Scope = Literal["resourceGroup", "subscription", "tenant", "extension"]

SUBSCRIPTION = "/subscriptions/{subscriptionId}"
RESOURCE_GROUP = SUBSCRIPTION + "/resourceGroups/{resourceGroupName}"

ENVELOPE = frozenset(
    (
        *("name", "type", "location", "tags", "sku", "identity", "kind", "zones", "plan", "extendedLocation"),
        *("managedBy", "placement", "eTag", "properties"),
    )
)
"""What stands beside `properties` in a REST body. Source: Azure Resource Manager template reference."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How an object looks in the REST API, seen from the flat form that azure-native gives it.

    azure-native lifts the content of `container` up to the object itself, except for what it `keeps` beside it
    (Source: pulumi-azure-native, provider/pkg/gen/properties.go, `x-ms-client-flatten`). `places` gives the REST
    path of each property that has another name or another container; `sets` names the lists of strings that REST
    writes as the keys of a map; `nested` gives the shapes of inner objects, or of a list's items;
    `variants` those of polymorphic objects that differ from the rest, by their `type`.
    """

    container: str = ""
    keeps: frozenset[str] = frozenset()
    places: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sets: frozenset[str] = frozenset()
    nested: Mapping[str, Shape] = field(default_factory=dict)
    variants: Mapping[str, Shape] = field(default_factory=dict)
    containers: frozenset[str] = field(init=False)
    sdk_names: Mapping[tuple[str, ...], str] = field(init=False)

    def __post_init__(self) -> None:
        lifted = {path[0] for path in self.places.values() if len(path) > 1} | {self.container} - {""}
        object.__setattr__(self, "containers", frozenset(lifted))
        object.__setattr__(self, "sdk_names", {path: name for name, path in self.places.items()})

    def for_value(self, value: Mapping[str, Any]) -> Shape:
        """The shape of the value's own variant."""
        return self.variants.get(value.get("type", ""), self) if self.variants else self

    def path_of(self, name: str) -> tuple[str, ...]:
        """Where the REST body holds the property that azure-native calls `name`."""
        place = self.places.get(name)
        if place:
            return place
        if not self.container or name in self.keeps or name == self.container:
            return (name,)
        return (self.container, name)


def shape(
    *,
    container: str = "",
    keeps: str | Iterable[str] = (),
    places: Mapping[str, str] | None = None,
    sets: str = "",
    nested: Mapping[str, Shape] | None = None,
    variants: Mapping[str, Shape] | None = None,
) -> Shape:
    """A `Shape` written briefly: words in one string, paths with dots (a name that has a dot begins with `/`)."""
    return Shape(
        container=container,
        keeps=frozenset(keeps.split() if isinstance(keeps, str) else keeps),
        places={name: _path(place) for name, place in (places or {}).items()},
        sets=frozenset(sets.split()),
        nested=nested if nested is not None else {},
        variants=variants or {},
    )


def kebab(names: str) -> dict[str, str]:
    """Places for properties that REST writes in lower case with hyphens, such as `scan-interval`."""
    return {name: re.sub("(?<=[a-z])(?=[A-Z0-9])", "-", name).lower() for name in names.split()}


def _path(place: str) -> tuple[str, ...]:
    return (place[1:],) if place.startswith("/") else tuple(place.split("."))


IDENTITY = shape(sets="userAssignedIdentities")
"""`userAssignedIdentities` goes in as a list of IDs and stands in REST as a map of ID to principal and client ID."""

PART = shape(
    container="properties",
    keeps="id name type etag location tags zones sku kind extendedLocation identity endpointType systemData",
    nested={"identity": IDENTITY},
)
"""A part of a resource that is written like a resource, with a `properties` of its own."""


def part(nested: Mapping[str, Shape] | None = None, places: Mapping[str, str] | None = None, inside: str = "") -> Shape:
    """A `PART` with parts of its own; `inside` are names that belong into its `properties` all the same."""
    return shape(
        container="properties",
        keeps=PART.keeps - set(inside.split()),
        places=places,
        nested={"identity": IDENTITY, **(nested or {})},
    )


@dataclass(frozen=True, slots=True)
class ArmType:
    """A resource type of Azure Resource Manager and its form in azure-native.

    `path` names the inputs that fill the name segments of the resource's ID, in order; `=default` is a fixed name.
    `under` is the ID under which the type stands, with inputs in braces. `name_from` are the inputs of which the name
    is made where no input gives it. `unsent` are inputs that the body has no place for: query parameters, and the
    `id` and `type` that azure-native offers for network types, which Azure only returns. `replace_on` are the inputs,
    besides those in the ID, whose change replaces the resource; `location` counts where the type has one.
    `no_output` are REST paths that a response leaves out: what Azure takes and never returns, secrets above all.
    `state` is the `provisioningState` of a resource that is ready; empty where the type has none. `soft_delete` marks
    the types of `lifecycle.SOFT_DELETE`, `global_name` those whose name is unique beyond their resource group.
    """

    token: str
    arm_type: str
    api_version: str
    path: tuple[str, ...]
    shape: Shape
    output_shape: Shape
    under: str = RESOURCE_GROUP
    name_from: tuple[str, ...] = ()
    unsent: frozenset[str] = frozenset()
    replace_on: frozenset[str] = frozenset()
    no_output: tuple[tuple[str, ...], ...] = ()
    state: str = "Succeeded"
    soft_delete: bool = False
    global_name: bool = False
    path_inputs: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        fields = {part.split("}")[0] for part in self.under.split("{")[1:]} - {"subscriptionId"}
        names = {name for name in self.path if not name.startswith("=")}
        object.__setattr__(self, "path_inputs", frozenset(fields | names))

    @property
    def scope(self) -> Scope:
        """The kind of thing that a resource of the type stands in."""
        known: dict[str, Scope] = {RESOURCE_GROUP: "resourceGroup", SUBSCRIPTION: "subscription", "": "tenant"}
        return known.get(self.under, "extension")

    @property
    def replacing(self) -> frozenset[str]:
        """All inputs whose change replaces the resource."""
        return self.replace_on | self.path_inputs


def arm(
    token: str,
    arm_type: str,
    api_version: str,
    path: str,
    *,
    flat: bool = True,
    flat_outputs: bool | None = None,
    inside: str = "",
    places: Mapping[str, str] | None = None,
    output_places: Mapping[str, str] | None = None,
    nested: Mapping[str, Shape] | None = None,
    sets: str = "",
    under: str = RESOURCE_GROUP,
    replace_on: str = "location",
    no_output: str = "",
    unsent: str = "",
    name_from: str = "",
    state: bool | str = True,
    soft_delete: bool = False,
    global_name: bool = False,
) -> ArmType:
    """A row of the table; its parameters are the table's columns, hence their number.

    `flat` says whether azure-native lifts the content of `properties` up; `flat_outputs` and `output_places` say how
    outputs differ from inputs. `inside` are names of the envelope that belong into `properties` here.
    """
    inner = {"identity": IDENTITY, **(nested or {})}
    lift_outputs = flat if flat_outputs is None else flat_outputs

    def body(lifted: bool, places: Mapping[str, str] | None) -> Shape:
        container = "properties" if lifted else ""
        return shape(container=container, keeps=ENVELOPE - set(inside.split()), places=places, sets=sets, nested=inner)

    return ArmType(
        token=f"azure-native:{token}",
        arm_type=arm_type,
        api_version=api_version,
        path=tuple(path.split()),
        shape=body(flat, places),
        output_shape=body(lift_outputs, output_places or places),
        under=under,
        name_from=tuple(name_from.split()),
        unsent=frozenset(unsent.split()),
        replace_on=frozenset(replace_on.split()),
        no_output=tuple(tuple(path.split(".")) for path in no_output.split()),
        state=state if isinstance(state, str) else "Succeeded" if state else "",
        soft_delete=soft_delete,
        global_name=global_name,
    )
