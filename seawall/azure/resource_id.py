"""Resource IDs as Azure writes them: made from a resource's inputs, and read back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from seawall.azure.guid import guid
from seawall.azure.model import ArmType
from seawall.azure.types import UnknownType, lookup, of_arm_type

_RESOURCE_GROUPS = "Microsoft.Resources/resourceGroups"
_SUBSCRIPTIONS = "Microsoft.Resources/subscriptions"


class BadResourceId(ValueError):
    """A text that isn't a resource ID."""


class UnnamedResource(KeyError):
    """A resource whose ID can't be made, for an input that names it is absent or isn't known.

    azure-native would make up a name; here names are explicit, so that every ID is known beforehand.
    """

    def __init__(self, token: str, name: str, value: Any) -> None:
        super().__init__(name)
        self.token = token
        self.input = name
        self.value = value

    def __str__(self) -> str:
        state = "is missing" if self.value is None else f"is {self.value!r}, not a name"
        return f"{self.token}: {self.input} {state}; give it explicitly"


@dataclass(frozen=True, slots=True, eq=False)
class ResourceId:
    """A resource ID in its parts. Two are equal without regard to case, as in Azure.

    `types` and `names` are the segments below the provider, in order; both are empty for a resource group, a
    subscription and the tenant itself. `scope` is the ID of what an extension resource extends, and empty for any
    other. `parent` is the ID of what the resource is in: the resource above it, else its scope, else its resource
    group, else its subscription.
    """

    text: str
    subscription: str
    resource_group: str
    provider: str
    types: tuple[str, ...]
    names: tuple[str, ...]
    scope: str
    parent: str

    @property
    def arm_type(self) -> str:
        """Such as `Microsoft.Network/virtualNetworks/subnets`; empty for the tenant itself."""
        if self.types:
            return "/".join((self.provider, *self.types))
        if self.resource_group:
            return _RESOURCE_GROUPS
        return _SUBSCRIPTIONS if self.subscription else ""

    @property
    def name(self) -> str:
        """The last segment."""
        return self.names[-1] if self.names else self.resource_group or self.subscription

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ResourceId) and self.text.lower() == other.text.lower()

    def __hash__(self) -> int:
        return hash(self.text.lower())

    def __str__(self) -> str:
        return self.text


def resource_id(token: str, inputs: Mapping[str, Any], subscription: str) -> str:
    """The ID of a resource of the given Pulumi token and inputs (in camelCase).

    Raises `UnknownType`, and `UnnamedResource` where an input that names the resource is absent or unknown.
    """
    row = lookup(token)
    under = _under(row, inputs, subscription)
    names = names_of(row, inputs)
    if row.arm_type == _RESOURCE_GROUPS:
        return f"{under}/resourceGroups/{names[0]}"
    provider, *types = row.arm_type.split("/")
    segments = "/".join(f"{kind}/{name}" for kind, name in zip(types, names, strict=True))
    return f"{under}/providers/{provider}/{segments}"


def names_of(row: ArmType, inputs: Mapping[str, Any]) -> list[str]:
    """The name segments of a resource's ID, in order.

    Raises `UnnamedResource`.
    """
    names = [part[1:] if part.startswith("=") else _text(row, part, inputs) for part in row.path]
    if row.name_from:
        names.append(guid(row.arm_type, *(_text(row, part, inputs) for part in row.name_from)))
    return names


def parse(text: str) -> ResourceId:
    """The parts of a resource ID.

    Raises `BadResourceId`.
    """
    parts = text.strip("/").split("/") if text.strip("/") else []
    if not all(parts):
        raise BadResourceId(f"{text!r} is not a resource ID: it has an empty segment")
    subscription, parts = _take(parts, "subscriptions")
    group, parts = _take(parts, "resourceGroups") if subscription else ("", parts)
    above = f"/subscriptions/{subscription}" if subscription else ""
    base = f"{above}/resourceGroups/{group}" if group else above
    if not parts:
        return ResourceId(base, subscription, group, "", (), (), "", above if group else "")
    # A role assignment in a resource group extends the group; only what stands in it by its own type doesn't.
    scope = ""
    while True:
        provider, pairs, parts = _provider(text, parts)
        found = [f"{base}/providers/{provider}", *(f"{kind}/{name}" for kind, name in pairs)]
        if not parts:
            types, names = tuple(kind for kind, _ in pairs), tuple(name for _, name in pairs)
            if not scope and _extends("/".join((provider, *types))):
                scope = base
            parent = "/".join(found[:-1]) if len(pairs) > 1 else base
            return ResourceId("/".join(found), subscription, group, provider, types, names, scope, parent)
        base = scope = "/".join(found)


def _extends(arm_type: str) -> bool:
    """Whether resources of the type are extensions of whatever they stand under."""
    try:
        return of_arm_type(arm_type).under.startswith("{")
    except UnknownType:
        return False


def _take(parts: list[str], word: str) -> tuple[str, list[str]]:
    """The name that follows the word at the beginning, and the rest."""
    if len(parts) > 1 and parts[0].lower() == word.lower():
        return parts[1], parts[2:]
    return "", parts


def _provider(text: str, parts: list[str]) -> tuple[str, list[tuple[str, str]], list[str]]:
    """The provider, its pairs of type and name, and the rest from the next `providers` on."""
    if parts[0].lower() != "providers" or len(parts) < 2:
        raise BadResourceId(f"{text!r} is not a resource ID: {parts[0]!r} stands where 'providers' was expected")
    provider, rest = parts[1], parts[2:]
    end = next((i for i in range(0, len(rest), 2) if rest[i].lower() == "providers"), len(rest))
    own = rest[:end]
    if not own or len(own) % 2:
        raise BadResourceId(f"{text!r} is not a resource ID: after {provider} it has no pairs of type and name")
    return provider, list(zip(own[::2], own[1::2], strict=True)), rest[end:]


def _under(row: ArmType, inputs: Mapping[str, Any], subscription: str) -> str:
    """The ID under which the resource stands, without a slash at its end."""
    parts = []
    for piece in row.under.split("{"):
        name, brace, literal = piece.partition("}")
        if not brace:
            parts.append(name)
        else:
            value = subscription if name == "subscriptionId" else _text(row, name, inputs)
            parts.append(value.strip("/") + literal)
    joined = "".join(parts).rstrip("/")
    return joined if not joined or joined.startswith("/") else "/" + joined


def _text(row: ArmType, name: str, inputs: Mapping[str, Any]) -> str:
    value = inputs.get(name)
    if not isinstance(value, str) or not value:
        raise UnnamedResource(row.token, name, value)
    return value
