"""Storage accounts: which there are, what they allow, and their keys."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass

from seawall.local.blob.errors import BlobError
from seawall.local.blob.index import Index
from seawall.local.store import Row, Store

_ACCOUNT = "microsoft.storage/storageaccounts"
_CONTAINERS = "/blobServices/default/containers"
_NAME = re.compile(r"[a-z0-9]{3,24}")


@dataclass(frozen=True, kw_only=True)
class Account:
    """A storage account as its data plane sees it."""

    name: str
    id: str = ""
    """The resource's, or nothing for an account that a service of Azure made for itself (a registry does)."""
    shared_key: bool = True
    """Whether requests may be signed with the account's keys."""
    sku: str = "Standard_LRS"
    kind: str = "StorageV2"
    hierarchical: bool = False


class Accounts:
    """The accounts of one store, and those that services made for themselves."""

    def __init__(self, store: Store, index: Index) -> None:
        self._store = store
        self._index = index

    def find(self, name: str) -> Account | None:
        if not _NAME.fullmatch(name):
            return None
        row = self._store.resource(self._store.holder_of_name(f"{_ACCOUNT}:{name}") or "/")
        if row is not None:
            return _account(row, name)
        return Account(name=name, shared_key=False) if self._index.hosts(name) else None

    def get(self, name: str) -> Account:
        """Raises BlobError."""
        account = self.find(name)
        if account is None:
            raise BlobError("AccountNotFound", f"There is no storage account {name}: on Azure its host name would "
                                               "not resolve.")  # fmt: skip
        return account

    def container_id(self, account: Account, container: str) -> str:
        """The ID of the resource that a container is the inside of, or nothing."""
        row = self._store.resource(f"{account.id}{_CONTAINERS}/{container}") if account.id else None
        return row.id if row else ""

    def container_names(self, account: Account) -> list[str]:
        """Of the containers that are resources."""
        if not account.id:
            return []
        rows = self._store.of_type(f"{_ACCOUNT}/blobservices/containers", account.id)
        return [row.id.rpartition("/")[2] for row in rows]

    def exists(self, id: str) -> bool:
        return self._store.exists(id)

    def forget(self, id: str) -> None:
        """Drop a container's resource: its data plane was asked to delete it, and on Azure both are one."""
        self._store.remove(id)

    def keys(self, account: str) -> tuple[bytes, bytes]:
        """Both keys, as bytes."""
        first, second = (base64.b64decode(account_key(self._store, account, number)) for number in (1, 2))
        return first, second

    def delegation_key(self, account: str, fields: str) -> bytes:
        """The user delegation key of what Get User Delegation Key states about it: it needn't be kept anywhere."""
        return self._store.sealer.derived(f"user delegation key of {account}: {fields}")[:32]


def account_key(store: Store, account: str, number: int = 1) -> str:
    """An account's key 1 or 2, in base64 as Azure gives it out: always the same for a store and an account."""
    if number not in (1, 2):
        raise ValueError(f"a storage account has keys 1 and 2, not {number}")
    return base64.b64encode(store.sealer.derived(f"storage account key {number} of {account.lower()}")).decode()


def _account(row: Row, name: str) -> Account:
    properties = row.body.get("properties", {})
    return Account(
        name=name,
        id=row.id,
        shared_key=properties.get("allowSharedKeyAccess") is not False,
        sku=row.body.get("sku", {}).get("name", "Standard_LRS"),
        kind=row.body.get("kind", "StorageV2"),
        hierarchical=bool(properties.get("isHnsEnabled")),
    )
