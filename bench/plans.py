"""Plans of many resources, for the benches: copies of what `prod` has in Azure, each with names and IDs of its own."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

BREAKS: dict[str, tuple[str, Any]] = {
    "azure-native:machinelearningservices:Workspace": ("publicNetworkAccess", "Enabled"),
    "azure-native:machinelearningservices:Compute": ("properties.disableLocalAuth", False),
    "azure-native:machinelearningservices:OnlineEndpoint": ("properties.authMode", "Key"),
    "azure-native:storage:StorageAccount": ("allowSharedKeyAccess", True),
    "azure-native:keyvault:Vault": ("properties.enablePurgeProtection", False),
    "azure-native:containerregistry:Registry": ("adminUserEnabled", True),
}
"""What is broken in every tenth copy: an input by type."""

BROKEN_EVERY = 10

ONCE = ("azure-native:authorization:PolicyAssignment", "azure-native:authorization:PolicySetDefinition")
"""What a platform has once, however large it is: not copied."""


def write(source: Path, target: Path, count: int) -> int:
    """Write a plan of `count` resources to a file, a line each, and return its size in bytes.

    Left out are components, outputs and dependencies: relations are found by their IDs, which a plan has.
    """
    plan = json.loads(source.read_text())
    azure = [one for one in plan["resources"] if one["type"].startswith("azure-native:") and one["id"]]
    pieces = resources([one for one in azure if one["type"] not in ONCE])
    with target.open("w") as file:
        head = json.dumps({"version": plan["version"], "stack": plan["stack"], "project": plan["project"]})
        file.write(head[:-1] + ', "resources": [\n')
        for number in range(count):
            file.write((",\n" if number else "") + next(pieces))
        file.write("\n]}\n")
    return target.stat().st_size


def resources(originals: list[dict[str, Any]]) -> Iterator[str]:
    """Copies without end."""
    number = 0
    while True:
        for original in originals:
            yield _copy(original, number)
        number += 1


def _copy(original: dict[str, Any], number: int) -> str:
    inputs = json.loads(json.dumps(original["inputs"]))
    if number % BROKEN_EVERY == BROKEN_EVERY - 1 and original["type"] in BREAKS:
        path, value = BREAKS[original["type"]]
        *steps, last = path.split(".")
        place = inputs
        for step in steps:
            place = place.setdefault(step, {})
        place[last] = value
    *start, _, name = original["urn"].split("::")
    text = json.dumps(
        {
            "urn": "::".join([*start, original["type"], f"{name}-{number}"]),
            "type": original["type"],
            "name": f"{name}-{number}",
            "id": original["id"],
            "inputs": inputs,
            "options": {key: value for key, value in original["options"].items() if key != "provider"},
        },
        separators=(",", ":"),
    )
    # The organisation's name and the hash of the subscription are what Azure's names are made of.
    return text.replace("larkspur-mlp-prod", f"larkspur-mlp-p{number}").replace("mlpprod", f"mlpp{number}x")


def main() -> None:
    source, target, count = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    print(write(source, target, count))


if __name__ == "__main__":
    main()
