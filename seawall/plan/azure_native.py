"""What the azure-native provider would answer: a resource's ID, its outputs, the few functions it can know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seawall.azure.bodies import body, outputs
from seawall.azure.fills import filled
from seawall.azure.resource_id import resource_id
from seawall.azure.types import UnknownType, lookup
from seawall.plan.errors import PlanErrors
from seawall.plan.inputs import Checker
from seawall.plan.provider import Configuration, Known, Registered, Registration, caller
from seawall.plan.resealing import resealed
from seawall.plan.values import plain

PACKAGE = "azure-native"


class AzureNative:
    """Azure's answers to one stack's resources, without Azure.

    `config` is the stack's configuration, keys with their namespace: `azure-native:subscriptionId` and
    `azure-native:location` serve resources that have no explicit provider.
    """

    def __init__(self, config: Mapping[str, str]) -> None:
        self._configuration = Configuration(PACKAGE, config)
        self._checker = Checker()

    def register(self, registration: Registration) -> Registered:
        """The inputs as the provider completes them, the ARM ID and the outputs of a resource.

        Raises `PlanErrors` with every fault of the inputs.
        """
        token = registration.token
        subscription = self._setting("subscriptionId", registration.provider)
        if subscription is None:
            raise PlanErrors(
                ["no subscription: set azure-native:subscriptionId, or give a provider with subscription_id"]
            )
        try:
            arm_type = lookup(token).arm_type
        except UnknownType as error:
            raise PlanErrors([str(error)]) from None
        inputs = self._completed(token, registration.inputs, registration.provider)
        clear = plain(inputs)
        faults = self._checker.faults(token, clear)
        if faults:
            raise PlanErrors(faults)
        id_ = _id(token, clear, subscription)
        response = filled(arm_type, id_, body(token, clear))
        return Registered(inputs, id_, resealed(outputs(token, id_, response), inputs))

    def warnings(self) -> tuple[str, ...]:
        """Values outside an open enumeration, met so far."""
        return tuple(self._checker.warnings)

    def invoke(
        self, token: str, args: Mapping[str, Any], provider: Mapping[str, Any], known: Known
    ) -> dict[str, Any] | None:
        """`getClientConfig`, and `getStorageAccount` and its like where the resource is one of this plan."""
        if token == "azure-native:authorization:getClientConfig":
            return self._client_config(provider)
        id_ = self._id_of_lookup(token, args, provider)
        found = known.by_id(id_) if id_ else None
        return {**found.outputs, "id": found.id} if found else None

    def _setting(self, name: str, provider: Mapping[str, Any]) -> str | None:
        return self._configuration.setting(name, provider)

    def _completed(self, token: str, inputs: dict[str, Any], provider: Mapping[str, Any]) -> dict[str, Any]:
        # The real provider's `location` configuration reaches resources that take a location and have none.
        location = self._setting("location", provider)
        if location is None or "location" in inputs or not self._checker.accepts(token, "location"):
            return inputs
        return {**inputs, "location": location}

    def _id_of_lookup(self, token: str, args: Mapping[str, Any], provider: Mapping[str, Any]) -> str | None:
        module, _, function = token.rpartition(":")
        subscription = self._setting("subscriptionId", provider)
        if not function.startswith("get") or subscription is None:
            return None
        try:
            return _id(f"{module}:{function.removeprefix('get')}", args, subscription)
        except (UnknownType, PlanErrors):
            return None

    def _client_config(self, provider: Mapping[str, Any]) -> dict[str, Any]:
        tenant = self._configuration.tenant(provider)
        return {
            "subscriptionId": self._setting("subscriptionId", provider) or "",
            "tenantId": tenant,
            "clientId": self._setting("clientId", provider) or caller(tenant),
            "objectId": caller(tenant),
        }


def _id(token: str, inputs: Mapping[str, Any], subscription: str) -> str:
    try:
        return resource_id(token, inputs, subscription)
    except KeyError as error:
        # azure-native would make up a name with a random end; then no ID could be known beforehand.
        raise PlanErrors([f"{error.args[0]} is missing; give the resource its name in Azure"]) from None
