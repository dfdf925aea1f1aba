"""Shared access signatures: what is signed in each of the three kinds, and making the one that needs no account key.

Source: Storage REST reference, Create an account SAS, Create a service SAS, Create a user delegation SAS.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote

from seawall.local.blob.errors import BlobError

VERSION = "2022-11-02"
"""Of the signatures made here; every client in use sends later ones."""
_OLDEST = "2018-11-09"
_WITH_SCOPES = "2020-12-06"
_WITH_DELEGATED_USERS = "2025-07-05"
_WITH_REQUEST_PARTS = "2026-04-06"

OVERRIDES = {"rscc": "cache-control", "rscd": "content-disposition", "rsce": "content-encoding",
             "rscl": "content-language", "rsct": "content-type"}  # fmt: skip
"""Headers that a signature sets in the answer."""

KEY_FIELDS = ("skoid", "sktid", "skt", "ske", "sks", "skv")
"""What states a user delegation key."""

SERVICE_OID = "00000000-0000-0000-0000-00000000b10b"
"""Who signs what services of the local Azure hand out."""


def signature(key: bytes, text: str) -> str:
    return base64.b64encode(hmac.new(key, text.encode(), hashlib.sha256).digest()).decode()


def holds(key: bytes, text: str, given: str) -> bool:
    """Whether a signature is that of a text under a key."""
    return hmac.compare_digest(signature(key, text).encode(), given.encode())


def key_statement(fields: Mapping[str, str]) -> str:
    """What a user delegation key is derived from."""
    return "|".join(fields.get(name, "") for name in KEY_FIELDS)


def text_of_account(fields: Mapping[str, str], account: str) -> str:
    names = ["sp", "ss", "srt", "st", "se", "sip", "spr", "sv"]
    if fields.get("sv", "") >= _WITH_SCOPES:
        names.append("ses")
    return "\n".join([account, *(fields.get(name, "") for name in names)]) + "\n"


def text_of_resource(
    fields: Mapping[str, str], resource: str, headers: Mapping[str, str], query: Mapping[str, str]
) -> str:
    """For a container or blob, by account key or by user delegation key (`skoid`). `resource` is `/blob/<account>/…`.

    Raises BlobError where the version is too old to be known.
    """
    version, delegated = fields.get("sv", ""), "skoid" in fields
    if version < _OLDEST:
        raise failed(f"Shared access signatures of version {version or 'none'} are not known here.")
    lines = [*_values(fields, "sp st se"), resource]
    if delegated:
        lines += _values(fields, "skoid sktid skt ske sks skv")
        if version >= "2020-02-10":
            lines += _values(fields, "saoid suoid scid")
        if version >= _WITH_DELEGATED_USERS:
            lines += _values(fields, "skdutid sduoid")
    else:
        lines += _values(fields, "si")
    lines += _values(fields, "sip spr sv sr snapshot")
    if version >= _WITH_SCOPES:
        lines += _values(fields, "ses")
    if delegated and version >= _WITH_REQUEST_PARTS:
        lines.append("".join(f"{name}:{headers.get(name.lower(), '')}\n" for name in _listed(fields, "srh")))
        lines.append("".join(f"\n{name}:{query.get(name, '')}" for name in _listed(fields, "srq")))
    return "\n".join(lines + _values(fields, "rscc rscd rsce rscl rsct"))


def _values(fields: Mapping[str, str], names: str) -> list[str]:
    return [fields.get(name, "") for name in names.split()]


def _listed(fields: Mapping[str, str], name: str) -> list[str]:
    return [part for part in fields.get(name, "").split(",") if part]


def failed(detail: str) -> BlobError:
    """A signature that doesn't hold, and why."""
    return BlobError("AuthenticationFailed", f"Server failed to authenticate the request. {detail}")


def moment(text: str) -> float:
    """A time of a signature, ISO 8601 in UTC, as seconds since 1970. Raises BlobError."""
    try:
        parsed = datetime.fromisoformat(text)
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        raise failed(f"{text!r} is not a time.") from None


def written(seconds: float) -> str:
    """A time as signatures have it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def delegated_query(fields: Mapping[str, str], resource: str, key: bytes) -> str:
    """The query of a user delegation SAS with these fields."""
    signed = dict(fields) | {"sig": signature(key, text_of_resource(fields, resource, {}, {}))}
    return "&".join(f"{name}={quote(value, safe='')}" for name, value in signed.items())
