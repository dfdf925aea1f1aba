"""Where a local Azure keeps things: the store's file, and a folder beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Place:
    """The files of one local Azure; `.seawall/azure.db` has its folder in `.seawall/azure/`.

    Nothing is made here: whoever writes to a folder makes it first.
    """

    store: Path
    """The file of the store."""

    @property
    def folder(self) -> Path:
        """What a server keeps: contents, logs, keys."""
        return self.store.with_suffix("") if self.store.suffix else self.store.with_name(f"{self.store.name}.d")

    @property
    def blobs(self) -> Path:
        """The folder of what is uploaded to storage accounts."""
        return self.folder / "blobs"

    @property
    def meters(self) -> Path:
        """The file of requests and usage, which Azure Monitor answers from."""
        return self.folder / "meters.db"

    @property
    def serving(self) -> Path:
        """The folder of the inference servers: environments, code and models of deployments."""
        return self.folder / "serving"

    @property
    def logs(self) -> Path:
        """The folder of logs: `server.log` is the server's own."""
        return self.folder / "logs"

    @property
    def tls(self) -> Path:
        """The folder of certificates and keys, for the owner only."""
        return self.folder / "tls"

    @property
    def server(self) -> Path:
        """The file in which a server says what it is: process id, ports, start."""
        return self.folder / "server.json"

    @property
    def lock(self) -> Path:
        """The file that a server holds locked while it runs; the kernel frees it when the process dies."""
        return self.folder / "server.lock"
