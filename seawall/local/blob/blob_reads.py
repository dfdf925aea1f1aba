"""Reading blobs."""

from __future__ import annotations

import hashlib
import re
import xml.etree.ElementTree as ET

from seawall.local.blob.call import Answer, Call, http_date, versioned, with_metadata
from seawall.local.blob.context import Request, md5_text
from seawall.local.blob.errors import BlobError
from seawall.local.blob.listing import document, text_element
from seawall.local.blob.rows import APPEND, BLOCK, Blob, Block

_RANGE = re.compile(r"bytes=([0-9]{1,18})-([0-9]{0,18})")
_LARGEST_SUMMED = 4 << 20
"""Bytes of a range that can come with its MD5. Source: Get Blob, REST reference."""


def get(request: Request) -> Answer:
    """A blob's bytes, or a range of them."""
    call = request.call
    blob, parts = request.store.opened(call.address)
    request.guard(writes=False, reads=True)(blob)
    span = _range(call, blob.size)
    headers = _headers(request, blob, len(parts))
    if span is None:
        chunks = request.store.read(parts, 0, blob.size)
        return Answer(headers=headers, chunks=chunks, length=blob.size)
    start, length = span
    headers["content-range"] = f"bytes {start}-{start + length - 1}/{blob.size}"
    if headers.pop("content-md5", ""):
        headers["x-ms-blob-content-md5"] = blob.md5
    if call.headers.get("x-ms-range-get-content-md5", "").lower() == "true":
        headers["content-md5"] = _sum(request, parts, start, length)
    return Answer(status=206, headers=headers, chunks=request.store.read(parts, start, length), length=length)


def properties(request: Request) -> Answer:
    """Everything but the bytes."""
    blob, parts = request.store.opened(request.call.address)
    request.guard(writes=False, reads=True)(blob)
    return Answer(headers=_headers(request, blob, len(parts)), length=blob.size)


def metadata(request: Request) -> Answer:
    blob = request.store.blob(request.call.address)
    request.guard(writes=False, reads=True)(blob)
    return Answer(headers=versioned(blob.etag, blob.modified) | with_metadata(blob.metadata))


def block_list(request: Request) -> Answer:
    call, store = request.call, request.store
    store.container(call.account, call.container)
    blob, staged = store.index.blob(call.address), store.index.blocks(call.address)
    if blob is None and not staged:
        raise BlobError("BlobNotFound")
    if blob is not None:
        request.guard(writes=False)(blob)
        if blob.kind != BLOCK:
            raise BlobError("InvalidBlobType")
    kind = call.query.get("blocklisttype", "committed").lower()
    root = ET.Element("BlockList")
    if kind in ("committed", "all"):
        _blocks(root, "CommittedBlocks", [part for part in store.index.parts(blob) if part.id] if blob else [])
    if kind in ("uncommitted", "all"):
        _blocks(root, "UncommittedBlocks", staged)
    answer = document(root)
    headers = dict(answer.headers) | {"x-ms-blob-content-length": str(blob.size if blob else 0)}
    return Answer(headers=headers | (versioned(blob.etag, blob.modified) if blob else {}), body=answer.body)


def _blocks(root: ET.Element, name: str, blocks: list[Block]) -> None:
    parent = ET.SubElement(root, name)
    for block in blocks:
        element = ET.SubElement(parent, "Block")
        text_element(element, "Name", block.id)
        text_element(element, "Size", str(block.content.size))


def _headers(request: Request, blob: Blob, count: int) -> dict[str, str]:
    now, lease = request.now, blob.lease
    headers = versioned(blob.etag, blob.modified) | with_metadata(blob.metadata)
    headers |= {"content-type": "application/octet-stream"} | dict(blob.headers) | dict(request.caller.overrides or {})
    headers |= {"accept-ranges": "bytes", "x-ms-blob-type": blob.kind, "x-ms-creation-time": http_date(blob.created)}
    headers |= {"x-ms-lease-status": "locked" if lease.locked(now) else "unlocked", "x-ms-server-encrypted": "true"}
    headers["x-ms-lease-state"] = lease.state(now)
    if lease.kind(now):
        headers["x-ms-lease-duration"] = lease.kind(now)
    if blob.md5:
        headers["content-md5"] = blob.md5
    if blob.kind == BLOCK:
        headers |= {"x-ms-access-tier": "Hot", "x-ms-access-tier-inferred": "true"}
    if blob.kind == APPEND:
        headers["x-ms-blob-committed-block-count"] = str(count)
    if blob.copied:
        headers |= {"x-ms-copy-id": blob.copied["id"], "x-ms-copy-source": blob.copied["source"]}
        headers |= {"x-ms-copy-status": "success", "x-ms-copy-progress": f"{blob.size}/{blob.size}"}
        headers["x-ms-copy-completion-time"] = blob.copied["completed"]
    return headers


def _range(call: Call, size: int) -> tuple[int, int] | None:
    """Start and length of what is asked for, or None for all of it. Raises BlobError."""
    text = call.headers.get("x-ms-range") or call.headers.get("range", "")
    if not text:
        return None
    found = _RANGE.fullmatch(text.strip())
    if not found:
        raise BlobError("InvalidHeaderValue", f"The range {text!r} is neither bytes=first-last nor bytes=first-.")
    start, last = int(found[1]), int(found[2] or size - 1)
    if start >= size or last < start:
        raise BlobError("InvalidRange", headers={"content-range": f"bytes */{size}"})
    return start, min(last, size - 1) - start + 1


def _sum(request: Request, parts: list[Block], start: int, length: int) -> str:
    if length > _LARGEST_SUMMED:
        raise BlobError("InvalidHeaderValue", "A range that comes with its MD5 has 4 MiB at most.")
    digest = hashlib.md5(usedforsecurity=False)
    for chunk in request.store.read(parts, start, length):
        digest.update(chunk)
    return md5_text(digest.digest())
