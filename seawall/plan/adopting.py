"""The inputs of a resource that exists already: what a program would have to ask for to get just that.

An import begins with them, whether Pulumi's engine asks for it or a person brings an existing workspace along.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from seawall.azure.types import lookup
from seawall.plan.inputs import accepted

_RESOURCE_GROUP = "Microsoft.Resources/resourceGroups"
_ALWAYS_FILLED = frozenset({"type", "id", "etag", "systemData", "provisioningState"})


def adopted_inputs(token: str, id: str, outputs: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs, in camelCase, of a resource with the given ID and outputs: its names, and what it takes of the rest.

    What Azure alone fills in is left out at every depth. Raises `UnknownType`.
    """
    taken = {name: value for name, value in accepted(token, outputs).items() if name not in _ALWAYS_FILLED}
    return {**taken, **names_in(token, id)}


def names_in(token: str, id: str) -> dict[str, str]:
    """The inputs that an ID is made of, such as `resourceGroupName` and `accountName`."""
    found = _pattern(token).fullmatch(id)
    return {name: value for name, value in (found.groupdict() if found else {}).items() if name != "subscriptionId"}


@cache
def _pattern(token: str) -> re.Pattern[str]:
    row = lookup(token)
    provider, *types = row.arm_type.split("/")
    tail = "/resourceGroups" if row.arm_type == _RESOURCE_GROUP else f"/providers/{provider}"
    pieces = [row.under, tail]
    for kind, name in zip(["", *types[1:]] if tail == "/resourceGroups" else types, row.path, strict=False):
        part = name[1:] if name.startswith("=") else "{" + name + "}"
        pieces.append(f"/{kind}/{part}" if kind else f"/{part}")
    if row.name_from:
        pieces.append(f"/{types[-1]}/{{}}")
    text = "".join(pieces)
    scope = text.startswith("{")
    pattern = ""
    for number, piece in enumerate(re.split(r"(\{\w*\})", text)):
        name = piece[1:-1] if piece.startswith("{") else ""
        if not piece.startswith("{"):
            pattern += re.escape(piece)
        elif not name:
            pattern += "[^/]+"
        else:
            pattern += f"(?P<{name}>{'/.+?' if scope and number == 1 else '[^/]+'})"
    return re.compile(pattern, re.IGNORECASE)
