"""One request, taken apart; and one answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate, parsedate_to_datetime
from urllib.parse import unquote

from seawall.local.blob.errors import BlobError, unsupported
from seawall.local.blob.rows import Address, Container

_METADATA = "x-ms-meta-"
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_MOST_METADATA = 8 * 1024
"""Bytes. Source: Set Blob Metadata, REST reference."""

CONTENT_HEADERS = ("cache-control", "content-disposition", "content-encoding", "content-language", "content-type")
"""Kept with a blob, besides its MD5; requests set them as `x-ms-blob-<name>`."""

_UNSUPPORTED = {
    "x-ms-encryption-key": "encryption with a customer-provided key",
    "x-ms-encryption-scope": "encryption scopes",
    "x-ms-tags": "blob index tags",
    "x-ms-if-tags": "conditions on blob index tags",
    "x-ms-access-tier": "access tiers",
    "x-ms-immutability-policy-mode": "immutability policies",
    "x-ms-legal-hold": "legal holds",
    "x-ms-content-crc64": "CRC64 of requests",
    "x-ms-structured-body": "structured bodies",
    "x-ms-range-get-content-crc64": "CRC64 of ranges",
}
"""Headers that change what a request means and that nothing here knows."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """A request to an account."""

    method: str
    account: str
    path: str
    """As sent, percent-encoded."""
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case."""
    client: str = ""
    """The caller's IP address."""

    @property
    def container(self) -> str:
        return self._split()[0]

    @property
    def name(self) -> str:
        """The blob's, decoded; empty for a container or the account."""
        return self._split()[1]

    def _split(self) -> tuple[str, str]:
        first, slash, rest = self.path.removeprefix("/").partition("/")
        if first and not slash and "restype" not in self.query:
            return "$root", unquote(first)
        return unquote(first), unquote(rest)

    @property
    def address(self) -> Address:
        return Address(self.account, self.container, self.name)

    @property
    def lease(self) -> str:
        """The ID of the lease that the request relies on, or nothing. Raises BlobError."""
        from seawall.local.blob.leases import lease_id

        text = self.headers.get("x-ms-lease-id", "")
        return lease_id(text, "x-ms-lease-id") if text else ""

    def required(self, header: str) -> str:
        """Raises BlobError."""
        value = self.headers.get(header, "")
        if not value:
            raise BlobError("MissingRequiredHeader", f"The header {header} is mandatory for this request.")
        return value

    def number(self, header: str) -> int | None:
        """A header's whole number, or None where it is absent. Raises BlobError."""
        text = self.headers.get(header, "")
        if not text:
            return None
        try:
            return int(text)
        except ValueError:
            raise BlobError("InvalidHeaderValue", f"{header} is {text!r}, not a whole number.") from None

    def time(self, header: str) -> float | None:
        """A header's date in seconds since 1970, or None. Raises BlobError."""
        text = self.headers.get(header, "")
        if not text:
            return None
        try:
            return parsedate_to_datetime(text).timestamp()
        except (ValueError, OverflowError, TypeError, IndexError):
            raise BlobError("InvalidHeaderValue", f"{header} is {text!r}, not a date.") from None

    def metadata(self) -> dict[str, str]:
        """Names arrive in lower case, whatever the client wrote. Raises BlobError."""
        found = {key[len(_METADATA) :]: value for key, value in self.headers.items() if key.startswith(_METADATA)}
        for name in found:
            if not _IDENTIFIER.fullmatch(name):
                raise BlobError("InvalidMetadata", f"{name!r} is not a name for metadata: it is no identifier.")
        if sum(len(key) + len(value) for key, value in found.items()) > _MOST_METADATA:
            raise BlobError("MetadataTooLarge", "The metadata exceeds 8 KiB.")
        return found

    def content_headers(self) -> dict[str, str]:
        found = {name: self.headers.get(f"x-ms-blob-{name}", "") for name in CONTENT_HEADERS}
        return {name: value for name, value in found.items() if value}

    def check_supported(self) -> None:
        """Raises BlobError for a request that means more than is known here."""
        for header, name in _UNSUPPORTED.items():
            if self.headers.get(header):
                raise unsupported(f"{name} ({header})")
        for parameter in ("snapshot", "versionid"):
            if self.query.get(parameter):
                raise unsupported(f"snapshots and versions ({parameter})")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A response: bytes, or chunks of a known length."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    chunks: Iterable[bytes] | None = None
    length: int | None = None
    """Bytes, where they aren't those of `body`."""


def query_of(raw: bytes) -> dict[str, str]:
    """Parameters with names in lower case, as Azure compares them; of several with a name, the first."""
    found: dict[str, str] = {}
    for part in filter(None, raw.decode("latin-1").split("&")):
        name, _, value = part.partition("=")
        # A plus stays one: signatures are base64, and clients write a space as %20.
        found.setdefault(unquote(name).lower(), unquote(value))
    return found


def http_date(seconds: float) -> str:
    return formatdate(seconds, usegmt=True)


def versioned(etag: str, modified: float) -> dict[str, str]:
    """The headers of whatever was written."""
    return {"etag": etag, "last-modified": http_date(modified)}


def with_metadata(metadata: Mapping[str, str]) -> dict[str, str]:
    return {f"{_METADATA}{name}": value for name, value in metadata.items()}


def container_headers(container: Container, now: float) -> dict[str, str]:
    lease = container.lease
    headers = versioned(container.etag, container.modified) | with_metadata(container.metadata)
    headers["x-ms-lease-status"] = "locked" if lease.locked(now) else "unlocked"
    headers |= {"x-ms-lease-state": lease.state(now), "x-ms-default-encryption-scope": "$account-encryption-key"}
    for name in ("has-immutability-policy", "has-legal-hold", "deny-encryption-scope-override"):
        headers[f"x-ms-{name}"] = "false"
    return headers | ({"x-ms-lease-duration": lease.kind(now)} if lease.kind(now) else {})
