"""The resource monitor that stands in for Pulumi's engine while a program is planned.

It answers the SDK's calls in process. A fault doesn't stop the program: it is recorded, the resource's outputs become
unknown, and what depends on it is passed over in silence, so that one run reports every fault once.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Mapping
from typing import Any, cast
from uuid import NAMESPACE_URL, uuid5

from google.protobuf import empty_pb2
from pulumi.runtime._callbacks import _CallbackServicer
from pulumi.runtime.proto import callback_pb2, provider_pb2, resource_pb2

from seawall.plan import aliases, options, wire
from seawall.plan.errors import PlanErrors
from seawall.plan.model import Resource
from seawall.plan.provider import Known, Registered, Registration
from seawall.plan.providers import providers
from seawall.plan.values import unknown_paths

PROVIDER_PREFIX = "pulumi:providers:"
STACK_REFERENCE = "pulumi:pulumi:StackReference"

FEATURES = [
    value
    for name, value in resource_pb2.ResourceMonitorFeature.items()
    # Output values would put Output objects into inputs; without the invoke gate the SDK keeps its own.
    if name not in ("RESOURCE_MONITOR_FEATURE_OUTPUT_VALUES", "RESOURCE_MONITOR_FEATURE_INVOKE_DEPENDS_ON")
]


class Callbacks(_CallbackServicer):
    """The program's transforms, called in process: no server, no port."""

    def __init__(self, monitor: Any) -> None:
        self._callbacks = {}
        self._transforms = {}
        self._state_migrations = {}
        self._monitor = monitor
        self._loop = asyncio.get_running_loop()
        self._target = ""

    def call(self, token: str, request: bytes) -> Any:
        """Run a transform on the program's event loop from a monitor's thread, and wait for it."""
        call = cast("Coroutine[Any, Any, Any]", self._callbacks[token](request))
        return asyncio.run_coroutine_threadsafe(call, self._loop).result()


