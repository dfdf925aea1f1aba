"""What Azure fills in: a resource as it stands after its PUT, as the service would answer it.

Everything here is a pure function of the ID and the body: GUIDs are made of the ID, addresses of the name. Nothing
reads a clock, so that dates are left out, and nothing looks at other resources, so that what depends on them (the
address of a private endpoint in its subnet) is invented or left out. The names are those of Azure's public cloud.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seawall.azure.fills import data, endpoints, identity, ml, monitor, network, storage
from seawall.azure.fills.base import FILLS, Put, merged
from seawall.azure.fills.generic import client_of, generic, principal_of
from seawall.azure.guid import TENANT
from seawall.azure.resource_id import parse
from seawall.azure.shapes import copied
from seawall.azure.types import of_arm_type

__all__ = ["client_of", "filled", "principal_of"]

_SERVICES = (data, endpoints, identity, ml, monitor, network, storage)


def filled(arm_type: str, id: str, body: Mapping[str, Any], *, tenant: str = TENANT) -> dict[str, Any]:
    """The answer to a PUT of the body: the body as Azure completes it, without what Azure never returns.

    `tenant` is the Entra tenant of the subscription. Raises `UnknownType` and `BadResourceId`.
    """
    row, parsed = of_arm_type(arm_type), parse(id)
    result = generic(row, parsed, body, tenant)
    fill = FILLS.get(row.arm_type.lower())
    if fill is None:
        return copied(result)
    filling = fill(Put(parsed, result, tenant))
    return copied(merged(merged(filling.defaults, result), filling.facts))
