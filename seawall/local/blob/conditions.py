"""Conditional headers: whether a request that depends on what is there may go on.

Source: Storage REST reference, specifying conditional headers for Blob service operations.
"""

from __future__ import annotations

from seawall.local.blob.call import Call
from seawall.local.blob.errors import BlobError


def check(call: Call, etag: str | None, modified: float, *, reads: bool = False, source: bool = False) -> None:
    """Raises BlobError. `etag` is None where there is nothing yet; `source`: a copy's conditions on its source."""
    prefix = "x-ms-source-" if source else ""
    refusal = BlobError("SourceConditionNotMet" if source else "ConditionNotMet")
    unchanged = BlobError("ConditionNotMet", status=304) if reads else refusal
    match = call.headers.get(f"{prefix}if-match", "")
    if match and (etag is None or not _same(match, etag)):
        raise refusal
    other = call.headers.get(f"{prefix}if-none-match", "")
    if other and etag is not None and _same(other, etag):
        raise BlobError("BlobAlreadyExists") if other == "*" and not reads and not source else unchanged
    if etag is None:
        return
    since = call.time(f"{prefix}if-modified-since")
    if since is not None and int(modified) <= since:
        raise unchanged
    until = call.time(f"{prefix}if-unmodified-since")
    if until is not None and int(modified) > until:
        raise refusal


def _same(wanted: str, etag: str) -> bool:
    """Lists of blobs give ETags without quotes, so both forms are sent."""
    return wanted == "*" or wanted.strip('"') == etag.strip('"')
