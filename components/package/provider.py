"""The provider that makes components for programs in other languages."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import is_dataclass
from typing import Any

import pulumi.provider
from pulumi import ComponentResource, Inputs, Output, ResourceOptions
from pulumi.errors import InputPropertiesError
from pulumi.provider import ConstructResult

from components.package.offered import offered, package_version
from components.package.reading import Missing, Reader
from components.package.schema import output_types, schema, token
from components.package.shapes import arguments_class, inputs_of, outputs_of


class Package(pulumi.provider.Provider):
    """Makes the components of this package, whoever asks for them."""

    def __init__(self) -> None:
        self._components = {token(name): component for name, component in offered().items()}
        self._given = output_types(self._components.values())
        number = package_version()
        super().__init__(number, json.dumps(schema(offered(), number)))

    def construct(
        self, name: str, resource_type: str, inputs: Inputs, options: ResourceOptions | None = None
    ) -> ConstructResult:
        """Make one component. Raises `InputPropertiesError` with everything that is wrong with the inputs."""
        component = self._components.get(resource_type)
        if component is None:
            raise InputPropertiesError(f"this package has no {resource_type}; it has {', '.join(self._components)}", [])
        reader = Reader(self._given)
        try:
            made = component(name, reader.arguments(arguments_class(component), inputs), options)  # type: ignore[arg-type]
        except Missing:
            kind = resource_type.rpartition(":")[2]
            raise InputPropertiesError(f"{kind} {name!r} can't be made of its inputs", reader.faults) from None
        except ValueError as error:  # how components refuse what Azure would refuse
            raise InputPropertiesError(str(error), []) from error
        return ConstructResult(made.urn, state_of(made))


def state_of(component: ComponentResource) -> dict[str, Any]:
    """The outputs of a component under the names of other languages."""
    found = {one.key: getattr(component, one.name, None) for one in outputs_of(type(component))}
    return {key: _renamed(value) for key, value in found.items() if value is not None}


def _renamed(value: Any) -> Any:
    if isinstance(value, Output):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        named = {one.key: getattr(value, one.name) for one in inputs_of(type(value))}
        return {key: _renamed(one) for key, one in named.items() if one is not None}
    if isinstance(value, Mapping):
        return {key: _renamed(one) for key, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_renamed(one) for one in value]
    return value


def serve(arguments: list[str]) -> None:
    """Serve the package until Pulumi ends the process. The port is the first line of stdout."""
    pulumi.provider.main(Package(), arguments)
