"""Writing blobs."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import replace

from seawall.local.blob.call import Answer, Call, versioned
from seawall.local.blob.context import Request, md5_of, md5_text
from seawall.local.blob.errors import BlobError, unsupported
from seawall.local.blob.rows import APPEND, BLOCK, Blob, NewBlob

_ENCRYPTED = {"x-ms-request-server-encrypted": "true"}
_LONGEST_ID = 64
"""Bytes of a block ID before base64. Source: Put Block, REST reference."""


def put(request: Request) -> Answer:
    """Put Blob: a whole block blob, or an append blob that is still empty."""
    call, kind = request.call, request.call.headers.get("x-ms-blob-type", "")
    draft = request.content()
    if kind == APPEND and draft.size:
        raise BlobError("InvalidHeaderValue", "An append blob is made empty: Content-Length must be 0.")
    md5 = _stated_md5(call) or (md5_text(draft.md5) if kind == BLOCK else "")
    headers = call.content_headers()
    if "content-type" not in headers and call.headers.get("content-type"):
        headers["content-type"] = call.headers["content-type"]
    new = NewBlob(kind=kind, md5=md5, headers=headers, metadata=call.metadata())
    blob = request.store.put(call.address, new, draft, request.guard())
    sums = {"content-md5": md5_text(draft.md5)} if kind == BLOCK else {}
    return Answer(status=201, headers=versioned(blob.etag, blob.modified) | sums | _ENCRYPTED)


def put_block(request: Request) -> Answer:
    draft = request.content()
    if not draft.size:
        raise BlobError("InvalidHeaderValue", "A block is not empty: Content-Length must not be 0.")
    request.store.stage(request.call.address, block_id(request.call), draft, request.guard())
    return Answer(status=201, headers={"content-md5": md5_text(draft.md5)} | _ENCRYPTED)


def put_block_list(request: Request) -> Answer:
    call = request.call
    given = call.headers.get("content-md5", "")
    if given and md5_of(given) != _md5(request.document):
        raise BlobError("Md5Mismatch")
    wanted = []
    for element in request.xml():
        if element.tag not in ("Latest", "Committed", "Uncommitted"):
            raise BlobError("InvalidXmlDocument", f"A block list has no {element.tag}.")
        wanted.append((element.tag, (element.text or "").strip()))
    new = NewBlob(kind=BLOCK, md5=_stated_md5(call), headers=call.content_headers(), metadata=call.metadata())
    blob = request.store.commit(call.address, wanted, new, request.guard())
    return Answer(status=201, headers=versioned(blob.etag, blob.modified) | _ENCRYPTED)


def append_block(request: Request) -> Answer:
    call, draft, judge = request.call, request.content(), request.guard()
    if not draft.size:
        raise BlobError("InvalidHeaderValue", "A block is not empty: Content-Length must not be 0.")
    position, largest = call.number("x-ms-blob-condition-appendpos"), call.number("x-ms-blob-condition-maxsize")

    def guard(before: Blob | None) -> None:
        judge(before)
        size = before.size if before else 0
        if largest is not None and size + draft.size > largest:
            raise BlobError("MaxBlobSizeConditionNotMet")
        if position is not None and size != position:
            raise BlobError("AppendPositionConditionNotMet")

    blob, count = request.store.append(call.address, draft, guard)
    headers = {"x-ms-blob-append-offset": str(blob.size - draft.size), "x-ms-blob-committed-block-count": str(count)}
    headers["content-md5"] = md5_text(draft.md5)
    return Answer(status=201, headers=headers | versioned(blob.etag, blob.modified) | _ENCRYPTED)


def set_metadata(request: Request) -> Answer:
    metadata = request.call.metadata()
    blob = request.store.change(
        request.call.address, lambda before: replace(before, metadata=metadata), request.guard()
    )
    return Answer(headers=versioned(blob.etag, blob.modified) | _ENCRYPTED)


def set_properties(request: Request) -> Answer:
    """All content headers at once: one that isn't given is cleared. Source: Set Blob Properties, REST reference."""
    call = request.call
    for header in ("x-ms-blob-content-length", "x-ms-sequence-number-action"):
        if call.headers.get(header):
            raise unsupported(f"Set Blob Properties of page blobs ({header})")
    headers, md5 = call.content_headers(), _stated_md5(call)
    blob = request.store.change(call.address, lambda before: replace(before, headers=headers, md5=md5), request.guard())
    return Answer(headers=versioned(blob.etag, blob.modified))


def delete(request: Request) -> Answer:
    if request.call.headers.get("x-ms-delete-snapshots", "").lower() == "only":
        raise unsupported("Delete Blob of snapshots alone")
    request.store.delete(request.call.address, request.guard())
    return Answer(status=202, headers={"x-ms-delete-type-permanent": "true"})


def block_id(call: Call) -> str:
    """Raises BlobError."""
    text = call.query.get("blockid", "")
    if not text:
        raise BlobError("MissingRequiredQueryParameter", "blockid is mandatory for this request.")
    try:
        size = len(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        size = 0
    if not 0 < size <= _LONGEST_ID:
        raise BlobError("InvalidQueryParameterValue", "blockid is base64 of 1 to 64 bytes.")
    return text


def _stated_md5(call: Call) -> str:
    text = call.headers.get("x-ms-blob-content-md5", "")
    if text:
        md5_of(text)
    return text


def _md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()
