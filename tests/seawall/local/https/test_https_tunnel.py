"""The proxy: which hosts it keeps here, and how everything else is reached."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable

import pytest

from seawall.local.https.hosts import kind_of
from seawall.local.https.tunnel import Outer, Tunnel

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.mark.parametrize(
    ("host", "kind"),
    [
        ("management.azure.com", "arm"),
        ("127.0.0.1:4711", "arm"),
        ("LOGIN.microsoftonline.com:443", "token"),
        ("stfraud.blob.core.windows.net", "blob"),
        ("fraud.westeurope.inference.ml.azure.com", "scoring"),
        ("westeurope.api.azureml.ms", "data"),
        ("westeurope.metrics.monitor.azure.com", "metrics"),
        ("api.loganalytics.io", "metrics"),
        ("kv-a.vault.azure.net", "unknown"),
        ("stfraud.dfs.core.windows.net", "unknown"),
        ("graph.microsoft.com", "unknown"),
        ("example.org", "elsewhere"),
        ("notazure.com", "elsewhere"),
        ("management.azure.com.example.org", "elsewhere"),
    ],
)
def test_azure_s_hosts_are_known_by_name(host: str, kind: str) -> None:
    """By whole names and suffixes, without regard to case and port."""
    assert kind_of(host) == kind


async def _listening(handler: Handler) -> tuple[asyncio.Server, int]:
    server = await asyncio.start_server(handler, "127.0.0.1", 0)
    return server, server.sockets[0].getsockname()[1]


def _saying(word: bytes) -> Handler:
    """A server that says its name, and then everything that it hears."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(word + b":" + await reader.read(100))
        await writer.drain()
        writer.close()

    return handle


async def _asked(port: int, request: bytes, then: bytes = b"hello") -> tuple[bytes, bytes]:
    """The head and the rest of what the proxy answers."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    if b" 200 " in head:
        writer.write(then)
    rest = await asyncio.wait_for(reader.read(), 30)
    writer.close()
    return head, rest


def _connect(host: str, port: int = 443) -> bytes:
    return f"CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode()


async def _through(host: str, port: int = 443, *, router: bool = True, outer: Outer | None = None) -> bytes:
    here, local = await _listening(_saying(b"local"))
    there, scoring = await _listening(_saying(b"router"))
    tunnel = Tunnel(local, lambda: scoring if router else 0, outer)
    proxy, listening = await _listening(tunnel.connected)
    async with here, there, proxy:
        head, rest = await _asked(listening, _connect(host, port))
    return rest if b" 200 " in head else head


def test_azure_s_hosts_stay_here() -> None:
    """Hosts that score go to the router, all others of Azure's to this server, simulated or not."""
    for host, answer in (
        ("management.azure.com", b"local:hello"),
        ("kv-any.vault.azure.net", b"local:hello"),
        ("fraud.westeurope.inference.ml.azure.com", b"router:hello"),
    ):
        assert asyncio.run(_through(host)) == answer


def test_without_a_router_scoring_is_unavailable() -> None:
    """503 instead of a connection with something else."""
    head = asyncio.run(_through("fraud.westeurope.inference.ml.azure.com", router=False))
    assert head.startswith(b"HTTP/1.1 503 ")


def test_other_hosts_are_reached_straight() -> None:
    """Bytes go to the host itself, and come back."""

    async def scenario() -> bytes:
        server, port = await _listening(_saying(b"elsewhere"))
        async with server:
            return await _through("127.0.0.1", port)

    assert asyncio.run(scenario()) == b"elsewhere:hello"


def test_other_hosts_are_reached_through_the_outer_proxy() -> None:
    """It is asked to connect, with its credentials; what it must not be asked for goes straight."""
    seen: list[bytes] = []

    async def outer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await _saying(b"outer")(reader, writer)

    async def scenario() -> bytes:
        server, port = await _listening(outer)
        async with server:
            url = f"http://user:p%40ss@127.0.0.1:{port}"
            return await _through("example.org", outer=Outer(url, "localhost,.internal"))

    assert asyncio.run(scenario()) == b"outer:hello"
    assert seen[0].startswith(b"CONNECT example.org:443 HTTP/1.1\r\n")
    assert b"Proxy-Authorization: Basic " + base64.b64encode(b"user:p@ss") in seen[0]
    assert not Outer("http://proxy", "localhost,.internal").is_for("host.internal")
    assert Outer("http://proxy", "localhost,.internal").is_for("example.org")


def test_the_outer_proxy_s_refusal_is_passed_on() -> None:
    """A client reads the status with which the outer proxy refused."""

    async def outer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
        writer.close()

    async def scenario() -> bytes:
        server, port = await _listening(outer)
        async with server:
            return await _through("example.org", outer=Outer(f"http://127.0.0.1:{port}"))

    assert asyncio.run(scenario()).startswith(b"HTTP/1.1 407 ")


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET http://example.org/ HTTP/1.1\r\n\r\n", b"405"),
        (b"CONNECT nowhere HTTP/1.1\r\n\r\n", b"400"),
        (b"CONNECT host:0 HTTP/1.1\r\n\r\n", b"400"),
        (b"CONNECT host:99999 HTTP/1.1\r\n\r\n", b"400"),
        (b"CONNECT 127.0.0.1:1 HTTP/1.1\r\n\r\n", b"502"),
        (b"\r\n\r\n", b"405"),
    ],
)
def test_what_is_no_connect_is_refused(request_: bytes, status: bytes) -> None:
    """With a status and a line that says why; the proxy goes on."""

    async def scenario() -> bytes:
        proxy, port = await _listening(Tunnel(1, lambda: 0).connected)
        async with proxy:
            head, rest = await _asked(port, request_)
            assert rest
            return head

    assert asyncio.run(scenario()).split()[1] == status


def test_the_environment_names_the_outer_proxy() -> None:
    """As curl reads it: the small letters come first; nothing is nothing."""
    assert Outer.of({}) is None
    found = Outer.of({"HTTPS_PROXY": "http://a:1", "https_proxy": "http://b:2", "NO_PROXY": "x"})
    assert found == Outer("http://b:2", "x")
