"""What an operation has at hand, and what it needs of the request's body."""

from __future__ import annotations

import base64
import binascii
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import dataclass

from seawall.local.blob import conditions
from seawall.local.blob.accounts import Account
from seawall.local.blob.authorization import Authorization, Caller, Need
from seawall.local.blob.call import Answer, Call
from seawall.local.blob.contents import Draft
from seawall.local.blob.errors import BlobError
from seawall.local.blob.leases import NONE, check_use
from seawall.local.blob.rows import Blob
from seawall.local.blob.store import BlobStore, Guard

LARGEST_DOCUMENT = 16 << 20
"""Bytes of an XML body: a list of 50,000 blocks has less."""
MOST_APPENDED = 100 << 20
MOST_STAGED = 4000 << 20
MOST_PUT = 5000 << 20
"""Bytes of one request. Source: Storage docs, scalability targets for Blob storage."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """An authorized request to an account that exists."""

    call: Call
    account: Account
    caller: Caller
    store: BlobStore
    authorization: Authorization
    draft: Draft | None = None
    """The body of an operation that brings contents."""
    document: bytes = b""
    """The body of any other."""

    @property
    def now(self) -> float:
        return self.store.now()

    def content(self) -> Draft:
        """The body's bytes, checked against the MD5 that came with them. Raises BlobError."""
        assert self.draft is not None
        given = self.call.headers.get("content-md5", "")
        if given and md5_of(given) != self.draft.md5:
            raise BlobError("Md5Mismatch")
        return self.draft

    def xml(self) -> ET.Element:
        """Raises BlobError."""
        if b"<!" in self.document:  # a document type can make a small document huge
            raise BlobError("InvalidXmlDocument")
        try:
            return ET.fromstring(self.document)
        except ET.ParseError:
            raise BlobError("InvalidXmlDocument") from None

    def guard(self, *, writes: bool = True, reads: bool = False) -> Guard:
        """The request's conditions and lease, for a change of its blob (or for reading it)."""
        call, caller, now = self.call, self.caller, self.now

        def guard(before: Blob | None) -> None:
            if before and caller.creates_only and writes:
                raise BlobError("UnauthorizedBlobOverwrite")
            conditions.check(call, before.etag if before else None, before.modified if before else 0, reads=reads)
            check_use(before.lease if before else NONE, now, call.lease, writes=writes)

        return guard


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One operation of Blob storage."""

    name: str
    """As the REST reference calls it."""
    need: Need
    run: Callable[[Request], Answer]
    limit: int = 0
    """Bytes of contents that its body may have; 0: its body is a document, or nothing."""


def md5_of(text: str) -> bytes:
    """An MD5 as headers have it. Raises BlobError."""
    try:
        value = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BlobError("InvalidMd5") from None
    if len(value) != 16:
        raise BlobError("InvalidMd5")
    return value


def md5_text(value: bytes) -> str:
    return base64.b64encode(value).decode()
