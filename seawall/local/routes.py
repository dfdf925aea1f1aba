"""Resource Manager's paths: what a request is about.

Source: Azure docs, resource IDs (`/subscriptions/{}/resourceGroups/{}/providers/{namespace}/{type}/{name}/...`), with
extension resources as a second `providers` part, and the REST references of list, deleted and action calls.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from seawall.local.errors import AzureError

RESOURCE_GROUP = "microsoft.resources/resourcegroups"
SUBSCRIPTION = "microsoft.resources/subscriptions"
ACCOUNT = "microsoft.resources/account"


class Kind(Enum):
    RESOURCE = "resource"
    COLLECTION = "collection"
    """All of a type below a scope; an action on `scope`, where the method is POST."""
    SUBSCRIPTION = "subscription"
    EVERYTHING = "everything"
    """All resources of a resource group or a subscription (`…/resources`)."""
    ACCOUNT = "account"
    """What of an account isn't a resource: its subscriptions, tenants, regions, providers. `names` is the path."""
    OBJECT = "object"
    """An object of the directory or of Azure DevOps, which Resource Manager doesn't know."""


@dataclass(frozen=True)
class Route:
    """A path, taken apart. Types are in lower case, everything else as it was written."""

    kind: Kind
    id: str
    """The path, with one leading slash and no trailing one."""
    scope: str
    """What the resource type belongs to: a resource group, a subscription, a resource (extension), "" (tenant)."""
    arm_type: str
    names: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return self.id.lower()

    @property
    def name(self) -> str:
        return self.names[-1] if self.names else ""

    @property
    def parent(self) -> str:
        """The ID of what must exist first: the parent resource, else the scope."""
        if self.arm_type == RESOURCE_GROUP:
            return self.scope
        return self.id.rsplit("/", 2)[0] if len(self.names) > 1 else self.scope

    @property
    def subscription(self) -> str:
        """The subscription's ID in lower case, or nothing."""
        parts = self.key.split("/")
        return parts[2] if len(parts) > 2 and parts[1] == "subscriptions" else ""

    @property
    def namespace(self) -> str:
        return self.arm_type.split("/", 1)[0]


_GUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_OBJECT = re.compile(
    rf"/groups/{_GUID}|{_GUID}(?:/member/{_GUID}|_(?:member|owner)_{_GUID})?|Group_{_GUID}_{_GUID}"
    rf"|fp-{_GUID}|(?:vssgp|aadgp|aadsp)\.[\w-]+|\d+",
    re.IGNORECASE,
)
"""The forms in which Pulumi's providers name objects. Source: azuread and azuredevops providers, each resource's ID."""


def parse(path: str) -> Route:
    """Take a path apart. Raises `AzureError` for one that neither Resource Manager nor the directory knows."""
    if _OBJECT.fullmatch(path):
        return Route(Kind.OBJECT, path, "", "", (path,))
    parts = [part for part in path.split("/") if part]
    id = "/" + "/".join(parts)
    lower = [part.lower() for part in parts]
    if _is_of_account(lower):
        return Route(Kind.ACCOUNT, id, "/".join(["", *parts[:2]]), ACCOUNT, tuple(lower))
    if "providers" in lower:
        at = len(lower) - 1 - lower[::-1].index("providers")
        return _in_provider(id, parts[:at], parts[at + 1 :])
    if not lower or lower[0] != "subscriptions":
        raise AzureError("InvalidRequestUri", f"The path {path!r} is no resource ID.", status=400)
    return _plain(id, parts, lower)


def _is_of_account(lower: list[str]) -> bool:
    """Whether a path, in parts, is about what `Kind.ACCOUNT` says."""
    match lower:
        case ["subscriptions" | "tenants"] | ["providers"] | ["providers", _]:
            return True
        case ["subscriptions", _, "locations" | "providers"] | ["subscriptions", _, "providers", _]:
            return True
        case ["subscriptions", _, "providers", _, "register" | "unregister"]:
            return True
    return False


def _in_provider(id: str, scope_parts: list[str], rest: list[str]) -> Route:
    if len(rest) < 2:
        raise AzureError("InvalidRequestUri", f"The path {id!r} names no resource type.", status=400)
    types, names = rest[1::2], rest[2::2]
    arm_type = "/".join([rest[0], *types]).lower()
    scope = "/" + "/".join(scope_parts) if scope_parts else ""
    kind = Kind.RESOURCE if len(types) == len(names) else Kind.COLLECTION
    return Route(kind, id, scope, arm_type, tuple(names))


def _plain(id: str, parts: list[str], lower: list[str]) -> Route:
    subscription = "/" + "/".join(parts[:2])
    match lower[2:]:
        case []:
            if len(parts) == 2:
                return Route(Kind.SUBSCRIPTION, id, "", SUBSCRIPTION, (parts[1],))
        case ["resourcegroups"]:
            return Route(Kind.COLLECTION, id, subscription, RESOURCE_GROUP)
        case ["resourcegroups", _]:
            return Route(Kind.RESOURCE, id, subscription, RESOURCE_GROUP, (parts[3],))
        case ["resources"]:
            return Route(Kind.EVERYTHING, id, subscription, "")
        case ["resourcegroups", _, "deployments", *_]:  # without a provider, as in older REST references
            return parse("/".join(["", *parts[:4], "providers", "Microsoft.Resources", *parts[4:]]))
        case ["resourcegroups", _, "resources"]:
            return Route(Kind.EVERYTHING, id, id.rsplit("/", 1)[0], "")
        case ["resourcegroups", _, action]:
            return Route(Kind.COLLECTION, id, id.rsplit("/", 1)[0], f"{RESOURCE_GROUP}/{action}", (parts[3],))
    raise AzureError("InvalidRequestUri", f"The path {id!r} is no resource ID.", status=400)


def is_below(id: str, scope: str) -> bool:
    """Whether a resource is the scope itself or lies below it."""
    key, base = id.lower(), scope.lower().rstrip("/")
    return key == base or key.startswith(base + "/")
