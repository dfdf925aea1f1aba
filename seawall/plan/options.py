"""Resource options on their way from the SDK into a plan: kept, applied, or refused by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from pulumi.runtime.proto import callback_pb2, resource_pb2

from seawall.plan import aliases
from seawall.plan.model import Options, Resource
from seawall.plan.values import Secret

_UNSUPPORTED = {
    "remote": "components from other languages",
    "packageRef": "parameterized packages",
    "replace_with": "the option replaceWith",
    "replacement_trigger": "the option replacementTrigger",
    "state_migrations": "the option stateMigrations",
    "hooks": "the option hooks",
    "envVarMappings": "the option envVarMappings",
}


def unsupported(request: Any) -> list[str]:
    """A fault for each option in use that has no meaning offline; silence would make the plan a lie."""
    in_use = {field.name for field, value in request.ListFields() if value is not False}
    if "hooks" in in_use and not request.hooks.ListFields():
        in_use.discard("hooks")
    return [f"{what} are not supported offline" for field, what in _UNSUPPORTED.items() if field in in_use]


def alias_urns(request: Any, stack: str, project: str, of_parent: Iterable[str]) -> tuple[str, ...]:
    """The URNs under which the resource was known, its own aliases first, then those that its parent's bring."""
    own = aliases.resolved(
        request.aliases,
        stack=stack,
        project=project,
        parent=request.parent,
        type_=request.type,
        name=request.name,
    )
    from_parent = aliases.inherited(of_parent, parent=request.parent, type_=request.type, name=request.name)
    return tuple(dict.fromkeys([*own, *from_parent]))


def outliving(request: Any, known_as: tuple[str, ...]) -> Options:
    """The options that a deployment has to honour."""
    timeouts = {name: getattr(request.customTimeouts, name) for name in ("create", "update", "delete", "read")}
    return Options(
        protect=request.protect,
        retain_on_delete=request.retainOnDelete,
        delete_before_replace=request.deleteBeforeReplace if request.deleteBeforeReplaceDefined else None,
        ignore_changes=tuple(request.ignoreChanges),
        replace_on_changes=tuple(request.replaceOnChanges),
        aliases=known_as,
        provider=request.provider.rsplit("::", 1)[0] if request.provider else "",
        import_id=request.importId,
        deleted_with=request.deletedWith,
        additional_secret_outputs=tuple(request.additionalSecretOutputs),
        custom_timeouts={name: value for name, value in timeouts.items() if value},
    )


def with_secrets(outputs: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """The outputs with the named ones sealed."""
    sealed = dict(outputs)
    for name in names:
        if name in sealed and not isinstance(sealed[name], Secret):
            sealed[name] = Secret(sealed[name])
    return sealed


def with_outputs(resource: Resource, outputs: dict[str, Any]) -> Resource:
    """The resource with the outputs that its component registered."""
    return msgspec.structs.replace(resource, outputs={**resource.outputs, **outputs})


# Transforms: the SDK wants a message of its own with the options, and gives it back changed. -----------------------

_COPIED = {
    "ignore_changes": "ignoreChanges",
    "replace_on_changes": "replaceOnChanges",
    "aliases": "aliases",
    "depends_on": "dependencies",
    "additional_secret_outputs": "additionalSecretOutputs",
}
_SCALARS = {
    "version": "version",
    "provider": "provider",
    "plugin_download_url": "pluginDownloadURL",
    "deleted_with": "deletedWith",
    "import": "importId",
}


def transformed(request: Any, callback: callback_pb2.Callback, callbacks: Any) -> Any:
    """The registration as a transform leaves it."""
    wanted = resource_pb2.TransformRequest(
        type=request.type,
        name=request.name,
        custom=request.custom,
        parent=request.parent,
        properties=request.object,
        options=_as_transform_options(request),
    )
    response = resource_pb2.TransformResponse.FromString(
        callbacks.call(callback.token, wanted.SerializeToString()).SerializeToString()
    )
    changed = type(request)()
    changed.CopyFrom(request)
    changed.object.CopyFrom(response.properties)
    if response.HasField("options"):
        _apply(response.options, changed)
    return changed


def transformed_invoke(request: Any, callback: callback_pb2.Callback, callbacks: Any) -> Any:
    """The function call as an invoke transform leaves it."""
    wanted = resource_pb2.TransformInvokeRequest(token=request.tok, args=request.args)
    response = callbacks.call(callback.token, wanted.SerializeToString())
    changed = type(request)()
    changed.CopyFrom(request)
    changed.args.CopyFrom(response.args)
    return changed


def _as_transform_options(request: Any) -> resource_pb2.TransformResourceOptions:
    options = resource_pb2.TransformResourceOptions(
        protect=request.protect,
        retain_on_delete=request.retainOnDelete,
        custom_timeouts=request.customTimeouts,
        providers=dict(request.providers),
    )
    if request.deleteBeforeReplaceDefined:
        options.delete_before_replace = request.deleteBeforeReplace
    for name, source in _COPIED.items():
        getattr(options, name).extend(getattr(request, source))
    for name, source in _SCALARS.items():
        setattr(options, name, getattr(request, source))
    return options


def _apply(options: resource_pb2.TransformResourceOptions, request: Any) -> None:
    request.protect = options.protect
    request.retainOnDelete = options.retain_on_delete
    request.customTimeouts.CopyFrom(options.custom_timeouts)
    request.deleteBeforeReplaceDefined = options.HasField("delete_before_replace")
    request.deleteBeforeReplace = options.delete_before_replace
    for name, source in _COPIED.items():
        target = getattr(request, source)
        del target[:]
        target.extend(getattr(options, name))
    for name, source in _SCALARS.items():
        setattr(request, source, getattr(options, name))
