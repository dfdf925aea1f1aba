"""Operations on a container."""

from __future__ import annotations

from dataclasses import replace

from seawall.local.blob import conditions
from seawall.local.blob.call import Answer, container_headers, versioned
from seawall.local.blob.context import Request
from seawall.local.blob.errors import BlobError, unsupported
from seawall.local.blob.leases import check_use
from seawall.local.blob.rows import Container


def create(request: Request) -> Answer:
    call = request.call
    if call.headers.get("x-ms-blob-public-access"):
        raise BlobError("PublicAccessNotPermitted")
    if call.headers.get("x-ms-default-encryption-scope"):
        raise unsupported("encryption scopes")
    container = request.store.create_container(call.account, call.container, call.metadata())
    return Answer(status=201, headers=versioned(container.etag, container.modified))


def properties(request: Request) -> Answer:
    container = request.store.container(request.call.account, request.call.container)
    check_use(container.lease, request.now, request.call.lease, writes=False, of="Container")
    return Answer(headers=container_headers(container, request.now))


def set_metadata(request: Request) -> Answer:
    call = request.call

    def changed(container: Container) -> Container:
        conditions.check(call, container.etag, container.modified)
        check_use(container.lease, request.now, call.lease, writes=False, of="Container")
        return replace(container, metadata=call.metadata())

    container = request.store.change_container(call.account, call.container, changed)
    return Answer(headers=versioned(container.etag, container.modified))


def delete(request: Request) -> Answer:
    call = request.call

    def guard(container: Container) -> None:
        conditions.check(call, container.etag, container.modified)
        check_use(container.lease, request.now, call.lease, writes=True, of="Container")

    request.store.delete_container(call.account, call.container, guard)
    return Answer(status=202)
