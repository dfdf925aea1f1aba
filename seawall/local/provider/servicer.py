"""Pulumi's provider protocol: requests of the engine to `answers` and back.

The engine opens a connection of its own for each provider that a program makes, all to the one port it was given; so
what `Configure` says is kept by connection. Source: pulumi/proto, provider.proto.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from seawall.local.changes import ABSENT, text
from seawall.local.errors import AzureError, StoreError
from seawall.local.provider.answers import Answers, Diff, Target
from seawall.plan import wire
from seawall.plan.errors import PlanErrors
from seawall.plan.values import plain

log = logging.getLogger(__name__)


class Servicer(provider_pb2_grpc.ResourceProviderServicer):
    """One package's provider, for any number of connections."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._settings: dict[str, Mapping[str, str]] = {}
        """By connection."""

    # Life ------------------------------------------------------------------------------------------------------------

    def Handshake(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.ProviderHandshakeResponse:
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True, accept_resources=False, accept_outputs=False)

    def Attach(self, request: Any, context: grpc.ServicerContext) -> empty_pb2.Empty:
        return empty_pb2.Empty()

    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        """The version is the SDK's own, which the engine asks for."""
        return plugin_pb2.PluginInfo(version=version(f"pulumi-{self._answers.package}"))

    def CheckConfig(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.CheckResponse:
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.DiffResponse:
        same = request.olds == request.news
        kinds = provider_pb2.DiffResponse
        return provider_pb2.DiffResponse(changes=kinds.DIFF_NONE if same else kinds.DIFF_SOME)

    def Configure(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.ConfigureResponse:
        given = plain(wire.decode(request.args)) if request.HasField("args") else {}
        prefix = f"{self._answers.package}:config:"
        given |= {key.removeprefix(prefix): value for key, value in request.variables.items()}
        self._settings[context.peer()] = {key: value for key, value in given.items() if isinstance(value, str)}
        return provider_pb2.ConfigureResponse(
            acceptSecrets=True, supportsPreview=True, acceptResources=False, acceptOutputs=False
        )

    def Cancel(self, request: Any, context: grpc.ServicerContext) -> empty_pb2.Empty:
        return empty_pb2.Empty()

    # Resources -------------------------------------------------------------------------------------------------------

    def Check(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.CheckResponse:
        inputs = wire.decode(request.news)
        try:
            checked = self._answers.check(_target(request), inputs, self._of(context))
        except PlanErrors as errors:
            failures = [provider_pb2.CheckFailure(reason=fault) for fault in errors.errors]
            return provider_pb2.CheckResponse(inputs=request.news, failures=failures)
        return provider_pb2.CheckResponse(inputs=wire.encode(checked))

    def Diff(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.DiffResponse:
        old, new = wire.decode(request.old_inputs), wire.decode(request.news)
        found = self._guarded(context, lambda: self._answers.diff(_target(request), old, new, self._of(context)))
        return _diff_response(found)

    def Create(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.CreateResponse:
        inputs, target = wire.decode(request.properties), _target(request)
        make = self._answers.previewed if request.preview else self._answers.create
        id, outputs = self._guarded(context, lambda: make(target, inputs, self._of(context)))
        return provider_pb2.CreateResponse(id=id, properties=wire.encode(outputs))

    def Update(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.UpdateResponse:
        inputs, target = wire.decode(request.news), _target(request)
        if request.preview:
            _, outputs = self._guarded(context, lambda: self._answers.previewed(target, inputs, self._of(context)))
        else:
            outputs = self._guarded(context, lambda: self._answers.update(target, inputs, self._of(context)))
        return provider_pb2.UpdateResponse(properties=wire.encode(outputs))

    def Read(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.ReadResponse:
        inputs, target = wire.decode(request.inputs), _target(request)
        found = self._guarded(context, lambda: self._answers.read(target, inputs, self._of(context)))
        if found is None:
            return provider_pb2.ReadResponse()  # no ID says that it is gone
        inputs, outputs = found
        return provider_pb2.ReadResponse(id=request.id, inputs=wire.encode(inputs), properties=wire.encode(outputs))

    def Delete(self, request: Any, context: grpc.ServicerContext) -> empty_pb2.Empty:
        self._guarded(context, lambda: self._answers.delete(_target(request)))
        return empty_pb2.Empty()

    def Invoke(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.InvokeResponse:
        args = wire.decode(request.args)
        result = self._guarded(context, lambda: self._answers.invoke(request.tok, args, self._of(context)))
        if result is None:
            reason = f"{request.tok}: nothing in the local Azure answers that"
            return provider_pb2.InvokeResponse(failures=[provider_pb2.CheckFailure(reason=reason)])
        answer: dict[str, Any] = {"return": wire.encode(result)}  # a keyword of Python
        return provider_pb2.InvokeResponse(**answer)

    # Within ----------------------------------------------------------------------------------------------------------

    def _of(self, context: grpc.ServicerContext) -> Mapping[str, str]:
        return self._settings.get(context.peer(), {})

    def _guarded(self, context: grpc.ServicerContext, ask: Callable[[], Any]) -> Any:
        """What is asked; a refusal becomes the call's error, in Azure's words."""
        try:
            return ask()
        except AzureError as error:
            details = f"Code={error.code!r} Message={error.message!r}"
            context.abort(grpc.StatusCode.UNKNOWN, f"{error.status}: {details}")
        except PlanErrors as errors:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "; ".join(errors.errors))
        except StoreError as error:
            context.abort(grpc.StatusCode.UNAVAILABLE, str(error))


def _target(request: Any) -> Target:
    """The resource that a request is about. Older engines name its type only within the URN."""
    token = request.type or request.urn.split("::")[2].rsplit("$", 1)[-1]
    return Target(request.urn, token, getattr(request, "id", ""))


def _diff_response(found: Diff) -> provider_pb2.DiffResponse:
    kinds = provider_pb2.DiffResponse
    return provider_pb2.DiffResponse(
        changes=kinds.DIFF_SOME if found.changes else kinds.DIFF_NONE,
        replaces=found.replaces,
        deleteBeforeReplace=found.delete_first,
        diffs=sorted({str(path[0]) for path, _, _ in found.changes}),
        detailedDiff={text(path): _property(path, pair, found.replaces) for path, *pair in found.changes},
        hasDetailedDiff=True,
    )


def _property(path: tuple[Any, ...], pair: list[Any], replaces: tuple[str, ...]) -> provider_pb2.PropertyDiff:
    before, after = pair
    kind = "ADD" if before is ABSENT else "DELETE" if after is ABSENT else "UPDATE"
    replaced = "_REPLACE" if path[0] in replaces else ""
    return provider_pb2.PropertyDiff(kind=provider_pb2.PropertyDiff.Kind.Value(kind + replaced), inputDiff=True)
