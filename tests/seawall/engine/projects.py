"""A small Pulumi project, and the CLIs that it can be run with: a stand-in, and the real one where there is one."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from seawall.engine import backend
from seawall.engine.command import VERSION, Command
from seawall.engine.stack import EngineStack
from seawall.local.azure import LocalAzure
from seawall.local.provider.server import attachment, served

STAND_IN = Path(__file__).with_name("stand_in.py")
REAL = shutil.which("pulumi")
NO_REAL = (
    "there is no `pulumi` on PATH: whether the real engine agrees is not checked here (`seawall tools install` "
    f"installs version {VERSION})"
)
CLIS = ("stand-in", "real")
SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
CONFIG = {"azure-native:subscriptionId": SUBSCRIPTION}

PROGRAM = """
import json
from pathlib import Path

import pulumi
import pulumi_azure_native as azure

edits = json.loads((Path(__file__).parent / "edits.json").read_text())
group = azure.resources.ResourceGroup("group", resource_group_name="rg-small", location="westeurope")
made = []
for name in edits.get("accounts", ["first", "second", "third"]):
    renamed = edits.get("renamed", {}).get(name)
    account = azure.storage.StorageAccount(
        renamed or name,
        account_name=f"stsmall{name}",
        resource_group_name=group.name,
        location=edits.get("location", "westeurope"),
        kind="StorageV2",
        sku=azure.storage.SkuArgs(name="Standard_LRS"),
        tags={"owner": edits.get("owner", "platform")},
        opts=pulumi.ResourceOptions(
            protect=edits.get("protected", False),
            aliases=[pulumi.Alias(name=name)] if renamed else [],
            depends_on=made[-1:] if edits.get("chained") else [],
        ),
    )
    made.append(account)
"""


def cli_folder(which: str, folder: Path) -> Path:
    """The folder with a `pulumi` of that kind, to put on PATH; the test is skipped where there is no real one."""
    if which == "stand-in":
        return put_stand_in(folder)
    if REAL is None:
        pytest.skip(NO_REAL)
    return Path(REAL).parent


def put_stand_in(folder: Path) -> Path:
    """A folder with a `pulumi` that is the stand-in."""
    folder.mkdir(parents=True, exist_ok=True)
    script = folder / "pulumi"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{STAND_IN}" "$@"\n')
    script.chmod(0o755)
    return folder


def small_project(folder: Path) -> Path:
    """A project with one stack, `test`, of a resource group and three storage accounts."""
    (folder / "stacks").mkdir(parents=True)
    runtime = f"{{name: python, options: {{virtualenv: '{sys.prefix}'}}}}"
    (folder / "Pulumi.yaml").write_text(f"name: small\nruntime: {runtime}\nmain: stacks\nstackConfigDir: stacks\n")
    (folder / "stacks" / "__main__.py").write_text(PROGRAM)
    (folder / "stacks" / "Pulumi.test.yaml").write_text(f"config:\n  azure-native:subscriptionId: {SUBSCRIPTION}\n")
    edit(folder)
    return folder


def edit(project: Path, **edits: Any) -> None:
    """Change what the program makes."""
    (project / "stacks" / "edits.json").write_text(json.dumps(edits))


@contextmanager
def opened(project: Path, azure: LocalAzure, variables: Mapping[str, str] | None = None) -> Iterator[EngineStack]:
    """The project's stack under the `pulumi` on PATH, over the local Azure."""
    urn = "urn:pulumi:test::small::azure-native:storage:StorageAccount::"
    where = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-small/providers/Microsoft.Storage/storageAccounts/"
    ids = {f"{urn}{name}": f"{where}stsmall{name}" for name in ("first", "second", "third")}
    with served(azure, CONFIG) as ports:
        kept = backend.local(project, project / ".pulumi-state", {**attachment(ports), **(variables or {})})
        yield EngineStack("test", kept, Command(), ids=ids, tenant="contoso.example")
