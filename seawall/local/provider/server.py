"""One loopback port for each package, for as long as the engine runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from seawall.local.azure import LocalAzure
from seawall.local.provider.answers import Answers, Previews
from seawall.local.provider.known import StoredResources
from seawall.local.provider.servicer import Servicer

PACKAGES = ("azure-native", "azuread", "azuredevops")
WORKERS = 16
"""Calls that are answered at once; the engine asks for so many in parallel by default."""

LARGEST_MESSAGE = 400 * 1024 * 1024
"""Bytes; the engine's own limit."""

LIMITS = [(f"grpc.max_{way}_message_length", LARGEST_MESSAGE) for way in ("receive", "send")]


@contextmanager
def served(
    azure: LocalAzure, config: Mapping[str, str], *, previews: Previews = "known"
) -> Iterator[Mapping[str, int]]:
    """Serve every package; gives the ports by package. `config` is the stack's, keys with their namespace."""
    servers = []
    ports = {}
    known = StoredResources(azure)
    try:
        for package in PACKAGES:
            server = grpc.server(ThreadPoolExecutor(WORKERS, thread_name_prefix=package), options=LIMITS)
            servicer = Servicer(Answers(azure, package, config, known, previews))
            provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
            ports[package] = server.add_insecure_port("127.0.0.1:0")
            server.start()
            servers.append(server)
        yield ports
    finally:
        for server in servers:
            server.stop(grace=1).wait()


def attachment(ports: Mapping[str, int]) -> dict[str, str]:
    """The environment variable by which the engine attaches to ports. Source: Pulumi docs, debugging providers."""
    return {"PULUMI_DEBUG_PROVIDERS": ",".join(f"{package}:{port}" for package, port in ports.items())}
