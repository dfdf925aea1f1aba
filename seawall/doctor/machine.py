"""The machine on which the examination runs: its programs, variables, files, names of hosts and time."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

PATIENCE = 5.0
"""Seconds for a host to take a connection."""


@dataclass(frozen=True)
class Engine:
    """The Pulumi CLI: its version, where it is, and the plugins that it has, by name with their versions."""

    version: str
    path: str
    plugins: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class Machine(Protocol):
    """What checks ask of a machine; tests put their own here."""

    python: tuple[int, ...]
    """The version of the Python that runs."""
    environ: Mapping[str, str]

    def which(self, program: str) -> str | None:
        """Where a program is, if it is on PATH."""

    def engine(self) -> Engine:
        """The Pulumi CLI. Raises `EngineMissing`."""

    def exists(self, path: Path) -> bool:
        """Whether there is a file or a folder."""

    def writable(self, folder: Path) -> bool:
        """Whether files can be made in a folder, or the folder itself where it isn't there yet."""

    def text(self, path: Path) -> str:
        """A file's text; empty where there is none."""

    def addresses(self, host: str) -> tuple[str, ...]:
        """The IP addresses of a host. Raises `OSError`."""

    def connect(self, host: str, port: int) -> None:
        """Open a connection and close it. Raises `OSError`."""

    def now(self) -> datetime:
        """The time, in UTC."""


class ThisMachine:
    """The one that this process runs on."""

    python: tuple[int, ...] = tuple(sys.version_info[:3])
    environ: Mapping[str, str] = os.environ

    def which(self, program: str) -> str | None:
        return shutil.which(program)

    def engine(self) -> Engine:
        from pulumi.automation.errors import CommandError

        from seawall.engine import command

        found = command.find()
        try:
            listed = json.loads(found.run(["plugin", "ls", "--json"], str(Path.cwd()), {}).stdout or "[]")
        except (CommandError, OSError, ValueError):
            listed = []
        return Engine(str(found.version), found.command, _plugins(listed))

    def exists(self, path: Path) -> bool:
        return path.exists()

    def writable(self, folder: Path) -> bool:
        there = next((one for one in (folder, *folder.parents) if one.exists()), folder)
        return there.is_dir() and os.access(there, os.W_OK | os.X_OK)

    def text(self, path: Path) -> str:
        try:
            return path.read_text(encoding="utf-8")
        except OSError:
            return ""

    def addresses(self, host: str) -> tuple[str, ...]:
        found = socket.getaddrinfo(host, 443, proto=socket.IPPROTO_TCP)
        return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))

    def connect(self, host: str, port: int) -> None:
        socket.create_connection((host, port), timeout=PATIENCE).close()

    def now(self) -> datetime:
        return datetime.now(UTC)


def _plugins(listed: list[dict[str, Any]]) -> dict[str, tuple[str, ...]]:
    """By name, what `pulumi plugin ls --json` lists. Source: pulumi/pulumi, pkg/cmd/pulumi/plugin/plugin_ls.go."""
    found: dict[str, tuple[str, ...]] = {}
    for item in listed:
        if item.get("kind") == "resource":
            name = str(item.get("name"))
            found[name] = (*found.get(name, ()), str(item.get("version") or ""))
    return found
