"""The table of ARM resource types, by Pulumi token and by ARM type.

It holds every type that a platform may use: its API version, its path, the shape of its body, what replaces it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from seawall.azure.model import ArmType, Scope, Shape
from seawall.azure.tables import apps, data, identity, ml, monitor, network, storage

__all__ = ["ArmType", "Scope", "Shape", "UnknownType", "canonical", "lookup", "of_arm_type", "types"]

_DATED: Final = re.compile(r"/v\d{8}(preview|alpha|beta|privatepreview)?:")


class UnknownType(LookupError):
    """A Pulumi token or an ARM type that the table doesn't hold."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is not a resource type that the platform may use")
        self.name = name


def _table() -> Iterator[ArmType]:
    for module in (identity, network, storage, ml, monitor, data, apps):
        yield from module.TYPES


_BY_TOKEN: Final = {row.token: row for row in _table()}
_BY_ARM_TYPE: Final = {row.arm_type.lower(): row for row in (*_BY_TOKEN.values(), *ml.CLIENTS)}


def types() -> tuple[ArmType, ...]:
    """The whole table."""
    return tuple(_BY_TOKEN.values())


@cache
def canonical(token: str) -> str:
    """The token without an API version: `storage/v20240101:…` is `storage:…`."""
    return _DATED.sub(":", token, count=1)


def lookup(token: str) -> ArmType:
    """The row of a Pulumi token, with or without an API version in it.

    Raises `UnknownType`.
    """
    row = _BY_TOKEN.get(token) or _BY_TOKEN.get(canonical(token))
    if row is None:
        raise UnknownType(token)
    return row


def of_arm_type(arm_type: str) -> ArmType:
    """The row of an ARM type such as `Microsoft.Storage/storageAccounts`, in any case.

    Raises `UnknownType`.
    """
    row = _BY_ARM_TYPE.get(arm_type.lower())
    if row is None:
        raise UnknownType(arm_type)
    return row
