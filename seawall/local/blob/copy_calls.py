"""Copies from a URL within the same local Azure: no bytes move, both names refer to the same contents."""

from __future__ import annotations

import re
import uuid
from urllib.parse import urlsplit

from seawall.local.blob import conditions
from seawall.local.blob.authorization import Need
from seawall.local.blob.blob_writes import block_id
from seawall.local.blob.call import Answer, Call, http_date, query_of, versioned
from seawall.local.blob.context import Request
from seawall.local.blob.errors import BlobError
from seawall.local.blob.rows import BLOCK, Blob, Block, NewBlob

_HOST = ".blob.core.windows.net"
_RANGE = re.compile(r"bytes=([0-9]{1,18})-([0-9]{1,18})")


def copy(request: Request) -> Answer:
    """Copy Blob and Copy Blob From URL; both are over when they answer."""
    call = request.call
    blob, parts = _source(request)
    completed = http_date(request.now)
    address = call.required("x-ms-copy-source").partition("?")[0]
    copied = {"id": str(uuid.uuid4()), "source": address, "completed": completed}
    new = NewBlob(kind=blob.kind, parts=tuple(parts), md5=blob.md5, headers=blob.headers,
                  metadata=call.metadata() or blob.metadata, copied=copied)  # fmt: skip
    saved = request.store.put(call.address, new, None, request.guard())
    headers = versioned(saved.etag, saved.modified) | {"x-ms-copy-id": copied["id"], "x-ms-copy-status": "success"}
    return Answer(status=202, headers=headers)


def put_from_url(request: Request) -> Answer:
    """Put Blob From URL: always a block blob; the source's content headers unless told otherwise."""
    call = request.call
    blob, parts = _source(request)
    copies = call.headers.get("x-ms-copy-source-blob-properties", "true").lower() == "true"
    headers = (dict(blob.headers) if copies else {}) | call.content_headers()
    new = NewBlob(kind=BLOCK, parts=tuple(parts), md5=blob.md5, headers=headers, metadata=call.metadata())
    saved = request.store.put(call.address, new, None, request.guard())
    return Answer(status=201, headers=versioned(saved.etag, saved.modified) | {"x-ms-request-server-encrypted": "true"})


def put_block_from_url(request: Request) -> Answer:
    """A block with the bytes, or a range of the bytes, of another blob."""
    call = request.call
    blob, parts = _source(request)
    start, last = 0, blob.size - 1
    if text := call.headers.get("x-ms-source-range", ""):
        found = _RANGE.fullmatch(text)
        if not found or not int(found[1]) <= int(found[2]) < blob.size:
            raise BlobError("InvalidRange")
        start, last = int(found[1]), int(found[2])
    with request.store.contents.draft() as draft:
        for chunk in request.store.read(parts, start, last - start + 1):
            draft.write(chunk)
        request.store.stage(call.address, block_id(call), draft, request.guard())
    return Answer(status=201, headers={"x-ms-request-server-encrypted": "true"})


def _source(request: Request) -> tuple[Blob, list[Block]]:
    """The blob that a copy is of, if the caller may read it. Raises BlobError."""
    call = _source_call(request.call)
    try:
        account = request.store.accounts.get(call.account)
        authorized = call.account == request.call.account and "sig" not in call.query
        if not authorized or "authorization" in call.headers:
            request.authorization.caller(call, account, Need(permissions="r", level="o"), request.now)
        blob, parts = request.store.opened(call.address)
    except BlobError as error:
        status = error.status if error.status in (401, 403, 404) else 400
        message = f"The source of the copy can't be read: {error}"
        raise BlobError("CannotVerifyCopySource", message, status=status) from None
    conditions.check(request.call, blob.etag, blob.modified, source=True)
    return blob, parts


def _source_call(call: Call) -> Call:
    """The request for the source that a copy stands for. Raises BlobError."""
    url = urlsplit(call.required("x-ms-copy-source"))
    host = (url.hostname or "").lower()
    if url.scheme != "https" or not host.endswith(_HOST):
        raise BlobError("CannotVerifyCopySource", "The local Azure copies from its own storage accounts only: "
                        f"https://<account>{_HOST}/…, not {url.scheme}://{host}.", status=400)  # fmt: skip
    headers = {"x-ms-version": call.headers.get("x-ms-version", "")}
    if token := call.headers.get("x-ms-copy-source-authorization", ""):
        headers["authorization"] = token
    account = host.removesuffix(_HOST)
    source = Call(method="GET", account=account, path=url.path, query=query_of(url.query.encode()), headers=headers,
                  client=call.client)  # fmt: skip
    source.check_supported()
    return source
