"""What the azure-native provider would answer: a resource's ID, its outputs, the few functions it can know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from seawall.azure.bodies import body, outputs
from seawall.azure.fills import filled
from seawall.azure.resource_id import resource_id
from seawall.azure.types import UnknownType, lookup
from seawall.plan.errors import PlanErrors
from seawall.plan.inputs import Checker
from seawall.plan.values import UNKNOWN, Secret, plain

PACKAGE = "azure-native"

SIMULATED_TENANT = "00000000-0000-0000-0000-00000000aaaa"
"""The tenant where neither the provider nor the configuration names one."""


class AzureNative:
    """Azure's answers to one stack's resources, without Azure.

    `config` is the stack's configuration, keys with their namespace: `azure-native:subscriptionId` and
    `azure-native:location` serve resources that have no explicit provider.
    """

    def __init__(self, config: Mapping[str, str]) -> None:
        self._config = config
        self._checker = Checker()

    def setting(self, name: str, provider: Mapping[str, Any]) -> str | None:
        """A provider's setting, from the explicit provider if there is one, else from the configuration."""
        value = plain(provider.get(name)) if provider else self._config.get(f"{PACKAGE}:{name}")
        return value if isinstance(value, str) and value else None

    def register(
        self, token: str, inputs: dict[str, Any], provider: Mapping[str, Any]
    ) -> tuple[dict[str, Any], str, dict[str, Any]]:
        """The inputs as the provider completes them, the ARM ID and the outputs of a resource.

        Raises `PlanErrors` with every fault of the inputs.
        """
        subscription = self.setting("subscriptionId", provider)
        if subscription is None:
            raise PlanErrors(
                ["no subscription: set azure-native:subscriptionId, or give a provider with subscription_id"]
            )
        try:
            arm_type = lookup(token).arm_type
        except UnknownType as error:
            raise PlanErrors([str(error)]) from None
        inputs = self._completed(token, inputs, provider)
        clear = plain(inputs)
        faults = self._checker.faults(token, clear)
        if faults:
            raise PlanErrors(faults)
        id_ = _id(token, clear, subscription)
        response = filled(arm_type, id_, body(token, clear))
        return inputs, id_, resealed(outputs(token, id_, response), inputs)

    def warnings(self) -> tuple[str, ...]:
        """Values outside an open enumeration, met so far."""
        return tuple(self._checker.warnings)

    def _completed(self, token: str, inputs: dict[str, Any], provider: Mapping[str, Any]) -> dict[str, Any]:
        # The real provider's `location` configuration reaches resources that take a location and have none.
        location = self.setting("location", provider)
        if location is None or "location" in inputs or not self._checker.accepts(token, "location"):
            return inputs
        return {**inputs, "location": location}

    def id_of_lookup(self, token: str, args: Mapping[str, Any], provider: Mapping[str, Any]) -> str | None:
        """The ID that a function such as `azure-native:storage:getStorageAccount` asks for, if it is one."""
        module, _, function = token.rpartition(":")
        subscription = self.setting("subscriptionId", provider)
        if not function.startswith("get") or subscription is None:
            return None
        try:
            return _id(f"{module}:{function.removeprefix('get')}", args, subscription)
        except (UnknownType, PlanErrors):
            return None

    def invoke(self, token: str, provider: Mapping[str, Any]) -> dict[str, Any] | None:
        """The result of a function that needs no cloud, or None where there is no such function here."""
        if token != "azure-native:authorization:getClientConfig":
            return None
        subscription = self.setting("subscriptionId", provider) or ""
        caller = str(uuid5(NAMESPACE_URL, f"seawall:caller:{subscription}"))
        return {
            "subscriptionId": subscription,
            "tenantId": self.setting("tenantId", provider) or SIMULATED_TENANT,
            "clientId": self.setting("clientId", provider) or caller,
            "objectId": caller,
        }


def _id(token: str, inputs: Mapping[str, Any], subscription: str) -> str:
    try:
        return resource_id(token, inputs, subscription)
    except KeyError as error:
        # azure-native would make up a name with a random end; then no ID could be known beforehand.
        raise PlanErrors([f"{error.args[0]} is missing; give the resource its name in Azure"]) from None


def resealed(outputs: Any, inputs: Any) -> Any:
    """The outputs with every value sealed that is, or contains, a secret among the inputs."""
    secrets = tuple(_secret_leaves(inputs))
    return _sealed(outputs, secrets) if secrets else outputs


def _secret_leaves(value: Any) -> list[Any]:
    if isinstance(value, Secret):
        return _leaves(plain(value.value))
    if isinstance(value, dict):
        return [leaf for part in value.values() for leaf in _secret_leaves(part)]
    if isinstance(value, list):
        return [leaf for part in value for leaf in _secret_leaves(part)]
    return []


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for part in value.values() for leaf in _leaves(part)]
    if isinstance(value, list):
        return [leaf for part in value for leaf in _leaves(part)]
    return [] if value is None or value is UNKNOWN or isinstance(value, bool) else [value]


def _sealed(value: Any, secrets: tuple[Any, ...]) -> Any:
    if isinstance(value, dict):
        return {key: _sealed(part, secrets) for key, part in value.items()}
    if isinstance(value, list):
        return [_sealed(part, secrets) for part in value]
    return Secret(value) if any(_reveals(value, secret) for secret in secrets) else value


def _reveals(value: Any, secret: Any) -> bool:
    if isinstance(value, str) and isinstance(secret, str):
        return bool(secret) and secret in value
    return type(value) is type(secret) and value == secret
