"""A small Pulumi project, and the stand-in for the Pulumi CLI as a command on PATH."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from seawall.engine import backend
from seawall.engine.command import Command
from seawall.engine.stack import EngineStack
from seawall.local.azure import LocalAzure
from seawall.local.provider.server import attachment, served

STAND_IN = Path(__file__).with_name("stand_in.py")
SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
CONFIG = {"azure-native:subscriptionId": SUBSCRIPTION}

PROGRAM = '''
import json
from pathlib import Path

import pulumi
import pulumi_azure_native as azure

edits = json.loads((Path(__file__).parent / "edits.json").read_text())
group = azure.resources.ResourceGroup("group", resource_group_name="rg-small", location="westeurope")
for name in edits.get("accounts", ["first", "second", "third"]):
    renamed = edits.get("renamed", {}).get(name)
    azure.storage.StorageAccount(
        renamed or name,
        account_name=f"stsmall{name}",
        resource_group_name=group.name,
        location=edits.get("location", "westeurope"),
        kind="StorageV2",
        sku=azure.storage.SkuArgs(name="Standard_LRS"),
        tags={"owner": edits.get("owner", "platform")},
        opts=pulumi.ResourceOptions(
            protect=edits.get("protected", False), aliases=[pulumi.Alias(name=name)] if renamed else []
        ),
    )
'''


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
    (folder / "Pulumi.yaml").write_text(
        f"name: small\nruntime: {runtime}\nmain: stacks\nstackConfigDir: stacks\n"
    )
    (folder / "stacks" / "__main__.py").write_text(PROGRAM)
    (folder / "stacks" / "Pulumi.test.yaml").write_text(
        f"config:\n  azure-native:subscriptionId: {SUBSCRIPTION}\n"
    )
    edit(folder)
    return folder


def edit(project: Path, **edits: Any) -> None:
    """Change what the program makes."""
    import json

    (project / "stacks" / "edits.json").write_text(json.dumps(edits))


@contextmanager
def opened(project: Path, azure: LocalAzure, variables: Mapping[str, str] | None = None) -> Iterator[EngineStack]:
    """The project's stack under the `pulumi` on PATH, over the local Azure."""
    ids = {"": ""}
    urn = "urn:pulumi:test::small::azure-native:storage:StorageAccount::"
    where = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-small/providers/Microsoft.Storage/storageAccounts/"
    ids = {f"{urn}{name}": f"{where}stsmall{name}" for name in ("first", "second", "third")}
    with served(azure, CONFIG) as ports:
        kept = backend.local(project, project / ".pulumi-state", {**attachment(ports), **(variables or {})})
        yield EngineStack("test", kept, Command(), ids=ids, tenant="contoso.example")
