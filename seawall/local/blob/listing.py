"""Lists, a page at a time, in XML."""

from __future__ import annotations

import base64
import binascii
import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from urllib.parse import quote

from seawall.local.blob.call import CONTENT_HEADERS, Answer, Call, http_date
from seawall.local.blob.context import Request
from seawall.local.blob.errors import BlobError, unsupported
from seawall.local.blob.index import beyond
from seawall.local.blob.rows import BLOCK, Blob

_LARGEST_PAGE = 5000
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_INCLUDES = frozenset({"metadata", "copy", "snapshots", "versions", "deleted", "deletedwithversions", "tags",
                       "immutabilitypolicy", "legalhold", "system", "permissions"})  # fmt: skip
"""What a list may be asked to include. Except for `metadata` and `copy` there is never any of it here."""


@dataclass(frozen=True)
class Page:
    """The part of a list that is asked for."""

    after: str
    """The name that it begins with, or nothing."""
    size: int
    marker: str
    include: frozenset[str]

    def describe(self, root: ET.Element, prefix: str, delimiter: str = "") -> None:
        text_element(root, "Prefix", prefix)
        text_element(root, "Marker", self.marker)
        text_element(root, "MaxResults", str(self.size))
        if delimiter:
            text_element(root, "Delimiter", delimiter)

    def end(self, root: ET.Element, following: str) -> None:
        """Say where the next page begins, or that there is none."""
        text_element(root, "NextMarker", base64.urlsafe_b64encode(following.encode()).decode() if following else "")


def page_of(call: Call) -> Page:
    """Raises BlobError."""
    marker, text = call.query.get("marker", ""), call.query.get("maxresults", "")
    try:
        after = base64.b64decode(marker.encode(), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raise BlobError("InvalidQueryParameterValue", "The marker is not one that a list has given.") from None
    if text and not re.fullmatch("0*[1-9][0-9]{0,17}", text):
        raise BlobError("OutOfRangeQueryParameterValue", f"maxresults is {text!r}, not a number above 0.")
    if any(_NOT_IN_XML.search(call.query.get(name, "")) for name in ("prefix", "delimiter", "startfrom")):
        raise BlobError("InvalidQueryParameterValue", "A prefix or delimiter has characters that no list can hold.")
    include = frozenset(filter(None, call.query.get("include", "").split(",")))
    if include - _INCLUDES:
        raise unsupported(f"lists that include {', '.join(sorted(include - _INCLUDES))}")
    size = min(int(text or _LARGEST_PAGE), _LARGEST_PAGE)
    return Page(after or call.query.get("startfrom", ""), size, marker, include)


def list_blobs(request: Request) -> Answer:
    """Flat, or with a delimiter the blobs of one folder and the folders in it."""
    call, page = request.call, page_of(request.call)
    prefix, delimiter = call.query.get("prefix", ""), call.query.get("delimiter", "")
    if call.query.get("endbefore"):
        raise unsupported("lists that end before a name (endBefore)")
    request.store.container(call.account, call.container)
    found, following = _entries(request, prefix, delimiter, page)
    endpoint = f"https://{call.account}.blob.core.windows.net/"
    root = ET.Element("EnumerationResults", ServiceEndpoint=endpoint, ContainerName=call.container)
    page.describe(root, prefix, delimiter)
    listed = ET.SubElement(root, "Blobs")
    for entry in found:
        if isinstance(entry, str):
            _name(ET.SubElement(listed, "BlobPrefix"), entry)
        else:
            _blob(ET.SubElement(listed, "Blob"), entry, page, request.now)
    page.end(root, following)
    return document(root)


def _entries(request: Request, prefix: str, delimiter: str, page: Page) -> tuple[list[Blob | str], str]:
    """A page of blobs and folder names, and the name that the next one begins with, or nothing."""
    index, call = request.store.index, request.call
    found: list[Blob | str] = []
    after = page.after
    while True:
        # Behind a folder the search starts anew, so a listing takes as many looks as it has folders.
        batch = index.blobs(call.account, call.container, prefix, after, page.size + 1 - len(found))
        for blob in batch:
            if len(found) == page.size:
                return found, blob.name
            rest, split, _ = blob.name[len(prefix) :].partition(delimiter) if delimiter else ("", "", "")
            if split:
                found.append(prefix + rest + split)
                after = beyond(prefix + rest + split)
                break
            found.append(blob)
        else:
            return found, ""


def _blob(element: ET.Element, blob: Blob, page: Page, now: float) -> None:
    _name(element, blob.name)
    properties = ET.SubElement(element, "Properties")
    lease = blob.lease
    values = {"Creation-Time": http_date(blob.created), "Last-Modified": http_date(blob.modified)}
    values |= {"Etag": blob.etag.strip('"'), "Content-Length": str(blob.size)}
    values |= {name.title(): blob.headers.get(name, "") for name in CONTENT_HEADERS}
    values |= {"Content-MD5": blob.md5, "BlobType": blob.kind}
    if blob.kind == BLOCK:
        values |= {"AccessTier": "Hot", "AccessTierInferred": "true"}
    values |= {"LeaseStatus": "locked" if lease.locked(now) else "unlocked", "LeaseState": lease.state(now)}
    values |= {"LeaseDuration": lease.kind(now), "ServerEncrypted": "true"}
    if "copy" in page.include and blob.copied:
        values |= {"CopyId": blob.copied["id"], "CopySource": blob.copied["source"], "CopyStatus": "success"}
        values |= {"CopyProgress": f"{blob.size}/{blob.size}", "CopyCompletionTime": blob.copied["completed"]}
    for name, value in values.items():
        if value or name == "Content-MD5":
            text_element(properties, name, value)
    if "metadata" in page.include:
        metadata = ET.SubElement(element, "Metadata")
        for name, value in blob.metadata.items():
            text_element(metadata, name, value)
    ET.SubElement(element, "OrMetadata")


def _name(element: ET.Element, name: str) -> None:
    """A name with characters that XML can't hold is percent-encoded. Source: List Blobs, REST reference."""
    if _NOT_IN_XML.search(name):
        ET.SubElement(element, "Name", Encoded="true").text = quote(name, safe="")
    else:
        text_element(element, "Name", name)


def text_element(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = text


def document(root: ET.Element) -> Answer:
    body = b'<?xml version="1.0" encoding="utf-8"?>' + ET.tostring(root, encoding="utf-8")
    return Answer(headers={"content-type": "application/xml"}, body=body)