class Monitor:
    """Records what a program registers, and answers as the engine and its providers would at a preview."""

    def __init__(
        self, *, stack: str, project: str, config: Mapping[str, str], stack_outputs: Mapping[str, Mapping[str, Any]]
    ) -> None:
        self.stack = stack
        self.project = project
        self.providers = providers(config)
        self.resources: dict[str, Resource] = {}
        self.outputs: dict[str, Any] = {}
        self.faults: list[str] = []
        self.callbacks: Callbacks | None = None
        self._stack_outputs = stack_outputs
        self._failed: set[str] = set()
        self._external: dict[str, Resource] = {}
        self._aliases: dict[str, tuple[str, ...]] = {}
        self._ids: dict[str, str] = {}
        self._known = Known(self.resources, self._ids)
        self._stack_transforms: list[callback_pb2.Callback] = []
        self._invoke_transforms: list[callback_pb2.Callback] = []
        self._lock = threading.Lock()

    # What the SDK calls -------------------------------------------------------------------------------------------

    def GetDeploymentInfo(self, request: Any) -> resource_pb2.DeploymentInfo:
        return resource_pb2.DeploymentInfo(supportedFeatures=FEATURES)

    def SupportsFeature(self, request: Any) -> resource_pb2.SupportsFeatureResponse:
        return resource_pb2.SupportsFeatureResponse(hasSupport=request.id != "outputValues")

    def RegisterResource(self, request: Any) -> resource_pb2.RegisterResourceResponse:
        request = self._transformed(request)
        urn = aliases.urn(self.stack, self.project, request.parent, request.type, request.name)
        with self._lock:
            try:
                resource = self._registered(urn, request)
            except PlanErrors as errors:
                self._fail(urn, errors.errors)
                return resource_pb2.RegisterResourceResponse(urn=urn, result=resource_pb2.Result.FAIL)
            self.resources[urn] = resource
        return resource_pb2.RegisterResourceResponse(urn=urn, id=resource.id, object=wire.encode(resource.outputs))

    def RegisterResourceOutputs(self, request: Any) -> empty_pb2.Empty:
        values = wire.decode(request.outputs)
        with self._lock:
            resource = self.resources.get(request.urn)
            if resource is not None and resource.type == aliases.STACK_TYPE:
                self.outputs = values
            elif resource is not None:
                self.resources[request.urn] = options.with_outputs(resource, values)
        return empty_pb2.Empty()

    def ReadResource(self, request: Any) -> resource_pb2.ReadResourceResponse:
        urn = aliases.urn(self.stack, self.project, request.parent, request.type, request.name)
        with self._lock:
            try:
                outputs = self._read(request)
            except PlanErrors as errors:
                self._fail(urn, errors.errors)
                return resource_pb2.ReadResourceResponse(urn=urn, id=request.id, result=resource_pb2.Result.FAIL)
            self._external[urn] = Resource(
                urn=urn, type=request.type, name=request.name, id=request.id, outputs=outputs
            )
        return resource_pb2.ReadResourceResponse(urn=urn, id=request.id, properties=wire.encode(outputs))

    def Invoke(self, request: Any) -> resource_pb2.ResourceInvokeResponse:
        request = self._transformed_invoke(request)
        with self._lock:
            result = self._invoked(request.tok, wire.decode(request.args), request.provider)
            if result is None:
                self.faults.append(
                    f"{request.tok}: this function asks the cloud; the offline engine knows only resources of "
                    "this plan and getClientConfig"
                )
                failure = provider_pb2.CheckFailure(property="", reason=_REPORTED)
                return resource_pb2.ResourceInvokeResponse(failures=[failure])
        answer: dict[str, Any] = {"return": wire.encode(result)}  # a keyword of Python
        return resource_pb2.ResourceInvokeResponse(**answer)

    def Call(self, request: Any) -> Any:
        return self._refuse(f"{request.tok}: calls of resource methods are not supported offline")

    def RegisterStackTransform(self, request: callback_pb2.Callback) -> empty_pb2.Empty:
        self._stack_transforms.append(request)
        return empty_pb2.Empty()

    def RegisterStackInvokeTransform(self, request: callback_pb2.Callback) -> empty_pb2.Empty:
        self._invoke_transforms.append(request)
        return empty_pb2.Empty()

    def RegisterPackage(self, request: Any) -> Any:
        return self._refuse(f"{request.name}: parameterized packages are not supported offline")

    def RegisterResourceHook(self, request: Any) -> Any:
        return self._refuse(f"{request.name}: resource hooks are not supported offline")

    def RegisterErrorHook(self, request: Any) -> Any:
        return self._refuse(f"{request.name}: error hooks are not supported offline")

    def ExistsResource(self, request: Any) -> Any:
        return self._refuse(f"{request.type}: whether {request.id} exists can't be known offline")

    def SignalAndWaitForShutdown(self, request: Any) -> empty_pb2.Empty:
        return empty_pb2.Empty()

    # Registering --------------------------------------------------------------------------------------------------

    def _registered(self, urn: str, request: Any) -> Resource:
        if urn in self.resources or urn in self._failed:
            raise PlanErrors([f"two resources are named {request.name!r} under the same parent and type; rename one"])
        if refused := options.unsupported(request):
            raise PlanErrors(refused)
        self._aliases[urn] = options.alias_urns(
            request, self.stack, self.project, self._aliases.get(request.parent, ())
        )
        inputs = wire.decode(request.object)
        id_, outputs = "", {}
        if request.type.startswith(PROVIDER_PREFIX):
            id_, outputs = str(uuid5(NAMESPACE_URL, urn)), inputs
        elif request.custom:
            self._check_known(inputs, request)
            inputs, id_, outputs = self._simulated(urn, inputs, request)
            if other := self._ids.get(id_.lower()):
                raise PlanErrors([f"the same Azure resource as {label(other)}: {id_}"])
            self._ids[id_.lower()] = urn
        managed = frozenset(self.resources)
        return Resource(
            urn=urn,
            type=request.type,
            name=request.name,
            id=id_,
            parent=request.parent,
            inputs=inputs,
            outputs=options.with_secrets(outputs, request.additionalSecretOutputs),
            dependencies=tuple(sorted(managed.intersection(request.dependencies))),
            property_dependencies=_sources(request, managed),
            options=options.outliving(request, self._aliases[urn]),
        )

    def _simulated(self, urn: str, inputs: dict[str, Any], request: Any) -> Registered:
        package = request.type.split(":", 1)[0]
        provider = self.providers.get(package)
        if provider is None:
            known = ", ".join(self.providers)
            raise PlanErrors([f"resources of package {package!r} are not supported offline, only those of {known}"])
        registration = Registration(
            token=request.type,
            inputs=inputs,
            known=self._known,
            provider=self._provider_inputs(request.provider),
            # What was renamed keeps the ID that it was given under its first name.
            seed=(self._aliases[urn] or (urn,))[-1],
            import_id=request.importId,
        )
        return provider.register(registration)

    def _provider_inputs(self, reference: str) -> Mapping[str, Any]:
        if not reference:
            return {}
        provider = self.resources.get(reference.rsplit("::", 1)[0])
        return provider.inputs if provider else {}

    def _check_known(self, inputs: dict[str, Any], request: Any) -> None:
        faults = []
        for path in unknown_paths(inputs):
            name = path.split(".", 1)[0].split("[", 1)[0]
            sources = list(request.propertyDependencies[name].urns) if name in request.propertyDependencies else []
            if self._failed.intersection(sources):
                raise PlanErrors([])  # its source is reported already
            labels = ", ".join(sorted(map(label, sources))) or "a value that nothing gives"
            faults.append(f"{path} is unknown: it comes from {labels}, of which this output is not simulated offline")
        if self._failed.intersection(request.dependencies):
            raise PlanErrors([])
        if faults:
            raise PlanErrors(faults)

    def _fail(self, urn: str, faults: tuple[str, ...]) -> None:
        self._failed.add(urn)
        self.faults.extend(f"{label(urn)}: {fault}" for fault in faults)

    # Reading ------------------------------------------------------------------------------------------------------

    def _read(self, request: Any) -> dict[str, Any]:
        if request.type == STACK_REFERENCE:
            return self._stack_reference(request.id)
        known = self._ids.get(request.id.lower())
        return self.resources[known].outputs if known else {}

    def _stack_reference(self, name: str) -> dict[str, Any]:
        # A reference may be given as organisation/project/stack.
        outputs = self._stack_outputs.get(name) or self._stack_outputs.get(name.rsplit("/", 1)[-1])
        if outputs is None:
            raise PlanErrors([f"the outputs of stack {name!r} are not known offline; bring that stack up first"])
        return {"name": name, "outputs": dict(outputs), "secretOutputNames": []}

    def _invoked(self, token: str, args: dict[str, Any], provider: str) -> dict[str, Any] | None:
        if token == "pulumi:pulumi:getResource":
            resource = self.resources.get(args["urn"]) or self._external.get(args["urn"])
            return {"urn": resource.urn, "id": resource.id, "state": resource.outputs} if resource else None
        asked = self.providers.get(token.split(":", 1)[0])
        return asked.invoke(token, args, self._provider_inputs(provider), self._known) if asked else None

    # Transforms ---------------------------------------------------------------------------------------------------

    def _transformed(self, request: Any) -> Any:
        for callback in [*request.transforms, *self._stack_transforms]:
            request = options.transformed(request, callback, self.callbacks)
        return request

    def _transformed_invoke(self, request: Any) -> Any:
        for callback in self._invoke_transforms:
            request = options.transformed_invoke(request, callback, self.callbacks)
        return request

    def _refuse(self, fault: str) -> Any:
        with self._lock:
            self.faults.append(fault)
        raise RuntimeError(_REPORTED)


def _sources(request: Any, managed: frozenset[str]) -> dict[str, tuple[str, ...]]:
    """For each input that came from other resources, those resources."""
    sources = {
        key: tuple(sorted(managed.intersection(deps.urns))) for key, deps in request.propertyDependencies.items()
    }
    return {key: urns for key, urns in sorted(sources.items()) if urns}


_REPORTED = "reported as a fault of the plan"


def label(urn: str) -> str:
    """A resource as people call it: its type's last word and its logical name."""
    kind = aliases.type_chain(urn).rsplit("$", 1)[-1].rsplit(":", 1)[-1]
    return f"{kind} {aliases.name_of(urn)!r}"
