"""What the offline engine asks in a provider's place: a resource's completed inputs, its ID, its outputs.

Each package has one implementation: `azure_native`, `azuread`, `azuredevops`. `providers.providers` holds them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol
from uuid import NAMESPACE_URL, uuid5

from seawall.azure.guid import TENANT
from seawall.plan.model import Resource
from seawall.plan.values import plain


class Known:
    """The resources that the program has made so far."""

    def __init__(self, resources: Mapping[str, Resource], urns_by_id: Mapping[str, str]) -> None:
        self._resources = resources
        self._urns_by_id = urns_by_id

    def by_id(self, id: str) -> Resource | None:
        """The resource of an ID, in any case; None where it is none of this plan."""
        urn = self._urns_by_id.get(id.lower())
        return self._resources[urn] if urn else None

    def of_type(self, token: str) -> Iterable[Resource]:
        return (resource for resource in self._resources.values() if resource.type == token)


@dataclass(frozen=True, kw_only=True)
class Registration:
    """A resource as the program asks for it."""

    token: str
    inputs: dict[str, Any]
    known: Known
    provider: Mapping[str, Any] = field(default_factory=dict)
    """The inputs of the explicit provider; empty for the default one."""
    seed: str = ""
    """What an ID that the cloud makes up is derived from: the URN under which the resource was first known."""
    import_id: str = ""


class Registered(NamedTuple):
    """What the provider makes of it."""

    inputs: dict[str, Any]
    """As the provider completes them."""
    id: str
    outputs: dict[str, Any]
    """In the SDK's shape; what nobody can know is left out, and so unknown."""


class Provider(Protocol):
    """One package's answers, without its cloud."""

    def register(self, registration: Registration) -> Registered:
        """Raises `PlanErrors` with every fault of the inputs."""

    def invoke(
        self, token: str, args: Mapping[str, Any], provider: Mapping[str, Any], known: Known
    ) -> dict[str, Any] | None:
        """The result of a function, or None where it can't be known offline."""


@dataclass(frozen=True)
class Configuration:
    """One package's settings: those of an explicit provider where there is one, else the stack's."""

    package: str
    config: Mapping[str, str]
    """The stack's whole configuration, keys with their namespace."""

    def setting(self, name: str, provider: Mapping[str, Any]) -> str | None:
        value = plain(provider.get(name)) if provider else self.config.get(f"{self.package}:{name}")
        return value if isinstance(value, str) and value else None

    def tenant(self, provider: Mapping[str, Any]) -> str:
        """The tenant that the package's provider signs in to; all packages share one unless told otherwise."""
        own = self.setting("tenantId", provider)
        return own or self.config.get("azure-native:tenantId") or TENANT


def caller(tenant: str) -> str:
    """The object ID of whoever deploys, for all packages the same."""
    return made_up_id("caller", tenant)


def made_up_id(*parts: str) -> str:
    """A GUID that the cloud would make up, here the same for the same parts whatever their case."""
    return str(uuid5(NAMESPACE_URL, "seawall:" + "|".join(parts).lower()))
