"""Stack files to test with: small ones, and ones that differ from them in one thing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml

GONE = object()
"""Stands for a key that is taken out."""

SPOKE = {"mode": "hubAndSpoke", "addressSpace": "10.40.8.0/22", "hub": {"addressSpace": "10.40.0.0/22"}}
OWN = {"mode": "virtualNetwork", "addressSpace": "10.40.8.0/22"}
HUB = {"mode": "hubAndSpoke", "addressSpace": "10.40.0.0/22"}
CLUSTER = {"name": "cpu", "size": "Standard_DS3_v2", "maxNodes": 4}


def minimal(**settings: Any) -> dict[str, Any]:
    """The smallest stack file, with more or other settings by key."""
    required = {
        "organisation": "larkspur",
        "workload": "mlp",
        "subscription": "22222222-2222-2222-2222-222222222222",
        "tenant": "99999999-9999-9999-9999-999999999999",
        "location": "westeurope",
        "owner": "ml-platform@larkspur.example",
        "costCenter": "CC-4110",
        "network": {"addressSpace": "10.40.4.0/22"},
        "budget": {"amount": 1500, "start": "2026-12-01"},
    }
    return {"config": {f"seawall:{key}": value for key, value in (required | settings).items()}}


def changed(document: Mapping[str, Any], edits: Mapping[str, Any]) -> dict[str, Any]:
    """The document with other values at some places, such as `network.addressSpace`; GONE takes one out."""
    new = deepcopy(dict(document))
    for place, value in edits.items():
        *sections, last = place.split(".")
        section = new["config"]
        sections, last = ([f"seawall:{sections[0]}", *sections[1:]], last) if sections else ([], f"seawall:{last}")
        for key in sections:
            section = section.setdefault(key, {})
        if value is GONE:
            del section[last]
        else:
            section[last] = value
    return new


class _Quoting(yaml.SafeDumper):
    """Quotes what PyYAML leaves bare and Pulumi reads as a number, such as `0X0`."""

    def represent_str(self, data: str) -> yaml.ScalarNode:
        style = '"' if re.match(r"[-+]?0[xXoObB]", data) else None
        return self.represent_scalar("tag:yaml.org,2002:str", data, style=style)


_Quoting.add_representer(str, _Quoting.represent_str)


def written(folder: Path, document: Mapping[str, Any] | str | bytes, stack: str = "dev") -> Path:
    """The stack file with this content."""
    path = folder / f"Pulumi.{stack}.yaml"
    if isinstance(document, Mapping):
        document = yaml.dump(document, Dumper=_Quoting, sort_keys=False, allow_unicode=True)
    path.write_bytes(document if isinstance(document, bytes) else document.encode())
    return path
