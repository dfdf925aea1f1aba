"""The package as Pulumi runs it: its process, spoken to over gRPC, with the offline engine's monitor behind it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import (
    engine_pb2_grpc,
    provider_pb2,
    provider_pb2_grpc,
    resource_pb2_grpc,
)

from seawall.plan import wire
from seawall.plan.monitor import Monitor
from tests.conftest import SUBSCRIPTION

ROOT = Path(__file__).parents[3]
STACK = "urn:pulumi:test::seawall::pulumi:pulumi:Stack::seawall-test"
OTHER = "urn:pulumi:test::seawall::larkspur:index:Elsewhere::elsewhere"
CONFIG = {"azure-native:subscriptionId": SUBSCRIPTION}


class Recording(Monitor):
    """The offline engine's monitor, which keeps what it was asked besides."""

    def __init__(self) -> None:
        super().__init__(stack="test", project="seawall", config=CONFIG, stack_outputs={})
        self.requests: list[Any] = []

    def RegisterResource(self, request: Any) -> Any:
        self.requests.append(request)
        return super().RegisterResource(request)


class Host:
    """A running package, and what its Constructs register."""

    def __init__(self, port: str) -> None:
        self.provider = provider_pb2_grpc.ResourceProviderStub(grpc.insecure_channel(f"127.0.0.1:{port}"))

    def schema(self) -> str:
        schema: str = self.provider.GetSchema(provider_pb2.GetSchemaRequest()).schema
        return schema

    def construct(
        self,
        kind: str,
        name: str,
        inputs: Mapping[str, Any],
        *,
        dependencies: Mapping[str, list[str]] | None = None,
        providers: Mapping[str, str] | None = None,
    ) -> tuple[Recording, dict[str, Any], Any]:
        """Make a component: the monitor with what was registered, the outputs, and the answer itself."""
        monitor = Recording()
        service = _forwarded(monitor)
        with _serving(
            lambda server: resource_pb2_grpc.add_ResourceMonitorServicer_to_server(service, server)
        ) as address:
            request = provider_pb2.ConstructRequest(
                project="seawall",
                stack="test",
                config=CONFIG,
                monitorEndpoint=address,
                type=f"seawall:index:{kind}",
                name=name,
                parent=STACK,
                inputs=wire.encode(dict(inputs)),
                dryRun=True,
                providers=dict(providers or {}),
                inputDependencies={
                    key: provider_pb2.ConstructRequest.PropertyDependencies(urns=urns)
                    for key, urns in (dependencies or {}).items()
                },
            )
            answer = self.provider.Construct(request, timeout=60)
        assert monitor.faults == []
        return monitor, wire.decode(answer.state), answer


@contextmanager
def running() -> Iterator[Host]:
    """The package's process, as `pulumi-language-python` starts it."""
    with (
        _serving(lambda server: engine_pb2_grpc.add_EngineServicer_to_server(_Engine(), server)) as engine,
        subprocess.Popen(
            [sys.executable, str(ROOT / "components"), engine], stdout=subprocess.PIPE, text=True
        ) as process,
    ):
        try:
            assert process.stdout is not None
            yield Host(process.stdout.readline().strip())
        finally:
            process.kill()


class _Engine(engine_pb2_grpc.EngineServicer):  # type: ignore[misc]
    def Log(self, request: Any, context: Any) -> empty_pb2.Empty:
        return empty_pb2.Empty()


def _forwarded(monitor: Monitor) -> Any:
    def forwards(name: str) -> Callable[[Any, Any, Any], Any]:
        return lambda self, request, context: getattr(monitor, name)(request)

    names = [name for name in vars(resource_pb2_grpc.ResourceMonitorServicer) if hasattr(monitor, name)]
    methods = {name: forwards(name) for name in names if not name.startswith("_")}
    return type("Forwarded", (resource_pb2_grpc.ResourceMonitorServicer,), methods)()


@contextmanager
def _serving(add: Callable[[Any], None]) -> Iterator[str]:
    server = grpc.server(ThreadPoolExecutor(max_workers=4))
    add(server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(None)
