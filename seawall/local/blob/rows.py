"""What the index holds of containers and blobs, as records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from seawall.local.blob.contents import Content
from seawall.local.blob.leases import NONE, Lease

BLOCK, APPEND = "BlockBlob", "AppendBlob"


class Address(NamedTuple):
    """Where a blob is."""

    account: str
    container: str
    name: str


class Block(NamedTuple):
    """A part of a blob under its block ID, which append blobs don't have."""

    id: str
    content: Content


@dataclass(frozen=True, kw_only=True)
class Container:
    """A container as it stands."""

    account: str
    name: str
    etag: str
    modified: float
    """Seconds since 1970, as all times here."""
    metadata: Mapping[str, str] = field(default_factory=dict)
    lease: Lease = NONE
    arm_id: str = ""
    """Of the resource in the store that it is the inside of, or nothing."""


@dataclass(frozen=True, kw_only=True)
class Blob:
    """A blob as it stands, without its bytes."""

    address: Address
    row: int
    kind: str
    size: int
    etag: str
    created: float
    modified: float
    md5: str = ""
    """Base64; empty where nobody has given or calculated one."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Content headers: `content-type`, `cache-control` … in lower case."""
    metadata: Mapping[str, str] = field(default_factory=dict)
    lease: Lease = NONE
    copied: Mapping[str, str] = field(default_factory=dict)
    """How it was copied here: `id`, `source`, `completed` (an HTTP date)."""

    @property
    def name(self) -> str:
        return self.address.name


@dataclass(frozen=True, kw_only=True)
class NewBlob:
    """What is to be written as a blob."""

    kind: str = BLOCK
    parts: tuple[Block, ...] = ()
    md5: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)
    copied: Mapping[str, str] = field(default_factory=dict)
