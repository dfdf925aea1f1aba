"""Which operation a request is; those that Azure has and the local Azure hasn't, by name.

Source: Storage REST reference, operations on the account, containers and blobs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from seawall.local.blob import blob_reads, blob_writes, container_calls, copy_calls, lease_calls, listing, service_calls
from seawall.local.blob.authorization import Need
from seawall.local.blob.call import Answer, Call
from seawall.local.blob.context import MOST_APPENDED, MOST_PUT, MOST_STAGED, Operation, Request
from seawall.local.blob.errors import BlobError, unsupported

_Run = Callable[[Request], Answer]
_Table = Mapping[tuple[str, str], Operation]


def _one(
    name: str, level: str, permissions: str, run: _Run, limit: int = 0, *, in_container: bool = False
) -> Operation:
    need = Need(permissions=permissions, level=level, in_container=in_container)
    return Operation(name=name, need=need, run=run, limit=limit)


_INFORMATION = _one("Get Account Information", "s", "racwdlup", service_calls.account_information)

_SERVICE: _Table = {
    ("GET", "list"): _one("List Containers", "s", "l", service_calls.list_containers),
    ("GET", "properties"): _one("Get Blob Service Properties", "s", "r", service_calls.service_properties),
    ("POST", "userdelegationkey"): _one("Get User Delegation Key", "s", "", service_calls.user_delegation_key),
}
_CONTAINER: _Table = {
    ("PUT", ""): _one("Create Container", "c", "cw", container_calls.create),
    ("GET", ""): _one("Get Container Properties", "c", "r", container_calls.properties),
    ("HEAD", ""): _one("Get Container Properties", "c", "r", container_calls.properties),
    ("DELETE", ""): _one("Delete Container", "c", "d", container_calls.delete),
    ("GET", "metadata"): _one("Get Container Metadata", "c", "r", container_calls.properties),
    ("HEAD", "metadata"): _one("Get Container Metadata", "c", "r", container_calls.properties),
    ("PUT", "metadata"): _one("Set Container Metadata", "c", "w", container_calls.set_metadata),
    ("PUT", "lease"): _one("Lease Container", "c", "w", lease_calls.on_container),
    ("GET", "list"): _one("List Blobs", "c", "l", listing.list_blobs, in_container=True),
}
_BLOB: _Table = {
    ("GET", ""): _one("Get Blob", "o", "r", blob_reads.get),
    ("HEAD", ""): _one("Get Blob Properties", "o", "r", blob_reads.properties),
    ("DELETE", ""): _one("Delete Blob", "o", "d", blob_writes.delete),
    ("GET", "metadata"): _one("Get Blob Metadata", "o", "r", blob_reads.metadata),
    ("HEAD", "metadata"): _one("Get Blob Metadata", "o", "r", blob_reads.metadata),
    ("PUT", "metadata"): _one("Set Blob Metadata", "o", "w", blob_writes.set_metadata),
    ("PUT", "properties"): _one("Set Blob Properties", "o", "w", blob_writes.set_properties),
    ("PUT", "lease"): _one("Lease Blob", "o", "w", lease_calls.on_blob),
    ("PUT", "block"): _one("Put Block", "o", "wc", blob_writes.put_block, MOST_STAGED),
    ("PUT", "blocklist"): _one("Put Block List", "o", "wc", blob_writes.put_block_list),
    ("GET", "blocklist"): _one("Get Block List", "o", "r", blob_reads.block_list),
    ("PUT", "appendblock"): _one("Append Block", "o", "aw", blob_writes.append_block, MOST_APPENDED),
}
_PUT_BLOB = _one("Put Blob", "o", "wc", blob_writes.put, MOST_PUT)
_COPY = _one("Copy Blob", "o", "wc", copy_calls.copy)
_PUT_FROM_URL = _one("Put Blob From URL", "o", "wc", copy_calls.put_from_url)
_BLOCK_FROM_URL = _one("Put Block From URL", "o", "wc", copy_calls.put_block_from_url)

_MISSING = {
    ("s", "PUT", "properties"): "Set Blob Service Properties",
    ("s", "GET", "stats"): "Get Blob Service Stats",
    ("s", "POST", "batch"): "Blob Batch",
    ("s", "GET", "blobs"): "Find Blobs by Tags",
    ("c", "GET", "acl"): "Get Container ACL",
    ("c", "HEAD", "acl"): "Get Container ACL",
    ("c", "PUT", "acl"): "Set Container ACL",
    ("c", "PUT", "undelete"): "Restore Container",
    ("c", "PUT", "rename"): "Rename Container",
    ("c", "POST", "batch"): "Blob Batch",
    ("c", "GET", "blobs"): "Find Blobs by Tags in Container",
    ("o", "PUT", "snapshot"): "Snapshot Blob",
    ("o", "PUT", "tier"): "Set Blob Tier",
    ("o", "PUT", "tags"): "Set Blob Tags",
    ("o", "GET", "tags"): "Get Blob Tags",
    ("o", "PUT", "undelete"): "Undelete Blob",
    ("o", "PUT", "copy"): "Abort Copy Blob",
    ("o", "PUT", "page"): "Put Page",
    ("o", "GET", "pagelist"): "Get Page Ranges",
    ("o", "PUT", "incrementalcopy"): "Incremental Copy Blob",
    ("o", "POST", "query"): "Query Blob Contents",
    ("o", "PUT", "seal"): "Append Blob Seal",
    ("o", "PUT", "expiry"): "Set Blob Expiry",
    ("o", "PUT", "legalhold"): "Set Blob Legal Hold",
    ("o", "PUT", "immutabilitypolicies"): "Set Blob Immutability Policy",
    ("o", "DELETE", "immutabilitypolicies"): "Delete Blob Immutability Policy",
}


def operation_of(call: Call) -> Operation:
    """Raises BlobError: 501 with the operation's name where the local Azure hasn't it."""
    restype, comp = call.query.get("restype", "").lower(), call.query.get("comp", "").lower()
    if restype == "account" and comp == "properties" and call.method in ("GET", "HEAD"):
        return _INFORMATION
    level, table = _level(call, restype)
    found = _written(call, comp) if table is _BLOB and call.method == "PUT" else table.get((call.method, comp))
    if found is None:
        asked = f"{call.method} {call.path}" + (f" with comp={comp}" if comp else "")
        raise unsupported(_MISSING.get((level, call.method, comp), asked))
    return found


def _level(call: Call, restype: str) -> tuple[str, _Table]:
    if call.name:
        return "o", _BLOB
    if call.container:
        if restype != "container":
            raise BlobError("MissingRequiredQueryParameter", "A request for a container has restype=container.")
        return "c", _CONTAINER
    return "s", _SERVICE


def _written(call: Call, comp: str) -> Operation | None:
    """What a PUT of a blob is, which its headers say."""
    from_url, kind = bool(call.headers.get("x-ms-copy-source")), call.headers.get("x-ms-blob-type", "")
    if comp == "block" and from_url:
        return _BLOCK_FROM_URL
    if comp == "appendblock" and from_url:
        raise unsupported("Append Block From URL")
    if comp:
        return _BLOB.get(("PUT", comp))
    if from_url and kind not in ("", "BlockBlob"):
        raise unsupported(f"Put Blob From URL as {kind}")
    if from_url:
        return _PUT_FROM_URL if kind else _COPY
    if kind not in ("BlockBlob", "AppendBlob", "PageBlob"):
        raise BlobError("MissingRequiredHeader" if not kind else "InvalidHeaderValue",
                        "x-ms-blob-type is BlockBlob or AppendBlob.")  # fmt: skip
    if kind == "PageBlob":
        raise unsupported("Put Blob (page blobs)")
    return _PUT_BLOB
