"""Between the flat form of azure-native and the REST form of Azure: one pair of pure functions over a `Shape`.

Source: pulumi-azure-native, provider/pkg/convert (sdkInputsToRequestBody.go, responseBodyToSdkOutputs.go).
"""

from __future__ import annotations

from typing import Any

from seawall.azure.model import Shape


def to_rest(value: Any, shape: Shape) -> Any:
    """The REST form of a value in azure-native's form, as a new value. What isn't JSON passes as it is."""
    if isinstance(value, list | tuple):
        return [to_rest(item, shape) for item in value]
    if not isinstance(value, dict):
        return value
    shape = shape.for_value(value)
    result: dict[str, Any] = {}
    for name, item in value.items():
        inner = shape.nested.get(name)
        if inner is not None:
            converted = to_rest(item, inner)
        elif name in shape.sets and isinstance(item, list | tuple):
            converted = {key: {} for key in item}
        else:
            converted = copied(item)
        _put(result, shape.path_of(name), converted)
    return result


def to_sdk(value: Any, shape: Shape) -> Any:
    """The form that azure-native gives to a REST value, as a new value: the inverse of `to_rest`.

    Sets stay maps, since a response says more of each entry. Nulls are left out.
    """
    if isinstance(value, list):
        return [to_sdk(item, shape) for item in value]
    if not isinstance(value, dict):
        return value
    shape = shape.for_value(value)
    result: dict[str, Any] = {}
    # What is lifted up comes first: a property of the resource itself wins over one of its `properties`.
    for container in shape.containers:
        inside = value.get(container)
        if isinstance(inside, dict):
            for name, item in inside.items():
                _lift(result, (container, name), name, item, shape)
    for name, item in value.items():
        if name not in shape.containers or not isinstance(item, dict):
            _lift(result, (name,), name, item, shape)
    return result


def copied(value: Any) -> Any:
    """A deep copy of JSON, in which anything else is shared."""
    if isinstance(value, dict):
        return {name: copied(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [copied(item) for item in value]
    return value


def _lift(result: dict[str, Any], path: tuple[str, ...], name: str, item: Any, shape: Shape) -> None:
    if item is None:
        return
    sdk_name = shape.sdk_names.get(path, name)
    inner = shape.nested.get(sdk_name)
    result[sdk_name] = to_sdk(item, inner) if inner is not None else copied(item)


def _put(target: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for step in path[:-1]:
        held = target.get(step)
        if not isinstance(held, dict):
            held = target[step] = {}
        target = held
    last = path[-1]
    if isinstance(value, dict) and isinstance(target.get(last), dict):
        target[last].update(value)
    else:
        target[last] = value
